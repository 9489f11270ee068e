"""How rough one run is, and what may go wrong with a call of each kind (design 5)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from random import Random

from connector.errors import CredentialsRejected, Refused, RetryLater, Side, UnknownOutcome


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


class Effect(Enum):
    """Whether, and when, a call that went wrong did what it was asked for."""

    NEVER = "not done"
    DONE = "done"
    LATE = "done later"


@dataclass(frozen=True, slots=True)
class Fault:
    """What its caller sees (`Killed`: it sees nothing any more), after how long, and what really happened."""

    words: str
    error: BaseException
    effect: Effect = Effect.NEVER
    takes: timedelta = timedelta(0)


TIMEOUT = timedelta(seconds=30)
"""The longest that a call to a side takes."""

_UNREACHABLE = Fault("not reached", RetryLater("unreachable"))
_BUSY = Fault("429: in two minutes", RetryLater("throttled", timedelta(minutes=2)))
_KILLS = tuple(Fault(f"process killed, call {effect.value}", Killed(), effect) for effect in Effect)
_LOST = tuple(
    Fault(f"time-out, {effect.value}", UnknownOutcome(Side.ERP, "erp_timeout"), effect, TIMEOUT)
    for effect in Effect
)
_RESET = Fault("reset while reading, done", UnknownOutcome(Side.ERP, "erp_reset"), Effect.DONE)
_NO = Fault("refused", Refused(Side.ERP, "Validation", "no"))
_ANSWER_LOST = Fault("answer lost, done", RetryLater("aws_unreachable"), Effect.DONE, timedelta(seconds=5))
_THROTTLED = Fault("throttled", RetryLater("aws_throttled"))
_SLOW = Fault("time-out", RetryLater("unreachable"), takes=TIMEOUT)
_CURSOR = Fault("410: cursor too old", Refused(Side.SMARTDAY, "cursor_invalid"))

ERP_LOGIN = Fault("401 for good", CredentialsRejected(Side.ERP))
SMARTDAY_LOGIN = Fault("401 for good", CredentialsRejected(Side.SMARTDAY))

WRITES = frozenset(
    {"erp.save_order", "erp.change_order", "smartday.send_receipt", "tasks.save", "integrations.save",
     "cursors.save", "queue.send"}
)  # fmt: skip
ERP_WRITES = frozenset({"erp.save_order", "erp.change_order"})

_FAULTS: dict[str, tuple[Fault, ...]] = {
    "erp write": (*_LOST, *_LOST, _LOST[2], _RESET, _UNREACHABLE, _BUSY, _NO, ERP_LOGIN),
    "erp": (_UNREACHABLE, _SLOW, _BUSY, ERP_LOGIN),
    "smartday.send_receipt": (
        _UNREACHABLE,
        Fault("time-out, done", RetryLater("smartday_timeout"), Effect.DONE, TIMEOUT),
        Fault("time-out, done later", RetryLater("smartday_timeout"), Effect.LATE, TIMEOUT),
        SMARTDAY_LOGIN,
    ),
    "smartday.finished_tasks": (_UNREACHABLE, _SLOW, _BUSY, _CURSOR, SMARTDAY_LOGIN),
    "smartday": (_UNREACHABLE, _SLOW, _BUSY, SMARTDAY_LOGIN),
    "write": (_THROTTLED, _THROTTLED, _ANSWER_LOST),
    "read": (_THROTTLED,),
}


@dataclass(frozen=True, slots=True)
class Weather:
    """One run's odds: `faults` and `kills` per call, `doubles` per message; `skew` of Smartday's clock.

    `sore_spots`: calls that fail most of the time; `lag`: how long Smartday may show a task as it was;
    `login`: whether logins are refused now and then; `beyond_settling`: whether the ERP now and then executes
    a request later than the settle time.
    """

    turns: int
    tasks: int
    faults: float
    kills: float
    doubles: float
    lost_webhooks: float
    skew: timedelta
    lag: timedelta
    login: bool
    beyond_settling: bool
    sore_spots: tuple[str, ...]

    def fault(self, call: str, chance: Random) -> Fault | None:
        """What goes wrong with this call, if anything."""
        drawn = chance.random()
        if drawn >= (SORE if call in self.sore_spots else self.faults + self.kills):
            return None
        if drawn < self.kills:
            return chance.choice(_KILLS) if call in WRITES else _KILLS[0]
        fault = chance.choice(_FAULTS[_kind(call)])
        return None if isinstance(fault.error, CredentialsRejected) and not self.login else fault


def _kind(call: str) -> str:
    if call in ERP_WRITES:
        return "erp write"
    if call in _FAULTS:
        return call
    side = call.split(".")[0]
    return side if side in _FAULTS else "write" if call in WRITES else "read"


SORE = 0.6
SORE_SPOTS: tuple[tuple[str, ...], ...] = (
    (),
    (),
    ("erp.save_order",),
    ("erp.save_order", "erp.find_orders"),
    ("erp.change_order",),
    ("erp.change_order", "erp.read_order"),
    ("tasks.save",),
    ("queue.send",),
)


def weather_of(chance: Random) -> Weather:
    """The weather of a run: some are calm but crowded, some are rough."""
    return Weather(
        turns=chance.choice((30, 60, 100, 160)),
        tasks=chance.choice((1, 1, 1, 2, 2, 3, 4)),
        faults=chance.choice((0.0, 0.03, 0.08, 0.2)),
        kills=chance.choice((0.0, 0.01, 0.05)),
        doubles=chance.choice((0.0, 0.2, 0.5)),
        lost_webhooks=chance.choice((0.0, 0.3, 0.8)),
        skew=timedelta(minutes=chance.choice((0, 0, 3, -3, 90, -90))),
        lag=timedelta(seconds=chance.choice((0, 0, 20, 240))),
        login=chance.random() < 0.1,
        beyond_settling=chance.random() < 0.12,
        sore_spots=chance.choice(SORE_SPOTS),
    )

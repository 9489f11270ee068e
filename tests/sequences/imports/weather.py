"""How rough one run is, and what may go wrong with each call that an import makes."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from connector.errors import CredentialsRejected, Refused, RetryLater, Side, Throttled
from connector.ports import Clock
from tests.sequences.weather import TIMEOUT, Effect, Fault, Killed

SMARTDAY_WRITES = frozenset(
    {"smartday.upsert_customers", "smartday.upsert_products", "smartday.retire_customers",
     "smartday.retire_products", "smartday.link_customer"}
)  # fmt: skip
WRITES = SMARTDAY_WRITES | {"bindings.put", "results.put", "cursors.save", "queue.send", "matches.save"}

NEVER_FAIL = frozenset({"smartday.pace", "clock.wait"})
"""They make no call; a process may die there all the same."""

BUSY = timedelta(minutes=2)
SOON = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class ImportWeather:
    """One run's odds: `faults` and `kills` per call, `doubles` per message, `locked` per record sent,
    `halves` per batch and per put of bindings: only a part of it takes effect. `happens` is how often the
    ERP or a person changes something; `skew` of the ERP's clock; `sore_spots` are calls that fail most of
    the time.

    `met` counts what went wrong.
    """

    clock: Clock
    turns: int
    records: int
    faults: float
    kills: float
    doubles: float
    locked: float
    halves: float
    happens: float
    skew: timedelta
    sore_spots: tuple[str, ...]
    beyond_settling: bool = False
    met: Counter[str] = field(default_factory=Counter)

    def fault(self, call: str, chance: Random) -> Fault | None:
        """What goes wrong with this call, if anything."""
        drawn = chance.random()
        if drawn >= (SORE if call in self.sore_spots else self.faults + self.kills):
            return None
        if drawn < self.kills:
            self.met["kills"] += 1
            effect = chance.choice(list(Effect)) if call in WRITES else Effect.NEVER
            return Fault(f"process killed, call {effect.value}", Killed(), effect)
        if call in NEVER_FAIL:
            return None
        self.met["faults"] += 1
        return chance.choice(self._faults(call))

    def _faults(self, call: str) -> tuple[Fault, ...]:
        side = Side.SMARTDAY if call.startswith("smartday.") else Side.ERP
        if not call.startswith(("smartday.", "erp.")):
            throttled = Fault("throttled", RetryLater("aws_throttled"))
            lost = Fault("answer lost, done", RetryLater("aws_unreachable"), Effect.DONE, SOON)
            return (throttled, lost) if call in WRITES else (throttled,)
        usual = (
            Fault("not reached", RetryLater("unreachable")),
            Fault("not reached", RetryLater("unreachable")),
            Fault("time-out", RetryLater("timeout"), takes=TIMEOUT),
            Fault("429: in two minutes", Throttled(side, self.clock() + BUSY)),
            Fault("refused", Refused(side, "validation_failed")),
            Fault("401", CredentialsRejected(side)),
        )
        if call not in SMARTDAY_WRITES:
            return usual
        return (
            *usual,
            Fault("reset while reading, done", RetryLater("reset"), Effect.DONE),
            Fault("time-out, done", RetryLater("timeout"), Effect.DONE, TIMEOUT),
            Fault("time-out, done later", RetryLater("timeout"), Effect.LATE, TIMEOUT),
        )


SORE = 0.5
SORE_SPOTS: tuple[tuple[str, ...], ...] = (
    (),
    (),
    (),
    ("smartday.upsert_customers", "smartday.upsert_products"),
    ("smartday.retire_customers", "smartday.retire_products"),
    ("smartday.retire_customers", "smartday.retire_products", "queue.send"),
    ("bindings.put",),
    ("cursors.save",),
    ("results.put",),
    ("erp.changed_customers", "erp.changed_products"),
)


def weather_of(chance: Random, clock: Clock) -> ImportWeather:
    """The weather of a run."""
    return ImportWeather(
        clock,
        turns=chance.choice((100, 200, 350)),
        records=chance.choice((6, 9, 13)),
        faults=chance.choice((0.0, 0.02, 0.06, 0.15)),
        kills=chance.choice((0.0, 0.02, 0.06)),
        doubles=chance.choice((0.0, 0.3)),
        locked=chance.choice((0.0, 0.1)),
        halves=chance.choice((0.0, 0.1)),
        happens=chance.choice((0.05, 0.15, 0.3)),
        skew=timedelta(minutes=chance.choice((0, 0, 3, -3, 90, -90))),
        sore_spots=chance.choice(SORE_SPOTS),
    )

"""Every cell of the matrix: what runs and what it must end as, or why it can't be.

`RUNS` and `IMPOSSIBLE` are written down apart, so that a cell that stands in neither, or in both, is found.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product

from tests.faults.faults import DELIVERY, Fault
from tests.faults.scenarios import Changing, Looking, Ordering, Scenario
from tests.faults.steps import CALLS, Side, Step
from tests.faults.streams import Enqueuing, Importing, Polling, Reading, Subscribing

ORDERED, IMPORTED, ACTIVE = "ordered", "imported", "active"
HELD = "held → ordered"
CREDENTIALS = "credentials → ordered"
TRIED = "tried again → ordered"
CREDENTIALS_THEN_IMPORTED = "credentials → imported"
TRIED_THEN_IMPORTED = "tried again → imported"
UNTOLD = "ordered, receipt refused"

ANY_CALL = frozenset(
    {
        Fault.REFUSED_CONNECTION,
        Fault.TIMEOUT_BEFORE_EFFECT,
        Fault.TIMEOUT_AFTER_EFFECT,
        Fault.RESET_WHILE_READING,
        Fault.HTTP_400,
        Fault.HTTP_403,
        Fault.HTTP_404,
        Fault.HTTP_500,
        Fault.HTTP_502,
        Fault.HTTP_503,
        Fault.CLOCK_SKEW,
        Fault.KILLED_BEFORE_EFFECT,
        Fault.KILLED_AFTER_EFFECT,
        Fault.TWICE_AT_ONCE,
    }
)
"""What can happen to every call."""

CALL_TO_A_SIDE = ANY_CALL | {
    Fault.HTTP_401_ONCE,
    Fault.HTTP_401_FOR_GOOD,
    Fault.HTTP_409,
    Fault.HTTP_412,
    Fault.HTTP_423,
    Fault.HTTP_429_SECONDS,
    Fault.HTTP_429_DATE,
    Fault.ERROR_IN_SUCCESS,
    Fault.BODY_HTML,
    Fault.BODY_CUT,
    Fault.BODY_UNKNOWN_ELEMENT,
    Fault.BODY_MISSING_ELEMENT,
}
"""What can happen to a call of Smartday or the ERP besides."""

LATE, TWICE, REVERSE = Fault.LATE_EFFECT, Fault.MESSAGE_TWICE, Fault.REVERSE_ORDER
POISON, PAGES = Fault.POISON_AMONG_NINE, frozenset({Fault.REPEATED_PAGE, Fault.MISSING_PAGE})
SESSION = Fault.NOT_AUTHENTICATED
SECRET, THROTTLED, LOST = Fault.SECRET_MISSING, Fault.AWS_THROTTLED, Fault.CONDITIONAL_WRITE_LOST

RUNS: Mapping[Step, frozenset[Fault]] = {
    Step.LOGIN: CALL_TO_A_SIDE - {Fault.BODY_MISSING_ELEMENT} | {LATE, Fault.EMPTY_LOGIN, SESSION, SECRET},
    Step.FETCH_TASK: CALL_TO_A_SIDE | {SECRET},
    Step.LOOK_UP: CALL_TO_A_SIDE | {SESSION, TWICE},
    Step.CREATE: CALL_TO_A_SIDE | {LATE, SESSION, TWICE, REVERSE, POISON},
    Step.UPDATE: CALL_TO_A_SIDE | {LATE, SESSION, TWICE, REVERSE},
    Step.RECEIPT: CALL_TO_A_SIDE | {LATE},
    Step.SYNC_LIST: CALL_TO_A_SIDE | PAGES | {SESSION, TWICE, POISON},
    Step.READ: CALL_TO_A_SIDE | {SESSION},
    Step.UPSERT: CALL_TO_A_SIDE | {LATE},
    Step.SUBSCRIBE: CALL_TO_A_SIDE | {LATE, SECRET, TWICE},
    Step.POLL: CALL_TO_A_SIDE | PAGES | {SECRET, TWICE, POISON},
    Step.SESSION_READ: ANY_CALL | {THROTTLED},
    Step.SESSION_WRITE: ANY_CALL | {LATE, THROTTLED, LOST},
    Step.ENQUEUE: ANY_CALL | {LATE, THROTTLED, Fault.QUEUE_REFUSES, SECRET, TWICE, REVERSE, POISON},
    Step.RESERVE: ANY_CALL | {LATE, THROTTLED, LOST},
    Step.BIND: ANY_CALL | {LATE, THROTTLED, LOST},
    Step.CURSOR: ANY_CALL | {LATE, THROTTLED, LOST},
}

WELL: Mapping[Step, str] = {
    **dict.fromkeys(Step, ORDERED),
    **dict.fromkeys((Step.SYNC_LIST, Step.READ, Step.UPSERT), IMPORTED),
    Step.SUBSCRIBE: ACTIVE,
    Step.CURSOR: f"{ORDERED}, {IMPORTED}",
}
"""What a step's path ends as, if nothing else is said in `ENDS`."""

ENDS: Mapping[tuple[Step, Fault], str] = {
    (Step.LOGIN, Fault.EMPTY_LOGIN): CREDENTIALS,
    (Step.LOGIN, Fault.SECRET_MISSING): IMPORTED,
    (Step.FETCH_TASK, Fault.HTTP_401_ONCE): TRIED,
    (Step.FETCH_TASK, Fault.HTTP_401_FOR_GOOD): CREDENTIALS,
    (Step.FETCH_TASK, Fault.HTTP_403): TRIED,
    (Step.FETCH_TASK, Fault.SECRET_MISSING): TRIED,
    (Step.CREATE, Fault.POISON_AMONG_NINE): f"{ORDERED}, one dead letter",
    (Step.POLL, Fault.POISON_AMONG_NINE): f"{ORDERED}, one dead letter",
    (Step.SYNC_LIST, Fault.POISON_AMONG_NINE): f"{IMPORTED}, one dead letter",
    (Step.ENQUEUE, Fault.POISON_AMONG_NINE): f"{ORDERED}, one refused",
    (Step.UPSERT, Fault.HTTP_401_ONCE): TRIED_THEN_IMPORTED,
    (Step.UPSERT, Fault.HTTP_401_FOR_GOOD): CREDENTIALS_THEN_IMPORTED,
    (Step.UPSERT, Fault.HTTP_403): TRIED_THEN_IMPORTED,
    (Step.POLL, Fault.HTTP_401_ONCE): TRIED,
    (Step.POLL, Fault.HTTP_401_FOR_GOOD): CREDENTIALS,
    (Step.POLL, Fault.HTTP_403): TRIED,
    (Step.POLL, Fault.SECRET_MISSING): TRIED,
    (Step.RECEIPT, Fault.HTTP_400): UNTOLD,
    (Step.RECEIPT, Fault.HTTP_401_ONCE): TRIED,
    (Step.RECEIPT, Fault.HTTP_401_FOR_GOOD): CREDENTIALS,
    (Step.RECEIPT, Fault.HTTP_403): TRIED,
    (Step.RECEIPT, Fault.HTTP_404): UNTOLD,
    (Step.RECEIPT, Fault.HTTP_409): UNTOLD,
    (Step.RECEIPT, Fault.HTTP_412): UNTOLD,
    (Step.UPDATE, Fault.HTTP_400): HELD,
    (Step.UPDATE, Fault.ERROR_IN_SUCCESS): HELD,
    (Step.CREATE, Fault.HTTP_400): HELD,
    (Step.CREATE, Fault.ERROR_IN_SUCCESS): HELD,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some cells can't be."""

    text: str
    cells: frozenset[tuple[Step, Fault]]


def _cells(steps: Iterable[Step], *faults: Fault) -> frozenset[tuple[Step, Fault]]:
    return frozenset(product(steps, faults))


AT_AWS = [step for step in Step if CALLS[step].side is Side.AWS]
AT_A_SIDE = [step for step in Step if CALLS[step].side is not Side.AWS]
AT_SMARTDAY = [step for step in Step if CALLS[step].side is Side.SMARTDAY]
READING = [step for step in Step if not CALLS[step].is_write and step is not Step.LOGIN]


def _except(steps: Iterable[Step], *others: Step) -> list[Step]:
    return [step for step in steps if step not in others]


IMPOSSIBLE: tuple[Reason, ...] = (
    Reason(
        "A read changes nothing, so nothing of it can come late.",
        _cells(READING, Fault.LATE_EFFECT),
    ),
    Reason(
        "AWS doesn't answer so: a login it doesn't take is 403 (or 400 with that code), “not now” is the row "
        "“AWS throttled”, and no call made here can be in conflict, locked or fail a precondition.",
        _cells(
            AT_AWS,
            Fault.HTTP_401_ONCE,
            Fault.HTTP_401_FOR_GOOD,
            Fault.HTTP_409,
            Fault.HTTP_412,
            Fault.HTTP_423,
            Fault.HTTP_429_SECONDS,
            Fault.HTTP_429_DATE,
        ),
    ),
    Reason(
        "What AWS answers is read by its own SDK over TLS that ends at AWS: it checks length and checksum, "
        "and passes over what it doesn't know. A success with an error inside is the row “queue refuses”.",
        _cells(
            AT_AWS,
            Fault.ERROR_IN_SUCCESS,
            Fault.BODY_HTML,
            Fault.BODY_CUT,
            Fault.BODY_UNKNOWN_ELEMENT,
            Fault.BODY_MISSING_ELEMENT,
        ),
    ),
    Reason(
        "A login's answer has one element; without it, it is the row “empty login result”.",
        _cells((Step.LOGIN,), Fault.BODY_MISSING_ELEMENT),
    ),
    Reason("Only a login is answered with a session.", _cells(_except(Step, Step.LOGIN), Fault.EMPTY_LOGIN)),
    Reason(
        "Only the ERP has sessions: Bridge and AWS prove each call by itself (“401 once”, 403).",
        _cells([*AT_SMARTDAY, *AT_AWS], Fault.NOT_AUTHENTICATED),
    ),
    Reason(
        "The answer has no pages.",
        _cells(_except(Step, Step.SYNC_LIST, Step.POLL), Fault.REPEATED_PAGE, Fault.MISSING_PAGE),
    ),
    Reason(
        "The step's call doesn't go to AWS; what it reads and writes there has columns of its own.",
        _cells(AT_A_SIDE, Fault.AWS_THROTTLED, Fault.CONDITIONAL_WRITE_LOST),
    ),
    Reason("The call has no condition.", _cells((Step.SESSION_READ, Step.ENQUEUE), LOST)),
    Reason("The step sends no message.", _cells(_except(Step, Step.ENQUEUE), Fault.QUEUE_REFUSES)),
    Reason(
        "The step reads no secret: its process has read the login for an earlier step, and knows it for five "
        "minutes.",
        _cells(
            _except(Step, Step.LOGIN, Step.FETCH_TASK, Step.SUBSCRIBE, Step.POLL, Step.ENQUEUE),
            Fault.SECRET_MISSING,
        ),
    ),
    Reason(
        "A message belongs to a path, not to a step: it comes twice, in the wrong order or beside a poison "
        "one in the columns create, look up, update, sync list, subscribe, poll and enqueue.",
        _cells(
            (
                Step.LOGIN,
                Step.FETCH_TASK,
                Step.RECEIPT,
                Step.READ,
                Step.UPSERT,
                Step.SESSION_READ,
                Step.SESSION_WRITE,
                Step.RESERVE,
                Step.BIND,
                Step.CURSOR,
            ),
            *DELIVERY,
        ),
    ),
    Reason(
        "There is one message, or none has an order: a person, the schedule and a look say “now”, not what.",
        _cells((Step.LOOK_UP, Step.SYNC_LIST, Step.SUBSCRIBE, Step.POLL), Fault.REVERSE_ORDER),
    ),
    Reason(
        "The order queue's messages come one by one: the column “create” has the poison one.",
        _cells((Step.LOOK_UP, Step.UPDATE), Fault.POISON_AMONG_NINE),
    ),
    Reason("A person's request isn't a message.", _cells((Step.SUBSCRIBE,), Fault.POISON_AMONG_NINE)),
)

RUN: tuple[tuple[Step, Fault], ...] = tuple(
    (step, fault) for step in Step for fault in Fault if fault in RUNS[step]
)


def end_of(step: Step, fault: Fault) -> str:
    """What the cell must end as."""
    return ENDS.get((step, fault), WELL[step])


def reasons_for(step: Step, fault: Fault) -> list[int]:
    """The numbers (from 1) of the reasons why this cell can't be; empty for one that runs."""
    return [number for number, reason in enumerate(IMPOSSIBLE, 1) if (step, fault) in reason.cells]


def needs_aws(step: Step, fault: Fault) -> bool:
    """Whether the cell runs on AWS's own adapters: its step's call or its fault is one of AWS, or a queue has
    to give a message up. All others run over the stores and queues in memory.
    """
    return CALLS[step].side is Side.AWS or fault in (SECRET, POISON)


SCENARIOS: Mapping[Step, Callable[[], Scenario]] = {
    Step.LOGIN: partial(Ordering, has_session=False),
    Step.FETCH_TASK: Ordering,
    Step.LOOK_UP: Looking,
    Step.CREATE: Ordering,
    Step.UPDATE: Changing,
    Step.RECEIPT: Ordering,
    Step.SYNC_LIST: Importing,
    Step.READ: Importing,
    Step.UPSERT: Importing,
    Step.SUBSCRIBE: Subscribing,
    Step.POLL: Polling,
    Step.SESSION_READ: Ordering,
    Step.SESSION_WRITE: partial(Ordering, has_session=False),
    Step.ENQUEUE: Enqueuing,
    Step.RESERVE: Ordering,
    Step.BIND: Ordering,
    Step.CURSOR: Reading,
}


def scenario_for(step: Step, fault: Fault) -> Scenario:
    """The path that contains the step, before its first message."""
    if (step, fault) == (Step.LOGIN, Fault.SECRET_MISSING):
        return Importing(has_session=False)  # asks the ERP first, so that the login is read for it
    return SCENARIOS[step]()


def times_of_effect(step: Step, fault: Fault) -> tuple[bool, ...]:
    """Whether the step takes effect although the fault says it didn't; both where that is open."""
    is_open = fault in (Fault.HTTP_500, Fault.BODY_HTML)
    return (False, True) if is_open and CALLS[step].is_write else (False,)

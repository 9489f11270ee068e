"""The course of a cell: the fault comes, stays a while, ends; time passes; and all has to be well."""

from collections.abc import Callable
from datetime import timedelta

from connector.domain.integration import IntegrationState
from connector.domain.stream import Stream
from connector.domain.task_record import TaskState
from connector.usecases.steer_tasks import resend
from tests.faults.backing import AGREEMENT
from tests.faults.faults import Fault
from tests.faults.planting import plant
from tests.faults.processes import SETTLE
from tests.faults.scenarios import Ordering, Scenario, check_order
from tests.faults.steps import Step
from tests.faults.streams import Reading, enter_logins
from tests.faults.world import World

A_WHILE = timedelta(minutes=2)
"""Longer than any wait that is left to a queue's delay."""

UNTIL_A_LOOK_COUNTS = SETTLE + timedelta(minutes=5)
"""The settle time, with room for what passes before it begins. A look that fails for so long would make a
second order if it were taken for an empty one.
"""

STAYING = (Fault.HTTP_503, Fault.HTTP_400, Fault.HTTP_404, Fault.KILLED_AFTER_EFFECT, Fault.AWS_THROTTLED)
"""Of each kind one is met twice, the others once: every one costs time."""

AN_HOUR = timedelta(hours=1)
ROUNDS = 6
A_DAY = timedelta(hours=25)
"""After this, a key whose outcome was ever unknown has been looked up once more."""


REJECTED_FOR_GOOD = frozenset({Fault.HTTP_401_FOR_GOOD, Fault.EMPTY_LOGIN})
"""A person enters the logins anew; what else rejects them passes, and the poll's next try finds that."""


def run(world: World, scenario: Scenario, step: Step, fault: Fault, *, after: bool = False) -> str:
    """Run a scenario through a fault at one of its steps; gives what it ended as. Asserts what must hold."""
    scenario.begin(world)
    planted = plant(world, step, fault, after=after, meanwhile=_meanwhile(world, scenario))
    try:
        scenario.go(world)
        scenario.check(world)
        if fault in STAYING:
            world.clock.let_pass(UNTIL_A_LOOK_COUNTS if step is Step.LOOK_UP else A_WHILE)
            scenario.drive(world)
            scenario.check(world)
        assert planted.hits(), "the fault hit nothing"
    finally:
        planted.end()
    return settle(world, scenario, by_person=fault in REJECTED_FOR_GOOD)


def _is_rejected(world: World) -> bool:
    return world.state is IntegrationState.CREDENTIALS_REJECTED


def _meanwhile(world: World, scenario: Scenario) -> Callable[[], None]:
    return lambda: world.meanwhile(lambda: scenario.again(world))


def settle(world: World, scenario: Scenario, *, by_person: bool = False) -> str:
    """Let time pass until nothing is left to do. Gives the end.

    A person resends what is held, and enters rejected logins anew if it is `by_person`; else they are tried
    again by the poll.
    """
    steps: list[str] = []
    for _ in range(ROUNDS):
        world.clock.let_pass(AN_HOUR)
        if _is_rejected(world):
            _once(steps, "credentials" if by_person else "tried again")
            if by_person:
                enter_logins(world.process)
            else:
                world.queue_stream(Stream.TASKS)
                world.work_off_polls()
        scenario.drive(world)
        scenario.check(world)
        if scenario.is_settled(world):
            ordering = _ordering(scenario)
            if ordering is None or ordering.record is None or ordering.record.state is not TaskState.HELD:
                break
            _once(steps, "held")
            resend(world.process.steering, AGREEMENT, ordering.task_id)
    assert scenario.is_settled(world), f"not settled after {ROUNDS} hours"
    return " → ".join([*steps, _last(world, scenario)])


def _last(world: World, scenario: Scenario) -> str:
    ordering = _ordering(scenario)
    if ordering is None or ordering.record is None:
        return scenario.word
    if any(one.verify_at for one in ordering.record.attempts):
        world.clock.let_pass(A_DAY)
        scenario.drive(world)
        assert scenario.is_settled(world)
    assert ordering.record.state is TaskState.ORDERED, ordering.record
    check_order(world, ordering.task_id)
    is_untold = any(one.reason == "receipt_refused" for one in ordering.record.history)
    return f"{scenario.word}, receipt refused" if is_untold else scenario.word


def _ordering(scenario: Scenario) -> Ordering | None:
    """The part of a scenario that is about a task."""
    if isinstance(scenario, Reading):
        return scenario.parts[1]
    return scenario if isinstance(scenario, Ordering) else None


def _once(steps: list[str], step: str) -> None:
    assert step not in steps, f"{step} twice"
    steps.append(step)

"""Faults of messages: the same one twice, the older one last, one that nobody can read among nine good."""

from dataclasses import replace

from connector.domain.task_record import TaskState
from tests.faults.course import settle
from tests.faults.faults import Fault
from tests.faults.on_aws import RECEIVES
from tests.faults.scenarios import Ordering, Scenario, add_line, check_order, finish_task, record_of
from tests.faults.steps import Step
from tests.faults.streams import Enqueuing
from tests.faults.world import World

POISON = "no message of ours"
NINE = 9


def deliver(world: World, scenario: Scenario, step: Step, fault: Fault) -> str:
    """Run a scenario whose messages are delivered so badly; gives what it ended as."""
    scenario.begin(world)
    match fault:
        case Fault.MESSAGE_TWICE:
            scenario.go(world)
            scenario.again(world)
        case Fault.REVERSE_ORDER:
            assert isinstance(scenario, Ordering)
            _newer_first(world, scenario)
        case _:
            return _beside_poison(world, scenario, step)
    scenario.check(world)
    return settle(world, scenario)


def _newer_first(world: World, scenario: Ordering) -> None:
    """Two versions are told of in the wrong order."""
    if record_of(world, scenario.task_id) is None:
        finish_task(world, scenario.task_id)
    older, newer = add_line(world, scenario.task_id), add_line(world, scenario.task_id)
    assert older < newer
    for version in (newer, older):
        scenario.version = version
        scenario.again(world)
    world.work_off_orders()
    scenario.version = newer


def _beside_poison(world: World, scenario: Scenario, step: Step) -> str:
    """Nine good ones beside one that can't be read: it is refused at the door, or given up."""
    if isinstance(scenario, Enqueuing):
        assert not world.post_webhook(POISON.encode())
        return f"{_nine(world, scenario)}, one refused"
    aws = world.ground.aws
    queue, work_off = {
        Step.CREATE: (aws.orders, world.work_off_orders),
        Step.POLL: (aws.reconcile, world.work_off_polls),
        Step.SYNC_LIST: (aws.imports, world.work_off_imports),
    }[step]
    queue.send(POISON)
    end = _nine(world, scenario) if step is Step.CREATE else _one(world, scenario)
    for _ in range(RECEIVES):
        work_off()
    assert aws.dead_letters() == [POISON]
    assert {type(bug) for bug in world.bugs} == {ValueError}
    return f"{end}, one dead letter"


def _one(world: World, scenario: Scenario) -> str:
    scenario.go(world)
    scenario.check(world)
    return settle(world, scenario)


def _nine(world: World, scenario: Scenario) -> str:
    """Nine tasks, all in the queue with the poison."""
    assert isinstance(scenario, Ordering)
    nine = [replace(scenario, task_id=f"{scenario.task_id}-{n}") for n in range(NINE)]
    for one in nine:
        finish_task(world, one.task_id)
        one.tell(world)
    world.work_off_orders()
    for one in nine:
        record = record_of(world, one.task_id)
        assert record is not None
        assert record.state is TaskState.ORDERED
        check_order(world, one.task_id)
    return scenario.word

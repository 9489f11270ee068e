"""Orders whose outcome nobody saw: looked for, adopted, made again once, never twice."""

from datetime import timedelta

import pytest

from connector.domain.lease import LEASE_MARGIN
from connector.domain.reason import Reason
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import RetryLater, Side, UnknownOutcome
from tests.unit.usecases.ordering import INVOCATION, SETTLE, Killed, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_lost_answer_is_found_at_once_and_adopted(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "reset"), after_effect=True)
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert len(world.erp.orders) == 1
    assert len(world.smartday.receipts) == 1
    assert world.record.due_at == world.now + timedelta(hours=24)


def test_after_an_unknown_outcome_nothing_is_created_before_the_settle_time(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"))
    world.hear()
    assert world.state() is TaskState.UNKNOWN
    settles = world.record.settle_at
    assert settles is not None
    assert settles >= world.now + INVOCATION + SETTLE
    assert world.record.due_at == settles
    world.later(timedelta(minutes=5))
    world.hear()
    assert world.erp.calls["save_order"] == 1
    world.now = settles
    world.hear()
    assert world.erp.calls["save_order"] == 2
    assert world.state() is TaskState.ORDERED


def test_after_a_process_died_the_settle_time_runs_from_the_end_of_its_own_lease(world: World) -> None:
    world.erp.on_save = raise_killed
    with pytest.raises(Killed):
        world.hear()
    lapsed = world.record.lease_until
    assert lapsed is not None
    world.erp.on_save = lambda: None
    world.now = lapsed
    world.hear()
    assert world.state() is TaskState.UNKNOWN
    assert world.record.settle_at == lapsed + SETTLE
    world.now = lapsed + SETTLE
    world.hear()
    assert world.state() is TaskState.ORDERED


def test_a_lost_create_that_cannot_be_noted_is_left_to_whoever_comes_after_the_lease(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"))

    def throttle(record: TaskRecord) -> None:
        if record.state is TaskState.UNKNOWN:
            raise RetryLater("aws_throttled")

    world.tasks.before_save = throttle
    world.hear()
    world.tasks.before_save = lambda _: None
    lapsed = world.record.lease_until
    assert lapsed == world.now + INVOCATION + LEASE_MARGIN
    assert world.record.due_at == lapsed
    world.now = lapsed
    world.hear()
    assert world.record.settle_at == lapsed + SETTLE


def raise_killed() -> None:
    raise Killed


def test_an_effect_that_comes_late_is_adopted_not_repeated(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"))
    world.hear()
    world.erp.execute_lost()
    world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.hear()
    assert len(world.erp.orders) == 1
    assert world.state() is TaskState.ORDERED
    assert world.erp.calls["save_order"] == 1


def test_a_failed_look_up_is_never_read_as_not_found(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"))
    world.hear()
    world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.erp.fail("find_orders", RetryLater("erp_unreachable"))
    world.hear()
    assert world.erp.calls["save_order"] == 1
    assert world.state() is TaskState.UNKNOWN
    assert world.record.due_at is not None


def test_two_unknown_creates_are_all_that_is_ever_tried(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"), times=None)
    for _ in range(6):
        world.hear()
        world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    assert world.erp.calls["save_order"] == 2
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.OUTCOME_UNKNOWN)


def test_a_held_unknown_outcome_heals_when_the_order_shows_up(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"), times=2)
    for _ in range(4):
        world.hear()
        world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    assert world.state() is TaskState.HELD
    world.erp.execute_lost(1)
    world.hear()
    assert world.state() is TaskState.ORDERED


def test_two_orders_of_one_key_are_held_and_nothing_is_changed(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"), times=2)
    for _ in range(3):
        world.hear()
        world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.erp.execute_lost(2)
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP)
    assert len(world.erp.orders) == 2


def test_a_second_order_that_appears_within_a_day_is_found_and_held(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"))
    world.hear()
    world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.hear()
    assert world.state() is TaskState.ORDERED
    world.erp.execute_lost()
    world.later(timedelta(hours=24))
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP)


def test_the_look_after_a_day_ends_the_matter_when_there_is_one_order(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "reset"), after_effect=True)
    world.hear()
    world.later(timedelta(hours=24))
    world.hear()
    assert (world.state(), world.record.due_at) == (TaskState.ORDERED, None)


def test_a_worker_that_died_while_creating_left_its_order_behind(world: World) -> None:
    world.erp.fail("save_order", Killed(), after_effect=True)
    with pytest.raises(Killed):
        world.hear()
    assert world.state() is TaskState.CREATING
    assert world.hear() is None, "its lease still lives"
    world.later(INVOCATION + timedelta(seconds=11))
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert len(world.erp.orders) == 1


def test_a_worker_that_died_before_the_effect_is_followed_by_one_that_waits(world: World) -> None:
    world.erp.fail("save_order", Killed())
    with pytest.raises(Killed):
        world.hear()
    world.later(INVOCATION + timedelta(seconds=11))
    world.hear()
    assert world.state() is TaskState.UNKNOWN
    assert world.erp.calls["save_order"] == 1
    world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert len(world.erp.orders) == 1


def test_a_worker_that_died_before_the_reservation_costs_only_time(world: World) -> None:
    world.smartday.fail("task", Killed())
    with pytest.raises(Killed):
        world.hear()
    world.later(INVOCATION + timedelta(seconds=11))
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert not world.erp.calls["find_orders"]

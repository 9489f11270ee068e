from datetime import UTC, date, datetime, timedelta

import pytest

from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import CredentialsRejected, RetryLater, Side
from connector.usecases.activate_integration import activate_integration
from connector.usecases.declined import Declined
from connector.usecases.resend_finished import resend_finished
from connector.usecases.steer_tasks import do_not_send
from tests.builders import task
from tests.fakes.people import AGREEMENT, World, wish

DAY = date(2026, 9, 14)
MIDNIGHT = datetime(2026, 9, 13, 22, tzinfo=UTC)
"""The start of the day in Oslo."""


@pytest.fixture
def world() -> World:
    """An active integration that has sent nothing yet."""
    world = World()
    activate_integration(world.activation, wish(start_date=date(2026, 9, 1)))
    return world


def finish(world: World, task_id: str, at: datetime = MIDNIGHT, changed_at: datetime | None = None) -> None:
    world.smartday.put_task(task(id=task_id, version=9, finished_at=at), changed_at or at)


def put(world: World, task_id: str, state: TaskState) -> None:
    now = world.clock()
    world.tasks.save(
        TaskRecord(AGREEMENT, task_id, now, now, state=state, wanted_version=7, handled_version=7)
    )


def counted(world: World) -> int:
    return resend_finished(world.finished, AGREEMENT, DAY, check=True)


def resent(world: World) -> int:
    return resend_finished(world.finished, AGREEMENT, DAY, check=False)


def queued(world: World) -> dict[str, int]:
    return {one.task_id: one.version for one in world.task_queue.take()}


def state(world: World, task_id: str) -> TaskState:
    return world.tasks.records[AGREEMENT, task_id].state


def test_counting_changes_nothing(world: World) -> None:
    finish(world, "unheard")
    finish(world, "held")
    put(world, "held", TaskState.HELD)
    before = dict(world.tasks.records)
    assert counted(world) == 2
    assert world.tasks.records == before
    assert queued(world) == {}


def test_held_ignored_and_unheard_tasks_are_run_again(world: World) -> None:
    for task_id in ("held", "ignored", "unheard"):
        finish(world, task_id)
    put(world, "held", TaskState.HELD)
    put(world, "ignored", TaskState.IGNORED)
    assert resent(world) == 3
    assert queued(world) == {"held": 7, "ignored": 7, "unheard": 9}
    assert {state(world, "held"), state(world, "ignored")} == {TaskState.RECEIVED}


@pytest.mark.parametrize("left", sorted(set(TaskState) - {TaskState.HELD, TaskState.IGNORED}))
def test_what_is_ordered_under_way_or_not_to_be_sent_is_left_alone(world: World, left: TaskState) -> None:
    finish(world, "48213")
    put(world, "48213", left)
    assert (counted(world), resent(world)) == (0, 0)
    assert state(world, "48213") is left
    assert queued(world) == {}


def test_the_day_begins_at_midnight_in_oslo(world: World) -> None:
    finish(world, "just-before", MIDNIGHT - timedelta(seconds=1), changed_at=MIDNIGHT + timedelta(hours=1))
    finish(world, "just-then", MIDNIGHT)
    assert resent(world) == 1
    assert queued(world) == {"just-then": 9}


def test_what_is_held_but_was_finished_earlier_is_left_alone(world: World) -> None:
    finish(world, "early", MIDNIGHT - timedelta(days=1))
    put(world, "early", TaskState.HELD)
    assert resent(world) == 0
    assert state(world, "early") is TaskState.HELD


def test_every_page_of_both_sides_is_read(world: World) -> None:
    world.smartday.page_size = 100
    for number in range(250):
        finish(world, f"{number}")
        put(world, f"{number}", TaskState.HELD if number % 2 else TaskState.ORDERED)
    assert (counted(world), resent(world)) == (125, 125)
    assert len(queued(world)) == 125


def test_doing_it_again_finds_nothing_more(world: World) -> None:
    finish(world, "held")
    put(world, "held", TaskState.HELD)
    assert (resent(world), resent(world)) == (1, 0)


def test_when_time_runs_out_what_was_done_is_done_and_the_rest_can_be_repeated(world: World) -> None:
    for number in range(150):
        finish(world, f"{number}")
        put(world, f"{number}", TaskState.HELD)

    def slowly(_: TaskRecord) -> None:
        world.clock.now += timedelta(milliseconds=250)

    world.tasks.before_save = slowly
    with pytest.raises(Declined, match="too_many_tasks"):
        resent(world)
    assert len(queued(world)) == 100
    assert resent(world) == 50
    assert len(queued(world)) == 50


def test_a_decision_made_meanwhile_counts(world: World) -> None:
    finish(world, "48213")
    put(world, "48213", TaskState.HELD)
    decided = iter([True])

    def somebody_decides(_: TaskRecord) -> None:
        if next(decided, False):
            do_not_send(world.steering, AGREEMENT, "48213", "Kari", "fakturert for hånd")

    world.tasks.before_save = somebody_decides
    assert resent(world) == 0
    assert state(world, "48213") is TaskState.DO_NOT_SEND


def test_a_queue_that_refuses_loses_nothing(world: World) -> None:
    finish(world, "held")
    put(world, "held", TaskState.HELD)
    world.task_queue.refusing = True
    with pytest.raises(RetryLater):
        resent(world)
    due = world.tasks.due(world.clock() + timedelta(hours=1), 10)
    assert [one.task_id for one in due] == ["held"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RetryLater("smartday_unavailable"), "smartday_unreachable"),
        (CredentialsRejected(Side.SMARTDAY), "invalid_bridge_login"),
    ],
)
def test_smartdays_refusals_are_told(world: World, error: Exception, code: str) -> None:
    world.smartday.fail("finished_tasks", error)
    with pytest.raises(Declined, match=code):
        counted(world)


def test_nothing_is_asked_for_an_integration_that_is_not_active(world: World) -> None:
    activate_integration(world.activation, wish(active=False))
    with pytest.raises(Declined, match="not_active"):
        counted(world)
    assert world.smartday.calls["finished_tasks"] == 0


def test_what_was_finished_before_the_integrations_start_is_left_alone(world: World) -> None:
    activate_integration(world.activation, wish(start_date=date(2026, 9, 15)))
    finish(world, "48213")
    put(world, "48213", TaskState.IGNORED)
    assert (counted(world), resent(world)) == (0, 0)

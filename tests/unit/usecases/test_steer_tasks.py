from datetime import timedelta

import pytest

from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import RetryLater
from connector.usecases.declined import Declined
from connector.usecases.steer_tasks import do_not_send, list_tasks, one_task, resend, resend_many
from tests.fakes.people import AGREEMENT, OTHER, World
from tests.fakes.queues import SentTask


@pytest.fixture
def world() -> World:
    return World()


def put(world: World, task_id: str, state: TaskState, agreement_number: str = AGREEMENT) -> TaskRecord:
    now = world.clock()
    record = TaskRecord(agreement_number, task_id, now, now, state=state, wanted_version=7, handled_version=7)
    return world.tasks.save(record)


def test_tasks_are_listed_by_page_and_state(world: World) -> None:
    for number in range(60):
        put(world, f"{number}", TaskState.HELD)
    put(world, "elsewhere", TaskState.ORDERED)
    first, cursor = list_tasks(world.steering, AGREEMENT, TaskState.HELD, None)
    rest, end = list_tasks(world.steering, AGREEMENT, TaskState.HELD, cursor)
    assert (len(first), len(rest), end) == (50, 10, None)
    assert len({one.task_id for one in (*first, *rest)}) == 60


def test_a_cursor_of_somebody_else_is_refused(world: World) -> None:
    with pytest.raises(Declined, match="cursor_invalid"):
        list_tasks(world.steering, AGREEMENT, None, "not-ours")


def test_a_task_of_another_agreement_is_not_found(world: World) -> None:
    put(world, "1", TaskState.HELD, OTHER)
    with pytest.raises(Declined, match="task_not_found"):
        one_task(world.steering, AGREEMENT, "1")


@pytest.mark.parametrize("state", [TaskState.HELD, TaskState.IGNORED, TaskState.RECEIVED, TaskState.ORDERED])
def test_resend_queues_the_task_and_says_so_in_its_history(world: World, state: TaskState) -> None:
    put(world, "48213", state)
    record = resend(world.steering, AGREEMENT, "48213")
    assert record.state is TaskState.RECEIVED
    assert record.handled_version == 0
    assert record.history[-1].at == world.clock()
    assert record.due_at is not None
    assert record.due_at > world.clock()
    assert world.task_queue.sent == [SentTask(AGREEMENT, "48213", 7)]


def test_a_resend_that_was_not_queued_is_found_when_due(world: World) -> None:
    put(world, "48213", TaskState.HELD)
    world.task_queue.refusing = True
    with pytest.raises(RetryLater):
        resend(world.steering, AGREEMENT, "48213")
    due = world.tasks.due(world.clock() + timedelta(hours=1), 10)
    assert [one.task_id for one in due] == ["48213"]


def test_a_task_that_shall_not_be_sent_is_not_resent(world: World) -> None:
    put(world, "48213", TaskState.DO_NOT_SEND)
    with pytest.raises(Declined, match="wrong_state"):
        resend(world.steering, AGREEMENT, "48213")
    assert world.task_queue.sent == []


def test_many_are_resent_at_once_and_the_others_named(world: World) -> None:
    put(world, "1", TaskState.HELD)
    put(world, "2", TaskState.IGNORED)
    put(world, "3", TaskState.DO_NOT_SEND)
    again, refused = resend_many(world.steering, AGREEMENT, ["1", "2", "1", "3", "4"])
    assert again == ["1", "2"]
    assert refused == {"3": "wrong_state", "4": "task_not_found"}
    assert [one.task_id for one in world.task_queue.sent] == ["1", "2"]


@pytest.mark.parametrize("state", [TaskState.RECEIVED, TaskState.HELD, TaskState.IGNORED])
def test_do_not_send_says_who_and_why(world: World, state: TaskState) -> None:
    put(world, "48213", state)
    record = do_not_send(world.steering, AGREEMENT, "48213", "Kari", "fakturert for hånd")
    assert record.state is TaskState.DO_NOT_SEND
    assert record.detail == "Kari: fakturert for hånd"
    assert record.due_at is None
    assert world.task_queue.sent == []


@pytest.mark.parametrize(
    "state", [TaskState.ORDERED, TaskState.CREATING, TaskState.UPDATING, TaskState.UNKNOWN]
)
def test_do_not_send_comes_too_late_for_what_may_be_an_order(world: World, state: TaskState) -> None:
    put(world, "48213", state)
    with pytest.raises(Declined, match="wrong_state"):
        do_not_send(world.steering, AGREEMENT, "48213", "Kari", "for sent")


def test_a_lost_write_is_done_again_on_what_is_stored_now(world: World) -> None:
    put(world, "48213", TaskState.HELD)
    lost = iter([True])

    def somebody_writes_first(record: TaskRecord) -> None:
        if next(lost, False):
            world.tasks.save(world.tasks.records[AGREEMENT, "48213"])

    world.tasks.before_save = somebody_writes_first
    assert do_not_send(world.steering, AGREEMENT, "48213", "Kari", "nei").state is TaskState.DO_NOT_SEND


def test_a_write_that_is_always_lost_is_given_up(world: World) -> None:
    put(world, "48213", TaskState.HELD)
    writing: list[str] = []

    def somebody_always_writes_first(record: TaskRecord) -> None:
        if not writing:
            writing.append(record.task_id)
            world.tasks.save(world.tasks.records[AGREEMENT, "48213"])
            writing.clear()

    world.tasks.before_save = somebody_always_writes_first
    with pytest.raises(Declined, match="changed_meanwhile"):
        resend(world.steering, AGREEMENT, "48213")

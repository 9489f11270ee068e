from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.reason import Reason
from connector.domain.task_decisions import REMAKEABLE
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import RetryLater
from connector.usecases.declined import Declined
from connector.usecases.steer_tasks import (
    approve,
    approve_many,
    do_not_send,
    list_tasks,
    new_order,
    one_task,
    resend,
    resend_many,
    send_again,
)
from tests.fakes.people import AGREEMENT, OTHER, World
from tests.fakes.queues import SentTask


@pytest.fixture
def world() -> World:
    return World()


def put(
    world: World,
    task_id: str,
    state: TaskState,
    agreement_number: str = AGREEMENT,
    reason: Reason | None = None,
) -> TaskRecord:
    now = world.clock()
    record = TaskRecord(agreement_number, task_id, now, now, state=state, wanted_version=7, handled_version=7)
    return world.tasks.save(replace(record, reason=reason.value if reason else None))


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
    assert world.task_queue.sent == [SentTask(AGREEMENT, "48213", 7)], "for the worker tells Smartday"


@pytest.mark.parametrize(
    "state", [TaskState.ORDERED, TaskState.CREATING, TaskState.UPDATING, TaskState.UNKNOWN]
)
def test_do_not_send_comes_too_late_for_what_may_be_an_order(world: World, state: TaskState) -> None:
    put(world, "48213", state)
    with pytest.raises(Declined, match="wrong_state"):
        do_not_send(world.steering, AGREEMENT, "48213", "Kari", "for sent")


def test_an_approved_task_is_queued_under_the_version_that_was_seen(world: World) -> None:
    put(world, "48213", TaskState.HELD, reason=Reason.WAITING_FOR_APPROVAL)
    record = approve(world.steering, AGREEMENT, "48213")
    assert (record.state, record.approved_version) == (TaskState.RECEIVED, 7)
    assert world.task_queue.sent == [SentTask(AGREEMENT, "48213", 7)]


def test_only_what_waits_for_approval_is_approved(world: World) -> None:
    put(world, "1", TaskState.HELD, reason=Reason.WAITING_FOR_APPROVAL)
    put(world, "2", TaskState.HELD, reason=Reason.CUSTOMER_UNKNOWN)
    put(world, "3", TaskState.ORDERED)
    approved, refused = approve_many(world.steering, AGREEMENT, ["1", "2", "3", "4", "1"])
    assert approved == ["1"]
    assert refused == {"2": "wrong_state", "3": "wrong_state", "4": "task_not_found"}
    assert world.task_queue.sent == [SentTask(AGREEMENT, "1", 7)]


def test_nothing_is_queued_when_nothing_is_approved(world: World) -> None:
    assert approve_many(world.steering, AGREEMENT, ["4"]) == ([], {"4": "task_not_found"})
    assert world.task_queue.sent == []


def test_what_was_not_to_be_sent_can_be_sent_after_all(world: World) -> None:
    put(world, "48213", TaskState.HELD)
    do_not_send(world.steering, AGREEMENT, "48213", "Kari", "fakturert for hånd")
    record = send_again(world.steering, AGREEMENT, "48213", "Ola", "likevel ikke")
    assert record.state is TaskState.RECEIVED
    assert record.history[-1].detail == "Ola: likevel ikke"
    assert world.task_queue.sent[-1] == SentTask(AGREEMENT, "48213", 7)


@pytest.mark.parametrize("state", [one for one in TaskState if one is not TaskState.DO_NOT_SEND])
def test_nothing_else_is_sent_after_all(world: World, state: TaskState) -> None:
    put(world, "48213", state)
    with pytest.raises(Declined, match="wrong_state"):
        send_again(world.steering, AGREEMENT, "48213", "Ola", "likevel")
    assert world.task_queue.sent == []


@pytest.mark.parametrize("reason", [one for one in Reason if one not in REMAKEABLE])
def test_a_new_order_needs_a_hold_that_only_a_person_can_end(world: World, reason: Reason) -> None:
    put(world, "48213", TaskState.HELD, reason=reason)
    with pytest.raises(Declined, match="wrong_state"):
        new_order(world.steering, AGREEMENT, "48213", "Ola", "borte")
    assert world.task_queue.sent == []


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

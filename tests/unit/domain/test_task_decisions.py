"""What a person may decide about a task."""

from dataclasses import replace

import pytest

from connector.domain import task_changes, task_decisions
from connector.domain.reason import Reason
from connector.domain.task_record import TaskRecord, TaskState
from tests.unit.domain.records import (
    LATER,
    NOW,
    bound,
    claimed,
    lost,
    received,
    reserved,
    settled,
)


def test_a_resend_forgets_the_reason_but_never_an_open_attempt() -> None:
    held = settled(TaskState.HELD, Reason.ZERO_VALUE)
    assert task_decisions.resend(held, NOW).state is TaskState.RECEIVED
    assert not task_decisions.resend(held, NOW).is_settled
    unknown = task_changes.settle(lost(), TaskState.HELD, Reason.OUTCOME_UNKNOWN, None, 7, NOW)
    assert task_decisions.resend(unknown, NOW).state is TaskState.UNKNOWN


def test_do_not_send_keeps_who_and_why() -> None:
    record = task_decisions.do_not_send(received(), NOW, "Kari", "garanti")
    assert (record.state, record.detail) == (TaskState.DO_NOT_SEND, "Kari: garanti")


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(claimed(), id="being worked on"),
        pytest.param(bound("1"), id="ordered"),
        pytest.param(replace(reserved(), state=TaskState.HELD, lease_until=None), id="outcome unknown"),
    ],
)
def test_do_not_send_comes_too_late(record: TaskRecord) -> None:
    with pytest.raises(ValueError, match="can't be kept"):
        task_decisions.do_not_send(record, NOW, "Kari", "garanti")


def test_do_not_send_tells_the_planner_but_not_who_or_why() -> None:
    receipt = task_decisions.do_not_send(received(), NOW, "Kari", "garanti").receipt
    assert receipt is not None
    assert (receipt.result, receipt.message) == ("skipped", Reason.BY_PERSON.nb)


def test_do_not_send_can_be_taken_back_and_the_history_says_by_whom() -> None:
    kept = task_changes.receipt_sent(task_decisions.do_not_send(received(), NOW, "Kari", "garanti"))
    record = task_decisions.send_again(kept, LATER, "Ola", "likevel ikke garanti")
    assert (record.state, record.is_settled) == (TaskState.RECEIVED, False)
    assert record.history[-1].detail == "Ola: likevel ikke garanti"


def test_only_a_task_that_waits_for_approval_is_approved_and_only_at_its_version() -> None:
    record = task_decisions.approve(settled(TaskState.HELD, Reason.WAITING_FOR_APPROVAL, version=8), LATER)
    assert (record.state, record.approved_version) == (TaskState.RECEIVED, 8)
    with pytest.raises(ValueError, match="doesn't wait"):
        task_decisions.approve(settled(TaskState.HELD, Reason.ZERO_VALUE), LATER)


@pytest.mark.parametrize("reason", sorted(task_decisions.REMAKEABLE))
def test_a_new_order_gets_the_next_key(reason: Reason) -> None:
    held = replace(bound("1"), state=TaskState.HELD, reason=reason)
    record = task_decisions.new_order(held, LATER, "Kari", "slettet ved en feil")
    assert (record.state, record.order) == (TaskState.RECEIVED, None)
    assert record.attempts[0].is_gone
    assert record.history[-1].detail == "Kari: slettet ved en feil"


def test_an_order_that_exists_is_never_made_anew() -> None:
    with pytest.raises(ValueError, match="gets no new order"):
        task_decisions.new_order(bound("1"), LATER, "Kari", "vil ha en til")

"""What may happen to a task record, change by change."""

from dataclasses import replace

import pytest

from connector.domain import task_changes, task_decisions
from connector.domain.reason import Reason
from connector.domain.task_changes import PARKED_LOOK
from connector.domain.task_record import HISTORY_LIMIT, TaskState
from tests.builders import KEY
from tests.unit.domain.records import LATER, NOW, bound, claimed, lost, received, settled


def test_a_new_record_is_due_by_itself_should_its_message_get_lost() -> None:
    assert received().due_at == NOW + task_changes.INBOX_NET
    assert received().history[0].state is TaskState.RECEIVED


def test_hearing_a_lower_version_changes_nothing() -> None:
    assert task_changes.receive(received(7), KEY.agreement_number, KEY.task_id, 3, LATER) == received(7)


def test_hearing_a_higher_version_makes_it_wanted() -> None:
    record = task_changes.receive(received(7), KEY.agreement_number, KEY.task_id, 9, LATER)
    assert record.wanted_version == 9


def test_a_claim_is_due_again_when_its_lease_lapses() -> None:
    assert claimed().due_at == LATER
    assert claimed().is_leased(NOW)
    assert not claimed().is_leased(LATER)


def test_an_ignored_task_that_is_looked_at_again_waits_as_received() -> None:
    ignored = task_changes.settle(claimed(6), TaskState.IGNORED, Reason.NOT_FINISHED, None, 6, NOW)
    heard = task_changes.receive(ignored, KEY.agreement_number, KEY.task_id, 7, NOW)
    waiting = task_changes.postpone(heard, "smartday_locked", LATER, NOW)
    assert (waiting.state, waiting.reason) == (TaskState.RECEIVED, "smartday_locked")
    assert task_changes.postpone(ignored, "again", LATER, NOW).state is TaskState.IGNORED


def test_a_plain_order_is_never_due_again() -> None:
    assert task_changes.receipt_sent(bound("1")).due_at is None


def test_a_refused_receipt_leaves_the_order_and_a_line_of_history() -> None:
    record = task_changes.receipt_refused(bound("1"), "not_found", LATER)
    assert (record.state, record.receipt) == (TaskState.ORDERED, None)
    assert record.history[-1].reason == "receipt_refused"


def test_settling_gives_up_the_lease_and_keeps_the_reason() -> None:
    record = settled(TaskState.HELD, Reason.CUSTOMER_UNKNOWN, "10021")
    assert record.is_settled
    assert not record.is_leased(NOW)
    assert (record.reason, record.detail, record.due_at) == ("customer_unknown", "10021", None)


def test_postponing_counts_the_failure_and_sets_the_due_time() -> None:
    record = task_changes.postpone(claimed(), "smartday_unreachable", LATER, NOW)
    assert (record.failures, record.due_at, record.reason) == (1, LATER, "smartday_unreachable")


def test_postponing_an_unknown_outcome_does_not_hide_it() -> None:
    record = task_changes.postpone(lost(), "erp_unreachable", LATER, NOW)
    assert record.state is TaskState.UNKNOWN
    assert record.reason is None


def test_what_waits_for_a_paused_integration_is_looked_at_every_hour() -> None:
    parked = task_changes.park(received(), NOW)
    assert (parked.state, parked.due_at, parked.reason) == (
        TaskState.RECEIVED,
        NOW + PARKED_LOOK,
        "integration_not_active",
    )
    assert task_changes.park(parked, LATER) == replace(parked, due_at=LATER + PARKED_LOOK)


def test_a_changed_task_of_a_paused_integration_waits_as_received() -> None:
    held = settled(TaskState.HELD, Reason.ZERO_VALUE)
    changed = task_changes.receive(held, KEY.agreement_number, KEY.task_id, 8, NOW)
    assert task_changes.park(changed, NOW).state is TaskState.RECEIVED


def test_parking_leaves_what_is_settled_or_worked_on_alone() -> None:
    held = settled(TaskState.HELD, Reason.ZERO_VALUE)
    assert task_changes.park(held, NOW) == held
    assert task_changes.park(claimed(), NOW) == claimed()
    kept = task_decisions.do_not_send(held, NOW, "Kari", "garanti")
    assert task_changes.park(kept, NOW) == kept


def test_a_parked_order_still_owes_its_receipt() -> None:
    owing = bound("1")
    parked = task_changes.park(task_changes.release(owing, LATER), NOW)
    assert parked.due_at == NOW + PARKED_LOOK


def test_history_stays_short() -> None:
    record = claimed()
    for _ in range(HISTORY_LIMIT + 10):
        record = task_changes.postpone(record, "again", LATER, NOW)
    assert len(record.history) == HISTORY_LIMIT


def test_the_planner_is_told_of_a_hold_before_the_lease_ends() -> None:
    record = task_changes.settle(claimed(), TaskState.HELD, Reason.CUSTOMER_UNKNOWN, "10021", 7, NOW)
    assert record.is_leased(NOW)
    assert record.receipt is not None
    assert (record.receipt.result, record.receipt.order_id) == ("failed", None)
    assert record.receipt.message.startswith("Kundenummeret finnes ikke i 24SevenOffice.")
    assert record.receipt.message.endswith("(10021)")


def test_the_same_hold_is_told_once_and_another_one_again() -> None:
    told = settled(TaskState.HELD, Reason.CUSTOMER_UNKNOWN, "10021")
    again = task_changes.settle(told, TaskState.HELD, Reason.CUSTOMER_UNKNOWN, "10021", 8, LATER)
    assert again.receipt is None
    other = task_changes.settle(told, TaskState.HELD, Reason.CUSTOMER_UNKNOWN, "10022", 8, LATER)
    assert other.receipt is not None


@pytest.mark.parametrize(
    ("state", "reason", "result"),
    [
        (TaskState.IGNORED, Reason.ABORTED, "skipped"),
        (TaskState.IGNORED, Reason.ZERO_VALUE_LEFT_OUT, "skipped"),
        (TaskState.IGNORED, Reason.NOT_FINISHED, None),
        (TaskState.IGNORED, Reason.FINISHED_BEFORE_START, None),
        (TaskState.IGNORED, Reason.TASK_GONE, None),
        (TaskState.HELD, Reason.WAITING_FOR_APPROVAL, None),
        (TaskState.ORDERED, Reason.REOPENED, None),
    ],
)
def test_only_what_a_planner_can_use_is_told(state: TaskState, reason: Reason, result: str | None) -> None:
    receipt = task_changes.settle(claimed(), state, reason, None, 7, NOW).receipt
    assert (receipt.result if receipt else None) == result


def test_a_hold_keeps_its_reason_while_its_receipt_waits_for_smartday() -> None:
    record = task_changes.settle(claimed(), TaskState.HELD, Reason.CUSTOMER_UNKNOWN, "10021", 7, NOW)
    waiting = task_changes.postpone(record, "smartday_unreachable", LATER, NOW)
    assert (waiting.state, waiting.reason, waiting.detail) == (TaskState.HELD, "customer_unknown", "10021")
    assert (waiting.receipt, waiting.due_at) == (record.receipt, LATER)

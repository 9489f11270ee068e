"""What may happen to a task record, change by change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain import task_changes
from connector.domain.order import Order
from connector.domain.order_mapping import map_task
from connector.domain.reason import Reason
from connector.domain.task_record import HISTORY_LIMIT, TaskRecord, TaskState
from tests.builders import KEY, bindings, example_task, integration

NOW = datetime(2026, 9, 14, 11, 2, 19, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
SETTLE = timedelta(minutes=15)


def received(version: int = 7) -> TaskRecord:
    return task_changes.receive(None, KEY.agreement_number, KEY.task_id, version, NOW)


def order() -> Order:
    mapped = map_task(example_task(), bindings(), integration(), KEY)
    assert isinstance(mapped, Order)
    return mapped


def claimed(version: int = 7) -> TaskRecord:
    return task_changes.claim(received(version), "me", LATER)


def reserved() -> TaskRecord:
    return task_changes.reserve(claimed(), order(), 7, "print", NOW)


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


def test_a_reservation_tells_which_registrations_stand_on_which_row() -> None:
    attempt = reserved().attempts[0]
    assert attempt.is_open
    assert attempt.product_rows == 7
    assert attempt.rows["1"] == ("r-900101",)
    assert len(attempt.registration_ids) == 7
    assert reserved().state is TaskState.CREATING


def test_binding_ends_the_attempt_and_owes_a_receipt_in_bokmaal() -> None:
    bound = task_changes.bind(reserved(), "5589102", NOW)
    assert bound.state is TaskState.ORDERED
    assert bound.handled_version == 7
    assert bound.open_attempt is None
    assert bound.order is not None
    assert bound.order.order_id == "5589102"
    assert bound.receipt is not None
    assert bound.receipt.message == "Ordre 5589102 opprettet med 7 varelinjer og 6 tekstlinjer"
    assert bound.own_registrations == set(bound.receipt.registration_ids)


def test_binding_another_id_to_a_bound_key_is_held_as_a_duplicate() -> None:
    twice = task_changes.bind(task_changes.bind(reserved(), "1", NOW), "2", NOW)
    assert (twice.state, twice.reason) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP)
    assert twice.detail == "2"


def test_a_create_that_was_not_done_does_not_count() -> None:
    record = task_changes.not_done(reserved(), NOW)
    assert record.open_attempt is None
    assert record.attempts[0].creates == 0
    assert task_changes.reserve(record, order(), 7, "print", NOW).attempts[0].creates == 1


def test_a_key_that_was_unknown_before_is_looked_up_even_after_a_create_that_was_not_done() -> None:
    again = task_changes.reserve(task_changes.lose(reserved(), SETTLE, NOW), order(), 7, "print", NOW)
    record = task_changes.not_done(again, LATER)
    assert record.open_attempt is not None
    assert (record.settle_at, record.open_attempt.creates) == (LATER, 1)


def test_a_held_unknown_outcome_is_looked_at_once_more_after_a_day() -> None:
    held = task_changes.hold_unknown(task_changes.lose(reserved(), SETTLE, NOW), LATER)
    assert (held.state, held.due_at) == (TaskState.HELD, NOW + task_changes.VERIFY_AFTER)
    assert task_changes.hold_unknown(held, NOW + task_changes.VERIFY_AFTER).due_at is None


def test_an_ignored_task_that_is_looked_at_again_waits_as_received() -> None:
    ignored = task_changes.settle(claimed(6), TaskState.IGNORED, Reason.NOT_FINISHED, None, 6, NOW)
    heard = task_changes.receive(ignored, KEY.agreement_number, KEY.task_id, 7, NOW)
    waiting = task_changes.postpone(heard, "smartday_locked", LATER, NOW)
    assert (waiting.state, waiting.reason) == (TaskState.RECEIVED, "smartday_locked")
    assert task_changes.postpone(ignored, "again", LATER, NOW).state is TaskState.IGNORED


def test_a_lost_create_counts_and_settles_after_the_lease() -> None:
    record = task_changes.lose(reserved(), SETTLE, NOW)
    assert record.state is TaskState.UNKNOWN
    assert record.settle_at == LATER + SETTLE
    again = task_changes.reserve(record, order(), 7, "print", NOW)
    assert (again.attempts[0].creates, again.attempts[0].was_unknown) == (2, True)


def test_a_key_that_was_ever_unknown_is_looked_up_after_a_day() -> None:
    bound = task_changes.bind(task_changes.lose(reserved(), SETTLE, NOW), "1", NOW)
    assert task_changes.receipt_sent(bound).due_at == NOW + task_changes.VERIFY_AFTER
    assert task_changes.verified(bound, ["1"], LATER).due_at is None
    twins = task_changes.verified(bound, ["1", "2"], LATER)
    assert (twins.state, twins.reason, twins.detail) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP, "1 2")


def test_a_plain_order_is_never_due_again() -> None:
    assert task_changes.receipt_sent(task_changes.bind(reserved(), "1", NOW)).due_at is None


def test_a_refused_receipt_leaves_the_order_and_a_line_of_history() -> None:
    record = task_changes.receipt_refused(task_changes.bind(reserved(), "1", NOW), "not_found", LATER)
    assert (record.state, record.receipt) == (TaskState.ORDERED, None)
    assert record.history[-1].reason == "receipt_refused"


def test_settling_gives_up_the_lease_and_keeps_the_reason() -> None:
    record = task_changes.settle(claimed(), TaskState.HELD, Reason.CUSTOMER_UNKNOWN, "10021", 7, NOW)
    assert record.is_settled
    assert not record.is_leased(NOW)
    assert (record.reason, record.detail, record.due_at) == ("customer_unknown", "10021", None)


def test_postponing_counts_the_failure_and_sets_the_due_time() -> None:
    record = task_changes.postpone(claimed(), "smartday_unreachable", LATER, NOW)
    assert (record.failures, record.due_at, record.reason) == (1, LATER, "smartday_unreachable")


def test_postponing_an_unknown_outcome_does_not_hide_it() -> None:
    record = task_changes.postpone(task_changes.lose(reserved(), SETTLE, NOW), "erp_unreachable", LATER, NOW)
    assert record.state is TaskState.UNKNOWN
    assert record.reason is None


def test_what_waits_for_a_paused_integration_has_no_due_time() -> None:
    parked = task_changes.park(received(), NOW)
    assert (parked.state, parked.due_at, parked.reason) == (
        TaskState.RECEIVED,
        None,
        "integration_not_active",
    )
    assert task_changes.park(parked, LATER) == parked


def test_a_changed_task_of_a_paused_integration_waits_as_received() -> None:
    held = task_changes.settle(claimed(), TaskState.HELD, Reason.ZERO_VALUE, None, 7, NOW)
    changed = task_changes.receive(held, KEY.agreement_number, KEY.task_id, 8, NOW)
    assert task_changes.park(changed, NOW).state is TaskState.RECEIVED


def test_parking_leaves_what_is_settled_or_worked_on_alone() -> None:
    held = task_changes.settle(claimed(), TaskState.HELD, Reason.ZERO_VALUE, None, 7, NOW)
    assert task_changes.park(held, NOW) == held
    assert task_changes.park(claimed(), NOW) == claimed()
    kept = task_changes.do_not_send(held, NOW, "Kari", "garanti")
    assert task_changes.park(kept, NOW) == kept


def test_a_parked_order_still_owes_its_receipt() -> None:
    owing = task_changes.bind(reserved(), "1", NOW)
    parked = task_changes.park(task_changes.release(owing, LATER), NOW)
    assert parked.due_at == NOW + task_changes.PARKED_LOOK


def test_a_resend_forgets_the_reason_but_never_an_open_attempt() -> None:
    held = task_changes.settle(claimed(), TaskState.HELD, Reason.ZERO_VALUE, None, 7, NOW)
    assert task_changes.resend(held, NOW).state is TaskState.RECEIVED
    assert not task_changes.resend(held, NOW).is_settled
    lost = task_changes.settle(
        task_changes.lose(reserved(), SETTLE, NOW), TaskState.HELD, Reason.OUTCOME_UNKNOWN, None, 7, NOW
    )
    assert task_changes.resend(lost, NOW).state is TaskState.UNKNOWN


def test_do_not_send_keeps_who_and_why() -> None:
    record = task_changes.do_not_send(received(), NOW, "Kari", "garanti")
    assert (record.state, record.detail) == (TaskState.DO_NOT_SEND, "Kari: garanti")


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(claimed(), id="being worked on"),
        pytest.param(task_changes.bind(reserved(), "1", NOW), id="ordered"),
        pytest.param(replace(reserved(), state=TaskState.HELD, lease_until=None), id="outcome unknown"),
    ],
)
def test_do_not_send_comes_too_late(record: TaskRecord) -> None:
    with pytest.raises(ValueError, match="can't be kept"):
        task_changes.do_not_send(record, NOW, "Kari", "garanti")


def test_history_stays_short() -> None:
    record = claimed()
    for _ in range(HISTORY_LIMIT + 10):
        record = task_changes.postpone(record, "again", LATER, NOW)
    assert len(record.history) == HISTORY_LIMIT


def test_a_second_order_key_is_worked_on_next_to_the_first() -> None:
    record = task_changes.bind(reserved(), "1", NOW)
    second = replace(order(), key=replace(KEY, ordinal=2))
    both = task_changes.reserve(record, second, 8, "print", NOW)
    assert [one.ordinal for one in both.attempts] == [1, 2]
    assert both.key.ordinal == 2
    assert both.order is not None
    assert both.order.order_id == "1"

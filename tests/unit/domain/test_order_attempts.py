"""What becomes of a task's orders, step by step."""

from dataclasses import replace
from decimal import Decimal

import pytest

from connector.domain import order_attempts, task_changes, task_decisions
from connector.domain.order import ProductRow
from connector.domain.reason import Reason
from connector.domain.task_record import TaskState
from tests.builders import KEY
from tests.unit.domain.records import (
    LATER,
    NOW,
    SETTLE,
    bound,
    lost,
    order,
    reserved,
)


def test_a_reservation_tells_which_registrations_stand_on_which_row() -> None:
    attempt = reserved().attempts[0]
    assert attempt.is_open
    assert [row.sequence for row in attempt.contents.rows] == list(range(1, 14))
    assert attempt.contents.rows[0].registration_ids == ("r-900101",)
    assert len(attempt.registration_ids) == 7
    assert reserved().state is TaskState.CREATING


def test_binding_ends_the_attempt_and_owes_a_receipt_in_bokmaal() -> None:
    record = bound("5589102")
    assert record.state is TaskState.ORDERED
    assert record.handled_version == 7
    assert record.open_attempt is None
    assert record.order is not None
    assert record.order.order_id == "5589102"
    assert record.receipt is not None
    assert record.receipt.message == "Ordre 5589102 opprettet med 7 varelinjer og 6 tekstlinjer"
    assert record.own_registrations == set(record.receipt.registration_ids)


def test_binding_another_id_to_a_bound_key_is_held_as_a_duplicate() -> None:
    twice = bound("2", bound("1"))
    assert (twice.state, twice.reason) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP)
    assert twice.detail == "2"


def test_a_create_that_was_not_done_does_not_count() -> None:
    record = order_attempts.not_done(reserved(), NOW)
    assert record.open_attempt is None
    assert record.attempts == ()
    assert reserved(record).attempts[0].creates == 1


def test_a_key_that_was_unknown_before_is_looked_up_even_after_a_create_that_was_not_done() -> None:
    again = reserved(lost())
    record = order_attempts.not_done(again, LATER)
    assert record.open_attempt is not None
    assert (record.settle_at, record.open_attempt.creates) == (LATER, 1)


def test_a_held_unknown_outcome_is_looked_at_once_more_after_a_day() -> None:
    held = task_changes.receipt_sent(order_attempts.hold_unknown(lost(), LATER))
    assert (held.state, held.due_at) == (TaskState.HELD, NOW + order_attempts.VERIFY_AFTER)
    looked = order_attempts.looked(held, NOW + order_attempts.VERIFY_AFTER)
    assert order_attempts.hold_unknown(looked, NOW + order_attempts.VERIFY_AFTER).due_at is None


def test_a_lost_create_counts_and_settles_after_the_lease() -> None:
    record = lost()
    assert record.state is TaskState.UNKNOWN
    assert record.settle_at == LATER + SETTLE
    again = reserved(record)
    assert (again.attempts[0].creates, again.attempts[0].was_unknown) == (2, True)


def test_a_key_that_was_ever_unknown_is_looked_up_after_a_day() -> None:
    record = bound("1", lost())
    assert task_changes.receipt_sent(record).due_at == NOW + order_attempts.VERIFY_AFTER
    assert order_attempts.verified(record, {1: ["1"]}, LATER).due_at is None
    twins = order_attempts.verified(record, {1: ["1", "2"]}, LATER)
    assert (twins.state, twins.reason, twins.detail) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP, "1 2")


def test_an_order_of_a_key_that_was_given_up_is_a_duplicate_when_it_shows_up_late() -> None:
    held = task_changes.receipt_sent(order_attempts.hold_unknown(lost(), LATER))
    remade = bound(
        "2",
        reserved(
            task_decisions.new_order(held, LATER, "Kari", "finnes ikke"),
            replace(order(), key=replace(KEY, ordinal=2)),
        ),
    )
    late = order_attempts.verified(remade, {1: ["1"]}, LATER)
    assert (late.state, late.reason, late.detail) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP, "1")
    assert order_attempts.verified(remade, {1: []}, LATER).state is TaskState.ORDERED


def test_a_total_that_is_not_ours_holds_the_task_but_the_order_stands() -> None:
    record = bound("1", net_total=Decimal("8519.98"))
    assert (record.state, record.reason) == (TaskState.HELD, Reason.TOTAL_DIFFERS)
    assert record.detail == "8520.00 / 8519.98"
    assert record.receipt is not None
    assert record.receipt.result == "created"


@pytest.mark.parametrize("net_total", [Decimal("8520.00"), Decimal("8519.99"), None])
def test_a_total_that_is_ours_or_not_told_is_right(net_total: Decimal | None) -> None:
    assert bound("1", net_total=net_total).state is TaskState.ORDERED


def test_a_total_is_not_compared_when_the_erp_sets_the_prices() -> None:
    rows = tuple(replace(row, price=None) if isinstance(row, ProductRow) else row for row in order().rows)
    record = bound("1", reserved(wanted=replace(order(), rows=rows)), net_total=Decimal(99))
    assert record.state is TaskState.ORDERED


def test_a_second_order_key_is_worked_on_next_to_the_first() -> None:
    record = bound("1")
    second = replace(order(), key=replace(KEY, ordinal=2))
    both = reserved(record, second)
    assert [one.ordinal for one in both.attempts] == [1, 2]
    assert both.key.ordinal == 2
    assert both.order is not None
    assert both.order.order_id == "1"

"""From a task to its order, or to the reason why there is none."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.domain.order import Order, ProductRow, TextRow
from connector.domain.order_mapping import NoOrder, fingerprint, map_task, numbers_needed
from connector.domain.reason import Reason
from connector.domain.settings import Lines, OrderStatus, ReferenceField, Settings
from connector.domain.task import Place
from tests.builders import KEY, START, bindings, example_task, integration, note, registration, task
from tests.mapped import HELD, IGNORED, ordered, refused, texts

# The example of the contract


def test_the_example_becomes_seven_product_rows_and_its_text_rows() -> None:
    order = ordered(example_task())
    assert order.net_total == Decimal("8520.00")
    sent = [(row.product_id, row.quantity, row.price, row.discount_percent) for row in order.product_rows]
    assert sent == [
        (product_id, Decimal(quantity), Decimal(price), Decimal(discount))
        for product_id, quantity, price, discount in (
            (501, "3.5", "950", 0),
            (502, "1", "1425", 0),
            (503, "0.75", "750", 0),
            (504, "42.6", "8", 0),
            (505, "2", "1249", 10),
            (506, "3", "89.5", 0),
            (507, "1", "350", 0),
        )
    ]
    assert [row.name for row in order.product_rows][:2] == [
        "Demontering og montering",
        "Feilsøking på jordfeil",
    ]
    assert order.registration_ids == tuple(f"r-90010{digit}" for digit in range(1, 8))
    assert len(texts(order)) == 6


def test_the_head_of_the_example() -> None:
    order = ordered(example_task())
    noon = datetime(2026, 9, 14, 10, tzinfo=UTC)
    assert (order.key, order.customer_id, order.status) == (KEY, 10021, "ForInvoicing")
    assert (order.date_ordered, order.delivery_date) == (noon, noon)
    assert order.your_reference == "Bestilling 4471 / v/ Kjærsti Øygård"
    assert order.place == Place("Sjøgata", "14 B", "2. etasje", "9405", "Harstad", "NO")
    assert not order.reference_in_title


def test_text_rows_follow_the_product_rows() -> None:
    kinds = [type(row) for row in ordered(example_task()).rows]
    assert kinds == [ProductRow] * 7 + [TextRow] * 6


def test_status_and_place_of_the_reference_follow_the_settings() -> None:
    order = ordered(
        example_task(), order_status=OrderStatus.DRAFT, reference_field=ReferenceField.INVOICE_TITLE
    )
    assert (order.status, order.reference_in_title) == ("Draft", True)


# Which tasks


def test_a_task_that_is_not_finished_is_ignored() -> None:
    assert refused(task(registration(), status=4)) == NoOrder(IGNORED, Reason.NOT_FINISHED)


def test_an_aborted_task_is_ignored_unless_something_on_it_can_be_billed() -> None:
    assert refused(task(note("Ingen hjemme"), outcome="aborted")) == NoOrder(IGNORED, Reason.ABORTED)
    with_line = task(registration(), outcome="aborted")
    assert refused(with_line) == NoOrder(HELD, Reason.ABORTED_WITH_BILLABLE)


def test_the_start_date_counts_to_the_second() -> None:
    at_start = task(registration(), finished_at=START)
    before = task(registration(), finished_at=START.replace(year=2025))
    assert isinstance(map_task(at_start, bindings(), integration(), KEY), Order)
    assert refused(before) == NoOrder(IGNORED, Reason.FINISHED_BEFORE_START)


def test_a_task_without_finish_time_counts_as_finished_on_its_last_day_of_work() -> None:
    lines = registration(day=date(2026, 9, 1)), registration(id="r-2", day=date(2026, 9, 3))
    assert ordered(task(*lines, finished_at=None)).date_ordered == datetime(2026, 9, 3, 10, tzinfo=UTC)
    on_start_day = task(registration(day=date(2026, 9, 1)), finished_at=None)
    assert ordered(on_start_day).delivery_date.day == 1
    old = task(registration(day=date(2026, 8, 31)), finished_at=None)
    assert refused(old) == NoOrder(IGNORED, Reason.FINISHED_BEFORE_START)


def test_a_finished_task_with_no_date_at_all_is_held_not_lost() -> None:
    undated = task(registration(day=None), finished_at=None)
    assert refused(undated) == NoOrder(HELD, Reason.FINISH_TIME_MISSING)


def test_dates_are_the_days_in_oslo() -> None:
    late = task(registration(day=date(2026, 9, 14)), finished_at=datetime(2026, 9, 14, 22, 30, tzinfo=UTC))
    order = ordered(late)
    assert (order.date_ordered.day, order.delivery_date.day) == (15, 14)


def test_delivery_is_the_finish_day_when_no_line_has_a_day() -> None:
    order = ordered(task(registration(day=None)))
    assert order.delivery_date == order.date_ordered


def test_unbillable_work_does_not_move_the_delivery_date() -> None:
    lines = registration(), registration(id="r-2", billable=False, day=date(2026, 9, 20))
    assert ordered(task(*lines)).delivery_date.day == 14


# Which lines


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "suggested"},
        {"status": "exported"},
        {"status": "lost"},
        {"billable": False},
        {"quantity": Decimal("0.00")},
    ],
)
def test_a_line_that_does_not_count_is_left_out(changes: dict[str, Any]) -> None:
    order = ordered(task(registration(), registration(id="r-2", **changes)))
    assert order.registration_ids == ("r-1",)


@pytest.mark.parametrize(
    "changes", [{"status": "used"}, {"status": "approved"}, {"billable": None}, {"quantity": Decimal(-1)}]
)
def test_a_line_that_counts_is_a_row(changes: dict[str, Any]) -> None:
    order = ordered(task(registration(quantity=Decimal(5)), registration(id="r-2", **changes)))
    assert order.registration_ids == ("r-1", "r-2")


def test_a_line_that_our_own_receipt_turned_exported_stays_wanted() -> None:
    line = registration(status="exported")
    assert ordered(task(line), own=frozenset({"r-1"})).registration_ids == ("r-1",)
    assert refused(task(line)).reason is Reason.NOTHING_TO_INVOICE


def test_our_own_receipt_changes_nothing_on_the_order() -> None:
    before = replace(example_task(), minutes_spent=None)
    sent = frozenset(ordered(before).registration_ids)
    lines = tuple(replace(one, status="exported") if one.id in sent else one for one in before.registrations)
    after = replace(before, version=8, registrations=lines)
    assert ordered(after, own=sent).rows == ordered(before).rows
    assert fingerprint(after, sent) == fingerprint(before)


def test_an_unknown_kind_holds_the_task_only_when_the_line_counts() -> None:
    strange = registration(id="r-2", kind="rental")
    assert refused(task(registration(), strange)) == NoOrder(HELD, Reason.UNKNOWN_KIND, "r-2")
    assert ordered(task(registration(), replace(strange, status="suggested"))).registration_ids == ("r-1",)
    assert ordered(task(registration(), replace(strange, billable=False))).registration_ids == ("r-1",)


def test_a_task_without_billable_lines_is_held() -> None:
    assert refused(task(note("Ferdig"))) == NoOrder(HELD, Reason.NOTHING_TO_INVOICE)


def test_a_line_that_stands_on_another_order_of_ours_is_left_out() -> None:
    lines = registration(), registration(id="r-2", day=date(2026, 9, 20))
    order = map_task(task(*lines), bindings(), integration(), KEY, elsewhere=frozenset({"r-1"}))
    assert isinstance(order, Order)
    assert (order.registration_ids, order.delivery_date.day) == (("r-2",), 20)
    nothing = map_task(task(*lines), bindings(), integration(), KEY, elsewhere=frozenset({"r-1", "r-2"}))
    assert nothing == NoOrder(HELD, Reason.NOTHING_TO_INVOICE)


def test_an_order_that_was_begun_under_other_settings_keeps_them() -> None:
    before = Settings(order_status=OrderStatus.DRAFT, text_template="Oppgave {number}")
    order = map_task(task(registration()), bindings(), integration(), KEY, settings=before)
    assert isinstance(order, Order)
    assert (order.status, texts(order)) == ("Draft", ["Oppgave 48213"])


# Which bindings


def test_needed_are_the_billed_customer_and_the_products_of_lines_that_may_count() -> None:
    numbers = numbers_needed(example_task(), Settings())
    assert numbers == ("10021", frozenset({"T100", "T150", "T020", "KM", "1042210", "1533870", "OPPM"}))


def test_needed_are_fallback_products_for_lines_without_product() -> None:
    line = registration(product_number=None, has_product=False)
    assert numbers_needed(task(line), Settings(fallback_products={"item": "OPPM"}))[1] == {"OPPM"}
    assert numbers_needed(task(line), Settings())[1] == frozenset()


def test_needed_are_no_products_for_text_only_orders_and_no_customer_where_none_has_a_number() -> None:
    one = replace(example_task(), customer=None, billing_customer=None)
    assert numbers_needed(one, Settings(lines=Lines.TEXT_ONLY)) == (None, frozenset())

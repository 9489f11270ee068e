"""What the lines of an order cost."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connector.domain.order_mapping import NoOrder
from connector.domain.reason import Reason
from connector.domain.settings import Prices, ZeroValue
from tests.builders import example_task, registration, task
from tests.mapped import HELD, IGNORED, ordered, refused


def test_amounts_that_differ_by_more_than_an_ore_hold_the_task() -> None:
    line = registration(unit_price=Decimal(1249), discount_percent=Decimal(10))
    off = replace(line, net_amount=Decimal("2248.18"))
    assert refused(task(off)) == NoOrder(HELD, Reason.AMOUNTS_DIFFER, "r-1: 2248.20 / 2248.18")
    assert ordered(task(replace(line, net_amount=Decimal("2248.19")))).net_total == Decimal("2248.20")


def test_a_missing_amount_is_computed() -> None:
    assert ordered(task(registration(net_amount=None))).net_total == Decimal("200.00")


def test_a_missing_price_is_worked_out_where_that_is_exact() -> None:
    line = registration(unit_price=None, net_amount=Decimal("2248.20"), discount_percent=Decimal(10))
    (row,) = ordered(task(line)).product_rows
    assert (row.price, row.net_amount) == (Decimal("1249.0000"), Decimal("2248.20"))


@pytest.mark.parametrize(
    "changes",
    [
        {"net_amount": None},
        {"net_amount": Decimal(100), "quantity": Decimal(3)},
        {"net_amount": Decimal(0), "discount_percent": Decimal(100)},
    ],
)
def test_a_price_that_cannot_be_worked_out_holds_the_task(changes: dict[str, Any]) -> None:
    line = registration(unit_price=None, **changes)
    assert refused(task(line)) == NoOrder(HELD, Reason.INCOMPLETE_LINE, "r-1")


@pytest.mark.parametrize(("discount", "detail"), [("120", "r-1: 120 %"), ("-5.50", "r-1: -5.5 %")])
def test_a_discount_outside_0_to_100_holds_the_task(discount: str, detail: str) -> None:
    line = registration(discount_percent=Decimal(discount))
    assert refused(task(line)) == NoOrder(HELD, Reason.DISCOUNT_INVALID, detail)


@pytest.mark.parametrize("field", ["quantity", "unit_price", "discount_percent", "net_amount"])
@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "1E+400", "1000000000"])
def test_a_number_beyond_belief_holds_the_task(field: str, value: str) -> None:
    line = registration(**{field: Decimal(value)})
    assert refused(task(line)) == NoOrder(HELD, Reason.AMOUNTS_DIFFER, "r-1")


def test_quantity_and_price_go_out_with_four_decimals_rounded_half_up() -> None:
    (row,) = ordered(
        task(registration(quantity=Decimal("1.00005"), unit_price=Decimal("2.00004")))
    ).product_rows
    assert (str(row.quantity), str(row.price)) == ("1.0001", "2.0000")


def test_a_zero_task_is_held_sent_or_left_out_by_the_setting() -> None:
    warranty = task(registration(unit_price=Decimal(0)))
    assert refused(warranty) == NoOrder(HELD, Reason.ZERO_VALUE, waits_for="settings#zero_value")
    assert ordered(warranty, zero_value=ZeroValue.SEND).net_total == 0
    left_out = refused(warranty, zero_value=ZeroValue.IGNORE)
    assert left_out == NoOrder(IGNORED, Reason.ZERO_VALUE_LEFT_OUT)


def test_lines_that_cancel_out_are_a_zero_task_too() -> None:
    returned = task(registration(), registration(id="r-2", quantity=Decimal(-2)))
    assert refused(returned).reason is Reason.ZERO_VALUE
    assert len(ordered(returned, zero_value=ZeroValue.SEND).product_rows) == 2


def test_a_negative_task_is_held_unless_the_setting_allows_credit() -> None:
    returned = task(registration(quantity=Decimal(-2)))
    held = NoOrder(HELD, Reason.NEGATIVE_TOTAL, "-200.00", "settings#credit_orders")
    assert refused(returned) == held
    assert ordered(returned, credit_orders=True).net_total == Decimal("-200.00")


# Prices from the ERP


def test_with_the_erps_prices_rows_carry_none_and_smartdays_amounts_are_still_judged() -> None:
    assert {row.price for row in ordered(example_task(), prices=Prices.ERP).product_rows} == {None}
    assert refused(task(registration(unit_price=Decimal(0))), prices=Prices.ERP).reason is Reason.ZERO_VALUE


def test_with_the_erps_prices_a_line_needs_none_of_its_own() -> None:
    unpriced = registration(unit_price=None)
    assert ordered(task(unpriced), prices=Prices.ERP).product_rows[0].quantity == 2
    worthless = refused(
        task(replace(unpriced, net_amount=Decimal(0), discount_percent=Decimal(100))), prices=Prices.ERP
    )
    assert worthless.reason is Reason.ZERO_VALUE

"""Order keys, amounts of rows, and what stands where."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.order import Order, OrderKey, ProductRow, TextRow

NOON = datetime(2026, 9, 14, 10, tzinfo=UTC)

keys = st.builds(OrderKey, st.text(min_size=1), st.text(min_size=1), st.integers(1, 10**6))


def row(quantity: str, price: str | None, discount: str = "0", ids: tuple[str, ...] = ("r-1",)) -> ProductRow:
    unit_price = None if price is None else Decimal(price)
    return ProductRow(501, "Rad", Decimal(quantity), unit_price, Decimal(discount), ids)


def order(*rows: ProductRow | TextRow) -> Order:
    return Order(OrderKey("104477", "48213"), 10021, "ForInvoicing", NOON, NOON, rows)


def test_key_names_agreement_and_task() -> None:
    assert OrderKey("104477", "48213").text == "SD-104477-48213"


def test_later_orders_of_a_task_carry_their_ordinal() -> None:
    assert OrderKey("104477", "48213", 2).text == "SD-104477-48213-2"


def test_a_task_id_too_long_for_the_field_is_hashed_and_keeps_its_ordinal() -> None:
    first, second = (OrderKey("104477", "x" * 60, ordinal).text for ordinal in (1, 2))
    assert len(first) <= 50
    assert second.endswith("-2")
    assert first != second[:-2]


@given(keys)
def test_every_key_fits_its_field_and_its_hash_the_31_bits(key: OrderKey) -> None:
    assert len(key.text) <= 50
    assert 0 <= key.external_status < 2**31


def test_the_hash_of_a_key_never_changes() -> None:
    assert OrderKey("104477", "48213").external_status == 810348563


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "net"),
    [
        ("3.5", "950", "0", "3325.00"),
        ("2", "1249", "10", "2248.20"),
        ("1", "0.005", "0", "0.01"),
        ("-1", "0.005", "0", "-0.01"),
        ("3", "10", "100", "0.00"),
    ],
)
def test_a_row_amounts_to_quantity_times_price_less_discount(
    quantity: str, price: str, discount: str, net: str
) -> None:
    assert row(quantity, price, discount).net_amount == Decimal(net)


def test_a_row_priced_by_the_erp_amounts_to_nothing_here() -> None:
    assert row("3", None).net_amount == 0


def test_rows_count_from_one_and_text_rows_stand_for_no_registration() -> None:
    one = order(row("1", "10", ids=("r-1",)), TextRow("Tekst"), row("2", "5", ids=("r-2", "r-3")))
    assert [(sent.sequence, sent.registration_ids) for sent in one.sent_rows] == [
        (1, ("r-1",)),
        (2, ()),
        (3, ("r-2", "r-3")),
    ]
    assert one.registration_ids == ("r-1", "r-2", "r-3")
    assert one.net_total == Decimal("20.00")


def test_an_order_of_text_only_totals_zero() -> None:
    assert order(TextRow("Tekst")).net_total == Decimal("0.00")

"""One row per product and price, with the quantities summed and nothing lost."""

from decimal import Decimal
from typing import Any

import pytest

from connector.domain.settings import Grouping, Lines, Prices, ZeroValue
from connector.domain.task import Registration, Task
from tests.builders import registration, task
from tests.mapped import ordered, texts

GROUPED: dict[str, Any] = {"grouping": Grouping.PRODUCT}


def two(**changes: Any) -> Task:
    """Two lines of which the second has these changes."""
    return task(registration(), registration(id="r-2", **changes))


def rows(one: Task, **settings: Any) -> list[tuple[str, Decimal, tuple[str, ...]]]:
    found = ordered(one, **GROUPED, **settings).product_rows
    return [(row.name, row.quantity, row.registration_ids) for row in found]


def hours(quantity: str, price: str = "10.01", **changes: Any) -> Registration:
    return registration(
        kind="hours", product_number="T100", quantity=Decimal(quantity), unit_price=Decimal(price), **changes
    )


def test_lines_of_one_product_and_price_are_one_row() -> None:
    assert rows(two(quantity=Decimal("0.5"))) == [("Varmekabel", Decimal("2.5"), ("r-1", "r-2"))]


def test_a_group_stands_where_its_first_line_does() -> None:
    other = registration(id="r-2", product_number="OPPM", description="Oppmøte")
    some = task(registration(), other, registration(id="r-3"))
    assert rows(some) == [("Varmekabel", Decimal(4), ("r-1", "r-3")), ("Oppmøte", Decimal(2), ("r-2",))]


@pytest.mark.parametrize(
    "changes", [{"product_number": "OPPM"}, {"unit_price": Decimal(90)}, {"discount_percent": Decimal(10)}]
)
def test_another_product_price_or_discount_is_another_row(changes: dict[str, Any]) -> None:
    assert [ids for _, _, ids in rows(two(**changes))] == [("r-1",), ("r-2",)]


def test_prices_that_even_out_are_rows_of_their_own_all_the_same() -> None:
    prices = [registration(id=f"r-{price}", unit_price=Decimal(price)) for price in (100, 90, 110)]
    assert [ids for _, _, ids in rows(task(*prices))] == [("r-100",), ("r-90",), ("r-110",)]


def test_another_discount_is_another_row_at_the_erps_prices_too() -> None:
    some = two(discount_percent=Decimal(10))
    assert [ids for _, _, ids in rows(some, prices=Prices.ERP)] == [("r-1",), ("r-2",)]


def test_different_descriptions_give_the_row_the_products_name() -> None:
    assert rows(two(description="Mer kabel")) == [
        ("Varmekabel 10 W/m, 50 m", Decimal(4), ("r-1", "r-2")),
    ]


def test_lines_without_a_product_of_their_own_are_told_apart_by_their_description() -> None:
    free: dict[str, Any] = {"product_number": None, "has_product": False, "product_name": None}
    some = task(
        registration(description="Leie av lift", **free),
        registration(id="r-2", description="Avfall", **free),
        registration(id="r-3", description="Avfall", **free),
    )
    found = rows(some, fallback_products={"item": "OPPM"})
    assert found == [("Leie av lift", Decimal(2), ("r-1",)), ("Avfall", Decimal(4), ("r-2", "r-3"))]


def test_employees_part_a_group_only_when_they_are_told() -> None:
    some = two(employee_name="Øyvind Sæther")
    assert len(rows(some)) == 1
    assert [name for name, _, _ in rows(some, employee_names=True)] == [
        "Varmekabel (Åse Bjørnø)",
        "Varmekabel (Øyvind Sæther)",
    ]


def test_lines_whose_sum_would_be_rounded_otherwise_stay_rows_of_their_own() -> None:
    some = task(hours("0.5"), registration(id="r-2"), hours("0.5", id="r-3"))
    assert [ids for _, _, ids in rows(some)] == [("r-1",), ("r-2",), ("r-3",)]
    assert ordered(some, **GROUPED).net_total == Decimal("210.02")


def test_quantities_that_cancel_out_stay_rows_of_their_own() -> None:
    some = two(quantity=Decimal(-2))
    assert [quantity for _, quantity, _ in rows(some, zero_value=ZeroValue.SEND)] == [2, -2]


def test_a_return_lowers_the_quantity_of_its_group() -> None:
    assert rows(two(quantity=Decimal(-1))) == [("Varmekabel", Decimal(1), ("r-1", "r-2"))]


def test_with_the_erps_prices_rows_are_grouped_by_product() -> None:
    some = two(unit_price=Decimal(90))
    assert [ids for _, _, ids in rows(some, prices=Prices.ERP)] == [("r-1", "r-2")]


def test_text_only_orders_are_grouped_likewise() -> None:
    some = two(description="Mer kabel", quantity=Decimal(1))
    order = ordered(some, **GROUPED, lines=Lines.TEXT_ONLY)
    assert texts(order)[0] == "Varmekabel 10 W/m, 50 m: 3 × 100,00 = 300,00"
    assert order.rows[0].registration_ids == ("r-1", "r-2")


def test_in_words_hours_and_pieces_are_never_summed() -> None:
    some = two(kind="hours")
    assert len(texts(ordered(some, **GROUPED, lines=Lines.TEXT_ONLY, text_template=""))) == 2


def test_without_the_setting_every_line_is_a_row() -> None:
    assert len(ordered(two()).product_rows) == 2

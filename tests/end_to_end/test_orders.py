"""A finished task becomes one order in the ERP, whatever happens to its webhook, its answer or its session."""

from decimal import Decimal

from tests.end_to_end.world import EXAMPLE_TASK, World

REFUSED_ALL_TIMES = [401, 401, 401]
"""The first delivery and both that follow it."""


def test_the_example_task_is_an_order_with_its_seven_rows_and_its_words(world: World) -> None:
    (order,) = world.orders_of(EXAMPLE_TASK)
    products = [row for row in order["InvoiceRows"] if row.get("ProductId")]
    words = [row for row in order["InvoiceRows"] if not row.get("ProductId")]
    assert order["CustomerId"] == 10021
    assert order["OrderStatus"] == "ForInvoicing"
    print(order)
    assert [row["Name"] for row in words] == []
    assert len(products) == 7
    assert Decimal(str(order["OrderTotalExVat"])) == Decimal("8520.00")

"""Whom an order invoices, and which products, projects and people of the ERP it names."""

from dataclasses import replace
from typing import Any

import pytest

from connector.domain.order import Order
from connector.domain.order_mapping import Bindings, NoOrder, map_task
from connector.domain.reason import Reason
from connector.domain.task import Reference
from tests.builders import KEY, bindings, example_task, integration, registration, task
from tests.mapped import HELD, ordered, refused

# Whom to invoice


def test_the_billing_customer_goes_before_the_customer() -> None:
    one = task(registration(), customer=Reference("c-1", "999"), billing_customer=Reference("c-2", "10021"))
    assert ordered(one).customer_id == 10021
    assert (
        ordered(replace(one, customer=Reference("c-2", "10021"), billing_customer=None)).customer_id == 10021
    )


@pytest.mark.parametrize("number", [None, "", " "])
def test_a_billing_customer_without_number_holds_the_task(number: str | None) -> None:
    one = task(registration(), billing_customer=Reference("c-1", number))
    held = NoOrder(HELD, Reason.CUSTOMER_WITHOUT_NUMBER, "c-1", "settings#field_customers")
    assert refused(one) == held


def test_a_task_without_customer_is_held() -> None:
    one = task(registration(), customer=None, billing_customer=None)
    assert refused(one) == NoOrder(HELD, Reason.CUSTOMER_WITHOUT_NUMBER)


@pytest.mark.parametrize(
    ("with_bindings", "reason"),
    [
        (bindings(without=["10021"]), Reason.CUSTOMER_UNKNOWN),
        (bindings(inactive=["10021"]), Reason.CUSTOMER_INACTIVE),
        (bindings(inactive=["10021"], blocked=["10021"]), Reason.CUSTOMER_INACTIVE),
        (bindings(blocked=["10021"]), Reason.CUSTOMER_BLOCKED),
    ],
)
def test_a_task_waits_for_a_customer_that_cannot_be_invoiced(with_bindings: Bindings, reason: Reason) -> None:
    held = NoOrder(HELD, reason, "10021", "customers#10021")
    assert refused(task(registration()), with_bindings) == held


def test_a_buyer_made_in_the_field_is_invoiced_under_the_company_it_became() -> None:
    one = task(registration(), billing_customer=Reference("c-1", None))
    order = map_task(one, bindings(), integration(), KEY, customer_id=30001)
    assert isinstance(order, Order)
    assert order.customer_id == 30001


def test_a_buyers_own_number_goes_before_what_it_became() -> None:
    order = map_task(task(registration()), bindings(), integration(), KEY, customer_id=30001)
    assert isinstance(order, Order)
    assert order.customer_id == 10021


# Dimensions


MAPPED: dict[str, Any] = {
    "projects": {"118": 1118, "p-9": 1009},
    "departments": {"2": 12},
    "our_references": {"u-12": 4},
}


@pytest.mark.parametrize(
    ("project", "project_id"),
    [
        (Reference("p-8", "118"), 1118),
        (Reference("p-9", None), 1009),
        (Reference("p-9", " "), 1009),
        (Reference("p-9", "120"), None),
        (Reference("p-1", None), None),
        (None, None),
    ],
)
def test_a_project_is_mapped_by_its_number_else_its_id(
    project: Reference | None, project_id: int | None
) -> None:
    assert ordered(task(registration(), project=project), **MAPPED).project_id == project_id


def test_department_and_responsible_employee_are_mapped_likewise() -> None:
    one = task(registration(), department=Reference("d", "2"), responsible=Reference("u-12", None))
    order = ordered(one, **MAPPED)
    assert (order.department_id, order.our_reference) == (12, 4)


def test_without_mapping_the_order_has_no_dimensions() -> None:
    one = task(registration(), project=Reference("p-8", "118"), responsible=Reference("u-12", "12"))
    order = ordered(one)
    assert (order.project_id, order.department_id, order.our_reference) == (None, None, None)


# Which product


@pytest.mark.parametrize(
    ("with_bindings", "reason"),
    [
        (bindings(without=["T150"]), Reason.PRODUCT_UNKNOWN),
        (bindings(inactive=["T150"]), Reason.PRODUCT_EXPIRED),
        (bindings(blocked=["T150"]), Reason.PRODUCT_EXPIRED),
    ],
)
def test_a_task_waits_for_a_product_that_cannot_be_sold(with_bindings: Bindings, reason: Reason) -> None:
    assert refused(example_task(), with_bindings) == NoOrder(HELD, reason, "T150", "products#T150")


def test_a_task_waits_for_a_fallback_product_that_is_not_there() -> None:
    line = registration(product_number=None, has_product=False)
    held = refused(task(line), fallback_products={"item": "FRI"})
    assert held == NoOrder(HELD, Reason.PRODUCT_UNKNOWN, "FRI", "products#FRI")


def test_a_line_without_product_takes_the_fallback_of_its_kind() -> None:
    line = registration(product_number=None, has_product=False, product_name=None, description=None)
    (row,) = ordered(task(line), fallback_products={"item": "OPPM"}).product_rows
    assert (row.product_id, row.name) == (507, "OPPM")
    missing = NoOrder(HELD, Reason.PRODUCT_MISSING, "r-1", "settings#fallback_products")
    assert refused(task(line)) == missing
    assert refused(task(line), fallback_products={"hours": "OPPM"}) == missing


def test_a_product_made_in_smartday_has_no_fallback() -> None:
    line = registration(product_number=None, has_product=True)
    result = refused(task(line), fallback_products={"item": "OPPM"})
    assert result == NoOrder(HELD, Reason.PRODUCT_UNKNOWN, "r-1")

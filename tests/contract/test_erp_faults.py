"""The fault list's effect on writes (design 5): surely not done, or unknown; shown by the real adapter only.

The stand-in is served over HTTP and told which fault to show.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from connector.domain.erp_order import OrderChange
from connector.domain.master_data import FieldCustomer
from connector.domain.order import TextRow
from connector.errors import ConnectorError, Refused, RetryLater, Throttled, UnknownOutcome
from tests.contract.erp_stand_in import Stood, standing
from tests.contract.erp_worlds import ORDER

SEEDED = replace(ORDER, customer_id=10021, rows=(TextRow("hei"),))
FIELD_CUSTOMER = FieldCustomer("c-901", None, "Ærlig Bygg AS")


@pytest.fixture(scope="module")
def control() -> Iterator[httpx.Client]:
    """The control side of the stand-in, served once for this module."""
    with standing() as control:
        yield control


@pytest.fixture
def stood(control: httpx.Client) -> Stood:
    """The real adapter in front of the stand-in."""
    return Stood(control)


NOT_DONE: list[tuple[str, dict[str, Any], type[ConnectorError]]] = [
    ("status", {"status": 400}, Refused),
    ("status", {"status": 403}, RetryLater),
    ("status", {"status": 404}, RetryLater),
    ("status", {"status": 409}, RetryLater),
    ("status", {"status": 423}, RetryLater),
    ("status", {"status": 401, "times": 2}, RetryLater),
    ("status", {"status": 429, "retry_after": "Mon, 14 Sep 2099 10:00:00 GMT"}, Throttled),
    ("quarantine", {}, Throttled),
    ("quarantine", {"status": 503}, Throttled),
    ("unauthenticated", {"times": 2}, RetryLater),
    ("fault_in_success", {}, Refused),
]
UNKNOWN: list[tuple[str, dict[str, Any]]] = [
    ("status", {"status": 500}),
    ("status", {"status": 502}),
    ("status", {"status": 503}),
    ("reset", {}),
    ("html", {}),
    ("missing_element", {"element": "OrderId"}),
    ("reset_while_reading", {}),
    ("cut_xml", {}),
]
UNCLEAR_COMPANY = [
    (name, {"element": "Id"} if name == "missing_element" else details) for name, details in UNKNOWN
]


@pytest.mark.parametrize(("name", "details", "error"), NOT_DONE)
def test_what_proves_that_nothing_was_done_is_no_unknown_outcome(
    stood: Stood, name: str, details: dict[str, Any], error: type[ConnectorError]
) -> None:
    stood.fault(name, "SaveInvoices", **details)
    with pytest.raises(error):
        stood.erp.save_order(SEEDED)
    assert stood.order_ids() == []


def change_of(stood: Stood) -> OrderChange:
    """A change of an order that exists: one more row."""
    order_id = stood.erp.save_order(SEEDED).order_id
    return OrderChange(order_id, SEEDED, added=((2, TextRow("hei igjen")),))


@pytest.mark.parametrize(("name", "details", "error"), NOT_DONE)
def test_a_change_that_is_proven_not_done_is_no_unknown_outcome(
    stood: Stood, name: str, details: dict[str, Any], error: type[ConnectorError]
) -> None:
    change = change_of(stood)
    before = stood.get("/orders")
    stood.fault(name, "SaveInvoices", **details)
    with pytest.raises(error):
        stood.erp.change_order(change)
    assert stood.get("/orders") == before


@pytest.mark.parametrize(("name", "details", "error"), NOT_DONE)
def test_a_customer_that_is_proven_not_created_is_no_unknown_outcome(
    stood: Stood, name: str, details: dict[str, Any], error: type[ConnectorError]
) -> None:
    stood.fault(name, "SaveCompanies", **details)
    with pytest.raises(error):
        stood.erp.create_customer(FIELD_CUSTOMER)
    assert stood.get("/companies?external_id=c-901") == {"companies": []}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("name", "details"), UNKNOWN)
def test_whatever_else_goes_wrong_is_an_unknown_outcome(
    stood: Stood, name: str, details: dict[str, Any], when: str
) -> None:
    stood.fault(name, "SaveInvoices", when=when, **details)
    with pytest.raises(UnknownOutcome):
        stood.erp.save_order(SEEDED)
    assert stood.calls()["SaveInvoices"] == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("name", "details"), UNKNOWN)
def test_whatever_else_goes_wrong_with_a_change_is_an_unknown_outcome(
    stood: Stood, name: str, details: dict[str, Any], when: str
) -> None:
    change = change_of(stood)
    stood.fault(name, "SaveInvoices", when=when, **details)
    with pytest.raises(UnknownOutcome):
        stood.erp.change_order(change)
    assert stood.calls()["SaveInvoices"] == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("name", "details"), UNCLEAR_COMPANY)
def test_whatever_else_goes_wrong_with_a_create_is_an_unknown_outcome(
    stood: Stood, name: str, details: dict[str, Any], when: str
) -> None:
    stood.fault(name, "SaveCompanies", when=when, **details)
    with pytest.raises(UnknownOutcome):
        stood.erp.create_customer(FIELD_CUSTOMER)
    assert stood.calls()["SaveCompanies"] == 1

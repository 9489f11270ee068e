"""What is sent to create, change and find orders."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from connector.adapters.twentyfoursevenoffice import orders
from connector.domain.erp_order import OrderChange
from connector.domain.order import HEAD_FIELDS, Order, OrderKey, ProductRow, TextRow
from connector.domain.task import Place
from tests.unit.adapters.office import KEY, NOON, ORDER, sent

ROW = ProductRow(501, "Montørtime", Decimal("1.5"), Decimal("950.00"), Decimal(0), ("r-1",))


def head(order: Order) -> dict[str, Any]:
    found: dict[str, Any] = sent(orders.save_request(order).content)["invoices"]["InvoiceOrder"]
    return found


def row(given: ProductRow | TextRow) -> dict[str, Any]:
    found: dict[str, Any] = head(replace(ORDER, rows=(given,)))["InvoiceRows"]["InvoiceRow"]
    return found


def change(**given: Any) -> dict[str, Any]:
    wanted = OrderChange(**{"order_id": "5001", "order": ORDER, **given})
    found: dict[str, Any] = sent(orders.change_request(wanted).content)["invoices"]["InvoiceOrder"]
    return found


def test_an_order_is_sent_as_one_call_with_head_and_rows() -> None:
    request = orders.save_request(ORDER)
    assert request.path == "/Economy/InvoiceOrder/V001/InvoiceService.asmx"
    assert request.headers["SOAPAction"] == '"http://24sevenOffice.com/webservices/SaveInvoices"'
    assert head(ORDER) == {
        "CustomerId": "10021",
        "OrderStatus": "ForInvoicing",
        "DateOrdered": "2026-09-14T10:00:00Z",
        "IncludeVAT": "false",
        "ExternalStatus": str(KEY.external_status),
        "InvoiceRows": {
            "InvoiceRow": [
                {
                    "ProductId": "501",
                    "Price": "950.0000",
                    "Name": "Montørtime",
                    "DiscountRate": "0.0000",
                    "Quantity": "1.5000",
                    "SequenceNumber": "1",
                },
                {"Name": "Oppgave 48213", "SequenceNumber": "2", "Type": "Text"},
            ]
        },
        "DeliveryDate": "2026-09-14T10:00:00Z",
        "ReferenceNumber": "SD-104477-48213",
    }


def test_the_key_goes_into_the_title_when_the_reference_is_the_buyers() -> None:
    found = head(replace(ORDER, reference_in_title=True, your_reference="Åse"))
    assert (found["InvoiceTitle"], found["YourReference"]) == ("SD-104477-48213", "Åse")
    assert "ReferenceNumber" not in found


def test_times_are_sent_as_utc_whatever_their_zone() -> None:
    oslo = NOON.astimezone(timezone(timedelta(hours=2))).replace(microsecond=5)
    assert head(replace(ORDER, date_ordered=oslo))["DateOrdered"] == "2026-09-14T10:00:00Z"


def test_a_price_of_the_erps_own_is_left_out_with_its_discount() -> None:
    assert {"Price", "DiscountRate"}.isdisjoint(row(replace(ROW, price=None)))
    assert row(replace(ROW, price=None, discount_percent=Decimal(10)))["DiscountRate"] == "10.0000"


@pytest.mark.parametrize(
    ("quantity", "written"),
    [
        (Decimal(1) / 3, "0.3333"),
        (Decimal("0.00005"), "0.0001"),
        (Decimal("1E+3"), "1000.0000"),
        (Decimal("-1.5"), "-1.5000"),
        (Decimal(0), "0.0000"),
    ],
)
def test_quantities_have_four_decimals_and_no_exponent(quantity: Decimal, written: str) -> None:
    assert row(replace(ROW, quantity=quantity))["Quantity"] == written


def test_a_row_without_a_name_has_the_products_own() -> None:
    assert "Name" not in row(replace(ROW, name=""))


def test_text_that_xml_cannot_hold_does_not_stop_an_order() -> None:
    assert row(TextRow("Kabel\x00 <ny> & hel\x1f 🔌"))["Name"] == "Kabel <ny> & hel 🔌"


@pytest.mark.parametrize(
    ("place", "address"),
    [
        (
            Place("Sjøgata", "14 B", "2. etasje", "9405", "Harstad", "NO"),
            {
                "Street": "Sjøgata 14 B, 2. etasje",
                "PostalCode": "9405",
                "PostalArea": "Harstad",
                "Country": "NO",
            },
        ),
        (Place(postal_area="Harstad"), {"PostalArea": "Harstad"}),
    ],
)
def test_the_place_of_the_work_is_the_delivery_address(place: Place, address: dict[str, str]) -> None:
    assert head(replace(ORDER, place=place))["Addresses"] == {"Delivery": address}


def test_no_place_sends_no_address() -> None:
    assert "Addresses" not in head(ORDER)
    assert "Addresses" not in head(replace(ORDER, place=Place()))


def test_project_department_and_our_reference_are_sent_when_they_are_set() -> None:
    found = head(replace(ORDER, project_id=118, department_id=1, our_reference=4))
    assert (found["ProjectId"], found["DepartmentId"], found["OurReference"]) == ("118", "1", "4")
    assert {"ProjectId", "DepartmentId", "OurReference"}.isdisjoint(head(ORDER))


def test_a_change_sends_only_what_changes() -> None:
    text = TextRow("Ny tekst")
    assert change(added=((4, ROW), (5, text)), edited=((71, ROW), (72, text)), deleted=(73,)) == {
        "OrderId": "5001",
        "IncludeVAT": "",
        "InvoiceRows": {
            "InvoiceRow": [
                {"RowId": "73", "ChangeState": "Delete"},
                {
                    "ProductId": "501",
                    "RowId": "71",
                    "Price": "950.0000",
                    "Name": "Montørtime",
                    "DiscountRate": "0.0000",
                    "Quantity": "1.5000",
                    "ChangeState": "Edit",
                    "Type": "Normal",
                },
                {"RowId": "72", "Name": "Ny tekst", "ChangeState": "Edit", "Type": "Text"},
                {
                    "ProductId": "501",
                    "Price": "950.0000",
                    "Name": "Montørtime",
                    "DiscountRate": "0.0000",
                    "Quantity": "1.5000",
                    "ChangeState": "Add",
                    "SequenceNumber": "4",
                },
                {"Name": "Ny tekst", "ChangeState": "Add", "SequenceNumber": "5", "Type": "Text"},
            ]
        },
    }


def test_vat_is_left_to_the_order_as_it_is_when_it_changes() -> None:
    request = orders.change_request(OrderChange("5001", ORDER, head=("delivery_date",)))
    vat = next(etree.fromstring(request.content).iter("{*}IncludeVAT"))
    assert vat.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"


@pytest.mark.parametrize("name", HEAD_FIELDS)
def test_a_changed_head_field_is_sent_alone(name: str) -> None:
    order = replace(
        ORDER,
        your_reference="Åse",
        place=Place(postal_area="Harstad"),
        project_id=118,
        department_id=1,
        our_reference=4,
    )
    assert len(change(order=order, head=(name,))) == len({"OrderId", "IncludeVAT", name})


@pytest.mark.parametrize("name", ["your_reference", "place", "project_id", "department_id", "our_reference"])
def test_a_head_field_cannot_be_emptied(name: str) -> None:
    assert set(change(head=(name,))) == {"OrderId", "IncludeVAT"}


def test_an_order_is_read_with_the_rows_that_are_compared() -> None:
    asked = sent(orders.read_request("5001").content)
    assert asked["searchParams"] == {"OrderIds": {"int": "5001"}}
    assert "InvoiceRows" in asked["invoiceReturnProperties"]["string"]
    assert {"RowId", "SequenceNumber", "Price"} < set(asked["rowReturnProperties"]["string"])


def test_a_hashed_key_is_looked_for_by_its_hash_and_by_its_customer() -> None:
    key = OrderKey("104477", "x" * 80, 2)
    since = datetime(2026, 9, 14, 10, 45, tzinfo=UTC)
    by_hash, by_customer = [sent(one.content) for one in orders.search_requests(key, 10021, since)]
    assert by_hash["searchParams"] == {"ExternalStatus": {"int": str(key.external_status)}}
    assert by_customer["searchParams"] == {
        "CustomerIds": {"int": "10021"},
        "ChangedAfter": "2026-09-14T10:45:00Z",
    }
    assert by_hash["invoiceReturnProperties"]["string"] == [
        "OrderId",
        "OrderStatus",
        "ExternalStatus",
        "InvoiceTitle",
        "ReferenceNumber",
    ]

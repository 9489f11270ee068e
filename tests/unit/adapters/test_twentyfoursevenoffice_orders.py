"""What is sent for an order, and what the answer to a save may say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from connector.adapters.twentyfoursevenoffice import orders, reading
from connector.adapters.twentyfoursevenoffice.errors import Trouble, Verdict
from connector.domain.order import Order, OrderKey, ProductRow, TextRow
from connector.domain.task import Place
from connector.errors import Refused, UnknownOutcome
from tests.unit.adapters.office import KEY, NOON, NOW, ORDER, saved, sent

ROW = ProductRow(501, "Montørtime", Decimal("1.5"), Decimal("950.00"), Decimal(0), ("r-1",))


def head(order: Order) -> dict[str, Any]:
    found: dict[str, Any] = sent(orders.save_request(order).content)["invoices"]["InvoiceOrder"]
    return found


def row(given: ProductRow | TextRow) -> dict[str, Any]:
    found: dict[str, Any] = head(replace(ORDER, rows=(given,)))["InvoiceRows"]["InvoiceRow"]
    return found


def outcome(inside: str) -> str:
    return orders.saved_order_id(reading.result(saved(inside).content, "SaveInvoices"), NOW)


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


def test_an_order_id_is_done() -> None:
    assert outcome("<New/><OrderId>5001</OrderId><APIException/>") == "5001"


def test_an_exception_on_the_item_is_a_refusal_in_its_words() -> None:
    with pytest.raises(Refused) as refused:
        outcome(
            "<OrderId>-2147483648</OrderId><APIException><Type>Validation</Type>"
            "<Message>Customer 99999 does not exist</Message><StackTrace>at X</StackTrace></APIException>"
        )
    assert (refused.value.code, refused.value.words) == ("Validation", "Customer 99999 does not exist")


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("Client is not authenticated on this identity", Verdict.NOT_AUTHENTICATED),
        ("Limit exceeded by 1. Request is blocked.", Verdict.THROTTLED),
    ],
)
def test_an_exception_about_the_call_is_no_refusal_of_the_order(words: str, verdict: Verdict) -> None:
    with pytest.raises(Trouble) as trouble:
        outcome(f"<APIException><Message>{words}</Message></APIException>")
    assert trouble.value.verdict is verdict


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<CustomerId>10021</CustomerId>",
        "<OrderId>-2147483648</OrderId>",
        "<OrderId>0</OrderId>",
        "<OrderId>femtusen</OrderId>",
        '<OrderId xsi:nil="true"/><APIException xsi:nil="true"/>',
        "<OrderId>5001</OrderId><APIException><Message>Feil</Message></APIException>",
        "<OrderId>5001</OrderId></InvoiceOrder><InvoiceOrder><OrderId>5002</OrderId>",
    ],
)
def test_whatever_says_neither_is_an_unknown_outcome(inside: str) -> None:
    with pytest.raises(UnknownOutcome):
        outcome(inside)


def test_an_empty_result_is_an_unknown_outcome() -> None:
    with pytest.raises(UnknownOutcome):
        orders.saved_order_id(None, NOW)


@pytest.mark.parametrize(
    ("field", "value", "ours"),
    [
        ("ReferenceNumber", "SD-104477-48213", True),
        ("ReferenceNumber", "SD-104477-48213-2", False),
        ("ReferenceNumber", "SD-104477-482130", False),
        ("ReferenceNumber", "sd-104477-48213", False),
        ("ReferenceNumber", "SD-104477-48213 x", False),
        ("ReferenceNumber", "", False),
        ("InvoiceTitle", "SD-104477-48213", True),
        ("InvoiceTitle", "SD-104477-48213 Bytte varmekabel", True),
        ("InvoiceTitle", "SD-104477-48213\nBytte varmekabel", True),
        ("InvoiceTitle", "SD-104477-48213-2", False),
        ("InvoiceTitle", "Bytte SD-104477-48213", False),
    ],
)
def test_an_order_is_ours_only_by_its_exact_key(field: str, value: str, ours: bool) -> None:
    content = saved(f"<{field}>{value}</{field}><OrderId>5001</OrderId>").content
    (order,) = reading.children(reading.result(content, "SaveInvoices"), "InvoiceOrder")
    assert orders.order_id_if_ours(order, KEY) == ("5001" if ours else None)


def test_a_hashed_key_is_looked_for_by_its_hash_and_by_its_customer() -> None:
    key = OrderKey("104477", "x" * 80, 2)
    since = datetime(2026, 9, 14, 10, 45, tzinfo=UTC)
    by_hash, by_customer = [sent(one.content) for one in orders.search_requests(key, 10021, since)]
    assert by_hash["searchParams"] == {"ExternalStatus": {"int": str(key.external_status)}}
    assert by_customer["searchParams"] == {
        "CustomerIds": {"int": "10021"},
        "ChangedAfter": "2026-09-14T10:45:00Z",
    }
    assert by_hash["invoiceReturnProperties"] == {"string": ["OrderId", "ReferenceNumber", "InvoiceTitle"]}

"""Orders: what is sent, what the answer to a save means, and which orders carry a key.

Decision: `IncludeVAT` is sent as false, not left nil: our prices exclude VAT, and nil leaves it to a
default that nobody documents (contract 24sevenoffice 6.2).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connector.adapters.twentyfoursevenoffice import reading
from connector.adapters.twentyfoursevenoffice.errors import Verdict, judge_answer, judge_words
from connector.adapters.twentyfoursevenoffice.messages import Request, build
from connector.domain.order import Order, OrderKey, OrderRow, TextRow
from connector.domain.task import Place
from connector.errors import Refused, Side, UnknownOutcome

_FOUR_DECIMALS = Decimal("0.0001")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_WORDS_KEPT = 1000


def save_request(order: Order) -> Request:
    """`SaveInvoices` with this one order, head and rows (contract 24sevenoffice 6.2, 6.4)."""
    reference = "InvoiceTitle" if order.reference_in_title else "ReferenceNumber"
    head: dict[str, Any] = {
        "CustomerId": order.customer_id,
        "OrderStatus": order.status,
        "DateOrdered": _seconds(order.date_ordered),
        "DeliveryDate": _seconds(order.delivery_date),
        "IncludeVAT": False,
        "ExternalStatus": order.key.external_status,
        reference: order.key.text,
        "InvoiceRows": {"InvoiceRow": [_row(place, row) for place, row in enumerate(order.rows, start=1)]},
    }
    if order.your_reference:
        head["YourReference"] = _clean(order.your_reference)
    if order.place and (address := _address(order.place)):
        head["Addresses"] = {"Delivery": address}
    return build("InvoiceService", "SaveInvoices", invoices={"InvoiceOrder": [head]})


def search_requests(key: OrderKey, customer_id: int, since: datetime) -> Iterator[Request]:
    """The two ways to find orders of a key: its hash, and the customer's orders changed since then."""
    for search in (
        {"ExternalStatus": {"int": [key.external_status]}},
        {"CustomerIds": {"int": [customer_id]}, "ChangedAfter": _seconds(since)},
    ):
        yield build(
            "InvoiceService",
            "GetInvoices",
            searchParams=search,
            invoiceReturnProperties={"string": ["OrderId", "ReferenceNumber", "InvoiceTitle"]},
            rowReturnProperties={"string": []},
        )


def saved_order_id(result: reading.Element | None, now: datetime) -> str:
    """The id of the one order that was saved.

    Raises `Refused` (an exception on the item: not created), `Trouble` when that exception is about the
    session or the limit, `UnknownOutcome` for any answer that says neither (design 4.4).
    """
    orders = reading.children(result, "InvoiceOrder")
    if len(orders) != 1:
        raise UnknownOutcome(Side.ERP, "erp_no_result")
    order = reading.fields(orders[0])
    failure = reading.fields(order.get("APIException"))
    code, words = reading.text(failure, "Type"), reading.text(failure, "Message")
    try:
        order_id = reading.whole(order, "OrderId") or 0
    except reading.Unreadable as error:
        raise UnknownOutcome(Side.ERP, "erp_unreadable") from error
    if order_id > 0 and not (code or words):
        return str(order_id)
    if order_id > 0 or not (code or words):
        raise UnknownOutcome(Side.ERP, "erp_no_result")
    if judge_words(words) in (Verdict.NOT_AUTHENTICATED, Verdict.THROTTLED):
        raise judge_answer(200, words, {}, now)
    raise Refused(Side.ERP, code or "exception", words[:_WORDS_KEPT])


def order_id_if_ours(order: reading.Element, key: OrderKey) -> str | None:
    """The order's id when it carries exactly this key. Raises `Unreadable` when it does but has no id."""
    given = reading.fields(order)
    in_title = re.match(re.escape(key.text) + r"(?:\s|$)", reading.text(given, "InvoiceTitle"))
    if reading.text(given, "ReferenceNumber") != key.text and not in_title:
        return None
    order_id = reading.whole(given, "OrderId")
    if order_id is None:
        raise reading.Unreadable("an order without id")
    return str(order_id)


def _row(place: int, row: OrderRow) -> dict[str, Any]:
    if isinstance(row, TextRow):
        return {"Type": "Text", "Name": _clean(row.text), "SequenceNumber": place}
    sent: dict[str, Any] = {
        "ProductId": row.product_id,
        "Quantity": _four_decimals(row.quantity),
        "SequenceNumber": place,
    }
    if row.name:
        sent["Name"] = _clean(row.name)
    if row.price is not None:
        sent["Price"] = _four_decimals(row.price)
    if row.price is not None or row.discount_percent:
        sent["DiscountRate"] = _four_decimals(row.discount_percent)
    return sent


def _address(place: Place) -> dict[str, str]:
    first = " ".join(part for part in (place.address1, place.house_number) if part)
    parts = {
        "Street": ", ".join(part for part in (first, place.address2) if part),
        "PostalCode": place.postal_code or "",
        "PostalArea": place.postal_area or "",
        "Country": place.country or "",
    }
    return {name: _clean(value) for name, value in parts.items() if value}


def _seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _four_decimals(value: Decimal) -> Decimal:
    return value.quantize(_FOUR_DECIMALS, ROUND_HALF_UP)


def _clean(words: str) -> str:
    """Without what XML can't hold; a stray control character must not stop an order."""
    return _NOT_IN_XML.sub("", words)

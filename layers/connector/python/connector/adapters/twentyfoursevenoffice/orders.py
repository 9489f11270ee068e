"""Orders: what is sent to create, change, read and find them.

Decision: a create sends `IncludeVAT` as false, not nil: our prices exclude VAT, and nil leaves it to a
default that nobody documents (contract 24sevenoffice 6.2). A change leaves it nil, since it sends what
differs and nothing else: the order was created with false, and false on an order that somebody has turned
to prices with VAT would give that person's rows another meaning. Our rows would then mean another price
too, which the total in the answer shows.

A change can't empty a head field: the ERP takes empty as "not set" (2.5), so an empty one isn't sent.
Neither can it give a row the ERP's own price back. It never names the customer unless that changes: an id
that doesn't exist would else be taken as the number of a new order (6.2).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from connector.adapters.twentyfoursevenoffice.messages import Request, build
from connector.adapters.twentyfoursevenoffice.wire import address, clean, four_decimals, seconds
from connector.domain.erp_order import OrderChange
from connector.domain.order import HEAD_FIELDS, Order, OrderKey, OrderRow, TextRow

_KEY_PROPERTIES = ("OrderId", "OrderStatus", "ExternalStatus", "InvoiceTitle", "ReferenceNumber")
_ORDER_PROPERTIES = (
    *("OrderId", "OrderStatus", "OrderTotalIncVat", "OrderTotalVat", "InvoiceRows"),
    *("ExternalStatus", "ReferenceNumber", "InvoiceTitle", "CustomerId"),
)
_ROW_PROPERTIES = ("ProductId", "RowId", "Price", "Name", "DiscountRate", "Quantity", "SequenceNumber")


def save_request(order: Order) -> Request:
    """`SaveInvoices` with this one order, head and rows (contract 24sevenoffice 6.2, 6.4)."""
    reference = "InvoiceTitle" if order.reference_in_title else "ReferenceNumber"
    return _save(
        {
            **_head(order, HEAD_FIELDS),
            "OrderStatus": order.status,
            "IncludeVAT": False,
            "ExternalStatus": order.key.external_status,
            reference: order.key.text,
        },
        [_row(row, SequenceNumber=place) for place, row in enumerate(order.rows, start=1)],
    )


def change_request(change: OrderChange) -> Request:
    """`SaveInvoices` with what is to change of one order (contract 24sevenoffice 6.4).

    A row that changes keeps its place; its type is named, in case a text becomes a product.
    """
    rows = [
        *({"RowId": row_id, "ChangeState": "Delete"} for row_id in change.deleted),
        *({"Type": "Normal", **_row(row, RowId=row_id, ChangeState="Edit")} for row_id, row in change.edited),
        *(_row(row, SequenceNumber=place, ChangeState="Add") for place, row in change.added),
    ]
    return _save({"OrderId": int(change.order_id), **_head(change.order, change.head)}, rows)


def read_request(order_id: str) -> Request:
    """`GetInvoices` of one order with its rows."""
    return _get({"OrderIds": {"int": [int(order_id)]}}, _ORDER_PROPERTIES, _ROW_PROPERTIES)


def hash_request(hashes: Sequence[int]) -> Request:
    """The orders that carry these hashes of keys; never call it with none, that would ask for all."""
    return _get({"ExternalStatus": {"int": list(hashes)}}, _KEY_PROPERTIES)


def search_requests(key: OrderKey, customer_id: int, since: datetime) -> Iterator[Request]:
    """The two ways to find orders of a key: its hash, and the customer's orders changed since then."""
    yield hash_request([key.external_status])
    search = {"CustomerIds": {"int": [customer_id]}, "ChangedAfter": seconds(since)}
    yield _get(search, _KEY_PROPERTIES)


def _save(head: dict[str, Any], rows: list[dict[str, Any]]) -> Request:
    shown = {"InvoiceRows": {"InvoiceRow": rows}} if rows else {}
    return build("InvoiceService", "SaveInvoices", invoices={"InvoiceOrder": [head | shown]})


def _get(search: dict[str, Any], order: Sequence[str], rows: Sequence[str] = ()) -> Request:
    return build(
        "InvoiceService",
        "GetInvoices",
        searchParams=search,
        invoiceReturnProperties={"string": list(order)},
        rowReturnProperties={"string": list(rows)},
    )


def _head(order: Order, names: Iterable[str]) -> dict[str, Any]:
    """The named ones of `HEAD_FIELDS` as elements; what is empty is left out."""
    place = address(order.place)
    elements: dict[str, tuple[str, Any]] = {
        "customer_id": ("CustomerId", order.customer_id),
        "date_ordered": ("DateOrdered", seconds(order.date_ordered)),
        "delivery_date": ("DeliveryDate", seconds(order.delivery_date)),
        "your_reference": ("YourReference", clean(order.your_reference)),
        "place": ("Addresses", {"Delivery": place} if place else None),
        "project_id": ("ProjectId", order.project_id),
        "department_id": ("DepartmentId", order.department_id),
        "our_reference": ("OurReference", order.our_reference),
    }
    named = (elements[name] for name in names)
    return {element: value for element, value in named if value not in (None, "")}


def _row(row: OrderRow, **more: Any) -> dict[str, Any]:
    if isinstance(row, TextRow):
        return {"Type": "Text", "Name": clean(row.text), **more}
    sent = {"ProductId": row.product_id, "Quantity": four_decimals(row.quantity), **more}
    if row.name:
        sent["Name"] = clean(row.name)
    if row.price is not None:
        sent["Price"] = four_decimals(row.price)
    if row.price is not None or row.discount_percent:
        sent["DiscountRate"] = four_decimals(row.discount_percent)
    return sent

"""InvoiceService, saving: new orders, changes to open ones, and titles of invoiced ones (contract
24sevenoffice 6).

Decision: an order is saved whole or not at all; everything the contract says must exist is checked, and a
refusal comes back inside the item. Rows of an existing order count only with a `ChangeState` (6.4).
"""

from decimal import Decimal
from typing import Any

from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.books import Books
from sandbox.twentyfoursevenoffice.order_rows import changed_rows, new_rows, totals
from sandbox.twentyfoursevenoffice.orders import order_xml
from sandbox.twentyfoursevenoffice.rejection import (
    RejectedError,
    check_enumerations,
    check_lengths,
    save_each,
)
from sandbox.twentyfoursevenoffice.state import Call
from sandbox.twentyfoursevenoffice.values import Raw, Record

INVOICED = frozenset({"Invoiced", "InvoicedCashAccount", "InvoicedPack"})
_LENGTHS = {
    "CustomerName": 100,
    "CustomerDeliveryName": 250,
    "CustomerDeliveryPhone": 25,
    "YourReference": 50,
    "InvoiceTitle": 300,
    "InvoiceText": 750,
    "OCR": 32,
    "CustomerOrgNo": 20,
    "InvoiceEmailAddress": 250,
    "ProductionNumber": 20,
    "ReferenceNumber": 50,
    "DeliveryAlternative": 250,
    "GLNNumber": 13,
}
_SERVER_FIELDS = frozenset(
    [
        "OrderId",
        "InvoiceId",
        "DateChanged",
        "OrderTotalIncVat",
        "OrderTotalVat",
        "APIException",
        "InvoiceRows",
        "PaymentAmount",
    ]
)
_MUST_EXIST: dict[str, Any] = {
    "DepartmentId": demo.DEPARTMENTS,
    "OurReference": demo.EMPLOYEES,
    "ProjectId": demo.PROJECTS,
}


def save_invoices(call: Call) -> list[Record | Raw]:
    """Create or change each order; gives them as stored, or as sent with `APIException`."""
    return _as_xml(save_each(call.args.get("invoices", ()), lambda sent: _save(call, sent)))


def update_invoices(call: Call) -> list[Record | Raw]:
    """Change `InvoiceTitle` and `ReferenceNumber` of invoiced orders, nothing else."""
    return _as_xml(save_each(call.args.get("invoices", ()), lambda sent: _retitle(call, sent)))


def _as_xml(orders: list[Record]) -> list[Record | Raw]:
    return [order if "APIException" in order else order_xml(order) for order in orders]


def _save(call: Call, sent: Record) -> Record:
    books = call.books
    check_lengths(sent, _LENGTHS)
    check_enumerations("InvoiceOrder", sent)
    for name, known in _MUST_EXIST.items():
        if name in sent and sent[name] not in known:
            raise RejectedError(f"{name} {sent[name]} does not exist")
    existing = books.orders.get(sent.get("OrderId", 0))
    if existing is not None and existing["OrderStatus"] in INVOICED:
        raise RejectedError(f"Order {existing['OrderId']} is invoiced and can't be changed")
    changes = {name: value for name, value in sent.items() if name not in _SERVER_FIELDS}
    customer = _customer(books, {**(existing or {}), **changes})
    base = existing or _fresh(call, sent, customer)
    sent_rows = sent.get("InvoiceRows", [])
    rows = changed_rows(books, base["InvoiceRows"], sent_rows) if existing else new_rows(books, sent_rows)
    addresses = {**base["Addresses"], **changes.pop("Addresses", {})}
    order = {**base, **changes, "Addresses": addresses, "InvoiceRows": rows, "DateChanged": call.now}
    return store(books, order)


def store(books: Books, order: Record) -> Record:
    """Keep an order with its totals; one that has just become an invoice gets its number and date."""
    order |= totals(order["InvoiceRows"], order.get("IncludeVAT", False))
    if order["OrderStatus"] in INVOICED and "InvoiceId" not in order:
        order |= {"InvoiceId": books.orders.next_invoice_id(), "DateInvoiced": order["DateChanged"]}
    books.orders.put(order)
    return order


def _customer(books: Books, order: Record) -> Record:
    if "CustomerId" not in order:
        raise RejectedError("CustomerId is mandatory")
    customer = books.companies.get(order["CustomerId"])
    if customer is None or not customer["Active"]:
        raise RejectedError(f"Customer {order['CustomerId']} does not exist")
    if customer.get("BlockInvoice"):
        raise RejectedError(f"Customer {order['CustomerId']} is blocked for invoicing")
    return customer


def _fresh(call: Call, sent: Record, customer: Record) -> Record:
    """A new order before what was sent: its number, the schema's defaults, and the customer's card."""
    return {
        "OrderId": sent.get("OrderId", call.books.orders.next_order_id()),
        "OrderStatus": "Web",
        "CustomerName": customer["Name"],
        "CustomerOrgNo": customer.get("OrganizationNumber", ""),
        "Addresses": customer.get("Addresses", {}),
        "InvoiceEmailAddress": customer.get("EmailAddresses", {}).get("Invoice", {}).get("Value", ""),
        "Currency": {"Rate": Decimal(1), "Unit": 1, "Symbol": "NOK"},
        "DateOrdered": call.now,
        "DateRegistered": call.now,
        "InvoiceRows": [],
    }


def _retitle(call: Call, sent: Record) -> Record:
    check_lengths(sent, _LENGTHS)
    existing = call.books.orders.get(sent.get("OrderId", 0))
    if existing is None or existing["OrderStatus"] not in INVOICED:
        raise RejectedError(f"Order {sent.get('OrderId')} is not invoiced")
    changes: Record = {name: sent[name] for name in ("InvoiceTitle", "ReferenceNumber") if name in sent}
    order: Record = {**existing, **changes, "DateChanged": call.now}
    call.books.orders.put(order)
    return order

"""InvoiceService, reading: searches and the sync list (contract 24sevenoffice 6, 6.1).

Decision: all parameters must match; orders come ascending by number. Rows come only when `InvoiceRows` is
named in the first list and row fields in the second, as the vendor says.
"""

from sandbox.twentyfoursevenoffice.soap import check_enumeration, failed
from sandbox.twentyfoursevenoffice.state import Call
from sandbox.twentyfoursevenoffice.values import Raw, Record, write_members

MAX_IDS = 1000


def get_invoices(call: Call) -> list[Raw]:
    """The orders found, with the properties asked for. Raises `SoapError` over 1000 ids or for an unknown
    state.
    """
    wanted = call.argument("searchParams")
    for name in ("OrderIds", "CustomerIds"):
        if len(wanted.get(name, ())) > MAX_IDS:
            raise failed(f"No more than {MAX_IDS} {name} are allowed")
    for state in wanted.get("OrderStates", ()):
        check_enumeration("OrderSlipStateType", state)
    given = {name: value for name, value in wanted.items() if value != []}
    order_properties = call.properties("invoiceReturnProperties") - {"APIException"}
    row_properties = call.properties("rowReturnProperties")
    found = (order for order in call.books.orders.candidates(given) if _matches(order, given))
    return [order_xml(order, order_properties, row_properties) for order in found]


def _matches(order: Record, wanted: Record) -> bool:
    lists = {
        "CustomerIds": "CustomerId",
        "OrderStates": "OrderStatus",
        "InvoiceIds": "InvoiceId",
        "OrderIds": "OrderId",
        "ExternalStatus": "ExternalStatus",
    }
    return ("ChangedAfter" not in wanted or order["DateChanged"] > wanted["ChangedAfter"]) and all(
        order.get(field) in wanted[name] for name, field in lists.items() if name in wanted
    )


def order_xml(
    order: Record, properties: frozenset[str] | None = None, row_properties: frozenset[str] | None = None
) -> Raw:
    """An order's members; None asks for all. Delivery name is write-only within the addresses (contract
    6.2).
    """
    addresses = dict(order.get("Addresses", {}))
    if "Delivery" in addresses:
        addresses["Delivery"] = {
            name: value for name, value in addresses["Delivery"].items() if name != "Name"
        }
    rows = []
    if row_properties is None or row_properties:
        rows = [Raw(write_members("InvoiceRow", row, row_properties)) for row in order["InvoiceRows"]]
    return Raw(
        write_members("InvoiceOrder", {**order, "Addresses": addresses, "InvoiceRows": rows}, properties)
    )


def get_order_sync_list(call: Call) -> list[int]:
    """Numbers of the orders changed, or registered, after a time."""
    wanted = call.argument("syncParams")
    return [
        order["OrderId"]
        for order in call.books.orders
        if ("ChangedAfter" not in wanted or order["DateChanged"] > wanted["ChangedAfter"])
        and ("RegisteredAfter" not in wanted or order["DateRegistered"] > wanted["RegisteredAfter"])
    ]


def get_payment_methods(_call: Call) -> list[Record]:
    """The ways to pay that an order can name."""
    return [{"Id": 1, "Name": "Faktura"}, {"Id": 2, "Name": "Kontant"}]

"""Orders as answers tell them: saved, read, and found by their keys.

Decision: a save that tells a clear id is done, whatever else of its answer can't be read; rows and total
then count as not told. A read is believed whole or not at all.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

from connector.adapters.twentyfoursevenoffice import reading
from connector.adapters.twentyfoursevenoffice.saving import saved_item
from connector.domain.erp_order import INACTIVE_STATUS, ErpOrder, ErpRow, SavedOrder
from connector.domain.order import OrderKey
from connector.domain.text_rows import is_usable

_DEFAULT_STATUS = "Web"
"""What an absent `OrderStatus` means, by the schema (contract 24sevenoffice 6.2)."""


def saved_order(result: reading.Element | None, now: datetime, sent_id: int | None = None) -> SavedOrder:
    """The one order that was saved, `sent_id` if it was to change; raises what `saved_item` raises."""
    order_id, given = saved_item(result, "InvoiceOrder", "OrderId", now, sent_id)
    rows: tuple[ErpRow, ...] = ()
    total: Decimal | None = None
    with suppress(reading.Unreadable):
        rows = _rows(given)
    with suppress(reading.Unreadable):
        total = _net_total(given)
    return SavedOrder(str(order_id), rows, total)


def read_order(result: reading.Element | None, order_id: str, key: OrderKey) -> ErpOrder | None:
    """The order, None when the answer holds none or it isn't the key's. Raises `Unreadable` when it holds
    others instead.

    A person may overwrite the key's text, so the hash alone proves it too.
    """
    orders = [reading.fields(one) for one in reading.children(result, "InvoiceOrder")]
    for given in orders:
        if _order_id(given) == order_id:
            hashed = reading.whole(given, "ExternalStatus") == key.external_status
            if not hashed and not _carries(given, key):
                return None
            status = reading.text(given, "OrderStatus") or _DEFAULT_STATUS
            customer_id = reading.whole(given, "CustomerId")
            return ErpOrder(order_id, status, _rows(given), _net_total(given), customer_id)
    if orders:
        raise reading.Unreadable("another order than was asked for")
    return None


def note_if_ours(order: reading.Element, key: OrderKey, found: dict[str, bool]) -> None:
    """Add the order's id to `found`, with whether it is called off, when it carries exactly this key.

    Raises `Unreadable` when it does but has no id.
    """
    given = reading.fields(order)
    if _carries(given, key):
        found[_order_id(given)] = reading.text(given, "OrderStatus") == INACTIVE_STATUS


def _carries(given: reading.Fields, key: OrderKey) -> bool:
    in_title = re.match(re.escape(key.text) + r"(?:\s|$)", reading.text(given, "InvoiceTitle"))
    return reading.text(given, "ReferenceNumber") == key.text or in_title is not None


def ids_that_count(found: Mapping[str, bool]) -> list[str]:
    """Of the orders of one key those that aren't called off, all of them when every one is; ascending."""
    in_use = [order_id for order_id, is_called_off in found.items() if not is_called_off]
    return sorted(in_use or found, key=int)


def external_status(order: reading.Element) -> int:
    """The hash that an order was found by. Raises `Unreadable` without one."""
    value = reading.whole(reading.fields(order), "ExternalStatus")
    if value is None:
        raise reading.Unreadable("an order without what it was searched by")
    return value


def _order_id(given: reading.Fields) -> str:
    order_id = reading.whole(given, "OrderId")
    if order_id is None:
        raise reading.Unreadable("an order without id")
    return str(order_id)


def _rows(given: reading.Fields) -> tuple[ErpRow, ...]:
    return tuple(
        _row(reading.fields(one)) for one in reading.children(given.get("InvoiceRows"), "InvoiceRow")
    )


def _row(given: reading.Fields) -> ErpRow:
    product_id = reading.whole(given, "ProductId")
    return ErpRow(
        row_id=reading.whole(given, "RowId"),
        sequence=reading.whole(given, "SequenceNumber"),
        name=reading.text(given, "Name"),
        product_id=product_id if product_id and product_id > 0 else None,
        quantity=reading.decimal(given, "Quantity"),
        price=reading.decimal(given, "Price"),
        discount=reading.decimal(given, "DiscountRate"),
    )


def _net_total(given: reading.Fields) -> Decimal | None:
    with_vat, vat = reading.decimal(given, "OrderTotalIncVat"), reading.decimal(given, "OrderTotalVat")
    if with_vat is None or vat is None or not (is_usable(with_vat) and is_usable(vat)):
        return None
    return with_vat - vat

"""Orders as the ERP in memory keeps them: heads as they stand now, rows with ids, statuses, net totals.

An order is changed whole or not at all. What the ERP can't do isn't done here either: a head field can be
changed but not emptied, and an invoiced order can't be changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

from connector.domain.erp_order import INVOICED_STATUSES, ErpOrder, ErpRow, OrderChange, SavedOrder
from connector.domain.master_data import ErpProduct
from connector.domain.order import Order, OrderRow, TextRow
from connector.errors import Refused, Side

FIRST_ORDER_ID = 5001
_FOUR_DECIMALS = Decimal("0.0001")
_ORE = Decimal("0.01")


@dataclass
class KeptOrders:
    """`heads` holds each order as it was created, its head as it stands now; rows and status apart."""

    products: Mapping[int, ErpProduct]
    heads: dict[str, Order] = field(default_factory=dict)
    rows: dict[str, tuple[ErpRow, ...]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    _order_ids: Iterator[int] = field(default_factory=lambda: count(FIRST_ORDER_ID), repr=False)
    _row_ids: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    def create(self, order: Order) -> SavedOrder:
        """Add the order under the next number."""
        order_id = str(next(self._order_ids))
        self.heads[order_id] = order
        self.statuses[order_id] = order.status
        self.rows[order_id] = tuple(self._added(place, row) for place, row in enumerate(order.rows, start=1))
        return self.saved(order_id)

    def changed_head(self, change: OrderChange) -> Order:
        """The order's head after the change. Raises `Refused` when there is none to change."""
        before = self.heads.get(change.order_id)
        if before is None:
            raise Refused(Side.ERP, "Validation", f"Order {change.order_id} does not exist")
        if self.statuses[change.order_id] in INVOICED_STATUSES:
            raise Refused(Side.ERP, "Validation", f"Order {change.order_id} is invoiced and can't be changed")
        wanted = {name: getattr(change.order, name) for name in change.head}
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value not in (None, "")}
        return replace(before, **given)

    def change(self, change: OrderChange, head: Order) -> SavedOrder:
        """Put the changed head and rows. Raises `Refused` for a row that the order doesn't have."""
        rows = {row.row_id: row for row in self.rows[change.order_id]}
        for row_id in (*change.deleted, *(row_id for row_id, _ in change.edited)):
            if row_id not in rows:
                raise Refused(Side.ERP, "Validation", f"Row {row_id} does not exist on this order")
        for row_id in change.deleted:
            del rows[row_id]
        for row_id, row in change.edited:
            rows[row_id] = self._edited(rows[row_id], row)
        added = [self._added(sequence, row) for sequence, row in change.added]
        self.put_rows(change.order_id, [*rows.values(), *added])
        self.heads[change.order_id] = head
        return self.saved(change.order_id)

    def saved(self, order_id: str) -> SavedOrder:
        """The answer to a save."""
        return SavedOrder(order_id, self.rows[order_id], net_total(self.rows[order_id]))

    def read(self, order_id: str) -> ErpOrder | None:
        """The order as it stands, None when there is none."""
        if order_id not in self.heads:
            return None
        rows = self.rows[order_id]
        return ErpOrder(
            order_id, self.statuses[order_id], rows, net_total(rows), self.heads[order_id].customer_id
        )

    def put_rows(self, order_id: str, rows: list[ErpRow]) -> None:
        """Replace the order's rows; they stand by sequence number."""
        self.rows[order_id] = tuple(sorted(rows, key=lambda row: (row.sequence or 0, row.row_id or 0)))

    def next_row_id(self) -> int:
        """The next row's number, unique over all orders."""
        return next(self._row_ids)

    def remove(self, order_id: str) -> None:
        """Take the order away."""
        for kept in (self.heads, self.rows, self.statuses):
            kept.pop(order_id)

    def _added(self, sequence: int, row: OrderRow) -> ErpRow:
        return self._edited(ErpRow(self.next_row_id(), sequence, ""), row)

    def _edited(self, old: ErpRow, row: OrderRow) -> ErpRow:
        """A row without name or price of its own keeps what it had, or has the product's."""
        if isinstance(row, TextRow):
            return ErpRow(old.row_id, old.sequence, row.text)
        product = self.products.get(row.product_id)
        own_name, own_price = (product.name, product.price) if product else ("", None)
        if old.product_id == row.product_id:
            own_name, own_price = old.name, old.price
        price = own_price if row.price is None else row.price
        return ErpRow(
            old.row_id,
            old.sequence,
            row.name or own_name,
            row.product_id,
            row.quantity.quantize(_FOUR_DECIMALS, ROUND_HALF_UP),
            (price or Decimal(0)).quantize(_FOUR_DECIMALS, ROUND_HALF_UP),
            row.discount_percent,
        )


def net_total(rows: tuple[ErpRow, ...]) -> Decimal:
    """What the ERP adds up: product rows, each rounded half up to øre, NOK ex VAT."""
    amounts = (
        (row.quantity or Decimal(0)) * (row.price or Decimal(0)) * (1 - (row.discount or Decimal(0)) / 100)
        for row in rows
        if row.product_id is not None
    )
    return sum((amount.quantize(_ORE, ROUND_HALF_UP) for amount in amounts), Decimal("0.00"))

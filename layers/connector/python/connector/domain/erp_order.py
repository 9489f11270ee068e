"""An order as the ERP has it, and the changes that bring it to what it shall be."""

from dataclasses import dataclass
from decimal import Decimal

from connector.domain.order import Order, OrderRow

INVOICED_STATUSES = frozenset({"Invoiced", "InvoicedCashAccount", "InvoicedPack"})
"""An order with one of these can't be changed any more (contract 24sevenoffice 6.3)."""

INACTIVE_STATUS = "Inactive"
"""How an order is called off in the ERP; it can't be deleted (contract 24sevenoffice 6)."""


@dataclass(frozen=True, slots=True)
class ErpRow:
    """A row as the ERP has it; `product_id` None on a text row. Fields that weren't told are None."""

    row_id: int | None
    sequence: int | None
    name: str
    product_id: int | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    discount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ErpOrder:
    """An order as it was read, rows in the ERP's order. `net_total` is NOK ex VAT; it and `customer_id` are
    None when not told.
    """

    order_id: str
    status: str
    rows: tuple[ErpRow, ...]
    net_total: Decimal | None = None
    customer_id: int | None = None

    @property
    def is_invoiced(self) -> bool:
        """True when nothing of it can be changed."""
        return self.status in INVOICED_STATUSES

    @property
    def is_inactive(self) -> bool:
        """True when somebody called it off."""
        return self.status == INACTIVE_STATUS


@dataclass(frozen=True, slots=True)
class SavedOrder:
    """The answer to a save: the order's id, and as much as it tells of rows and total (NOK ex VAT)."""

    order_id: str
    rows: tuple[ErpRow, ...] = ()
    net_total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What an open order lacks: only this is sent (design 4.4).

    `order` gives the values of the head fields named in `head` (of `HEAD_FIELDS`); `added` holds sequence
    number and row, `edited` the ERP's row id and row, `deleted` row ids.
    """

    order_id: str
    order: Order
    head: tuple[str, ...] = ()
    added: tuple[tuple[int, OrderRow], ...] = ()
    edited: tuple[tuple[int, OrderRow], ...] = ()
    deleted: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to send."""
        return not (self.head or self.added or self.edited or self.deleted)

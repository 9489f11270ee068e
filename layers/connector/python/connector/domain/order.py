"""The order that shall exist in 24SevenOffice, and the key that makes it exist once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from connector.domain.task import Place

REFERENCE_LIMIT = 50
"""ReferenceNumber holds at most 50 characters (contract 24sevenoffice 6.2)."""

ROWS_LIMIT = 5000
"""So many rows, or registrations, fit into our record of the order, and into a call answered in time."""

ROW_TEXT_LIMIT = 300
"""InvoiceRow.Name holds at most 300 characters (contract 24sevenoffice 6.4)."""


@dataclass(frozen=True, slots=True)
class OrderKey:
    """The unit of exactly-once: one order in the ERP per key, whatever fails (design 4.4)."""

    agreement_number: str
    task_id: str
    ordinal: int = 1

    @property
    def text(self) -> str:
        """`SD-104477-48213`, from the second on `…-2`; a task id too long for the field is hashed."""
        suffix = "" if self.ordinal == 1 else f"-{self.ordinal}"
        text = f"SD-{self.agreement_number}-{self.task_id}{suffix}"
        if len(text) <= REFERENCE_LIMIT:
            return text
        return f"SD-{hashlib.sha256(text.encode()).hexdigest()[:32]}{suffix}"

    @property
    def external_status(self) -> int:
        """31-bit hash of the key: the only caller-owned field that GetInvoices can search."""
        digest = hashlib.sha256(self.text.encode()).digest()
        return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A priced row. `quantity` 4 decimals; `price` per unit, NOK ex VAT, None = the ERP's own price.

    `registration_ids` are the registrations that the row stands for.
    """

    product_id: int
    name: str
    quantity: Decimal
    price: Decimal | None
    discount_percent: Decimal
    registration_ids: tuple[str, ...]

    @property
    def net_amount(self) -> Decimal:
        """Quantity times price less discount, rounded half up to øre; 0 when the ERP sets the price."""
        if self.price is None:
            return Decimal("0.00")
        amount = self.quantity * self.price * (1 - self.discount_percent / 100)
        return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row without product: at most 300 characters of text.

    `registration_ids` are registrations that the row tells of instead of a product row ("kun tekst").
    """

    text: str
    registration_ids: tuple[str, ...] = ()


OrderRow = ProductRow | TextRow

HEAD_FIELDS = (
    "customer_id",
    "date_ordered",
    "delivery_date",
    "your_reference",
    "place",
    "project_id",
    "department_id",
    "our_reference",
)
"""The order's status isn't among them: from the creation on it is the bookkeeper's."""


@dataclass(frozen=True, slots=True)
class SentRow:
    """What we keep of a row that stands in the ERP: numbers and a digest, never its words.

    `row_id` is the ERP's, None until it was told; `product_id` None on a text row; `price` None when the
    ERP's own counts; `words` is the digest of the row's text.
    """

    sequence: int
    words: str
    registration_ids: tuple[str, ...] = ()
    product_id: int | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    discount: Decimal | None = None
    row_id: int | None = None


def sent_row(sequence: int, row: OrderRow) -> SentRow:
    """What is kept of a row that is sent under this sequence number."""
    if isinstance(row, TextRow):
        return SentRow(sequence, digest(row.text), row.registration_ids)
    return SentRow(
        sequence,
        digest(row.name),
        row.registration_ids,
        row.product_id,
        row.quantity,
        row.price,
        row.discount_percent,
    )


def digest(words: str) -> str:
    """16 hex digits: enough to see that a text is still the one that we wrote."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Order:
    """One order, head and rows, ready to be sent in a single call.

    `status` is the ERP's OrderStatus; `date_ordered` and `delivery_date` are noon in Oslo as UTC
    (design 4.12); `our_reference` is an employee id of the ERP; `reference_in_title` puts the key's text
    first in InvoiceTitle instead of ReferenceNumber (design 4.4). Rows keep their place: the first has
    sequence number 1.
    """

    key: OrderKey
    customer_id: int
    status: str
    date_ordered: datetime
    delivery_date: datetime
    rows: tuple[OrderRow, ...]
    your_reference: str = ""
    place: Place | None = None
    project_id: int | None = None
    department_id: int | None = None
    our_reference: int | None = None
    reference_in_title: bool = False

    @property
    def net_total(self) -> Decimal:
        """Sum of the product rows, NOK ex VAT, two decimals."""
        return sum((row.net_amount for row in self.product_rows), Decimal("0.00"))

    @property
    def product_rows(self) -> tuple[ProductRow, ...]:
        """The rows that have a product, in order."""
        return tuple(row for row in self.rows if isinstance(row, ProductRow))

    @property
    def registration_ids(self) -> tuple[str, ...]:
        """The registrations that stand on the order, in row order."""
        return tuple(one for row in self.rows for one in row.registration_ids)

    @property
    def sent_rows(self) -> tuple[SentRow, ...]:
        """What is kept of the rows; the first has sequence number 1."""
        return tuple(sent_row(place, row) for place, row in enumerate(self.rows, start=1))

    @property
    def head(self) -> Mapping[str, str]:
        """Digest of each head field that a later change may touch, by the field's name here."""
        return {name: digest(repr(getattr(self, name))) for name in HEAD_FIELDS}

"""A Smartday task as the connector needs it: what was done, where, for whom.

Times are aware and UTC, money is NOK excluding VAT (contract smartday 4.1). Ids are Smartday's opaque
strings; numbers are the ERP's, as strings with leading zeros kept.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

FINISHED_STATUSES = frozenset({7, 8, 99})
"""finished, approved, balanced (design 1; numbers: contract smartday 4.4)."""

KINDS = frozenset({"hours", "distance", "item", "supplement", "note"})
"""Registration kinds that the connector knows; any other holds the task (contract smartday 4.13)."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Somebody or something that a task names: Smartday's id, and the number in the ERP when it has one."""

    id: str
    number: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """An address (contract smartday 4.4, 4.6): where work was done, or where a customer is billed.

    Any part may be missing.
    """

    address1: str | None = None
    house_number: str | None = None
    address2: str | None = None
    postal_code: str | None = None
    postal_area: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """One line on a task. `kind` and `status` are kept as sent, known or not.

    `quantity` is hours for kind hours, kilometres for distance; `unit_price` and `net_amount` NOK ex VAT;
    `discount_percent` 0-100; `billable` None when Smartday didn't say; `day` the local calendar day of the
    work; `text` only on notes.
    """

    id: str
    kind: str
    status: str
    product_number: str | None = None
    has_product: bool = False
    description: str | None = None
    product_name: str | None = None
    employee_name: str | None = None
    quantity: Decimal = Decimal(0)
    unit_price: Decimal | None = None
    discount_percent: Decimal = Decimal(0)
    net_amount: Decimal | None = None
    billable: bool | None = None
    day: date | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One task, complete with all its registrations.

    `status` is Smartday's number (7 = finished), `outcome` `completed`, `aborted` or None;
    `minutes_spent` counts when present (contract smartday 4.13).
    """

    id: str
    number: str
    version: int
    title: str
    status: int
    outcome: str | None
    customer: Reference | None
    billing_customer: Reference | None = None
    customer_reference: str | None = None
    status_web: str | None = None
    started_at: datetime | None = None
    planned_start: datetime | None = None
    finished_at: datetime | None = None
    minutes_spent: int | None = None
    place: Place | None = None
    project: Reference | None = None
    department: Reference | None = None
    responsible: Reference | None = None
    registrations: tuple[Registration, ...] = ()

    @property
    def buyer(self) -> Reference | None:
        """Whom to invoice: `billing_customer`, else `customer` (contract smartday 4.4)."""
        return self.billing_customer or self.customer

    @property
    def is_finished(self) -> bool:
        """True when the task is done and completed; a project above it never counts (design 1)."""
        return self.status in FINISHED_STATUSES and self.outcome == "completed"

    @property
    def is_aborted(self) -> bool:
        """True when the work was given up."""
        return self.status in FINISHED_STATUSES and self.outcome == "aborted"


@dataclass(frozen=True, slots=True)
class TaskVersion:
    """What the poll sees of a task: enough to know whether it must be fetched."""

    task_id: str
    version: int
    changed_at: datetime
    finished_at: datetime | None = None

"""Bridge's JSON of tasks, read tolerantly into domain values and written exactly (contract smartday 4.3-4.5).

Decision: whatever we use of a task must be readable: it is refused with the field's name rather than turned
into half an order.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pydantic import Field

from connector.adapters.smartday.wire import (
    Number,
    Page,
    Text,
    Time,
    TimeIfReadable,
    Whole,
    WireModel,
    WirePlace,
    WireReference,
    to_json,
    zulu,
)
from connector.domain.task import (
    FINISHED_STATUSES,
    Registration,
    Task,
    TaskVersion,
)
from connector.domain.task_record import Receipt

STATUS_NUMBERS = {
    "pending": 1,
    "activated": 2,
    "accepted": 3,
    "in_progress": 4,
    "awaiting": 41,
    "sent_home": 6,
    "finished": 7,
    "approved": 8,
    "balanced": 99,
}
"""Contract smartday 4.4; a code that isn't here counts as 0, which is never finished."""

SYSTEM = "24sevenoffice"
"""Our name at Bridge: in receipts, and as the id of our webhook subscription."""

EXPORTING = frozenset({"created", "updated"})
"""Results of a receipt that tells of an order; the others tell why there is none (contract smartday 4.5)."""


class _Status(WireModel):
    code: Text | None = None
    number: Whole | None = None

    def to_number(self) -> int:
        return STATUS_NUMBERS.get(self.code or "", 0) if self.number is None else self.number


class _Label(WireModel):
    label: Text | None = None


class WireRegistration(WireModel):
    """One line on a task."""

    id: Text
    kind: Text
    status: Text
    product: WireReference | None = None
    description: Text | None = None
    employee: WireReference | None = None
    quantity: Number | None = None
    unit_price: Number | None = None
    discount_percent: Number | None = None
    net_amount: Number | None = None
    billable: bool | None = None
    day: date | None = Field(default=None, alias="date")
    text: Text | None = None

    def to_domain(self) -> Registration:
        """Raises `ValueError` for a line that has a price but not how many."""
        if self.quantity is None and (self.unit_price or self.net_amount):
            raise ValueError("quantity")
        return Registration(
            id=self.id,
            kind=self.kind,
            status=self.status,
            product_number=self.product.number if self.product else None,
            has_product=self.product is not None,
            description=self.description,
            product_name=self.product.name if self.product else None,
            employee_name=self.employee.name if self.employee else None,
            quantity=self.quantity or Decimal(0),
            unit_price=self.unit_price,
            discount_percent=self.discount_percent or Decimal(0),
            net_amount=self.net_amount,
            billable=self.billable,
            day=self.day,
            text=self.text,
        )


class WireTask(WireModel):
    """One task with its first 500 registrations at most; the rest is read page by page."""

    id: Text
    number: Text | None = None
    version: Whole
    title: Text | None = None
    status: _Status
    outcome: Text | None = None
    status_web: _Label | None = None
    customer: WireReference | None = None
    billing_customer: WireReference | None = None
    customer_reference: Text | None = None
    planned_start: Time | None = None
    started_at: Time | None = None
    finished_at: Time | None = None
    minutes_spent: Whole | None = None
    location: WirePlace | None = None
    project: WireReference | None = None
    department: WireReference | None = None
    responsible: WireReference | None = None
    registrations: list[WireRegistration] | None = None
    registrations_has_more: bool | None = None

    def to_domain(self, registrations: Sequence[WireRegistration] | None) -> Task:
        """The task with these registrations; raises `ValueError` naming the field that is wrong.

        A finished task must have the list, if only an empty one: rows would silently go missing.
        """
        status = self.status.to_number()
        if registrations is None and status in FINISHED_STATUSES:
            raise ValueError("registrations")
        lines = registrations or ()
        if len({line.id for line in lines}) != len(lines):
            raise ValueError("registrations.id")
        return Task(
            id=self.id,
            number=self.number or self.id,
            version=self.version,
            title=self.title or "",
            status=status,
            outcome=self.outcome,
            customer=self.customer.to_domain() if self.customer else None,
            billing_customer=self.billing_customer.to_domain() if self.billing_customer else None,
            customer_reference=self.customer_reference,
            status_web=self.status_web.label if self.status_web else None,
            started_at=self.started_at,
            planned_start=self.planned_start,
            finished_at=self.finished_at,
            minutes_spent=self.minutes_spent,
            place=self.location.to_domain() if self.location else None,
            project=self.project.to_domain() if self.project else None,
            department=self.department.to_domain() if self.department else None,
            responsible=self.responsible.to_domain() if self.responsible else None,
            registrations=tuple(line.to_domain() for line in lines),
        )


class _TaskItem(WireModel):
    id: Text
    version: Whole
    changed_at: Time
    finished_at: TimeIfReadable = None

    def to_domain(self) -> TaskVersion:
        return TaskVersion(self.id, self.version, self.changed_at, self.finished_at)


RegistrationPage = Page[WireRegistration]
TaskList = Page[_TaskItem]


class WireAgreement(WireModel):
    """The agreement that the login belongs to."""

    number: Text
    name: Text | None = None


class WireSubscription(WireModel):
    """A webhook subscription; the secret is never shown."""

    url: Text
    active: bool


def receipt_body(receipt: Receipt) -> bytes:
    """The receipt as JSON; the same receipt gives the same bytes, so that its key may be reused.

    24SevenOffice has one number per order: id and number are the same text (contract smartday 4.13).
    """
    return to_json(
        {
            "system": SYSTEM,
            "result": receipt.result,
            "task_version": receipt.task_version,
            "order_id": receipt.order_id,
            "order_number": receipt.order_id,
            "exported_at": zulu(receipt.exported_at),
            "registration_ids": list(receipt.registration_ids),
            "message": receipt.message,
        }
    )

"""Bridge's JSON, read tolerantly into domain values and written exactly (contract smartday 4.3-4.8).

Decision: fields that we don't use aren't looked at, absent and null are the same, and whatever we do use must
be readable: a task is refused with the field's name rather than turned into half an order.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from connector.domain.master_data import Customer, Product
from connector.domain.task import (
    FINISHED_STATUSES,
    Place,
    Reference,
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

_NOT_STORABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _storable(text: str) -> str:
    """Characters that neither UTF-8 nor XML can carry become spaces, before they stop a later step."""
    return _NOT_STORABLE.sub(" ", text)


def _utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("time out of range") from error


Text = Annotated[str, AfterValidator(_storable)]
Number = Annotated[Decimal, Field(max_digits=29, allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=0, lt=2**53)]
Time = Annotated[AwareDatetime, AfterValidator(_utc)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class _Reference(_Wire):
    id: Text | None = None
    external_number: Text | None = None
    name: Text | None = None

    @property
    def number(self) -> str | None:
        return self.external_number if self.external_number and self.external_number.strip() else None

    def to_reference(self) -> Reference:
        return Reference(id=self.id or "", number=self.number)


class _Status(_Wire):
    code: Text | None = None
    number: Whole | None = None

    def to_number(self) -> int:
        return STATUS_NUMBERS.get(self.code or "", 0) if self.number is None else self.number


class _Label(_Wire):
    label: Text | None = None


class _Location(_Wire):
    address1: Text | None = None
    house_number: Text | None = None
    address2: Text | None = None
    postal_code: Text | None = None
    postal_area: Text | None = None
    country: Text | None = None

    def to_place(self) -> Place | None:
        return Place(**self.model_dump()) if any(self.model_dump().values()) else None


class WireRegistration(_Wire):
    """One line on a task."""

    id: Text
    kind: Text
    status: Text
    product: _Reference | None = None
    description: Text | None = None
    employee: _Reference | None = None
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


class WireTask(_Wire):
    """One task with its first 500 registrations at most; the rest is read page by page."""

    id: Text
    number: Text | None = None
    version: Whole
    title: Text | None = None
    status: _Status
    outcome: Text | None = None
    status_web: _Label | None = None
    customer: _Reference | None = None
    billing_customer: _Reference | None = None
    customer_reference: Text | None = None
    planned_start: Time | None = None
    started_at: Time | None = None
    finished_at: Time | None = None
    minutes_spent: Whole | None = None
    location: _Location | None = None
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
            customer=self.customer.to_reference() if self.customer else None,
            billing_customer=self.billing_customer.to_reference() if self.billing_customer else None,
            customer_reference=self.customer_reference,
            status_web=self.status_web.label if self.status_web else None,
            started_at=self.started_at,
            planned_start=self.planned_start,
            finished_at=self.finished_at,
            minutes_spent=self.minutes_spent,
            place=self.location.to_place() if self.location else None,
            registrations=tuple(line.to_domain() for line in lines),
        )


class _TaskItem(_Wire):
    id: Text
    version: Whole
    changed_at: Time

    def to_domain(self) -> TaskVersion:
        return TaskVersion(self.id, self.version, self.changed_at)


Item = TypeVar("Item", WireRegistration, _TaskItem)


class Page(_Wire, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: Text | None = None
    has_more: bool | None = None

    def is_whole(self, asked_with: str | None) -> bool:
        """False when something is missing or comes again.

        More is promised without a cursor, the cursor is the one that was asked with, or nothing stands
        where the page before, or this one's cursor, promised something.
        """
        promised = asked_with or self.next_cursor or self.has_more
        if not self.items:
            return not promised
        return self.next_cursor != asked_with if self.next_cursor else not self.has_more


RegistrationPage = Page[WireRegistration]
TaskList = Page[_TaskItem]


class WireAgreement(_Wire):
    """The agreement that the login belongs to."""

    number: Text
    name: Text | None = None


class _ResultError(_Wire):
    code: Text | None = None


class BatchResult(_Wire):
    """Bridge's word on one record of a batch."""

    external_number: Text
    outcome: Text
    error: _ResultError | None = None


class BatchResults(_Wire):
    """The answer to a batch, in the order sent (contract smartday 4.13)."""

    results: list[BatchResult]


def receipt_body(receipt: Receipt) -> bytes:
    """The receipt as JSON; the same receipt gives the same bytes, so that its key may be reused."""
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


def batch_body(records: Sequence[Customer | Product]) -> bytes:
    """The records as a batch; the domain's field names are the wire's (contract smartday 4.6, 4.7)."""
    return to_json({"items": [asdict(record) for record in records]})


def zulu(time: datetime) -> str:
    """RFC 3339 in UTC, to the second, rounded down."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_json(value: Any) -> bytes:
    """JSON in which a `Decimal` is the number it is; the standard encoder would need a float."""
    return _json(value).encode()


def _json(value: Any) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case Mapping():
            return "{" + ",".join(f"{json.dumps(name)}:{_json(part)}" for name, part in value.items()) + "}"
        case list():
            return "[" + ",".join(_json(part) for part in value) + "]"
        case _:
            return json.dumps(value)

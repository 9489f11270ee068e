"""From a Smartday task to the order that shall exist, or to the reason why there is none.

Pure and total: any task gives an `Order` or a `NoOrder`, never an exception. Checks come in a fixed
order, so that a bookkeeper always meets the same reason first: finished, start date, kinds, customer,
products, amounts, total. Text rows follow the product rows.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from connector.domain.binding import Binding
from connector.domain.integration import Integration
from connector.domain.line_amount import BadLine, LineAmount, line_amount
from connector.domain.local_time import local_day, noon
from connector.domain.order import Order, OrderKey, OrderRow, ProductRow, TextRow
from connector.domain.reason import Reason
from connector.domain.settings import Lines, ReferenceField, Settings, ZeroValue
from connector.domain.task import KINDS, Reference, Registration, Task
from connector.domain.task_record import TaskState
from connector.domain.text_rows import (
    REPORTED_STATUSES,
    clean,
    clean_place,
    is_usable,
    line_text,
    split_text,
    text_rows,
    your_reference,
)

TOLERANCE = Decimal("0.01")
"""A stated amount may differ this much from the computed one, NOK (contract smartday 4.4)."""

Result = TypeVar("Result")

_FOUR_DECIMALS = Decimal("0.0001")
_TWO_DECIMALS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Bindings:
    """The bindings that a task needs (`numbers_needed`), by number; what has none isn't in the ERP."""

    customers: Mapping[str, Binding]
    products: Mapping[str, Binding]


@dataclass(frozen=True, slots=True)
class NoOrder:
    """Why the task gives no order: `state` is ignored or held; `detail` holds only ids, numbers,
    codes and amounts, such as a product number or `r-900105: 2248.20 / 2248.00` (computed / stated).
    """

    state: TaskState
    reason: Reason
    detail: str | None = None


def numbers_needed(task: Task, settings: Settings) -> tuple[str | None, frozenset[str]]:
    """The customer number (None when the task has none) and the product numbers to fetch bindings for.

    Fallback products are included; an order without product rows needs no products.
    """
    customer = _customer_number(task.billing_customer or task.customer)
    if settings.lines is Lines.TEXT_ONLY:
        return customer, frozenset()
    wanted = (
        _product_number(one, settings)
        for one in task.registrations
        if one.kind != "note" and one.status in REPORTED_STATUSES and one.billable is not False
    )
    return customer, frozenset(number for number in wanted if number)


def map_task(
    task: Task,
    bindings: Bindings,
    integration: Integration,
    key: OrderKey,
    own_registrations: frozenset[str] = frozenset(),
) -> Order | NoOrder:
    """The order of `key` that the task shall have, or why it has none; never raises.

    `own_registrations`: ids that our own receipt turned `exported`; they stay wanted (design 4.4).
    A task without finish time counts as finished on its last day of work; without one it is held.
    """
    settings = integration.settings
    billed = tuple(one for one in task.registrations if _counts(one, own_registrations))
    last_day = max((one.day for one in billed if one.day), default=None)
    finish_day = last_day if task.finished_at is None else local_day(task.finished_at)

    refused = _refuse_task(task, billed, finish_day, integration.start)
    if refused:
        return refused
    if finish_day is None:
        return _held(Reason.FINISH_TIME_MISSING)
    customer = _customer(task, bindings)
    if isinstance(customer, NoOrder):
        return customer
    rows = _rows(billed, bindings, settings)
    if isinstance(rows, NoOrder):
        return rows

    reference, reference_rows = your_reference(task)
    return Order(
        key=key,
        customer_id=customer.erp_id,
        status=settings.order_status.value,
        date_ordered=noon(finish_day),
        delivery_date=noon(last_day or finish_day),
        rows=rows + text_rows(task) + reference_rows,
        your_reference=reference,
        place=clean_place(task.place),
        reference_in_title=settings.reference_field is ReferenceField.INVOICE_TITLE,
    )


def fingerprint(task: Task, own_registrations: frozenset[str] = frozenset()) -> str:
    """Digest of what an invoice of the task depends on, as 64 hex digits: equal means nothing has changed.

    Settings and registers don't count, nor what moves on without the work having changed: version, status
    after finishing, status web, and registrations that our own receipt turned `exported`.
    """
    lines = [
        replace(one, status="")
        for one in task.registrations
        if _counts(one, own_registrations) or (one.kind == "note" and one.status in REPORTED_STATUSES)
    ]
    content = replace(task, version=0, status=0, status_web=None, registrations=tuple(lines))
    written = json.dumps(asdict(content), sort_keys=True, default=_plainly)
    return hashlib.sha256(written.encode()).hexdigest()


def _plainly(value: object) -> str:
    """`3.5` and `3.50` are the same quantity."""
    return str(value.normalize()) if isinstance(value, Decimal) and is_usable(value) else str(value)


def _held(reason: Reason, detail: str | None = None) -> NoOrder:
    return NoOrder(TaskState.HELD, reason, detail)


def _ignored(reason: Reason) -> NoOrder:
    return NoOrder(TaskState.IGNORED, reason)


def _counts(registration: Registration, own: frozenset[str]) -> bool:
    """Contract smartday 4.4: used and approved, unless unbillable or of quantity 0."""
    wanted = registration.status in ("used", "approved") or (
        registration.status == "exported" and registration.id in own
    )
    return (
        wanted
        and registration.billable is not False
        and registration.kind != "note"
        and not registration.quantity.is_zero()
    )


def _refuse_task(
    task: Task, billed: tuple[Registration, ...], finish_day: date | None, start: datetime
) -> NoOrder | None:
    if task.is_aborted:
        return _held(Reason.ABORTED_WITH_BILLABLE) if billed else _ignored(Reason.ABORTED)
    if not task.is_finished:
        return _ignored(Reason.NOT_FINISHED)
    if task.finished_at is not None and task.finished_at < start:
        return _ignored(Reason.FINISHED_BEFORE_START)
    if task.finished_at is None and finish_day is not None and finish_day < local_day(start):
        return _ignored(Reason.FINISHED_BEFORE_START)
    for one in billed:
        if one.kind not in KINDS:
            return _held(Reason.UNKNOWN_KIND, one.id)
    return None


def _customer_number(party: Reference | None) -> str | None:
    return _stated(party.number) if party else None


def _customer(task: Task, bindings: Bindings) -> Binding | NoOrder:
    party = task.billing_customer or task.customer
    number = _customer_number(party)
    if number is None:
        return _held(Reason.CUSTOMER_WITHOUT_NUMBER, party.id if party else None)
    binding = bindings.customers.get(number)
    if binding is None:
        return _held(Reason.CUSTOMER_UNKNOWN, number)
    return binding if binding.active else _held(Reason.CUSTOMER_INACTIVE, number)


def _product_number(registration: Registration, settings: Settings) -> str | None:
    """The number on the line; for a line without product the fallback's. A product without number
    was made in Smartday, where no fallback may guess what it is.
    """
    if registration.has_product or _stated(registration.product_number):
        return _stated(registration.product_number)
    return _stated(settings.fallback_products.get(registration.kind))


def _stated(number: str | None) -> str | None:
    return number if clean(number) else None


def _product(registration: Registration, bindings: Bindings, settings: Settings) -> Binding | NoOrder:
    number = _product_number(registration, settings)
    if number is None:
        reason = Reason.PRODUCT_UNKNOWN if registration.has_product else Reason.PRODUCT_MISSING
        return _held(reason, registration.id)
    binding = bindings.products.get(number)
    if binding is None:
        return _held(Reason.PRODUCT_UNKNOWN, number)
    return binding if binding.active else _held(Reason.PRODUCT_EXPIRED, number)


def _rows(
    billed: tuple[Registration, ...], bindings: Bindings, settings: Settings
) -> tuple[OrderRow, ...] | NoOrder:
    if not billed:
        return _held(Reason.NOTHING_TO_INVOICE)
    with_products = billed if settings.lines is Lines.PRICED else ()
    products = _all(_product(one, bindings, settings) for one in with_products)
    if isinstance(products, NoOrder):
        return products
    amounts = [line_amount(one, settings.prices) for one in billed]
    differing = next((one for one in amounts if isinstance(one, BadLine)), None)
    if differing is not None:
        return _held(differing.reason, differing.detail)
    sound = [one for one in amounts if isinstance(one, LineAmount)]
    refused = _refuse_total(sound, settings)
    if refused:
        return refused
    if settings.lines is Lines.TEXT_ONLY:
        lines = zip(billed, sound, strict=True)
        return tuple(row for one, amount in lines for row in _in_words(one, amount, settings))
    priced = zip(billed, products, sound, strict=True)
    return tuple(row for one, product, amount in priced for row in _priced(one, product, amount, settings))


def _all(results: Iterable[Result | NoOrder]) -> list[Result] | NoOrder:
    """All results, or the first refusal among them."""
    found: list[Result] = []
    for result in results:
        if isinstance(result, NoOrder):
            return result
        found.append(result)
    return found


def _refuse_total(amounts: Iterable[LineAmount], settings: Settings) -> NoOrder | None:
    total = Decimal(0)
    for amount in amounts:
        if amount.net is None:
            return None
        total += amount.net
    if total == 0 and settings.zero_value is ZeroValue.HOLD:
        return _held(Reason.ZERO_VALUE)
    if total < 0 and not settings.credit_orders:
        return _held(Reason.NEGATIVE_TOTAL, f"{total:f}")
    return None


def _priced(
    registration: Registration, product: Binding, amount: LineAmount, settings: Settings
) -> Iterator[OrderRow]:
    """The product row; what its name can't hold follows as text rows."""
    name = clean(registration.description) or clean(registration.product_name) or clean(product.number)
    first, *rest = split_text(_with_employee(name, registration, settings))
    yield ProductRow(
        product.erp_id, first, amount.quantity, amount.price, amount.discount, (registration.id,)
    )
    yield from map(TextRow, rest)


def _in_words(registration: Registration, amount: LineAmount, settings: Settings) -> Iterator[TextRow]:
    names = filter(None, (clean(registration.product_name), clean(registration.description)))
    name = " – ".join(dict.fromkeys(names)) or clean(registration.product_number) or registration.kind
    name = _with_employee(name, registration, settings)
    quantity, price, discount, net = amount.quantity, amount.price, amount.discount, amount.net
    first, *rest = split_text(line_text(name, registration.kind, quantity, price, discount, net))
    yield TextRow(first, (registration.id,))
    yield from map(TextRow, rest)


def _with_employee(name: str, registration: Registration, settings: Settings) -> str:
    employee = clean(registration.employee_name)
    return f"{name} ({employee})" if settings.employee_names and employee else name

"""From a Smartday task to the order that shall exist, or to the reason why there is none.

Pure and total: any task gives an `Order` or a `NoOrder`, never an exception. Checks come in a fixed
order, so that a bookkeeper always meets the same reason first: finished, start date, kinds, customer,
products, amounts, total. Text rows follow the product rows.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from connector.domain.binding import Binding, Kind
from connector.domain.integration import Integration
from connector.domain.line_amount import BadLine, LineAmount, line_amount
from connector.domain.local_time import local_day, noon
from connector.domain.order import Order, OrderKey
from connector.domain.reason import Reason
from connector.domain.row_mapping import BilledLine, order_rows
from connector.domain.settings import Lines, Prices, ReferenceField, Settings, ZeroValue
from connector.domain.task import KINDS, Reference, Registration, Task
from connector.domain.task_record import TaskState
from connector.domain.text_rows import (
    REPORTED_STATUSES,
    clean,
    clean_place,
    is_usable,
    text_rows,
    your_reference,
)
from connector.domain.waiting import for_binding, for_setting

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Bindings:
    """The bindings that a task needs (`numbers_needed`), by number; what has none isn't in the ERP."""

    customers: Mapping[str, Binding]
    products: Mapping[str, Binding]


@dataclass(frozen=True, slots=True)
class NoOrder:
    """Why the task gives no order: `state` is ignored or held; `detail` holds only ids, numbers,
    codes and amounts, such as a product number or `r-900105: 2248.20 / 2248.00` (computed / stated);
    `waits_for` is the key of what would let it go on (`connector.domain.waiting`).
    """

    state: TaskState
    reason: Reason
    detail: str | None = None
    waits_for: str | None = None


def numbers_needed(task: Task, settings: Settings) -> tuple[str | None, frozenset[str]]:
    """The customer number (None when the task has none) and the product numbers to fetch bindings for.

    Fallback products are included; an order without product rows needs no products.
    """
    customer = _stated(task.buyer.number) if task.buyer else None
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
    *,
    settings: Settings | None = None,
    elsewhere: frozenset[str] = frozenset(),
    customer_id: int | None = None,
) -> Order | NoOrder:
    """The order of `key` that the task shall have, or why it has none; never raises.

    `own_registrations`: ids that our own receipt turned `exported`; they stay wanted (design 4.4).
    `settings`: those that the order was begun under; None = the integration's. `elsewhere`: ids that stand
    on other orders of ours, and so not on this one. `customer_id`: the ERP's company for a buyer without
    number. A task without finish time counts as finished on its last day of work; without one it is held.
    """
    settings = settings or integration.settings
    counted = (one for one in task.registrations if _counts(one, own_registrations))
    billed = tuple(one for one in counted if one.id not in elsewhere)
    last_day = max((one.day for one in billed if one.day), default=None)
    finish_day = last_day if task.finished_at is None else local_day(task.finished_at)

    refused = _refuse_task(task, billed, finish_day, integration.start)
    if refused:
        return refused
    if finish_day is None:
        return _held(Reason.FINISH_TIME_MISSING)
    company = _company(task, bindings, customer_id)
    if isinstance(company, NoOrder):
        return company
    lines = _billed_lines(billed, bindings, settings)
    if isinstance(lines, NoOrder):
        return lines

    order = _order(task, key, company, lines, (finish_day, last_day or finish_day), settings)
    return _refuse_rows(order, lines, settings) or order


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


def _held(reason: Reason, detail: str | None = None, waits_for: str | None = None) -> NoOrder:
    return NoOrder(TaskState.HELD, reason, detail, waits_for)


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
    is_early = finish_day is not None and finish_day < local_day(start)
    if is_early if task.finished_at is None else task.finished_at < start:
        return _ignored(Reason.FINISHED_BEFORE_START)
    for one in billed:
        if one.kind not in KINDS:
            return _held(Reason.UNKNOWN_KIND, one.id)
    return None


def _company(task: Task, bindings: Bindings, customer_id: int | None) -> int | NoOrder:
    """The ERP's id of whom to invoice."""
    if task.buyer is None:
        return _held(Reason.CUSTOMER_WITHOUT_NUMBER)
    number = _stated(task.buyer.number)
    if number is None and customer_id is not None:
        return customer_id
    if number is None:
        return _held(Reason.CUSTOMER_WITHOUT_NUMBER, task.buyer.id, for_setting("field_customers"))
    binding = bindings.customers.get(number)
    if binding is not None and binding.active and not binding.blocked:
        return binding.erp_id
    if binding is None:
        reason = Reason.CUSTOMER_UNKNOWN
    else:
        reason = Reason.CUSTOMER_BLOCKED if binding.active else Reason.CUSTOMER_INACTIVE
    return _held(reason, number, for_binding(Kind.CUSTOMERS, number))


def _order(
    task: Task, key: OrderKey, company: int, lines: list[BilledLine], days: Sequence[date], settings: Settings
) -> Order:
    """The order with head and rows; `days` are those of ordering and of delivery."""
    reference, reference_rows = your_reference(task)
    return Order(
        key=key,
        customer_id=company,
        status=settings.order_status.value,
        date_ordered=noon(days[0]),
        delivery_date=noon(days[1]),
        rows=order_rows(lines, settings) + text_rows(task, settings.text_template) + reference_rows,
        your_reference=reference,
        place=clean_place(task.place),
        project_id=_mapped(task.project, settings.projects),
        department_id=_mapped(task.department, settings.departments),
        our_reference=_mapped(task.responsible, settings.our_references),
        reference_in_title=settings.reference_field is ReferenceField.INVOICE_TITLE,
    )


def _mapped(reference: Reference | None, ids: Mapping[str, int]) -> int | None:
    """The ERP's id for what Smartday calls by its number, else by its id."""
    return None if reference is None else ids.get(_stated(reference.number) or reference.id)


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
    if number is None and registration.has_product:
        return _held(Reason.PRODUCT_UNKNOWN, registration.id)
    if number is None:
        return _held(Reason.PRODUCT_MISSING, registration.id, for_setting("fallback_products"))
    binding = bindings.products.get(number)
    if binding is not None and binding.is_usable:
        return binding
    reason = Reason.PRODUCT_UNKNOWN if binding is None else Reason.PRODUCT_EXPIRED
    return _held(reason, number, for_binding(Kind.PRODUCTS, number))


def _billed_lines(
    billed: Sequence[Registration], bindings: Bindings, settings: Settings
) -> list[BilledLine] | NoOrder:
    """The lines with their products, where the order has product rows, and amounts."""
    if not billed:
        return _held(Reason.NOTHING_TO_INVOICE)
    priced = settings.lines is Lines.PRICED
    products = _all(_product(one, bindings, settings) if priced else None for one in billed)
    if isinstance(products, NoOrder):
        return products
    amounts = _all(_amount(one, settings) for one in billed)
    if isinstance(amounts, NoOrder):
        return amounts
    refused = _refuse_total(amounts, settings)
    return refused or [
        BilledLine(one, amount, product)
        for one, amount, product in zip(billed, amounts, products, strict=True)
    ]


def _amount(registration: Registration, settings: Settings) -> LineAmount | NoOrder:
    amount = line_amount(registration, settings.prices)
    return _held(amount.reason, amount.detail) if isinstance(amount, BadLine) else amount


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
        return _held(Reason.ZERO_VALUE, waits_for=for_setting("zero_value"))
    if total == 0 and settings.zero_value is ZeroValue.IGNORE:
        return _ignored(Reason.ZERO_VALUE_LEFT_OUT)
    if total < 0 and not settings.credit_orders:
        return _held(Reason.NEGATIVE_TOTAL, f"{total:f}", for_setting("credit_orders"))
    return None


def _refuse_rows(order: Order, lines: Iterable[BilledLine], settings: Settings) -> NoOrder | None:
    """The control total: rows that don't amount to their registrations are never sent."""
    if settings.lines is Lines.TEXT_ONLY or settings.prices is Prices.ERP:
        return None
    total = sum((line.amount.net or Decimal(0) for line in lines), Decimal(0))
    return None if order.net_total == total else _held(Reason.AMOUNTS_DIFFER, f"{order.net_total} / {total}")

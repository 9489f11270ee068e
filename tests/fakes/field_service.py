"""Smartday in memory: the promises of `FieldService`, with errors on demand and everything it was told.

`tests/contract/test_field_service.py` runs one suite against this and against the real adapter.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock
from typing import TypeVar

from connector.domain.master_data import Customer, FieldCustomer, FieldProduct, Product, Upserted
from connector.domain.pace import Pace
from connector.domain.task import FINISHED_STATUSES, Reference, Task, TaskVersion
from connector.domain.task_record import Receipt
from connector.errors import NotFound, Refused, Side
from connector.ports import Agreement, CustomerPage, ProductPage, Subscription, TaskPage

LARGEST_BATCH = 100
EXPORTING = ("created", "updated")

Listed = TypeVar("Listed", FieldCustomer, FieldProduct)


@dataclass
class _Planned:
    error: BaseException
    after_effect: bool
    times: int | None


@dataclass
class MemoryFieldService:
    """`FieldService` in memory.

    `calls` counts per method; `receipts` lists (task id, receipt) as accepted, `upserts` every record
    written or unchanged, in order; `rejections` gives a number the code it shall be rejected with.
    `field_customers` and `field_products` are everything Smartday has, by Smartday's id;
    `products_by_number` what was written.
    """

    number: str = "104477"
    name: str = "Eksempel Elektro AS"
    page_size: int = 500
    current_pace: Pace = field(default_factory=Pace)
    tasks: dict[str, Task] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)
    receipts: list[tuple[str, Receipt]] = field(default_factory=list)
    field_customers: dict[str, FieldCustomer] = field(default_factory=dict)
    field_products: dict[str, FieldProduct] = field(default_factory=dict)
    products_by_number: dict[str, Product] = field(default_factory=dict)
    upserts: list[Customer | Product] = field(default_factory=list)
    rejections: dict[str, str] = field(default_factory=dict)
    subscribed: Subscription | None = None
    webhook_secret: str | None = None
    calls: Counter[str] = field(default_factory=Counter)
    _planned: dict[str, list[_Planned]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def put_task(self, task: Task, changed_at: datetime | None = None) -> None:
        """Add a task, or replace it; changed now unless a time is given."""
        self.tasks[task.id] = task
        self.changed_at[task.id] = changed_at or datetime.now(UTC)

    def remove_task(self, task_id: str) -> None:
        """As if it never was."""
        del self.tasks[task_id], self.changed_at[task_id]

    def put_field_customer(self, customer: FieldCustomer) -> None:
        """Add a customer, or replace it; without number it was made in the field."""
        self.field_customers[customer.id] = customer

    def put_field_product(self, product: FieldProduct) -> None:
        """Add a product, or replace it."""
        self.field_products[product.id] = product

    @property
    def customers_by_number(self) -> dict[str, FieldCustomer]:
        """The customers that have a number."""
        return {one.number: one for one in self.field_customers.values() if one.number is not None}

    def fail(
        self, method: str, error: BaseException, *, after_effect: bool = False, times: int | None = 1
    ) -> None:
        """Have the next calls of a method raise (None = all of them), before or after the effect."""
        self._planned.setdefault(method, []).append(_Planned(error, after_effect, times))

    def fail_no_more(self) -> None:
        """Forget every failure that is planned."""
        self._planned.clear()

    def agreement(self) -> Agreement:
        """See `FieldService.agreement`."""
        with self._call("agreement"):
            return Agreement(self.number, self.name)

    def task(self, task_id: str) -> Task:
        """See `FieldService.task`."""
        with self._call("task"):
            return self._task(task_id)

    def finished_tasks(self, changed_since: datetime, cursor: str | None) -> TaskPage:
        """See `FieldService.finished_tasks`."""
        with self._call("finished_tasks"):
            listed = sorted(
                (self.changed_at[task.id], task.id)
                for task in self.tasks.values()
                if task.status in FINISHED_STATUSES and self.changed_at[task.id] >= changed_since
            )
            after = _opened(cursor, changed_since) if cursor else None
            rest = [place for place in listed if after is None or place > after]
            tasks = [(self.tasks[task_id], at) for at, task_id in rest[: self.page_size]]
            page = tuple(TaskVersion(task.id, task.version, at, task.finished_at) for task, at in tasks)
            more = len(rest) > self.page_size
            return TaskPage(page, _sealed(page[-1], changed_since) if more else None)

    def send_receipt(self, task_id: str, receipt: Receipt) -> None:
        """See `FieldService.send_receipt`; raises the version and exports the lines, once per key."""
        with self._call("send_receipt"):
            task, key = self._task(task_id), _receipt_key(task_id, receipt)
            earlier = [known for sent_for, known in self.receipts if _receipt_key(sent_for, known) == key]
            if earlier:
                if earlier[0] != receipt:
                    raise Refused(Side.SMARTDAY, "idempotency_key_reused")
                return
            if set(receipt.registration_ids) - {line.id for line in task.registrations}:
                raise Refused(Side.SMARTDAY, "validation_failed", "registration_ids")
            if receipt.result in EXPORTING and receipt.order_id is None:
                raise Refused(Side.SMARTDAY, "validation_failed", "order_id")
            self.receipts.append((task_id, receipt))
            exported = receipt.registration_ids if receipt.result in EXPORTING else ()
            lines = tuple(
                replace(line, status="exported") if line.id in exported else line
                for line in task.registrations
            )
            self.put_task(replace(task, version=task.version + 1, registrations=lines))

    def customers(self, cursor: str | None) -> CustomerPage:
        """See `FieldService.customers`."""
        with self._call("customers"):
            return CustomerPage(*self._page(self.field_customers, cursor))

    def products(self, cursor: str | None) -> ProductPage:
        """See `FieldService.products`."""
        with self._call("products"):
            return ProductPage(*self._page(self.field_products, cursor))

    def link_customer(self, smartday_id: str, customer: Customer) -> None:
        """See `FieldService.link_customer`; tasks name the number from then on, at their old version."""
        with self._call("link_customer"):
            known = self.field_customers.get(smartday_id)
            if known is None:
                raise NotFound(Side.SMARTDAY, f"customer {smartday_id}")
            number = customer.external_number
            holder = self.customers_by_number.get(number)
            if known.number not in (None, number) or (holder and holder.id != smartday_id):
                raise Refused(Side.SMARTDAY, "duplicate_number")
            self.field_customers[smartday_id] = _held(smartday_id, customer)
            for task in self.tasks.values():
                self.tasks[task.id] = replace(
                    task,
                    customer=_numbered(task.customer, smartday_id, number),
                    billing_customer=_numbered(task.billing_customer, smartday_id, number),
                )

    def upsert_customers(self, customers: Sequence[Customer]) -> list[Upserted]:
        """See `FieldService.upsert_customers`."""
        _check_size(customers)
        with self._call("upsert_customers"):
            return [self._upsert_customer(customer) for customer in customers]

    def upsert_products(self, products: Sequence[Product]) -> list[Upserted]:
        """See `FieldService.upsert_products`."""
        _check_size(products)
        with self._call("upsert_products"):
            return [self._upsert_product(product) for product in products]

    def subscription(self) -> Subscription | None:
        """See `FieldService.subscription`."""
        with self._call("subscription"):
            return self.subscribed

    def subscribe(self, url: str, secret: str) -> None:
        """See `FieldService.subscribe`."""
        with self._call("subscribe"):
            self.subscribed, self.webhook_secret = Subscription(url, is_active=True), secret

    def pace(self) -> Pace:
        """See `FieldService.pace`."""
        return self.current_pace

    @contextmanager
    def _call(self, method: str) -> Iterator[None]:
        with self._lock:
            self.calls[method] += 1
            planned = self._take(method)
            if planned and not planned.after_effect:
                raise planned.error
            yield
            if planned:
                raise planned.error

    def _take(self, method: str) -> _Planned | None:
        for planned in self._planned.get(method, ()):
            if planned.times is None:
                return planned
            if planned.times > 0:
                planned.times -= 1
                return planned
        return None

    def _task(self, task_id: str) -> Task:
        if task_id not in self.tasks:
            raise NotFound(Side.SMARTDAY, f"task {task_id}")
        return self.tasks[task_id]

    def _upsert_customer(self, customer: Customer) -> Upserted:
        number = customer.external_number
        before = self.customers_by_number.get(number)
        after = _held(before.id if before else f"c-{number}", customer)
        given = self._upserted(customer, None if before is None else before == after)
        if given.code is None:
            self.field_customers[after.id] = after
        return given

    def _upsert_product(self, product: Product) -> Upserted:
        number = product.external_number
        before = self.products_by_number.get(number)
        given = self._upserted(product, None if before is None else before == product)
        if given.code is None:
            self.products_by_number[number] = product
            known = (one.id for one in self.field_products.values() if one.number == number)
            smartday_id = next(known, f"p-{number}")
            self.put_field_product(FieldProduct(smartday_id, number, product.name, product.state))
        return given

    def _upserted(self, record: Customer | Product, same: bool | None) -> Upserted:
        """`same` is None for a new record."""
        number = record.external_number
        if number in self.rejections:
            return Upserted(number, "rejected", self.rejections[number])
        self.upserts.append(record)
        return Upserted(number, "created" if same is None else "unchanged" if same else "updated")

    def _page(self, held: dict[str, Listed], cursor: str | None) -> tuple[tuple[Listed, ...], str | None]:
        if cursor is not None and cursor.removeprefix("after|") not in held:
            raise Refused(Side.SMARTDAY, "cursor_invalid")
        after = (cursor or "").removeprefix("after|")
        rest = [held[one] for one in sorted(held) if one > after]
        page = tuple(rest[: self.page_size])
        return page, f"after|{page[-1].id}" if len(rest) > len(page) else None


def _receipt_key(task_id: str, receipt: Receipt) -> tuple[str, int, int | str]:
    purpose = receipt.ordinal if receipt.result in EXPORTING else receipt.result
    return task_id, receipt.task_version, purpose


def _held(smartday_id: str, customer: Customer) -> FieldCustomer:
    return FieldCustomer(
        id=smartday_id,
        number=customer.external_number,
        name=customer.name,
        is_company=customer.is_company,
        organisation_number=customer.organisation_number,
        state=customer.state,
        email=customer.email,
        invoice_email=customer.invoice_email,
        phone=customer.phone,
        mobile=customer.mobile,
        billing_address=customer.billing_address,
    )


def _numbered(reference: Reference | None, smartday_id: str, number: str) -> Reference | None:
    return replace(reference, number=number) if reference and reference.id == smartday_id else reference


def _check_size(records: Sequence[object]) -> None:
    if len(records) > LARGEST_BATCH:
        raise ValueError(f"at most {LARGEST_BATCH} records in a batch")


def _sealed(last: TaskVersion, changed_since: datetime) -> str:
    return f"{changed_since.isoformat()}|{last.changed_at.isoformat()}|{last.task_id}"


def _opened(cursor: str, changed_since: datetime) -> tuple[datetime, str]:
    made_with, _, position = cursor.partition("|")
    at, _, task_id = position.partition("|")
    try:
        if made_with == changed_since.isoformat():
            return datetime.fromisoformat(at), task_id
    except ValueError:
        pass
    raise Refused(Side.SMARTDAY, "cursor_invalid")

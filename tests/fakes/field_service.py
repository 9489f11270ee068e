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

from connector.domain.master_data import Customer, Product, Upserted
from connector.domain.pace import Pace
from connector.domain.task import FINISHED_STATUSES, Task, TaskVersion
from connector.domain.task_record import Receipt
from connector.errors import NotFound, Refused, Side
from connector.ports import Agreement, TaskPage

LARGEST_BATCH = 100

Record = TypeVar("Record", Customer, Product)


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
    """

    number: str = "104477"
    name: str = "Eksempel Elektro AS"
    page_size: int = 500
    current_pace: Pace = field(default_factory=Pace)
    tasks: dict[str, Task] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)
    receipts: list[tuple[str, Receipt]] = field(default_factory=list)
    customers: dict[str, Customer] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    upserts: list[Customer | Product] = field(default_factory=list)
    rejections: dict[str, str] = field(default_factory=dict)
    subscription: tuple[str, str] | None = None
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

    def fail(
        self, method: str, error: BaseException, *, after_effect: bool = False, times: int | None = 1
    ) -> None:
        """Have the next calls of a method raise (None = all of them), before or after the effect."""
        self._planned.setdefault(method, []).append(_Planned(error, after_effect, times))

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
                (self.changed_at[task.id], task.id, task.version)
                for task in self.tasks.values()
                if task.status in FINISHED_STATUSES and self.changed_at[task.id] >= changed_since
            )
            after = _opened(cursor, changed_since) if cursor else None
            rest = [entry for entry in listed if after is None or entry[:2] > after]
            page = tuple(TaskVersion(task_id, version, at) for at, task_id, version in rest[: self.page_size])
            more = len(rest) > self.page_size
            return TaskPage(page, _sealed(page[-1], changed_since) if more else None)

    def send_receipt(self, task_id: str, receipt: Receipt) -> None:
        """See `FieldService.send_receipt`; exports the lines and raises the version, once per key."""
        with self._call("send_receipt"):
            task = self._task(task_id)
            earlier = [
                known
                for sent_for, known in self.receipts
                if (sent_for, known.task_version) == (task_id, receipt.task_version)
            ]
            if earlier:
                if earlier[0] != receipt:
                    raise Refused(Side.SMARTDAY, "idempotency_key_reused")
                return
            if set(receipt.registration_ids) - {line.id for line in task.registrations}:
                raise Refused(Side.SMARTDAY, "validation_failed", "registration_ids")
            self.receipts.append((task_id, receipt))
            exported = receipt.registration_ids if receipt.result in ("created", "updated") else ()
            lines = tuple(
                replace(line, status="exported") if line.id in exported else line
                for line in task.registrations
            )
            self.put_task(replace(task, version=task.version + 1, registrations=lines))

    def upsert_customers(self, customers: Sequence[Customer]) -> list[Upserted]:
        """See `FieldService.upsert_customers`."""
        _check_size(customers)
        with self._call("upsert_customers"):
            return [self._upsert(self.customers, customer) for customer in customers]

    def upsert_products(self, products: Sequence[Product]) -> list[Upserted]:
        """See `FieldService.upsert_products`."""
        _check_size(products)
        with self._call("upsert_products"):
            return [self._upsert(self.products, product) for product in products]

    def subscribe(self, url: str, secret: str) -> None:
        """See `FieldService.subscribe`."""
        with self._call("subscribe"):
            self.subscription = (url, secret)

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

    def _upsert(self, kept: dict[str, Record], record: Record) -> Upserted:
        number = record.external_number
        if number in self.rejections:
            return Upserted(number, "rejected", self.rejections[number])
        before = kept.get(number)
        kept[number] = record
        self.upserts.append(record)
        if before is None:
            return Upserted(number, "created")
        return Upserted(number, "unchanged" if before == record else "updated")


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

"""Smartday in memory: the promises of `FieldService`, with errors on demand and everything it was told.

`tests/contract/test_field_service.py` runs one suite against this and against the real adapter.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from connector.domain.pace import Pace
from connector.domain.task import FINISHED_STATUSES, Task, TaskVersion
from connector.domain.task_record import Receipt
from connector.errors import NotFound, Refused, Side
from connector.ports import Agreement, Subscription, TaskPage
from tests.fakes.field_registers import MemoryFieldRegisters

EXPORTING = ("created", "updated")


@dataclass
class MemoryFieldService(MemoryFieldRegisters):
    """`FieldService` in memory; `receipts` lists (task id, receipt) as accepted."""

    number: str = "104477"
    name: str = "Eksempel Elektro AS"
    current_pace: Pace = field(default_factory=Pace)
    changed_at: dict[str, datetime] = field(default_factory=dict)
    receipts: list[tuple[str, Receipt]] = field(default_factory=list)
    subscribed: Subscription | None = None
    webhook_secret: str | None = None

    def put_task(self, task: Task, changed_at: datetime | None = None) -> None:
        """Add a task, or replace it; changed now unless a time is given."""
        self.tasks[task.id] = task
        self.changed_at[task.id] = changed_at or datetime.now(UTC)

    def remove_task(self, task_id: str) -> None:
        """As if it never was."""
        del self.tasks[task_id], self.changed_at[task_id]

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

    def _task(self, task_id: str) -> Task:
        if task_id not in self.tasks:
            raise NotFound(Side.SMARTDAY, f"task {task_id}")
        return self.tasks[task_id]


def _receipt_key(task_id: str, receipt: Receipt) -> tuple[str, int, int | str]:
    purpose = receipt.ordinal if receipt.result in EXPORTING else receipt.result
    return task_id, receipt.task_version, purpose


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

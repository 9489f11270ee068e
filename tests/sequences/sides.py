"""The sides as the simulation has them: Smartday with a clock and a memory, and the order queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from connector.domain.task import Task
from connector.domain.task_record import Receipt
from connector.errors import Refused
from connector.ports import Clock, TaskPage
from tests.fakes.field_service import MemoryFieldService

VISIBILITY = timedelta(minutes=12)
RECEIVED_AT_MOST = 10
"""As in template.yaml."""


@dataclass
class SimulatedSmartday(MemoryFieldService):
    """Smartday by a clock that may be wrong; a task's latest version is shown only from `shown_from` on."""

    clock: Clock = datetime.now
    lag: Callable[[], timedelta] = timedelta
    versions: dict[str, list[tuple[datetime, Task]]] = field(default_factory=dict)
    skew: timedelta = timedelta(0)
    refused: set[str] = field(default_factory=set)

    def put_task(self, task: Task, changed_at: datetime | None = None) -> None:
        """See `MemoryFieldService.put_task`."""
        now = self.clock()
        super().put_task(task, now + self.skew)
        self.versions.setdefault(task.id, []).append((now + self.lag(), task))

    def task(self, task_id: str) -> Task:
        """See `FieldService.task`; for a while after a change it may be the one before."""
        super().task(task_id)
        now = self.clock()
        shown = [task for shown_from, task in self.versions[task_id] if shown_from <= now]
        return shown[-1] if shown else self.versions[task_id][0][1]

    def finished_tasks(self, changed_since: datetime, cursor: str | None) -> TaskPage:
        """See `FieldService.finished_tasks`; what isn't shown yet is left out."""
        now, everything = self.clock(), self.tasks
        self.tasks = {one: task for one, task in everything.items() if self.versions[one][-1][0] <= now}
        try:
            return super().finished_tasks(changed_since, cursor)
        finally:
            self.tasks = everything

    def send_receipt(self, task_id: str, receipt: Receipt) -> None:
        """See `FieldService.send_receipt`; `refused` are the tasks whose receipts weren't taken."""
        try:
            super().send_receipt(task_id, receipt)
        except Refused:
            self.refused.add(task_id)
            raise

    def orders_told(self, task_id: str) -> dict[str, Receipt]:
        """The latest receipt of each order."""
        told = [receipt for sent_for, receipt in self.receipts if sent_for == task_id]
        return {receipt.order_id: receipt for receipt in told if receipt.order_id is not None}


@dataclass(slots=True, eq=False)
class Message:
    """One message of the order queue."""

    task_id: str
    version: int
    visible_at: datetime
    received: int = 0


@dataclass
class OrderQueue:
    """`TaskQueue` that delivers late, twice, in any order, and gives back what nobody acknowledged."""

    clock: Clock
    chance: Random
    messages: list[Message] = field(default_factory=list)
    dead_letters: list[Message] = field(default_factory=list)
    sent: int = 0

    def send(
        self, agreement_number: str, versions: Mapping[str, int], delay: timedelta = timedelta(0)
    ) -> None:
        """See `TaskQueue.send`."""
        for task_id, version in versions.items():
            self.sent += 1
            self.messages.append(Message(task_id, version, self.clock() + delay))

    def receive(self, doubles: float) -> Message | None:
        """One of the visible messages; a copy of it may stay to be received at the same moment."""
        now = self.clock()
        visible = [one for one in self.messages if one.visible_at <= now]
        if not visible:
            return None
        message = self.chance.choice(visible)
        message.received += 1
        if message.received > RECEIVED_AT_MOST:
            self.messages.remove(message)
            self.dead_letters.append(message)
            return None
        if not (doubles and self.chance.random() < doubles):
            message.visible_at = now + VISIBILITY
        return message

    def acknowledge(self, message: Message) -> None:
        """Its work is done."""
        if message in self.messages:
            self.messages.remove(message)

    def holds(self, task_id: str, version: int) -> bool:
        """True while a message, or a dead letter, tells of this version of the task."""
        return any(
            one.task_id == task_id and one.version >= version for one in (*self.messages, *self.dead_letters)
        )

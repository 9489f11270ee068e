"""Everything around an import, in memory, with a clock that stands still until moved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.domain.integration import IntegrationState
from connector.domain.master_data import Customer, ErpCustomer, Upserted
from connector.domain.stream import Cursor, Run, Stream
from connector.domain.task_record import TaskRecord, TaskState
from connector.ports import CustomerPage
from connector.usecases.import_master_data import import_master_data
from connector.usecases.import_pass import ImportPorts
from tests.builders import integration
from tests.fakes.erp import MemoryErp, nothing
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.import_stores import MemoryCursorStore, MemoryImportResultStore, MemoryMatchStore, one_by_one
from tests.fakes.queues import MemoryStreamQueue, MemoryTaskQueue
from tests.fakes.stores import (
    MemoryBindingStore,
    MemoryIntegrationStore,
    MemoryTaskStore,
)

AGREEMENT = "104477"
CUSTOMERS, PRODUCTS = Stream.CUSTOMERS, Stream.PRODUCTS
NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
INVOCATION = timedelta(minutes=5)


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


@dataclass
class WatchedSmartday(MemoryFieldService):
    """Lets something happen, or an error come, before each batch of customers, each page, each retiring."""

    on_retire: Callable[[], None] = nothing
    on_upsert: Callable[[], None] = nothing
    on_list: Callable[[], None] = nothing

    def customers(self, cursor: str | None) -> CustomerPage:
        self.on_list()
        return super().customers(cursor)

    def upsert_customers(self, customers: Sequence[Customer]) -> list[Upserted]:
        self.on_upsert()
        return super().upsert_customers(customers)

    def retire_customers(self, numbers: Sequence[str]) -> list[Upserted]:
        self.on_retire()
        return super().retire_customers(numbers)


@dataclass
class World:
    """Everything around the use case, with a clock that stands still until moved."""

    now: datetime = NOW
    smartday: WatchedSmartday = field(default_factory=WatchedSmartday)
    integrations: MemoryIntegrationStore = field(default_factory=MemoryIntegrationStore)
    bindings: MemoryBindingStore = field(default_factory=MemoryBindingStore)
    cursors: MemoryCursorStore = field(default_factory=MemoryCursorStore)
    queue: MemoryStreamQueue = field(default_factory=MemoryStreamQueue)
    tasks: MemoryTaskStore = field(default_factory=MemoryTaskStore)
    task_queue: MemoryTaskQueue = field(default_factory=MemoryTaskQueue)
    matches: MemoryMatchStore = field(default_factory=MemoryMatchStore)
    waits: list[timedelta] = field(default_factory=list)
    workers: int = 0

    def __post_init__(self) -> None:
        self.erp = MemoryErp(clock=lambda: self.now)
        self.results = MemoryImportResultStore(lambda: self.now)
        self.integrations.save(replace(integration(), revision=0))

    @property
    def ports(self) -> ImportPorts:
        return ImportPorts(
            clock=lambda: self.now,
            wait=self.wait,
            together=one_by_one,
            integrations=self.integrations,
            bindings=self.bindings,
            cursors=self.cursors,
            results=self.results,
            queue=self.queue,
            erp=lambda _: self.erp,
            field_service=lambda _: self.smartday,
            tasks=self.tasks,
            task_queue=self.task_queue,
            matches=self.matches,
        )

    def wait(self, span: timedelta) -> None:
        self.waits.append(span)
        self.now += span

    def start(
        self, stream: Stream = CUSTOMERS, full: bool = False, left: timedelta = INVOCATION
    ) -> Run | None:
        """A message arrives at a new worker."""
        self.workers += 1
        worker = f"worker {self.workers}"
        return import_master_data(self.ports, AGREEMENT, stream, full, worker, self.now + left)

    def run(self, stream: Stream = CUSTOMERS, full: bool = False, left: timedelta = INVOCATION) -> Run:
        run = self.start(stream, full, left)
        assert run is not None
        return run

    def put(self, *ids: int, changed_at: datetime = LONG_AGO, name: str = "Kunde", **card: Any) -> None:
        for one in ids:
            self.erp.put_customer(ErpCustomer(one, f"{name} {one}", type="Business", **card), changed_at)

    def cursor(self, stream: Stream = CUSTOMERS) -> Cursor:
        return self.cursors.get(AGREEMENT, stream) or Cursor(AGREEMENT, stream)

    def set(self, **settings: Any) -> None:
        """A person changes settings."""
        stored = self.integrations.integrations[AGREEMENT]
        changed = replace(stored.settings, **settings)
        self.integrations.save(stored.with_settings(changed, self.now))

    def hold(self, task_id: str, waits_for: str | None, state: TaskState = TaskState.HELD) -> TaskRecord:
        """A task stands still and waits for this."""
        record = TaskRecord(
            AGREEMENT, task_id, self.now, self.now, state, wanted_version=3, handled_version=3
        )
        return self.tasks.save(replace(record, reason="customer_unknown", waits_for=waits_for))

    @property
    def released(self) -> list[str]:
        """Tasks queued since the last time, in the order of their ids."""
        return sorted(one.task_id for one in self.task_queue.take())

    def turn(self, state: IntegrationState) -> None:
        self.integrations.save(replace(self.integrations.integrations[AGREEMENT], state=state))

    def kill_at_batch(self, number: int) -> None:
        self.smartday.on_upsert = raising_at(Killed(), number)

    def fail_at_batches(self, error: Exception, *numbers: int) -> None:
        """A batch that fails is sent once more before it counts as failed."""
        self.smartday.on_upsert = raising_at(error, *numbers)


def raising_at(error: BaseException, *numbers: int) -> Callable[[], None]:
    batches = iter(range(1, 10_000))

    def happen() -> None:
        if next(batches) in numbers:
            raise error

    return happen


def once(happen: Callable[[], object]) -> Callable[[], None]:
    pending = [happen]

    def step() -> None:
        if pending:
            pending.pop()()

    return step


def stepping(world: World, step: timedelta) -> Callable[[], datetime]:
    def clock() -> datetime:
        now = world.now
        world.now += step
        return now

    return clock

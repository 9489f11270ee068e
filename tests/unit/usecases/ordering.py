"""A world around the use case that creates orders, with a clock that stands still until moved."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from connector.domain import task_decisions
from connector.domain.binding import Binding, Kind
from connector.domain.stream import Cursor, Stream
from connector.domain.task import Task
from connector.domain.task_record import TaskRecord, TaskState
from connector.usecases.create_order import create_order
from connector.usecases.import_turn import basis_of
from connector.usecases.task_work import OrderPorts
from tests.builders import PRODUCT_IDS, example_task, integration
from tests.fakes.erp import MemoryErp
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.import_stores import MemoryCursorStore
from tests.fakes.queues import MemoryTaskQueue
from tests.fakes.stores import (
    MemoryBindingStore,
    MemoryCustomerClaimStore,
    MemoryIntegrationStore,
    MemoryTaskStore,
)

AGREEMENT, TASK = "104477", "48213"
SETTLE = timedelta(minutes=15)
INVOCATION = timedelta(minutes=2)


@dataclass
class World:
    """Everything around the use case, with a clock that stands still until moved."""

    now: datetime = datetime(2026, 9, 14, 11, 5, tzinfo=UTC)
    erp: MemoryErp = field(default_factory=MemoryErp)
    smartday: MemoryFieldService = field(default_factory=MemoryFieldService)
    tasks: MemoryTaskStore = field(default_factory=MemoryTaskStore)
    integrations: MemoryIntegrationStore = field(default_factory=MemoryIntegrationStore)
    bindings: MemoryBindingStore = field(default_factory=MemoryBindingStore)
    cursors: MemoryCursorStore = field(default_factory=MemoryCursorStore)
    customer_claims: MemoryCustomerClaimStore = field(default_factory=MemoryCustomerClaimStore)
    queue: MemoryTaskQueue = field(default_factory=MemoryTaskQueue)
    workers: int = 0

    def __post_init__(self) -> None:
        stored = self.integrations.save(replace(integration(), revision=0))
        for stream in (Stream.CUSTOMERS, Stream.PRODUCTS):
            basis = basis_of(stored, stream)
            self.cursors.save(Cursor(AGREEMENT, stream, watermark=self.now, basis=basis))
        self.smartday.put_task(example_task())
        self.bindings.put(AGREEMENT, [Binding(Kind.CUSTOMERS, "10021", 10021)])
        self.bindings.put(
            AGREEMENT, [Binding(Kind.PRODUCTS, number, id_) for number, id_ in PRODUCT_IDS.items()]
        )

    @property
    def ports(self) -> OrderPorts:
        return OrderPorts(
            clock=lambda: self.now,
            integrations=self.integrations,
            tasks=self.tasks,
            bindings=self.bindings,
            customer_claims=self.customer_claims,
            cursors=self.cursors,
            queue=self.queue,
            erp=lambda _: self.erp,
            field_service=lambda _: self.smartday,
            settle=SETTLE,
        )

    def hear(self, version: int = 7, left: timedelta = INVOCATION) -> TaskRecord | None:
        """A message about the task arrives at a new worker."""
        self.workers += 1
        return create_order(self.ports, AGREEMENT, TASK, version, f"worker {self.workers}", self.now + left)

    def hear_of(self, task_id: str) -> TaskRecord | None:
        """A message about another task arrives at a new worker."""
        self.workers += 1
        return create_order(
            self.ports, AGREEMENT, task_id, 1, f"worker {self.workers}", self.now + INVOCATION
        )

    def put(self, **changes: object) -> Task:
        """The task changes in Smartday."""
        task = replace(example_task(), **changes)  # type: ignore[arg-type]
        self.smartday.put_task(task)
        return task

    def hear_for(self, span: timedelta) -> None:
        """Messages keep coming, every minute or so."""
        for _ in range(int(span / timedelta(minutes=1))):
            self.hear(version=0)
            self.later(timedelta(minutes=1))

    def choose(self, **settings: object) -> None:
        """Other settings from now on."""
        stored = self.integrations.get(AGREEMENT)
        assert stored is not None
        wanted = replace(stored.settings, **settings)  # type: ignore[arg-type]
        self.integrations.save(stored.with_settings(wanted, self.now))

    def bind_customer(self, number: str) -> None:
        """The import has brought this customer in."""
        self.bindings.put(AGREEMENT, [Binding(Kind.CUSTOMERS, number, int(number))])

    def decide(self, what: str, *words: str) -> TaskRecord:
        """A person decides: the name of a function in `task_decisions`, and who and why."""
        decision = getattr(task_decisions, what)
        return self.tasks.save(decision(self.record, self.now, *words))

    @property
    def record(self) -> TaskRecord:
        found = self.tasks.get(AGREEMENT, TASK)
        assert found is not None
        return found

    def state(self) -> TaskState:
        return self.record.state

    def owes_receipt(self) -> bool:
        return self.record.receipt is not None

    def later(self, span: timedelta) -> None:
        self.now += span


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


def received(world: World) -> TaskRecord:
    return TaskRecord(AGREEMENT, TASK, created_at=world.now, changed_at=world.now)


def note(world: World, version: int) -> None:
    world.tasks.save(replace(world.record, wanted_version=version))

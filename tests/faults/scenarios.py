"""What happens in a cell: the path that contains the step, how it goes on, and what must hold at its end.

A scenario is begun before the fault is there, goes through its step while it is, and is driven by what goes
on by itself: schedule, queues, and whoever called and was refused.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

from connector.domain.binding import Binding, Kind
from connector.domain.integration import ErpCompany, Integration, IntegrationState
from connector.domain.stream import Cursor, Stream
from connector.domain.task_record import TaskRecord
from sandbox import seed, seed_tasks
from sandbox.smartday import demo as bridge_demo
from sandbox.twentyfoursevenoffice import demo as erp_demo
from tests.faults.backing import AGREEMENT
from tests.faults.ground import PRODUCTS
from tests.faults.world import World

COMPANY = ErpCompany(str(erp_demo.CLIENT_ID), erp_demo.CLIENT_NAME)
BUYER = 10021

NOT_COPIED = frozenset({"changed_at", "created_at", "export", "finished_at", "outcome", "status", "version"})

PRODUCT_IDS = {one["No"]: one["Id"] for one in seed.products(PRODUCTS) if one["No"]}

LONG_BEFORE = timedelta(days=1)
JUST_BEFORE = timedelta(minutes=1)


class Scenario(Protocol):
    """One path. `word` is what its good end is called."""

    word: str

    def begin(self, world: World) -> None:
        """What is there before the fault."""

    def go(self, world: World) -> None:
        """What leads to the step, once."""

    def drive(self, world: World) -> None:
        """What goes on by itself, once."""

    def again(self, world: World) -> None:
        """The same message again, handled by another process at once."""

    def is_settled(self, world: World) -> bool:
        """Whether nothing is left to do."""

    def check(self, world: World) -> None:
        """Assert what must hold at any time."""


def activated(world: World, *, has_session: bool = True) -> None:
    """An active integration whose customer and products are bound, its streams read until just now, and a
    session at the ERP unless the cell is about that.
    """

    def arrange() -> None:
        now, stores = world.clock(), world.stores
        start = now - LONG_BEFORE
        stores.integrations.save(
            Integration(AGREEMENT, bridge_demo.AGREEMENT_NAME, IntegrationState.ACTIVE, COMPANY, start, start)
        )
        products = [Binding(Kind.PRODUCTS, number, PRODUCT_IDS[number]) for number in ("T100", "T150", "KM")]
        stores.bindings.put(AGREEMENT, [Binding(Kind.CUSTOMERS, str(BUYER), BUYER), *products])
        bases = {Stream.TASKS: start.isoformat(), Stream.CUSTOMERS: COMPANY.id, Stream.PRODUCTS: COMPANY.id}
        for stream, basis in bases.items():
            stores.cursors.save(Cursor(AGREEMENT, stream, watermark=now - JUST_BEFORE, basis=basis))
        if has_session:
            world.log_in()

    world.backing.begin_with("active, logged in" if has_session else "active", arrange)


def finish_task(world: World, task_id: str) -> None:
    """A task is finished in the field: the example's customer, its first two lines."""
    example = seed_tasks.example_task()
    like = {name: value for name, value in example.items() if name not in NOT_COPIED}
    own = {"id": task_id, "number": task_id, "status": "finished"}
    lines = [_plain(line) | {"id": f"r-{task_id}-{n}"} for n, line in enumerate(example["registrations"][:2])]
    world.smartday("POST", "/tasks", _plain(like | own | {"registrations": lines}))


def add_line(world: World, task_id: str) -> int:
    """A line more on the task; gives the version that has it."""
    product = {"id": "p-KM", "external_number": "KM", "name": "Kjøring"}
    line = {"product": product, "quantity": 12, "unit_price": 8}
    task = world.smartday("POST", f"/tasks/{task_id}/registrations", {"add": [line]})
    return int(task["version"])


def _plain(given: Any) -> Any:
    """Decimals as JSON numbers."""
    if isinstance(given, dict):
        return {name: _plain(value) for name, value in given.items()}
    if isinstance(given, list):
        return [_plain(value) for value in given]
    return float(given) if isinstance(given, Decimal) else given


def orders_of(world: World, task_id: str) -> list[Any]:
    """The orders of the task as the ERP has them."""
    found: list[Any] = world.erp("GET", f"/orders?reference=SD-{AGREEMENT}-{task_id}")["orders"]
    return found


def record_of(world: World, task_id: str) -> TaskRecord | None:
    """Our record of the task."""
    return world.stores.tasks.get(AGREEMENT, task_id)


def check_order(world: World, task_id: str) -> None:
    """The task has one order, with exactly its lines."""
    orders = orders_of(world, task_id)
    assert len(orders) == 1, f"{len(orders)} orders of one key"
    task = world.smartday("GET", f"/tasks/{task_id}")
    rows = [row for row in orders[0]["InvoiceRows"] if row["Type"] == "Normal"]
    assert sorted((row["ProductId"], Decimal(str(row["Quantity"]))) for row in rows) == _wanted_rows(task)


def _wanted_rows(task: Any) -> list[tuple[int, Decimal]]:
    return sorted(
        (PRODUCT_IDS[line["product"]["external_number"]], Decimal(str(line["quantity"])))
        for line in task["registrations"]
    )


@dataclass
class Ordering:
    """A finished task, told of by webhook, becomes its order; tells Smartday so."""

    word: str = "ordered"
    has_session: bool = True
    task_id: str = ""
    version: int = 1
    record: TaskRecord | None = None
    unheard: list[tuple[str, int]] = field(default_factory=list)

    def begin(self, world: World) -> None:
        self.task_id = world.task_id
        activated(world, has_session=self.has_session)

    def go(self, world: World) -> None:
        finish_task(world, self.task_id)
        self.tell(world)
        world.work_off_orders()

    def tell(self, world: World) -> None:
        """Smartday's webhook, sent again with the next drive when it isn't taken."""
        if not world.webhook(self.task_id, self.version):
            self.unheard.append((self.task_id, self.version))

    def drive(self, world: World) -> None:
        again, self.unheard = self.unheard, []
        for task_id, version in again:
            if not world.webhook(task_id, version):
                self.unheard.append((task_id, version))
        world.dispatch()
        world.work_off_orders()

    def again(self, world: World) -> None:
        world.order(self.task_id, self.version)

    def is_settled(self, world: World) -> bool:
        self.record = record = record_of(world, self.task_id)
        return record is not None and record.is_settled and record.receipt is None

    def check(self, world: World) -> None:
        """No cursor moves here, and orders don't go away: they are looked at in the end."""


@dataclass
class Looking(Ordering):
    """A create that took effect, whose answer was lost: the order is looked up, also later than at once."""

    def begin(self, world: World) -> None:
        self.task_id = world.task_id
        activated(world)
        world.erp("POST", "/faults", {"name": "reset", "operation": "SaveInvoices", "when": "after"})


@dataclass
class Changing(Ordering):
    """An ordered task gets one line more, and its order with it."""

    def begin(self, world: World) -> None:
        self.task_id = world.task_id
        activated(world)
        finish_task(world, self.task_id)
        self.tell(world)
        world.work_off_orders()
        assert len(orders_of(world, self.task_id)) == 1

    def go(self, world: World) -> None:
        self.version = add_line(world, self.task_id)
        self.tell(world)
        world.work_off_orders()

"""What one order costs: our use case with its real adapters, against the straightforward way.

Decision: both make orders of like tasks at the same stand-ins, in turns, in one process. Processor time is
that of the thread that makes the orders, so the stand-ins don't count; in wall time they do, for both.
Our stores are in memory: what DynamoDB costs is AWS's to tell.
"""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from bench.store_calls import counted, listed
from bench.straightforward import Straightforward
from connector.adapters.dynamodb import codec
from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.client import BridgeFieldService
from connector.adapters.twentyfoursevenoffice.client import connect
from connector.domain.binding import Binding, Kind
from connector.domain.integration import Credentials, ErpCompany, Integration, IntegrationState
from connector.domain.order_mapping import Bindings
from connector.domain.task_record import TaskState
from connector.errors import Side
from connector.ports import Erp, FieldService
from connector.usecases.create_order import create_order
from connector.usecases.task_work import OrderPorts
from sandbox import seed
from sandbox.serving import serve
from sandbox.smartday import app as smartday
from sandbox.smartday import demo as smartday_demo
from sandbox.smartday.state import Options
from sandbox.twentyfoursevenoffice import app as erp
from sandbox.twentyfoursevenoffice import demo as erp_demo
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.fakes.import_stores import MemoryCursorStore
from tests.fakes.queues import MemoryTaskQueue
from tests.fakes.session_stores import MemorySecretStore, MemorySessionStore
from tests.fakes.stores import (
    MemoryBindingStore,
    MemoryCustomerClaimStore,
    MemoryIntegrationStore,
    MemoryTaskStore,
    utc_now,
)

ORDERS = 100
"""Of each way."""

CUSTOMERS, PRODUCTS = 200, 100
WITHOUT_LIMITS = 10_000_000
AGREEMENT = smartday_demo.AGREEMENT_NUMBER
LOGINS = Credentials(
    smartday_demo.BRIDGE_USER,
    smartday_demo.BRIDGE_PASSWORD,
    erp_demo.USERNAME,
    erp_demo.PASSWORD,
    erp_demo.IDENTITY_ID,
)


@dataclass
class Spent:
    """Milliseconds of each order, and all calls that the stand-ins saw."""

    processor: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    def add(self, make: Callable[[], object]) -> None:
        """Make one order, and note what it took."""
        processor, wall = time.thread_time(), time.perf_counter()
        make()
        self.processor.append((time.thread_time() - processor) * 1000)
        self.wall.append((time.perf_counter() - wall) * 1000)


@dataclass
class World:
    """Both stand-ins, and what is known of the customer."""

    smartday_url: str
    erp_url: str
    integration: Integration
    bindings: Bindings
    control: httpx.Client

    def calls(self) -> Counter[str]:
        """How often each operation arrived, at both."""
        smartday_calls, erp_calls = (
            self._ask("GET", url, "/calls") for url in (self.smartday_url, self.erp_url)
        )
        return Counter(smartday_calls["total"]) + Counter(erp_calls["total"])

    def finished_tasks(self) -> list[tuple[str, int]]:
        """Id and version of all tasks; they are finished now."""
        listed = self._ask("GET", self.smartday_url, "/tasks")["tasks"]
        done = self._ask("POST", self.smartday_url, "/tasks:finish", task_ids=[one["id"] for one in listed])
        return [(one["task_id"], one["version"]) for one in done["finished"]]

    def _ask(self, method: str, url: str, path: str, **body: Any) -> dict[str, Any]:
        answer = self.control.request(method, f"{url}/_control{path}", json=body or None)
        return dict(answer.raise_for_status().json())


def main() -> None:
    """Make the orders and print the table."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    with _world() as world, console.status("Making orders …"):
        records, store_calls = MemoryTaskStore(), Counter[str]()
        ways = [(_connector(world, records, store_calls), Spent()), (_straightforward(world), Spent())]
        tasks = iter(world.finished_tasks())
        for make, _ in ways:
            make(*next(tasks))  # a warm function: logged in, everything loaded
        store_calls.clear()
        for _ in range(ORDERS):
            for make, spent in ways:
                task_id, version = next(tasks)
                before = world.calls()
                spent.add(partial(make, task_id, version))
                spent.calls += world.calls() - before
    _draw(console, *(spent for _, spent in ways))
    size = statistics.median(codec.size(codec.dump(one)) for one in records.records.values())
    stores = f"connector, stores: {listed(store_calls, ORDERS)}; a task record takes {size:,.0f} bytes"
    console.print(stores, style="dim")


Make = Callable[[str, int], object]
"""Makes the order of a task, by id and version."""


def _connector(world: World, tasks: MemoryTaskStore, store_calls: Counter[str]) -> Make:
    """`create_order` as `bootstrap` puts it together, on stores in memory, whose calls are counted."""
    integrations, bindings, sessions = MemoryIntegrationStore(), MemoryBindingStore(), MemorySessionStore()
    secrets, cursors = MemorySecretStore({AGREEMENT: LOGINS}), MemoryCursorStore()
    integrations.save(world.integration)
    bindings.put(AGREEMENT, [*world.bindings.customers.values(), *world.bindings.products.values()])
    counted(integrations, "integrations", store_calls)
    counted(bindings, "bindings", store_calls)
    counted(sessions, "sessions", store_calls)
    counted(secrets, "secrets", store_calls)
    counted(tasks, "tasks", store_calls)
    counted(cursors, "cursors", store_calls)

    def field_service(number: str) -> FieldService:
        pace = PaceKeeper(sessions, number, Side.SMARTDAY, utc_now)
        login = (LOGINS.bridge_user, LOGINS.bridge_password)
        return BridgeFieldService(number, f"{world.smartday_url}/v1", lambda _: login, pace, utc_now)

    def erp_side(number: str) -> Erp:
        application_id, wait = erp_demo.APPLICATION_ID, lambda _: None
        return connect(world.erp_url, application_id, number, sessions, secrets, utc_now, wait)

    ports = OrderPorts(
        clock=utc_now,
        integrations=integrations,
        tasks=tasks,
        bindings=bindings,
        customer_claims=MemoryCustomerClaimStore(),
        cursors=cursors,
        queue=MemoryTaskQueue(),
        erp=erp_side,
        field_service=field_service,
        settle=timedelta(minutes=15),
    )

    def make(task_id: str, version: int) -> None:
        deadline = utc_now() + timedelta(minutes=2)
        record = create_order(ports, AGREEMENT, task_id, version, f"bench/{task_id}", deadline)
        if record is None or record.state is not TaskState.ORDERED:
            raise RuntimeError(f"task {task_id} became no order: {record and record.reason}")

    return make


def _straightforward(world: World) -> Make:
    login = httpx.BasicAuth(LOGINS.bridge_user.encode(), LOGINS.bridge_password.encode())
    headers = {"Smartday-Agreement": AGREEMENT}
    smartday_side = httpx.Client(
        base_url=f"{world.smartday_url}/v1", auth=login, headers=headers, trust_env=False
    )
    way = Straightforward(smartday_side, world.erp_url, world.integration, world.bindings)
    way.log_in(
        ApplicationId=erp_demo.APPLICATION_ID,
        IdentityId=erp_demo.IDENTITY_ID,
        Username=erp_demo.USERNAME,
        Password=erp_demo.PASSWORD,
    )
    return lambda task_id, _version: way.create_order(task_id)


@contextmanager
def _world() -> Iterator[World]:
    """Both stand-ins on this machine, without limits, and everything that an import would have bound."""
    options = Options(
        customers=CUSTOMERS,
        products=PRODUCTS,
        tasks=2 * ORDERS + 2,
        requests_per_minute=WITHOUT_LIMITS,
        concurrent=WITHOUT_LIMITS,
    )
    limits = Limits(*3 * (WITHOUT_LIMITS,))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    company = ErpCompany(str(erp_demo.CLIENT_ID), erp_demo.CLIENT_NAME)
    integration = Integration(
        AGREEMENT, smartday_demo.AGREEMENT_NAME, IntegrationState.ACTIVE, company, start, start
    )
    numbers = [str(one["Id"]) for one in seed.companies(CUSTOMERS)]
    customers = {number: Binding(Kind.CUSTOMERS, number, int(number)) for number in numbers}
    listed = seed.products(PRODUCTS)
    products = {one["No"]: Binding(Kind.PRODUCTS, one["No"], one["Id"]) for one in listed}
    with (
        serve(smartday.create_app(options)) as smartday_url,
        serve(erp.create_app(CUSTOMERS, PRODUCTS, limits=limits)) as erp_url,
        httpx.Client(timeout=60, trust_env=False) as control,
    ):
        yield World(smartday_url, erp_url, integration, Bindings(customers, products), control)


def _draw(console: Console, ours: Spent, theirs: Spent) -> None:
    table = Table(title=f"One order, {ORDERS} each way", show_edge=False)
    table.add_column("")
    for heading in ("connector", "straightforward", "÷ connector"):
        table.add_column(heading, justify="right")
    rows = {
        "calls an order": (ours.calls.total() / ORDERS, theirs.calls.total() / ORDERS),
        "processor time, median ms": (statistics.median(ours.processor), statistics.median(theirs.processor)),
        "wall time, median ms": (statistics.median(ours.wall), statistics.median(theirs.wall)),
    }
    for name, (own, other) in rows.items():
        table.add_row(name, f"{own:.2f}", f"{other:.2f}", f"{other / own:.2f} ×")
    console.print(table)
    for name, spent in (("connector", ours), ("straightforward", theirs)):
        counted = ", ".join(f"{call} {count / ORDERS:g}" for call, count in sorted(spent.calls.items()))
        console.print(f"{name}: {counted}", style="dim")


if __name__ == "__main__":
    main()

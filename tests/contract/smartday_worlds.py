"""Smartday as the contract suite arranges and inspects it: in memory, and the stand-in over HTTP."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import httpx

from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.client import BridgeFieldService
from connector.adapters.smartday.models import WireTask
from connector.domain.master_data import Customer, FieldCustomer, Product
from connector.domain.task import Place
from connector.errors import CredentialsRejected, RetryLater, Side, Throttled
from connector.ports import FieldService
from sandbox.serving import serve
from sandbox.smartday import demo
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.session_stores import MemorySessionStore
from tests.fakes.stores import utc_now

Wire = dict[str, Any]

CUSTOMER = Customer(
    external_number="10021",
    name="Brønnøysund Rør & Varme AS",
    is_company=True,
    organisation_number=None,
    state="active",
    email="post@eksempel.invalid",
    invoice_email=None,
    phone="+4777000000",
    mobile=None,
    billing_address=Place("Havnegata 2", None, None, "8900", "Brønnøysund", "NO"),
)
PRODUCT = Product(
    external_number="1042210",
    type="goods",
    name="Varmekabel 10 W/m, 50 m",
    description=None,
    unit=None,
    price=Decimal("1249.10"),
    cost_price=None,
    currency="NOK",
    price_includes_vat=False,
    vat_rate=Decimal(25),
    gtin=None,
    state="active",
)


class World(Protocol):
    """Smartday as a test arranges and inspects it."""

    @property
    def service(self) -> FieldService:
        """What is tested."""

    def add(self, tasks: Sequence[Wire]) -> None:
        """Put tasks there, as the contract shapes them."""

    def put_field_customer(self, customer: FieldCustomer) -> None:
        """Put a customer there that was made in the field."""

    def receipts(self) -> list[tuple[str, str | None]]:
        """Task id and order id of the receipts that were accepted, in order."""

    def customer_names(self) -> dict[str, str]:
        """Number → name of all customers that have one."""

    def prices(self) -> dict[str, Decimal | None]:
        """Number → price of all products."""

    def find_fault_with(self, number: str, code: str, field: str) -> None:
        """Expect this complaint about this record; a Bridge that judges by itself needs no telling."""

    def subscriptions(self) -> list[str]:
        """Addresses that events are sent to."""

    def pause_subscription(self) -> None:
        """Bridge sends us nothing any more."""

    def refuse_login(self) -> None:
        """The login is wrong from now on."""

    def throttle(self) -> None:
        """The next call meets a limit."""

    def lose_answer_of(self, method: str) -> None:
        """The next call of a method takes effect, but its caller never hears of it."""


@dataclass
class Memory:
    """The fake itself."""

    service: MemoryFieldService = field(default_factory=lambda: MemoryFieldService(demo.AGREEMENT_NUMBER))

    def add(self, tasks: Sequence[Wire]) -> None:
        for task in tasks:
            wire = WireTask.model_validate(task)
            self.service.put_task(
                wire.to_domain(wire.registrations), datetime.fromisoformat(task["changed_at"])
            )

    def put_field_customer(self, customer: FieldCustomer) -> None:
        self.service.put_field_customer(customer)

    def receipts(self) -> list[tuple[str, str | None]]:
        return [(task_id, receipt.order_id) for task_id, receipt in self.service.receipts]

    def customer_names(self) -> dict[str, str]:
        return {number: customer.name for number, customer in self.service.customers_by_number.items()}

    def prices(self) -> dict[str, Decimal | None]:
        return {number: product.price for number, product in self.service.products_by_number.items()}

    def find_fault_with(self, number: str, code: str, field: str) -> None:
        self.service.rejections[number] = code
        self.service.rejected_fields[number] = field

    def subscriptions(self) -> list[str]:
        known = self.service.subscribed
        return [known.url] if known and known.is_active else []

    def pause_subscription(self) -> None:
        assert self.service.subscribed is not None
        self.service.subscribed = replace(self.service.subscribed, is_active=False)

    def refuse_login(self) -> None:
        rejected = CredentialsRejected(Side.SMARTDAY, "invalid_credentials")
        for method in ("agreement", "task", "finished_tasks"):
            self.service.fail(method, rejected, times=None)

    def throttle(self) -> None:
        until = utc_now() + timedelta(seconds=30)
        self.service.current_pace = self.service.current_pace.throttled(until)
        self.service.fail("task", Throttled(Side.SMARTDAY, until))

    def lose_answer_of(self, method: str) -> None:
        self.service.fail(method, RetryLater("smartday_unreachable"), after_effect=True)


OPERATIONS = {
    "send_receipt": "export_receipt",
    "upsert_customers": "batch_customers",
    "retire_customers": "batch_customers",
    "link_customer": "put_customer",
}


@dataclass
class Stood:
    """The real adapter, and the control side of the stand-in that it calls."""

    service: BridgeFieldService
    control: httpx.Client

    def add(self, tasks: Sequence[Wire]) -> None:
        self._post("/tasks", {"tasks": list(tasks)})

    def put_field_customer(self, customer: FieldCustomer) -> None:
        self._post("/customers", asdict(customer))

    def receipts(self) -> list[tuple[str, str | None]]:
        found = self._get("/receipts")["receipts"]
        return [(receipt["task_id"], receipt["received"]["order_id"]) for receipt in found]

    def customer_names(self) -> dict[str, str]:
        listed = self._get("/customers")["items"]
        return {one["external_number"]: one["name"] for one in listed if one["external_number"]}

    def prices(self) -> dict[str, Decimal | None]:
        return {one["external_number"]: one["price"] for one in self._get("/products")["items"]}

    def find_fault_with(self, number: str, code: str, field: str) -> None:
        pass

    def shown(self, path: str) -> Wire:
        """A record as Bridge itself shows it."""
        answer: Wire = json.loads(self._bridge("GET", path).text, parse_float=Decimal)
        return answer

    def write(self, path: str, fields: Wire) -> None:
        """Put a record at Bridge as somebody else would, with whatever fields."""
        self._bridge("PUT", path, content=json.dumps(fields))

    def subscriptions(self) -> list[str]:
        return [one["url"] for one in self._get("/webhooks")["subscriptions"] if one["active"]]

    def pause_subscription(self) -> None:
        self._post("/subscription", {"active": False})

    def refuse_login(self) -> None:
        self._post("/credentials", {"bridge_password": "et annet"})

    def throttle(self) -> None:
        self._post("/faults", {"name": "status", "status": 429, "retry_after": 30})

    def lose_answer_of(self, method: str) -> None:
        fault = {"name": "reset", "operation": OPERATIONS[method], "when": "after", "times": 2}
        self._post("/faults", fault)

    def _bridge(self, method: str, path: str, content: str | None = None) -> httpx.Response:
        address = self.control.base_url.copy_with(path=f"/v1{path}")
        login = (demo.BRIDGE_USER, demo.BRIDGE_PASSWORD)
        headers = {"Smartday-Agreement": demo.AGREEMENT_NUMBER}
        given = self.control.request(method, address, auth=login, headers=headers, content=content)
        return given.raise_for_status()

    def _post(self, path: str, body: Wire) -> None:
        self.control.post(path, content=json.dumps(body, default=float)).raise_for_status()

    def _get(self, path: str) -> Wire:
        answer: Wire = json.loads(self.control.get(path).raise_for_status().text, parse_float=Decimal)
        return answer


@contextmanager
def standing() -> Iterator[str]:
    """Bridge's stand-in, served; gives its address."""
    with serve(create_app(Options(tasks=0, requests_per_minute=100_000))) as url:
        yield url


@contextmanager
def connected(url: str) -> Iterator[Stood]:
    """The stand-in at this address without tasks, customers and products, and the adapter in front of it."""
    pace = PaceKeeper(MemorySessionStore(), demo.AGREEMENT_NUMBER, Side.SMARTDAY, utc_now)
    login = (demo.BRIDGE_USER, demo.BRIDGE_PASSWORD)
    service = BridgeFieldService(
        demo.AGREEMENT_NUMBER, f"{url}/v1", lambda _: login, pace, utc_now, timeout=httpx.Timeout(10)
    )
    with httpx.Client(base_url=f"{url}/_control", trust_env=False) as control:
        control.post("/reset").raise_for_status()
        yield Stood(service, control)
    service.close()

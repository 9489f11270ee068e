"""Smartday as the contract suite arranges and inspects it: in memory, and the stand-in over HTTP."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import httpx

from connector.adapters.smartday.client import BridgeFieldService
from connector.adapters.smartday.models import WireTask
from connector.errors import CredentialsRejected, RetryLater, Side, Throttled
from connector.ports import FieldService
from sandbox.smartday import demo
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.stores import utc_now

Wire = dict[str, Any]


class World(Protocol):
    """Smartday as a test arranges and inspects it."""

    @property
    def service(self) -> FieldService:
        """What is tested."""

    def add(self, tasks: Sequence[Wire]) -> None:
        """Put tasks there, as the contract shapes them."""

    def receipts(self) -> list[tuple[str, str]]:
        """Task id and order id of the receipts that were accepted, in order."""

    def customer_names(self) -> dict[str, str]:
        """Number → name of all customers."""

    def prices(self) -> dict[str, Decimal | None]:
        """Number → price of all products."""

    def subscriptions(self) -> list[str]:
        """Addresses that events are sent to."""

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

    def receipts(self) -> list[tuple[str, str]]:
        return [(task_id, receipt.order_id) for task_id, receipt in self.service.receipts]

    def customer_names(self) -> dict[str, str]:
        return {number: customer.name for number, customer in self.service.customers.items()}

    def prices(self) -> dict[str, Decimal | None]:
        return {number: product.price for number, product in self.service.products.items()}

    def subscriptions(self) -> list[str]:
        return [self.service.subscription[0]] if self.service.subscription else []

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


OPERATIONS = {"send_receipt": "export_receipt", "upsert_customers": "batch_customers"}


@dataclass
class Stood:
    """The real adapter, and the control side of the stand-in that it calls."""

    service: BridgeFieldService
    control: httpx.Client

    def add(self, tasks: Sequence[Wire]) -> None:
        self._post("/tasks", {"tasks": list(tasks)})

    def receipts(self) -> list[tuple[str, str]]:
        found = self._get("/receipts")["receipts"]
        return [(receipt["task_id"], receipt["received"]["order_id"]) for receipt in found]

    def customer_names(self) -> dict[str, str]:
        return {one["external_number"]: one["name"] for one in self._get("/customers")["items"]}

    def prices(self) -> dict[str, Decimal | None]:
        return {one["external_number"]: one["price"] for one in self._get("/products")["items"]}

    def subscriptions(self) -> list[str]:
        return [one["url"] for one in self._get("/webhooks")["subscriptions"] if one["active"]]

    def refuse_login(self) -> None:
        self._post("/credentials", {"bridge_password": "et annet"})

    def throttle(self) -> None:
        self._post("/faults", {"name": "status", "status": 429, "retry_after": 30})

    def lose_answer_of(self, method: str) -> None:
        fault = {"name": "reset", "operation": OPERATIONS[method], "when": "after", "times": 2}
        self._post("/faults", fault)

    def _post(self, path: str, body: Wire) -> None:
        self.control.post(path, content=json.dumps(body, default=float)).raise_for_status()

    def _get(self, path: str) -> Wire:
        answer: Wire = json.loads(self.control.get(path).raise_for_status().text, parse_float=Decimal)
        return answer

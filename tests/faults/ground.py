"""What all cells of one worker share: the engine's clients, both stand-ins, the line to them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from starlette.types import ASGIApp

from sandbox.serving import serve
from sandbox.smartday.app import create_app as create_bridge
from sandbox.smartday.state import Options
from sandbox.twentyfoursevenoffice.app import create_app as create_erp
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.account import Account
from tests.faults.on_aws import OnAws
from tests.faults.steps import Side

CUSTOMERS, PRODUCTS = 25, 20
"""Enough for the example's customer 10021 and its products."""

PAGE_SIZE = 2
"""Of the sync list, so that three changed customers are two pages."""

MANY = 1_000_000

SOAP_ACTION = "SOAPAction"

BRIDGE_OPERATIONS = (
    ("GET", "/v1/tasks/", "get_task"),
    ("GET", "/v1/tasks", "list_tasks"),
    ("POST", "/v1/tasks/", "export_receipt"),
    ("POST", "/v1/customers:batch", "batch_customers"),
    ("PUT", "/v1/webhook-subscriptions/", "put_subscription"),
)
"""Method and beginning of the path → operation, of those that are steps."""


class Network(httpx.BaseTransport):
    """The line below the adapters. `disturb` may meet the calls of one operation otherwise."""

    def __init__(self) -> None:
        self.line = httpx.HTTPTransport(verify=False, trust_env=False)
        self.operation = ""
        self.disturb: Callable[[httpx.Request], httpx.Response] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.disturb is not None and operation_of(request) == self.operation:
            return self.disturb(request)
        return self.line.handle_request(request)

    def rest(self) -> None:
        """Disturb nothing any more."""
        self.disturb = None


def operation_of(request: httpx.Request) -> str:
    """What the request asks for, by the stand-ins' names."""
    if action := request.headers.get(SOAP_ACTION):
        return str(action).strip('"').rpartition("/")[2]
    asked = request.method, request.url.path
    return next((name for method, path, name in BRIDGE_OPERATIONS if _begins(asked, method, path)), "")


def _begins(asked: tuple[str, str], method: str, path: str) -> bool:
    return asked[0] == method and asked[1].startswith(path)


@dataclass(frozen=True)
class StandIn:
    """One stand-in: where it listens, and its control side."""

    url: str
    control: httpx.Client

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A control call; gives its JSON, if any. Fails when it is refused."""
        answer = self.control.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@dataclass
class Ground:
    """`aws` is the backing of the cells that need it; `session` is a live one at the ERP."""

    aws: OnAws
    stand_ins: dict[Side, StandIn]
    network: Network
    task_ids: Iterator[int] = field(default_factory=lambda: count(70_001))
    session: str | None = None

    def clean(self) -> None:
        """Take away what the last cell left at the stand-ins and on the line."""
        self.network.rest()
        self.stand_ins[Side.SMARTDAY].ask("POST", "/reset")
        self.stand_ins[Side.ERP].ask("DELETE", "/faults")


@contextmanager
def prepared(account: Account) -> Iterator[Ground]:
    """Both stand-ins served from threads, and the clients made."""
    limits = Limits(calls_per_hour=MANY, calls_per_second=MANY, logins_per_hour=MANY)
    apps: dict[Side, ASGIApp] = {
        Side.ERP: create_erp(CUSTOMERS, PRODUCTS, limits=limits, page_size=PAGE_SIZE),
        Side.SMARTDAY: create_bridge(
            Options(customers=CUSTOMERS, products=PRODUCTS, tasks=0, requests_per_minute=MANY)
        ),
    }
    with ExitStack() as held:
        stand_ins = {}
        for side, app in apps.items():
            url = held.enter_context(serve(app))
            control = httpx.Client(base_url=f"{url}/_control", trust_env=False, verify=False)
            stand_ins[side] = StandIn(url, held.enter_context(control))
        network = Network()
        held.callback(network.line.close)
        yield Ground(OnAws(account), stand_ins, network)

"""What all cells of one worker share: the engine's clients, both stand-ins, the line to them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
from starlette.types import ASGIApp

from sandbox.serving import serve
from sandbox.smartday import demo
from sandbox.smartday.app import create_app as create_bridge
from sandbox.smartday.state import Options
from sandbox.twentyfoursevenoffice.app import create_app as create_erp
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.account import Account
from tests.faults.steps import Side

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_ssm.client import SSMClient

CUSTOMERS, PRODUCTS = 25, 20
"""Enough for the example's customer 10021 and its products."""

PAGE_SIZE = 2
"""Of the sync list, so that three changed customers are two pages."""

MANY = 1_000_000

RECEIVES = 10
"""The template's `maxReceiveCount`."""

BATCH = 25
"""BatchWriteItem takes so many."""

KEYS = {
    "integrations": ("agreement_number",),
    "tasks": ("agreement_number", "task_id"),
    "bindings": ("agreement_number", "binding_key"),
    "cursors": ("agreement_number", "stream"),
    "sessions": ("agreement_number", "session_key"),
}

AGREEMENT = demo.AGREEMENT_NUMBER

CHANGED = (10022, 10023, 10024)
"""Three customers that change in the ERP are two pages of the sync list."""

SESSION_KEYS = ("erp_session", "pace#smartday", "pace#twentyfoursevenoffice")

USUAL = {
    ("integrations", (AGREEMENT,)),
    *(
        ("sessions", (AGREEMENT, key))
        for key in ("erp_session", "pace#smartday", "pace#twentyfoursevenoffice")
    ),
    *(("cursors", (AGREEMENT, stream)) for stream in ("customers", "products", "tasks")),
    *(("bindings", (AGREEMENT, f"customers#{number}")) for number in CHANGED),
}
"""Keys of the rows that a cell leaves, besides its task's; others are looked for."""

Row = tuple[str, Mapping[str, Any]]
"""Table and item."""

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
class Queues:
    """The queues' addresses; `dead` is where the orders' messages end that are given up."""

    orders: str
    imports: str
    reconcile: str
    dead: str


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
    """Clients that try once: how the SDK repeats is its own matter, and costs time.

    `session` is a live one at the ERP; `ready` holds rows to begin with, by what they are; the rest says what
    the cells so far left: rows that aren't among `USUAL`, messages of streams.
    """

    dynamodb: "DynamoDBServiceResource"
    tables: dict[str, "Table"]
    sqs: "SQSClient"
    ssm: "SSMClient"
    secrets_manager: "SecretsManagerClient"
    stand_ins: dict[Side, StandIn]
    network: Network
    queues: Queues
    task_ids: Iterator[int] = field(default_factory=lambda: count(70_001))
    task_id: str = ""
    session: str | None = None
    ready: dict[str, list[Row]] = field(default_factory=dict)
    has_secrets: bool = False
    has_streams: bool = False
    is_unclean: bool = True

    def clean(self) -> None:
        """Take away what the last cell left, but for its rows: those go when the next cell's come."""
        self.network.rest()
        used = (self.queues.imports, self.queues.reconcile) if self.has_streams else ()
        for queue in (self.queues.orders, *used):
            self.sqs.purge_queue(QueueUrl=queue)
        self.has_streams = False
        self.stand_ins[Side.SMARTDAY].ask("POST", "/reset")
        self.stand_ins[Side.ERP].ask("DELETE", "/faults")
        if self.is_unclean:
            self.lay([])
            self.is_unclean = False
        self.task_id = str(next(self.task_ids))

    def lay(self, items: Sequence[Row]) -> None:
        """These rows in all tables instead of those that are there, past every store."""
        wanted = {(table, _key(table, item)) for table, item in items}
        there = self._there() if self.is_unclean else {*USUAL, ("tasks", (AGREEMENT, self.task_id))}
        requests: list[tuple[str, Any]] = [
            (table, {"DeleteRequest": {"Key": dict(zip(KEYS[table], key, strict=True))}})
            for table, key in there - wanted
        ]
        requests += [(table, {"PutRequest": {"Item": item}}) for table, item in items]
        for start in range(0, len(requests), BATCH):
            batch: dict[str, Any] = {}
            for table, request in requests[start : start + BATCH]:
                batch.setdefault(table, []).append(request)
            self.dynamodb.meta.client.batch_write_item(RequestItems=batch)

    def _there(self) -> set[tuple[str, tuple[str, ...]]]:
        return {(table, _key(table, item)) for table in KEYS for item in self.rows_of(table)}

    def rows_of(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        found: list[dict[str, Any]] = self.tables[table].scan(ConsistentRead=True)["Items"]
        return found


def _key(table: str, item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(item[name] for name in KEYS[table])


@contextmanager
def prepared(account: Account) -> Iterator[Ground]:
    """Both stand-ins served from threads, and the clients made."""
    limits = Limits(calls_per_hour=MANY, calls_per_second=MANY, logins_per_hour=MANY)
    apps: dict[Side, ASGIApp] = {
        Side.ERP: create_erp(CUSTOMERS, PRODUCTS, limits=limits, page_size=PAGE_SIZE),
        Side.SMARTDAY: create_bridge(Options(tasks=0, requests_per_minute=MANY)),
    }
    with ExitStack() as held:
        stand_ins = {}
        for side, app in apps.items():
            url = held.enter_context(serve(app))
            control = httpx.Client(base_url=f"{url}/_control", trust_env=False, verify=False)
            stand_ins[side] = StandIn(url, held.enter_context(control))
        network = Network()
        held.callback(network.line.close)
        for concept in KEYS:
            account.create_table(concept)
        sqs = account.client("sqs", tries=1)
        dynamodb = account.dynamodb(tries=1)
        yield Ground(
            dynamodb,
            {concept: dynamodb.Table(concept) for concept in KEYS},
            sqs,
            account.client("ssm", tries=1),
            account.client("secretsmanager", tries=1),
            stand_ins,
            network,
            _queues(sqs),
        )


def _queues(sqs: "SQSClient") -> Queues:
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    redrive = {"deadLetterTargetArn": told["QueueArn"], "maxReceiveCount": RECEIVES}
    attributes: Any = {"RedrivePolicy": json.dumps(redrive)}
    made = [
        sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        for name in ("orders", "imports", "reconcile")
    ]
    orders, imports, reconcile = made
    return Queues(orders, imports, reconcile, dead)

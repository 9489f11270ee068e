"""The local engine, once a session; each test works in an account of its own, on the template's tables.

Every store suite here runs against the fake in memory and against the real adapter on the engine, so that
what the fakes promise is what AWS's interface does.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import pytest
from botocore.config import Config

from connector.adapters import aws
from sandbox import template
from sandbox.engine import Engine
from sandbox.toolchain import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table

T = TypeVar("T")

SCHEMA = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


@dataclass(frozen=True)
class Account:
    """An account on the engine that nobody else uses; `tables` are the template's resources."""

    engine_url: str
    session: boto3.session.Session
    tables: dict[str, Any]

    def client(self, service: Any) -> Any:
        return self.session.client(service, endpoint_url=self.engine_url, config=aws.config())

    def create_table(self, concept: str) -> None:
        """Make one of the connector's tables, empty."""
        properties = self.tables[f"{concept.capitalize()}Table"]["Properties"]
        schema: Any = {name: properties[name] for name in SCHEMA if name in properties}
        self._dynamodb().create_table(TableName=concept, **schema)

    def table(self, concept: str, tries: int = 4) -> "Table":
        """The table, through a connection of its own: boto3's resources aren't for several threads."""
        return self._dynamodb(tries).Table(concept)

    def _dynamodb(self, tries: int = 4) -> "DynamoDBServiceResource":
        config = aws.config().merge(Config(retries={"total_max_attempts": tries}))
        return self.session.resource("dynamodb", endpoint_url=self.engine_url, config=config)


@pytest.fixture(scope="session")
def engine_url() -> Iterator[str]:
    """A local engine that runs for this session and is stopped after it; nothing is deployed to it."""
    with Engine() as engine:
        yield engine.url


@pytest.fixture(scope="session")
def tables() -> dict[str, Any]:
    """The template's resources by logical id."""
    resources: dict[str, Any] = template.source()["Resources"]
    return resources


_accounts = count(100_000_000_001)


@pytest.fixture
def account(engine_url: str, tables: dict[str, Any]) -> Account:
    """An empty account on the engine."""
    session = boto3.session.Session(str(next(_accounts)), "local", region_name=REGION)
    return Account(engine_url, session, tables)


@pytest.fixture
def at_once() -> Callable[[Sequence[Callable[[], T]]], list[T | Exception]]:
    """Run the calls at the same moment, one thread each; gives what each answered or raised."""

    def run(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
        start = Event()

        def one(call: Callable[[], T]) -> T | Exception:
            start.wait()
            try:
                return call()
            except Exception as error:  # noqa: BLE001 (the outcome of a call may be any error)
                return error

        with ThreadPoolExecutor(len(calls)) as pool:
            outcomes = [pool.submit(one, call) for call in calls]
            start.set()
            return [outcome.result() for outcome in outcomes]

    return run

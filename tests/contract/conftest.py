"""The local engine, once a session; each test works in an account of its own.

Every suite here runs against the fake in memory and against the real adapter on the engine, so that
what the fakes promise is what AWS's interface does.
"""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import boto3
import pytest
from botocore.config import Config

from connector.adapters import aws as adapters_aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table
    from mypy_boto3_dynamodb.type_defs import (
        AttributeDefinitionTypeDef,
        GlobalSecondaryIndexTypeDef,
        KeySchemaElementTypeDef,
    )

T = TypeVar("T")

KEYS = {
    "integrations": ("agreement_number",),
    "tasks": ("agreement_number", "task_id"),
    "bindings": ("agreement_number", "binding_key"),
    "cursors": ("agreement_number", "stream"),
    "sessions": ("agreement_number", "session_key"),
}
INDEXES = {
    "tasks": {
        "by_state": ("agreement_state", "changed_at"),
        "by_order": ("agreement_number", "order_id"),
        "by_due": ("due", "due_at"),
    }
}


@dataclass(frozen=True)
class Account:
    """An account on the engine that nobody else uses."""

    number: str
    engine_url: str
    session: boto3.session.Session

    def client(self, service: Any) -> Any:
        return self.session.client(service, endpoint_url=self.engine_url, config=adapters_aws.config())

    def create_table(self, concept: str) -> None:
        """Make one of the connector's tables, empty."""
        names = {*KEYS[concept], *(one for keys in INDEXES.get(concept, {}).values() for one in keys)}
        definitions: list[AttributeDefinitionTypeDef] = [
            {"AttributeName": name, "AttributeType": "S"} for name in sorted(names)
        ]
        indexes: list[GlobalSecondaryIndexTypeDef] = [
            {"IndexName": name, "KeySchema": _schema(keys), "Projection": {"ProjectionType": "ALL"}}
            for name, keys in INDEXES.get(concept, {}).items()
        ]
        question: Any = {"GlobalSecondaryIndexes": indexes} if indexes else {}
        self._dynamodb().create_table(
            TableName=concept,
            KeySchema=_schema(KEYS[concept]),
            AttributeDefinitions=definitions,
            BillingMode="PAY_PER_REQUEST",
            **question,
        )

    def table(self, concept: str, tries: int = 4) -> "Table":
        """The table, through a connection of its own: boto3's resources aren't for several threads."""
        return self._dynamodb(tries).Table(concept)

    def _dynamodb(self, tries: int = 4) -> "DynamoDBServiceResource":
        config = adapters_aws.config().merge(Config(retries={"total_max_attempts": tries}))
        return self.session.resource("dynamodb", endpoint_url=self.engine_url, config=config)


def _schema(names: Sequence[str]) -> "list[KeySchemaElementTypeDef]":
    kinds: list[Literal["HASH", "RANGE"]] = ["HASH", "RANGE"]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, kinds, strict=False)]


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A local engine that runs for this session and is stopped after it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    log = tmp_path_factory.mktemp("engine") / "log.txt"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [Path(sys.executable).with_name("ministack")],
            env={**kept, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            _wait_until_healthy(url, process)
            yield url
        finally:
            process.terminate()


def _wait_until_healthy(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the engine ended at once"
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            Event().wait(0.1)
    raise AssertionError("the engine didn't answer within 30 s")


_accounts = count(100_000_000_001)


@pytest.fixture
def account(engine_url: str) -> Account:
    """An empty account on the engine."""
    number = str(next(_accounts))
    return Account(number, engine_url, boto3.session.Session(number, "local", region_name="eu-north-1"))


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

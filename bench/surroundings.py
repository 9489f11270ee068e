"""What an import works with, as processes of their own: both stand-ins without limits, and the local engine.

Decision: each measurement is a fresh process beside fresh surroundings, so that `process_time` and the peak
of its memory are its own, and no size inherits another's tables.
"""

import json
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import boto3
import httpx
from botocore.config import Config

from connector.adapters import aws
from sandbox import template
from sandbox.engine import Engine
from sandbox.local import stand_in
from sandbox.toolchain import REGION, ROOT, ToolError
from tests.account import new_account

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource

CONCEPTS = ("bindings", "cursors")
"""The tables that are real; other stores are in memory."""

WITHOUT_LIMITS = "1000000000"
ENGINE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Places:
    """How many customers there are, with half as many products; and where everything is. The account on the
    engine has the tables, empty.
    """

    customers: int
    smartday_url: str
    erp_url: str
    engine_url: str
    account: str

    @property
    def products(self) -> int:
        """Half as many as customers."""
        return self.customers // 2

    @property
    def tables(self) -> "DynamoDBServiceResource":
        """A connection to the tables, with time for an engine that walks all items for each page it gives."""
        session = boto3.session.Session(self.account, "local", region_name=REGION)
        config = aws.config().merge(Config(read_timeout=ENGINE_SECONDS))
        return session.resource("dynamodb", endpoint_url=self.engine_url, config=config)


@contextmanager
def surroundings(customers: int) -> Iterator[Places]:
    """Everything started, with so many customers; all of it is gone afterwards. Raises `ToolError`."""
    sizes = ("--customers", str(customers), "--products", str(customers // 2))
    smartday_limits = ("--requests-per-minute", WITHOUT_LIMITS, "--concurrent", WITHOUT_LIMITS)
    erp_limits = ("--calls-per-hour", WITHOUT_LIMITS, "--calls-per-second", WITHOUT_LIMITS)
    with ExitStack() as stack:
        erp_url = stand_in(stack, "sandbox.twentyfoursevenoffice", [*sizes, *erp_limits])
        smartday_url = stand_in(stack, "sandbox.smartday", ["--tasks", "0", *smartday_limits])
        engine = stack.enter_context(Engine())
        account = new_account(engine.url, template.source()["Resources"])
        for concept in CONCEPTS:
            account.create_table(concept)
        key: Any = account.session.get_credentials()
        yield Places(customers, smartday_url, erp_url, engine.url, key.access_key)


def measured(module: str, places: Places, *arguments: str) -> Any:
    """What a measuring module says of these places, run as a process of its own: its line of JSON. Raises
    `ToolError`.
    """
    command = [sys.executable, "-m", module, json.dumps(asdict(places)), *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise ToolError(f"{module} failed with {places.customers:,} customers.")
    return json.loads(done.stdout.splitlines()[-1])


def places_given() -> Places:
    """The places that the command line of a measuring process names."""
    return Places(**json.loads(sys.argv[1]))


def peak_megabytes() -> float:
    """The most memory that this process ever had resident."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


class Arrivals:
    """What arrives at both stand-ins, by operation."""

    def __init__(self, places: Places) -> None:
        self._urls = {"erp": places.erp_url, "smartday": places.smartday_url}
        self._http = httpx.Client(timeout=600, trust_env=False)

    def now(self) -> dict[str, Counter[str]]:
        """Side → operation → calls so far."""
        return {
            side: Counter(self._http.get(f"{url}/_control/calls").raise_for_status().json()["total"])
            for side, url in self._urls.items()
        }

    def change_in_erp(self, path: str, records: list[dict[str, Any]]) -> None:
        """Change companies or products as their users would."""
        self._http.post(f"{self._urls['erp']}/_control/{path}", json=records).raise_for_status()

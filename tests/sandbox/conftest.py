"""Callers of the Bridge stand-in that a module's own `running` serves, set back before each test; and queues
of a local engine that nothing is deployed to.
"""

from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from sandbox.dead_letters.stack import Stack
from sandbox.engine import Engine
from sandbox.smartday import demo
from tests.sandbox.letter_box import empty_stack

_accounts = count(200_000_000_001)


@pytest.fixture(scope="module")
def clients(running: str) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """The control side, and the API as the demo customer's Bridge user."""
    login = httpx.BasicAuth(demo.BRIDGE_USER, demo.BRIDGE_PASSWORD)
    headers = {"Smartday-Agreement": demo.AGREEMENT_NUMBER}
    with (
        httpx.Client(base_url=f"{running}/_control") as control,
        httpx.Client(base_url=f"{running}/v1", auth=login, headers=headers) as bridge,
    ):
        yield control, bridge


@pytest.fixture
def control(clients: tuple[httpx.Client, httpx.Client]) -> httpx.Client:
    """The control side, everything back at the seed."""
    clients[0].post("/reset").raise_for_status()
    return clients[0]


@pytest.fixture
def bridge(clients: tuple[httpx.Client, httpx.Client], control: httpx.Client) -> httpx.Client:
    """The API, everything back at the seed."""
    return clients[1]


@pytest.fixture(scope="session")
def engine_url() -> Iterator[str]:
    """A local engine that runs for this session."""
    with Engine() as engine:
        yield engine.url


@pytest.fixture
def stack(engine_url: str) -> Iterator[Stack]:
    """Queues without dead letters, in an account that no other test uses."""
    with empty_stack(engine_url, str(next(_accounts))) as stack:
        yield stack

"""Callers of the Bridge stand-in that a module's own `running` serves, set back before each test."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.smartday import demo


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

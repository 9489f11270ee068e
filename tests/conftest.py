"""What all tests share: repeatable generated examples, and the bundle deployed once a session."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from sandbox.local import Local, Options, running
from tests.end_to_end.world import World, activated

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

SIZES = ("--customers", "60", "--products", "40")

ONE_ENGINE = frozenset({"local", "built"})
"""Fixtures that deploy the bundle or build it: one worker runs these tests, so that it is done once."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if ONE_ENGINE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.xdist_group("one_engine"))


@pytest.fixture(scope="session")
def local() -> Iterator[Local]:
    """The bundle on an engine of its own, with both stand-ins as processes; deployed, not activated."""
    options = Options(
        stage="test",
        smartday_arguments=(
            *SIZES,
            # The example task; every test makes its own.
            *("--tasks", "1", "--requests-per-minute", "100000", "--concurrent", "32"),
            *("--retry-seconds", "0.2,0.4"),
        ),
        erp_arguments=(*SIZES, "--calls-per-second", "1000"),
    )
    with running(options, print) as started:
        yield started


@pytest.fixture(scope="session")
def world(local: Local) -> World:
    """The demo customer, activated and imported, with the example task's order."""
    return activated(local)

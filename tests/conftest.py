"""What all tests share: repeatable generated examples, the engine, and the bundle deployed once a session."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # has no types

from sandbox import template
from sandbox.engine import Engine
from sandbox.local import Local, Options, running
from tests.account import Account, new_account
from tests.end_to_end.world import World, activated

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

SIZES = ("--customers", "60", "--products", "40")

ONE_ENGINE = ("tests/end_to_end/", "tests/handlers/", "tests/infrastructure/test_build.py")
"""What deploys the bundle or builds it: one process runs all of it, so that it is done once."""


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # has no types
    """Tests by the one, except those of `ONE_ENGINE`.

    xdist's own groups (3.8) don't work with pytest 9.2, which no longer reads what they are written into.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "one_engine" if nodeid.startswith(ONE_ENGINE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "local" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.engine)


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
def world(local: Local) -> Iterator[World]:
    """The demo customer, activated and imported, with the example task's order."""
    with activated(local) as one:
        yield one


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


@pytest.fixture
def account(engine_url: str, tables: dict[str, Any]) -> Account:
    """An empty account on the engine, of one test."""
    return new_account(engine_url, tables)

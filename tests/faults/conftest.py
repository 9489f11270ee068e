"""One ground per worker: the engine, both stand-ins, the clients."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.account import new_account
from tests.faults.ground import Ground, prepared


@pytest.fixture(scope="session")
def ground(engine_url: str, tables: dict[str, Any]) -> Iterator[Ground]:
    """What all cells of this worker share."""
    with prepared(new_account(engine_url, tables)) as one:
        yield one

"""The local engine, once a session; each test works in an account of its own, on the template's tables.

Every store suite here runs against the fake in memory and against the real adapter on the engine, so that
what the fakes promise is what AWS's interface does.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

import pytest

T = TypeVar("T")


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

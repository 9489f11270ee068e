"""Two batches written at the same time over one connection: real threads, which meet where they may."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any, cast

import httpx
import pytest

from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.client import BridgeFieldService
from connector.domain.master_data import Customer
from connector.domain.pace import Pace
from connector.errors import Side
from connector.stores import SessionStore

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
AGREEMENT = "104477"
LOGIN = ("bjørg@smartday.example", "Blåbær&Rømme:47")


class OneAtATime:
    """The keeper's clock and its store; both wait a moment for a second thread, which must not come."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.stored = pace or Pace()
        self.met = False
        self._meeting = Barrier(2)

    def clock(self) -> datetime:
        self._wait_for_another()
        return NOW

    def pace(self, agreement_number: str, side: Side) -> Pace:
        self._wait_for_another()
        return self.stored

    def swap_pace(self, agreement_number: str, side: Side, known: Pace, pace: Pace) -> bool:
        self._wait_for_another()
        if self.stored != known:
            return False
        self.stored = pace
        return True

    def _wait_for_another(self) -> None:
        with suppress(BrokenBarrierError):  # once nobody came, nobody waits any more
            self._meeting.wait(timeout=0.2)
            self.met = True


def keeper(row: OneAtATime) -> PaceKeeper:
    return PaceKeeper(cast(SessionStore, row), AGREEMENT, Side.SMARTDAY, row.clock)


def in_two_threads(*steps: Callable[[], Any]) -> list[Any]:
    """What both steps give, begun at the same moment."""
    start = Barrier(2)

    def run(step: Callable[[], Any]) -> Any:
        start.wait(timeout=10)
        return step()

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(run, steps))


STEPS: dict[str, Callable[[PaceKeeper], object]] = {
    "check": PaceKeeper.check,
    "current": PaceKeeper.current,
    "answered": lambda pace: pace.answered(120, 20, NOW + timedelta(seconds=30)),
    "throttled": lambda pace: pace.throttled(NOW + timedelta(seconds=30)),
    "failed": PaceKeeper.failed,
}


@pytest.mark.parametrize("step", STEPS)
def test_two_threads_are_never_in_the_keeper_or_its_store_at_once(step: str) -> None:
    row = OneAtATime()
    pace = keeper(row)
    in_two_threads(lambda: STEPS[step](pace), pace.failed)
    assert not row.met


def test_failures_of_two_threads_are_both_counted() -> None:
    row = OneAtATime()
    pace = keeper(row)
    in_two_threads(pace.failed, pace.failed)
    assert pace.current() == row.stored == Pace(failures=2)


def test_after_a_rest_two_threads_of_one_process_try_as_one() -> None:
    row = OneAtATime(Pace(failures=5, blocked_until=NOW))
    pace = keeper(row)
    in_two_threads(pace.check, pace.check)
    assert row.stored.is_probed


def test_two_batches_are_under_way_at_the_same_time_and_each_gets_its_own_answer() -> None:
    both_under_way = Barrier(2)

    def bridge(request: httpx.Request) -> httpx.Response:
        both_under_way.wait(timeout=10)
        numbers = [one["external_number"] for one in json.loads(request.content)["items"]]
        results = [{"external_number": one, "outcome": "created"} for one in numbers]
        remaining = {"RateLimit-Limit": "120", "RateLimit-Remaining": "20", "RateLimit-Reset": "30"}
        return httpx.Response(200, json={"results": results}, headers=remaining)

    row = OneAtATime()
    logins = Barrier(2)

    def login(renew: bool) -> tuple[str, str]:
        with suppress(BrokenBarrierError):
            logins.wait(timeout=0.2)
            pytest.fail("two threads ask for the login at once")
        return LOGIN

    service = BridgeFieldService(
        AGREEMENT,
        "https://bridge.example/v1",
        login,
        keeper(row),
        lambda: NOW,
        transport=httpx.MockTransport(bridge),
    )

    def batch(first: int) -> list[str]:
        customers = [
            Customer(str(n), "Å", False, None, "active", None, None, None, None, None)
            for n in range(first, first + 100)
        ]
        return [one.external_number for one in service.upsert_customers(customers)]

    given = in_two_threads(lambda: batch(1000), lambda: batch(2000))
    assert given == [[str(n) for n in range(1000, 1100)], [str(n) for n in range(2000, 2100)]]
    assert not row.met
    assert service.pace() == row.stored
    assert row.stored.remaining == 20

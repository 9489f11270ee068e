"""How long a first import takes under Bridge's own limits: through the real adapter, by a clock that nobody
waits for.

What the limits allow is computed, not guessed: a caller that knows the limiter from inside makes as many
calls, each the moment it may. Imports leave a fifth of the allowance to orders, so the caller that they are
measured by does too. For 152 calls that is 65.6 s by windows and 28.1 s by a bucket; one that leaves nothing
to orders would take 63.2 s and 16.1 s. The import takes 66.2 s and 28.2 s.
"""

import json
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import httpx
import pytest

from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.client import BridgeFieldService
from connector.domain.master_data import ErpProduct
from connector.domain.stream import RunState
from connector.errors import Side
from connector.usecases.import_master_data import import_master_data
from connector.usecases.import_write import AT_ONCE
from tests.fakes.session_stores import MemorySessionStore
from tests.unit.usecases.importing import AGREEMENT, CUSTOMERS, INVOCATION, LONG_AGO, NOW, PRODUCTS, World

CUSTOMERS_HELD, PRODUCTS_HELD = 10_000, 5_000
LIMIT = 120
MINUTE = timedelta(minutes=1)
"""Contract smartday 4.10."""

RESERVE = LIMIT // 5
"""What imports leave to orders (design 4.9)."""

TAKES = timedelta(milliseconds=100)
"""A call; two go at the same time, so each may take twice as long."""

CALLS = (CUSTOMERS_HELD + PRODUCTS_HELD) // 100 + 2
"""The batches, and a look at what Smartday has of either register."""


class Limiter(Protocol):
    """Who decides on each call; `limit` is how many there may be."""

    limit: int

    def free_at(self, now: datetime) -> datetime:
        """When the next call may come: now, or later."""

    def take(self, now: datetime) -> None:
        """A call is made."""

    def remaining(self, now: datetime) -> int:
        """So many more may come now."""

    def reset_at(self, now: datetime) -> datetime:
        """What is announced: when there will be more."""


@dataclass
class FixedWindow:
    """So many in a minute, which begins with its first call."""

    limit: int
    began: datetime = LONG_AGO
    count: int = 0

    def free_at(self, now: datetime) -> datetime:
        return now if self.remaining(now) else self.reset_at(now)

    def take(self, now: datetime) -> None:
        if now >= self.began + MINUTE:
            self.began, self.count = now, 0
        self.count += 1

    def remaining(self, now: datetime) -> int:
        return self.limit - (self.count if now < self.began + MINUTE else 0)

    def reset_at(self, now: datetime) -> datetime:
        return self.began + MINUTE


@dataclass
class SlidingWindow:
    """So many in any minute; announced is when the oldest call is a minute old."""

    limit: int
    calls: deque[datetime] = field(default_factory=deque)

    def free_at(self, now: datetime) -> datetime:
        return now if self.remaining(now) else self.reset_at(now)

    def take(self, now: datetime) -> None:
        self.calls.append(now)

    def remaining(self, now: datetime) -> int:
        while self.calls and self.calls[0] + MINUTE <= now:
            self.calls.popleft()
        return self.limit - len(self.calls)

    def reset_at(self, now: datetime) -> datetime:
        return self.calls[0] + MINUTE


@dataclass
class Bucket:
    """So many at once, refilled evenly, two a second; announced is when the next call may come, or when it
    is `full` again.
    """

    limit: int
    announces_full: bool = False
    held: float | None = None
    at: datetime = LONG_AGO

    def free_at(self, now: datetime) -> datetime:
        missing = 1 - self._held(now)
        return now if missing <= 0 else now + timedelta(seconds=missing * MINUTE.total_seconds() / LIMIT)

    def take(self, now: datetime) -> None:
        self.held, self.at = self._held(now) - 1, now

    def remaining(self, now: datetime) -> int:
        return int(self._held(now))

    def reset_at(self, now: datetime) -> datetime:
        missing = self.limit - self._held(now) if self.announces_full else 1
        return now + timedelta(seconds=missing * MINUTE.total_seconds() / LIMIT)

    def _held(self, now: datetime) -> float:
        refilled = (now - self.at).total_seconds() * LIMIT / MINUTE.total_seconds()
        held = self.limit if self.held is None else self.held
        return min(self.limit, held + refilled + 1e-6)


def allowed(limiter: Limiter) -> timedelta:
    """How long so many calls take that each come the moment they may."""
    now = NOW
    for _ in range(CALLS):
        now = limiter.free_at(now)
        limiter.take(now)
        now += TAKES
    return now - NOW


@dataclass
class Bridge:
    """A Bridge that takes everything within its limits; `least` is the lowest allowance it ever announced."""

    world: World
    limiter: Limiter
    written: set[str] = field(default_factory=set)
    calls: int = 0
    refused: int = 0
    least: int = LIMIT

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.world.now += TAKES
        now = self.world.now
        self.calls += 1
        if not self.limiter.remaining(now):
            self.refused += 1
            return httpx.Response(429, json={"status": 429, "code": "rate_limited"})
        self.limiter.take(now)
        self.least = min(self.least, self.limiter.remaining(now))
        return httpx.Response(200, json=self._answer(request), headers=self._headers(now))

    def _answer(self, request: httpx.Request) -> dict[str, object]:
        if request.method == "GET":
            return {"items": [], "next_cursor": None, "has_more": False}
        numbers = [one["external_number"] for one in json.loads(request.content)["items"]]
        self.written |= {f"{request.url.path} {one}" for one in numbers}
        return {"results": [{"external_number": one, "outcome": "created"} for one in numbers]}

    def _headers(self, now: datetime) -> dict[str, str]:
        reset = (self.limiter.reset_at(now) - now).total_seconds()
        return {
            "RateLimit-Limit": str(LIMIT),
            "RateLimit-Remaining": str(self.limiter.remaining(now)),
            "RateLimit-Reset": str(math.ceil(reset)),
        }

    def import_all(self) -> timedelta:
        """Both first passes, each message a worker of its own; gives how long they took."""
        world = self.world
        store = MemorySessionStore(clock=lambda: world.now)
        ports = replace(world.ports, field_service=lambda _: self._connect(store))
        for stream in (CUSTOMERS, PRODUCTS):
            world.queue.send(AGREEMENT, stream, full=True)
        workers = 0
        while messages := world.queue.take():
            for message in messages:
                world.now += message.delay
                workers += 1
                worker, deadline = f"worker {workers}", world.now + INVOCATION
                import_master_data(ports, AGREEMENT, message.stream, message.full, worker, deadline)
        return world.now - NOW

    def _connect(self, store: MemorySessionStore) -> BridgeFieldService:
        """As each invocation does: what it knows of the pace, it has from the store."""

        def clock() -> datetime:
            return self.world.now

        return BridgeFieldService(
            AGREEMENT,
            "https://bridge.example/v1",
            lambda refresh: ("bruker", "passord"),
            PaceKeeper(store, AGREEMENT, Side.SMARTDAY, clock),
            clock,
            transport=httpx.MockTransport(self),
        )


@pytest.fixture
def world() -> World:
    world = World()
    world.put(*range(1, CUSTOMERS_HELD + 1))
    for one in range(1, PRODUCTS_HELD + 1):
        world.erp.put_product(ErpProduct(one, f"T{one}", f"Vare {one}"), LONG_AGO)
    return world


def check_all_is_written(bridge: Bridge) -> None:
    for stream, held in ((CUSTOMERS, CUSTOMERS_HELD), (PRODUCTS, PRODUCTS_HELD)):
        run = bridge.world.cursor(stream).run
        assert run is not None
        assert (run.state, run.seen, run.written) == (RunState.FINISHED, held, held)
    assert (len(bridge.written), bridge.calls) == (CUSTOMERS_HELD + PRODUCTS_HELD, CALLS)
    assert bridge.refused == 0, "no call was made in vain"
    assert bridge.least >= RESERVE - AT_ONCE, "orders have their share, but for two calls"


@pytest.mark.parametrize("reading", [FixedWindow, SlidingWindow, Bucket])
def test_a_first_import_takes_what_the_limits_allow(world: World, reading: Callable[[int], Limiter]) -> None:
    bridge = Bridge(world, reading(LIMIT))
    took = bridge.import_all()
    check_all_is_written(bridge)
    assert took <= 1.1 * allowed(reading(LIMIT - RESERVE))


def test_a_bucket_that_announces_when_it_is_full_again_costs_a_wait_for_that(world: World) -> None:
    bridge = Bridge(world, Bucket(LIMIT, announces_full=True))
    took = bridge.import_all()
    check_all_is_written(bridge)
    a_refill = MINUTE * (LIMIT - RESERVE) / LIMIT
    assert took <= allowed(Bucket(LIMIT - RESERVE)) + a_refill

"""Many processes and a dead side, on a simulated clock: how often it is called, and what ends that."""

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

import pytest

from connector.adapters.http import PaceKeeper
from connector.errors import Side, Throttled
from tests.fakes.session_stores import MemorySessionStore

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
AGREEMENT = "104477"
A_MINUTE = 60.0
MOST_CALLS = 12

ORDER_WORKERS = 5
"""`MaximumConcurrency` of the order queue; an import and a poll come on top."""

DUE_TASKS = 300
BETWEEN = 0.05
"""Seconds from a message's end to the next one's start."""

COME_BACK = 15.0
"""Seconds until a task that met a closed door is due again."""

FAILURES = {
    "refused at once": 0.001,
    "503": 0.08,
    "503 of a slow side": 1.0,
    "reset after a while": 7.0,
    "time-out": 30.0,
}
"""What the side does, and after how many seconds the caller knows."""

Steps = Generator[float, None, None]
"""A process; it says how many seconds go by until its next step."""


@dataclass
class Town:
    """One integration's processes and the side they call; each call begins and ends at its own time."""

    answer_times: Sequence[float]
    dead_from: float = 5.0
    dead_until: float = 3600.0
    now: float = 0.0
    chance: Random = field(default_factory=lambda: Random(1))
    calls: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    tasks: deque[int] = field(default_factory=lambda: deque(range(DUE_TASKS)))
    _agenda: list[tuple[float, int, Steps]] = field(default_factory=list)
    _turns: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.store = MemorySessionStore(self.clock)

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.now)

    def keeper(self) -> PaceKeeper:
        return PaceKeeper(self.store, AGREEMENT, Side.ERP, self.clock)

    def live(self, *processes: Steps, until: float) -> None:
        """Let the processes take their steps in the order of time."""
        for process in processes:
            self._put(0.0, process)
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, process = heappop(self._agenda)
            pause = next(process, None)
            if pause is not None:
                self._put(self.now + pause, process)

    def order_worker(self) -> Steps:
        """Takes one due task after the other; each reads the pace anew and makes one call."""
        while True:
            if not self.tasks:
                yield 1.0
                continue
            task = self.tasks.popleft()
            try:
                yield from self._call(self.keeper())
            except Throttled:
                self._put(self.now + COME_BACK, self._due_again(task))
            else:
                self.tasks.append(task)
            yield BETWEEN

    def long_worker(self, between: float) -> Steps:
        """Keeps what it read once, calls now and then, and waits as long as it is told."""
        keeper = self.keeper()
        while True:
            try:
                yield from self._call(keeper)
            except Throttled as error:
                yield (error.until - self.clock()).total_seconds()
            yield between

    def calls_in_the_worst_minute(self) -> int:
        """The most calls that any 60 s of the side's death had."""
        dead = [one for one in self.calls if self.dead_from <= one < self.dead_until]
        return max(sum(one <= other < one + A_MINUTE for other in dead) for one in dead)

    def _call(self, keeper: PaceKeeper) -> Steps:
        keeper.check()
        self.calls.append(self.now)
        if self.dead_from <= self.now < self.dead_until:
            yield self.chance.choice(self.answer_times)
            keeper.failed()
        else:
            yield 0.1
            keeper.answered()
            self.answers.append(self.now)

    def _due_again(self, task: int) -> Steps:
        self.tasks.append(task)
        yield from ()

    def _put(self, at: float, process: Steps) -> None:
        heappush(self._agenda, (at, next(self._turns), process))


def all_workers(town: Town) -> list[Steps]:
    return [
        *(town.order_worker() for _ in range(ORDER_WORKERS)),
        town.long_worker(between=0.4),
        town.long_worker(between=20.0),
    ]


@pytest.mark.parametrize("seconds", FAILURES.values(), ids=FAILURES)
def test_no_minute_has_more_than_twelve_calls_to_a_dead_side(seconds: float) -> None:
    town = Town(answer_times=[seconds])
    town.live(*all_workers(town), until=300.0)
    assert 0 < town.calls_in_the_worst_minute() <= MOST_CALLS
    assert len(town.calls) > 100  # it was busy while the side lived


@pytest.mark.parametrize("seed", range(10))
def test_nor_when_it_fails_in_all_ways_by_turns(seed: int) -> None:
    town = Town(answer_times=[*FAILURES.values()], chance=Random(seed))
    town.live(*all_workers(town), until=300.0)
    assert town.calls_in_the_worst_minute() <= MOST_CALLS


@pytest.mark.parametrize("seconds", FAILURES.values(), ids=FAILURES)
def test_a_side_that_was_dead_for_long_is_called_every_quarter_of_an_hour_until_it_answers(
    seconds: float,
) -> None:
    town = Town(answer_times=[seconds], dead_until=5400.0)
    town.live(town.long_worker(between=0.4), town.long_worker(between=5.0), until=6400.0)
    later = [one for one in town.calls if 2700.0 <= one < 5400.0]
    assert 2 <= len(later) <= 4
    assert min(one for one in town.answers if one >= 5400.0) <= 5400.0 + 900.0


def test_the_first_success_lets_everybody_go_on_at_once() -> None:
    town = Town(answer_times=[0.08], dead_until=100.0)
    town.live(*all_workers(town), until=200.0)
    first = min(one for one in town.answers if one >= town.dead_until)
    probes = [one for one in town.calls if town.dead_until <= one < first]
    assert len(probes) == 1
    assert len([one for one in town.calls if first <= one < first + COME_BACK + 1.0]) > DUE_TASKS / 2


def test_a_side_that_mostly_answers_is_called_all_the_time() -> None:
    town = Town(answer_times=[0.08], dead_from=0.0, dead_until=0.0)
    chance = Random(20)

    def one_in_five_fails() -> Steps:
        while True:
            keeper = town.keeper()
            keeper.check()
            town.calls.append(town.now)
            yield 0.1
            keeper.failed() if chance.random() < 0.2 else keeper.answered()
            yield BETWEEN

    town.live(*(one_in_five_fails() for _ in range(ORDER_WORKERS)), until=60.0)
    assert len(town.calls) > ORDER_WORKERS * 390

"""Which records a run didn't write, and of which runs that can be told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.import_result import RESULTS_A_PAGE, Outcome, Result
from connector.domain.stream import Cursor, Run, RunState, Stream
from connector.usecases.declined import Declined
from connector.usecases.show_rejected import RejectedPorts, show_rejected
from tests.fakes.import_stores import MemoryCursorStore, MemoryImportResultStore

AGREEMENT = "104477"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SUPPLIER = Result(Outcome.SET_ASIDE, "10021", 10021, "supplier")


@dataclass
class World:
    cursors: MemoryCursorStore = field(default_factory=MemoryCursorStore)
    results: MemoryImportResultStore = field(default_factory=lambda: MemoryImportResultStore(lambda: NOW))

    @property
    def ports(self) -> RejectedPorts:
        return RejectedPorts(self.cursors, self.results)

    def run(self, stream: Stream, run_id: str) -> None:
        self.cursors.save(Cursor(AGREEMENT, stream, run=Run(run_id, RunState.RUNNING, NOW)))

    def put(self, run_id: str, *results: Result, until: datetime = NOW + timedelta(days=30)) -> None:
        self.results.put(AGREEMENT, Stream.CUSTOMERS, run_id, 1, results, until)


@pytest.fixture
def world() -> World:
    return World()


def refusal(world: World, run_id: str, cursor: str | None = None, agreement_number: str = AGREEMENT) -> str:
    with pytest.raises(Declined) as declined:
        show_rejected(world.ports, agreement_number, run_id, cursor)
    return declined.value.code


def test_an_earlier_run_is_shown_for_as_long_as_its_results_are_kept(world: World) -> None:
    world.run(Stream.CUSTOMERS, "r-2")
    world.put("r-1", SUPPLIER)
    assert show_rejected(world.ports, AGREEMENT, "r-1", None).results == (SUPPLIER,)
    world.put("r-1", SUPPLIER, until=NOW)
    assert refusal(world, "r-1") == "run_not_found"


@pytest.mark.parametrize("stream", [Stream.CUSTOMERS, Stream.PRODUCTS])
def test_a_latest_run_that_left_nothing_out_is_empty(world: World, stream: Stream) -> None:
    world.run(stream, "r-1")
    assert show_rejected(world.ports, AGREEMENT, "r-1", None).results == ()


def test_a_run_of_the_poll_is_no_import(world: World) -> None:
    world.run(Stream.TASKS, "r-1")
    assert refusal(world, "r-1") == "run_not_found"


def test_another_agreements_run_is_not_found(world: World) -> None:
    world.run(Stream.CUSTOMERS, "r-1")
    world.put("r-1", SUPPLIER)
    assert refusal(world, "r-1", agreement_number="200200") == "run_not_found"


def test_an_empty_last_page_is_no_unknown_run(world: World) -> None:
    world.put("r-1", *[SUPPLIER] * RESULTS_A_PAGE)
    cursor = show_rejected(world.ports, AGREEMENT, "r-1", None).next_cursor
    assert cursor is not None
    assert show_rejected(world.ports, AGREEMENT, "r-1", cursor).results == ()
    assert refusal(world, "r-3", cursor) == "run_not_found"


def test_a_cursor_that_is_none_is_refused(world: World) -> None:
    assert refusal(world, "r-1", "lost") == "cursor_invalid"

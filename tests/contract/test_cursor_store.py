"""Cursors with their runs: conditional saves per stream."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.adapters.dynamodb.cursors import DynamoCursorStore
from connector.domain.stream import Cursor, Run, RunState, Stream
from connector.errors import Stale
from connector.stores import CursorStore
from tests.fakes.import_stores import MemoryCursorStore

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BOTH = ["memory", pytest.param("engine", marks=pytest.mark.engine)]


@pytest.fixture(params=BOTH)
def open_store(request: pytest.FixtureRequest) -> Callable[[], CursorStore]:
    if request.param == "memory":
        memory = MemoryCursorStore()
        return lambda: memory
    account = request.getfixturevalue("account")
    account.create_table("cursors")
    return lambda: DynamoCursorStore(account.table("cursors"))


@pytest.fixture
def store(open_store: Callable[[], CursorStore]) -> CursorStore:
    return open_store()


def test_a_cursor_comes_back_with_its_run(store: CursorStore) -> None:
    run = Run(
        "r1",
        RunState.HELD,
        NOW,
        full=True,
        since=NOW - timedelta(days=1),
        source_clock=NOW + timedelta(microseconds=1),
        checkpoint=10021,
        total=100_000,
        set_aside=2,
        absent=2_100,
        in_use=102_000,
        updated_at=NOW,
        error="Kjøringen ble stanset: 2 100 kunder mangler",
    )
    cursor = Cursor("104477", Stream.CUSTOMERS, NOW, "a1", NOW, "full", run, full_at=NOW, held=run)
    cursor = replace(cursor, confirmed=3, confirmed_by="Bjørg Åsen", confirmed_at=NOW)
    saved = store.save(cursor)
    assert saved == replace(cursor, revision=1)
    assert store.get("104477", Stream.CUSTOMERS) == saved


def test_streams_and_agreements_have_cursors_of_their_own(store: CursorStore) -> None:
    store.save(Cursor("104477", Stream.CUSTOMERS))
    assert store.get("104477", Stream.PRODUCTS) is None
    assert store.get("200", Stream.CUSTOMERS) is None


def test_saves_of_old_revisions_are_stale(store: CursorStore) -> None:
    first = store.save(Cursor("104477", Stream.TASKS))
    second = store.save(replace(first, watermark=NOW))
    for old in (Cursor("104477", Stream.TASKS), first, replace(first, revision=7)):
        with pytest.raises(Stale):
            store.save(old)
    assert store.get("104477", Stream.TASKS) == second


def test_of_sixteen_that_want_the_lease_one_gets_it(
    open_store: Callable[[], CursorStore], at_once: Callable[..., list[Any]]
) -> None:
    free = open_store().save(Cursor("104477", Stream.TASKS))
    taken = [replace(free, lease_owner=f"process {n}", lease_until=NOW) for n in range(16)]
    stores = [open_store() for _ in taken]
    outcomes = at_once(
        [lambda one=one, mine=mine: one.save(mine) for one, mine in zip(stores, taken, strict=True)]
    )
    winners = [one for one in outcomes if isinstance(one, Cursor)]
    assert len(winners) == 1
    assert sum(isinstance(one, Stale) for one in outcomes) == 15
    assert open_store().get("104477", Stream.TASKS) == winners[0]

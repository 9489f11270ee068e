"""Match reports: one per register, conditional saves, as large as they get."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.adapters.dynamodb.cursors import DynamoCursorStore
from connector.adapters.dynamodb.matches import DynamoMatchStore
from connector.domain.matches import Compared, Conflict, MatchKind, MatchReview, MatchState, Pair, report
from connector.domain.stream import Cursor, Stream
from connector.errors import Stale
from connector.stores import MatchStore
from tests.fakes.import_stores import MemoryMatchStore

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
BOTH = ["memory", pytest.param("engine", marks=pytest.mark.engine)]


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> MatchStore:
    if request.param == "memory":
        return MemoryMatchStore()
    account = request.getfixturevalue("account")
    account.create_table("cursors")
    return DynamoMatchStore(account.table("cursors"))


def review(**fields: Any) -> MatchReview:
    one = Compared("10021", "10021", "Sørvik Rør AS", "923609016")
    pair = Pair(MatchKind.NUMBER, one, replace(one, id="c-7"), Conflict.ORGANISATION_NUMBERS_DIFFER)
    made: dict[str, Any] = {"basis": "77", "state": MatchState.WAITING, "report": report([pair], NOW)}
    return MatchReview("104477", Stream.CUSTOMERS, **(made | fields))


def test_a_review_comes_back_as_it_was_saved(store: MatchStore) -> None:
    saved = store.save(review(confirmed_by="bjørg@eksempel.no", confirmed_at=NOW, went_on=True))
    assert saved.revision == 1
    assert store.get("104477", Stream.CUSTOMERS) == saved


def test_registers_and_agreements_are_kept_apart(store: MatchStore) -> None:
    store.save(review())
    assert store.get("104477", Stream.PRODUCTS) is None
    assert store.get("200", Stream.CUSTOMERS) is None


def test_the_later_of_two_writers_is_stale(store: MatchStore) -> None:
    first = store.save(review())
    second = store.save(replace(first, state=MatchState.CONFIRMED, report=None))
    for old in (review(), replace(first, went_on=True)):
        with pytest.raises(Stale):
            store.save(old)
    assert store.get("104477", Stream.CUSTOMERS) == second


def test_the_largest_report_fits(store: MatchStore) -> None:
    name = "😀" * 200
    pairs = [
        Pair(
            kind,
            Compared("1" * 40, "1" * 40, name),
            Compared("c" * 40, "2" * 40, name),
            Conflict.OTHER_NUMBER,
        )
        for kind in MatchKind
        for _ in range(200)
    ]
    saved = store.save(review(report=report(pairs, NOW)))
    assert store.get("104477", Stream.CUSTOMERS) == saved


@pytest.mark.engine
def test_a_review_is_not_taken_for_its_streams_cursor(request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue("account")
    account.create_table("cursors")
    cursors = DynamoCursorStore(account.table("cursors"))
    cursor = cursors.save(Cursor("104477", Stream.CUSTOMERS, basis="77"))
    saved = DynamoMatchStore(account.table("cursors")).save(review())
    assert cursors.get("104477", Stream.CUSTOMERS) == cursor
    assert saved.stream is Stream.CUSTOMERS

"""Results of import runs: by place, replaced as a whole, page by page, until they expire."""

import random
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connector.adapters.dynamodb.cursors import DynamoCursorStore
from connector.adapters.dynamodb.import_results import DynamoImportResultStore
from connector.domain.import_result import RESULTS_A_PAGE, Outcome, Result
from connector.domain.stream import Cursor, Stream
from connector.stores import ImportResultStore
from tests.fakes.import_stores import MemoryImportResultStore

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
AGREEMENT = "104477"
BOTH = ["memory", pytest.param("engine", marks=pytest.mark.engine)]

SUPPLIER = Result(Outcome.SET_ASIDE, "10021", 10021, "supplier")
NUMBERLESS = Result(Outcome.SET_ASIDE, "", 2_147_483_648, "number_missing")
REFUSED = Result(Outcome.REJECTED, "Ø-77", 77, "unit_unknown", "unit")


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> ImportResultStore:
    if request.param == "memory":
        return MemoryImportResultStore(lambda: NOW)
    account = request.getfixturevalue("account")
    account.create_table("cursors")
    return DynamoImportResultStore(account.table("cursors"), lambda: NOW)


def put(
    store: ImportResultStore, place: int, *results: Result, run_id: str = "r-1", until: datetime = LATER
) -> None:
    store.put(AGREEMENT, Stream.CUSTOMERS, run_id, place, results, until)


def pages(store: ImportResultStore, run_id: str = "r-1") -> Iterator[tuple[Result, ...]]:
    cursor = None
    while True:
        page = store.page(AGREEMENT, run_id, cursor)
        yield page.results
        cursor = page.next_cursor
        if cursor is None:
            return
        assert set(cursor) <= {*string.ascii_letters, *string.digits, *"-_.~"}


def kept(store: ImportResultStore, run_id: str = "r-1") -> list[Result]:
    return [one for page in pages(store, run_id) for one in page]


def test_results_come_back_as_they_were_put_by_ascending_place(store: ImportResultStore) -> None:
    put(store, 10_000_000_000, NUMBERLESS)
    put(store, 999, REFUSED, SUPPLIER)
    put(store, 0, SUPPLIER)
    assert kept(store) == [SUPPLIER, REFUSED, SUPPLIER, NUMBERLESS]


def test_runs_and_agreements_are_kept_apart(store: ImportResultStore) -> None:
    put(store, 1, SUPPLIER)
    put(store, 1, REFUSED, run_id="r-10")
    assert kept(store) == [SUPPLIER]
    assert kept(store, "r-10") == [REFUSED]
    assert kept(store, "r") == []
    assert store.page("200", "r-1", None).results == ()


def test_the_same_place_again_takes_the_place_of_what_was_there(store: ImportResultStore) -> None:
    put(store, 1, SUPPLIER, REFUSED)
    put(store, 2, NUMBERLESS)
    put(store, 1, REFUSED)
    put(store, 1, REFUSED)
    assert kept(store) == [REFUSED, NUMBERLESS]


def test_nothing_leaves_nothing_at_its_place(store: ImportResultStore) -> None:
    put(store, 1, SUPPLIER)
    put(store, 2, NUMBERLESS)
    for place in (1, 3):
        put(store, place)
    assert kept(store) == [NUMBERLESS]


def test_results_are_gone_when_their_time_is_over(store: ImportResultStore) -> None:
    put(store, 1, SUPPLIER, until=NOW)
    put(store, 2, REFUSED, until=NOW + timedelta(seconds=1))
    assert kept(store) == [REFUSED]


def test_a_page_has_whole_puts_until_a_thousand_are_together(store: ImportResultStore) -> None:
    for place in range(40):
        put(store, place, *[SUPPLIER] * 60)
    sizes = [len(one) for one in pages(store)]
    assert sizes == [1020, 1020, 360]
    assert sizes[0] >= RESULTS_A_PAGE


def test_a_last_page_may_be_empty(store: ImportResultStore) -> None:
    put(store, 1, *[SUPPLIER] * RESULTS_A_PAGE)
    assert [len(one) for one in pages(store)] == [RESULTS_A_PAGE, 0]


@pytest.mark.parametrize("cursor", ["lost", "", "-1", "1#2", "٣", "0" * 2000 + "x"])
def test_a_cursor_that_is_none_is_refused(store: ImportResultStore, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        store.page(AGREEMENT, "r-1", cursor)


def test_the_largest_put_fits(store: ImportResultStore) -> None:
    chance = random.Random(1)  # numbers of no pattern, which don't pack
    letters = string.ascii_letters + string.digits
    many = [
        Result(Outcome.REJECTED, "".join(chance.choices(letters, k=60)), chance.getrandbits(31), "x", "name")
        for _ in range(5000)
    ]
    put(store, 1, *many)
    assert kept(store) == many


@pytest.mark.engine
def test_nothing_is_not_even_written_where_nothing_was(request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue("account")
    account.create_table("cursors")
    put(DynamoImportResultStore(account.table("cursors"), lambda: NOW), 1)
    assert account.table("cursors").scan()["Items"] == []


@pytest.mark.engine
def test_results_are_not_taken_for_a_cursor(request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue("account")
    account.create_table("cursors")
    cursors = DynamoCursorStore(account.table("cursors"))
    cursor = cursors.save(Cursor(AGREEMENT, Stream.CUSTOMERS, basis="77"))
    results = DynamoImportResultStore(account.table("cursors"), lambda: NOW)
    put(results, 1, SUPPLIER)
    assert cursors.get(AGREEMENT, Stream.CUSTOMERS) == cursor
    assert kept(results) == [SUPPLIER]

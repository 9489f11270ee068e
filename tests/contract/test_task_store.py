"""Task records: conditional saves, lists by state, due time, order and what is waited for, counts."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector.adapters.dynamodb.tasks import DynamoTaskStore
from connector.domain.order import SentRow
from connector.domain.task_record import Attempt, Contents, Entry, Receipt, TaskRecord, TaskState
from connector.errors import Stale
from connector.stores import TaskStore
from tests.fakes.stores import MemoryTaskStore

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROW = SentRow(1, "b1", ("r1", "r2"), 501, Decimal("2.50"), Decimal("950.00"), Decimal(10), 4711)
BOTH = ["memory", pytest.param("engine", marks=pytest.mark.engine)]


def record(task_id: str = "48213", agreement_number: str = "104477", **fields: Any) -> TaskRecord:
    return TaskRecord(agreement_number, task_id, **({"created_at": NOW, "changed_at": NOW} | fields))


def contents(total: str = "1234.50", *rows: SentRow) -> Contents:
    return Contents(3, "f00d", Decimal(total), rows, {"delivery_date": "d1"})


def attempt(order_id: str | None, ordinal: int = 1) -> Attempt:
    return Attempt(ordinal, NOW, contents(), order_id=order_id)


@pytest.fixture(params=BOTH)
def open_store(request: pytest.FixtureRequest) -> Callable[[], TaskStore]:
    """Opens the same records again and again, for writers that don't share a process."""
    if request.param == "memory":
        memory = MemoryTaskStore()
        return lambda: memory
    account = request.getfixturevalue("account")
    account.create_table("tasks")
    return lambda: DynamoTaskStore(account.table("tasks"))


@pytest.fixture
def store(open_store: Callable[[], TaskStore]) -> TaskStore:
    return open_store()


def pages(
    store: TaskStore, agreement_number: str, state: TaskState | None, limit: int
) -> Iterator[list[str]]:
    cursor = None
    while True:
        records, cursor = store.page(agreement_number, state, cursor, limit)
        yield [one.task_id for one in records]
        if cursor is None:
            return


def test_a_record_comes_back_as_it_was_saved(store: TaskStore) -> None:
    full = record(
        "oppgave-ÆØÅ/æøå",
        state=TaskState.HELD,
        reason="erp_refused",
        detail="Kunden «Bjørnøya Sjømat» mangler leveringsvilkår – rett opp",
        wanted_version=9,
        handled_version=7,
        lease_owner="a1",
        lease_until=NOW + timedelta(microseconds=1),
        settle_at=NOW + timedelta(minutes=15),
        due_at=NOW + timedelta(hours=1),
        failures=2,
        attempts=(
            replace(
                attempt("7001"),
                contents=contents("1234.50", ROW, SentRow(2, "b2")),
                update=contents("0.00"),
                is_open=False,
                is_gone=True,
                rows_known=False,
            ),
            replace(attempt(None, 2), contents=contents("-0.10"), was_unknown=True, verify_at=NOW),
        ),
        waits_for="customers#10021",
        approved_version=8,
        told="d2",
        receipt=Receipt("failed", 7, None, ("r1", "r2", "r3"), NOW, "Kunden er ikke kjent", 2),
        history=(Entry(NOW, TaskState.ORDERED, 7), Entry(NOW, TaskState.HELD, 9, "erp_refused", "nei")),
    )
    saved = store.save(full)
    assert saved == replace(full, revision=1)
    assert store.get("104477", full.task_id) == saved
    assert str(saved.attempts[0].contents.net_total) == "1234.50"


def test_money_keeps_its_decimals(store: TaskStore) -> None:
    store.save(record(attempts=(attempt("7001"),)))
    stored = store.get("104477", "48213")
    assert stored is not None
    assert str(stored.attempts[0].contents.net_total) == "1234.50"


def test_an_unknown_task_has_no_record(store: TaskStore) -> None:
    store.save(record())
    assert store.get("104477", "1") is None
    assert store.get("999", "48213") is None


def test_what_was_cleared_is_gone(store: TaskStore) -> None:
    saved = store.save(record(due_at=NOW, lease_owner="a1", reason="held", attempts=(attempt("7001"),)))
    again = store.save(replace(saved, due_at=None, lease_owner=None, reason=None, attempts=()))
    assert store.get("104477", "48213") == again
    assert store.due(NOW, 10) == []
    assert store.by_order("104477", "7001") is None


def test_a_first_save_over_an_existing_record_is_stale(store: TaskStore) -> None:
    store.save(record())
    with pytest.raises(Stale):
        store.save(record())


def test_a_save_of_an_old_revision_is_stale_and_changes_nothing(store: TaskStore) -> None:
    first = store.save(record())
    second = store.save(replace(first, failures=1))
    with pytest.raises(Stale):
        store.save(replace(first, failures=9))
    assert store.get("104477", "48213") == second


def test_a_save_of_a_record_that_is_not_there_is_stale(store: TaskStore) -> None:
    with pytest.raises(Stale):
        store.save(record(revision=3))


@pytest.mark.parametrize("revision", [0, 1])
def test_of_sixteen_racing_writers_one_wins(
    open_store: Callable[[], TaskStore], at_once: Callable[..., list[Any]], revision: int
) -> None:
    base = record() if revision == 0 else open_store().save(record())
    stores = [open_store() for _ in range(16)]
    outcomes = at_once([lambda one=one: one.save(base) for one in stores])
    winners = [one for one in outcomes if isinstance(one, TaskRecord)]
    assert len(winners) == 1
    assert sum(isinstance(one, Stale) for one in outcomes) == 15
    assert open_store().get("104477", "48213") == winners[0]


def test_handled_versions_tells_the_highest_version_heard_of(store: TaskStore) -> None:
    for place in range(230):
        store.save(record(f"t{place}", wanted_version=place, handled_version=0))
    asked = [f"t{place}" for place in range(230)] + ["t0", "t1", "unknown"]
    versions = store.handled_versions("104477", asked)
    assert versions == {f"t{place}": place for place in range(230)}
    assert store.handled_versions("104477", []) == {}
    assert store.handled_versions("999", ["t1"]) == {}


def test_due_gives_what_has_passed_oldest_first(store: TaskStore) -> None:
    for place, seconds in enumerate([-1, -3600, 0, 1, -0.000001, -2]):
        store.save(record(f"t{place}", due_at=NOW + timedelta(seconds=seconds)))
    store.save(record("never"))
    store.save(record("other", "200", due_at=NOW - timedelta(days=400)))
    assert [one.task_id for one in store.due(NOW, 10)] == ["other", "t1", "t5", "t0", "t4", "t2"]
    assert [one.task_id for one in store.due(NOW, 2)] == ["other", "t1"]


def test_a_state_is_listed_newest_change_first_page_by_page(store: TaskStore) -> None:
    for place in range(7):
        changed = NOW + timedelta(seconds=place * 7 % 5, microseconds=place)
        store.save(record(f"t{place}", state=TaskState.HELD, changed_at=changed))
    store.save(record("ordered", state=TaskState.ORDERED))
    store.save(record("foreign", "200", state=TaskState.HELD))
    assert list(pages(store, "104477", TaskState.HELD, 3)) == [["t2", "t4", "t6"], ["t1", "t3", "t5"], ["t0"]]
    assert list(pages(store, "104477", TaskState.HELD, 7)) == [["t2", "t4", "t6", "t1", "t3", "t5", "t0"]]
    assert list(pages(store, "104477", TaskState.IGNORED, 3)) == [[]]


def test_all_states_are_listed_each_record_once(store: TaskStore) -> None:
    for place, state in enumerate(TaskState):
        store.save(record(f"t{place}", state=state))
    store.save(record("foreign", "200"))
    shown = [task_id for page in pages(store, "104477", None, 3) for task_id in page]
    assert sorted(shown) == sorted(f"t{place}" for place in range(len(TaskState)))
    assert len(list(pages(store, "104477", None, 4))) == 2


def test_a_record_that_changes_state_moves_between_the_lists(store: TaskStore) -> None:
    saved = store.save(record(state=TaskState.HELD))
    store.save(replace(saved, state=TaskState.ORDERED))
    assert list(pages(store, "104477", TaskState.HELD, 5)) == [[]]
    assert list(pages(store, "104477", TaskState.ORDERED, 5)) == [["48213"]]


def test_a_list_of_several_megabytes_is_read_to_its_end(store: TaskStore) -> None:
    long = tuple(Entry(NOW, TaskState.HELD, 1, detail="ø" * 2000) for _ in range(50))
    for place in range(12):
        store.save(record(f"t{place:02}", state=TaskState.HELD, history=long, due_at=NOW))
    everything = [f"t{place:02}" for place in range(12)]
    assert list(pages(store, "104477", None, 12)) == [everything]
    assert sorted(*pages(store, "104477", TaskState.HELD, 100)) == everything
    assert len(store.due(NOW, 100)) == 12
    assert store.count("104477", TaskState.HELD, 1000) == 12


def foreign_cursors(store: TaskStore) -> Iterator[str]:
    for place in range(3):
        for agreement_number in ("104477", "200"):
            for state in (TaskState.HELD, TaskState.ORDERED):
                store.save(record(f"{state}{place}", agreement_number, state=state))
    lists: list[tuple[str, TaskState | None]] = [
        ("200", TaskState.HELD),
        ("104477", TaskState.ORDERED),
        ("104477", None),
    ]
    for agreement_number, listed in lists:
        cursor = store.page(agreement_number, listed, None, 1)[1]
        assert cursor is not None
        yield cursor
    yield from ("", "x", "ø", "e30=", "bnVsbA==", "W10=", base64.urlsafe_b64encode(b"\xff\xfe").decode())
    for task_id in ("", 7, None, "x" * 2000):
        key = {
            "agreement_state": "104477#held",
            "agreement_number": "104477",
            "changed_at": "x",
            "task_id": task_id,
        }
        yield base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def test_a_cursor_of_another_list_is_refused(store: TaskStore) -> None:
    for cursor in foreign_cursors(store):
        with pytest.raises(ValueError, match="cursor"):
            store.page("104477", TaskState.HELD, cursor, 1)


def test_a_record_is_found_by_its_latest_order(store: TaskStore) -> None:
    saved = store.save(record(attempts=(attempt("7001"), attempt("7002", 2), attempt(None, 3))))
    store.save(record("1", attempts=(attempt(None),)))
    assert store.by_order("104477", "7002") == saved
    assert store.by_order("104477", "7001") is None
    assert store.by_order("200", "7002") is None


def test_counting_stops_at_the_given_number(store: TaskStore) -> None:
    for place in range(6):
        store.save(record(f"t{place}", state=TaskState.HELD))
    store.save(record("ordered", state=TaskState.ORDERED))
    assert store.count("104477", TaskState.HELD, 1000) == 6
    assert store.count("104477", TaskState.HELD, 4) == 4
    assert store.count("104477", TaskState.IGNORED, 4) == 0


def test_records_are_found_by_what_they_wait_for(store: TaskStore) -> None:
    waits = [("1", "customers#10021"), ("2", "customers#10021"), ("3", "customers#10022"), ("4", None)]
    for task_id, waits_for in waits:
        store.save(record(task_id, state=TaskState.HELD, waits_for=waits_for))
    store.save(record("1", "200", state=TaskState.HELD, waits_for="customers#10021"))

    def found(*keys: str) -> list[str]:
        return sorted(one.task_id for one in store.waiting("104477", keys))

    assert found("customers#10021") == ["1", "2"]
    assert found("customers#10021", "customers#10022", "customers#10021") == ["1", "2", "3"]
    assert (found("customers#1002"), found(), found("x" * 2000)) == ([], [], [])


def test_what_is_found_waiting_is_the_record_as_it_is_stored(store: TaskStore) -> None:
    saved = store.save(
        record(state=TaskState.HELD, waits_for="products#RØR-Ø22", attempts=(attempt("7001"),))
    )
    assert store.waiting("104477", ["products#RØR-Ø22"]) == [saved]


def test_all_keys_that_are_waited_for_are_listed_by_their_beginning(store: TaskStore) -> None:
    waits = ["customers#1", "customers#1", "customers#2", "products#1", "settings#zero_value"]
    for task_id, waits_for in enumerate(waits):
        store.save(record(str(task_id), waits_for=waits_for))
    assert store.waited_for("104477", "customers#") == {"customers#1", "customers#2"}
    assert store.waited_for("104477", "settings#") == {"settings#zero_value"}


def test_what_no_longer_waits_is_not_found(store: TaskStore) -> None:
    saved = store.save(record(waits_for="customers#1"))
    store.save(replace(saved, waits_for=None))
    assert store.waiting("104477", ["customers#1"]) == []
    assert store.waited_for("104477", "customers#") == frozenset()


def test_a_number_too_long_to_be_bound_is_waited_for_in_vain(store: TaskStore) -> None:
    store.save(record(state=TaskState.HELD, waits_for="products#" + "ø" * 600))
    assert store.waited_for("104477", "products#") == frozenset()
    stored = store.get("104477", "48213")
    assert stored is not None
    assert (stored.state, stored.waits_for) == (TaskState.HELD, None)

"""A task with thousands of registrations fits into one record, whatever is done to its order."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connector.adapters.dynamodb.tasks import DynamoTaskStore
from connector.domain.order import ROWS_LIMIT, SentRow, digest
from connector.domain.task_record import Attempt, Contents, TaskRecord, TaskState
from connector.stores import TaskStore
from tests.fakes.stores import MemoryTaskStore

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["memory", pytest.param("engine", marks=pytest.mark.engine)])
def store(request: pytest.FixtureRequest) -> TaskStore:
    if request.param == "memory":
        return MemoryTaskStore()
    account = request.getfixturevalue("account")
    account.create_table("tasks")
    return DynamoTaskStore(account.table("tasks"))


def under_change(rows: int) -> TaskRecord:
    """A record whose order has so many rows, all of them about to be changed."""
    sent = tuple(
        SentRow(
            place, digest(str(place)), (f"r-{900000 + place}",), 505, Decimal("2.25"), Decimal("99.50"),
            Decimal(0), 7_000_000 + place,
        )
        for place in range(1, rows + 1)
    )  # fmt: skip
    contents = Contents(7, digest("task"), Decimal(1000), sent)
    attempt = Attempt(1, NOW, contents, order_id="5001", update=replace(contents, task_version=8))
    return TaskRecord("104477", "48213", NOW, NOW, state=TaskState.UPDATING, attempts=(attempt,))


@pytest.mark.parametrize("rows", [1, 600, ROWS_LIMIT])
def test_the_record_comes_back_as_it_was_stored(store: TaskStore, rows: int) -> None:
    stored = store.save(under_change(rows))
    assert store.get("104477", "48213") == stored
    assert store.page("104477", TaskState.UPDATING, None, 10)[0] == [stored]
    assert store.by_order("104477", "5001") == stored


def test_those_that_have_an_order_are_told_from_those_that_have_none(store: TaskStore) -> None:
    store.save(under_change(1))
    store.save(TaskRecord("104477", "48300", NOW, NOW))
    assert store.ordered("104477", ["48213", "48300", "48400"]) == {"48213"}

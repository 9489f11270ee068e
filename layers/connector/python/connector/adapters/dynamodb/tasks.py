"""Task records in DynamoDB: one item per task; indexes by state, order, due time and what is waited for.

A record is stored whole under its next revision; index attributes are derived from it on each write.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from connector.adapters.dynamodb import codec, tables
from connector.adapters.dynamodb.codec import Item
from connector.domain.task_record import TaskRecord, TaskState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

DUE = "due"
"""The one partition of the sparse index by due time."""

PACKED_FROM = 30_000
"""Bytes; an order of 5,000 rows (`order.ROWS_LIMIT`) takes 1.6 MB while it changes, an item holds 400 kB."""

KEY_LIMIT = 1024
"""A sort key holds at most 1024 bytes."""


class DynamoTaskStore:
    """`TaskStore` on the table `tasks`."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, agreement_number: str, task_id: str) -> TaskRecord | None:
        """See `TaskStore.get`."""
        item = tables.get(self._table, {"agreement_number": agreement_number, "task_id": task_id})
        return _record(item) if item else None

    def save(self, record: TaskRecord) -> TaskRecord:
        """See `TaskStore.save`."""
        tables.put_next(self._table, _item(record), record.revision)
        return replace(record, revision=record.revision + 1)

    def handled_versions(self, agreement_number: str, task_ids: Sequence[str]) -> Mapping[str, int]:
        """See `TaskStore.handled_versions`."""
        found = self._attributes(agreement_number, task_ids, "wanted_version")
        return {item["task_id"]: int(item["wanted_version"]) for item in found}

    def ordered(self, agreement_number: str, task_ids: Sequence[str]) -> frozenset[str]:
        """See `TaskStore.ordered`."""
        found = self._attributes(agreement_number, task_ids, "order_id")
        return frozenset(item["task_id"] for item in found if "order_id" in item)

    def due(self, now: datetime, limit: int) -> list[TaskRecord]:
        """See `TaskStore.due`; the index may lag, so a record may be here that is no longer due."""
        from boto3.dynamodb.conditions import Key

        condition = Key("due").eq(DUE) & Key("due_at").lte(codec.sortable(now))
        return self._records(limit, IndexName="by_due", KeyConditionExpression=condition)

    def page(
        self, agreement_number: str, state: TaskState | None, cursor: str | None, limit: int
    ) -> tuple[list[TaskRecord], str | None]:
        """See `TaskStore.page`; the cursor is the key of the last record shown."""
        from boto3.dynamodb.conditions import Key

        scope, order = _list_keys(agreement_number, state)
        partition, value = next(iter(scope.items()))
        question: dict[str, Any] = {"KeyConditionExpression": Key(partition).eq(value)}
        if state is not None:
            question |= {"IndexName": "by_state", "ScanIndexForward": False}
        if cursor is not None:
            question["ExclusiveStartKey"] = _read_cursor(cursor, scope, order)
        records = self._records(limit + 1, **question)
        if len(records) <= limit:
            return records, None
        last = _item(records[limit - 1])
        return records[:limit], _cursor({name: last[name] for name in (*scope, *order)})

    def waiting(self, agreement_number: str, keys: Sequence[str]) -> list[TaskRecord]:
        """See `TaskStore.waiting`; the index has keys only, the records are read as they are now."""
        possible = [key for key in dict.fromkeys(keys) if _fits_a_key(key)]
        found = [item for key in possible for item in self._waits(agreement_number, key, exactly=True)]
        table_keys = [{"agreement_number": agreement_number, "task_id": item["task_id"]} for item in found]
        items = tables.batch_get(self._table, table_keys, ConsistentRead=True)
        records = (_record(item) for item in items)
        return [record for record in records if record.waits_for in possible]

    def waited_for(self, agreement_number: str, prefix: str) -> frozenset[str]:
        """See `TaskStore.waited_for`."""
        return frozenset(item["waits_for"] for item in self._waits(agreement_number, prefix, exactly=False))

    def by_order(self, agreement_number: str, order_id: str) -> TaskRecord | None:
        """See `TaskStore.by_order`."""
        from boto3.dynamodb.conditions import Key

        condition = Key("agreement_number").eq(agreement_number) & Key("order_id").eq(order_id)
        found = self._records(1, IndexName="by_order", KeyConditionExpression=condition)
        return found[0] if found else None

    def count(self, agreement_number: str, state: TaskState, at_most: int) -> int:
        """See `TaskStore.count`."""
        from boto3.dynamodb.conditions import Key

        condition = Key("agreement_state").eq(_agreement_state(agreement_number, state))
        counted = 0
        for page in tables.query_pages(
            self._table, IndexName="by_state", Select="COUNT", Limit=at_most, KeyConditionExpression=condition
        ):
            counted += page["Count"]
            if counted >= at_most:
                break
        return min(counted, at_most)

    def _waits(self, agreement_number: str, text: str, exactly: bool) -> Iterator[Item]:
        from boto3.dynamodb.conditions import Key

        waits_for = Key("waits_for")
        condition = waits_for.eq(text) if exactly else waits_for.begins_with(text)
        own = Key("agreement_number").eq(agreement_number)
        return tables.query(self._table, IndexName="by_wait", KeyConditionExpression=own & condition)

    def _attributes(self, agreement_number: str, task_ids: Sequence[str], name: str) -> Iterator[Item]:
        keys = [{"agreement_number": agreement_number, "task_id": one} for one in dict.fromkeys(task_ids)]
        return tables.batch_get(
            self._table, keys, ProjectionExpression=f"task_id, {name}", ConsistentRead=True
        )

    def _records(self, limit: int, **question: Any) -> list[TaskRecord]:
        found = tables.query(self._table, Limit=limit, **question)
        return [_record(item) for item in islice(found, limit)]


def _item(record: TaskRecord) -> Item:
    item = codec.dump(record)
    large = {name: item[name] for name in ("attempts", "receipt") if name in item}
    if codec.size(large) > PACKED_FROM:
        item = {name: value for name, value in item.items() if name not in large}
        item["packed"] = codec.pack(large)
    item["agreement_state"] = _agreement_state(record.agreement_number, record.state)
    item["changed_at"] = codec.sortable(record.changed_at)
    if record.due_at is not None:
        item |= {"due": DUE, "due_at": codec.sortable(record.due_at)}
    order_id = next((one.order_id for one in reversed(record.attempts) if one.order_id), None)
    if order_id is not None:
        item["order_id"] = order_id
    if not _fits_a_key(record.waits_for or ""):
        del item["waits_for"]
    return item


def _record(item: Mapping[str, Any]) -> TaskRecord:
    unpacked = codec.unpack(item["packed"]) if "packed" in item else {}
    return codec.load(TaskRecord, {**item, **unpacked})


def _fits_a_key(text: str) -> bool:
    """A number too long for a key has no binding either: nothing would ever let such a task go on."""
    return len(text.encode()) <= KEY_LIMIT


def _agreement_state(agreement_number: str, state: TaskState) -> str:
    return f"{agreement_number}#{state}"


def _list_keys(agreement_number: str, state: TaskState | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """The attributes that are the same all through a list, partition first, and those that order it."""
    if state is None:
        return {"agreement_number": agreement_number}, ("task_id",)
    scope = {
        "agreement_state": _agreement_state(agreement_number, state),
        "agreement_number": agreement_number,
    }
    return scope, ("changed_at", "task_id")


def _cursor(key: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read_cursor(cursor: str, scope: Mapping[str, str], order: Sequence[str]) -> dict[str, str]:
    """The key in a cursor; `ValueError` unless it is one of this list: cursors come from outside."""
    try:
        key = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise ValueError("not a cursor of this list") from error
    if not isinstance(key, dict) or key != {**scope, **{name: key.get(name) for name in order}}:
        raise ValueError("not a cursor of this list")
    if not all(isinstance(key[name], str) and 0 < len(key[name].encode()) <= KEY_LIMIT for name in order):
        raise ValueError("not a cursor of this list")
    return key

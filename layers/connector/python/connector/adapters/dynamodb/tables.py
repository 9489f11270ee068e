"""What all tables have in common: conditional writes by revision, queries page by page, batch reads."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from connector.adapters.aws import translated
from connector.adapters.dynamodb.codec import Item
from connector.errors import RetryLater

if TYPE_CHECKING:
    from boto3.dynamodb.conditions import ConditionBase
    from mypy_boto3_dynamodb.service_resource import Table

BATCH_LIMIT = 100
"""BatchGetItem takes at most 100 keys."""

BATCH_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds to wait before asking again for what a batch read left out; the SDK doesn't do that itself."""


def get(table: "Table", key: Mapping[str, str]) -> Item | None:
    """One item, strongly consistent."""
    with translated():
        return table.get_item(Key=key, ConsistentRead=True).get("Item")


def put_next(table: "Table", item: Item, revision: int) -> None:
    """Store the item if the stored one still has that revision (0 = there is none), else raise `Stale`."""
    from boto3.dynamodb.conditions import Attr

    condition = Attr("revision").eq(revision) if revision else Attr("agreement_number").not_exists()
    put_if(table, {**item, "revision": revision + 1}, condition)


def put_if(table: "Table", item: Item, condition: "ConditionBase") -> None:
    """Store the item if the condition holds, else raise `Stale`.

    The SDK repeats a write whose answer was lost, and would then lose against itself: `write_id` tells.
    """
    item = {**item, "write_id": uuid4().hex}
    with translated():
        try:
            table.put_item(
                Item=item, ConditionExpression=condition, ReturnValuesOnConditionCheckFailure="ALL_OLD"
            )
        except table.meta.client.exceptions.ConditionalCheckFailedException as error:
            if stored_instead(error.response).get("write_id") != item["write_id"]:
                raise


def stored_instead(response: Mapping[str, Any]) -> Item:
    """The item that a failed condition met, as `ReturnValuesOnConditionCheckFailure` gives it."""
    from boto3.dynamodb.types import TypeDeserializer

    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in response.get("Item", {}).items()}


def query(table: "Table", **question: Any) -> Iterator[Item]:
    """Every item that a query finds, page by page."""
    for page in query_pages(table, **question):
        yield from page["Items"]


def query_pages(table: "Table", **question: Any) -> Iterator[Mapping[str, Any]]:
    """The answers of a query, of at most 1 MB each."""
    while True:
        with translated():
            answer = table.query(**question)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def batch_get(table: "Table", keys: Sequence[Mapping[str, str]], **options: Any) -> Iterator[Item]:
    """The items that exist of any number of different keys, in no particular order."""
    for start in range(0, len(keys), BATCH_LIMIT):
        yield from _batch(table, {"Keys": keys[start : start + BATCH_LIMIT], **options})


def _batch(table: "Table", question: Any) -> Iterator[Item]:
    for pause in (*BATCH_PAUSES, None):
        with translated():
            answer = table.meta.client.batch_get_item(RequestItems={table.name: question})
        yield from answer["Responses"].get(table.name, [])
        if table.name not in answer["UnprocessedKeys"]:
            return
        question = answer["UnprocessedKeys"][table.name]
        if pause is not None:
            time.sleep(pause)  # `BATCH_PAUSES`: the SDK doesn't wait for these
    raise RetryLater("aws_throttled")

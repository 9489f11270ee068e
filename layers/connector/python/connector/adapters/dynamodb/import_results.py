"""Results of import runs in DynamoDB, in the table of cursors: one item per put (`results#<run>#<place>`).

The results are packed: a thousand take a few kB, and 5,000 with long numbers of no pattern stay under the
400 kB of an item. DynamoDB deletes an expired item up to days late, so each read looks at `expires_at`.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.adapters.aws import translated
from connector.adapters.dynamodb import codec, tables
from connector.adapters.dynamodb.codec import Item
from connector.domain.import_result import RESULTS_A_PAGE, Result, ResultPage
from connector.domain.stream import Stream
from connector.errors import Stale
from connector.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PREFIX = "results#"

PLACE_DIGITS = 20
"""Any 64-bit id, so that the keys sort as the places do."""

ITEMS_A_QUERY = 25
"""Most puts hold few results; few items read too much when each holds a thousand."""


class DynamoImportResultStore:
    """`ImportResultStore` on the table `cursors`; `clock` tells what has expired."""

    def __init__(self, table: "Table", clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def put(
        self,
        agreement_number: str,
        stream: Stream,
        run_id: str,
        place: int,
        results: Sequence[Result],
        expires_at: datetime,
    ) -> None:
        """See `ImportResultStore.put`; without results an item is written only over another."""
        item: Item = {
            **_key(agreement_number, run_id, _place(place)),
            "of": str(stream),
            "results": codec.pack([codec.dump(one) for one in results]),
            "expires_at": codec.epoch(expires_at),
        }
        if not results:
            self._put_over(item)
            return
        with translated():
            self._table.put_item(Item=item)

    def page(self, agreement_number: str, run_id: str, cursor: str | None) -> ResultPage:
        """See `ImportResultStore.page`; the cursor is the last place shown."""
        from boto3.dynamodb.conditions import Attr, Key

        condition = Key("stream").begins_with(_sort_key(run_id, ""))
        question: dict[str, Any] = {
            "KeyConditionExpression": Key("agreement_number").eq(agreement_number) & condition,
            "FilterExpression": Attr("expires_at").gt(int(self._clock().timestamp())),
            "Limit": ITEMS_A_QUERY,
            "ConsistentRead": True,
        }
        if cursor is not None:
            question["ExclusiveStartKey"] = _key(agreement_number, run_id, _checked(cursor))
        found: list[Result] = []
        for item in tables.query(self._table, **question):
            found += (codec.load(Result, one) for one in codec.unpack(item["results"]))
            if len(found) >= RESULTS_A_PAGE:
                return ResultPage(tuple(found), item["stream"].rpartition("#")[2])
        return ResultPage(tuple(found))

    def _put_over(self, item: Item) -> None:
        from boto3.dynamodb.conditions import Attr

        try:
            tables.put_if(self._table, item, Attr("agreement_number").exists())
        except Stale:
            return


def _key(agreement_number: str, run_id: str, place: str) -> dict[str, str]:
    return {"agreement_number": agreement_number, "stream": _sort_key(run_id, place)}


def _sort_key(run_id: str, place: str) -> str:
    return f"{PREFIX}{run_id}#{place}"


def _place(place: int) -> str:
    return f"{place:0{PLACE_DIGITS}d}"


def _checked(cursor: str) -> str:
    """Cursors come from outside."""
    if re.fullmatch(rf"[0-9]{{{PLACE_DIGITS}}}", cursor) is None:
        raise ValueError("not a cursor of this list")
    return cursor

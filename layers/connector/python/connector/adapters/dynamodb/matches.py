"""Match reports in DynamoDB: beside the cursor of their stream, in the same table (`matches#customers`)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.adapters.dynamodb import codec, tables
from connector.domain.matches import MatchReview
from connector.domain.stream import Stream

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PREFIX = "matches#"


class DynamoMatchStore:
    """`MatchStore` on the table `cursors`."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, agreement_number: str, stream: Stream) -> MatchReview | None:
        """See `MatchStore.get`."""
        key = {"agreement_number": agreement_number, "stream": f"{PREFIX}{stream}"}
        item = tables.get(self._table, key)
        return codec.load(MatchReview, {**item, "stream": str(stream)}) if item else None

    def save(self, review: MatchReview) -> MatchReview:
        """See `MatchStore.save`."""
        item = {**codec.dump(review), "stream": f"{PREFIX}{review.stream}"}
        tables.put_next(self._table, item, review.revision)
        return replace(review, revision=review.revision + 1)

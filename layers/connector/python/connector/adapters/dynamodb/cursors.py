"""Cursors with their runs in DynamoDB: one item per integration and stream."""

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.adapters.dynamodb import codec, tables
from connector.domain.stream import Cursor, Stream

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DynamoCursorStore:
    """`CursorStore` on the table `cursors`."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, agreement_number: str, stream: Stream) -> Cursor | None:
        """See `CursorStore.get`."""
        item = tables.get(self._table, {"agreement_number": agreement_number, "stream": str(stream)})
        return codec.load(Cursor, item) if item else None

    def save(self, cursor: Cursor) -> Cursor:
        """See `CursorStore.save`."""
        tables.put_next(self._table, codec.dump(cursor), cursor.revision)
        return replace(cursor, revision=cursor.revision + 1)

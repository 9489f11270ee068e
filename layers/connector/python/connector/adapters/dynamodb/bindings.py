"""Bindings in DynamoDB: one item per pair, sorted by kind and Smartday number (`customers#10021`).

Decision: read and written by hand, not by the codec: imports move them by the hundred thousand, and each
attribute costs. So id and fingerprint are one text (`bound`: `10021 9f86d081…`), and what a binding mostly is
isn't stored: in use, not blocked.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from connector.adapters.aws import translated
from connector.adapters.dynamodb import tables
from connector.adapters.dynamodb.codec import Item
from connector.domain.binding import Binding, Kind

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEY_LIMIT = 1024
"""A sort key holds at most 1024 bytes."""

PARTS = "binding_key, bound, active, blocked"
"""The attributes of an item, without the agreement."""


class DynamoBindingStore:
    """`BindingStore` on the table `bindings`."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, agreement_number: str, kind: Kind, numbers: Iterable[str]) -> dict[str, Binding]:
        """See `BindingStore.get`; a number too long for a key has no binding."""
        keys = [_key(agreement_number, kind, number) for number in dict.fromkeys(numbers)]
        possible = [key for key in keys if len(key["binding_key"].encode()) <= KEY_LIMIT]
        found = tables.batch_get(self._table, possible, ConsistentRead=True, ProjectionExpression=PARTS)
        bindings = (_binding(kind, item) for item in found)
        return {binding.number: binding for binding in bindings}

    def put(self, agreement_number: str, bindings: Sequence[Binding]) -> None:
        """See `BindingStore.put`; of two with one number the later stays."""
        latest = {(one.kind, one.number): one for one in bindings}
        with translated(), self._table.batch_writer() as batch:
            for one in latest.values():
                batch.put_item(Item={**_key(agreement_number, one.kind, one.number), **_parts(one)})

    def all(self, agreement_number: str, kind: Kind) -> Iterator[Binding]:
        """See `BindingStore.all`."""
        from boto3.dynamodb.conditions import Key

        own = Key("agreement_number").eq(agreement_number)
        of_kind = Key("binding_key").begins_with(f"{kind}#")
        question = {"KeyConditionExpression": own & of_kind, "ProjectionExpression": PARTS}
        found = tables.query(self._table, **question, ConsistentRead=True)
        return (_binding(kind, item) for item in found)


def _key(agreement_number: str, kind: Kind, number: str) -> dict[str, str]:
    return {"agreement_number": agreement_number, "binding_key": f"{kind}#{number}"}


def _parts(binding: Binding) -> Item:
    item: Item = {"bound": f"{binding.erp_id} {binding.fingerprint}"}
    if not binding.active:
        item["active"] = False
    if binding.blocked:
        item["blocked"] = True
    return item


def _binding(kind: Kind, item: Item) -> Binding:
    erp_id, _, fingerprint = item["bound"].partition(" ")
    return Binding(
        kind,
        item["binding_key"].removeprefix(f"{kind}#"),
        int(erp_id),
        fingerprint,
        item.get("active", True),
        item.get("blocked", False),
    )

"""Values of the domain as DynamoDB items, and back.

One generic codec for all: pydantic knows the dataclasses. Decimals are stored as text, so that `1.50`
stays `1.50`. An attribute that is None isn't stored, so that it is in no index; inside an attribute None is
kept, for a field without default can't be left out.
"""

import json
import lzma
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Item = dict[str, Any]
T = TypeVar("T")


@cache
def _adapter(type_: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(type_)


def dump(value: Any) -> Item:
    """A dataclass as an item."""
    kind: Any = type(value)
    item: Item = _adapter(kind).dump_python(value, mode="json")
    return {name: attribute for name, attribute in item.items() if attribute is not None}


def load(type_: type[T], item: Mapping[str, Any]) -> T:
    """The dataclass that an item was made of; attributes it doesn't know (keys, indexes) are left aside.

    Raises pydantic's `ValidationError` for an item that is none.
    """
    kind: Any = type_
    value: T = _adapter(kind).validate_python(item)
    return value


def pack(value: Any) -> bytes:
    """What would be too large for an item, far smaller: lists of likes, which repeat each other."""
    return lzma.compress(json.dumps(value, separators=(",", ":")).encode())


def unpack(packed: Any) -> Any:
    """What was packed; boto3 gives bytes in a wrapper of its own."""
    return json.loads(lzma.decompress(bytes(packed)))


def size(value: Any) -> int:
    """Bytes of the value as JSON, which is about what it takes in an item."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def sortable(time: datetime) -> str:
    """An aware time as text of fixed width in UTC: sorts as the times do, and `load` reads it."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def epoch(time: datetime) -> int:
    """Whole seconds since 1970, rounded up: what DynamoDB's expiry wants."""
    return ceil(time.timestamp())

"""Values between XML text, JSON and Python: int, Decimal, bool, aware UTC datetime, str, dict, list.

Decision: a value that means "not set" by the schema's defaults (contract 24sevenoffice 2.5) is read as
absent, and what is absent or an empty string is never written. Enumeration defaults are written, which is
legal either way.
"""

import math
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from sandbox.twentyfoursevenoffice.schema import ALWAYS_PRESENT, ENUMERATIONS, ITEM_NAMES, TYPES

Record = dict[str, Any]

FOUR_PLACES = Decimal("0.0001")
_RANGES = {"int": 2**31, "long": 2**63, "short": 2**15}
_UNSET: dict[str, Any] = {kind: -limit for kind, limit in _RANGES.items()} | {
    "decimal": Decimal(-79228162514264337593543950335),
    "double": Decimal("-1.7976931348623157E+308"),
    "dateTime": datetime(1, 1, 1, tzinfo=UTC),
    "guid": str(uuid.UUID(int=0)),
    "string": "",
}
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_AS_IT_IS = re.compile("[^\t\n\x20-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXTS = frozenset({"string", *ENUMERATIONS})


class Raw(str):
    """XML that is already written."""

    __slots__ = ()


def scalar(kind: str, text: str) -> Any:
    """The value of a scalar or enumeration, None when it means "not set". Raises `ValueError` on a wrong
    one.

    A member of no enumeration is not judged here: saves refuse it per item, searches as a whole.
    """
    value = _SCALARS[kind](text.strip()) if kind in _SCALARS else text
    return None if kind in _UNSET and value == _UNSET[kind] else value


def _integer(kind: str) -> Callable[[str], int]:
    limit = _RANGES[kind]

    def read(text: str) -> int:
        value = int(text)
        if not -limit <= value < limit:
            raise ValueError(f"Value was either too large or too small for {kind}: '{text}'.")
        return value

    return read


def _decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"The string '{text}' is not a valid decimal.")
    return Decimal(text)


def _double(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"The string '{text}' is not a valid double.") from error
    if not math.isfinite(value):
        raise ValueError(f"The string '{text}' is not a finite double.")
    return value


def _boolean(text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise ValueError(f"The string '{text}' is not a valid Boolean value.")
    return text in ("true", "1")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if len(text) < len("2026-01-01T00:00:00"):
        raise ValueError(f"The string '{text}' is not a valid dateTime.")
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # year 1 with an offset
        return datetime(1, 1, 1, tzinfo=UTC)


def _guid(text: str) -> str:
    return str(uuid.UUID(text))


_SCALARS: dict[str, Callable[[str], Any]] = {
    **{kind: _integer(kind) for kind in _RANGES},
    "decimal": _decimal,
    "double": _double,
    "boolean": _boolean,
    "dateTime": _moment,
    "guid": _guid,
}


def item_of(kind: str) -> str | None:
    """The kind of an array's items, None when `kind` is no array."""
    return kind[1:-1] if kind.startswith("[") else None


def item_name(kind: str) -> str:
    """The element name of an array's items of `kind`."""
    return ITEM_NAMES.get(kind, kind)


def text_of(kind: str, value: Any) -> str:
    """A scalar as it stands on the wire: decimals with four places, times in UTC with Z (contract 2.6)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == "decimal":
        return str(value.quantize(FOUR_PLACES, ROUND_HALF_UP))
    if kind in _TEXTS:
        return _escaped(value) if _NOT_AS_IT_IS.search(value) else str(value)
    return str(value)


def _escaped(text: str) -> str:
    return escape(_NOT_IN_XML.sub("", text), {"\r": "&#13;"})


@lru_cache(maxsize=256)
def selected(kind: str, properties: frozenset[str] | None) -> tuple[tuple[str, str, bool], ...]:
    """(name, kind, always present) of a type's elements in XSD order, only `properties` unless None."""
    return tuple(
        (name, inner, (kind, name) in ALWAYS_PRESENT)
        for name, inner in TYPES[kind].items()
        if properties is None or name in properties or (kind, name) in ALWAYS_PRESENT
    )


def write(name: str, kind: str, value: Any) -> str:
    """One element. Absent members of a complex type are left out."""
    if isinstance(value, Raw):
        inner: str = value
    elif kind in TYPES:
        inner = write_members(kind, value)
    elif item := item_of(kind):
        inner = "".join(write(item_name(item), item, each) for each in value)
    else:
        inner = text_of(kind, value)
    return f"<{name}>{inner}</{name}>"


def write_members(kind: str, record: Mapping[str, Any], properties: frozenset[str] | None = None) -> str:
    """The members of a complex value in XSD order, only `properties` unless None."""
    parts = []
    for name, inner, always in selected(kind, properties):
        value = record.get(name)
        if value is None or (not value and isinstance(value, str | list | dict)):
            if always:
                parts.append(f'<{name} xsi:nil="true"/>')
            continue
        if inner in _TEXTS:
            parts.append(f"<{name}>{_escaped(value) if _NOT_AS_IT_IS.search(value) else value}</{name}>")
        else:
            parts.append(write(name, inner, value))
    return "".join(parts)


def to_json(value: Any) -> Any:
    """A value for control answers: decimals as text with four places, times to the microsecond."""
    if isinstance(value, Decimal):
        return text_of("decimal", value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {key: to_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    return value


def from_json(kind: str, value: Any, where: str) -> Any:
    """A value of `kind` from control input. Raises `ValueError` naming the field that is wrong."""
    item = item_of(kind)
    if value is None:
        return None
    if item is not None and isinstance(value, list):
        return [from_json(item, each, where) for each in value]
    if kind in TYPES and isinstance(value, Mapping):
        unknown = sorted(set(value) - set(TYPES[kind]))
        if unknown:
            raise ValueError(f"{where} has no field {unknown[0]!r}")
        return {name: from_json(TYPES[kind][name], each, f"{where}.{name}") for name, each in value.items()}
    if item is not None or kind in TYPES or not isinstance(value, str | int | float):
        raise ValueError(f"{where} can't be {value!r}")
    try:
        read = scalar(kind, str(value).lower() if isinstance(value, bool) else str(value))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    if kind in ENUMERATIONS and read not in ENUMERATIONS[kind]:
        raise ValueError(f"{where}: {read!r} is none of {', '.join(sorted(ENUMERATIONS[kind]))}")
    return read

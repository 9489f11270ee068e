"""What all of Bridge's JSON has in common (contract smartday 4.1, 4.3).

Decision: fields that we don't use aren't looked at, absent and null are the same, numbers are exact.
"""

import json
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from connector.domain.task import Place, Reference

_NOT_STORABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _storable(text: str) -> str:
    """Without characters that neither UTF-8 nor XML can carry, before they stop a later step; white space
    among them becomes spaces.
    """
    return _NOT_STORABLE.sub(lambda one: " " if one[0].isspace() else "", text)


def _utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("time out of range") from error


def or_nothing(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """The value as read; None when it can't be."""
    try:
        return read(value)
    except ValueError:
        return None


Text = Annotated[str, AfterValidator(_storable)]
Number = Annotated[Decimal, Field(max_digits=29, allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=0, lt=2**53)]
Time = Annotated[AwareDatetime, AfterValidator(_utc)]
TimeIfReadable = Annotated[Time | None, WrapValidator(or_nothing)]
TextIfReadable = Annotated[Text | None, WrapValidator(or_nothing)]


class WireModel(BaseModel):
    """What every part of Bridge's JSON has in common."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


def filled(text: str | None) -> str | None:
    """The text; None when nothing but blanks stands in it."""
    return text if text and text.strip() else None


class WireReference(WireModel):
    """What a record names: another record by id and number, perhaps with its name."""

    id: Text | None = None
    external_number: Text | None = None
    name: Text | None = None

    @property
    def number(self) -> str | None:
        """The ERP's number, None when there is none."""
        return filled(self.external_number)

    def to_domain(self) -> Reference:
        """Id and number."""
        return Reference(id=self.id or "", number=self.number)


class WirePlace(WireModel):
    """An address."""

    address1: Text | None = None
    house_number: Text | None = None
    address2: Text | None = None
    postal_code: Text | None = None
    postal_area: Text | None = None
    country: Text | None = None

    def to_domain(self) -> Place | None:
        """The address; None when nothing stands in it."""
        return Place(**self.model_dump()) if any(self.model_dump().values()) else None


Item = TypeVar("Item", bound=WireModel)


class Page(WireModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: Text | None = None
    has_more: bool | None = None

    def is_whole(self, asked_with: str | None) -> bool:
        """False when something is missing or comes again.

        More is promised without a cursor, the cursor is the one that was asked with, or nothing stands
        where the page before, or this one's cursor, promised something.
        """
        promised = asked_with or self.next_cursor or self.has_more
        if not self.items:
            return not promised
        return self.next_cursor != asked_with if self.next_cursor else not self.has_more


def zulu(time: datetime) -> str:
    """RFC 3339 in UTC, to the second, rounded down."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fields_of(record: Any) -> dict[str, Any]:
    """A record of the domain by its fields' names, which are the wire's; parts of it stay records."""
    names, values_of = _shape(record.__class__)
    return dict(zip(names, values_of(record), strict=True))


@cache
def _shape(kind: type) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names)


_plain = json.JSONEncoder(separators=(",", ":"), default=fields_of).encode
"""The standard encoder, several times faster than any of ours. It would need a float for a `Decimal`, which
`fields_of` refuses with `TypeError`.
"""


def to_json(value: Any) -> bytes:
    """JSON in which a `Decimal` is the number it is, and a record of the domain an object."""
    try:
        return _plain(value).encode()
    except TypeError:
        return _exact(value).encode()


def _exact(value: Any) -> str:
    if isinstance(value, str):
        return _plain(value)
    if value is None:
        return "null"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join([f"{_plain(name)}:{_exact(part)}" for name, part in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_exact(part) for part in value]) + "]"
    return _plain(value)

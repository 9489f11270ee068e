"""Values as they stand in a request (contract 24sevenoffice 2.6)."""

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from connector.domain.task import Place

_FOUR_DECIMALS = Decimal("0.0001")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def seconds(moment: datetime) -> datetime:
    """A time as UTC in whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)


def four_decimals(value: Decimal) -> Decimal:
    """A quantity, price or percentage, rounded half up; zeep itself rounds nothing."""
    return value.quantize(_FOUR_DECIMALS, ROUND_HALF_UP)


def clean(words: str) -> str:
    """Without what XML can't hold; a stray control character must not stop an order."""
    return _NOT_IN_XML.sub("", words)


def address(place: Place | None) -> dict[str, str]:
    """The `Address` of a place, only the parts that there are."""
    if place is None:
        return {}
    first = " ".join(part for part in (place.address1, place.house_number) if part)
    parts = {
        "Street": ", ".join(part for part in (first, place.address2) if part),
        "PostalCode": place.postal_code or "",
        "PostalArea": place.postal_area or "",
        "Country": place.country or "",
    }
    return {name: clean(value) for name, value in parts.items() if value}

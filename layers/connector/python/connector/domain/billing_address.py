"""Which of a company's addresses in the ERP is the customer's in Smartday (contract smartday 4.6, 4.13).

Smartday has one per customer, and no address without postal code or country (contract smartday 4.9).
"""

from collections.abc import Iterable

from connector.domain.countries import country_code
from connector.domain.master_data import ErpAddress
from connector.domain.task import Place
from connector.domain.text_rows import clean, split_text

STREET_LIMIT = 200
POSTAL_CODE_LIMIT = 20
POSTAL_AREA_LIMIT = 100
"""Assumed, as Smartday's limits aren't known; only the first is ever near what the ERP has."""


def billing_address(candidates: Iterable[ErpAddress | None]) -> tuple[Place | None, tuple[str, ...]]:
    """The first that Smartday can have, those with a street before the others, and what there is to note.

    Notes: `address_incomplete` (no postal code) and `country_unknown` of addresses that were passed over,
    `address_shortened`. An address of which only the country is known is none.
    """
    known = [one for one in candidates if one is not None and _says_where(one)]
    notes: list[str] = []
    for address in sorted(known, key=_lacks_street) if len(known) > 1 else known:
        place, noted = _place(address)
        notes += noted
        if place is not None:
            return place, tuple(dict.fromkeys(notes))
    return None, tuple(dict.fromkeys(notes))


def _says_where(erp: ErpAddress) -> bool:
    return bool(clean(erp.street) or clean(erp.postal_code) or clean(erp.postal_area))


def _lacks_street(erp: ErpAddress) -> bool:
    return not clean(erp.street)


def _place(erp: ErpAddress) -> tuple[Place | None, tuple[str, ...]]:
    """A street that is too long goes on in `address2`."""
    postal_code = clean(erp.postal_code)
    if not 0 < len(postal_code) <= POSTAL_CODE_LIMIT:
        return None, ("address_incomplete",)
    country = country_code(clean(erp.country))
    if country is None:
        return None, ("country_unknown",)
    street = _parts(clean(erp.street), STREET_LIMIT)
    area = _parts(clean(erp.postal_area), POSTAL_AREA_LIMIT)
    place = Place(
        address1=street[0] or None,
        address2=street[1] if len(street) > 1 else None,
        postal_code=postal_code,
        postal_area=area[0] or None,
        country=country,
    )
    return place, ("address_shortened",) if len(street) > 2 or len(area) > 1 else ()


def _parts(text: str, limit: int) -> list[str]:
    return [text] if len(text) <= limit else split_text(text, limit)

"""What Bridge accepts of a customer or product: contract smartday 4.6, 4.7 and 4.9.

Decision: one table per kind says field, default and check, so what is stored is exactly what was checked.
Lengths and units are not in the contract; they are generous (an ERP name fits with its first name).
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.smartday.wire import Record

UNITS = ("stk", "time", "km", "m", "m2", "m3", "kg", "l", "pk", "sett", "par", "rull", "døgn", "min")
PRODUCT_TYPES = ("goods", "hours", "distance", "supplement", "text")
STATES = ("active", "inactive")
Check = Callable[[Any], tuple[str, str] | None]


def text(longest: int) -> Check:
    """Null or text of at most `longest` characters."""

    def check(value: Any) -> tuple[str, str] | None:
        if value is not None and not isinstance(value, str):
            return "invalid_type", "Feltet må være tekst."
        return (
            ("too_long", f"Feltet kan ha høyst {longest} tegn.") if value and len(value) > longest else None
        )

    return check


def required_text(longest: int) -> Check:
    """Text that isn't blank, of at most `longest` characters."""

    def check(value: Any) -> tuple[str, str] | None:
        if value is None or (isinstance(value, str) and not value.strip()):
            return "required", "Feltet mangler."
        return text(longest)(value)

    return check


def one_of(allowed: tuple[str, ...]) -> Check:
    """One of the allowed words."""

    def check(value: Any) -> tuple[str, str] | None:
        return None if value in allowed else ("invalid_value", f"Verdien må være en av {', '.join(allowed)}.")

    return check


def flag(value: Any) -> tuple[str, str] | None:
    """True or false."""
    return None if isinstance(value, bool) else ("invalid_type", "Feltet må være true eller false.")


def money(value: Any) -> tuple[str, str] | None:
    """Null or a number of at most 2 decimals (contract smartday 4.1)."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return "invalid_type", "Feltet må være et tall."
    whole_cents = Decimal(value) * 100 == int(Decimal(value) * 100)
    return None if whole_cents else ("too_many_decimals", "Beløp har høyst 2 desimaler.")


def unit(value: Any) -> tuple[str, str] | None:
    """Null or a unit Smartday has."""
    return None if value is None or value in UNITS else ("unit_unknown", f"Enheten «{value}» finnes ikke.")


def organisation_number(value: Any) -> tuple[str, str] | None:
    """Null or nine digits whose last is the modulus 11 control digit."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value) != 9 or not (value.isascii() and value.isdigit()):
        return "invalid_format", "Organisasjonsnummeret må ha ni siffer."
    weighted = sum(int(d) * w for d, w in zip(value[:8], (3, 2, 7, 6, 5, 4, 3, 2), strict=True))
    valid = (weighted + int(value[8])) % 11 == 0
    return None if valid else ("invalid_checksum", "Organisasjonsnummeret er ikke gyldig.")


def country(value: Any) -> tuple[str, str] | None:
    """Two capital letters."""
    if wrong := required_text(2)(value):
        return wrong
    is_code = len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()
    return None if is_code else ("invalid_format", "Landet må ha to store bokstaver.")


Fields = Mapping[str, tuple[Any, Check]]

ADDRESS: Fields = {
    "address1": (None, text(200)),
    "house_number": (None, text(20)),
    "address2": (None, text(200)),
    "postal_code": (None, required_text(20)),
    "postal_area": (None, text(100)),
    "country": ("NO", country),
}
CONTACT: Fields = {
    "id": (None, text(50)),
    "name": (None, required_text(255)),
    "email": (None, text(254)),
    "mobile": (None, text(50)),
}
CUSTOMER: Fields = {
    "name": (None, required_text(255)),
    "is_company": (True, flag),
    "organisation_number": (None, organisation_number),
    "state": ("active", one_of(STATES)),
    "email": (None, text(254)),
    "invoice_email": (None, text(254)),
    "phone": (None, text(50)),
    "mobile": (None, text(50)),
    "comment": (None, text(2000)),
}
PRODUCT: Fields = {
    "type": ("goods", one_of(PRODUCT_TYPES)),
    "name": (None, required_text(255)),
    "description": (None, text(2000)),
    "unit": (None, unit),
    "price": (None, money),
    "cost_price": (None, money),
    "currency": ("NOK", required_text(3)),
    "price_includes_vat": (False, flag),
    "vat_rate": (None, money),
    "group": (None, text(100)),
    "supplier_item_number": (None, text(100)),
    "gtin": (None, text(50)),
    "stock_item": (False, flag),
    "state": ("active", one_of(STATES)),
}
NUMBER = required_text(100)


def checked(fields: Fields, given: Record, prefix: str = "") -> tuple[Record, list[Record]]:
    """The writable fields of `given`, defaults where absent or null, and the errors found in them."""
    kept, errors = {}, []
    for name, (default, check) in fields.items():
        value = given.get(name)
        kept[name] = default if value is None else value
        if wrong := check(kept[name]):
            errors.append({"field": prefix + name, "code": wrong[0], "message": wrong[1]})
    return kept, errors


def checked_customer(given: Record) -> tuple[Record, list[Record]]:
    """As `checked`, with the address and the contacts inside."""
    kept, errors = checked(CUSTOMER, given)
    address, contacts = given.get("billing_address"), given.get("contacts") or []
    kept |= {"billing_address": None, "contacts": []}
    if isinstance(address, dict):
        kept["billing_address"], wrong = checked(ADDRESS, address, "billing_address.")
        errors += wrong
    elif address is not None:
        errors.append(_wrong_type("billing_address"))
    if not isinstance(contacts, list) or not all(isinstance(c, dict) for c in contacts):
        return kept, [*errors, _wrong_type("contacts")]
    for n, contact in enumerate(contacts):
        person, wrong = checked(CONTACT, contact, f"contacts[{n}].")
        kept["contacts"].append(person)
        errors += wrong
    return kept, errors


def checked_product(given: Record) -> tuple[Record, list[Record]]:
    """As `checked`, of a product."""
    return checked(PRODUCT, given)


def _wrong_type(field: str) -> Record:
    return {"field": field, "code": "invalid_type", "message": "Feltet har feil type."}

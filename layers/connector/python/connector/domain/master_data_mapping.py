"""From the ERP's customers and products to Smartday's (contract smartday 4.6, 4.7, 4.13).

The ERP is master. What Smartday can't have is left out and noted; the record is set aside only when it
has no number or no name, or is a supplier and nothing else.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Generic, TypeVar

from connector.domain.master_data import Customer, ErpAddress, ErpCustomer, ErpProduct, Product
from connector.domain.task import Place
from connector.domain.text_rows import clean, is_usable, split_text

NAME_LIMIT = 200
"""The ERP's own limit (contract 24sevenoffice 4); Smartday's isn't known."""

_ORGANISATION_NUMBER = re.compile(r"(?:NO)?([1-9][0-9]{8})(?:MVA)?")
_ORGANISATION_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

Record = TypeVar("Record", Customer, Product)


@dataclass(frozen=True, slots=True)
class Mapped(Generic[Record]):
    """A record to write. `notes` are codes of what was left out or shortened, for the import run:
    `name_shortened`, `organisation_number_invalid`, `email_invalid`, `invoice_email_invalid`,
    `price_invalid`, `price_rounded`, and the last two for `cost_price` and `vat_rate`. `blocked` is kept
    with the binding: Smartday has no such field.
    """

    record: Record
    notes: tuple[str, ...] = ()
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that isn't written. `code`: `name_missing`, `number_missing` or `supplier`; `number` may
    be empty; `detail` is the ERP's own id.
    """

    number: str
    code: str
    detail: str


def to_customer(erp: ErpCustomer, active: bool) -> Mapped[Customer] | SetAside:
    """The customer as Smartday shall have it; `active` is the sync list's word. Never raises.

    Only a Consumer is a person; every other type counts as a company.
    """
    number = str(erp.id)
    if erp.type == "Supplier":
        return SetAside(number, "supplier", number)
    is_company = erp.type != "Consumer"
    full_name = clean(erp.name) if is_company else clean(f"{erp.first_name} {erp.name}")
    if not full_name:
        return SetAside(number, "name_missing", number)
    name, name_notes = _name(full_name)
    company_number = organisation_number(erp.organisation_number)
    company_notes = _invalid(company_number, erp.organisation_number, "organisation_number")
    email, email_notes = _email(erp.email, "email")
    invoice_email, invoice_email_notes = _email(erp.invoice_email, "invoice_email")
    customer = Customer(
        external_number=number,
        name=name,
        is_company=is_company,
        organisation_number=company_number,
        state=_state(active and erp.active),
        email=email,
        invoice_email=invoice_email,
        phone=clean(erp.phone) or None,
        mobile=clean(erp.mobile) or None,
        billing_address=_address((erp.invoice_address, erp.post_address, erp.visit_address)),
    )
    notes = name_notes + company_notes + email_notes + invoice_email_notes
    return Mapped(customer, notes, erp.blocked)


def to_product(erp: ErpProduct) -> Mapped[Product] | SetAside:
    """The product as Smartday shall have it, as goods without unit (the ERP has neither). Never raises."""
    if not clean(erp.number):
        return SetAside("", "number_missing", str(erp.id))
    full_name = clean(erp.name)
    if not full_name:
        return SetAside(erp.number, "name_missing", str(erp.id))
    name, name_notes = _name(full_name)
    price, price_notes = _two_decimals(erp.price, "price")
    cost_price, cost_notes = _two_decimals(erp.cost_price, "cost_price")
    vat_rate, vat_notes = _two_decimals(erp.vat_rate, "vat_rate")
    product = Product(
        external_number=erp.number,
        type="goods",
        name=name,
        description=clean(erp.description) or None,
        unit=None,
        price=price,
        cost_price=cost_price,
        currency="NOK",
        price_includes_vat=False,
        vat_rate=vat_rate,
        gtin=clean(erp.gtin) or None,
        state=_state(erp.active),
    )
    return Mapped(product, name_notes + price_notes + cost_notes + vat_notes)


def fingerprint(record: Customer | Product) -> str:
    """Digest of everything that is written, as 32 hex digits: equal means nothing to write."""
    return hashlib.blake2b(repr(record).encode(), digest_size=16).hexdigest()


def organisation_number(text: str | None) -> str | None:
    """Nine digits with a right check digit; `NO 923 609 016 MVA` is understood. None for anything else."""
    match = _ORGANISATION_NUMBER.fullmatch(re.sub(r"[^0-9A-Z]", "", clean(text).upper()))
    return match[1] if match and _has_right_check_digit(match[1]) else None


def _state(active: bool) -> str:
    return "active" if active else "inactive"


def _name(text: str) -> tuple[str, tuple[str, ...]]:
    first, *rest = split_text(text, NAME_LIMIT)
    return first, ("name_shortened",) if rest else ()


def _has_right_check_digit(number: str) -> bool:
    """Modulus 11, as Brønnøysundregistrene define it; a remainder of 1 has no check digit."""
    total = sum(weight * int(digit) for weight, digit in zip(_ORGANISATION_WEIGHTS, number, strict=False))
    return -total % 11 == int(number[-1])


def _email(text: str, field: str) -> tuple[str | None, tuple[str, ...]]:
    address = clean(text)
    usable = address if _EMAIL.fullmatch(address) else None
    return usable, _invalid(usable, address, field)


def _invalid(usable: str | None, text: str, field: str) -> tuple[str, ...]:
    return (f"{field}_invalid",) if usable is None and clean(text) else ()


def _address(candidates: Iterable[ErpAddress | None]) -> Place | None:
    """The first with a street, else the first with a place at all."""
    known = [one for one in candidates if one is not None]
    with_street = (one for one in known if clean(one.street))
    with_place = (one for one in known if clean(one.postal_code) or clean(one.postal_area))
    chosen = next(with_street, None) or next(with_place, None)
    return _cleaned(chosen) if chosen else None


def _cleaned(erp: ErpAddress) -> Place:
    return Place(
        address1=clean(erp.street) or None,
        postal_code=clean(erp.postal_code) or None,
        postal_area=clean(erp.postal_area) or None,
        country=clean(erp.country) or None,
    )


def _two_decimals(value: Decimal | None, field: str) -> tuple[Decimal | None, tuple[str, ...]]:
    """Money as Smartday has it (contract smartday 4.1)."""
    if value is None:
        return None, ()
    if not is_usable(value):
        return None, (f"{field}_invalid",)
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return rounded, () if rounded == value else (f"{field}_rounded",)

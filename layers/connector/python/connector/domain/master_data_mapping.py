"""From the ERP's customers and products to Smartday's (contract smartday 4.6, 4.7, 4.13).

The ERP is master. Smartday refuses a record for a single field (contract smartday 4.9), so what it can't have
is left out or shortened, and noted. A record is set aside when it is of no use without that field, or by
setting. `docs/master-data.md` has it field by field.
"""

import hashlib
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Generic, TypeVar

from connector.domain.billing_address import billing_address
from connector.domain.master_data import Customer, ErpCustomer, ErpProduct, Product
from connector.domain.settings import Settings
from connector.domain.text_rows import clean, is_usable, split_text

NAME_LIMIT = 200
"""The ERP's own limit (contract 24sevenoffice 4); Smartday's isn't known."""

NUMBER_LIMIT = 100
"""The ERP's own limit of a product number (contract 24sevenoffice 5)."""

EMAIL_LIMIT = 254
"""No longer address can be delivered to (RFC 5321)."""

PHONE_LIMIT = 50
GTIN_LIMIT = 50
"""The ERP's own limit of EAN1 (contract 24sevenoffice 5); a telephone number has at most fifteen digits."""

DESCRIPTION_LIMIT = 2000
"""Four times the ERP's own limit (contract 24sevenoffice 5)."""

USUAL_TYPE = "goods"
"""Of products whose category isn't in the setting `product_types`."""

DEFAULTS = Settings()

_ORGANISATION_NUMBER = re.compile(r"(?:NO)?([1-9][0-9]{8})(?:MVA)?")
_ORGANISATION_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

Record = TypeVar("Record", Customer, Product)


@dataclass(frozen=True, slots=True)
class Mapped(Generic[Record]):
    """A record to write. `blocked` is kept with the binding: Smartday has no such field.

    `notes` are codes of what is otherwise in the ERP, for the import run. Of a customer: `name_shortened`,
    `organisation_number_invalid`, `email_invalid`, `invoice_email_invalid`, `phone_too_long`,
    `mobile_too_long` and those of `billing_address`. Of a product: `name_shortened`,
    `description_shortened`, `gtin_too_long`, `price_invalid`, `price_rounded`, and the last two for
    `cost_price` and `vat_rate`.
    """

    record: Record
    notes: tuple[str, ...] = ()
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that isn't written. `code`: `supplier` or `lead` (by setting), `name_missing`,
    `number_missing` or `number_too_long`; `number` may be empty; `detail` is the ERP's own id.
    """

    number: str
    code: str
    detail: str


def to_customer(erp: ErpCustomer, active: bool, settings: Settings = DEFAULTS) -> Mapped[Customer] | SetAside:
    """The customer as Smartday shall have it; `active` is the sync list's word. Never raises.

    Only a Consumer is a person; every other type counts as a company.
    """
    number = str(erp.id)
    if erp.type == "Supplier" and not settings.import_suppliers:
        return SetAside(number, "supplier", number)
    if erp.type == "Lead" and not settings.import_leads:
        return SetAside(number, "lead", number)
    is_company = erp.type != "Consumer"
    full_name = clean(erp.name) if is_company else clean(f"{erp.first_name} {erp.name}")
    if not full_name:
        return SetAside(number, "name_missing", number)
    name, name_notes = _shortened(full_name, NAME_LIMIT, "name")
    company_number = organisation_number(erp.organisation_number)
    company_notes = _invalid(company_number, erp.organisation_number, "organisation_number")
    email, email_notes = _email(erp.email, "email")
    invoice_email, invoice_email_notes = _email(erp.invoice_email, "invoice_email")
    phone, phone_notes = _fitting(erp.phone, PHONE_LIMIT, "phone")
    mobile, mobile_notes = _fitting(erp.mobile, PHONE_LIMIT, "mobile")
    address, address_notes = billing_address((erp.invoice_address, erp.post_address, erp.visit_address))
    customer = Customer(
        external_number=number,
        name=name,
        is_company=is_company,
        organisation_number=company_number,
        state=_state(active and erp.active),
        email=email,
        invoice_email=invoice_email,
        phone=phone,
        mobile=mobile,
        billing_address=address,
    )
    contact_notes = email_notes + invoice_email_notes + phone_notes + mobile_notes
    return Mapped(customer, name_notes + company_notes + contact_notes + address_notes, erp.blocked)


def to_product(erp: ErpProduct, settings: Settings = DEFAULTS) -> Mapped[Product] | SetAside:
    """The product as Smartday shall have it, without unit (the ERP has none). Never raises.

    A number is what the product is known by, so one that is too long is never shortened.
    """
    number = erp.number
    if not clean(number):
        return SetAside("", "number_missing", str(erp.id))
    if len(number) > NUMBER_LIMIT:
        return SetAside(number, "number_too_long", str(erp.id))
    full_name = clean(erp.name)
    if not full_name:
        return SetAside(number, "name_missing", str(erp.id))
    name, name_notes = _shortened(full_name, NAME_LIMIT, "name")
    description, description_notes = _shortened(clean(erp.description), DESCRIPTION_LIMIT, "description")
    price, price_notes = _two_decimals(erp.price, "price")
    cost_price, cost_notes = _two_decimals(erp.cost_price, "cost_price")
    vat_rate, vat_notes = _two_decimals(erp.vat_rate, "vat_rate")
    gtin, gtin_notes = _fitting(erp.gtin, GTIN_LIMIT, "gtin")
    product = Product(
        external_number=number,
        type=settings.product_types.get(str(erp.category_id), USUAL_TYPE),
        name=name,
        description=description or None,
        unit=None,
        price=price,
        cost_price=cost_price,
        currency="NOK",
        price_includes_vat=False,
        vat_rate=vat_rate,
        gtin=gtin,
        state=_state(erp.active),
    )
    money_notes = price_notes + cost_notes + vat_notes
    return Mapped(product, name_notes + description_notes + money_notes + gtin_notes)


def fingerprint(record: Customer | Product) -> str:
    """Digest of everything that is written, as 32 hex digits: equal means nothing to write."""
    return hashlib.blake2b(repr(record).encode(), digest_size=16).hexdigest()


def organisation_number(text: str | None) -> str | None:
    """Nine digits with a right check digit; `NO 923 609 016 MVA` is understood. None for anything else."""
    match = _ORGANISATION_NUMBER.fullmatch(re.sub(r"[^0-9A-Z]", "", clean(text).upper()))
    return match[1] if match and _has_right_check_digit(match[1]) else None


def _state(active: bool) -> str:
    return "active" if active else "inactive"


def _shortened(text: str, limit: int, field: str) -> tuple[str, tuple[str, ...]]:
    """As much of it as fits, up to a word's end."""
    if len(text) <= limit:
        return text, ()
    return split_text(text, limit)[0], (f"{field}_shortened",)


def _fitting(text: str, limit: int, field: str) -> tuple[str | None, tuple[str, ...]]:
    """All of it or nothing: half a number is another's."""
    whole = clean(text)
    return (whole or None, ()) if len(whole) <= limit else (None, (f"{field}_too_long",))


def _has_right_check_digit(number: str) -> bool:
    """Modulus 11, as Brønnøysundregistrene define it; a remainder of 1 has no check digit."""
    total = sum(weight * int(digit) for weight, digit in zip(_ORGANISATION_WEIGHTS, number, strict=False))
    return -total % 11 == int(number[-1])


def _email(text: str, field: str) -> tuple[str | None, tuple[str, ...]]:
    address = clean(text)
    usable = address if len(address) <= EMAIL_LIMIT and _EMAIL.fullmatch(address) else None
    return usable, _invalid(usable, address, field)


def _invalid(usable: str | None, text: str, field: str) -> tuple[str, ...]:
    return (f"{field}_invalid",) if usable is None and clean(text) else ()


def _two_decimals(value: Decimal | None, field: str) -> tuple[Decimal | None, tuple[str, ...]]:
    """Money as Smartday has it (contract smartday 4.1)."""
    if value is None:
        return None, ()
    if not is_usable(value):
        return None, (f"{field}_invalid",)
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return rounded, () if rounded == value else (f"{field}_rounded",)

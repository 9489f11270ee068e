"""Customers and products: as the ERP has them, and as Smartday shall have them.

Prices are NOK excluding VAT, VAT rates per cent. `None` and empty text both mean "not there".
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connector.domain.task import Place


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of a list read: the ERP's id, when it changed (UTC), whether it is in use.

    `number` is Product.No; for customers the id as text.
    """

    id: int
    number: str
    changed_at: datetime
    active: bool = True


@dataclass(frozen=True, slots=True)
class ErpAddress:
    """One address of a company (contract 24sevenoffice 4): the whole street in `street`."""

    street: str = ""
    postal_code: str = ""
    postal_area: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class ErpCustomer:
    """A company card of the ERP; `type` is Business, Consumer, Supplier, Lead or None; `blocked` when it
    must not be invoiced (BlockInvoice).
    """

    id: int
    name: str
    first_name: str = ""
    type: str = "None"
    organisation_number: str = ""
    active: bool = True
    invoice_address: ErpAddress | None = None
    post_address: ErpAddress | None = None
    visit_address: ErpAddress | None = None
    email: str = ""
    invoice_email: str = ""
    phone: str = ""
    mobile: str = ""
    external_id: str = ""
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class ErpProduct:
    """A product of the ERP, which has no unit (contract 24sevenoffice 5); `category_id` is its category's."""

    id: int
    number: str
    name: str
    description: str = ""
    price: Decimal | None = None
    cost_price: Decimal | None = None
    vat_rate: Decimal | None = None
    gtin: str = ""
    active: bool = True
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """The fields of a customer that the connector writes to Smartday (contract smartday 4.6)."""

    external_number: str
    name: str
    is_company: bool
    organisation_number: str | None
    state: str
    email: str | None
    invoice_email: str | None
    phone: str | None
    mobile: str | None
    billing_address: Place | None


@dataclass(frozen=True, slots=True)
class Product:
    """The fields of a product that the connector writes to Smartday (contract smartday 4.7)."""

    external_number: str
    type: str
    name: str
    description: str | None
    unit: str | None
    price: Decimal | None
    cost_price: Decimal | None
    currency: str
    price_includes_vat: bool
    vat_rate: Decimal | None
    gtin: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Upserted:
    """Smartday's word on one record of a batch: created, updated, unchanged or rejected.

    Of a rejected one, `code` says why, and `field` what it is about when Smartday said so, in Smartday's
    words as `billing_address.postal_code` (contract smartday 4.9).
    """

    external_number: str
    outcome: str
    code: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class FieldCustomer:
    """A customer as Smartday has it; `number` None when it was made in the field (contract smartday 4.6)."""

    id: str
    number: str | None
    name: str
    is_company: bool = True
    organisation_number: str | None = None
    state: str = "active"
    email: str | None = None
    invoice_email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    billing_address: Place | None = None


@dataclass(frozen=True, slots=True)
class FieldProduct:
    """A product as Smartday has it (contract smartday 4.7)."""

    id: str
    number: str | None
    name: str
    state: str = "active"

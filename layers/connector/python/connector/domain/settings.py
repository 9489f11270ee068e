"""What a customer may choose (design 4.11); the defaults are what most want.

`connector.web.settings_body` checks what comes from outside; here every value is one that makes sense.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

HISTORY_LIMIT = 20
"""Older versions fall away, so that an integration's row stays far below DynamoDB's 400 kB."""

DEFAULT_TEXT_TEMPLATE = """\
Smartday-oppgave {number}: {title}
Sted: {place}
Startdato: {start}
Tidsbruk: {time_spent}
Status web: {status_web}
{notes}"""
"""Design 4.12; wording of contract smartday 4.4."""


class OrderStatus(StrEnum):
    """The ERP statuses that a new order may get (contract 24sevenoffice 6.3)."""

    FOR_INVOICING = "ForInvoicing"
    WEB = "Web"
    DRAFT = "Draft"


class Lines(StrEnum):
    """Priced rows plus text rows, or everything as text ("kun tekst")."""

    PRICED = "priced"
    TEXT_ONLY = "text_only"


class Grouping(StrEnum):
    """One row per registration, or one per product, price and discount with the quantities summed."""

    REGISTRATION = "registration"
    PRODUCT = "product"


class Prices(StrEnum):
    """Whose price stands on the row: Smartday's, or the ERP's own (Price left out)."""

    SMARTDAY = "smartday"
    ERP = "erp"


class ReferenceField(StrEnum):
    """Where the order key's text is put (design 4.4)."""

    REFERENCE_NUMBER = "reference_number"
    INVOICE_TITLE = "invoice_title"


class ZeroValue(StrEnum):
    """What becomes of a task that sums to 0."""

    HOLD = "hold"
    SEND = "send"
    IGNORE = "ignore"


class Release(StrEnum):
    """Whether finished tasks become orders by themselves, or wait until a person approves them."""

    AUTOMATIC = "automatic"
    APPROVAL = "approval"


class OpenOrderChanged(StrEnum):
    """What a changed task does to its order while that isn't invoiced."""

    UPDATE = "update"
    HOLD = "hold"


class InvoicedOrderChanged(StrEnum):
    """What a changed task does when its order is invoiced: hold, or a supplementary order with the
    registrations that stand on no order of ours yet.
    """

    HOLD = "hold"
    SUPPLEMENT = "supplement"


class FieldCustomers(StrEnum):
    """What becomes of a task whose customer was made in the field and has no number."""

    HOLD = "hold"
    CREATE = "create"


class ConfirmMatches(StrEnum):
    """When the first import waits for a person who has seen the match report."""

    ALWAYS = "always"
    CONFLICTS = "conflicts"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a customer may choose.

    `text_template` names fields in braces (`connector.domain.text_template`). `fallback_products` maps a
    registration kind to the number of the product that stands in when a line has none. `projects`,
    `departments` and `our_references` map what Smartday calls a project, a department and the responsible
    employee (its external number, else its id) to the ERP's ids; empty = off. `import_customers` and
    `import_products` off: the register is only looked up for orders, nothing of it is written in Smartday.
    `import_suppliers` and `import_leads`: whether companies of those types become customers.
    `product_types` maps the ERP's id of a product category, as text, to a product type of Smartday's.
    """

    order_status: OrderStatus = OrderStatus.FOR_INVOICING
    release: Release = Release.AUTOMATIC
    lines: Lines = Lines.PRICED
    grouping: Grouping = Grouping.REGISTRATION
    prices: Prices = Prices.SMARTDAY
    zero_value: ZeroValue = ZeroValue.HOLD
    credit_orders: bool = False
    open_order_changed: OpenOrderChanged = OpenOrderChanged.UPDATE
    invoiced_order_changed: InvoicedOrderChanged = InvoicedOrderChanged.HOLD
    field_customers: FieldCustomers = FieldCustomers.HOLD
    employee_names: bool = False
    text_template: str = DEFAULT_TEXT_TEMPLATE
    reference_field: ReferenceField = ReferenceField.REFERENCE_NUMBER
    fallback_products: dict[str, str] = field(default_factory=dict)
    projects: dict[str, int] = field(default_factory=dict)
    departments: dict[str, int] = field(default_factory=dict)
    our_references: dict[str, int] = field(default_factory=dict)
    import_customers: bool = True
    import_suppliers: bool = False
    import_leads: bool = True
    import_products: bool = True
    product_types: dict[str, str] = field(default_factory=dict)
    confirm_matches: ConfirmMatches = ConfirmMatches.CONFLICTS


def looking_as(then: Settings, now: Settings) -> Settings:
    """What was begun keeps its look; what decides whether anything is sent counts as it is now.

    A fallback product that was chosen since counts where there was none.
    """
    return replace(
        now,
        order_status=then.order_status,
        lines=then.lines,
        grouping=then.grouping,
        prices=then.prices,
        employee_names=then.employee_names,
        text_template=then.text_template,
        reference_field=then.reference_field,
        fallback_products={**now.fallback_products, **then.fallback_products},
        projects=then.projects,
        departments=then.departments,
        our_references=then.our_references,
    )


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """The settings as they were until `until` (UTC)."""

    version: int
    until: datetime
    settings: Settings

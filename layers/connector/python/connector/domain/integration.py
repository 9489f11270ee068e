"""One customer's activated connection: its state, its settings, its logins."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class IntegrationState(StrEnum):
    """`not_activated` is never stored: it is the state of an agreement that has no integration."""

    NOT_ACTIVATED = "not_activated"
    ACTIVE = "active"
    PAUSED = "paused"
    CREDENTIALS_REJECTED = "credentials_rejected"
    INACTIVE = "inactive"


class OrderStatus(StrEnum):
    """The ERP statuses that a new order may get (design 4.11; contract 24sevenoffice 6.3)."""

    FOR_INVOICING = "ForInvoicing"
    WEB = "Web"
    DRAFT = "Draft"


class Lines(StrEnum):
    """Priced rows plus text rows, or everything as text ("kun tekst")."""

    PRICED = "priced"
    TEXT_ONLY = "text_only"


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


@dataclass(frozen=True, slots=True)
class Settings:
    """What a customer may choose (design 4.11); the defaults are what most want.

    `fallback_products` maps a registration kind to the number of the product that stands in when a
    line has none.
    """

    order_status: OrderStatus = OrderStatus.FOR_INVOICING
    lines: Lines = Lines.PRICED
    prices: Prices = Prices.SMARTDAY
    reference_field: ReferenceField = ReferenceField.REFERENCE_NUMBER
    zero_value: ZeroValue = ZeroValue.HOLD
    credit_orders: bool = False
    employee_names: bool = False
    fallback_products: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErpCompany:
    """The company in the ERP that orders go to."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Integration:
    """One integration, keyed by the agreement number ("avtalenummer").

    `start` (UTC): only tasks finished at or after it become orders. `secret_generation` is the
    generation of the webhook secret in the subscribed address. `revision` guards against lost writes.
    """

    agreement_number: str
    agreement_name: str
    state: IntegrationState
    erp_company: ErpCompany
    start: datetime
    activated_at: datetime
    settings: Settings = field(default_factory=Settings)
    secret_generation: int = 1
    revision: int = 0

    @property
    def is_active(self) -> bool:
        """True when work may be done for it."""
        return self.state is IntegrationState.ACTIVE


@dataclass(frozen=True, slots=True)
class Credentials:
    """Both logins of one integration; never printed."""

    bridge_user: str = field(repr=False)
    bridge_password: str = field(repr=False)
    erp_username: str = field(repr=False)
    erp_password: str = field(repr=False)
    erp_identity_id: str | None = field(default=None, repr=False)

"""The settings as they may be sent.

What a field means stands with it, so that `docs/settings.md` is made from what is checked (`make docs`).
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from connector.domain.settings import (
    ConfirmMatches,
    FieldCustomers,
    Grouping,
    InvoicedOrderChanged,
    Lines,
    OpenOrderChanged,
    OrderStatus,
    Prices,
    ReferenceField,
    Release,
    Settings,
    ZeroValue,
)
from connector.domain.text_template import BROKEN_BRACES, unknown_fields
from connector.web.settings_words import SETTINGS

STRICT = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
"""Strict: "yes" isn't true. Input stays out of errors: it may be a password."""


def _names_known_fields(template: str) -> str:
    unknown = unknown_fields(template)
    if BROKEN_BRACES in unknown:
        raise ValueError("braces without their partner, or around nothing")
    if unknown:
        raise PydanticCustomError("unknown_template_field", "unknown field")
    return template


FallbackKind = Literal["hours", "distance", "item", "supplement"]
_PLAIN = r"^[^\s\x00-\x1f\x7f](.*[^\s\x00-\x1f\x7f])?$"
"""Nothing that nobody sees at either end: it would never match."""

ProductNumber = Annotated[str, Field(min_length=1, max_length=50, pattern=_PLAIN)]
TextTemplate = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_names_known_fields)]
MappedName = Annotated[str, Field(min_length=1, max_length=50, pattern=_PLAIN)]
ErpId = Annotated[int, Field(gt=0, lt=2**31)]
ErpIds = Annotated[dict[MappedName, ErpId], Field(max_length=100)]
"""What Smartday calls it → the ERP's id."""


def _is_erp_id(text: str) -> str:
    """As the ERP's id of a category is written, so that it matches."""
    if not (text.isascii() and text.isdecimal() and text[0] != "0" and int(text) < 2**31):
        raise ValueError("not an id of the ERP's")
    return text


ErpCategory = Annotated[str, Field(min_length=1, max_length=10), AfterValidator(_is_erp_id)]
ProductType = Literal["goods", "hours", "distance", "supplement", "text"]
"""Contract smartday 4.7."""

_DEFAULTS = Settings()


def _said(name: str) -> Any:
    """The field of this name, with the domain's default and what it means."""
    said = SETTINGS[name]
    choices: JsonDict = {choice: list(words) for choice, words in said.choices.items()}
    extra: JsonDict = {"nb": said.nb, "choices": choices}
    return Field(default=getattr(_DEFAULTS, name), description=said.en, json_schema_extra=extra)


class SettingsBody(BaseModel):
    """The settings of the domain, by the same names; what is left out stays as it is."""

    model_config = STRICT

    order_status: OrderStatus = _said("order_status")
    release: Release = _said("release")
    lines: Lines = _said("lines")
    grouping: Grouping = _said("grouping")
    prices: Prices = _said("prices")
    zero_value: ZeroValue = _said("zero_value")
    credit_orders: bool = _said("credit_orders")
    open_order_changed: OpenOrderChanged = _said("open_order_changed")
    invoiced_order_changed: InvoicedOrderChanged = _said("invoiced_order_changed")
    field_customers: FieldCustomers = _said("field_customers")
    employee_names: bool = _said("employee_names")
    text_template: TextTemplate = _said("text_template")
    reference_field: ReferenceField = _said("reference_field")
    fallback_products: dict[FallbackKind, ProductNumber] = _said("fallback_products")
    projects: ErpIds = _said("projects")
    departments: ErpIds = _said("departments")
    our_references: ErpIds = _said("our_references")
    import_customers: bool = _said("import_customers")
    import_suppliers: bool = _said("import_suppliers")
    import_leads: bool = _said("import_leads")
    import_products: bool = _said("import_products")
    product_types: Annotated[dict[ErpCategory, ProductType], Field(max_length=100)] = _said("product_types")
    confirm_matches: ConfirmMatches = _said("confirm_matches")

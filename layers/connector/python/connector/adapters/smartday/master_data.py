"""Bridge's JSON of customers and products (contract smartday 4.6, 4.7).

Decision: only an id is asked of a record that is read; whatever else is missing gets the contract's plainest
value, so that one bare record never hides a page of others.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import WrapValidator

from connector.adapters.smartday.wire import (
    Page,
    Text,
    TextIfReadable,
    WireModel,
    WirePlace,
    fields_of,
    filled,
    or_nothing,
    to_json,
)
from connector.domain.master_data import Customer, FieldCustomer, FieldProduct, Product, Upserted

Body = dict[str, Any]

BRIDGES_OWN = frozenset({"id", "version", "changed_at", "sites"})
"""Fields of a record that nobody else writes (contract smartday 4.6)."""

INACTIVE = "inactive"
"""The `state` of a record that is out of use (contract smartday 4.2)."""


class WireCustomer(WireModel):
    """One customer as Bridge lists it."""

    id: Text
    external_number: Text | None = None
    name: Text | None = None
    is_company: bool | None = None
    organisation_number: Text | None = None
    state: Text | None = None
    email: Text | None = None
    invoice_email: Text | None = None
    phone: Text | None = None
    mobile: Text | None = None
    billing_address: WirePlace | None = None

    def to_domain(self) -> FieldCustomer:
        """The customer; without a number it was made in the field."""
        return FieldCustomer(
            id=self.id,
            number=filled(self.external_number),
            name=self.name or "",
            is_company=self.is_company is not False,
            organisation_number=filled(self.organisation_number),
            state=self.state or "active",
            email=filled(self.email),
            invoice_email=filled(self.invoice_email),
            phone=filled(self.phone),
            mobile=filled(self.mobile),
            billing_address=self.billing_address.to_domain() if self.billing_address else None,
        )


class WireProduct(WireModel):
    """One product as Bridge lists it."""

    id: Text
    external_number: Text | None = None
    name: Text | None = None
    state: Text | None = None

    def to_domain(self) -> FieldProduct:
        """The product."""
        return FieldProduct(self.id, filled(self.external_number), self.name or "", self.state or "active")


CustomerList = Page[WireCustomer]
ProductList = Page[WireProduct]


class FieldError(WireModel):
    """What Bridge complains about, for one field; what can't be read of it is left out."""

    code: TextIfReadable = None
    field: TextIfReadable = None


class ResultError(FieldError):
    """Why a record of a batch was rejected: one field's error, or a problem with several (contract
    smartday 4.7, 4.9).
    """

    errors: Annotated[list[FieldError] | None, WrapValidator(or_nothing)] = None

    @property
    def complaint(self) -> tuple[str | None, str | None]:
        """Code and field of the first field's error; of the whole when no field is named."""
        first = self.errors[0] if self.errors else self
        return first.code or self.code, first.field


class BatchResult(WireModel):
    """Bridge's word on one record of a batch."""

    external_number: Text
    outcome: Text
    error: ResultError | None = None

    def to_domain(self) -> Upserted:
        """The outcome, with Bridge's complaint when there is one."""
        code, field = self.error.complaint if self.error else (None, None)
        return Upserted(self.external_number, self.outcome, code, field)


class BatchResults(WireModel):
    """The answer to a batch, in the order sent (contract smartday 4.13)."""

    results: list[BatchResult]


class HeldRecord(WireModel):
    """What must stand in a record for it to be written back: that it is the one that was asked for."""

    id: Text
    external_number: Text
    state: Text | None = None


def batch_body(records: Sequence[Customer | Product | Body]) -> bytes:
    """The records as a batch (contract smartday 4.13): the domain's, or Bridge's own as they were read."""
    return to_json({"items": [one if isinstance(one, dict) else fields_of(one) for one in records]})


def retired(held: Body, number: str) -> Body:
    """A record as Bridge holds it, to be written back inactive.

    A write replaces all writable fields (contract smartday 4.6), also those that the connector doesn't know;
    so everything is kept but what is Bridge's own.
    """
    kept = {name: value for name, value in held.items() if name not in BRIDGES_OWN}
    return kept | {"external_number": number, "state": INACTIVE}


def customer_body(customer: Customer) -> bytes:
    """One customer's writable fields; its number stands in the address."""
    written = fields_of(customer)
    del written["external_number"]
    return to_json(written)

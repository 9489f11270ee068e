"""Bridge's JSON of customers and products (contract smartday 4.6, 4.7).

Decision: only an id is asked of a record that is read; whatever else is missing gets the contract's plainest
value, so that one bare record never hides a page of others.
"""

from collections.abc import Sequence

from connector.adapters.smartday.wire import Page, Text, WireModel, WirePlace, fields_of, filled, to_json
from connector.domain.master_data import Customer, FieldCustomer, FieldProduct, Product


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


class _ResultError(WireModel):
    code: Text | None = None


class BatchResult(WireModel):
    """Bridge's word on one record of a batch."""

    external_number: Text
    outcome: Text
    error: _ResultError | None = None


class BatchResults(WireModel):
    """The answer to a batch, in the order sent (contract smartday 4.13)."""

    results: list[BatchResult]


def batch_body(records: Sequence[Customer | Product]) -> bytes:
    """The records as a batch; the domain's field names are the wire's."""
    return to_json({"items": [fields_of(record) for record in records]})


def customer_body(customer: Customer) -> bytes:
    """One customer's writable fields; its number stands in the address."""
    written = fields_of(customer)
    del written["external_number"]
    return to_json(written)

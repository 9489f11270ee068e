"""Companies as the ERP in memory makes them of customers from the field, and how they are recognised."""

from connector.domain.master_data import ErpAddress, ErpCustomer, FieldCustomer
from connector.domain.master_data_mapping import organisation_number
from connector.domain.task import Place


def card(number: int, customer: FieldCustomer) -> ErpCustomer:
    """The company that the ERP makes of the customer."""
    address = _address(customer.billing_address)
    return ErpCustomer(
        id=number,
        name=customer.name,
        type="Business" if customer.is_company else "Consumer",
        organisation_number=customer.organisation_number or "",
        invoice_address=address,
        post_address=address,
        email=customer.email or "",
        invoice_email=customer.invoice_email or "",
        phone=customer.phone or "",
        mobile=customer.mobile or "",
        external_id=customer.id,
    )


def has_number(customer: ErpCustomer, number: str) -> bool:
    """True when both are the same Norwegian organisation number, however written."""
    wanted = organisation_number(number)
    return wanted is not None and organisation_number(customer.organisation_number) == wanted


def _address(place: Place | None) -> ErpAddress | None:
    if place is None or place == Place():
        return None
    first = " ".join(part for part in (place.address1, place.house_number) if part)
    street = ", ".join(part for part in (first, place.address2) if part)
    return ErpAddress(street, place.postal_code or "", place.postal_area or "", place.country or "")

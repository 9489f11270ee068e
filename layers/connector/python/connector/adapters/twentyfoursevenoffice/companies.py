"""Companies of the field: how they are looked for, and what is sent to create one (contract 24sevenoffice 4).

Decision: a create never sends `Id`, since an existing card would be overwritten, and cuts nothing: what is
too long the ERP refuses in its own words. A person's whole name goes into `Name`, which reads back whole.
"""

from typing import Any

from connector.adapters.twentyfoursevenoffice.messages import Request, build
from connector.adapters.twentyfoursevenoffice.records import COMPANY_PROPERTIES
from connector.adapters.twentyfoursevenoffice.wire import address, clean
from connector.domain.master_data import ErpCustomer, FieldCustomer
from connector.domain.master_data_mapping import organisation_number as plain_number


def external_id_request(external_id: str) -> Request:
    """Companies with this ExternalId; never call it with an empty one, that would ask for all."""
    return _search(ExternalId=external_id)


def number_requests(organisation_number: str) -> list[Request]:
    """Companies with this organisation number, one request per way to write it; none for an invalid one,
    which several may carry ("000000000").

    The ERP keeps what was typed, and whether it searches by digits isn't known.
    """
    plain = plain_number(organisation_number)
    if plain is None:
        return []
    spaced = f"{plain[:3]} {plain[3:6]} {plain[6:]}"
    return [_search(OrganizationNumber=one) for one in (plain, spaced)]


def carries(company: ErpCustomer, external_id: str, organisation_number: str) -> bool:
    """Our own check of what the ERP found: the exact external id, or the same number however written."""
    if external_id:
        return company.external_id == external_id
    wanted = plain_number(organisation_number)
    return wanted is not None and plain_number(company.organisation_number) == wanted


def create_request(customer: FieldCustomer) -> Request:
    """`SaveCompanies` with this one customer, its Smartday id as ExternalId."""
    place = address(customer.billing_address)
    company: dict[str, Any] = {
        "ExternalId": customer.id,
        "OrganizationNumber": customer.organisation_number,
        "Name": clean(customer.name),
        "Addresses": {"Post": place, "Invoice": place} if place else None,
        "PhoneNumbers": _values(Mobile=customer.mobile, Primary=customer.phone),
        "EmailAddresses": _values(Invoice=customer.invoice_email, Primary=customer.email),
        "Type": "Business" if customer.is_company else "Consumer",
    }
    sent = {name: value for name, value in company.items() if value}
    return build("CompanyService", "SaveCompanies", companies={"Company": [sent]})


def _search(**wanted: str) -> Request:
    return build(
        "CompanyService",
        "GetCompanies",
        searchParams=wanted,
        returnProperties={"string": COMPANY_PROPERTIES},
    )


def _values(**given: str | None) -> dict[str, dict[str, str]]:
    return {name: {"Value": clean(value)} for name, value in given.items() if value}

"""Customers and products: how they are asked for and what their elements say (contract 24sevenoffice 4, 5).

Whether a company is in use stands in the sync list only; a company card always reads as active here, and
who needs to know joins it with `Change.active`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connector.adapters.twentyfoursevenoffice import reading
from connector.adapters.twentyfoursevenoffice.messages import Request, build
from connector.adapters.twentyfoursevenoffice.wire import seconds
from connector.domain.master_data import Change, ErpAddress, ErpCustomer, ErpProduct

CHUNK = 1000
"""Ids per call (contract 24sevenoffice 2.3)."""

COMPANY_PROPERTIES = [
    "Id",
    "ExternalId",
    "OrganizationNumber",
    "Name",
    "FirstName",
    "Addresses",
    "PhoneNumbers",
    "EmailAddresses",
    "Country",
    "Type",
    "BlockInvoice",
]
"""What a company card is asked for."""

_PRODUCT_PROPERTIES = ["Id", "Name", "TaxRate", "StatusId", "InPrice", "Description", "EAN1", "Price", "No"]
_PRODUCT_LIST_PROPERTIES = ["Id", "StatusId", "No", "DateChanged"]
_EXPIRED = 0
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def sync_list_request(page: int, since: datetime | None) -> Request:
    """One page of the list of companies changed since then, in use or not."""
    search: dict[str, Any] = {"Page": page, "Active": None}
    if since:
        search["ChangedAfter"] = seconds(since)
    return build("CompanyService", "GetCompanySyncList", syncSearchParameters=search)


def companies_request(ids: Sequence[int]) -> Request:
    """Details of these companies; never call it with none, that would ask for all."""
    return build(
        "CompanyService",
        "GetCompanies",
        searchParams={"CompanyIds": {"int": list(ids)}},
        returnProperties={"string": COMPANY_PROPERTIES},
    )


def product_list_request(since: datetime | None) -> Request:
    """Ids and numbers of products changed since then."""
    search = {"DateChanged": seconds(since)} if since else {}
    return build(
        "ProductService",
        "GetProducts",
        searchParams=search,
        returnProperties={"string": _PRODUCT_LIST_PROPERTIES},
    )


def products_request(ids: Sequence[int]) -> Request:
    """Details of these products; never call it with none, that would ask for all."""
    return build(
        "ProductService",
        "GetProducts",
        searchParams={"ProductIds": {"int": list(ids)}},
        returnProperties={"string": _PRODUCT_PROPERTIES},
    )


def company_change(element: reading.Element) -> Change:
    """An entry of the sync list. Raises `Unreadable` without an id."""
    given = reading.fields(element)
    company_id = _id(given, "CompanyId")
    changed_at = reading.moment(given, "DateChanged") or reading.moment(given, "DateRegistered")
    active = reading.flag(given, "Active") is not False
    return Change(company_id, str(company_id), changed_at or _LONG_AGO, active)


def take_page(result: reading.Element | None, page: int, found: dict[int, Change]) -> tuple[int, int]:
    """Add a page of the sync list to `found`; gives how many pages and how many companies there are.

    Raises `Unreadable` for another page than asked for, one that brings nothing new, or an empty one
    before the end (contract 24sevenoffice 4).
    """
    given = reading.fields(result)
    current, pages, total = (
        reading.whole(given, name) for name in ("CurrentPage", "TotalPages", "TotalItems")
    )
    if current != page or pages is None or total is None:
        raise reading.Unreadable("another page, or one without its place")
    entries = [company_change(one) for one in reading.children(given.get("Items"), "SyncCompany")]
    news = [entry for entry in entries if entry.id not in found]
    if not news and (entries or page < pages):
        raise reading.Unreadable("a page that brings nothing new")
    found.update({entry.id: entry for entry in entries})
    return pages, total


def product_change(element: reading.Element) -> Change:
    """An entry of the product list. Raises `Unreadable` without an id."""
    given = reading.fields(element)
    changed_at = reading.moment(given, "DateChanged") or _LONG_AGO
    return Change(_id(given, "Id"), reading.text(given, "No"), changed_at, _in_use(given))


def customer(element: reading.Element) -> ErpCustomer:
    """A company card. Raises `Unreadable` without an id, or when it holds an exception instead."""
    given = reading.fields(element)
    addresses = reading.fields(given.get("Addresses"))
    emails = reading.fields(given.get("EmailAddresses"))
    phones = reading.fields(given.get("PhoneNumbers"))
    country = reading.text(given, "Country")
    return ErpCustomer(
        id=_id(given, "Id"),
        name=reading.text(given, "Name"),
        first_name=reading.text(given, "FirstName"),
        type=reading.text(given, "Type") or "None",
        organisation_number=reading.text(given, "OrganizationNumber"),
        invoice_address=_address(addresses.get("Invoice"), country),
        post_address=_address(addresses.get("Post"), country),
        visit_address=_address(addresses.get("Visit"), country),
        email=_first_value(emails, "Primary", "Work", "Home"),
        invoice_email=_first_value(emails, "Invoice"),
        phone=_first_value(phones, "Primary", "Work", "Home"),
        mobile=_first_value(phones, "Mobile"),
        external_id=reading.text(given, "ExternalId"),
        blocked=reading.flag(given, "BlockInvoice") is True,
    )


def product(element: reading.Element) -> ErpProduct:
    """A product. Raises `Unreadable` without an id, or when it holds an exception instead."""
    given = reading.fields(element)
    return ErpProduct(
        id=_id(given, "Id"),
        number=reading.text(given, "No"),
        name=reading.text(given, "Name"),
        description=reading.text(given, "Description"),
        price=reading.decimal(given, "Price"),
        cost_price=reading.decimal(given, "InPrice"),
        vat_rate=reading.decimal(given, "TaxRate"),
        gtin=reading.text(given, "EAN1"),
        active=_in_use(given),
    )


def _in_use(given: reading.Fields) -> bool:
    return reading.whole(given, "StatusId") != _EXPIRED


def _id(given: reading.Fields, name: str) -> int:
    failed = reading.fields(given.get("APIException"))
    value = reading.whole(given, name)
    if value is None or failed:
        raise reading.Unreadable("a record without id, or with an exception")
    return value


def _address(element: reading.Element | None, country: str) -> ErpAddress | None:
    given = reading.fields(element)
    address = ErpAddress(
        street=reading.text(given, "Street"),
        postal_code=reading.text(given, "PostalCode"),
        postal_area=reading.text(given, "PostalArea") or reading.text(given, "City"),
        country=reading.text(given, "Country"),
    )
    if address == ErpAddress():
        return None
    return (
        address
        if address.country
        else ErpAddress(address.street, address.postal_code, address.postal_area, country)
    )


def _first_value(given: reading.Fields, *names: str) -> str:
    values = (reading.text(reading.fields(given.get(name)), "Value") for name in names)
    return next((value for value in values if value), "")

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

PRODUCT_PROPERTIES = [
    "Id",
    "Name",
    "TaxRate",
    "StatusId",
    "CategoryId",
    "InPrice",
    "Description",
    "EAN1",
    "Price",
    "No",
]
"""What a product is asked for."""

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
        returnProperties={"string": PRODUCT_PROPERTIES},
    )


def company_change(element: reading.Element) -> Change:
    """An entry of the sync list. Raises `Unreadable` without an id."""
    given = reading.texts(element)
    company_id = _id(given, "CompanyId")
    changed_at = reading.moment(given, "DateChanged") or reading.moment(given, "DateRegistered")
    active = reading.flag(given, "Active") is not False
    return Change(company_id, str(company_id), changed_at or _LONG_AGO, active)


def read_page(
    result: reading.Element | None, page: int, heard: set[int]
) -> tuple[int, int, tuple[Change, ...]]:
    """A page of the sync list: how many pages and how many companies there are, and the entries. Their ids
    are added to those `heard` before.

    Raises `Unreadable` for another page than asked for, one that brings nothing new, or an empty one
    before the end (contract 24sevenoffice 4).
    """
    given = reading.fields(result)
    current, pages, total = (
        reading.whole(given, name) for name in ("CurrentPage", "TotalPages", "TotalItems")
    )
    if current != page or pages is None or total is None:
        raise reading.Unreadable("another page, or one without its place")
    entries = tuple(map(company_change, reading.children(given.get("Items"), "SyncCompany")))
    before = len(heard)
    heard.update(entry.id for entry in entries)
    if len(heard) == before and (entries or page < pages):
        raise reading.Unreadable("a page that brings nothing new")
    return pages, total, entries


def product_change(element: reading.Element) -> Change:
    """An entry of the product list. Raises `Unreadable` without an id."""
    given = _sound(element)
    changed_at = reading.moment(given, "DateChanged") or _LONG_AGO
    return Change(_id(given, "Id"), given.get("No", ""), changed_at, _in_use(given))


def customer(element: reading.Element) -> ErpCustomer:
    """A company card. Raises `Unreadable` without an id, or when it holds an exception instead."""
    given, groups = reading.parts(element)
    _refuse_exception(groups.get("APIException"))
    _, addresses = reading.parts(groups.get("Addresses"))
    _, emails = reading.parts(groups.get("EmailAddresses"))
    _, phones = reading.parts(groups.get("PhoneNumbers"))
    country = given.get("Country", "")
    return ErpCustomer(
        id=_id(given, "Id"),
        name=given.get("Name", ""),
        first_name=given.get("FirstName", ""),
        type=given.get("Type", "None"),
        organisation_number=given.get("OrganizationNumber", ""),
        invoice_address=_address(addresses.get("Invoice"), country),
        post_address=_address(addresses.get("Post"), country),
        visit_address=_address(addresses.get("Visit"), country),
        email=_first_value(emails, "Primary", "Work", "Home"),
        invoice_email=_first_value(emails, "Invoice"),
        phone=_first_value(phones, "Primary", "Work", "Home"),
        mobile=_first_value(phones, "Mobile"),
        external_id=given.get("ExternalId", ""),
        blocked=reading.flag(given, "BlockInvoice") is True,
    )


def product(element: reading.Element) -> ErpProduct:
    """A product. Raises `Unreadable` without an id, or when it holds an exception instead."""
    given = _sound(element)
    return ErpProduct(
        id=_id(given, "Id"),
        number=given.get("No", ""),
        name=given.get("Name", ""),
        description=given.get("Description", ""),
        price=reading.decimal(given, "Price"),
        cost_price=reading.decimal(given, "InPrice"),
        vat_rate=reading.decimal(given, "TaxRate"),
        gtin=given.get("EAN1", ""),
        active=_in_use(given),
        category_id=reading.whole(given, "CategoryId"),
    )


def _sound(element: reading.Element) -> reading.Texts:
    """The record's own texts. Raises `Unreadable` when it holds an exception instead."""
    _refuse_exception(element.find("{*}APIException"))
    return reading.texts(element)


def _refuse_exception(element: reading.Element | None) -> None:
    if element is not None and reading.fields(element):
        raise reading.Unreadable("a record with an exception")


def _in_use(given: reading.Texts) -> bool:
    return reading.whole(given, "StatusId") != _EXPIRED


def _id(given: reading.Fields | reading.Texts, name: str) -> int:
    value = reading.whole(given, name)
    if value is None:
        raise reading.Unreadable("a record without id")
    return value


def _address(element: reading.Element | None, country: str) -> ErpAddress | None:
    if element is None:
        return None
    given = reading.texts(element)
    street, code, own_country = given.get("Street", ""), given.get("PostalCode", ""), given.get("Country", "")
    area = given.get("PostalArea") or given.get("City", "")
    if not (street or code or area or own_country):
        return None
    return ErpAddress(street, code, area, own_country or country)


def _first_value(given: reading.Fields, *names: str) -> str:
    for name in names:
        if name in given and (value := reading.texts(given[name]).get("Value")):
            return value
    return ""

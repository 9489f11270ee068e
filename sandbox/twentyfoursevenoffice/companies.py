"""Company: the sync list, searches and saves (contract 24sevenoffice 4).

Decision where the contract leaves it open: `CompanyName` matches anywhere in the name without regard to
case, other texts exactly; a deleted (inactive) company is in the sync list but `GetCompanies` doesn't
give it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.twentyfoursevenoffice.rejection import (
    RejectedError,
    check_enumerations,
    check_lengths,
    save_each,
)
from sandbox.twentyfoursevenoffice.soap import failed
from sandbox.twentyfoursevenoffice.state import Call
from sandbox.twentyfoursevenoffice.values import Raw, Record, write_members

PAGE_SIZE = 1000
MAX_IDS = 1000
_PROPERTY_SPELLINGS = {"GLNNumber": "GlnNumber"}  # clients write the first (contract 4, element 45)
_LENGTHS = {
    "OrganizationNumber": 20,
    "Name": 200,
    "FirstName": 50,
    "NickName": 200,
    "Url": 255,
    "Country": 2,
    "InvoiceLanguage": 2,
    "GlnNumber": 13,
}
_SERVER_FIELDS = ("APIException", "DateChanged", "DateCreated", "ExplicitlySpecifyNewCompanyId")


def get_company_sync_list(call: Call) -> Record:
    """One page of companies, active and deleted, ascending by number; the first page is 1."""
    wanted = call.argument("syncSearchParameters")
    page = max(wanted.get("Page", 1), 1)
    table = call.books.companies
    filtered = [name for name in ("Active", "ChangedAfter", "RegisteredAfter") if name in wanted]
    found = [company for company in table if _in_sync_list(company, wanted)] if filtered else list(table)
    size = call.state.page_size
    shown = max(page + call.page_shift, 1)
    on_page = found[(shown - 1) * size : shown * size]
    return {
        "CurrentPage": page,
        "TotalPages": -(-len(found) // size),
        "TotalItems": len(found),
        "ItemsPerPage": size,
        "Items": [_sync_item(company) for company in on_page],
    }


def _in_sync_list(company: Record, wanted: Record) -> bool:
    return (
        ("Active" not in wanted or company["Active"] == wanted["Active"])
        and ("ChangedAfter" not in wanted or company["DateChanged"] > wanted["ChangedAfter"])
        and ("RegisteredAfter" not in wanted or company["DateCreated"] > wanted["RegisteredAfter"])
    )


def _sync_item(company: Record) -> Raw:
    item = {**company, "CompanyId": company["Id"], "DateRegistered": company["DateCreated"]}
    return Raw(write_members("SyncCompany", item))


def get_companies(call: Call) -> list[Raw]:
    """The companies that match all parameters, with the properties asked for. Raises `SoapError` over 1000
    ids.
    """
    wanted = call.argument("searchParams")
    if len(wanted.get("CompanyIds", ())) > MAX_IDS:
        raise failed(f"No more than {MAX_IDS} CompanyIds are allowed")
    named = call.properties("returnProperties") - {"APIException"}
    properties = frozenset(_PROPERTY_SPELLINGS.get(name, name) for name in named)
    table = call.books.companies
    candidates: Iterable[Record] = table.pick(wanted["CompanyIds"]) if wanted.get("CompanyIds") else table
    if "CompanyId" in wanted:
        candidates = [each for each in candidates if each["Id"] == wanted["CompanyId"]]
    return [table.xml(each, properties) for each in candidates if each["Active"] and _matches(each, wanted)]


_TESTS: dict[str, Callable[[Record, Any], bool]] = {
    "ExternalId": lambda company, value: company.get("ExternalId") == value,
    "CompanyName": lambda company, value: value.casefold() in company["Name"].casefold(),
    "ChangedAfter": lambda company, value: company["DateChanged"] > value,
    "CompanyEmail": lambda company, value: value in _values(company, "EmailAddresses"),
    "CompanyPhone": lambda company, value: value in _values(company, "PhoneNumbers"),
    "OrganizationNumber": lambda company, value: company.get("OrganizationNumber") == value,
}


def _matches(company: Record, wanted: Record) -> bool:
    return all(test(company, wanted[name]) for name, test in _TESTS.items() if name in wanted)


def _values(company: Record, group: str) -> list[str]:
    return [each.get("Value", "") for each in company.get(group, {}).values()]


def save_companies(call: Call) -> list[Record]:
    """Save each company; those refused come back as sent with `APIException` (contract 2.4)."""
    return save_each(call.args.get("companies", ()), lambda sent: _save(call, sent))


def _save(call: Call, sent: Record) -> Record:
    """Update the company with the sent `Id`, or create it (with that number, or the next)."""
    check_lengths(sent, _LENGTHS)
    check_enumerations("Company", sent)
    table = call.books.companies
    existing = table.get(sent.get("Id", 0))
    if existing is None and not sent.get("Name"):
        raise RejectedError("Name is mandatory")
    if existing is None and sent.get("Type", "None") == "None":
        raise RejectedError("Type is mandatory")
    changes = {name: value for name, value in sent.items() if name not in _SERVER_FIELDS}
    base = existing or {
        "Id": table.next_id(),
        "ExternalId": "",
        "BlockInvoice": False,
        "DateCreated": call.now,
    }
    company = {**base, **changes, "DateChanged": call.now, "Active": True}
    table.put(company)
    return company


def get_categories(_call: Call) -> list[Record]:
    """The categories that customers can be in."""
    return [{"Id": 1, "Name": "Servicekunde", "ShowContact": False, "ShowCompany": True}]

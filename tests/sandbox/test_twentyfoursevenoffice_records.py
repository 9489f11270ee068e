"""Companies and products of the ERP stand-in, over SOAP and over control."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.serving import serve
from sandbox.twentyfoursevenoffice.app import create_app
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.sandbox.erp_caller import Erp, fault_of, ints, strings

FAR = 1_000_000
CUSTOMERS = 2_300


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    with serve(create_app(CUSTOMERS, 90, limits=Limits(FAR, FAR, FAR))) as base:
        yield base


@pytest.fixture
def erp(running: str) -> Iterator[Erp]:
    with httpx.Client(base_url=running, timeout=30) as http:
        http.post("/_control/reset").raise_for_status()
        caller = Erp(http)
        caller.login()
        yield caller


def sync(erp: Erp, page: int = 1, more: str = "") -> dict[str, object]:
    inner = f"<syncSearchParameters><Page>{page}</Page>{more}</syncSearchParameters>"
    found: dict[str, object] = erp.call("Company", "GetCompanySyncList", inner)
    return found


def companies(erp: Erp, search: str, properties: str = "Id Name") -> list[dict[str, str]]:
    inner = f"<searchParams>{search}</searchParams>" + strings("returnProperties", properties)
    return erp.call("Company", "GetCompanies", inner) or []


def products(erp: Erp, search: str, properties: str = "Id No") -> list[dict[str, str]]:
    inner = f"<searchParams>{search}</searchParams>" + strings("returnProperties", properties)
    return erp.call("Product", "GetProducts", inner) or []


def test_sync_list_pages_hold_every_company_once(erp: Erp) -> None:
    pages = [sync(erp, page) for page in (1, 2, 3)]
    assert [len(page["Items"]) for page in pages] == [1000, 1000, 300]  # type: ignore[arg-type]
    assert (pages[0]["TotalPages"], pages[0]["TotalItems"]) == ("3", str(CUSTOMERS))
    ids = [item["CompanyId"] for page in pages for item in page["Items"]]  # type: ignore[attr-defined]
    assert len(set(ids)) == CUSTOMERS
    assert "Items" not in sync(erp, 4)


def test_sync_list_filters_by_active_and_change(erp: Erp) -> None:
    active, deleted = (
        int(str(sync(erp, more=f"<Active>{value}</Active>")["TotalItems"])) for value in ("true", "false")
    )
    assert deleted > 0
    assert active + deleted == CUSTOMERS
    before = datetime.now(UTC) - timedelta(seconds=1)
    erp.control("POST", "/companies", {"Id": 10005, "Name": "Nytt navn AS"})
    changed = sync(erp, more=f"<ChangedAfter>{before.isoformat()}</ChangedAfter>")
    assert [item["CompanyId"] for item in changed["Items"]] == ["10005"]  # type: ignore[attr-defined]


def test_a_deleted_company_is_in_the_sync_list_only(erp: Erp) -> None:
    erp.control("POST", "/companies", {"Id": 10021, "Active": False})
    listed = {item["CompanyId"]: item["Active"] for item in sync(erp)["Items"]}  # type: ignore[attr-defined]
    assert listed["10021"] == "false"
    assert companies(erp, "<CompanyId>10021</CompanyId>") == []


def test_only_the_properties_asked_for_come_and_in_schema_order(erp: Erp) -> None:
    (company,) = companies(erp, ints("CompanyIds", 10021, 99), "DateChanged Type Name Id NoSuchThing")
    assert list(company) == ["Id", "Name", "Type", "DateChanged"]
    assert company["Name"] == "Brønnøysund Rør & Varme AS"
    assert company["DateChanged"].endswith("Z")


def test_companies_are_found_by_name_number_and_external_id(erp: Erp) -> None:
    erp.control(
        "POST", "/companies", {"Id": 10003, "ExternalId": "kunde-3", "OrganizationNumber": "310000035"}
    )
    assert companies(erp, "<ExternalId>kunde-3</ExternalId>", "Id") == [{"Id": "10003"}]
    by_number = companies(erp, "<OrganizationNumber>310000035</OrganizationNumber>", "Id")
    assert by_number == [{"Id": "10003"}]
    assert {"Id": "10021"} in companies(erp, "<CompanyName>brønnøysund rør</CompanyName>", "Id")


def test_more_than_a_thousand_ids_is_a_fault(erp: Erp) -> None:
    inner = f"<searchParams>{ints('CompanyIds', *range(1001))}</searchParams>"
    assert "1000 CompanyIds" in fault_of(erp.post("Company", "GetCompanies", inner))


def save_company(erp: Erp, inner: str) -> dict[str, object]:
    (saved,) = erp.call("Company", "SaveCompanies", f"<companies><Company>{inner}</Company></companies>")
    assert isinstance(saved, dict)
    return saved


def test_companies_are_created_and_updated(erp: Erp) -> None:
    new = save_company(erp, "<ExternalId>felt-1</ExternalId><Name>Ærlig Bygg AS</Name><Type>Business</Type>")
    assert new["Id"] == str(10001 + CUSTOMERS)
    updated = save_company(erp, f"<Id>{new['Id']}</Id><Country>NO</Country>")
    assert (updated["Name"], updated["ExternalId"]) == ("Ærlig Bygg AS", "felt-1")
    chosen = save_company(erp, "<Id>77001</Id><Name>Eget nummer</Name><Type>Consumer</Type>")
    assert chosen["Id"] == "77001"


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("<Type>Business</Type>", "Name is mandatory"),
        ("<Name>Uten type</Name>", "Type is mandatory"),
        (f"<Name>{'å' * 201}</Name><Type>Business</Type>", "Name can't be longer"),
        ("<Name>A</Name><Type>Friend</Type>", "not a valid value for Type"),
    ],
)
def test_a_refused_company_says_why_and_is_not_saved(erp: Erp, inner: str, reason: str) -> None:
    saved = save_company(erp, inner)
    assert reason in saved["APIException"]["Message"]  # type: ignore[index]
    assert "Id" not in saved
    assert sync(erp)["TotalItems"] == str(CUSTOMERS)


def test_products_are_found_by_every_parameter(erp: Erp) -> None:
    assert products(erp, "<Id>501</Id>") == [{"Id": "501", "No": "T100"}]
    assert products(erp, "<No>KM</No>", "Id Price") == [{"Id": "504", "Price": "8.0000"}]
    assert products(erp, ints("ProductIds", 502, 501, 9), "No") == [{"No": "T100"}, {"No": "T150"}]
    assert products(erp, "<Name>reisetid</Name>", "No") == [{"No": "T020"}]
    assert products(erp, "<Price>950</Price><CategoryId>1</CategoryId>", "No") == [{"No": "T100"}]
    assert len(products(erp, "")) == 90


def test_expired_products_are_listed_and_deleted_ones_disappear(erp: Erp) -> None:
    erp.control("POST", "/products", [{"Id": 501, "StatusId": 0}, {"Id": 502, "Active": False}])
    found = products(erp, ints("ProductIds", 501, 502), "Id StatusId")
    assert found == [{"Id": "501", "StatusId": "0"}]


def test_a_product_changed_by_hand_is_found_by_its_change(erp: Erp) -> None:
    before = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    (new,) = erp.control("POST", "/products", {"Name": "Målebånd", "No": "MB-8", "Price": "129.50"})[
        "products"
    ]
    found = products(erp, f"<DateChanged>{before}</DateChanged>", "Id Price Name")
    assert found == [{"Id": str(new["Id"]), "Name": "Målebånd", "Price": "129.5000"}]


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/companies", {"Id": 10021, "Nme": "x"}),
        ("/companies", {"Id": 10021, "Type": "Friend"}),
        ("/companies", {"ExternalId": "new without name"}),
        ("/companies", ["10021"]),
        ("/products", {"Id": 501, "Price": "nine"}),
        ("/plant", {"duplicate": "no such reference"}),
        ("/companies?client=1", {"Name": "x"}),
    ],
)
def test_control_refuses_nonsense_with_a_sentence(erp: Erp, path: str, given: object) -> None:
    answer = erp.http.post(f"/_control{path}", json=given)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_reset_brings_the_seed_back(erp: Erp) -> None:
    erp.control("POST", "/companies", {"Id": 10021, "Name": "Byttet navn"})
    erp.control("POST", "/reset")
    erp.login()
    assert companies(erp, "<CompanyId>10021</CompanyId>", "Name") == [{"Name": "Brønnøysund Rør & Varme AS"}]


def test_text_survives_both_ways(erp: Erp) -> None:
    erp.control("POST", "/companies", {"Id": 10021, "Note": "a < b & c > d\r\nÅ\x01"})
    (company,) = companies(erp, "<CompanyId>10021</CompanyId>", "Note")
    assert company["Note"] == "a < b & c > d\r\nÅ"


def test_control_shows_companies_by_their_external_id(erp: Erp) -> None:
    new = save_company(erp, "<ExternalId>felt-1</ExternalId><Name>Ærlig Bygg AS</Name><Type>Business</Type>")
    (shown,) = erp.control("GET", "/companies?external_id=felt-1")["companies"]
    assert str(shown["Id"]) == new["Id"]
    assert erp.control("GET", "/companies?external_id=felt")["companies"] == []


def test_an_answer_to_a_save_of_companies_can_be_lost_after_the_effect(erp: Erp) -> None:
    erp.plant("reset", operation="SaveCompanies", when="after")
    inner = "<companies><Company><ExternalId>felt-2</ExternalId><Name>A</Name><Type>Business</Type></Company>"
    with pytest.raises(httpx.TransportError):
        erp.post("Company", "SaveCompanies", f"{inner}</companies>")
    assert len(companies(erp, "<ExternalId>felt-2</ExternalId>")) == 1

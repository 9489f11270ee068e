"""Customers made in the field: what is sent, and what the ERP's answers may say."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from connector.adapters.twentyfoursevenoffice import companies
from connector.domain.master_data import FieldCustomer
from connector.domain.task import Place
from connector.errors import Refused, RetryLater, UnknownOutcome
from tests.unit.adapters.office import answer, office, sent

CUSTOMER = FieldCustomer(
    id="c-901",
    number=None,
    name="Ærlig Bygg AS",
    organisation_number="310000213",
    email="post@eksempel.invalid",
    invoice_email="faktura@eksempel.invalid",
    phone="+4777000000",
    mobile="+4790000000",
    billing_address=Place("Havnegata", "2", None, "8900", "Brønnøysund", "NO"),
)


def company(customer: FieldCustomer) -> dict[str, Any]:
    found: dict[str, Any] = sent(companies.create_request(customer).content)["companies"]["Company"]
    return found


def saved(inside: str) -> httpx.Response:
    return answer("SaveCompanies", f"<Company>{inside}</Company>")


def found(*cards: str) -> httpx.Response:
    return answer("GetCompanies", "".join(f"<Company>{one}</Company>" for one in cards))


def test_a_customer_is_sent_with_its_smartday_id_and_never_a_number() -> None:
    address = {"Street": "Havnegata 2", "PostalCode": "8900", "PostalArea": "Brønnøysund", "Country": "NO"}
    assert company(replace(CUSTOMER, number="10021")) == {
        "ExternalId": "c-901",
        "OrganizationNumber": "310000213",
        "Name": "Ærlig Bygg AS",
        "Addresses": {"Post": address, "Invoice": address},
        "PhoneNumbers": {"Mobile": {"Value": "+4790000000"}, "Primary": {"Value": "+4777000000"}},
        "EmailAddresses": {
            "Invoice": {"Value": "faktura@eksempel.invalid"},
            "Primary": {"Value": "post@eksempel.invalid"},
        },
        "Type": "Business",
    }


def test_a_person_is_a_consumer_and_what_is_missing_is_not_sent() -> None:
    assert company(FieldCustomer("c-902", None, "Åse Ånensen", is_company=False)) == {
        "ExternalId": "c-902",
        "Name": "Åse Ånensen",
        "Type": "Consumer",
    }


def test_a_created_company_tells_its_number() -> None:
    erp, asked = office(saved("<New/><Id>10061</Id><ExternalId>c-901</ExternalId>"))
    assert erp.create_customer(CUSTOMER) == 10061
    assert len(asked.asked) == 1


def test_an_exception_on_the_company_is_a_refusal() -> None:
    erp, _ = office(
        saved("<APIException><Type>Validation</Type><Message>Navn mangler</Message></APIException>")
    )
    with pytest.raises(Refused) as refused:
        erp.create_customer(CUSTOMER)
    assert refused.value.words == "Navn mangler"


@pytest.mark.parametrize(
    "given",
    [
        httpx.Response(502),
        httpx.ReadTimeout("slow"),
        answer("SaveCompanies"),
        saved("<Name>Ærlig Bygg AS</Name>"),
        saved("<Id>ti</Id>"),
        saved("<Id>10061</Id><APIException><Message>Feil</Message></APIException>"),
    ],
)
def test_whatever_says_neither_is_an_unknown_outcome(given: httpx.Response | Exception) -> None:
    erp, asked = office(given)
    with pytest.raises(UnknownOutcome):
        erp.create_customer(CUSTOMER)
    assert len(asked.asked) == 1


def test_companies_that_the_erp_found_too_many_of_are_left_out() -> None:
    erp, _ = office(
        found(
            "<Id>1</Id><ExternalId>c-901</ExternalId>",
            "<Id>2</Id><ExternalId>c-9011</ExternalId>",
            "<Id>3</Id><ExternalId>C-901</ExternalId>",
            "<Id>4</Id>",
        )
    )
    assert [one.id for one in erp.find_customers(external_id="c-901")] == [1]


def test_an_organisation_number_is_looked_for_as_people_write_it_and_compared_by_digits() -> None:
    erp, asked = office(
        found("<Id>1</Id><OrganizationNumber>310000213</OrganizationNumber>"),
        found(
            "<Id>1</Id><OrganizationNumber>310000213</OrganizationNumber>",
            "<Id>2</Id><OrganizationNumber>NO 310 000 213 MVA</OrganizationNumber>",
            "<Id>3</Id><OrganizationNumber>310000215</OrganizationNumber>",
        ),
    )
    assert [one.id for one in erp.find_customers(organisation_number="310000213")] == [1, 2]
    searches = [sent(one.content)["searchParams"]["OrganizationNumber"] for one in asked.asked]
    assert searches == ["310000213", "310 000 213"]


@pytest.mark.parametrize("number", ["", " ", "ukjent", "000000000", "123"])
def test_nothing_to_look_for_makes_no_call_since_that_would_ask_for_all(number: str) -> None:
    erp, asked = office(found("<Id>1</Id>"))
    assert erp.find_customers(organisation_number=number) == []
    assert asked.asked == []


@pytest.mark.parametrize(
    "given", [httpx.Response(502), httpx.Response(200, text="<html/>"), found("<Name/>")]
)
def test_a_failed_look_up_is_never_not_found(given: httpx.Response) -> None:
    erp, _ = office(given)
    with pytest.raises(RetryLater):
        erp.find_customers(external_id="c-901")


@pytest.mark.parametrize(
    ("inside", "blocked"),
    [("", False), ("<BlockInvoice>true</BlockInvoice>", True), ("<BlockInvoice>0</BlockInvoice>", False)],
)
def test_a_card_tells_whether_it_is_blocked_for_invoicing(inside: str, blocked: bool) -> None:
    erp, asked = office(found(f"<Id>1</Id>{inside}"))
    assert [one.blocked for one in erp.read_customers([1])] == [blocked]
    assert {"ExternalId", "BlockInvoice"} < set(sent(asked.asked[0].content)["returnProperties"]["string"])

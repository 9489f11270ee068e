"""Bridge's JSON of customers and products: read tolerantly, written exactly (contract smartday 4.6, 4.7)."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.smartday.master_data import (
    BatchResult,
    CustomerList,
    ProductList,
    batch_body,
    customer_body,
)
from connector.domain.master_data import Customer, FieldCustomer, FieldProduct, Product, Upserted
from connector.domain.task import Place

LISTED: dict[str, Any] = {
    "id": "c-7001",
    "external_number": "10021",
    "version": 3,
    "name": "Brønnøysund Rør & Varme AS",
    "is_company": True,
    "organisation_number": "912345678",
    "state": "inactive",
    "email": "post@eksempel.invalid",
    "invoice_email": "faktura@eksempel.invalid",
    "phone": "+4777000000",
    "mobile": None,
    "comment": "Ring før oppmøte – hund på stedet.",
    "billing_address": {
        "address1": "Havnegata",
        "house_number": "2",
        "address2": None,
        "postal_code": "8900",
        "postal_area": "Brønnøysund",
        "country": "NO",
    },
    "sites": [{"id": "a-3310"}],
    "contacts": [{"id": "k-91"}],
    "changed_at": "2026-09-01T12:00:00Z",
}


def customer_of(body: dict[str, Any]) -> FieldCustomer:
    return CustomerList.model_validate({"items": [body]}).items[0].to_domain()


def product_of(body: dict[str, Any]) -> FieldProduct:
    return ProductList.model_validate({"items": [body]}).items[0].to_domain()


def test_the_contracts_example_customer_is_read_whole() -> None:
    assert customer_of(LISTED) == FieldCustomer(
        id="c-7001",
        number="10021",
        name="Brønnøysund Rør & Varme AS",
        is_company=True,
        organisation_number="912345678",
        state="inactive",
        email="post@eksempel.invalid",
        invoice_email="faktura@eksempel.invalid",
        phone="+4777000000",
        mobile=None,
        billing_address=Place("Havnegata", "2", None, "8900", "Brønnøysund", "NO"),
    )


@pytest.mark.parametrize("number", [None, "", "  "])
def test_a_listed_customer_without_number_was_made_in_the_field(number: str | None) -> None:
    assert customer_of(LISTED | {"external_number": number}).number is None


def test_a_bare_customer_is_an_active_company_with_nothing_else() -> None:
    bare = FieldCustomer("c-9", None, "")
    assert customer_of({"id": "c-9"}) == customer_of(dict.fromkeys(LISTED) | {"id": "c-9"}) == bare
    assert (bare.is_company, bare.state, bare.billing_address) == (True, "active", None)


def test_a_private_person_is_no_company() -> None:
    assert customer_of(LISTED | {"is_company": False}).is_company is False


def test_a_product_is_read_by_number_name_and_state() -> None:
    body = {"id": "p-KM", "external_number": "KM", "name": "Kjøring", "state": "inactive", "price": 8.0}
    assert product_of(body) == FieldProduct("p-KM", "KM", "Kjøring", "inactive")
    assert product_of({"id": "p-KM"}) == FieldProduct("p-KM", None, "", "active")


CUSTOMER = Customer(
    external_number="10021",
    name="Brønnøysund Rør & Varme AS",
    is_company=True,
    organisation_number="912345678",
    state="active",
    email=None,
    invoice_email=None,
    phone=None,
    mobile=None,
    billing_address=Place("Havnegata 2", None, None, "8900", "Brønnøysund", "NO"),
)


def test_a_customer_is_written_with_the_contracts_names() -> None:
    assert json.loads(batch_body([CUSTOMER])) == {
        "items": [
            {
                "external_number": "10021",
                "name": "Brønnøysund Rør & Varme AS",
                "is_company": True,
                "organisation_number": "912345678",
                "state": "active",
                "email": None,
                "invoice_email": None,
                "phone": None,
                "mobile": None,
                "billing_address": {
                    "address1": "Havnegata 2",
                    "house_number": None,
                    "address2": None,
                    "postal_code": "8900",
                    "postal_area": "Brønnøysund",
                    "country": "NO",
                },
            }
        ]
    }


def test_a_product_is_written_with_exact_numbers() -> None:
    price = Decimal("1249.10")
    product = Product(
        "KM", "distance", "Kjøring", None, None, price, None, "NOK", False, Decimal(25), None, "active"
    )
    body = batch_body([product])
    assert b'"price":1249.10,"cost_price":null' in body
    assert json.loads(body, parse_float=Decimal)["items"] == [
        {
            "external_number": "KM",
            "type": "distance",
            "name": "Kjøring",
            "description": None,
            "unit": None,
            "price": price,
            "cost_price": None,
            "currency": "NOK",
            "price_includes_vat": False,
            "vat_rate": 25,
            "gtin": None,
            "state": "active",
        }
    ]


def test_a_customer_that_is_linked_is_written_without_its_number() -> None:
    written = json.loads(customer_body(CUSTOMER))
    assert written == {
        name: value
        for name, value in json.loads(batch_body([CUSTOMER]))["items"][0].items()
        if name != "external_number"
    }


TEXTS = st.none() | st.text()
NUMBERS = st.none() | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12
)
PLACES = st.none() | st.builds(Place, *[TEXTS] * 6)
RECORDS = st.one_of(
    st.builds(
        Customer,
        external_number=st.text(),
        name=st.text(),
        is_company=st.booleans(),
        organisation_number=TEXTS,
        email=TEXTS,
        invoice_email=TEXTS,
        phone=TEXTS,
        mobile=TEXTS,
        billing_address=PLACES,
    ),
    st.builds(
        Product,
        description=TEXTS,
        unit=TEXTS,
        price=NUMBERS,
        cost_price=NUMBERS,
        vat_rate=NUMBERS,
        gtin=TEXTS,
        price_includes_vat=st.booleans(),
    ),
)


@given(st.lists(RECORDS, max_size=5))
def test_whatever_is_written_reads_back_exactly(records: list[Customer | Product]) -> None:
    read_back = json.loads(batch_body(records), parse_float=Decimal)
    assert read_back == {"items": [asdict(record) for record in records]}


def test_not_a_digit_of_a_price_passes_through_a_float() -> None:
    price = Decimal("12345678901234567.89")
    product = Product("1", "goods", "Vare", None, None, price, None, "NOK", False, None, None, "active")
    assert b'"price":12345678901234567.89,' in batch_body([product])


FIRST = {"field": "organisation_number", "code": "invalid_checksum", "message": "Ikke gyldig."}
SECOND = {"field": "billing_address.postal_code", "code": "required", "message": "Mangler."}


@pytest.mark.parametrize(
    ("error", "code", "field"),
    [
        (None, None, None),
        ({}, None, None),
        ({"code": "in_use", "field": None, "message": "I bruk."}, "in_use", None),
        (FIRST, "invalid_checksum", "organisation_number"),
        ({"code": "validation_failed", "errors": [FIRST, SECOND]}, "invalid_checksum", "organisation_number"),
        ({"code": "validation_failed", "errors": [{"field": "name"}]}, "validation_failed", "name"),
        ({"code": "validation_failed", "errors": []}, "validation_failed", None),
        ({"code": "validation_failed", "errors": "mange", "field": ["name"]}, "validation_failed", None),
    ],
)
def test_a_rejection_tells_the_first_field_that_bridge_complains_about(
    error: dict[str, Any] | None, code: str | None, field: str | None
) -> None:
    result = BatchResult.model_validate({"external_number": "1", "outcome": "rejected", "error": error})
    assert result.to_domain() == Upserted("1", "rejected", code, field)

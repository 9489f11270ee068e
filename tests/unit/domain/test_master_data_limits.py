"""What Smartday would refuse is set aside, left out or shortened before it is sent, and never unsaid."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.smartday.master_data import batch_body
from connector.domain.countries import country_code
from connector.domain.master_data import Customer, ErpAddress, ErpCustomer, ErpProduct
from connector.domain.master_data_mapping import Mapped, SetAside, fingerprint, to_customer, to_product
from connector.domain.settings import Settings
from connector.domain.task import Place
from connector.web.import_notes import NOTES
from sandbox.smartday import validation
from tests.unit.domain.test_master_data_mapping import CABLE, mapped_customer, mapped_product

POST = ErpAddress("Postboks 12", "8901", "Brønnøysund")
POST_PLACE = Place("Postboks 12", None, None, "8901", "Brønnøysund", "NO")


def address(**given: str) -> Mapped[Customer]:
    return mapped_customer(invoice_address=replace(ErpAddress("Havnegata 2", "8900", "Brønnøysund"), **given))


def place(**given: str) -> Place:
    found = address(**given).record.billing_address
    assert found is not None
    return found


def test_a_product_number_that_is_too_long_is_never_shortened() -> None:
    assert mapped_product(number="1" * 100).record.external_number == "1" * 100
    assert to_product(replace(CABLE, number="1" * 101)) == SetAside("1" * 101, "number_too_long", "505")


@pytest.mark.parametrize("field", ["phone", "mobile"])
def test_a_telephone_number_is_there_in_full_or_not_at_all(field: str) -> None:
    text = "77 00 00 00, etter kl. 16 på 90 00 00 00 (Kjærsti)"
    assert (len(text), getattr(mapped_customer(**{field: text}).record, field)) == (50, text)
    longer = mapped_customer(**{field: f"{text}."})
    assert (getattr(longer.record, field), longer.notes) == (None, (f"{field}_too_long",))


@pytest.mark.parametrize("field", ["email", "invoice_email"])
def test_an_email_address_that_nothing_can_be_delivered_to_is_left_out(field: str) -> None:
    fitting = f"{'x' * 244}@b.invalid"
    assert getattr(mapped_customer(**{field: fitting}).record, field) == fitting
    longer = mapped_customer(**{field: f"x{fitting}"})
    assert (getattr(longer.record, field), longer.notes) == (None, (f"{field}_invalid",))


def test_a_bar_code_that_is_too_long_is_left_out() -> None:
    assert mapped_product(gtin="7" * 50).record.gtin == "7" * 50
    longer = mapped_product(gtin="7" * 51)
    assert (longer.record.gtin, longer.notes) == (None, ("gtin_too_long",))


def test_a_description_is_shortened_at_a_word_and_noted() -> None:
    assert mapped_product(description="x" * 2000).notes == ()
    longer = mapped_product(description="kabel " * 400)
    assert longer.record.description == " ".join(["kabel"] * 333)
    assert longer.notes == ("description_shortened",)


def test_a_street_that_is_too_long_goes_on_in_the_second_line() -> None:
    result = address(street="Havnegata " * 30)
    found = result.record.billing_address
    assert found is not None
    assert (found.address1, found.address2) == (" ".join(["Havnegata"] * 20), " ".join(["Havnegata"] * 10))
    assert result.notes == ()


@pytest.mark.parametrize("given", [{"street": "Havnegata " * 60}, {"postal_area": "Brønnøysund " * 9}])
def test_what_has_no_room_in_two_lines_is_shortened_and_noted(given: dict[str, str]) -> None:
    assert address(**given).notes == ("address_shortened",)


@pytest.mark.parametrize("code", ["", " ", "8900 Brønnøysund, Norge"])
def test_an_address_without_postal_code_is_left_out_and_noted(code: str) -> None:
    result = address(postal_code=code)
    assert (result.record.billing_address, result.notes) == (None, ("address_incomplete",))


def test_a_complete_address_is_better_than_one_that_smartday_refuses() -> None:
    result = mapped_customer(invoice_address=ErpAddress("Havnegata 2"), post_address=POST)
    assert (result.record.billing_address, result.notes) == (POST_PLACE, ("address_incomplete",))


def test_an_address_that_was_not_needed_is_nothing_to_note() -> None:
    result = mapped_customer(invoice_address=POST, visit_address=ErpAddress("Havnegata 2"))
    assert (result.record.billing_address, result.notes) == (POST_PLACE, ())


def test_two_addresses_with_the_same_trouble_are_one_note() -> None:
    result = mapped_customer(invoice_address=ErpAddress("Gata 1"), post_address=ErpAddress("Gata 2"))
    assert (result.record.billing_address, result.notes) == (None, ("address_incomplete",))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "NO"),
        ("se", "SE"),
        ("Norge", "NO"),
        ("SVERIGE", "SE"),
        ("Germany", "DE"),
        ("UK", "GB"),
        ("XK", "XK"),
    ],
)
def test_a_country_is_understood_by_code_and_by_name(written: str, code: str) -> None:
    assert place(country=written).country == code


@pytest.mark.parametrize("written", ["Norgge", "N", "N0", "ÅÆ", "47"])
def test_an_address_in_a_country_nobody_knows_is_left_out_and_noted(written: str) -> None:
    result = address(country=written)
    assert (result.record.billing_address, result.notes) == (None, ("country_unknown",))


texts = st.text(max_size=12) | st.builds(
    lambda some, times: some * times, st.text(max_size=9), st.integers(1, 600)
)
countries = st.sampled_from(["", "NO", "no", "Norge", "Sverige", "Mars"]) | texts
addresses = st.none() | st.builds(ErpAddress, texts, st.sampled_from(["", "8900"]) | texts, texts, countries)
emails = st.emails() | texts
numbers = st.none() | st.decimals() | st.decimals(-(10**9), 10**9, places=4)
ids = st.integers(-(2**31), 2**31 - 1)
companies = st.builds(
    ErpCustomer,
    id=ids,
    name=texts,
    first_name=texts,
    type=st.sampled_from(["Business", "Consumer", "Supplier", "Lead", "None", ""]),
    organisation_number=st.sampled_from(["", "974760673", "974760674"]) | texts,
    active=st.booleans(),
    invoice_address=addresses,
    post_address=addresses,
    visit_address=addresses,
    email=emails,
    invoice_email=emails,
    phone=texts,
    mobile=texts,
)
products = st.builds(
    ErpProduct,
    id=ids,
    number=texts,
    name=texts,
    description=texts,
    price=numbers,
    cost_price=numbers,
    vat_rate=numbers,
    gtin=texts,
    active=st.booleans(),
    category_id=st.none() | st.integers(1, 5),
)
settings = st.builds(
    Settings,
    import_suppliers=st.booleans(),
    import_leads=st.booleans(),
    product_types=st.dictionaries(st.sampled_from("12345"), st.sampled_from(validation.PRODUCT_TYPES)),
)


@given(companies, settings, st.booleans())
def test_whatever_the_erp_says_of_a_customer_smartday_takes_what_is_sent(
    erp: ErpCustomer, chosen: Settings, active: bool
) -> None:
    result = to_customer(erp, active, chosen)
    if isinstance(result, Mapped):
        assert refused(result, validation.checked_customer) == []


@given(products, settings)
def test_whatever_the_erp_says_of_a_product_smartday_takes_what_is_sent(
    erp: ErpProduct, chosen: Settings
) -> None:
    result = to_product(erp, chosen)
    if isinstance(result, Mapped):
        assert refused(result, validation.checked_product) == []


@given(companies)
def test_nothing_of_a_customer_is_left_out_unsaid(erp: ErpCustomer) -> None:
    result = to_customer(erp, True, Settings(import_suppliers=True))
    if isinstance(result, Mapped) and not result.notes:
        record = result.record
        said = (erp.organisation_number, erp.email, erp.invoice_email, erp.phone, erp.mobile)
        sent = (record.organisation_number, record.email, record.invoice_email, record.phone, record.mobile)
        assert [bool(visible(one)) for one in said] == [one is not None for one in sent]
        assert visible(record.name) in (visible(erp.name), visible(erp.first_name + erp.name))
        wheres = [
            one for one in (erp.invoice_address, erp.post_address, erp.visit_address) if says_where(one)
        ]
        assert bool(wheres) == (record.billing_address is not None)
        if found := record.billing_address:
            streets = {visible(one.street) for one in wheres if one is not None}
            assert visible(f"{found.address1 or ''}{found.address2 or ''}") in streets


@given(products)
def test_nothing_of_a_product_is_left_out_unsaid(erp: ErpProduct) -> None:
    result = to_product(erp)
    if isinstance(result, Mapped) and not result.notes:
        record = result.record
        assert (record.price, record.cost_price, record.vat_rate) == (erp.price, erp.cost_price, erp.vat_rate)
        for sent, said in (
            (record.name, erp.name),
            (record.description, erp.description),
            (record.gtin, erp.gtin),
        ):
            assert visible(sent or "") == visible(said)


@given(texts)
def test_a_country_is_two_capital_letters_or_unknown(text: str) -> None:
    code = country_code(text)
    assert code is None or validation.country(code) is None


def refused(result: Mapped[Any], checked: Any) -> list[Any]:
    """What Smartday has against the record as it is sent; every note has words besides."""
    assert set(result.notes) <= NOTES.keys()
    assert len(set(result.notes)) == len(result.notes)
    assert len(fingerprint(result.record)) == 32
    (sent,) = json.loads(batch_body([result.record]), parse_float=Decimal)["items"]
    _, errors = checked(sent)
    wrong_number = validation.NUMBER(sent["external_number"])
    return [*errors, *([wrong_number] if wrong_number else [])]


def visible(text: str) -> str:
    """The text without what can't be sent and what doesn't count."""
    return "".join(char for char in text if not char.isspace() and is_sent(char))


def is_sent(char: str) -> bool:
    return char.isprintable() or not (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char in "\ufffe\uffff")


def says_where(erp: ErpAddress | None) -> bool:
    return erp is not None and any(map(visible, (erp.street, erp.postal_code, erp.postal_area)))

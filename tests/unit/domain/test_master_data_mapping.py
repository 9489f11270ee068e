"""The ERP's customers and products as Smartday shall have them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.master_data import Customer, ErpAddress, ErpCustomer, ErpProduct, Product
from connector.domain.master_data_mapping import Mapped, SetAside, fingerprint, to_customer, to_product
from connector.domain.settings import Settings
from connector.domain.task import Place

BUSINESS = ErpCustomer(
    id=10021,
    name="Brønnøysund Rør & Varme AS",
    type="Business",
    organisation_number="974760673",
    invoice_address=ErpAddress("Havnegata 2", "8900", "Brønnøysund", "NO"),
    email="post@eksempel.invalid",
    invoice_email="faktura@eksempel.invalid",
    phone="+4777000000",
)
CABLE = ErpProduct(
    id=505,
    number="1042210",
    name="Varmekabel 10 W/m, 50 m",
    description="Tolederkabel for støp, 500 W",
    price=Decimal("1249.0000"),
    cost_price=Decimal("811.0000"),
    vat_rate=Decimal(25),
)


def mapped_customer(**changes: Any) -> Mapped[Customer]:
    result = to_customer(replace(BUSINESS, **changes), active=True)
    assert isinstance(result, Mapped)
    return result


def mapped_product(**changes: Any) -> Mapped[Product]:
    result = to_product(replace(CABLE, **changes))
    assert isinstance(result, Mapped)
    return result


def test_a_company_becomes_a_customer() -> None:
    assert mapped_customer() == Mapped(
        Customer(
            external_number="10021",
            name="Brønnøysund Rør & Varme AS",
            is_company=True,
            organisation_number="974760673",
            state="active",
            email="post@eksempel.invalid",
            invoice_email="faktura@eksempel.invalid",
            phone="+4777000000",
            mobile=None,
            billing_address=Place("Havnegata 2", None, None, "8900", "Brønnøysund", "NO"),
        )
    )


def test_a_consumer_has_the_first_name_first_and_is_no_company() -> None:
    person = mapped_customer(type="Consumer", first_name="Kjærsti", name="Øygård").record
    assert (person.name, person.is_company) == ("Kjærsti Øygård", False)


def test_the_first_name_counts_for_consumers_only() -> None:
    assert mapped_customer(first_name="Kjærsti").record.name == "Brønnøysund Rør & Varme AS"


@pytest.mark.parametrize("kind", ["Business", "None", "Lead"])
def test_every_type_but_supplier_is_written(kind: str) -> None:
    assert mapped_customer(type=kind).record.is_company


@pytest.mark.parametrize(
    ("kind", "code", "settings"),
    [("Supplier", "supplier", Settings()), ("Lead", "lead", Settings(import_leads=False))],
)
def test_a_type_that_is_not_imported_is_set_aside(kind: str, code: str, settings: Settings) -> None:
    card = replace(BUSINESS, type=kind)
    assert to_customer(card, True, settings) == SetAside("10021", code, "10021")


def test_a_supplier_may_be_a_customer_by_setting() -> None:
    supplier = replace(BUSINESS, type="Supplier")
    assert to_customer(supplier, True, Settings(import_suppliers=True)) == mapped_customer()


@pytest.mark.parametrize("kind", ["Business", "Consumer", "None"])
def test_the_settings_of_suppliers_and_leads_say_nothing_of_others(kind: str) -> None:
    card = replace(BUSINESS, type=kind)
    others = Settings(import_suppliers=True, import_leads=False)
    assert to_customer(card, True, others) == to_customer(card, True)


def test_a_customer_without_name_is_set_aside() -> None:
    assert to_customer(replace(BUSINESS, name=" \n"), True) == SetAside("10021", "name_missing", "10021")


@pytest.mark.parametrize(("listed", "on_card"), [(False, True), (True, False)])
def test_a_customer_out_of_use_is_inactive(listed: bool, on_card: bool) -> None:
    result = to_customer(replace(BUSINESS, active=on_card), active=listed)
    assert isinstance(result, Mapped)
    assert result.record.state == "inactive"


@pytest.mark.parametrize("text", ["974760673", "974 760 673", "NO 974 760 673 MVA", "no974.760.673mva"])
def test_an_organisation_number_is_understood_in_its_usual_forms(text: str) -> None:
    result = mapped_customer(organisation_number=text)
    assert (result.record.organisation_number, result.notes) == ("974760673", ())


@pytest.mark.parametrize(
    "text", ["912345678", "974760674", "97476067", "SE5560125790", "01017012345", "ukjent"]
)
def test_a_wrong_organisation_number_is_left_out_and_noted(text: str) -> None:
    result = mapped_customer(organisation_number=text)
    assert (result.record.organisation_number, result.notes) == (None, ("organisation_number_invalid",))


def test_a_number_that_can_have_no_check_digit_is_wrong() -> None:
    wrong = {f"10000030{digit}" for digit in range(10)}
    assert {mapped_customer(organisation_number=one).record.organisation_number for one in wrong} == {None}


@given(st.integers(10_000_000, 99_999_999))
def test_at_most_one_check_digit_is_right(first_eight: int) -> None:
    numbers = [f"{first_eight}{digit}" for digit in range(10)]
    right = [one for one in numbers if not mapped_customer(organisation_number=one).notes]
    assert len(right) <= 1


def test_no_organisation_number_is_nothing_to_note() -> None:
    assert mapped_customer(organisation_number="").notes == ()


def test_an_address_that_is_no_email_is_left_out_and_noted() -> None:
    result = mapped_customer(email="ring heller", invoice_email="a@b, c@d")
    assert (result.record.email, result.record.invoice_email) == (None, None)
    assert result.notes == ("email_invalid", "invoice_email_invalid")


def test_a_name_longer_than_its_field_is_shortened_at_a_word_and_noted() -> None:
    result = mapped_customer(name="Rør og varme " * 20)
    assert result.record.name == ("Rør og varme " * 20)[:200].rsplit(" ", 1)[0]
    assert result.notes == ("name_shortened",)


POST = ErpAddress("Postboks 12", "8901", "Brønnøysund")
VISIT = ErpAddress("Havnegata 2", "8900", "Brønnøysund")
NO_STREET = ErpAddress("", "9405", "Harstad")


@pytest.mark.parametrize(
    ("invoice", "post", "visit", "street"),
    [
        (VISIT, POST, None, "Havnegata 2"),
        (NO_STREET, POST, VISIT, "Postboks 12"),
        (None, NO_STREET, VISIT, "Havnegata 2"),
        (None, None, VISIT, "Havnegata 2"),
    ],
)
def test_the_billing_address_is_the_first_with_a_street(
    invoice: ErpAddress | None, post: ErpAddress | None, visit: ErpAddress | None, street: str
) -> None:
    result = mapped_customer(invoice_address=invoice, post_address=post, visit_address=visit)
    assert result.record.billing_address is not None
    assert result.record.billing_address.address1 == street


def test_a_place_without_street_is_better_than_no_address() -> None:
    result = mapped_customer(invoice_address=ErpAddress(), post_address=NO_STREET)
    assert result.record.billing_address == Place(postal_code="9405", postal_area="Harstad", country="NO")


@pytest.mark.parametrize("nothing", [None, ErpAddress(), ErpAddress(country="NO")])
def test_an_address_without_place_is_no_address(nothing: ErpAddress | None) -> None:
    assert mapped_customer(invoice_address=nothing).record.billing_address is None


def test_a_product_becomes_goods_without_unit_priced_excluding_vat() -> None:
    assert mapped_product() == Mapped(
        Product(
            external_number="1042210",
            type="goods",
            name="Varmekabel 10 W/m, 50 m",
            description="Tolederkabel for støp, 500 W",
            unit=None,
            price=Decimal("1249.00"),
            cost_price=Decimal("811.00"),
            currency="NOK",
            price_includes_vat=False,
            vat_rate=Decimal(25),
            gtin=None,
            state="active",
        )
    )


@pytest.mark.parametrize(
    ("category", "kind"), [(1, "hours"), (2, "distance"), (3, "goods"), (11, "goods"), (None, "goods")]
)
def test_the_category_says_the_type_where_a_setting_names_it(category: int | None, kind: str) -> None:
    settings = Settings(product_types={"1": "hours", "2": "distance"})
    result = to_product(replace(CABLE, category_id=category), settings)
    assert isinstance(result, Mapped)
    assert result.record.type == kind


def test_without_the_setting_the_category_changes_nothing() -> None:
    assert mapped_product(category_id=1) == mapped_product(category_id=None)


def test_an_expired_product_is_inactive() -> None:
    assert mapped_product(active=False).record.state == "inactive"


def test_leading_zeros_of_a_product_number_are_kept() -> None:
    assert mapped_product(number="00042").record.external_number == "00042"


def test_a_product_without_number_or_name_is_set_aside() -> None:
    assert to_product(replace(CABLE, number=" ")) == SetAside("", "number_missing", "505")
    assert to_product(replace(CABLE, name="")) == SetAside("1042210", "name_missing", "505")


def test_a_product_without_price_has_none_in_smartday_either() -> None:
    result = mapped_product(price=None, cost_price=None, vat_rate=None)
    assert (result.record.price, result.record.cost_price, result.notes) == (None, None, ())


def test_a_price_in_fractions_of_an_ore_is_rounded_and_noted() -> None:
    result = mapped_product(price=Decimal("0.0450"))
    assert (result.record.price, result.notes) == (Decimal("0.05"), ("price_rounded",))


def test_a_price_beyond_belief_is_left_out_and_noted() -> None:
    result = mapped_product(price=Decimal(-79228162514264337593543950335), cost_price=Decimal("NaN"))
    assert (result.record.price, result.record.cost_price) == (None, None)
    assert result.notes == ("price_invalid", "cost_price_invalid")


@pytest.mark.parametrize("change", [{"name": "Annet"}, {"phone": ""}, {"invoice_address": None}])
def test_the_fingerprint_of_a_customer_changes_with_what_is_written(change: dict[str, Any]) -> None:
    assert fingerprint(mapped_customer(**change).record) != fingerprint(mapped_customer().record)


def test_the_fingerprint_does_not_see_how_the_erp_writes_a_number() -> None:
    assert fingerprint(mapped_product(price=Decimal(1249)).record) == fingerprint(mapped_product().record)


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    assert fingerprint(mapped_product().record) == "e8974d0f6ecf64e2d11a1bdd0984cc22"
    assert fingerprint(mapped_customer().record) == "7287ca18ffe187de053b7b454786098a"

"""The promises of `FieldService` about customers and products: one suite, in memory and over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from connector.domain.master_data import FieldCustomer, FieldProduct, Upserted
from connector.domain.task import Place, Reference
from connector.errors import NotFound, Refused, RetryLater
from connector.ports import CustomerPage, ProductPage
from tests.contract.smartday_worlds import CUSTOMER, PRODUCT, Memory, Wire, World, connected, standing

NEW = FieldCustomer(
    id="c-felt-1",
    number=None,
    name="Ny kunde",
    organisation_number="319000003",
    email="ny@eksempel.invalid",
    phone="+4777000001",
    billing_address=Place("Havnegata 2", None, None, "8900", "Brønnøysund", "NO"),
)
IN_THE_ERP = replace(CUSTOMER, external_number="10301", name="Ny kunde AS", organisation_number="319000003")
TASK: Wire = {
    "id": "50001",
    "version": 7,
    "status": {"code": "finished", "number": 7, "label": "Avsluttet"},
    "customer": {"id": NEW.id, "external_number": None, "name": NEW.name},
    "registrations": [],
    "changed_at": "2026-09-14T11:02:19Z",
}


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    """Bridge's stand-in, served once for all tests of this module."""
    with standing() as url:
        yield url


@pytest.fixture(params=["memory", "bridge"])
def smartday(request: pytest.FixtureRequest) -> Iterator[World]:
    """Smartday without tasks, customers and products."""
    if request.param == "memory":
        yield Memory()
        return
    with connected(request.getfixturevalue("stand_in")) as stood:
        yield stood


def test_customers_are_created_then_unchanged_then_updated(smartday: World) -> None:
    upsert = smartday.service.upsert_customers
    assert [one.outcome for one in upsert([CUSTOMER])] == ["created"]
    assert [one.outcome for one in upsert([CUSTOMER])] == ["unchanged"]
    assert [one.outcome for one in upsert([replace(CUSTOMER, name="Nytt navn AS")])] == ["updated"]
    assert smartday.customer_names() == {"10021": "Nytt navn AS"}


def test_products_keep_their_price_to_the_last_digit(smartday: World) -> None:
    upsert = smartday.service.upsert_products
    assert [one.outcome for one in upsert([PRODUCT, replace(PRODUCT, external_number="Ø-77")])] == [
        "created",
        "created",
    ]
    assert [one.outcome for one in upsert([PRODUCT])] == ["unchanged"]
    assert smartday.prices() == {"1042210": Decimal("1249.10"), "Ø-77": Decimal("1249.10")}


def test_a_full_batch_gives_a_result_each_in_the_order_sent(smartday: World) -> None:
    numbers = [str(10100 - n) for n in range(100)]
    given = smartday.service.upsert_customers([replace(CUSTOMER, external_number=n) for n in numbers])
    assert [one.external_number for one in given] == numbers


def test_more_than_a_hundred_records_are_a_mistake_of_ours(smartday: World) -> None:
    with pytest.raises(ValueError, match="100"):
        smartday.service.upsert_products([PRODUCT] * 101)


def test_a_batch_whose_answer_was_lost_may_be_sent_again(smartday: World) -> None:
    smartday.lose_answer_of("upsert_customers")
    with pytest.raises(RetryLater):
        smartday.service.upsert_customers([CUSTOMER])
    assert [one.outcome for one in smartday.service.upsert_customers([CUSTOMER])] == ["unchanged"]


def test_a_rejected_record_tells_the_field_that_smartday_complains_about(smartday: World) -> None:
    smartday.find_fault_with("10022", "invalid_checksum", "organisation_number")
    wrong = replace(CUSTOMER, external_number="10022", organisation_number="912345678")
    assert smartday.service.upsert_customers([CUSTOMER, wrong]) == [
        Upserted("10021", "created"),
        Upserted("10022", "rejected", "invalid_checksum", "organisation_number"),
    ]
    smartday.find_fault_with("T-1", "too_many_decimals", "price")
    product = replace(PRODUCT, external_number="T-1", price=Decimal("0.001"))
    assert smartday.service.upsert_products([product]) == [
        Upserted("T-1", "rejected", "too_many_decimals", "price")
    ]
    assert smartday.customer_names() == {"10021": CUSTOMER.name}


def all_of(read: Callable[[str | None], CustomerPage | ProductPage]) -> list[FieldCustomer | FieldProduct]:
    listed: list[FieldCustomer | FieldProduct] = []
    page = read(None)
    while True:
        listed += page.customers if isinstance(page, CustomerPage) else page.products
        if page.next_cursor is None:
            return listed
        page = read(page.next_cursor)


def test_a_customer_made_in_the_field_is_listed_with_everything_but_a_number(smartday: World) -> None:
    smartday.put_field_customer(NEW)
    assert all_of(smartday.service.customers) == [NEW]


def test_what_was_written_is_listed_in_use_or_not(smartday: World) -> None:
    smartday.service.upsert_customers([replace(CUSTOMER, state="inactive")])
    smartday.service.upsert_products([PRODUCT, replace(PRODUCT, external_number="KM", state="inactive")])
    (customer,) = smartday.service.customers(None).customers
    assert replace(customer, id="") == FieldCustomer(
        id="",
        number="10021",
        name=CUSTOMER.name,
        state="inactive",
        email=CUSTOMER.email,
        phone=CUSTOMER.phone,
        billing_address=CUSTOMER.billing_address,
    )
    listed = {one.number: (one.name, one.state) for one in smartday.service.products(None).products}
    assert listed == {"1042210": (PRODUCT.name, "active"), "KM": (PRODUCT.name, "inactive")}


def test_nothing_there_is_one_empty_page(smartday: World) -> None:
    assert smartday.service.customers(None) == CustomerPage((), None)
    assert smartday.service.products(None) == ProductPage((), None)


def test_a_long_list_comes_page_by_page_with_nothing_twice_and_nothing_lost(smartday: World) -> None:
    numbers = [str(20000 + n) for n in range(1100)]
    for first in range(0, 1100, 100):
        some = numbers[first : first + 100]
        smartday.service.upsert_customers([replace(CUSTOMER, external_number=one) for one in some])
        smartday.service.upsert_products([replace(PRODUCT, external_number=one) for one in some])
    assert len(smartday.service.customers(None).customers) == 500
    for read in (smartday.service.customers, smartday.service.products):
        assert sorted(one.number or "" for one in all_of(read)) == numbers


def test_a_list_cursor_that_is_not_valid_says_so(smartday: World) -> None:
    for read in (smartday.service.customers, smartday.service.products):
        with pytest.raises(Refused) as refused:
            read("old")
        assert refused.value.code == "cursor_invalid"


def test_a_linked_customer_has_its_number_and_the_erps_words_here_and_on_tasks(smartday: World) -> None:
    smartday.put_field_customer(NEW)
    smartday.add([TASK])
    smartday.service.link_customer(NEW.id, IN_THE_ERP)
    (customer,) = smartday.service.customers(None).customers
    assert (customer.id, customer.number, customer.name) == (NEW.id, "10301", "Ny kunde AS")
    assert smartday.service.task("50001").buyer == Reference(NEW.id, "10301")


def test_linking_again_is_harmless(smartday: World) -> None:
    smartday.put_field_customer(NEW)
    for _ in range(2):
        smartday.service.link_customer(NEW.id, IN_THE_ERP)
    assert smartday.customer_names() == {"10301": "Ny kunde AS"}


def test_a_link_whose_answer_was_lost_is_made_again_and_stands_once(smartday: World) -> None:
    smartday.put_field_customer(NEW)
    smartday.lose_answer_of("link_customer")
    with pytest.raises(RetryLater):
        smartday.service.link_customer(NEW.id, IN_THE_ERP)
    smartday.service.link_customer(NEW.id, IN_THE_ERP)
    assert smartday.customer_names() == {"10301": "Ny kunde AS"}


def test_a_number_that_another_customer_has_is_refused(smartday: World) -> None:
    smartday.put_field_customer(NEW)
    smartday.service.upsert_customers([CUSTOMER])
    with pytest.raises(Refused) as refused:
        smartday.service.link_customer(NEW.id, replace(IN_THE_ERP, external_number="10021"))
    assert refused.value.code == "duplicate_number"
    assert smartday.customer_names() == {"10021": CUSTOMER.name}


def test_a_customer_that_has_another_number_keeps_it(smartday: World) -> None:
    smartday.put_field_customer(NEW)
    smartday.service.link_customer(NEW.id, IN_THE_ERP)
    with pytest.raises(Refused) as refused:
        smartday.service.link_customer(NEW.id, replace(IN_THE_ERP, external_number="10302"))
    assert refused.value.code == "duplicate_number"
    assert smartday.customer_names() == {"10301": "Ny kunde AS"}


def test_a_customer_that_is_not_there_is_not_found(smartday: World) -> None:
    with pytest.raises(NotFound):
        smartday.service.link_customer("c-borte", IN_THE_ERP)


def test_an_import_after_the_link_finds_the_same_customer(smartday: World) -> None:
    smartday.put_field_customer(NEW)
    smartday.service.link_customer(NEW.id, IN_THE_ERP)
    assert [one.outcome for one in smartday.service.upsert_customers([IN_THE_ERP])] == ["unchanged"]

"""The promises of `Erp` for customers made in the field: found, created once, never overwritten."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from connector.domain.master_data import ErpAddress, ErpCustomer, FieldCustomer
from connector.domain.task import Place
from connector.errors import RetryLater, Throttled, UnknownOutcome
from tests.builders import heard
from tests.contract.erp_stand_in import Stood, standing
from tests.contract.erp_worlds import CUSTOMER, ORDER, PRODUCT, Memory, World

FIELD = FieldCustomer(
    id="c-901",
    number=None,
    name="Ærlig Bygg AS",
    organisation_number="999000223",
    email="post@bygg.invalid",
    invoice_email="faktura@bygg.invalid",
    phone="+4777000001",
    mobile="+4790000001",
    billing_address=Place("Havnegata", "2", "2. etasje", "8900", "Brønnøysund", "NO"),
)
PERSON = FieldCustomer("c-902", None, "Åse Ånensen", is_company=False)


@pytest.fixture(scope="module")
def control() -> Iterator[httpx.Client]:
    """The control side of the stand-in, served once for this module."""
    with standing() as control:
        yield control


@pytest.fixture(params=["memory", "stand-in"])
def world(request: pytest.FixtureRequest) -> World:
    """The ERP with one customer and one product that the tests know, besides whatever else is there."""
    made: World = Memory() if request.param == "memory" else Stood(request.getfixturevalue("control"))
    made.put_customer(CUSTOMER)
    made.put_product(PRODUCT)
    return made


def card(world: World, number: int) -> ErpCustomer:
    (found,) = world.erp.read_customers([number])
    return found


def test_a_created_company_has_all_that_the_field_knew(world: World) -> None:
    number = world.erp.create_customer(FIELD)
    address = ErpAddress("Havnegata 2, 2. etasje", "8900", "Brønnøysund", "NO")
    assert card(world, number) == ErpCustomer(
        id=number,
        name="Ærlig Bygg AS",
        type="Business",
        organisation_number="999000223",
        invoice_address=address,
        post_address=address,
        email="post@bygg.invalid",
        invoice_email="faktura@bygg.invalid",
        phone="+4777000001",
        mobile="+4790000001",
        external_id="c-901",
    )


def test_a_created_person_is_a_consumer_with_the_whole_name(world: World) -> None:
    number = world.erp.create_customer(PERSON)
    assert card(world, number) == ErpCustomer(number, "Åse Ånensen", type="Consumer", external_id="c-902")


def test_a_created_customer_can_have_orders_and_is_listed(world: World) -> None:
    number = world.erp.create_customer(FIELD)
    assert world.erp.save_order(replace(ORDER, customer_id=number)).order_id in world.order_ids()
    assert number in {change.id for change in heard(world.erp.changed_customers(None)).entries}


def test_a_create_gives_a_new_number_and_overwrites_no_card(world: World) -> None:
    numbers = {world.erp.create_customer(FIELD), world.erp.create_customer(replace(FIELD, number="20021"))}
    assert len(numbers) == 2
    assert CUSTOMER.id not in numbers
    assert card(world, CUSTOMER.id) == CUSTOMER


def test_a_customer_is_found_by_exactly_its_external_id(world: World) -> None:
    number = world.erp.create_customer(FIELD)
    world.erp.create_customer(replace(FIELD, id="c-9011"))
    assert [one.id for one in world.erp.find_customers(external_id="c-901")] == [number]
    assert world.erp.find_customers(external_id="c-90") == []


@pytest.mark.parametrize("stored", ["999000223", "999 000 223"])
def test_a_customer_is_found_by_the_digits_of_its_organisation_number(world: World, stored: str) -> None:
    world.put_customer(replace(CUSTOMER, organisation_number=stored))
    assert [one.id for one in world.erp.find_customers(organisation_number="999 000 223")] == [CUSTOMER.id]
    assert [one.id for one in world.erp.find_customers(organisation_number="999000223")] == [CUSTOMER.id]
    assert world.erp.find_customers(organisation_number="99900022") == []


def test_a_number_that_is_none_finds_nobody_though_others_carry_it_too(world: World) -> None:
    world.put_customer(replace(CUSTOMER, organisation_number="000000000"))
    assert world.erp.find_customers(organisation_number="000000000") == []


def test_every_company_of_a_number_is_found(world: World) -> None:
    numbers = [world.erp.create_customer(replace(FIELD, id=one)) for one in ("c-1", "c-2")]
    assert [one.id for one in world.erp.find_customers(organisation_number="999000223")] == numbers


def test_a_company_that_is_out_of_use_is_not_found(world: World) -> None:
    gone = replace(CUSTOMER, external_id="c-901", organisation_number="999000223")
    world.put_customer(gone, active=False)
    assert world.erp.find_customers(external_id="c-901") == []
    assert world.erp.find_customers(organisation_number="999000223") == []


def test_a_card_tells_its_external_id_and_that_it_is_blocked(world: World) -> None:
    marked = replace(CUSTOMER, external_id="c-901", blocked=True)
    world.put_customer(marked)
    assert card(world, CUSTOMER.id) == marked
    assert world.erp.find_customers(external_id="c-901") == [marked]


def test_nothing_to_look_for_finds_nobody(world: World) -> None:
    assert world.erp.find_customers() == []
    assert world.erp.find_customers(organisation_number="ukjent") == []


def test_a_broken_look_up_is_never_nobody(world: World) -> None:
    world.break_answer("find_customers")
    with pytest.raises(RetryLater):
        world.erp.find_customers(external_id="c-901")


def test_a_lost_answer_to_a_create_is_an_unknown_outcome_and_the_company_is_found(world: World) -> None:
    world.lose_answer("create_customer")
    with pytest.raises(UnknownOutcome):
        world.erp.create_customer(FIELD)
    (found,) = world.erp.find_customers(external_id="c-901")
    assert found.name == "Ærlig Bygg AS"


def test_a_lost_create_is_an_unknown_outcome_and_no_company_is_found(world: World) -> None:
    world.lose_request("create_customer")
    with pytest.raises(UnknownOutcome):
        world.erp.create_customer(FIELD)
    assert world.erp.find_customers(external_id="c-901") == []


def test_a_limit_stops_a_create(world: World) -> None:
    world.throttle("create_customer")
    with pytest.raises(Throttled):
        world.erp.create_customer(FIELD)

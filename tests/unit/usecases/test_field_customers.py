"""A customer made in the field becomes one company in the ERP and gets its number in Smartday."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.binding import Kind
from connector.domain.master_data import ErpCustomer, FieldCustomer
from connector.domain.reason import Reason
from connector.domain.settings import FieldCustomers, Release
from connector.domain.task import Reference
from connector.domain.task_record import TaskState
from connector.errors import Refused, RetryLater, Side, UnknownOutcome
from connector.usecases.task_work import SAVE_NEEDS
from tests.builders import example_task
from tests.unit.usecases.ordering import AGREEMENT, SETTLE, Killed, World

FIELD = FieldCustomer("c-felt-1", None, "Ny Kunde AS", organisation_number="923609016")
BUYER = Reference("c-felt-1", None)


@pytest.fixture
def world() -> World:
    world = World()
    world.smartday.put_field_customer(FIELD)
    world.put(customer=BUYER, billing_customer=None)
    world.choose(field_customers=FieldCustomers.CREATE)
    return world


def test_by_default_the_task_is_held_and_nothing_is_created(world: World) -> None:
    world.choose(field_customers=FieldCustomers.HOLD)
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.CUSTOMER_WITHOUT_NUMBER)
    assert world.record.waits_for == "settings#field_customers"
    assert world.erp.created_customers == []


def test_the_customer_is_created_once_and_the_order_is_its(world: World) -> None:
    world.hear()
    (number,) = world.erp.created_customers
    assert world.state() is TaskState.ORDERED
    assert [order.customer_id for order in world.erp.orders.values()] == [number]
    assert world.erp.customers[number].external_id == "c-felt-1"


def test_the_number_is_linked_back_and_bound(world: World) -> None:
    world.hear()
    (number,) = world.erp.created_customers
    assert world.smartday.customers_by_number[str(number)].name == "Ny Kunde AS"
    assert world.bindings.get(AGREEMENT, Kind.CUSTOMERS, [str(number)])[str(number)].erp_id == number


def test_the_number_it_gets_is_no_change_of_the_task(world: World) -> None:
    world.hear()
    calls = world.erp.calls.copy()
    world.hear(version=world.smartday.tasks["48213"].version)
    assert world.smartday.tasks["48213"].customer != BUYER
    assert (world.state(), world.erp.calls) == (TaskState.ORDERED, calls)


def test_a_second_task_of_the_same_customer_creates_nobody(world: World) -> None:
    world.hear()
    world.smartday.put_task(replace(example_task(), id="48300", customer=BUYER, billing_customer=None))
    world.hear_of("48300")
    assert len(world.erp.created_customers) == 1
    assert len(world.erp.orders) == 2


def test_a_company_with_the_same_organisation_number_is_used_and_not_overwritten(world: World) -> None:
    known = ErpCustomer(10050, "Ny Kunde Aksjeselskap", type="Business", organisation_number="923609016")
    world.erp.put_customer(known)
    world.hear()
    assert world.erp.created_customers == []
    assert world.erp.customers[10050] == known
    assert [order.customer_id for order in world.erp.orders.values()] == [10050]


@pytest.mark.parametrize(
    ("card", "reason"),
    [({"blocked": True}, Reason.CUSTOMER_BLOCKED), ({"active": False}, Reason.CUSTOMER_INACTIVE)],
)
def test_a_company_that_no_order_may_go_to_is_waited_for(
    world: World, card: dict[str, bool], reason: Reason
) -> None:
    found = ErpCustomer(10050, "Ny Kunde", type="Business", organisation_number="923609016")
    world.erp.put_customer(replace(found, **card))  # type: ignore[arg-type]
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, reason)
    assert world.record.waits_for == "customers#10050"
    assert world.erp.created_customers == []


def test_a_suppliers_card_is_no_customer(world: World) -> None:
    supplier = ErpCustomer(10050, "Ny Kunde", type="Supplier", organisation_number="923609016")
    world.erp.put_customer(supplier)
    world.hear()
    assert len(world.erp.created_customers) == 1


def test_a_supplier_is_a_customer_where_suppliers_are_imported(world: World) -> None:
    world.choose(field_customers=FieldCustomers.CREATE, import_suppliers=True)
    world.erp.put_customer(ErpCustomer(10050, "Ny Kunde", type="Supplier", organisation_number="923609016"))
    world.hear()
    assert world.erp.created_customers == []
    assert [order.customer_id for order in world.erp.orders.values()] == [10050]
    assert world.smartday.customers_by_number["10050"].name == "Ny Kunde"


def test_a_lead_that_gets_an_order_gets_its_number_though_leads_are_not_imported(world: World) -> None:
    world.choose(field_customers=FieldCustomers.CREATE, import_leads=False)
    world.erp.put_customer(ErpCustomer(10050, "Ny Kunde", type="Lead", organisation_number="923609016"))
    world.hear()
    assert world.smartday.customers_by_number["10050"].name == "Ny Kunde"


@pytest.mark.parametrize("number", ["0", "000000000", "1", "SE 12"])
def test_a_number_that_is_none_matches_nobody(world: World, number: str) -> None:
    world.smartday.put_field_customer(replace(FIELD, organisation_number=number))
    world.erp.put_customer(ErpCustomer(10050, "En annen", type="Business", organisation_number=number))
    world.hear()
    assert len(world.erp.created_customers) == 1


def test_a_failure_before_the_create_costs_no_settle_time(world: World) -> None:
    world.smartday.fail("customers", RetryLater("smartday_unreachable"))
    world.hear()
    world.hear()
    assert world.state() is TaskState.ORDERED


def test_a_list_longer_than_the_time_is_for_goes_on_where_it_was(world: World) -> None:
    for number in range(12):
        world.smartday.put_field_customer(FieldCustomer(f"a-{number}", str(number), "En annen"))
    world.smartday.page_size = 5
    world.hear(left=SAVE_NEEDS - timedelta(seconds=1))
    world.hear(left=SAVE_NEEDS - timedelta(seconds=1))
    assert world.state() is TaskState.RECEIVED
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert world.smartday.calls["customers"] == 3


def test_two_companies_with_the_organisation_number_need_a_person(world: World) -> None:
    for number in (10050, 10051):
        world.erp.put_customer(ErpCustomer(number, "Tvilling", organisation_number="923609016"))
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.CUSTOMER_AMBIGUOUS)
    assert world.record.detail == "10050 10051"


def test_a_lost_answer_gives_one_company_and_one_order(world: World) -> None:
    world.erp.fail("create_customer", UnknownOutcome(Side.ERP, "erp_timeout"), after_effect=True)
    world.hear()
    assert world.state() is TaskState.RECEIVED
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert (len(world.erp.created_customers), len(world.erp.orders)) == (1, 1)


def test_a_create_that_was_lost_before_its_effect_is_repeated_only_after_the_settle_time(
    world: World,
) -> None:
    world.erp.fail("create_customer", UnknownOutcome(Side.ERP, "erp_timeout"))
    world.hear()
    world.hear_for(SETTLE)
    assert world.erp.calls["create_customer"] == 1
    world.hear_for(timedelta(minutes=5))
    assert world.state() is TaskState.ORDERED
    assert len(world.erp.created_customers) == 1


def test_a_create_that_takes_effect_late_is_found_before_another(world: World) -> None:
    world.erp.fail("create_customer", UnknownOutcome(Side.ERP, "erp_timeout"))
    world.hear()
    world.erp.execute_lost()
    world.hear_for(timedelta(minutes=40))
    assert (len(world.erp.created_customers), len(world.erp.orders)) == (1, 1)


def test_a_process_killed_while_creating_leaves_the_next_one_to_wait_and_look(world: World) -> None:
    world.erp.fail("create_customer", Killed(), after_effect=True)
    with pytest.raises(Killed):
        world.hear()
    world.hear_for(timedelta(minutes=30))
    assert (len(world.erp.created_customers), len(world.erp.orders)) == (1, 1)


def test_a_create_that_was_surely_not_done_is_tried_again(world: World) -> None:
    world.erp.fail("create_customer", RetryLater("erp_unreachable"))
    world.hear()
    world.hear()
    assert (world.state(), len(world.erp.created_customers)) == (TaskState.ORDERED, 1)


def test_a_customer_that_the_erp_refuses_is_a_reason_with_its_words(world: World) -> None:
    world.erp.fail("create_customer", Refused(Side.ERP, "Validation", "Name is mandatory"))
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.CUSTOMER_REFUSED)
    assert world.record.detail == "Name is mandatory"


def test_no_customer_is_created_for_a_task_that_is_held_all_the_same(world: World) -> None:
    world.put(customer=BUYER, billing_customer=None, registrations=())
    world.hear()
    assert world.record.reason == Reason.NOTHING_TO_INVOICE
    assert world.erp.calls["create_customer"] == 0


def test_no_customer_is_created_before_the_task_is_approved(world: World) -> None:
    world.choose(release=Release.APPROVAL)
    world.hear()
    assert world.record.reason == Reason.WAITING_FOR_APPROVAL
    assert world.erp.created_customers == []
    world.decide("approve")
    world.hear()
    assert (world.state(), len(world.erp.created_customers)) == (TaskState.ORDERED, 1)


def test_a_number_that_is_taken_in_smartday_stops_no_order(world: World) -> None:
    world.smartday.fail("link_customer", Refused(Side.SMARTDAY, "duplicate_number"))
    world.hear()
    assert world.state() is TaskState.ORDERED
    world.put(version=9, customer=BUYER, billing_customer=None, title="Noe annet")
    world.hear(version=9)
    assert len(world.erp.created_customers) == 1

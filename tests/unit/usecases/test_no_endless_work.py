"""Work that ends: no message that asks for the next one for ever, no hold that is forgotten or told twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.domain.binding import Kind
from connector.domain.integration import IntegrationState
from connector.domain.master_data import FieldCustomer
from connector.domain.reason import Reason
from connector.domain.settings import FieldCustomers, InvoicedOrderChanged
from connector.domain.task import Reference
from connector.domain.task_record import TaskState
from connector.errors import Refused, RetryLater, Side, UnknownOutcome
from connector.usecases.dispatch import DispatchPorts, dispatch_due_tasks
from connector.usecases.release_waiting import ReleasePorts, release_bound
from tests.builders import registration
from tests.fakes.queues import MemoryStreamQueue
from tests.unit.usecases.changing import NEW, ORDER, change, lines, ordered_world, with_change
from tests.unit.usecases.ordering import AGREEMENT, World

SUPPLEMENT = {"invoiced_order_changed": InvoicedOrderChanged.SUPPLEMENT}
LOST = UnknownOutcome(Side.ERP, "erp_timeout")


@pytest.fixture
def ordered() -> World:
    return ordered_world()


def beat(world: World) -> int:
    """One minute of dispatch and of what it queued; gives how many messages."""
    ports = DispatchPorts(
        lambda: world.now, world.integrations, world.tasks, world.queue, MemoryStreamQueue()
    )
    dispatch_due_tasks(ports)
    sent = world.queue.take()
    for one in sent:
        world.hear(version=one.version)
    world.later(timedelta(minutes=1))
    return len(sent)


def messages_until_rest(world: World, most: int = 20) -> int:
    """How many messages until the queue is empty, no time passing."""
    done = 0
    while done < most and (sent := world.queue.take()):
        for one in sent:
            world.hear(version=one.version)
            done += 1
    return done


def test_a_total_that_differs_stays_held_when_our_own_receipt_is_heard_of(ordered: World) -> None:
    row_id = ordered.erp.rows(ORDER)[0].row_id
    assert row_id is not None
    ordered.erp.on_save = lambda: ordered.erp.edit_row(ORDER, row_id, price=Decimal(900))
    change(ordered, *lines(ordered), NEW)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.TOTAL_DIFFERS)
    ordered.hear(version=ordered.smartday.tasks["48213"].version)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.TOTAL_DIFFERS)
    ordered.decide("resend")
    ordered.hear(version=0)
    assert ordered.state() is TaskState.ORDERED


def test_an_invoice_that_shows_the_task_otherwise_stays_held_when_our_own_receipt_is_heard_of(
    ordered: World,
) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    changed = with_change(ordered, "r-900106", quantity=Decimal(5), net_amount=Decimal("447.50"))
    change(ordered, *changed, NEW)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)
    ordered.hear(version=ordered.smartday.tasks["48213"].version)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)


def test_a_duplicate_that_is_found_after_a_day_stays_held_whatever_is_heard() -> None:
    world = World()
    world.erp.fail("save_order", LOST, after_effect=True)
    world.hear()
    first = world.erp.orders["5001"]
    world.erp.save_order(first)
    world.later(timedelta(hours=25))
    world.hear(version=8)
    world.hear(version=0)
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP)
    world.hear(version=world.smartday.tasks["48213"].version)
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP)


def test_a_lost_create_of_a_reopened_task_is_no_endless_work() -> None:
    world = World()
    world.erp.fail("save_order", LOST)
    world.hear()
    world.put(version=8, status=5, outcome=None)
    world.later(timedelta(hours=1))
    world.hear(version=8)
    assert world.state() is TaskState.IGNORED
    world.later(timedelta(hours=25))
    for _ in range(3):
        beat(world)
    calls = sum(world.erp.calls.values())
    for _ in range(30):
        beat(world)
    assert sum(world.erp.calls.values()) - calls <= 2


def test_a_lost_create_of_a_task_that_is_gone_comes_to_an_end() -> None:
    world = World()
    world.erp.fail("save_order", LOST)
    world.hear()
    world.smartday.remove_task("48213")
    for _ in range(60 * 5):
        beat(world)
    assert world.state() is not TaskState.UNKNOWN


def test_a_task_that_is_freed_while_its_receipt_is_owed_goes_on_even_if_the_receipt_is_refused() -> None:
    world = World()
    world.bindings.bindings.pop((AGREEMENT, Kind.CUSTOMERS, "10021"))
    world.smartday.fail("send_receipt", RetryLater("smartday_503"))
    world.hear()
    assert world.state() is TaskState.HELD
    assert world.owes_receipt()
    world.later(timedelta(minutes=5))
    world.bind_customer("10021")
    release_bound(
        ReleasePorts(lambda: world.now, world.tasks, world.queue), AGREEMENT, Kind.CUSTOMERS, ["10021"]
    )
    world.queue.take()
    world.smartday.fail("send_receipt", Refused(Side.SMARTDAY, "validation_failed"))
    world.hear(version=0)
    for _ in range(120):
        beat(world)
    assert world.state() is TaskState.ORDERED, (world.state(), world.record.due_at, world.smartday.receipts)


def test_a_look_that_is_due_is_no_endless_work_for_a_task_that_is_kept_back() -> None:
    world = World()
    world.erp.fail("save_order", LOST, after_effect=True)
    world.hear()
    row = world.erp.rows(ORDER)[5]
    world.erp.edit_row(ORDER, row.row_id or 0, quantity=Decimal(9))
    change(world, *with_change(world, "r-900106", quantity=Decimal(5), net_amount=Decimal("447.50")))
    assert world.record.reason == Reason.ROWS_CHANGED_IN_ERP
    world.decide("do_not_send", "Kari", "nei")
    world.hear(version=0)
    world.later(timedelta(hours=25))
    count = sum(beat(world) for _ in range(120))
    assert count <= 2


def test_the_same_hold_is_told_again_when_the_task_was_right_in_between(ordered: World) -> None:
    changed = with_change(ordered, "r-900106", product_number="NOPE")
    before = lines(ordered)
    change(ordered, *changed)
    assert ordered.smartday.receipts[-1][1].result == "failed"
    n = len(ordered.smartday.receipts)
    change(ordered, *before, version=12)
    assert ordered.state() is TaskState.ORDERED
    change(ordered, *changed, version=15)
    assert ordered.state() is TaskState.HELD
    assert len(ordered.smartday.receipts) == n + 1


def test_a_task_that_is_kept_back_while_its_hold_is_still_to_be_told_is_told_as_skipped() -> None:
    world = World()
    world.bindings.bindings.pop((AGREEMENT, Kind.CUSTOMERS, "10021"))
    world.smartday.fail("send_receipt", RetryLater("smartday_503"))
    world.hear()
    world.decide("do_not_send", "Kari", "nei")
    world.hear(version=0)
    world.hear(version=0)
    assert world.smartday.receipts[-1][1].result == "skipped"


def test_an_order_that_smartday_was_not_told_of_is_told_though_the_task_is_kept_back() -> None:
    world = World()
    world.smartday.fail("send_receipt", RetryLater("smartday_503"))
    world.hear()
    stored = world.integrations.integrations[AGREEMENT]
    world.integrations.integrations[AGREEMENT] = replace(stored, state=IntegrationState.PAUSED)
    world.hear(version=9)
    world.decide("do_not_send", "Kari", "nei")
    world.queue.take()
    world.integrations.integrations[AGREEMENT] = stored
    for _ in range(20):
        beat(world)
    assert [receipt.order_id for _, receipt in world.smartday.receipts] == [ORDER]


def test_who_kept_a_task_back_and_why_stays_though_its_receipt_fails() -> None:
    world = World()
    world.bindings.bindings.pop((AGREEMENT, Kind.CUSTOMERS, "10021"))
    world.hear()
    world.decide("do_not_send", "Kari", "nei")
    world.smartday.fail("send_receipt", RetryLater("smartday_503"))
    world.hear(version=9)
    assert (world.record.reason, world.record.detail) == (Reason.BY_PERSON, "Kari: nei")


def test_a_duplicate_of_a_task_that_changed_is_no_hot_loop() -> None:
    world = World()
    world.erp.fail("save_order", LOST, after_effect=True)
    world.erp.fail("find_orders", RetryLater("erp_busy"))
    world.hear()
    world.erp.save_order(world.erp.orders["5001"])
    world.put(version=9, title="Ny")
    world.queue.take()
    world.hear(version=9)
    assert messages_until_rest(world) < 5


def test_an_order_that_is_called_off_while_its_change_is_unknown_is_no_hot_loop(ordered: World) -> None:
    ordered.erp.fail("change_order", LOST)
    change(ordered, *lines(ordered), NEW)
    ordered.erp.call_off(ORDER)
    ordered.queue.take()
    change(ordered, version=10, title="Ny")
    assert messages_until_rest(ordered) < 5


def test_an_unknown_outcome_of_a_task_that_changed_is_no_hot_loop() -> None:
    world = World()
    world.erp.fail("save_order", LOST, times=2)
    world.hear()
    world.later(timedelta(hours=1))
    world.hear()
    world.later(timedelta(hours=1))
    world.put(version=9, title="Ny")
    world.queue.take()
    world.hear(version=9)
    assert world.record.reason == Reason.OUTCOME_UNKNOWN
    assert messages_until_rest(world) < 5


def test_a_version_that_never_comes_is_asked_for_ever_more_seldom() -> None:
    world = World()
    world.hear(version=1000)
    began = world.now
    for _ in range(40):
        for one in world.queue.take():
            world.later(one.delay)
            world.hear(version=one.version)
        if not world.queue.sent:
            break
    assert world.smartday.calls["task"] < 40
    assert world.record.due_at is not None
    assert world.record.due_at > began + timedelta(minutes=2)


def test_a_setting_that_a_hold_names_frees_a_task_with_an_order_too(ordered: World) -> None:
    loose = registration(
        id="r-loose", product_number=None, has_product=False, product_name=None, description="Diverse"
    )
    change(ordered, *lines(ordered), loose)
    assert ordered.record.waits_for == "settings#fallback_products"
    ordered.choose(fallback_products={"item": "1042210"})
    ordered.decide("resend")
    ordered.hear(version=0)
    assert ordered.state() is TaskState.ORDERED


def test_a_search_that_is_busy_costs_no_quarter_of_an_hour() -> None:
    world = World()
    world.smartday.put_field_customer(
        FieldCustomer("c-felt-1", None, "Ny Kunde AS", organisation_number="923609016")
    )
    world.put(customer=Reference("c-felt-1", None), billing_customer=None)
    world.choose(field_customers=FieldCustomers.CREATE)
    world.erp.fail("find_customers", RetryLater("erp_busy"))
    world.hear()
    world.hear_for(timedelta(minutes=6))
    assert world.state() is TaskState.ORDERED, world.record.reason

"""Histories of the second round: recovery, duplicates, and holds that a person must be able to leave."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.domain.binding import Binding, Kind
from connector.domain.master_data import ErpCustomer, FieldCustomer
from connector.domain.reason import Reason
from connector.domain.settings import (
    FieldCustomers,
    Grouping,
    InvoicedOrderChanged,
    Lines,
    OpenOrderChanged,
    Release,
)
from connector.domain.task import Reference
from connector.domain.task_record import TaskState
from connector.errors import Refused, RetryLater, Side, UnknownOutcome
from tests.unit.usecases.changing import NEW, ORDER, change, lines, names, ordered_world, with_change
from tests.unit.usecases.ordering import AGREEMENT, World
from tests.unit.usecases.test_no_endless_work import beat, messages_until_rest
from tests.unit.usecases.test_recover_orders import recover

SUPPLEMENT = {"invoiced_order_changed": InvoicedOrderChanged.SUPPLEMENT}
LOST = UnknownOutcome(Side.ERP, "erp_timeout")


@pytest.fixture
def ordered() -> World:
    return ordered_world()


def st(w: World) -> tuple[TaskState, str | None, str | None]:
    return (w.state(), w.record.reason, w.record.detail)


def lost_records(w: World) -> None:
    w.tasks.records.clear()
    recover(w)
    w.hear(version=w.smartday.tasks["48213"].version)


def test_a_line_that_goes_between_two_creates_is_not_left_on_the_first() -> None:
    w = World()
    w.erp.fail("save_order", LOST, times=2)
    w.hear()
    w.later(timedelta(hours=1))
    now = w.smartday.tasks["48213"]
    gone = [r for r in now.registrations if r.id != "r-900106"]
    assert len(gone) < len(now.registrations)
    w.smartday.put_task(replace(now, version=9, registrations=tuple(gone)))
    w.hear(version=9)
    w.erp.execute_lost(1)
    w.hear_for(timedelta(minutes=60))
    assert w.state() is TaskState.HELD or "Koblingsboks IP65, grå" not in names(w), st(w)


def test_a_buyer_who_changes_between_two_creates_is_the_one_who_pays() -> None:
    w = World()
    w.bind_customer("10022")
    w.erp.fail("save_order", LOST, times=2)
    w.hear()
    w.later(timedelta(hours=1))
    b = Reference("c-2", "10022")
    now = w.smartday.tasks["48213"]
    w.smartday.put_task(replace(now, version=9, customer=b, billing_customer=b))
    w.hear(version=9)
    w.erp.execute_lost(1)
    w.hear_for(timedelta(minutes=60))
    assert w.state() is TaskState.HELD or w.erp.orders["5001"].customer_id == 10022, st(w)


def test_a_buyer_who_changed_while_the_table_was_lost_is_the_one_who_pays(ordered: World) -> None:
    w = ordered
    w.bind_customer("10022")
    b = Reference("c-2", "10022")
    now = w.smartday.tasks["48213"]
    w.smartday.put_task(replace(now, version=9, customer=b, billing_customer=b))
    lost_records(w)
    assert w.state() is TaskState.HELD or w.erp.orders["5001"].customer_id == 10022, st(w)


def test_a_task_whose_orders_are_all_called_off_can_be_kept_back() -> None:
    w = World()
    w.erp.fail("save_order", LOST, after_effect=True)
    w.erp.fail("find_orders", RetryLater("erp_busy"))
    w.hear()
    w.erp.save_order(w.erp.orders["5001"])
    w.later(timedelta(minutes=30))
    w.hear(version=0)
    assert w.record.reason == Reason.DUPLICATE_IN_ERP, st(w)
    w.erp.call_off("5001")
    w.erp.call_off("5002")
    w.decide("resend")
    w.hear(version=0)
    ok = w.state() is TaskState.ORDERED or w.record.reason == Reason.ORDER_GONE
    if not ok:
        try:
            w.decide("do_not_send", "Kari", "derfor")
            ok = True
        except ValueError:
            pass
    assert ok, st(w)


def with_twins() -> World:
    """Two orders of the task's key stand in the ERP, and the look after a day has found them."""
    w = World()
    w.erp.fail("save_order", LOST, after_effect=True)
    w.hear()
    w.erp.save_order(w.erp.orders["5001"])
    w.later(timedelta(hours=25))
    w.hear(version=8)
    w.hear(version=0)
    return w


def test_of_two_orders_the_one_that_a_person_keeps_follows_the_task() -> None:
    w = with_twins()
    assert w.record.reason == Reason.DUPLICATE_IN_ERP, st(w)
    w.erp.call_off("5001")
    w.decide("resend")
    w.hear(version=0)
    order = w.record.order
    assert order is not None
    assert (w.state(), order.order_id) == (TaskState.ORDERED, "5002"), st(w)
    change(w, *lines(w), NEW, version=12)
    assert NEW.description in names(w, "5002"), st(w)


def test_of_two_orders_that_both_stay_none_is_chosen_by_trying_again() -> None:
    w = with_twins()
    w.decide("resend")
    w.hear(version=0)
    assert w.record.reason == Reason.DUPLICATE_IN_ERP, st(w)


def test_of_two_orders_found_the_one_that_a_person_keeps_is_adopted(ordered: World) -> None:
    w = ordered
    w.erp.save_order(w.erp.orders["5001"])
    lost_records(w)
    assert w.record.reason == Reason.DUPLICATE_IN_ERP, st(w)
    w.erp.call_off("5001")
    w.decide("resend")
    w.hear(version=0)
    assert w.state() is TaskState.ORDERED, st(w)


def test_a_called_off_order_that_got_a_new_one_is_no_hold_after_a_recovery(ordered: World) -> None:
    w = ordered
    w.erp.call_off(ORDER)
    change(w, *lines(w), NEW)
    assert w.record.reason == Reason.ORDER_GONE
    w.decide("new_order", "Kari", "derfor")
    w.hear(version=0)
    assert w.state() is TaskState.ORDERED, st(w)
    lost_records(w)
    assert w.state() is TaskState.ORDERED, st(w)


def test_orders_of_text_rows_are_recognised_after_a_recovery() -> None:
    w = World()
    w.choose(lines=Lines.TEXT_ONLY)
    w.hear()
    assert w.state() is TaskState.ORDERED
    lost_records(w)
    assert w.state() is TaskState.ORDERED, st(w)


def test_grouped_orders_are_recognised_after_a_recovery() -> None:
    w = World()
    w.choose(employee_names=True, grouping=Grouping.PRODUCT)
    w.hear()
    assert w.state() is TaskState.ORDERED
    lost_records(w)
    assert w.state() is TaskState.ORDERED, st(w)


def test_a_task_that_is_held_when_its_order_is_found_is_compared(ordered: World) -> None:
    w = ordered
    w.tasks.records.clear()
    w.choose(release=Release.APPROVAL)
    now = w.smartday.tasks["48213"]
    w.smartday.put_task(replace(now, version=9, registrations=(*now.registrations, NEW)))
    w.hear(version=9)
    assert w.state() is TaskState.HELD
    recover(w)
    w.hear(version=9)
    assert w.state() is TaskState.HELD, st(w)


def test_sending_after_all_keeps_the_receipt_that_an_order_owes(ordered: World) -> None:
    w = World()
    w.erp.on_save = lambda: None
    w.hear()
    row_id = w.erp.rows(ORDER)[0].row_id or 0
    w.erp.on_save = lambda: w.erp.edit_row(ORDER, row_id, price=Decimal(900))
    w.smartday.fail("send_receipt", RetryLater("smartday_503"))
    change(w, *lines(w), NEW)
    assert w.record.reason == Reason.TOTAL_DIFFERS, st(w)
    assert w.owes_receipt()
    w.later(timedelta(minutes=10))
    w.decide("do_not_send", "Kari", "derfor")
    w.decide("send_again", "Kari", "derfor")
    w.hear(version=0)
    w.hear_for(timedelta(minutes=5))
    assert any(r.order_id and "r-new" in r.registration_ids for _, r in w.smartday.receipts), (
        w.smartday.receipts
    )


def test_a_company_that_is_blocked_before_the_import_knows_is_no_hot_loop() -> None:
    w = World()
    w.smartday.put_field_customer(
        FieldCustomer("c-felt-1", None, "Ny Kunde AS", organisation_number="923609016")
    )
    w.put(customer=Reference("c-felt-1", None), billing_customer=None)
    w.choose(field_customers=FieldCustomers.CREATE)
    w.erp.put_customer(ErpCustomer(id=10021, name="X", organisation_number="923609016", blocked=True))
    w.hear()
    assert w.state() in (TaskState.HELD, TaskState.RECEIVED), st(w)
    assert messages_until_rest(w) < 5, st(w)


def test_a_company_of_the_field_that_goes_out_of_use_holds_its_tasks() -> None:
    w = World()
    w.smartday.put_field_customer(
        FieldCustomer("c-felt-1", None, "Ny Kunde AS", organisation_number="923609016")
    )
    w.put(customer=Reference("c-felt-1", None), billing_customer=None)
    w.choose(field_customers=FieldCustomers.CREATE)
    w.smartday.fail("link_customer", Refused(Side.SMARTDAY, "conflict"))
    w.hear()
    assert w.state() is TaskState.ORDERED, st(w)
    n = w.record.attempts[-1].customer_id
    w.bindings.put(AGREEMENT, [Binding(Kind.CUSTOMERS, str(n), n, active=False)])
    w.erp.remove(ORDER)
    change(w, *lines(w), NEW, version=9)
    w.decide("new_order", "Kari", "derfor")
    w.hear(version=0)
    assert w.state() is TaskState.HELD, st(w)
    assert w.record.waits_for


@pytest.mark.parametrize("how", ["approval", "customer"])
def test_a_hold_after_a_lost_create_can_be_kept_back(how: str) -> None:
    w = World()
    w.erp.fail("save_order", LOST)
    w.hear()
    w.later(timedelta(hours=1))
    if how == "approval":
        w.choose(release=Release.APPROVAL)
    else:
        w.bindings.bindings.pop((AGREEMENT, Kind.CUSTOMERS, "10021"))
    w.hear()
    assert w.state() is TaskState.HELD
    w.later(timedelta(minutes=10))
    w.decide("do_not_send", "Kari", "derfor")


def test_a_gone_order_with_a_lost_change_can_be_kept_back(ordered: World) -> None:
    w = ordered
    w.erp.fail("change_order", LOST)
    change(w, *lines(w), NEW)
    w.erp.call_off(ORDER)
    w.later(timedelta(hours=1))
    w.hear(version=0)
    assert w.record.reason == Reason.ORDER_GONE, st(w)
    w.decide("do_not_send", "Kari", "derfor")


def test_a_site_customer_that_gets_its_number_is_no_change(ordered: World) -> None:
    w = World()
    w.choose(open_order_changed=OpenOrderChanged.HOLD)
    w.put(customer=Reference("c-site", None), billing_customer=Reference("c-10021", "10021"))
    w.hear()
    assert w.state() is TaskState.ORDERED, st(w)
    change(w, customer=Reference("c-site", "10077"), version=12)
    assert w.state() is TaskState.ORDERED, st(w)


def test_a_line_that_was_off_when_the_table_was_lost_is_invoiced_when_it_is_put_back(ordered: World) -> None:
    w = ordered
    change(w, *with_change(w, "r-900106", billable=False))
    lost_records(w)
    change(w, *with_change(w, "r-900106", billable=True), version=15)
    assert "Koblingsboks IP65, grå" in names(w), st(w)


def test_a_task_that_is_kept_back_and_changes_is_not_queued_for_ever() -> None:
    w = World()
    w.bindings.bindings.pop((AGREEMENT, Kind.CUSTOMERS, "10021"))
    w.smartday.fail("send_receipt", RetryLater("smartday_503"))
    w.hear()
    w.decide("do_not_send", "Kari", "derfor")
    w.put(version=9, title="Ny")
    w.hear(version=9)
    w.later(timedelta(minutes=10))
    assert sum(beat(w) for _ in range(600)) < 5, w.record.due_at


def test_a_line_that_went_while_the_table_was_lost_is_noticed(ordered: World) -> None:
    w = ordered
    now = w.smartday.tasks["48213"]
    w.smartday.put_task(
        replace(now, version=9, registrations=tuple(r for r in now.registrations if r.id != "r-900106"))
    )
    lost_records(w)
    assert w.state() is TaskState.HELD or "Koblingsboks IP65, grå" not in names(w), st(w)

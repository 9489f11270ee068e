"""Histories that happen seldom and would cost money: each once gave a wrong order, or none."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.domain.reason import Reason
from connector.domain.settings import InvoicedOrderChanged, Lines
from connector.domain.task import Reference
from connector.domain.task_record import TaskState
from connector.errors import RetryLater, Side, UnknownOutcome
from tests.builders import registration
from tests.unit.usecases.changing import NEW, ORDER, change, lines, names, ordered_world, with_change
from tests.unit.usecases.ordering import World

SUPPLEMENT = {"invoiced_order_changed": InvoicedOrderChanged.SUPPLEMENT}
LOST = UnknownOutcome(Side.ERP, "erp_timeout")


@pytest.fixture
def ordered() -> World:
    return ordered_world()


def test_a_line_of_the_first_invoice_that_changes_after_the_supplementary_order_is_noticed(
    ordered: World,
) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    change(ordered, *lines(ordered), NEW)
    changed = with_change(ordered, "r-900106", quantity=Decimal(5), net_amount=Decimal("447.50"))
    change(ordered, *changed, version=12)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)


def test_a_key_whose_order_was_called_off_is_never_used_again(ordered: World) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    change(ordered, *lines(ordered), NEW)
    ordered.erp.call_off("5002")
    change(ordered, *lines(ordered), registration(id="r-more", description="Mer"), version=12)
    assert ordered.record.reason == Reason.ORDER_GONE
    ordered.decide("new_order", "Kari", "borte")
    ordered.erp.fail("save_order", LOST)
    ordered.hear(version=0)
    ordered.hear_for(timedelta(minutes=60))
    assert [order.key.ordinal for order in ordered.erp.orders.values()] == [1, 2, 3]


def test_a_buyer_who_becomes_one_of_the_field_holds_the_task_rather_than_billing_the_former(
    ordered: World,
) -> None:
    new = Reference("c-new", None)
    change(ordered, customer=new, billing_customer=new)
    assert ordered.state() is TaskState.HELD, (ordered.state(), ordered.erp.orders[ORDER].customer_id)


def test_a_row_that_a_person_edits_before_the_lost_answer_is_looked_for_is_not_added_again(
    ordered: World,
) -> None:
    ordered.erp.fail("change_order", LOST, after_effect=True)
    ordered.erp.on_save = lambda: ordered.erp.fail("read_order", RetryLater("erp_unreachable"))
    now = ordered.smartday.tasks["48213"]
    ordered.smartday.put_task(replace(now, version=9, registrations=(*now.registrations, NEW)))
    ordered.hear(version=9)
    assert ordered.state() is TaskState.UNKNOWN
    row = next(one for one in ordered.erp.rows(ORDER) if one.name == NEW.description)
    assert row.row_id is not None
    ordered.erp.edit_row(ORDER, row.row_id, name="Klemme, ekstra stor")
    ordered.hear_for(timedelta(minutes=60))
    added = [one for one in ordered.erp.rows(ORDER) if one.product_id == 505 and one.quantity == 4]
    assert [one.name for one in added] == ["Klemme, ekstra stor"]


def test_the_first_create_that_takes_effect_after_the_second_is_compared_with_the_task() -> None:
    world = World()
    world.erp.fail("save_order", LOST, times=2)
    world.hear()
    world.later(timedelta(hours=1))
    now = world.smartday.tasks["48213"]
    world.smartday.put_task(replace(now, version=9, registrations=(*now.registrations, NEW)))
    world.hear(version=9)
    world.erp.execute_lost(1)
    world.hear_for(timedelta(minutes=60))
    assert NEW.description in names(world, "5001") or world.state() is TaskState.HELD


def test_an_invoice_of_text_rows_notices_lines_that_change() -> None:
    world = World()
    world.choose(lines=Lines.TEXT_ONLY)
    world.hear()
    world.erp.invoice(ORDER)
    change(world, *with_change(world, "r-900106", quantity=Decimal(5), net_amount=Decimal("447.50")))
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)


def test_a_supplementary_order_that_appears_late_keeps_its_own_registrations(ordered: World) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    before = lines(ordered)
    ordered.erp.fail("save_order", LOST)
    change(ordered, *before, NEW)
    assert ordered.state() is TaskState.UNKNOWN
    ordered.later(timedelta(hours=1))
    change(ordered, *before, version=11, title="Noe annet")
    ordered.erp.execute_lost()
    ordered.hear(version=0)
    ordered.hear_for(timedelta(minutes=5))
    assert ordered.record.attempts[-1].registration_ids == ("r-new",)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.NOTHING_TO_INVOICE)


def test_both_orders_gone_can_both_be_made_anew(ordered: World) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    change(ordered, *lines(ordered), NEW)
    ordered.erp.remove("5002")
    change(ordered, *lines(ordered), registration(id="r-more", description="Mer"), version=12)
    ordered.decide("new_order", "Kari", "borte")
    ordered.erp.remove(ORDER)
    ordered.hear(version=0)
    assert ordered.record.reason == Reason.ORDER_GONE
    ordered.decide("new_order", "Kari", "borte")
    ordered.hear(version=0)
    assert ordered.state() is TaskState.ORDERED, (ordered.state(), ordered.record.reason)


def test_an_order_that_is_gone_stays_missed_when_the_task_is_as_it_was_again(ordered: World) -> None:
    before = lines(ordered)
    ordered.erp.remove(ORDER)
    change(ordered, *before, NEW)
    assert ordered.record.reason == Reason.ORDER_GONE
    change(ordered, *before, version=12)
    assert ordered.state() is TaskState.HELD


def test_a_line_that_is_taken_off_and_put_back_is_invoiced(ordered: World) -> None:
    change(ordered, *with_change(ordered, "r-900106", billable=False))
    assert "Koblingsboks IP65, grå" not in names(ordered)
    change(ordered, *with_change(ordered, "r-900106", billable=True), version=12)
    assert "Koblingsboks IP65, grå" in names(ordered)

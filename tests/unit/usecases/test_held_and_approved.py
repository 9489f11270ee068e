"""Tasks that wait for a person or a register, and what Smartday is told of them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.domain.binding import Binding, Kind
from connector.domain.reason import Reason
from connector.domain.settings import Release, ZeroValue
from connector.domain.task_record import TaskState
from connector.errors import RetryLater, Side, UnknownOutcome
from tests.builders import registration
from tests.unit.usecases.ordering import AGREEMENT, Killed, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_held_task_says_what_it_waits_for(world: World) -> None:
    world.bindings.bindings.clear()
    world.hear()
    assert (world.state(), world.record.waits_for) == (TaskState.HELD, "customers#10021")
    world.bind_customer("10021")
    world.decide("resend")
    world.hear()
    assert (world.record.reason, world.record.waits_for) == (Reason.PRODUCT_UNKNOWN, "products#T100")


def test_a_customer_that_comes_while_the_hold_is_written_lets_the_task_go_on(world: World) -> None:
    products = list(world.bindings.all(AGREEMENT, Kind.PRODUCTS))
    world.bindings.bindings.clear()
    world.bindings.put(AGREEMENT, products)
    world.tasks.before_save = lambda record: (
        world.bind_customer("10021") if record.state is TaskState.HELD else None
    )
    world.hear()
    assert (world.state(), len(world.queue.sent)) == (TaskState.RECEIVED, 1)
    world.hear()
    assert world.state() is TaskState.ORDERED


def test_the_planner_sees_a_hold_once_and_then_the_order(world: World) -> None:
    products = list(world.bindings.all(AGREEMENT, Kind.PRODUCTS))
    world.bindings.bindings.clear()
    world.hear()
    version = world.smartday.tasks["48213"].version
    world.hear(version=version)
    world.hear(version=version)
    assert [receipt.result for _, receipt in world.smartday.receipts] == ["failed"]
    world.bindings.put(AGREEMENT, products)
    world.bind_customer("10021")
    world.decide("resend")
    world.hear(version=version)
    assert [receipt.result for _, receipt in world.smartday.receipts] == ["failed", "created"]


def test_a_hold_that_smartday_cannot_hear_of_yet_is_told_later_without_asking_again(world: World) -> None:
    world.bindings.bindings.clear()
    world.smartday.fail("send_receipt", RetryLater("smartday_unreachable"))
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.CUSTOMER_UNKNOWN)
    assert world.owes_receipt()
    world.hear()
    assert not world.owes_receipt()
    assert world.smartday.calls["task"] == 1


def test_a_process_killed_before_the_planner_is_told_leaves_the_receipt_owed(world: World) -> None:
    world.bindings.bindings.clear()
    world.smartday.fail("send_receipt", Killed())
    with pytest.raises(Killed):
        world.hear()
    assert world.record.due_at == world.record.lease_until


def test_a_task_that_a_person_keeps_from_being_sent_is_told_as_skipped(world: World) -> None:
    world.bindings.bindings.clear()
    world.hear()
    world.decide("do_not_send", "Kari", "garanti")
    world.hear()
    assert world.smartday.receipts[-1][1].result == "skipped"
    assert "Kari" not in world.smartday.receipts[-1][1].message
    assert world.state() is TaskState.DO_NOT_SEND
    world.decide("send_again", "Ola", "likevel")
    world.bind_customer("10021")
    world.hear()
    assert world.record.reason == Reason.PRODUCT_UNKNOWN


def test_in_approval_mode_a_right_task_waits_and_a_wrong_one_says_why(world: World) -> None:
    world.choose(release=Release.APPROVAL)
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.WAITING_FOR_APPROVAL)
    assert world.smartday.receipts == []
    world.put(version=8, registrations=(registration(product_number="X"),))
    world.hear(version=8)
    assert world.record.reason == Reason.PRODUCT_UNKNOWN


def test_an_approved_task_becomes_its_order(world: World) -> None:
    world.choose(release=Release.APPROVAL)
    world.hear()
    world.decide("approve")
    world.hear()
    assert world.state() is TaskState.ORDERED


def test_an_approval_counts_for_the_version_that_was_seen(world: World) -> None:
    world.choose(release=Release.APPROVAL)
    world.hear()
    world.decide("approve")
    world.put(version=8, title="Endret etter godkjenning")
    world.hear(version=8)
    assert world.record.reason == Reason.WAITING_FOR_APPROVAL
    assert world.erp.orders == {}


def test_a_change_after_the_order_waits_for_approval_too(world: World) -> None:
    world.choose(release=Release.APPROVAL)
    world.hear()
    world.decide("approve")
    world.hear()
    now = world.smartday.tasks["48213"]
    world.smartday.put_task(
        replace(now, version=9, registrations=(*now.registrations, registration(id="r-x")))
    )
    world.hear(version=9)
    assert world.record.reason == Reason.WAITING_FOR_APPROVAL
    assert world.erp.calls["change_order"] == 0
    world.decide("approve")
    world.hear(version=9)
    assert (world.state(), world.erp.calls["change_order"]) == (TaskState.ORDERED, 1)


def test_a_blocked_customer_holds_the_task_until_the_block_is_lifted(world: World) -> None:
    world.bindings.put(AGREEMENT, [Binding(Kind.CUSTOMERS, "10021", 10021, blocked=True)])
    world.hear()
    assert (world.record.reason, world.record.waits_for) == (Reason.CUSTOMER_BLOCKED, "customers#10021")


def test_a_task_of_no_value_is_left_out_when_the_settings_say_so(world: World) -> None:
    world.choose(zero_value=ZeroValue.IGNORE)
    world.put(registrations=(registration(unit_price=Decimal(0)),))
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.IGNORED, Reason.ZERO_VALUE_LEFT_OUT)
    assert world.smartday.receipts[-1][1].result == "skipped"


def test_settings_that_change_while_an_outcome_is_unknown_do_not_change_the_order(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "erp_timeout"))
    world.hear()
    world.choose(employee_names=True)
    world.hear_for(timedelta(minutes=40))
    (order,) = world.erp.orders.values()
    assert order.product_rows[0].name == "Demontering og montering"
    assert world.record.attempts[0].settings_version == 1


def test_what_a_setting_would_let_go_on_names_that_setting(world: World) -> None:
    world.choose(release=Release.APPROVAL)
    world.hear()
    assert world.record.waits_for == "settings#release"

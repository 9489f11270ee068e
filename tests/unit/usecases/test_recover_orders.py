"""The table of task records is lost: the orders are found in the ERP again, and none is made twice."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest

from connector.domain.order import OrderKey
from connector.domain.reason import Reason
from connector.domain.settings import InvoicedOrderChanged
from connector.domain.task_decisions import resend
from connector.domain.task_record import TaskState
from connector.usecases.found_orders import LOOK_FIRST
from connector.usecases.recover_orders import PAGE_NEEDS, RecoveryPorts, recover_orders
from tests.builders import example_task, registration
from tests.fakes.queues import MemoryStreamQueue
from tests.unit.usecases.ordering import AGREEMENT, World, received

NEW = registration(id="r-new", description="Ekstra klemme", quantity=Decimal(4), net_amount=Decimal(400))


@pytest.fixture
def world() -> World:
    """One task with its order, one that never was ordered; then the table is lost."""
    world = World()
    world.hear()
    world.smartday.put_task(replace(example_task(), id="48300"))
    world.tasks.records.clear()
    return world


def recover(
    world: World,
    left: timedelta = timedelta(minutes=10),
    spent: timedelta = timedelta(0),
    since: datetime | None = None,
) -> tuple[int, MemoryStreamQueue]:
    """Recover with so much time left; each look at the clock spends some of it."""
    streams = MemoryStreamQueue()
    now = count(0)
    began = world.now
    ports = RecoveryPorts(
        lambda: began + next(now) * spent,
        world.integrations,
        world.tasks,
        world.queue,
        streams,
        lambda _: world.erp,
        lambda _: world.smartday,
    )
    return recover_orders(ports, AGREEMENT, world.now + left, since), streams


def supplemented(world: World) -> None:
    """The order is invoiced, and what came afterwards stands on a supplementary order."""
    recover(world)
    world.hear(version=8)
    world.choose(invoiced_order_changed=InvoicedOrderChanged.SUPPLEMENT)
    world.erp.invoice("5001")
    now = world.smartday.tasks["48213"]
    world.smartday.put_task(replace(now, version=9, registrations=(*now.registrations, NEW)))
    world.hear(version=9)


def test_the_order_is_found_again_and_no_second_one_is_made(world: World) -> None:
    assert recover(world)[0] == 1
    world.hear(version=8)
    world.hear_of("48300")
    assert sorted(order.key.task_id for order in world.erp.orders.values()) == ["48213", "48300"]
    assert world.record.order is not None
    assert world.record.order.order_id == "5001"


def test_recovering_twice_is_harmless(world: World) -> None:
    recover(world)
    assert recover(world)[0] == 0


def test_a_record_that_was_made_meanwhile_gets_its_order_too(world: World) -> None:
    world.tasks.save(received(world))
    recover(world)
    world.hear(version=8)
    assert len(world.erp.orders) == 1


def test_the_rows_are_recognised_so_that_a_later_change_updates_the_order(world: World) -> None:
    recover(world)
    world.hear(version=8)
    assert world.erp.calls["change_order"] == 0
    now = world.smartday.tasks["48213"]
    world.smartday.put_task(replace(now, version=9, registrations=(*now.registrations, NEW)))
    world.hear(version=9)
    assert [row.name for row in world.erp.rows("5001")].count("Ekstra klemme") == 1
    assert len(world.erp.rows("5001")) == 14
    assert world.state() is TaskState.ORDERED


def test_a_task_that_changed_while_the_table_was_lost_is_compared_row_by_row(world: World) -> None:
    now = world.smartday.tasks["48213"]
    world.smartday.put_task(replace(now, version=9, registrations=(*now.registrations, NEW)))
    recover(world)
    world.hear(version=9)
    assert [row.name for row in world.erp.rows("5001")].count("Ekstra klemme") == 1
    assert world.state() is TaskState.ORDERED


def test_rows_that_cannot_be_recognised_need_a_person(world: World) -> None:
    row_id = world.erp.rows("5001")[0].row_id
    assert row_id is not None
    world.erp.edit_row("5001", row_id, price=Decimal(900))
    recover(world)
    world.hear(version=8)
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.ROWS_CHANGED_IN_ERP)
    assert len(world.erp.rows("5001")) == 13


def test_an_invoiced_order_that_is_unchanged_needs_nobody(world: World) -> None:
    world.erp.invoice("5001")
    recover(world)
    world.hear(version=8)
    assert (world.state(), world.record.reason) == (TaskState.ORDERED, None)


def test_supplementary_orders_are_found_again(world: World) -> None:
    supplemented(world)
    world.tasks.records.clear()
    recover(world)
    world.hear(version=10)
    assert [one.order_id for one in world.record.attempts] == ["5001", "5002"]
    assert len(world.erp.orders) == 2
    assert world.state() is TaskState.ORDERED
    assert [row.name for row in world.erp.rows("5002") if row.product_id] == ["Ekstra klemme"]


def test_an_earlier_order_whose_rows_cannot_be_told_needs_a_person(world: World) -> None:
    supplemented(world)
    row_id = world.erp.rows("5001")[0].row_id
    assert row_id is not None
    world.erp.edit_row("5001", row_id, price=Decimal(900))
    before = world.erp.rows("5002")
    world.tasks.records.clear()
    recover(world)
    for _ in range(2):
        world.hear(version=10)
        assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.ROWS_CHANGED_IN_ERP)
        assert world.record.detail == "5001"
        world.tasks.save(resend(world.record, world.now))
    assert world.erp.rows("5002") == before


def test_what_an_invoice_may_say_in_other_words_gets_no_supplementary_order(world: World) -> None:
    world.choose(invoiced_order_changed=InvoicedOrderChanged.SUPPLEMENT)
    row_id = world.erp.rows("5001")[0].row_id
    assert row_id is not None
    world.erp.edit_row("5001", row_id, price=Decimal(900))
    world.erp.invoice("5001")
    recover(world)
    world.hear(version=8)
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)
    assert len(world.erp.orders) == 1


def test_two_orders_of_one_key_need_a_person(world: World) -> None:
    first = world.erp.orders["5001"]
    world.erp.save_order(replace(first, key=OrderKey(AGREEMENT, "48213")))
    recover(world)
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP)
    assert world.record.detail == "5001 5002"


def test_more_than_the_time_is_for_goes_on_where_it_was(world: World) -> None:
    world.smartday.page_size = 1
    world.erp.save_order(replace(world.erp.orders["5001"], key=OrderKey(AGREEMENT, "48300")))
    after_one_page = PAGE_NEEDS + timedelta(seconds=3)
    recovered, streams = recover(world, after_one_page, spent=timedelta(seconds=2))
    (message,) = streams.sent
    assert (recovered, message.stream, message.full) == (1, "tasks", True)
    assert message.since == world.smartday.changed_at["48213"]
    assert recover(world, since=message.since)[0] == 1


def test_a_task_that_was_open_at_that_moment_gets_no_second_order_when_it_is_finished_again(
    world: World,
) -> None:
    now = world.smartday.tasks["48213"]
    world.smartday.put_task(replace(now, version=9, status=4, outcome=None))
    recover(world)
    world.smartday.put_task(replace(now, version=10, registrations=(*now.registrations, NEW)))
    world.hear(version=10)
    assert list(world.erp.orders) == ["5001"]
    assert [row.name for row in world.erp.rows("5001")].count("Ekstra klemme") == 1


def test_long_after_a_recovery_no_first_create_is_preceded_by_a_look(world: World) -> None:
    recover(world)
    world.erp.calls.clear()
    world.later(LOOK_FIRST + timedelta(days=1))
    world.hear_of("48300")
    assert world.erp.calls == {"save_order": 1}

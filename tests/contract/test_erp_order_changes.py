"""The promises of `Erp` for orders that exist: read, changed row by row, called off, gone, found again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connector.domain.erp_order import ErpOrder, ErpRow, OrderChange
from connector.domain.order import OrderKey, ProductRow, TextRow
from connector.domain.task import Place
from connector.errors import Refused, RetryLater, Throttled, UnknownOutcome
from tests.contract.erp_stand_in import Stood, standing
from tests.contract.erp_worlds import AGREEMENT, CUSTOMER, KEY, NOON, ORDER, PRODUCT, Memory, World
from tests.fakes.stores import utc_now

HOURS = ProductRow(PRODUCT.id, "Varmekabel, ny", Decimal(4), Decimal("1000.005"), Decimal(0), ("r-2",))
NOTE = TextRow("Avvik utbedret")
SAME_HASH = (OrderKey(AGREEMENT, "39494"), OrderKey(AGREEMENT, "117145"))


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


def created(world: World) -> str:
    return world.erp.save_order(ORDER).order_id


def read(world: World, order_id: str) -> ErpOrder:
    order = world.erp.read_order(order_id, ORDER.key)
    assert order is not None
    return order


def rows(world: World, order_id: str) -> list[ErpRow]:
    return list(read(world, order_id).rows)


def row_ids(world: World, order_id: str) -> list[int]:
    return [row.row_id for row in rows(world, order_id) if row.row_id is not None]


def change(world: World, order_id: str, **given: Any) -> None:
    saved = world.erp.change_order(OrderChange(**{"order_id": order_id, "order": ORDER, **given}))
    assert saved.order_id == order_id
    order = read(world, order_id)
    assert (saved.rows, saved.net_total) == (order.rows, order.net_total)


def test_a_saved_order_tells_its_rows_and_its_total_without_vat(world: World) -> None:
    saved = world.erp.save_order(ORDER)
    cable, text = saved.rows
    assert replace(cable, row_id=None) == ErpRow(
        None, 1, "Varmekabel", PRODUCT.id, Decimal("2.5"), Decimal("1249.10"), Decimal(10)
    )
    assert replace(text, row_id=None) == ErpRow(None, 2, "Oppgave 48213: Bytte varmekabel på bad")
    assert None not in {cable.row_id, text.row_id}
    assert saved.net_total == ORDER.net_total == Decimal("2810.48")


def test_an_order_reads_as_it_was_saved(world: World) -> None:
    saved = world.erp.save_order(ORDER)
    order = read(world, saved.order_id)
    assert order == ErpOrder(saved.order_id, "ForInvoicing", saved.rows, saved.net_total, ORDER.customer_id)


def test_an_order_that_was_never_there_reads_as_none(world: World) -> None:
    created(world)
    assert world.erp.read_order("99999", ORDER.key) is None


def test_an_order_of_another_key_reads_as_none_whatever_its_number(world: World) -> None:
    order_id = created(world)
    assert world.erp.read_order(order_id, replace(ORDER.key, task_id="99")) is None


def test_an_order_that_is_gone_reads_as_none_and_its_number_is_not_used_again(world: World) -> None:
    order_id = created(world)
    world.remove(order_id)
    assert world.erp.read_order(order_id, ORDER.key) is None
    assert created(world) != order_id


def test_an_order_that_was_called_off_or_invoiced_reads_as_such(world: World) -> None:
    order_id = created(world)
    world.call_off(order_id)
    assert read(world, order_id).is_inactive
    world.invoice(order_id)
    assert read(world, order_id).is_invoiced


def test_a_broken_read_is_never_gone(world: World) -> None:
    order_id = created(world)
    world.break_answer("read_order")
    with pytest.raises(RetryLater):
        world.erp.read_order(order_id, ORDER.key)


def test_a_row_is_added_where_it_is_told_to_stand(world: World) -> None:
    order_id = created(world)
    before = rows(world, order_id)
    change(world, order_id, added=((3, HOURS), (4, NOTE)))
    *kept, hours, note = rows(world, order_id)
    assert kept == before
    assert (hours.sequence, hours.name, hours.price) == (3, "Varmekabel, ny", Decimal("1000.0050"))
    assert (note.sequence, note.name, note.product_id) == (4, "Avvik utbedret", None)
    assert read(world, order_id).net_total == ORDER.net_total + Decimal("4000.02")


def test_a_row_is_edited_in_its_place_and_keeps_its_id(world: World) -> None:
    order_id = created(world)
    cable, text = row_ids(world, order_id)
    change(world, order_id, edited=((cable, HOURS), (text, NOTE)))
    first, second = rows(world, order_id)
    assert (first.row_id, first.sequence, first.quantity, first.discount) == (
        cable,
        1,
        Decimal(4),
        Decimal(0),
    )
    assert (second.row_id, second.sequence, second.name) == (text, 2, "Avvik utbedret")
    assert read(world, order_id).net_total == Decimal("4000.02")


def test_a_product_may_become_a_text_and_a_text_a_product(world: World) -> None:
    order_id = created(world)
    cable, text = row_ids(world, order_id)
    change(world, order_id, edited=((cable, NOTE), (text, HOURS)))
    assert [(row.row_id, row.product_id) for row in rows(world, order_id)] == [
        (cable, None),
        (text, PRODUCT.id),
    ]


def test_a_row_is_deleted_and_the_others_stay(world: World) -> None:
    order_id = created(world)
    cable, text = row_ids(world, order_id)
    change(world, order_id, deleted=(cable,))
    assert row_ids(world, order_id) == [text]
    assert read(world, order_id).net_total == 0


def test_rows_of_a_person_are_left_alone(world: World) -> None:
    order_id = created(world)
    cable, text = row_ids(world, order_id)
    world.type_row(order_id, "Avtalt på telefon")
    world.edit_row(order_id, text, "Endret av Kari")
    change(world, order_id, edited=((cable, HOURS),), added=((4, NOTE),))
    names = [row.name for row in rows(world, order_id)]
    assert names == ["Varmekabel, ny", "Endret av Kari", "Avtalt på telefon", "Avvik utbedret"]


def test_a_change_of_the_head_leaves_status_rows_and_key(world: World) -> None:
    order_id = created(world)
    before = read(world, order_id)
    wanted = replace(
        ORDER, status="Draft", delivery_date=NOON + timedelta(days=1), place=Place(postal_area="Narvik")
    )
    change(world, order_id, order=wanted, head=("delivery_date", "place"))
    assert read(world, order_id) == before
    assert world.erp.find_orders(KEY, CUSTOMER.id, utc_now() - timedelta(minutes=15)) == [order_id]


def test_an_invoiced_order_refuses_every_change(world: World) -> None:
    order_id = created(world)
    world.invoice(order_id)
    before = read(world, order_id)
    with pytest.raises(Refused):
        change(world, order_id, added=((3, NOTE),))
    assert read(world, order_id) == before


def test_an_order_that_is_gone_cannot_be_changed(world: World) -> None:
    order_id = created(world)
    world.remove(order_id)
    with pytest.raises(Refused):
        change(world, order_id, added=((3, NOTE),))
    assert world.order_ids() == []


def test_a_change_is_done_whole_or_not_at_all(world: World) -> None:
    order_id = created(world)
    before = read(world, order_id)
    cable, _ = row_ids(world, order_id)
    for wrong in ({"deleted": (cable, 99999)}, {"edited": ((cable, HOURS), (99999, NOTE))}):
        with pytest.raises(Refused):
            change(world, order_id, added=((3, NOTE),), head=("customer_id",), **wrong)
        assert read(world, order_id) == before


def test_an_order_of_a_blocked_customer_is_refused(world: World) -> None:
    order_id = created(world)
    world.put_customer(replace(CUSTOMER, blocked=True))
    with pytest.raises(Refused):
        world.erp.save_order(ORDER)
    with pytest.raises(Refused):
        change(world, order_id, added=((3, NOTE),))
    assert world.order_ids() == [order_id]


def test_a_lost_answer_to_a_change_is_an_unknown_outcome_and_the_change_is_seen(world: World) -> None:
    order_id = created(world)
    world.lose_answer("change_order")
    with pytest.raises(UnknownOutcome):
        change(world, order_id, added=((3, NOTE),))
    assert [row.name for row in rows(world, order_id)][2:] == ["Avvik utbedret"]


def test_a_lost_change_is_an_unknown_outcome_and_nothing_is_changed(world: World) -> None:
    order_id = created(world)
    before = read(world, order_id)
    world.lose_request("change_order")
    with pytest.raises(UnknownOutcome):
        change(world, order_id, added=((3, NOTE),))
    assert read(world, order_id) == before


def test_a_limit_stops_a_change(world: World) -> None:
    order_id = created(world)
    world.throttle("change_order")
    with pytest.raises(Throttled):
        change(world, order_id, added=((3, NOTE),))


def test_an_order_that_was_called_off_counts_only_when_there_is_no_other(world: World) -> None:
    first, second = created(world), created(world)
    since = utc_now() - timedelta(minutes=15)
    assert world.erp.find_orders(KEY, CUSTOMER.id, since) == [first, second]
    world.call_off(first)
    assert world.erp.find_orders(KEY, CUSTOMER.id, since) == [second]
    assert world.erp.find_orders_of([KEY]) == {KEY.text: [second]}
    world.call_off(second)
    assert world.erp.find_orders(KEY, CUSTOMER.id, since) == [first, second]


def test_orders_of_many_keys_are_found_at_once(world: World) -> None:
    keys = [OrderKey(AGREEMENT, str(number)) for number in range(1, 1501)]
    first = world.erp.save_order(replace(ORDER, key=keys[0])).order_id
    last = world.erp.save_order(replace(ORDER, key=keys[-1], reference_in_title=True)).order_id
    again = world.erp.save_order(replace(ORDER, key=keys[0])).order_id
    assert world.erp.find_orders_of(keys) == {keys[0].text: [first, again], keys[-1].text: [last]}


def test_two_keys_with_the_same_hash_have_each_its_own_order(world: World) -> None:
    one, other = SAME_HASH
    assert one.external_status == other.external_status
    mine = world.erp.save_order(replace(ORDER, key=one)).order_id
    assert world.erp.find_orders_of(SAME_HASH) == {one.text: [mine]}
    theirs = world.erp.save_order(replace(ORDER, key=other)).order_id
    assert world.erp.find_orders_of(SAME_HASH) == {one.text: [mine], other.text: [theirs]}


def test_no_keys_have_no_orders(world: World) -> None:
    created(world)
    assert world.erp.find_orders_of([]) == {}


def test_a_broken_look_up_of_many_raises(world: World) -> None:
    created(world)
    world.break_answer("find_orders_of")
    with pytest.raises(RetryLater):
        world.erp.find_orders_of([KEY])

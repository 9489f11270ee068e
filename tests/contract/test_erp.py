"""The promises of `Erp`: one suite, kept in memory and by the real adapter over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connector.domain.order import OrderKey
from connector.errors import (
    CredentialsRejected,
    Refused,
    RetryLater,
    Side,
    Throttled,
    UnknownOutcome,
)
from tests.builders import heard
from tests.contract.erp_stand_in import Stood, standing
from tests.contract.erp_worlds import AGREEMENT, CUSTOMER, KEY, ORDER, PRODUCT, Memory, World
from tests.fakes.stores import utc_now


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


def find(world: World, key: OrderKey = KEY) -> list[str]:
    return world.erp.find_orders(key, CUSTOMER.id, utc_now() - timedelta(minutes=15))


def test_a_saved_order_exists_and_carries_its_key(world: World) -> None:
    order_id = world.erp.save_order(ORDER).order_id
    assert world.order_ids() == [order_id]
    assert find(world) == [order_id]


def test_a_key_in_the_title_is_found_too(world: World) -> None:
    order_id = world.erp.save_order(replace(ORDER, reference_in_title=True)).order_id
    assert find(world) == [order_id]


def test_no_order_carries_a_key_that_was_never_sent(world: World) -> None:
    world.erp.save_order(ORDER)
    for other in (OrderKey(AGREEMENT, "4821"), OrderKey(AGREEMENT, "48213", 2), OrderKey("10447", "48213")):
        assert find(world, other) == []


def test_every_order_of_a_key_is_found(world: World) -> None:
    saved = [world.erp.save_order(ORDER), world.erp.save_order(replace(ORDER, reference_in_title=True))]
    assert find(world) == [one.order_id for one in saved]


def test_an_order_for_an_unknown_customer_is_refused_in_the_erps_words(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.erp.save_order(replace(ORDER, customer_id=99999))
    assert refused.value.side is Side.ERP
    assert "99999" in refused.value.words
    assert world.order_ids() == []


def test_a_lost_answer_to_a_save_is_an_unknown_outcome_and_the_order_is_found(world: World) -> None:
    world.lose_answer("save_order")
    with pytest.raises(UnknownOutcome):
        world.erp.save_order(ORDER)
    assert find(world) == world.order_ids() != []


def test_a_lost_save_is_an_unknown_outcome_and_no_order_is_found(world: World) -> None:
    world.lose_request("save_order")
    with pytest.raises(UnknownOutcome):
        world.erp.save_order(ORDER)
    assert find(world) == world.order_ids() == []


def test_a_limit_stops_a_save_and_says_for_how_long(world: World) -> None:
    world.throttle("save_order")
    with pytest.raises(Throttled) as throttled:
        world.erp.save_order(ORDER)
    assert timedelta(seconds=20) < throttled.value.until - utc_now() <= timedelta(seconds=30)
    assert world.erp.pace().is_blocked(utc_now())
    assert world.order_ids() == []


def test_a_broken_look_up_is_never_not_found(world: World) -> None:
    world.break_answer("find_orders")
    with pytest.raises(RetryLater):
        find(world)


def test_all_customers_are_listed_in_use_or_not(world: World) -> None:
    world.put_customer(replace(CUSTOMER, id=20022), active=False)
    listed = {change.id: change for change in heard(world.erp.changed_customers(None)).entries}
    assert (listed[20021].number, listed[20021].active) == ("20021", True)
    assert (listed[20022].number, listed[20022].active) == ("20022", False)


def test_only_what_changed_since_then_is_listed(world: World) -> None:
    before = utc_now() - timedelta(minutes=1)
    assert [change.id for change in heard(world.erp.changed_customers(before)).entries] == [CUSTOMER.id]
    assert [change.id for change in heard(world.erp.changed_products(before)).entries] == [PRODUCT.id]
    later = utc_now() + timedelta(minutes=5)
    assert heard(world.erp.changed_customers(later)).entries == ()
    assert heard(world.erp.changed_products(later)).entries == ()


def test_a_list_tells_the_sources_own_time(world: World) -> None:
    for changes in (heard(world.erp.changed_customers(None)), heard(world.erp.changed_products(None))):
        assert abs(changes.source_clock - utc_now()) < timedelta(seconds=10)
        assert changes.source_clock.utcoffset() == timedelta(0)


def test_products_are_listed_with_number_and_use(world: World) -> None:
    world.put_product(replace(PRODUCT, id=2502, number=""))
    world.put_product(replace(PRODUCT, id=2503, active=False))
    listed = {change.id: change for change in heard(world.erp.changed_products(None)).entries}
    assert [(listed[one].number, listed[one].active) for one in (2501, 2502, 2503)] == [
        ("0042", True),
        ("", True),
        ("0042", False),
    ]


def test_a_product_without_category_reads_as_such(world: World) -> None:
    world.put_product(replace(PRODUCT, category_id=None))
    assert [one.category_id for one in world.erp.read_products([PRODUCT.id])] == [None]


def test_a_customer_reads_as_the_erp_has_it(world: World) -> None:
    assert list(world.erp.read_customers([CUSTOMER.id])) == [CUSTOMER]


def test_a_product_reads_as_the_erp_has_it(world: World) -> None:
    assert list(world.erp.read_products([PRODUCT.id])) == [PRODUCT]


def test_no_ids_give_no_records(world: World) -> None:
    assert list(world.erp.read_customers([])) == []
    assert list(world.erp.read_products([])) == []


def test_an_id_that_is_gone_is_left_out(world: World) -> None:
    assert [one.id for one in world.erp.read_customers([99999, CUSTOMER.id])] == [CUSTOMER.id]


@pytest.mark.parametrize("method", ["changed_customers", "changed_products"])
def test_a_broken_list_raises(world: World, method: str) -> None:
    world.break_answer(method)
    with pytest.raises(RetryLater):
        heard(getattr(world.erp, method)(None))


@pytest.mark.parametrize(("method", "record"), [("read_customers", CUSTOMER), ("read_products", PRODUCT)])
def test_a_cut_answer_raises_before_the_end(world: World, method: str, record: Any) -> None:
    world.break_answer(method)
    with pytest.raises(RetryLater):
        list(getattr(world.erp, method)([record.id]))


def test_a_login_of_its_own_leaves_a_session_that_works(world: World) -> None:
    world.erp.log_in()
    assert world.erp.save_order(ORDER).order_id in world.order_ids()


def test_a_login_of_its_own_is_rejected_as_any_other(world: World) -> None:
    world.refuse_login()
    with pytest.raises(CredentialsRejected) as rejected:
        world.erp.log_in()
    assert (rejected.value.side, rejected.value.code) == (Side.ERP, "invalid_credentials")


def test_a_rejected_login_is_told(world: World) -> None:
    world.refuse_login()
    with pytest.raises(CredentialsRejected) as rejected:
        heard(world.erp.changed_customers(None))
    assert rejected.value.side is Side.ERP

"""The nightly pass: what the ERP has no longer goes out of use, unless that is too much to believe."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.binding import Kind
from connector.domain.full_pass import night_of
from connector.domain.master_data import ErpProduct
from connector.domain.stream import RunState
from connector.domain.waiting import for_binding
from connector.errors import RetryLater
from tests.unit.usecases.importing import AGREEMENT, LONG_AGO, NOW, PRODUCTS, World

DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return World()


def state_of(world: World, number: int) -> str:
    return world.smartday.customers_by_number[str(number)].state


def test_the_first_pass_of_a_night_reads_everything_and_the_next_only_what_changed(world: World) -> None:
    world.put(1, 2)
    world.run()
    assert not world.run().full
    world.now += DAY
    assert [world.run().full for _ in range(2)] == [True, False]


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_each_integration_has_its_own_hour_of_each_night(day: datetime) -> None:
    nights = {night_of(str(number), day + timedelta(hours=12)) for number in range(200)}
    assert len(nights) == 200
    assert max(nights) - min(nights) < timedelta(hours=4)
    assert all(day - timedelta(hours=1) <= night <= day + timedelta(hours=4) for night in nights)
    before = night_of("1", day + timedelta(hours=12)) - timedelta(seconds=1)
    assert night_of("1", before) < day


def test_what_the_erp_has_no_longer_goes_out_of_use_and_isnt_touched_again(world: World) -> None:
    world.put(1, 2, 3)
    world.run()
    world.erp.remove_customer(2)
    run = world.run(full=True)
    assert (run.state, run.absent, run.deactivated, run.unchanged) == (RunState.FINISHED, 1, 1, 2)
    assert [state_of(world, one) for one in (1, 2, 3)] == ["active", "inactive", "active"]
    assert not world.bindings.get(AGREEMENT, Kind.CUSTOMERS, ["2"])["2"].is_usable
    again = world.run(full=True)
    assert (again.absent, again.deactivated, world.smartday.calls["retire_customers"]) == (0, 0, 1)


def test_a_record_that_a_list_with_shifting_pages_left_out_stays_in_use(world: World) -> None:
    world.put(*range(1, 101))
    world.run()
    for one in (2, *range(30, 80)):
        del world.erp.customer_changes[one]
    world.erp.remove_customer(1)
    run = world.run(full=True)
    assert (run.state, run.absent, run.deactivated) == (RunState.FINISHED, 1, 1)
    assert [state_of(world, one) for one in (1, 2, 30)] == ["inactive", "active", "active"]


def test_a_record_that_comes_back_is_in_use_again(world: World) -> None:
    world.put(1, 2)
    world.run()
    world.erp.remove_customer(2)
    world.run(full=True)
    world.put(2)
    assert world.run(full=True).written == 1
    assert state_of(world, 2) == "active"
    assert world.bindings.get(AGREEMENT, Kind.CUSTOMERS, ["2"])["2"].is_usable


@pytest.mark.parametrize("full", [True, False])
def test_a_customer_that_the_erp_takes_out_of_use_goes_out_of_use(world: World, full: bool) -> None:
    world.put(1, 2)
    world.run()
    world.erp.put_customer(world.erp.customers[2], NOW, active=False)
    run = world.run(full=full)
    assert (run.deactivated, run.set_aside, state_of(world, 2)) == (1, 0, "inactive")
    assert world.run(full=full).deactivated == 0


def test_a_product_that_got_another_number_leaves_the_old_one_out_of_use(world: World) -> None:
    world.erp.put_product(ErpProduct(501, "T100", "Montør"), LONG_AGO)
    world.run(PRODUCTS)
    world.erp.put_product(ErpProduct(501, "T101", "Montør"), NOW)
    run = world.run(PRODUCTS, full=True)
    assert (run.written, run.deactivated) == (1, 1)
    assert world.smartday.products_by_number["T100"].state == "inactive"


@pytest.mark.parametrize(
    ("had", "gone", "state"),
    [
        (100, 20, RunState.FINISHED),
        (100, 21, RunState.HELD),
        (1_500, 30, RunState.FINISHED),
        (1_500, 31, RunState.HELD),
    ],
)
def test_more_than_twenty_and_two_in_a_hundred_hold_the_run(
    world: World, had: int, gone: int, state: RunState
) -> None:
    world.put(*range(1, had + 1))
    world.run()
    for one in range(1, gone + 1):
        world.erp.remove_customer(one)
    run = world.run(full=True)
    assert (run.state, run.absent) == (state, gone)
    assert run.deactivated == (gone if state is RunState.FINISHED else 0)


def test_a_held_run_is_kept_while_changes_go_on_being_read(world: World) -> None:
    world.put(*range(1, 101))
    world.run()
    for one in range(1, 51):
        world.erp.remove_customer(one)
    held = world.run(full=True)
    assert held.error == "deactivations_unconfirmed"
    world.put(60, changed_at=NOW, name="Endret")
    assert (world.run().full, world.run().state) == (False, RunState.FINISHED)
    assert world.smartday.customers_by_number["60"].name == "Endret 60"
    assert world.cursor().shown_run == held
    assert state_of(world, 1) == "active"


def test_as_many_as_a_person_has_confirmed_go_out_of_use_once(world: World) -> None:
    world.put(*range(1, 101))
    world.run()
    for one in range(1, 51):
        world.erp.remove_customer(one)
    held = world.run(full=True)
    world.cursors.save(replace(world.cursor(), held=None, confirmed=held.absent, wanted="full"))
    run = world.run()
    assert (run.full, run.state, run.deactivated) == (True, RunState.FINISHED, 50)
    assert (world.cursor().confirmed, world.cursor().shown_run) == (0, run)


def test_more_than_was_confirmed_is_held_anew(world: World) -> None:
    world.put(*range(1, 201))
    world.run()
    for one in range(1, 51):
        world.erp.remove_customer(one)
    world.run(full=True)
    world.cursors.save(replace(world.cursor(), held=None, confirmed=50))
    world.erp.remove_customer(51)
    assert (world.run(full=True).state, state_of(world, 1)) == (RunState.HELD, "active")


def test_a_worker_that_dies_while_records_go_out_of_use_goes_on_where_it_was(world: World) -> None:
    world.put(*range(1, 2_001))
    world.run()
    for one in range(1, 41):
        world.erp.remove_customer(one)
    world.smartday.fail("retire_customers", RetryLater("smartday_unreachable"), after_effect=True)
    assert world.run(full=True).state is RunState.RUNNING
    run = world.run()
    assert (run.state, run.full) == (RunState.FINISHED, True)
    assert {state_of(world, one) for one in range(1, 41)} == {"inactive"}
    assert {state_of(world, one) for one in range(41, 2_001)} == {"active"}


def test_an_unchanged_register_is_read_without_writing_to_smartday_or_the_bindings(world: World) -> None:
    world.put(*range(1, 301))
    world.run()
    before = (len(world.smartday.upserts), world.bindings.writes)
    run = world.run(full=True)
    assert (run.unchanged, run.written) == (300, 0)
    assert (len(world.smartday.upserts), world.bindings.writes) == before


def test_where_the_register_isnt_written_orders_alone_stop_naming_what_is_gone(world: World) -> None:
    world.set(import_customers=False)
    world.put(1, 2)
    world.run()
    world.erp.remove_customer(2)
    world.erp.put_customer(world.erp.customers[1], NOW, active=False)
    assert world.run(full=True).deactivated == 2
    assert not world.smartday.calls["retire_customers"]
    found = world.bindings.get(AGREEMENT, Kind.CUSTOMERS, ["1", "2"])
    assert [one.is_usable for one in found.values()] == [False, False]


def test_blocked_customers_count_where_the_register_isnt_written(world: World) -> None:
    world.set(import_customers=False)
    world.put(*range(1, 51), blocked=True)
    world.run()
    for one in range(1, 31):
        world.erp.remove_customer(one)
    assert world.run(full=True).state is RunState.HELD


@pytest.mark.parametrize("listed", [True, False])
def test_orders_name_no_longer_what_smartday_keeps_in_use_without_the_erp(world: World, listed: bool) -> None:
    world.put(1, 2)
    world.run()
    if listed:
        world.erp.put_customer(world.erp.customers[2], NOW, active=False)
    else:
        world.erp.remove_customer(2)
    world.smartday.rejections["2"] = "in_use"
    assert world.run(full=True).rejected == 1
    assert not world.bindings.get(AGREEMENT, Kind.CUSTOMERS, ["2"])["2"].is_usable
    world.put(2)
    world.smartday.rejections.clear()
    world.hold("48213", for_binding(Kind.CUSTOMERS, "2"))
    assert (world.run(full=True).written, world.released) == (1, ["48213"])


def test_what_was_made_inactive_before_a_hand_over_is_counted(world: World) -> None:
    world.put(*range(1, 201))
    world.run()
    for one in range(1, 201):
        world.erp.put_customer(world.erp.customers[one], NOW, active=False)

    def takes_a_minute() -> None:
        world.now += timedelta(minutes=1)

    world.smartday.on_retire = takes_a_minute
    first = world.run()
    assert (first.state, 0 < first.deactivated < 200) == (RunState.RUNNING, True)
    last = world.run()
    assert (last.run_id, last.state, last.deactivated) == (first.run_id, RunState.FINISHED, 200)


def test_no_end_is_promised_while_what_is_absent_is_made_inactive(world: World) -> None:
    world.put(*range(1, 1_501))
    world.run()
    for one in range(1, 31):
        world.erp.remove_customer(one)
    world.now += timedelta(seconds=10)
    seen: list[timedelta | None] = []

    def look() -> None:
        world.now += timedelta(seconds=10)
        run = world.cursor().run
        seen.extend([run.time_left] if run and run.deactivated else [])

    world.smartday.on_retire = look
    run = world.run(full=True)
    assert (run.deactivated, run.time_left, set(seen)) == (30, None, {None})

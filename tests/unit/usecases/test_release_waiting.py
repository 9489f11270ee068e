"""Held tasks go on when what they wait for has come, and nothing else moves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.binding import Binding, Kind
from connector.domain.integration import Integration
from connector.domain.master_data import ErpCustomer
from connector.domain.reason import Reason
from connector.domain.settings import Lines, Settings
from connector.domain.stream import RunState
from connector.domain.task_record import TaskRecord, TaskState
from connector.domain.waiting import for_binding, for_setting
from connector.errors import RetryLater, Stale
from connector.usecases.release_waiting import (
    AT_MOST,
    UNDER_WAY,
    ReleasePorts,
    release_all_bound,
    release_bound,
    release_for_settings,
    release_overlooked,
    release_waiting,
)
from tests.unit.usecases.importing import AGREEMENT, LONG_AGO, NOW, PRODUCTS, World

HANSEN = for_binding(Kind.CUSTOMERS, "10021")
FALLBACK = for_setting("fallback_products")


@pytest.fixture
def world() -> World:
    return World()


def stored(world: World) -> Integration:
    return world.integrations.integrations[AGREEMENT]


def test_a_task_that_waits_for_a_key_is_run_again(world: World) -> None:
    world.hold("48213", HANSEN)
    world.hold("48214", for_binding(Kind.CUSTOMERS, "10022"))
    assert release_waiting(world.ports.releasing, AGREEMENT, [HANSEN]) == 1
    assert world.released == ["48213"]
    record = world.tasks.records[AGREEMENT, "48213"]
    assert (record.state, record.waits_for, record.reason) == (TaskState.RECEIVED, None, None)
    assert release_waiting(world.ports.releasing, AGREEMENT, [HANSEN]) == 0


@pytest.mark.parametrize("state", [state for state in TaskState if state is not TaskState.HELD])
def test_only_what_is_held_is_released(world: World, state: TaskState) -> None:
    world.hold("48213", HANSEN, state)
    assert release_waiting(world.ports.releasing, AGREEMENT, [HANSEN]) == 0
    assert world.released == []


def test_what_a_worker_holds_is_the_workers_matter(world: World) -> None:
    record = world.hold("48213", HANSEN)
    world.tasks.save(replace(record, lease_owner="worker", lease_until=NOW + timedelta(minutes=1)))
    assert release_waiting(world.ports.releasing, AGREEMENT, [HANSEN]) == 0


def test_a_record_that_another_process_wrote_first_is_left_to_it(world: World) -> None:
    world.hold("48213", HANSEN)
    world.hold("48214", HANSEN)

    def lost(record: TaskRecord) -> None:
        if record.task_id == "48213":
            raise Stale

    world.tasks.before_save = lost
    assert release_waiting(world.ports.releasing, AGREEMENT, [HANSEN]) == 1
    assert world.released == ["48214"]


def test_what_was_released_but_not_queued_is_due_soon(world: World) -> None:
    world.hold("48213", HANSEN)
    world.task_queue.refusing = True
    with pytest.raises(RetryLater):
        release_waiting(world.ports.releasing, AGREEMENT, [HANSEN])
    assert world.tasks.due(NOW + timedelta(minutes=15), 10)


def test_one_call_releases_so_many_that_it_ends_in_time(world: World) -> None:
    for number in range(AT_MOST + 1):
        world.hold(str(number), HANSEN)
    assert release_waiting(world.ports.releasing, AGREEMENT, [HANSEN]) == AT_MOST
    assert release_waiting(world.ports.releasing, AGREEMENT, [HANSEN]) == 1


def test_a_new_binding_frees_who_waits_for_it(world: World) -> None:
    world.hold("48213", HANSEN)
    assert release_bound(world.ports.releasing, AGREEMENT, Kind.PRODUCTS, ["10021"]) == 0
    assert release_bound(world.ports.releasing, AGREEMENT, Kind.CUSTOMERS, ["10020"]) == 0
    assert release_bound(world.ports.releasing, AGREEMENT, Kind.CUSTOMERS, ["10020", "10021"]) == 1


@pytest.mark.parametrize(
    ("binding", "released"),
    [
        (Binding(Kind.CUSTOMERS, "10021", 10021), 1),
        (Binding(Kind.CUSTOMERS, "10021", 10021, active=False), 0),
        (Binding(Kind.CUSTOMERS, "10021", 10021, blocked=True), 0),
        (Binding(Kind.CUSTOMERS, "10022", 10022), 0),
    ],
)
def test_only_bindings_that_orders_may_name_free_anything(
    world: World, binding: Binding, released: int
) -> None:
    world.hold("48213", HANSEN)
    world.bindings.put(AGREEMENT, [binding])
    ports = world.ports.releasing
    assert release_all_bound(ports, world.bindings, AGREEMENT, Kind.CUSTOMERS) == released


def test_another_setting_frees_who_waits_for_it(world: World) -> None:
    world.hold("48213", FALLBACK)
    world.hold("48214", for_setting("zero_value"))
    before, after = Settings(), Settings(fallback_products={"hours": "T100"}, lines=Lines.TEXT_ONLY)
    assert release_for_settings(world.ports.releasing, AGREEMENT, before, before) == 0
    assert release_for_settings(world.ports.releasing, AGREEMENT, before, after) == 1
    assert world.released == ["48213"]


def test_a_hold_that_was_written_while_the_setting_changed_is_found_later(world: World) -> None:
    world.set(fallback_products={"hours": "T100"})
    world.hold("48213", FALLBACK)
    world.hold("48214", for_setting("zero_value"))
    assert release_overlooked(world.ports.releasing, stored(world)) == 1
    assert world.released == ["48213"]


def test_a_hold_under_the_present_settings_stays(world: World) -> None:
    world.set(fallback_products={"hours": "T100"})
    world.set(lines=Lines.TEXT_ONLY)
    world.now += UNDER_WAY
    world.hold("48213", FALLBACK)
    assert release_overlooked(world.ports.releasing, stored(world)) == 0


def test_a_hold_under_settings_that_never_changed_stays(world: World) -> None:
    world.hold("48213", FALLBACK)
    assert release_overlooked(world.ports.releasing, stored(world)) == 0


def test_an_import_frees_the_tasks_whose_customer_it_brings(world: World) -> None:
    world.put(10021, 10022)
    world.hold("48213", HANSEN)
    world.hold("48214", for_binding(Kind.CUSTOMERS, "10099"))
    world.run()
    assert world.released == ["48213"]


def test_the_binding_is_stored_before_the_task_is_queued(world: World) -> None:
    world.put(10021)
    world.hold("48213", HANSEN)
    world.tasks.before_save = lambda _: bound.append(len(world.bindings.bindings))
    bound: list[int] = []
    world.run()
    assert bound == [1]


@pytest.mark.parametrize("change", [{"active": False}, {"blocked": True}])
def test_an_import_frees_tasks_when_a_customer_may_be_used_again(
    world: World, change: dict[str, bool]
) -> None:
    card = ErpCustomer(10021, "Sørvik Rør AS", type="Business")
    world.erp.put_customer(replace(card, **change), LONG_AGO)  # type: ignore[arg-type]
    world.hold("48213", HANSEN)
    world.run()
    assert world.released == []
    world.erp.put_customer(card, NOW)
    world.run()
    assert world.released == ["48213"]


def test_the_end_of_the_first_pass_frees_all_that_waited_for_it_and_only_them(world: World) -> None:
    world.put(10021)
    nobody = for_binding(Kind.CUSTOMERS, "10099")
    world.tasks.save(replace(world.hold("48213", nobody), reason=Reason.REGISTER_NOT_READ))
    world.hold("48214", nobody)
    world.run()
    assert world.released == ["48213"]


def test_a_whole_reading_that_is_held_frees_what_waited_for_it(world: World) -> None:
    world.put(*range(1, 101))
    world.run()
    for one in range(1, 51):
        world.erp.remove_customer(one)
    world.cursors.save(replace(world.cursor(), basis=None))
    nobody = for_binding(Kind.CUSTOMERS, "20077")
    world.tasks.save(replace(world.hold("48213", nobody), reason=Reason.REGISTER_NOT_READ))
    assert world.run().state is RunState.HELD
    assert world.released == ["48213"]


def test_what_the_first_pass_left_waiting_because_it_died_or_came_earlier_is_freed_at_night(
    world: World,
) -> None:
    world.put(1)
    world.run()
    nobody = for_binding(Kind.CUSTOMERS, "20077")
    world.tasks.save(replace(world.hold("48213", nobody), reason=Reason.REGISTER_NOT_READ))
    world.now += timedelta(days=1)
    world.run()
    assert world.released == ["48213"]


def test_another_fallback_product_frees_what_the_former_held(world: World) -> None:
    before = Settings(fallback_products={"hours": "FINNESIKKE"})
    world.hold("48213", for_binding(Kind.PRODUCTS, "FINNESIKKE"))
    ports = ReleasePorts(lambda: world.now, world.tasks, world.task_queue)
    release_for_settings(ports, AGREEMENT, before, Settings(fallback_products={"hours": "T100"}))
    assert world.released == ["48213"]


def test_a_hold_that_was_written_after_its_binding_came_is_found_by_the_next_pass(world: World) -> None:
    world.put(10021)
    world.run()
    world.hold("48213", HANSEN)
    world.run()
    assert world.released == ["48213"]


def test_an_import_where_nothing_waits_reads_no_task(world: World) -> None:
    world.put(*range(1, 301))
    asked = []

    class Watched(type(world.tasks)):  # type: ignore[misc]
        def waiting(self, agreement_number: str, keys: list[str]) -> list[TaskRecord]:
            asked.extend(keys)
            return []

    world.tasks = Watched()
    world.run()
    assert asked == []


def test_an_import_frees_what_waits_for_a_setting_too(world: World) -> None:
    world.hold("48213", FALLBACK)
    world.set(fallback_products={"hours": "T100"})
    world.run(PRODUCTS)
    assert world.released == ["48213"]

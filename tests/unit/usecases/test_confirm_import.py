"""A full pass that would make too many inactive waits for a person, and goes on by his word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.integration import IntegrationState
from connector.domain.stream import Run, RunState, Stream
from connector.errors import RetryLater
from connector.usecases.confirm_import import Confirmed, ConfirmImportPorts, confirm_import
from connector.usecases.declined import Declined
from connector.usecases.show_rejected import RejectedPorts, show_rejected
from connector.usecases.show_status import StatusPorts, Trouble, show_status
from tests.fakes.queues import SentStream
from tests.fakes.session_stores import MemorySessionStore
from tests.unit.usecases.importing import AGREEMENT, CUSTOMERS, NOW, PRODUCTS, World, once

WHO = "bjørg@eksempel.no"
DAY = timedelta(days=1)
UNCONFIRMED = "deactivations_unconfirmed"


@pytest.fixture
def world() -> World:
    """Of a hundred customers the ERP has half no longer, and a full pass was held because of it."""
    world = World()
    world.put(*range(1, 101))
    world.run()
    lose(world, *range(1, 51))
    assert world.run(full=True).error == UNCONFIRMED
    world.queue.take()
    return world


def lose(world: World, *ids: int) -> None:
    for one in ids:
        del world.erp.customers[one], world.erp.customer_changes[one]


def held(world: World) -> Run:
    found = world.cursor().held
    assert found is not None
    return found


def confirm(world: World, run_id: str | None = None) -> Confirmed:
    ports = ConfirmImportPorts(lambda: world.now, world.integrations, world.cursors, world.queue)
    return confirm_import(ports, AGREEMENT, run_id or held(world).run_id, WHO)


def declined(world: World, run_id: str) -> str:
    with pytest.raises(Declined) as refusal:
        confirm(world, run_id)
    return refusal.value.code


def shown(world: World) -> tuple[Run | None, tuple[Trouble, ...]]:
    sessions = MemorySessionStore(lambda: world.now)
    ports = StatusPorts(lambda: world.now, world.integrations, world.cursors, world.tasks, sessions)
    status = show_status(ports, AGREEMENT)
    return status.imports[CUSTOMERS], status.troubles


def states(world: World) -> set[str]:
    """Of those that the ERP has no longer."""
    return {world.smartday.customers_by_number[str(one)].state for one in range(1, 51)}


def test_a_held_pass_waits_while_changes_go_on_and_a_persons_word_makes_them_inactive(world: World) -> None:
    waiting = held(world)
    assert (waiting.absent, waiting.in_use, waiting.deactivated) == (50, 100, 0)

    world.put(60, changed_at=NOW, name="Nytt navn")
    run = world.run()
    assert (run.state, run.full, run.written) == (RunState.FINISHED, False, 1)
    assert world.smartday.customers_by_number["60"].name == "Nytt navn 60"
    assert states(world) == {"active"}
    assert shown(world) == (waiting, (Trouble("import_held", CUSTOMERS, NOW, None, UNCONFIRMED, waiting),))

    assert confirm(world) == Confirmed(CUSTOMERS, 50)
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS, full=True)]
    run = world.run(full=True)
    assert (run.state, run.full, run.absent, run.deactivated) == (RunState.FINISHED, True, 50, 50)
    assert states(world) == {"inactive"}
    assert shown(world) == (run, ())
    assert (world.cursor().confirmed, world.cursor().held) == (0, None)


def test_who_confirmed_and_when_is_kept(world: World) -> None:
    confirm(world)
    world.run(full=True)
    world.now += DAY
    world.run()
    assert (world.cursor().confirmed_by, world.cursor().confirmed_at) == (WHO, NOW)


def test_once_confirmed_it_is_no_trouble_any_more(world: World) -> None:
    confirm(world)
    assert shown(world)[1] == ()


def test_what_became_inactive_already_isnt_counted_once_more(world: World) -> None:
    world.erp.put_customer(world.erp.customers[60], NOW, active=False)
    run = world.run(full=True)
    assert (run.absent, run.deactivated, run.unconfirmed) == (51, 1, 50)
    assert confirm(world).count == 50


def test_what_a_queue_doesnt_take_the_next_scheduled_message_does(world: World) -> None:
    world.queue.refusing = True
    with pytest.raises(RetryLater):
        confirm(world)
    world.queue.refusing = False
    run = world.run()
    assert (run.full, run.deactivated) == (True, 50)


def test_a_word_given_during_an_incremental_pass_counts_after_it(world: World) -> None:
    world.put(60, changed_at=NOW, name="Nytt navn")
    world.smartday.on_upsert = once(lambda: confirm(world))
    assert not world.run().full
    assert SentStream(AGREEMENT, CUSTOMERS, full=True) in world.queue.take()
    assert world.run(full=True).deactivated == 50


def test_more_than_was_confirmed_is_held_anew(world: World) -> None:
    confirm(world)
    lose(world, 51)
    run = world.run(full=True)
    assert (run.state, run.unconfirmed, held(world).run_id) == (RunState.HELD, 51, run.run_id)
    assert (states(world), world.cursor().confirmed) == ({"active"}, 0)


def test_a_word_counts_once(world: World) -> None:
    confirm(world)
    world.run(full=True)
    lose(world, *range(51, 81))
    assert world.run(full=True).error == UNCONFIRMED


def test_what_smartday_refuses_each_night_is_confirmed_once_and_keeps_nothing_else_in_use(
    world: World,
) -> None:
    world.smartday.rejections |= {str(one): "in_use" for one in range(1, 26)}
    confirm(world)
    run = world.run(full=True)
    assert (run.state, run.deactivated, run.rejected) == (RunState.FINISHED, 25, 25)
    lose(world, 51)
    world.now += DAY
    run = world.run()
    assert (run.full, run.state, run.absent, run.deactivated) == (True, RunState.FINISHED, 26, 1)
    lose(world, *range(52, 73))
    assert world.run(full=True).error == UNCONFIRMED


def test_the_next_nights_pass_is_held_again_in_the_place_of_the_first(world: World) -> None:
    first = held(world).run_id
    world.now += DAY
    run = world.run()
    assert (run.full, run.error, held(world).run_id) == (True, UNCONFIRMED, run.run_id)
    assert declined(world, first) == "run_not_found"
    assert confirm(world).count == 50


def test_what_the_erp_has_again_makes_the_next_full_pass_whole(world: World) -> None:
    world.put(*range(1, 51))
    world.now += DAY
    run = world.run()
    assert (run.full, run.state, world.cursor().held) == (True, RunState.FINISHED, None)
    assert states(world) == {"active"}


def test_a_run_that_doesnt_wait_for_it_isnt_confirmed(world: World) -> None:
    latest = world.run().run_id
    assert declined(world, latest) == "run_not_held"
    asked = held(world).run_id
    confirm(world)
    run = world.run(full=True).run_id
    assert (declined(world, asked), declined(world, run)) == ("run_not_found", "run_not_held")


def test_a_report_that_waits_is_confirmed_otherwise(world: World) -> None:
    run = Run("r-1", RunState.HELD, NOW, error="matches_unconfirmed")
    world.cursors.save(replace(world.cursor(PRODUCTS), run=run))
    assert declined(world, "r-1") == "run_not_held"


def test_only_a_run_of_an_import_is_found(world: World) -> None:
    run = Run("poll", RunState.HELD, NOW)
    world.cursors.save(replace(world.cursor(Stream.TASKS), run=run, held=run))
    assert declined(world, "poll") == declined(world, "unknown") == "run_not_found"


def test_nothing_is_confirmed_while_the_integration_rests(world: World) -> None:
    world.turn(IntegrationState.PAUSED)
    assert declined(world, held(world).run_id) == "not_active"
    assert world.cursor().held is not None


def test_what_a_held_run_left_out_is_shown_though_others_followed_it(world: World) -> None:
    world.run()
    ports = RejectedPorts(world.cursors, world.results)
    assert show_rejected(ports, AGREEMENT, held(world).run_id, None).results == ()

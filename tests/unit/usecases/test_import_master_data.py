"""A register of the ERP comes into Smartday: passes, progress, checkpoints, watermarks, pace."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.integration import ErpCompany, IntegrationState
from connector.domain.pace import Pace
from connector.domain.stream import IMPORT_LEASE, LOOK_BACK, Run, RunState
from connector.errors import CredentialsRejected, Refused, RetryLater, Side, Throttled
from connector.usecases.import_pass import RETRY_AFTER
from tests.fakes.erp import nothing
from tests.fakes.queues import SentStream
from tests.unit.usecases.importing import (
    AGREEMENT,
    CUSTOMERS,
    LONG_AGO,
    NOW,
    PRODUCTS,
    Killed,
    World,
    once,
    raising_at,
)


def accounted(run: Run) -> int:
    return run.written + run.unchanged + run.set_aside + run.rejected


@pytest.fixture
def world() -> World:
    return World()


def test_the_first_pass_reads_everything_and_says_what_became_of_it(world: World) -> None:
    world.put(*range(1, 2_251))
    run = world.run()
    assert (run.state, run.full, run.since, run.error) == (RunState.FINISHED, True, None, None)
    assert (run.total, run.seen, run.written) == (2_250, 2_250, 2_250)
    assert world.erp.calls["read_customers"] == 3
    assert world.smartday.calls["upsert_customers"] == 23
    assert world.cursor().run == run


def test_nothing_is_written_when_nothing_changed(world: World) -> None:
    world.put(1, 2, 3)
    world.run()
    run = world.run(full=True)
    assert (run.written, run.unchanged) == (0, 3)
    assert world.smartday.calls["upsert_customers"] == 1


def test_one_changed_of_many_is_the_only_one_written(world: World) -> None:
    world.put(*range(1, 1_201))
    world.run()
    world.smartday.upserts.clear()
    world.put(777, changed_at=NOW + timedelta(hours=1), name="Nytt navn")
    run = world.run()
    assert [one.external_number for one in world.smartday.upserts] == ["777"]
    assert (run.written, run.full) == (1, False)


def test_what_is_shortened_or_left_out_is_noted_in_the_run(world: World) -> None:
    world.put(1, name="Langt navn " * 30)
    world.put(2, organisation_number="123456789")
    world.put(3)
    run = world.run()
    assert [(note.code, note.count, note.numbers) for note in run.notes] == [
        ("name_shortened", 1, ("1",)),
        ("organisation_number_invalid", 1, ("2",)),
    ]
    world.put(2, changed_at=NOW + timedelta(hours=1), organisation_number="923609016")
    assert [note.code for note in world.run().notes] == ["name_shortened"]


def test_what_was_noted_is_still_noted_after_a_night_in_which_nothing_was_written(world: World) -> None:
    world.put(*range(1, 31), name="Langt navn " * 30)
    world.put(31)
    first = world.run()
    world.now += timedelta(days=1)
    run = world.run()
    assert (run.full, run.written, run.notes) == (True, 0, first.notes)


def test_a_note_outlives_a_worker_that_died_after_writing(world: World) -> None:
    world.put(1, name="Langt navn " * 30)
    world.put(*range(2, 301))
    world.kill_at_batch(3)
    with pytest.raises(Killed):
        world.run()
    world.smartday.on_upsert = nothing
    run = world.run()
    assert [(note.code, note.count) for note in run.notes] == [("name_shortened", 1)]


def test_an_edit_in_smartday_stands_until_the_erps_record_changes(world: World) -> None:
    world.put(1)
    world.run()
    written = world.smartday.customers_by_number["1"]
    world.smartday.put_field_customer(replace(written, name="Rettet i Smartday"))
    world.run(full=True)
    assert world.smartday.customers_by_number["1"].name == "Rettet i Smartday"
    world.put(1, changed_at=NOW + timedelta(hours=1), name="Nytt navn")
    world.run()
    assert world.smartday.customers_by_number["1"].name == "Nytt navn 1"


def test_an_empty_register_is_read_to_its_end(world: World) -> None:
    run = world.run(PRODUCTS)
    assert (run.state, run.total, run.seen) == (RunState.FINISHED, 0, 0)
    assert world.cursor(PRODUCTS).watermark is None


def test_the_watermark_is_the_largest_change_seen_and_the_next_pass_asks_earlier(world: World) -> None:
    world.put(1, changed_at=LONG_AGO)
    world.put(2, changed_at=LONG_AGO - timedelta(days=1))
    world.run()
    assert world.cursor().watermark == LONG_AGO
    assert world.run().since == LONG_AGO - LOOK_BACK


def test_a_change_ahead_of_the_erps_clock_does_not_carry_the_watermark_past_it(world: World) -> None:
    world.put(1, changed_at=NOW + timedelta(days=400))
    world.run()
    assert world.cursor().watermark == NOW


def test_the_watermark_never_goes_back(world: World) -> None:
    world.put(1, 2)
    world.run()
    world.put(1, 2, changed_at=LONG_AGO - timedelta(days=9))
    world.run(full=True)
    assert world.cursor().watermark == LONG_AGO


def test_a_pass_that_is_not_complete_moves_no_watermark(world: World) -> None:
    world.put(*range(1, 301))
    world.fail_at_batches(RetryLater("smartday_unreachable"), 3, 4)
    run = world.run()
    assert (run.state, run.error) == (RunState.RUNNING, "smartday_unreachable")
    assert world.cursor().watermark is None
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS, False, RETRY_AFTER)]


def test_a_run_goes_on_where_it_stopped_and_counts_every_recordonce(world: World) -> None:
    world.put(*range(1, 1_501))
    world.fail_at_batches(RetryLater("smartday_unreachable", timedelta(seconds=7)), 13, 15)
    first = world.run()
    assert (first.seen, first.checkpoint, world.queue.take()[0].delay) == (1_200, 1_200, timedelta(seconds=7))
    run = world.run()
    assert (run.state, run.error, run.run_id) == (RunState.FINISHED, None, first.run_id)
    assert (run.total, run.seen, run.written) == (1_500, 1_500, 1_400), (
        "beside the failed batch one was written"
    )
    assert world.smartday.calls["upsert_customers"] == 15


@pytest.mark.parametrize("pause", [timedelta(0), timedelta(seconds=3)])
def test_a_killed_worker_costs_at_most_one_slice_of_repeated_reading(world: World, pause: timedelta) -> None:
    world.put(*range(1, 1_501))
    kill = raising_at(Killed(), 14)

    def happen() -> None:
        kill()
        world.now += pause

    world.smartday.on_upsert = happen
    with pytest.raises(Killed):
        world.run()
    run = world.run()
    assert (run.state, run.total, run.seen, accounted(run)) == (RunState.FINISHED, 1_500, 1_500, 1_500)
    assert len(world.smartday.upserts) == 1_600, "what the other connection wrote in the same moment"


def test_what_changes_behind_the_checkpoint_is_found_by_the_next_pass(world: World) -> None:
    world.put(*range(1, 301), changed_at=NOW)
    world.fail_at_batches(RetryLater("smartday_unreachable"), 3, 4)
    world.run()
    world.now += timedelta(hours=2)
    world.put(5, 300, changed_at=world.now, name="Endret")
    world.run()
    assert world.cursor().watermark == NOW
    assert world.run().written == 1
    assert world.smartday.customers_by_number["5"].name == "Endret 5"


def test_with_too_little_time_left_the_run_goes_on_in_the_next_message(world: World) -> None:
    world.put(*range(1, 301))
    assert world.run(left=timedelta(seconds=59)).seen == 0
    assert not world.erp.calls
    world.smartday.on_upsert = lambda: world.wait(timedelta(seconds=25))
    assert world.run(left=timedelta(seconds=84)).seen == 200
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS)] * 2
    world.smartday.on_upsert = nothing
    assert world.run().seen == 300


def test_people_see_progress_while_a_slice_is_written(world: World) -> None:
    world.put(*range(1, 501))
    shown = []

    def happen() -> None:
        shown.append(world.cursor().run)
        world.now += timedelta(seconds=2)

    world.smartday.on_upsert = happen
    world.run()
    assert [one.seen for one in shown if one] == [0, 0, 200, 200, 400]


def test_a_low_allowance_is_waited_for(world: World) -> None:
    world.put(1)
    world.smartday.current_pace = Pace(limit=100, remaining=19, reset_at=NOW + timedelta(seconds=30))
    assert world.run().state is RunState.FINISHED
    assert world.waits == [timedelta(seconds=30)]


def test_people_see_what_is_done_before_a_wait(world: World) -> None:
    world.put(*range(1, 401))
    seen = []

    def is_low() -> None:
        reset_at = world.now + timedelta(seconds=30)
        world.smartday.current_pace = Pace(limit=100, remaining=19, reset_at=reset_at)

    def waits(span: timedelta) -> None:
        seen.append((world.cursor().run or Run("", RunState.RUNNING, NOW)).seen)
        World.wait(world, span)

    world.smartday.on_upsert = is_low
    world.wait = waits  # type: ignore[method-assign]
    assert (world.run().state, seen) == (RunState.FINISHED, [200])


def test_a_wait_beyond_the_deadline_is_left_to_the_queue(world: World) -> None:
    world.put(1)
    world.erp.current_pace = Pace(blocked_until=NOW + timedelta(minutes=9))
    assert world.run().state is RunState.RUNNING
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS, False, timedelta(minutes=9))]
    assert (world.waits, world.erp.calls) == ([], {})


def test_a_side_that_says_how_long_to_stay_away_is_obeyed(world: World) -> None:
    world.erp.fail("changed_customers", Throttled(Side.ERP, NOW + timedelta(minutes=8)))
    assert world.run().error == "twentyfoursevenoffice_throttled"
    assert world.queue.take()[0].delay == timedelta(minutes=8)


@pytest.mark.parametrize("error", [CredentialsRejected(Side.ERP), Refused(Side.ERP, "invalid_credentials")])
def test_a_refusal_ends_the_run_and_a_refused_login_the_integration(world: World, error: Exception) -> None:
    world.erp.fail("changed_products", error)
    run = world.run(PRODUCTS)
    assert (run.state, run.error) == (RunState.FAILED, "twentyfoursevenoffice_invalid_credentials")
    assert run.finished_at == NOW
    rejected = world.integrations.integrations[AGREEMENT].state is IntegrationState.CREDENTIALS_REJECTED
    assert rejected == isinstance(error, CredentialsRejected)
    assert not world.cursor(IMPORT_LEASE).is_leased(NOW)
    assert world.queue.take() == []


def test_an_integration_that_is_paused_meanwhile_is_left_alone_until_it_is_resumed(world: World) -> None:
    world.put(*range(1, 301))
    world.smartday.on_upsert = lambda: world.turn(IntegrationState.PAUSED)
    run = world.run()
    assert (run.state, run.seen) == (RunState.RUNNING, 200)
    assert (world.queue.take(), world.start()) == ([], None)
    world.turn(IntegrationState.ACTIVE)
    world.smartday.on_upsert = nothing
    assert world.run().written == 300


def test_another_company_stops_the_pass_and_the_next_one_begins_anew(world: World) -> None:
    world.put(*range(1, 301))

    def move() -> None:
        stored = world.integrations.integrations[AGREEMENT]
        world.integrations.save(replace(stored, erp_company=ErpCompany("ny", "Ny AS")))
        world.put(7, changed_at=LONG_AGO - timedelta(days=300), name="Ny")

    world.smartday.on_upsert = once(move)
    first = world.run()
    assert (first.seen, world.bindings.bindings) == (0, {})
    run = world.run()
    assert (run.total, run.seen, run.since) == (300, 300, None)
    assert run.run_id != first.run_id
    assert world.smartday.customers_by_number["7"].name == "Ny 7"

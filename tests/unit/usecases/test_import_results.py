"""What became of single records: kept with the run, by the part in which they were found, each once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.import_result import Outcome, Result
from connector.domain.stream import RunState
from connector.errors import RetryLater
from tests.unit.usecases.importing import AGREEMENT, CUSTOMERS, LONG_AGO, World


@pytest.fixture
def world() -> World:
    return World()


def results(world: World, run_id: str) -> Sequence[Result]:
    return world.results.page(AGREEMENT, run_id, None).results


def test_what_became_of_single_records_is_kept_with_the_run(world: World) -> None:
    world.put(1, 2)
    world.erp.put_customer(replace(world.erp.customers[1], id=3, type="Supplier"), LONG_AGO)
    world.smartday.rejections["2"] = "invalid_checksum"
    run = world.run()
    assert (run.written, run.set_aside, run.rejected) == (1, 1, 1)
    assert results(world, run.run_id) == (
        Result(Outcome.SET_ASIDE, "3", 3, "supplier"),
        Result(Outcome.REJECTED, "2", 2, "invalid_checksum"),
    )


def test_results_of_a_part_that_is_done_again_are_kept_once(world: World) -> None:
    world.put(*range(1, 1_101))
    for one in (5, 1_050):
        world.smartday.rejections[str(one)] = "invalid_checksum"
    world.fail_at_batches(RetryLater("smartday_unreachable"), 11, 12)
    first = world.run()
    assert first.state is RunState.RUNNING
    run = world.run(CUSTOMERS)
    assert (run.run_id, run.state, run.rejected) == (first.run_id, RunState.FINISHED, 2)
    assert sorted(one.erp_id for one in results(world, run.run_id)) == [5, 1_050]


def test_a_record_that_smartday_keeps_in_use_is_told_of(world: World) -> None:
    world.put(1, 2)
    world.run()
    world.erp.remove_customer(2)
    world.smartday.rejections["2"] = "in_use"
    run = world.run(full=True)
    assert (run.absent, run.deactivated, run.rejected) == (1, 0, 1)
    assert [one.code for one in results(world, run.run_id)] == ["in_use"]
    world.smartday.rejections.clear()
    assert world.run(full=True).deactivated == 1


def test_records_that_stay_in_use_are_told_of_however_long_it_takes(world: World) -> None:
    world.put(*range(1, 3_301))
    world.run()
    for one in range(1, 66):
        world.erp.remove_customer(one)
    world.smartday.rejections |= {"3": "in_use", "9": "in_use"}

    def let_pass() -> None:
        world.now += timedelta(seconds=3)

    world.smartday.on_retire = let_pass
    run = world.run(full=True)
    assert (run.deactivated, run.rejected) == (63, 2)
    assert [one.number for one in results(world, run.run_id)] == ["3", "9"]


@pytest.mark.parametrize("code", ["locked", "maintenance"])
def test_a_record_that_is_locked_for_a_moment_is_sent_once_more(world: World, code: str) -> None:
    world.put(1, 2)
    world.smartday.rejections["2"] = code
    sent = iter(range(9))
    world.smartday.on_upsert = lambda: world.smartday.rejections.clear() if next(sent) else None
    assert (world.run().written, world.smartday.calls["upsert_customers"]) == (2, 2)

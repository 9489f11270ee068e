"""What must hold when the faults have ended, a night has passed and all messages were worked on."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from connector.domain.import_result import Outcome, Result
from connector.domain.master_data_mapping import Mapped
from connector.domain.stream import Run, RunState, Stream
from tests.builders import AGREEMENT
from tests.sequences.endings import Tally
from tests.sequences.imports.invariants import IMPORTED, Watch
from tests.sequences.imports.world import World, kind_of
from tests.sequences.story import Violation


def check_endings(world: World, watch: Watch, tally: Tally, night: datetime) -> None:
    """Look at both registers. Raises `Violation`."""
    tally.counts.update(world.weather.met)
    for stream in IMPORTED:
        if not watch.is_read_since(night):
            raise Violation(f"not all was read in the night of {night}: {watch.full_runs}")
        run = watch.full_runs[stream]
        results = world.results.page(AGREEMENT, run.run_id, None).results
        tally.counts[f"run {run.state}"] += 1
        tally.counts.update(f"{one.outcome} {one.code}" for one in results)
        _check_counts(run, results, len(watch.retired[run.run_id]))
        told = {one.erp_id: one for one in results}
        _check_in_use(world, stream, told, tally)
        _check_out_of_use(world, stream, told, run, tally)


def _check_counts(run: Run, results: tuple[Result, ...], retired: int) -> None:
    outcomes = Counter(one.outcome for one in results)
    wanted = (run.set_aside, run.rejected)
    if (outcomes[Outcome.SET_ASIDE], outcomes[Outcome.REJECTED]) != wanted:
        raise Violation(f"the run counts {wanted} set aside and rejected, and tells of {outcomes}")
    if run.seen != run.total:
        raise Violation(f"the run saw {run.seen} of {run.total}")
    counted = run.written + run.unchanged + run.set_aside + run.rejected + run.deactivated
    if not run.seen <= counted <= run.seen + retired:
        raise Violation(f"the counts don't add up: {run}")


def _check_in_use(world: World, stream: Stream, told: Mapping[int, Result], tally: Tally) -> None:
    for erp_id, number, found in world.found(stream):
        if found is None:
            continue
        is_equal = (
            isinstance(found, Mapped) and world.smartday.holds.get((kind_of(stream), number)) == found.record
        )
        tally.counts["equal" if is_equal else "not brought"] += 1
        if not is_equal and erp_id not in told:
            has = world.smartday.holds.get((kind_of(stream), number))
            raise Violation(f"{stream} {erp_id} is {found} in the ERP, {has} in Smartday, and nobody is told")


def _check_out_of_use(
    world: World, stream: Stream, told: Mapping[int, Result], run: Run, tally: Tally
) -> None:
    carried = {number for _, number, found in world.found(stream) if found is not None}
    refused = {one.number for one in told.values()}
    for kind, number in world.smartday.holds:
        if kind is not kind_of(stream) or number in carried:
            continue
        in_use = world.smartday.has_in_use(kind, number)
        tally.counts["gone, still in use" if in_use else "gone, inactive"] += 1
        if in_use and number not in refused and run.state is not RunState.HELD:
            raise Violation(f"{stream} {number} isn't in the ERP any more, and is in use in Smartday")

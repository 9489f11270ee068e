"""Every fault of design 5 at every step of both paths: one order, nothing lost, and it heals by itself."""

from itertools import product
from typing import Any

import pytest

from tests.faults.cells import RUN, RUNS, end_of, needs_aws, reasons_for, scenario_for, times_of_effect
from tests.faults.course import run
from tests.faults.deliveries import deliver
from tests.faults.faults import DELIVERY, Fault
from tests.faults.ground import Ground
from tests.faults.steps import CALLS, Side, Step
from tests.faults.world import World

CELLS = list(product(Step, Fault))


def cell_id(value: Any) -> str:
    return str(value.id)


@pytest.mark.parametrize(("step", "fault"), RUN, ids=cell_id)
def test_cell(ground: Ground, step: Step, fault: Fault) -> None:
    for after in times_of_effect(step, fault):
        world = World(ground, on_aws=needs_aws(step, fault))
        scenario = scenario_for(step, fault)
        if fault in DELIVERY:
            end = deliver(world, scenario, step, fault)
        else:
            end = run(world, scenario, step, fault, after=after)
        assert end == end_of(step, fault)
        if CALLS[step].side is not Side.AWS and fault not in (*DELIVERY, Fault.SECRET_MISSING):
            assert world.bugs == []


def test_every_cell_runs_or_says_once_why_it_cannot_be() -> None:
    answers = {(step, fault): (fault in RUNS[step]) + len(reasons_for(step, fault)) for step, fault in CELLS}
    assert {cell: count for cell, count in answers.items() if count != 1} == {}

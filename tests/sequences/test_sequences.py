"""Ten thousand seeded runs in which processes race, die and meet faults at every call of a port.

Another range by `SEQUENCES_FIRST_SEED` and `SEQUENCES_RUNS`, for long nights.
"""

import os

import pytest

from tests.sequences.process import LAYER, run

FIRST_SEED = int(os.environ.get("SEQUENCES_FIRST_SEED", "1"))
RUNS = int(os.environ.get("SEQUENCES_RUNS", "10000"))
CUTS = 20
"""Test cases, so that processes share them."""


@pytest.mark.parametrize("cut", range(CUTS))
def test_no_order_is_made_twice_and_no_task_is_lost(cut: int) -> None:
    runs = RUNS // CUTS
    ran = run(LAYER, FIRST_SEED + cut * runs, runs)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{runs} runs" in ran.stdout

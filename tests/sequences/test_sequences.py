"""Ten thousand seeded runs in which processes race, die and meet faults at every call of a port.

Another range by `SEQUENCES_FIRST_SEED` and `SEQUENCES_RUNS`, for long nights.
"""

import os

import pytest

from tests.sequences.runs import run_seeds

FIRST_SEED = int(os.environ.get("SEQUENCES_FIRST_SEED", "1"))
RUNS = int(os.environ.get("SEQUENCES_RUNS", "10000"))
CUTS = 20
"""Test cases, so that processes share them."""


@pytest.mark.parametrize("cut", range(CUTS))
def test_no_order_is_made_twice_and_no_task_is_lost(cut: int) -> None:
    report = run_seeds(range(FIRST_SEED + cut, FIRST_SEED + RUNS, CUTS))
    assert report.failed_seed is None, report.text

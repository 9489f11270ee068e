"""A thousand seeded imports in which workers die and fail at every call, while the registers change.

Another range by `IMPORTS_FIRST_SEED` and `IMPORTS_RUNS`, for long nights.
"""

import os
import shutil
from pathlib import Path

import pytest

from tests.sequences.imports.planted_bugs import PLANTED_BUGS
from tests.sequences.planted_bugs import FOUND_WITHIN, PlantedBug, plant
from tests.sequences.process import LAYER, PACKAGE, run

FIRST_SEED = int(os.environ.get("IMPORTS_FIRST_SEED", "1"))
RUNS = int(os.environ.get("IMPORTS_RUNS", "1000"))
CUTS = 4
"""Test cases, so that processes share them."""

MODULE = "tests.sequences.imports"


@pytest.mark.parametrize("cut", range(CUTS))
def test_smartday_ends_up_with_what_the_erp_has(cut: int) -> None:
    runs = RUNS // CUTS
    ran = run(LAYER, FIRST_SEED + cut * runs, runs, MODULE)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{runs} runs" in ran.stdout


@pytest.mark.parametrize("bug", PLANTED_BUGS, ids=lambda bug: bug.name.replace(" ", "_"))
def test_a_planted_bug_of_the_import_is_found(bug: PlantedBug, tmp_path: Path) -> None:
    copy = shutil.copytree(PACKAGE, tmp_path / "connector", ignore=shutil.ignore_patterns("__pycache__"))
    plant(bug, copy / bug.module)
    ran = run(tmp_path, bug.first_seed, FOUND_WITHIN, MODULE)
    assert ran.returncode == 1, f"{bug.name} isn't found: {ran.stdout[-500:]}{ran.stderr[-500:]}"
    assert "VIOLATED" in ran.stdout, ran.stdout + ran.stderr

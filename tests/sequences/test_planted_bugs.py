"""The simulation is worth its name only if it finds bugs: each planted one must fail within some seeds."""

import shutil
from pathlib import Path

import pytest

from tests.sequences.planted_bugs import FOUND_WITHIN, PLANTED_BUGS, PlantedBug, plant
from tests.sequences.process import PACKAGE, run


@pytest.mark.parametrize("bug", PLANTED_BUGS, ids=lambda bug: bug.name.replace(" ", "_"))
def test_a_planted_bug_is_found(bug: PlantedBug, tmp_path: Path) -> None:
    copy = shutil.copytree(PACKAGE, tmp_path / "connector", ignore=shutil.ignore_patterns("__pycache__"))
    plant(bug, copy / bug.module)
    ran = run(tmp_path, bug.first_seed, FOUND_WITHIN)
    assert ran.returncode == 1, f"{bug.name} isn't found: {ran.stdout[-500:]}{ran.stderr[-500:]}"
    assert "VIOLATED" in ran.stdout, ran.stdout + ran.stderr

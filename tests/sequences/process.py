"""The simulation in a process of its own: over any copy of the connector, not slowed by coverage."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers/connector/python"
PACKAGE = LAYER / "connector"


def run(
    path: Path, first_seed: int, runs: int, module: str = "tests.sequences"
) -> subprocess.CompletedProcess[str]:
    """Run the seeds over the package `connector` in that folder."""
    return subprocess.run(
        [sys.executable, "-m", module, "--runs", str(runs), "--first-seed", str(first_seed)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{path}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

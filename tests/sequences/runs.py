"""Many seeded runs, up to the first that fails."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.sequences.endings import Tally
from tests.sequences.simulation import Simulation
from tests.sequences.story import Violation

COMMAND = "PYTHONPATH=.:layers/connector/python .venv/bin/python -m tests.sequences --runs 1 --first-seed"


@dataclass(frozen=True, slots=True)
class Report:
    """How many runs were made, the seed that failed, and what to read: its story, or what was counted."""

    runs: int
    failed_seed: int | None
    text: str


def run_seeds(seeds: Iterable[int]) -> Report:
    """Run them one after the other; ends at the first violation."""
    tally = Tally()
    runs = 0
    for seed in seeds:
        runs += 1
        simulation = Simulation(seed, tally)
        try:
            simulation.run()
        except Violation as violation:
            told = simulation.world.steps.story.told(violation.task_id)
            text = f"seed {seed}\n{told}\n\nVIOLATED: {violation.invariant}\n\nagain: {COMMAND} {seed}"
            return Report(runs, seed, text)
    lines = [f"{count:>8}  {what}" for what, count in sorted(tally.counts.items())]
    return Report(runs, None, "\n".join(lines))

"""Many seeded runs, up to the first that fails."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from tests.sequences.endings import Tally
from tests.sequences.steps import Steps
from tests.sequences.story import Violation

COMMAND = "PYTHONPATH=.:layers/connector/python .venv/bin/python -m {} --runs 1 --first-seed {}"


class Running(Protocol):
    """One run; `steps` have its story."""

    @property
    def steps(self) -> Steps:
        """Its processes and their clock."""

    def run(self) -> None:
        """All of it. Raises `Violation`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of runs: the module that is started for them, how one is made, and what counts their ends."""

    module: str
    make: Callable[[int, Tally], Running]


@dataclass(frozen=True, slots=True)
class Report:
    """How many runs were made, the seed that failed, and what to read: its story, or what was counted."""

    runs: int
    failed_seed: int | None
    text: str


def run_seeds(kind: Kind, seeds: Iterable[int]) -> Report:
    """Run them one after the other; ends at the first violation."""
    tally = Tally()
    runs = 0
    for seed in seeds:
        runs += 1
        simulation = kind.make(seed, tally)
        try:
            simulation.run()
        except Violation as violation:
            again = COMMAND.format(kind.module, seed)
            told = simulation.steps.story.told(violation.task_id)
            text = f"seed {seed}\n{told}\n\nVIOLATED: {violation.invariant}\n\nagain: {again}"
            return Report(runs, seed, text)
    lines = [f"{count:>8}  {what}" for what, count in sorted(tally.counts.items())]
    return Report(runs, None, "\n".join(lines))


def main(kind: Kind) -> int:
    """Run the seeds that the command line asks for; 1 when one of them failed."""
    parser = argparse.ArgumentParser(prog=f"python -m {kind.module}")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--first-seed", type=int, default=1)
    wish = parser.parse_args()
    began = time.process_time()
    report = run_seeds(kind, range(wish.first_seed, wish.first_seed + wish.runs))
    out = sys.stdout.write
    out(f"{report.text}\n")
    spent = time.process_time() - began
    out(f"{report.runs} runs, {spent:.1f} s of CPU, {1000 * spent / max(report.runs, 1):.1f} ms a run\n")
    return 1 if report.failed_seed is not None else 0

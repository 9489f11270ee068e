"""`python -m tests.sequences --runs 10000 --first-seed 1`: a summary, or the story of the first failure."""

import argparse
import sys
import time

from tests.sequences.runs import run_seeds


def main() -> int:
    """Run the seeds; 1 when one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.sequences")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--first-seed", type=int, default=1)
    wish = parser.parse_args()
    began = time.process_time()
    report = run_seeds(range(wish.first_seed, wish.first_seed + wish.runs))
    out = sys.stdout.write
    out(f"{report.text}\n")
    spent = time.process_time() - began
    out(f"{report.runs} runs, {spent:.1f} s of CPU, {1000 * spent / max(report.runs, 1):.1f} ms a run\n")
    return 1 if report.failed_seed is not None else 0


if __name__ == "__main__":
    sys.exit(main())

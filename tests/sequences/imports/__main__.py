"""`python -m tests.sequences.imports --runs 1000 --first-seed 1`, as `python -m tests.sequences`."""

import sys

from tests.sequences.imports.simulation import Simulation
from tests.sequences.runs import Kind, main

if __name__ == "__main__":
    sys.exit(main(Kind("tests.sequences.imports", Simulation)))

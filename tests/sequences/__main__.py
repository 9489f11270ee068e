"""`python -m tests.sequences --runs 10000 --first-seed 1`: a summary, or the story of the first failure."""

import sys

from tests.sequences.runs import Kind, main
from tests.sequences.simulation import Simulation

if __name__ == "__main__":
    sys.exit(main(Kind("tests.sequences", Simulation)))

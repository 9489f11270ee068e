"""How to read what has changed in the ERP: a list and details by id, or one streamed answer with everything.

Measured without network, at stand-ins that answer at once; what decides is in decision 0017.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.listing_ways import CHANGED, WAYS
from bench.surroundings import measured, surroundings
from sandbox.engine import unwind_on_sigterm
from sandbox.toolchain import ToolError

SIZES = (1_000, 100_000)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES)
    sizes: Sequence[int] = parser.parse_args().sizes
    unwind_on_sigterm()
    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
    try:
        with console.status("Reading …"):
            found = {customers: _measure(customers) for customers in sizes}
    except ToolError as error:
        sys.exit(str(error))
    for customers, ways in found.items():
        _draw(console, customers, ways)


def _measure(customers: int) -> dict[str, list[dict[str, Any]]]:
    with surroundings(customers) as places:
        return {way: measured("bench.listing_ways", places, way) for way in WAYS}


def _draw(console: Console, customers: int, ways: dict[str, list[dict[str, Any]]]) -> None:
    title = f"{customers:,} customers and {customers // 2:,} products, read only"
    table = Table(title=title, show_edge=False, title_justify="left")
    table.add_column("changed")
    table.add_column("way")
    for heading in ("records", "calls", "CPU ms", "largest answer, kB", "longest call, s", "peak MB"):
        table.add_column(heading, justify="right")
    for place, changed in enumerate(CHANGED):
        table.add_section()
        for way, reads in ways.items():
            one = reads[place]
            table.add_row(
                changed,
                way,
                f"{one['records']:,}",
                f"{one['calls']:,}",
                f"{one['processor'] * 1000:,.0f}",
                f"{one['largest'] / 1000:,.0f}",
                f"{one['longest']:.2f}",
                f"{one['peak_rss_mb']:.0f}",
            )
    console.print(table)
    console.print()


if __name__ == "__main__":
    main()

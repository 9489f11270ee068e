"""What an import costs: 1,000, 10,000 and 100,000 customers with half as many products, four passes each.

Beside it the straightforward way (the two smaller sizes), and reading alone. All in one run, since only
ratios mean anything on another machine. Writes `results/import.json`; ends with 1 when a target that depends
on no clock is missed.
"""

import argparse
import json
import platform
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.import_targets import Measured, judge, spent_us
from bench.store_calls import listed
from bench.surroundings import measured, surroundings
from sandbox.engine import unwind_on_sigterm
from sandbox.toolchain import ToolError

SIZES = (1_000, 10_000, 100_000)
PLAINLY_UP_TO = 10_000
"""Beyond, the straightforward way takes many minutes."""

RESULTS = Path(__file__).parent / "results" / "import.json"
PARTS = ("read", "map", "compare", "write")


def main() -> None:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES)
    sizes: Sequence[int] = parser.parse_args().sizes
    unwind_on_sigterm()
    console = Console(width=None if sys.stdout.isatty() else 132, highlight=False)
    try:
        found = _measure(console, sizes)
    except ToolError as error:
        sys.exit(str(error))
    for customers, one in found.imports.items():
        _draw_passes(console, customers, one)
    _draw_ways(console, found)
    verdicts = judge(found)
    for verdict in verdicts:
        console.print(verdict.line, style="red" if verdict.missed else None)
    if sizes == SIZES:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(_results(found), indent=2) + "\n", "utf-8")
    if any(verdict.missed and verdict.is_exact for verdict in verdicts):
        sys.exit(1)


def _measure(console: Console, sizes: Sequence[int]) -> Measured:
    """One process after the other, each beside surroundings of its own."""
    imports: dict[int, dict[str, Any]] = {}
    plain: dict[int, dict[str, Any]] = {}
    with console.status("Importing …") as status:
        with surroundings(max(sizes[0], 1000)) as places:
            reading = measured("bench.import_reading", places)
        for customers in sizes:
            status.update(f"Importing {customers:,} customers …")
            with surroundings(customers) as places:
                imports[customers] = measured("bench.import_passes", places)
            if customers <= PLAINLY_UP_TO:
                with surroundings(customers) as places:
                    plain[customers] = measured("bench.import_plainly", places)
    return Measured(imports, plain, reading)


def _draw_passes(console: Console, customers: int, one: Mapping[str, Any]) -> None:
    title = f"{customers:,} customers and {customers // 2:,} products; peak {one['peak_rss_mb']:.0f} MB"
    table = Table(title=title, show_edge=False, title_justify="left")
    table.add_column("pass")
    headings = (
        "records",
        "written",
        "records/s",
        "µs/record",
        *PARTS,
        "rest",
        "ERP",
        "Smartday",
        "table calls",
    )
    for heading in headings:
        table.add_column(heading, justify="right")
    for taken in one["passes"]:
        seen = taken["seen"]
        parts = [spent_us(taken, part) for part in PARTS]
        table.add_row(
            taken["name"],
            f"{seen:,}",
            f"{taken['written']:,}",
            f"{seen / taken['wall']:,.0f}",
            f"{spent_us(taken):.0f}",
            *(f"{part:.0f}" for part in parts),
            f"{spent_us(taken) - sum(parts):.0f}",
            *(f"{sum(taken[side].values()):,}" for side in ("erp", "smartday")),
            f"{sum(count for call, count in taken['tables'].items() if not call.endswith('.items')):,}",
        )
    console.print(table)
    for taken in one["passes"]:
        console.print(f"{taken['name']}: {_kinds(taken)}", style="dim", soft_wrap=True)
    console.print()


def _kinds(taken: Mapping[str, Any]) -> str:
    sides, tables = Counter(taken["erp"]) + Counter(taken["smartday"]), Counter(taken["tables"])
    return f"{listed(sides)}; {listed(tables)}; in memory {listed(Counter(taken['stores']))}"


def _draw_ways(console: Console, found: Measured) -> None:
    table = Table(title="First import, both ways", show_edge=False, title_justify="left")
    table.add_column("")
    for heading in ("connector", "straightforward", "÷ connector"):
        table.add_column(heading, justify="right")
    for customers in found.plain:
        table.add_section()
        for name, (own, other) in found.compared(customers).items():
            table.add_row(f"{customers:,}: {name}", f"{own:,.2f}", f"{other:,.2f}", f"{other / own:.1f} ×")
    stream, objects = found.reading["stream_us"], found.reading["zeep_us"]
    table.add_section()
    table.add_row(
        "details of a customer read, µs", f"{stream:.1f}", f"{objects:.1f}", f"{objects / stream:.1f} ×"
    )
    console.print(table)
    console.print(
        "µs are our own processor time, all threads, writers among them. read: lists and details. compare: "
        "the worklist, fingerprints, what is bound. write: Smartday and bindings. rest: the run's row, its "
        "checks, clients, threads. Stand-ins and engine (no limits, no network) count in records/s only. "
        "A process's first calls load zeep and the WSDL files, about 0.15 s: so 1,000 cost more each.\n",
        style="dim",
    )


def _results(found: Measured) -> dict[str, Any]:
    """What is kept of a run."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "sizes": {
            str(customers): {
                "records_per_second": round(one["passes"][0]["seen"] / one["passes"][0]["wall"]),
                "cpu_us_per_record": round(spent_us(one["passes"][0]), 1),
                "cpu_us_per_record_unchanged": round(spent_us(one["passes"][1]), 1),
                "peak_rss_mb": round(one["peak_rss_mb"], 1),
            }
            for customers, one in found.imports.items()
        },
        "ratios": {name: round(ratio, 1) for name, ratio in found.ratios.items()},
    }


if __name__ == "__main__":
    main()

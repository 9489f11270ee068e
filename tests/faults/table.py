"""Writes the matrix into docs/faults.md, between its two marks; the rest of the page is written by hand.

    python -m tests.faults.table

What a cell ends as is declared in `cells`, and the run asserts it: `make faults-table` runs first.
"""

from sandbox.toolchain import ROOT
from tests.faults.cells import IMPOSSIBLE, RUN, RUNS, end_of, reasons_for
from tests.faults.faults import Fault
from tests.faults.steps import Step

PAGE = ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def table() -> str:
    """Rows are the faults, columns the steps; then why the empty cells are empty."""
    head = ["", *(step.value for step in Step)]
    rows = [[fault.value, *(_cell(step, fault) for step in Step)] for fault in Fault]
    lines = [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
    reasons = [f"{number}. {reason.text}" for number, reason in enumerate(IMPOSSIBLE, 1)]
    cells = len(Fault) * len(Step)
    counts = f"{cells} cells: {len(RUN)} run, {cells - len(RUN)} impossible, 0 failed."
    return "\n".join([counts, "", *lines, "", "Why a cell can't be:", "", *reasons])


def with_table(page: str) -> str:
    """The page with the present table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def _cell(step: Step, fault: Fault) -> str:
    if fault in RUNS[step]:
        return end_of(step, fault)
    return "–" + ",".join(str(number) for number in reasons_for(step, fault)).translate(RAISED)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")

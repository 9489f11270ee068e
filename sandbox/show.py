"""Drawings for a person: progress while it works, an order as the ERP has it, what became of the tasks."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

NAMES = {
    "received": "mottatt / received",
    "creating": "lages / creating",
    "unknown": "uvisst / unknown",
    "ordered": "ordre / ordered",
    "ignored": "ignorert / ignored",
    "held": "holdt / held",
    "do_not_send": "sendes ikke / do not send",
}

WAITING, LISTING = "venter / waiting", "leser listen / reading the list"


def progress_bars(console: Console) -> Progress:
    """Bars that show a name, how many are done, and for how long."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def import_bars(console: Console) -> Progress:
    """Bars of imports: a name, how many of how many, how fast, and how long it still takes."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<20}"),
        BarColumn(bar_width=16),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        console=console,
    )


def add_import(bars: Progress, name: str) -> TaskID:
    """A bar for an import that hasn't begun."""
    return bars.add_task(name, total=None, pace=WAITING)


def move_import(bars: Progress, bar: TaskID, run: Mapping[str, Any] | None) -> None:
    """Show a run of the status document, None before there is one."""
    if run is None:
        return
    # Nobody knows how many there are before the list is read.
    total = None if run["state"] == "running" and not run["total"] else run["total"]
    bars.update(bar, total=total, completed=run["seen"], pace=_pace(run))


def _pace(run: Mapping[str, Any]) -> str:
    """`412.5/s, 0:07 igjen/left`."""
    if run["state"] == "running" and not run["total"]:
        return LISTING
    if not run["records_per_second"]:
        return ""
    left = run["seconds_left"]
    rest = "" if left is None else f", {left // 60}:{left % 60:02} igjen/left"
    return f"{run['records_per_second']}/s{rest}"


def draw_order(console: Console, order: Mapping[str, Any]) -> None:
    """One order in full: head, rows in their order, totals."""
    table = Table(show_edge=False, expand=True)
    for heading, style in (
        ("Vare", ""),
        ("Tekst", ""),
        ("Antall", "right"),
        ("Pris", "right"),
        ("Rabatt", "right"),
    ):
        table.add_column(heading, justify="right" if style else "left")
    table.add_column("Beløp", justify="right")
    for row in sorted(order["InvoiceRows"], key=lambda one: int(one.get("SequenceNumber", 0))):
        if row.get("Type") == "Text":
            table.add_row("", row.get("Name", ""), "", "", "", "", style="dim")
            continue
        quantity, price = Decimal(row["Quantity"]), Decimal(row["Price"])
        discount = Decimal(row.get("DiscountRate") or 0)
        amount = (quantity * price * (1 - discount / 100)).quantize(Decimal("0.01"))
        cells = (f"{quantity.normalize():f}", _kroner(price), f"{discount.normalize():f} %", _kroner(amount))
        table.add_row(str(row.get("ProductNo") or row["ProductId"]), row.get("Name", ""), *cells)
    total, vat = Decimal(order["OrderTotalIncVat"]), Decimal(order["OrderTotalVat"])
    head = f"Ordre {order['OrderId']} · kunde {order['CustomerId']} · {order['OrderStatus']}"
    sums = f"netto {_kroner(total - vat)} · mva {_kroner(vat)} · sum {_kroner(total)}"
    foot = f"{sums} · {order['ReferenceNumber']}"
    console.print(Panel(table, title=head, subtitle=foot))


def draw_tasks(
    console: Console, counts: Mapping[str, int | str], reasons: Mapping[str, tuple[int, str]]
) -> None:
    """How many tasks ended in which way, and why those that are no order aren't."""
    table = Table(title="Oppgaver / tasks", show_edge=False)
    table.add_column("")
    table.add_column("", justify="right")
    for state, number in counts.items():
        if number:
            table.add_row(NAMES.get(state, state), str(number))
    for sentence, (number, code) in reasons.items():
        table.add_row(f"  {sentence} [dim]{code}[/dim]", str(number), style="dim")
    console.print(table)


def _kroner(amount: Decimal) -> str:
    """`1 249,00`, as Norwegians write it."""
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")

"""`make demo`: the product at work, start to end, on this machine; the last line is one JSON object.

Everything goes the way it will go in production: logins typed by the customer, signed webhooks, queues, the
scheduled poll. Only the clock of the poll is brought forward, by the schedule's own message.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from rich.console import Console

from sandbox.engine import unwind_on_sigterm
from sandbox.figures import AGREEMENT, ConnectorApi, Seconds, StandIns, count, task_of
from sandbox.local import Local, Options, running
from sandbox.show import add_import, draw_order, draw_tasks, import_bars, move_import, progress_bars
from sandbox.toolchain import ToolError

CUSTOMERS, PRODUCTS = 2_100, 1_020
TASKS, TASKS_BY_CONTRACT = 205, 20
EXAMPLE_TASK = "48213"

PATIENCE = 240
"""Seconds until a step that doesn't come to its end makes the demo fail."""

LATE_SECONDS = 4.0
PLANTS = ("", "duplicate", "lost")


class DemoFailed(Exception):
    """A step didn't come to its end."""


def main() -> None:
    """Run the demo; exit status 1 when it couldn't be run to the end."""
    unwind_on_sigterm()
    console = Console(width=None if sys.stdout.isatty() else 110)
    plant, limits = os.environ.get("PLANT", ""), os.environ.get("LIMITS", "")
    if plant not in PLANTS or limits not in ("", "contract"):
        sys.exit("PLANT is duplicate or lost; LIMITS is contract.")
    try:
        print(json.dumps(_run(console, plant, by_contract=limits == "contract"), ensure_ascii=False))
    except (ToolError, DemoFailed) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _run(console: Console, plant: str, *, by_contract: bool) -> dict[str, Any]:
    started = time.monotonic()
    sizes = ("--customers", str(CUSTOMERS), "--products", str(PRODUCTS))
    tasks = TASKS_BY_CONTRACT if by_contract else TASKS
    pace = () if by_contract else ("--requests-per-minute", "6000", "--concurrent", "32")
    fast_erp = () if by_contract else ("--calls-per-second", "1000")
    options = Options(
        stage="demo",
        smartday_arguments=(*sizes, *pace, "--tasks", str(tasks), "--retry-seconds", "5,15,45"),
        erp_arguments=(*sizes, *fast_erp),
    )
    with running(options, lambda sentence: console.print(f"[dim]{sentence}")) as local:
        set_up = time.monotonic() - started
        api, stand_ins = ConnectorApi(local.api_url), StandIns(local)
        importing = _activate_and_import(console, api)
        _finish_one(console, stand_ins)
        _finish_the_others(console, local, api, stand_ins)
        _plant(plant, stand_ins)
        _show(console, api)
        return count(stand_ins, api, Seconds(set_up, importing))


def _activate_and_import(console: Console, api: ConnectorApi) -> float:
    """Activate as the customer does, and watch both imports to their end; gives the seconds they took."""
    status = api.activate()
    company = status["erp_company"]["name"]
    console.print(f"Avtale {AGREEMENT} · {status['agreement_name']} → {company}: {status['state']}")
    started = time.monotonic()
    api.log_in()
    with import_bars(console) as bars:
        shown = {
            "customers": add_import(bars, "Kunder / customers"),
            "products": add_import(bars, "Varer / products"),
        }

        def are_done() -> bool:
            imports = api.status()["imports"]
            for stream, bar in shown.items():
                move_import(bars, bar, imports[stream])
            return all(run is not None and run["state"] == "finished" for run in imports.values())

        _wait_for(are_done, "the import")
    return time.monotonic() - started


def _finish_one(console: Console, stand_ins: StandIns) -> None:
    """One task by itself, and its order as the ERP has it."""
    stand_ins.smartday("POST", "/deliveries", copies=2)
    started = time.monotonic()
    _finish(stand_ins, [EXAMPLE_TASK])
    _wait_for(lambda: bool(stand_ins.orders()), "the first order")
    seconds = time.monotonic() - started
    console.print(f"Oppgave {EXAMPLE_TASK} avsluttet → ordre etter {seconds:.1f} s (kald start / cold start)")
    draw_order(console, stand_ins.orders()[0])


def _finish_the_others(console: Console, local: Local, api: ConnectorApi, stand_ins: StandIns) -> None:
    """Let the craftsmen finish their tasks, with everything that goes wrong on the way."""
    ids = _task_ids(stand_ins)
    aborted, empty, stranger, *ordinary = [one for one in ids if one != EXAMPLE_TASK]
    silent, forged, late = ordinary[:2], ordinary[2], ordinary[3:7]
    _prepare(stand_ins, (aborted, empty), stranger)
    stand_ins.erp("POST", "/faults", name="reset", operation="SaveInvoices", when="after", nth=len(ids) // 2)
    plan = {
        "copies": 2,
        "skip_task_ids": silent,
        "wrong_signature_task_ids": [forged],
        "delay_seconds": dict.fromkeys(late, LATE_SECONDS),
    }
    half = len(ordinary) // 2
    with progress_bars(console) as bars:
        bar = bars.add_task("Oppgaver / tasks → ordrer", total=len(ids))
        stand_ins.smartday("POST", "/deliveries", **plan)
        _finish(stand_ins, [*ordinary[:half], empty, stranger])
        _finish(stand_ins, [aborted], outcome="aborted")
        stand_ins.smartday("POST", "/deliveries", **{**plan, "reverse": True})
        _finish(stand_ins, ordinary[half:])

        def are_settled(expected: int) -> Callable[[], bool]:
            def check() -> bool:
                counts = api.status()["tasks"]
                settled = sum(int(counts[state]) for state in ("ordered", "ignored", "held"))
                bars.update(bar, completed=settled)
                return settled >= expected

            return check

        _wait_for(are_settled(len(ids) - len(silent) - 1), "the tasks that a webhook told of")
        _poll(local)
        _wait_for(are_settled(len(ids)), "the tasks that only the poll finds")
    _wait_for(lambda: _receipts(stand_ins) >= len(stand_ins.orders()), "the receipts")


def _prepare(stand_ins: StandIns, empty: tuple[str, ...], stranger: str) -> None:
    """Some tasks get nothing to invoice, one a customer that the ERP doesn't have."""
    for task_id in empty:
        stand_ins.smartday("POST", f"/tasks/{task_id}", registrations=[], minutes_spent=0)
    unknown = {"id": "c-ukjent", "external_number": "99999999", "name": "Ukjent kunde"}
    stand_ins.smartday("POST", f"/tasks/{stranger}", customer=unknown, billing_customer=unknown)


def _task_ids(stand_ins: StandIns) -> list[str]:
    return [task["id"] for task in stand_ins.smartday("GET", "/tasks")["tasks"]]


def _finish(stand_ins: StandIns, task_ids: list[str], outcome: str = "completed") -> None:
    stand_ins.smartday("POST", "/tasks:finish", task_ids=task_ids, outcome=outcome)


def _poll(local: Local) -> None:
    """What the schedule sends every quarter of an hour."""
    function = local.deployment.resources["DispatchFunction"]
    answer = local.engine.client("lambda").invoke(FunctionName=function, Payload=b'{"poll": true}')
    if "FunctionError" in answer:
        raise DemoFailed(f"The poll failed: {answer['Payload'].read()[:500]!r}")


def _plant(plant: str, stand_ins: StandIns) -> None:
    """Plant the fault that the figures must show."""
    if plant == "duplicate":
        reference = next(o["ReferenceNumber"] for o in stand_ins.orders() if task_of(o["ReferenceNumber"]))
        stand_ins.erp("POST", "/plant", duplicate=reference)
    if plant == "lost":
        template = stand_ins.smartday("GET", f"/tasks/{EXAMPLE_TASK}")
        stand_ins.smartday("POST", "/deliveries", skip_task_ids=["tapt-1"])
        stand_ins.smartday("POST", "/tasks", **{**template, "id": "tapt-1", "number": "tapt-1"})


def _show(console: Console, api: ConnectorApi) -> None:
    """What became of the tasks, and why those that are no order aren't."""
    records = [record for state in ("held", "ignored") for record in api.tasks(state)]
    reasons = Counter((record["reason"]["nb"], record["reason"]["code"]) for record in records)
    told = {sentence: (number, code) for (sentence, code), number in reasons.items()}
    draw_tasks(console, api.status()["tasks"], told)


def _receipts(stand_ins: StandIns) -> int:
    return len({one["task_id"] for one in stand_ins.smartday("GET", "/receipts")["receipts"]})


def _wait_for(condition: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > give_up:
            raise DemoFailed(f"Gave up waiting for {what} after {PATIENCE} s.")
        time.sleep(0.3)  # between two looks at the condition


if __name__ == "__main__":
    main()

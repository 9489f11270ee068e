"""`make soak`: a thousand tasks while everything fails, then a dead ERP; the last line is one JSON object.

Built and deployed as for the demo. One upstream call in five fails, workers are killed, webhooks come twice,
late, in reverse or not at all, and tasks change afterwards; yet each task must have its one order, whole.

Where two creates in a row were lost on the way, which is about one task in a thousand here, the connector
makes no third one unasked: the soak does what the runbook tells a person to do, and counts it.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID

from sandbox import trouble
from sandbox.engine import unwind_on_sigterm
from sandbox.figures import ConnectorApi, StandIns, task_of
from sandbox.local import Local, Options, running
from sandbox.reckoning import DEAD_LETTER_QUEUES, QUEUES, READY, TAKEN, Reckoning, messages, reckon
from sandbox.show import progress_bars
from sandbox.toolchain import ToolError

SEED = 20261124
CUSTOMERS, PRODUCTS = 60, 40
SETTLE_SECONDS, POLL_MINUTES = 20, 1

SETTLE_PATIENCE = 300
"""Seconds from the last fault until every task has its order."""

DEAD_SECONDS = 60
DEAD_SIDE_LIMIT = 12
"""Calls that a dead side may get in a minute."""

CATCH_UP_PATIENCE = 180
"""Seconds from the ERP's return until every task has its order."""

START_PATIENCE = 120
LOOK_EVERY = 5
"""Seconds: a look at everything costs the stand-ins time that the work needs."""
OPEN_STATES = ("received", "creating", "updating", "unknown", "held", "ignored")


class SoakFailed(Exception):
    """A step didn't come to its end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much there is to do: tasks, in how many portions and seconds they are finished, and tasks finished
    while the ERP is dead. On a slow machine a portion waits until few tasks are without an order, and trouble
    lasts longer than its seconds, until most orders are made: the poll asks each minute for what is
    unheard of, so a large backlog would feed itself.
    """

    tasks: int = 1000
    portions: int = 20
    finishing_seconds: float = 120
    trouble_seconds: float = 200
    longest_trouble_seconds: float = 1200
    most: float = 0.9
    few: int = 200
    dead_tasks: int = 60


@dataclass
class Soak:
    """One run: what it works on, and what it has seen. `changed` is task id → version of its last change;
    `decided` are tasks that a person decided on.
    """

    plan: Plan
    local: Local
    api: ConnectorApi
    stand_ins: StandIns
    bars: Progress
    task_ids: list[str]
    chance: Random = field(default_factory=lambda: Random(SEED))
    changed: dict[str, int] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)

    @property
    def main(self) -> list[str]:
        """The tasks that are finished in the time of trouble."""
        return self.task_ids[: self.plan.tasks]

    @property
    def late(self) -> list[str]:
        """The tasks that are finished while the ERP is dead."""
        return self.task_ids[self.plan.tasks :]

    def open_tasks(self) -> int:
        """Task records that aren't orders."""
        counts = self.api.status()["tasks"]
        return sum(int(str(counts.get(state, 0)).rstrip("+")) for state in OPEN_STATES)


def main() -> None:
    """Run the soak; exit status 1 when an order is missing, double or wrong, or a limit was broken."""
    unwind_on_sigterm()
    console = Console(width=None if sys.stdout.isatty() else 110, quiet=not sys.stdout.isatty())
    try:
        figures, is_good = run(console, Plan())
    except (ToolError, SoakFailed) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    print(json.dumps(figures, ensure_ascii=False))
    sys.exit(0 if is_good else 1)


def run(console: Console, plan: Plan) -> tuple[dict[str, Any], bool]:
    """The figures, and whether they are as they must be. Raises `ToolError`, `SoakFailed`."""
    started = time.monotonic()
    sizes = ("--customers", str(CUSTOMERS), "--products", str(PRODUCTS))
    tasks = ("--tasks", str(plan.tasks + plan.dead_tasks))
    options = Options(
        stage="soak",
        settle_seconds=SETTLE_SECONDS,
        poll_minutes=POLL_MINUTES,
        smartday_arguments=(
            *(*sizes, *tasks, "--requests-per-minute", "100000", "--concurrent", "32"),
            *("--retry-seconds", "2,5,15,45"),
        ),
        erp_arguments=(*sizes, "--calls-per-second", "1000", "--calls-per-hour", "1000000"),
    )
    console.print(f"Seed {SEED}.")
    with running(options, lambda sentence: console.print(f"[dim]{sentence}")) as local:
        api, stand_ins = ConnectorApi(local.api_url), StandIns(local)
        with progress_bars(console) as bars:
            ids = [task["id"] for task in stand_ins.smartday("GET", "/tasks")["tasks"]]
            soak = Soak(plan, local, api, stand_ins, bars, ids)
            figures = _steps(soak)
    figures["seconds"] = round(time.monotonic() - started)
    return figures, _is_good(figures, plan)


def _steps(soak: Soak) -> dict[str, Any]:
    _activate(soak)
    with _killing(soak) as killer:
        trouble.plant(soak.stand_ins)
        _finish_all(soak)
    hit = trouble.clear(soak.stand_ins)
    settled = _settle(soak, soak.main, SETTLE_PATIENCE, "Faller til ro / settling")
    dead_side_calls, caught_up = _outlive_a_dead_erp(soak)
    main, late = (reckon(soak.stand_ins, soak.changed, some) for some in (soak.main, soak.late))
    calls = hit.pop("calls")
    return {
        "orders": main.orders,
        "duplicates": len(main.duplicates) + len(late.duplicates),
        "lost": len(main.lost) + len(late.lost),
        "dead_letters": messages(soak.local, DEAD_LETTER_QUEUES, *READY, TAKEN),
        "seconds": 0,
        "wrong": len(main.wrong) + len(late.wrong),
        "untold": len(main.untold) + len(late.untold),
        "decided_by_a_person": len(soak.decided),
        "changed": len(soak.changed),
        "calls": calls,
        "calls_failed": sum(hit.values()),
        "faults": dict(sorted(hit.items())),
        "kills": {name: killer.kills[soak.local.deployment.resources[name]] for name in trouble.VICTIMS},
        "seconds_to_settle": settled,
        "dead_side_calls": dead_side_calls,
        "late_orders": late.orders,
        "seconds_to_catch_up": caught_up,
        "asleep": messages(soak.local, QUEUES, TAKEN),
    }


def _is_good(figures: dict[str, Any], plan: Plan) -> bool:
    zeros = ("duplicates", "lost", "dead_letters", "wrong", "untold")
    made = (figures["orders"], figures["late_orders"]) == (plan.tasks, plan.dead_tasks)
    kept = int(figures["dead_side_calls"]) <= DEAD_SIDE_LIMIT
    return made and kept and not any(figures[name] for name in zeros)


def _activate(soak: Soak) -> None:
    soak.api.activate()
    soak.api.log_in()
    bar = soak.bars.add_task("Registre / registers", total=2)

    def imported() -> bool:
        runs = soak.api.status()["imports"].values()
        done = sum(run is not None and run["state"] == "finished" for run in runs)
        soak.bars.update(bar, completed=done)
        return bool(done == len(runs))

    _wait_for(imported, START_PATIENCE, "the import")


@contextmanager
def _killing(soak: Soak) -> Iterator[trouble.Killer]:
    resources = soak.local.deployment.resources
    functions = {resources[name]: left for name, left in trouble.VICTIMS.items()}
    with trouble.Killer(soak.local.engine.process_id, functions, SEED) as killer:
        yield killer


def _finish_all(soak: Soak) -> None:
    """Finish the tasks by portions; each tenth is left to the poll, some change a while later."""
    plan = soak.plan
    started = time.monotonic()
    ends = started + plan.longest_trouble_seconds
    bar = soak.bars.add_task("Ordrer i uvær / in trouble", total=plan.tasks)
    portions = [soak.main[start :: plan.portions] for start in range(plan.portions)]
    for place, portion in enumerate(portions):
        _wait_until(soak, bar, started + place * plan.finishing_seconds / plan.portions)
        finished = sum(map(len, portions[:place]))
        while time.monotonic() < ends and finished - len(soak.stand_ins.orders()) > plan.few:
            _wait_until(soak, bar, time.monotonic() + LOOK_EVERY)
        delivery = {"copies": 2, "reverse": bool(place % 2), "skip_task_ids": portion[::10]}
        soak.stand_ins.smartday("POST", "/deliveries", **delivery)
        soak.stand_ins.smartday("POST", "/tasks:finish", task_ids=portion)
        if place >= plan.portions // 4:
            _change_some(soak, portions[place - plan.portions // 4])
    _wait_until(soak, bar, started + plan.trouble_seconds)
    while time.monotonic() < ends and len(soak.stand_ins.orders()) < plan.most * plan.tasks:
        _wait_until(soak, bar, time.monotonic() + LOOK_EVERY)


def _change_some(soak: Soak, portion: list[str]) -> None:
    """A line more on some tasks that were finished a while ago."""
    for task_id in soak.chance.sample(portion, max(len(portion) // 8, 1)):
        task = soak.stand_ins.smartday("GET", f"/tasks/{task_id}")
        priced = next(one for one in task["registrations"] if one.get("billable"))
        line = {name: priced[name] for name in ("kind", "product", "description", "unit_price", "unit")}
        line["quantity"] = 3
        path = f"/tasks/{task_id}/registrations"
        soak.changed[task_id] = soak.stand_ins.smartday("POST", path, add=[line])["version"]


def _settle(soak: Soak, task_ids: list[str], patience: float, name: str) -> int:
    """Wait until these tasks have their orders and nothing waits; gives the seconds."""
    started = time.monotonic()
    bar = soak.bars.add_task(name, total=len(task_ids))
    reckoning: Reckoning | None = None

    def settled() -> bool:
        nonlocal reckoning
        decide_unknown(soak)
        reckoning = reckon(soak.stand_ins, soak.changed, task_ids)
        soak.bars.update(bar, completed=len(task_ids) - len(reckoning.lost))
        return reckoning.is_right and not soak.open_tasks() and not messages(soak.local, QUEUES, *READY)

    try:
        _wait_for(settled, patience, "the tasks to settle")
    except SoakFailed as error:
        held = {one["task_id"]: one["reason"]["code"] for one in soak.api.tasks("held")}
        raise SoakFailed(f"{error} {reckoning} {soak.api.status()['tasks']} {held}") from None
    return round(time.monotonic() - started)


def decide_unknown(soak: Soak) -> None:
    """What the runbook says of `outcome_unknown`: look in the ERP; a new order only if there is none."""
    unknown = [one for one in soak.api.tasks("held") if one["reason"]["code"] == "outcome_unknown"]
    if not unknown:
        return
    ordered = {task_of(one.get("ReferenceNumber", "")) for one in soak.stand_ins.orders()}
    for task_id in (one["task_id"] for one in unknown):
        soak.decided.add(task_id)
        if task_id in ordered:
            soak.api.resend(task_id)
        else:
            soak.api.order_anew(task_id, "soak", "not in the ERP")


def _outlive_a_dead_erp(soak: Soak) -> tuple[int, int]:
    """Tasks are finished while each call to the ERP is reset; gives the calls that it got in that minute, and
    the seconds until all was done after it came back.
    """
    soak.stand_ins.smartday("POST", "/deliveries", copies=1)
    soak.stand_ins.erp("POST", "/faults", name="reset", operation="*", times=None)
    before = _erp_calls(soak)
    bar = soak.bars.add_task("Kall til død ERP / dead ERP", total=DEAD_SIDE_LIMIT)
    ends = time.monotonic() + DEAD_SECONDS
    soak.stand_ins.smartday("POST", "/tasks:finish", task_ids=soak.late)
    while time.monotonic() < ends:
        time.sleep(1)  # between two looks at the count
        soak.bars.update(bar, completed=_erp_calls(soak) - before)
    calls = _erp_calls(soak) - before
    soak.stand_ins.erp("DELETE", "/faults")
    return calls, _settle(soak, soak.late, CATCH_UP_PATIENCE, "Tar igjen / catching up")


def _erp_calls(soak: Soak) -> int:
    return sum(soak.stand_ins.erp("GET", "/calls")["total"].values())


def _wait_until(soak: Soak, bar: TaskID, moment: float) -> None:
    while (left := moment - time.monotonic()) > 0:
        soak.bars.update(bar, completed=len(soak.stand_ins.orders()))
        time.sleep(min(left, LOOK_EVERY))  # the trouble lasts for a span, not until a condition


def _wait_for(condition: Callable[[], bool], patience: float, what: str) -> None:
    give_up = time.monotonic() + patience
    while not condition():
        if time.monotonic() > give_up:
            raise SoakFailed(f"Gave up waiting for {what} after {patience:g} s.")
        time.sleep(LOOK_EVERY)  # between two looks at the condition


if __name__ == "__main__":
    main()

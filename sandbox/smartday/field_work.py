"""What people do to tasks: a planner adds and changes them, a technician finishes them.

Decision: every function changes state and returns the events; sending them is the caller's, so many tasks can
be finished at one moment and their events leave as one batch.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.serving import Refused
from sandbox.smartday.state import FINISHED, STATUSES, Agreement, status_of
from sandbox.smartday.wire import Record, utc_text

_COUNTED = ("used", "approved", "exported")
_PLAINEST: Record = {
    "version": 1,
    "title": "Oppgave",
    "outcome": None,
    "status_web": None,
    "finished_at": None,
    "time_zone": "Europe/Oslo",
    "minutes_spent": None,
    "customer": None,
    "billing_customer": None,
    "location": None,
    "participants": [],
    "registrations": [],
    "checklists": [],
    "documents": [],
}


def add(agreement: Agreement, given: list[Any]) -> list[Record]:
    """Add whole tasks as given, in any status; nothing is added when one is refused (`Refused`)."""
    tasks = [_whole(task) for task in given]
    taken = [t["id"] for t in tasks if t["id"] in agreement.tasks]
    if taken or len({t["id"] for t in tasks}) < len(tasks):
        raise Refused(f"Task ids must be new and different: {', '.join(taken) or 'the same id stands twice'}")
    events = []
    for task in tasks:
        agreement.tasks[task["id"]] = task
        agreement.note_finish(task)
        events.append(agreement.task_event(task, "planner", None))
    return events


def patch(agreement: Agreement, task: Record, given: Any) -> Record:
    """Replace the given fields; version up, `changed_at` now. A status may be its code alone.

    Finishing fills in outcome and time, reopening takes them away, unless they are given. `Refused` for
    `id`, `version`, `changed_at` and statuses that don't exist.
    """
    if not isinstance(given, dict) or {"id", "version", "changed_at"} & given.keys():
        raise Refused("A patch is an object without id, version and changed_at")
    changes, previous = dict(given), dict(task["status"])
    if "status" in changes:
        changes["status"] = _status(changes["status"])
        finished = changes["status"]["code"] in FINISHED
        if not finished:
            changes = {"outcome": None, "finished_at": None} | changes
        elif previous["code"] not in FINISHED:
            changes = {"outcome": "completed", "finished_at": utc_text()} | changes
    task.update(changes)
    agreement.touch_task(task)
    return agreement.task_event(task, "planner", previous)


def finish(agreement: Agreement, task_ids: list[str], outcome: str) -> list[Record]:
    """Finish tasks now; all else stays as it is. `Refused` names unknown tasks."""
    if unknown := [task_id for task_id in task_ids if task_id not in agreement.tasks]:
        raise Refused(f"There is no task {', '.join(unknown[:5])}")
    events = []
    for task_id in dict.fromkeys(task_ids):
        task = agreement.tasks[task_id]
        previous = dict(task["status"])
        task.update({"status": status_of("finished"), "outcome": outcome, "finished_at": utc_text()})
        agreement.touch_task(task)
        events.append(agreement.task_event(task, "touch", previous))
    return events


def change_lines(
    agreement: Agreement, task: Record, add: list[Record], change: list[Record], remove: list[str]
) -> Record:
    """Change registrations, finished or not; version up, `changed_at` now.

    A new line needs only what it is about: the rest is an approved, billable item. The net amount follows
    quantity, price and discount unless it is given. `Refused` for ids that are unknown or taken.
    """
    lines = {line["id"]: line for line in task["registrations"]}
    named = [line.get("id") for line in change] + remove
    if unknown := [str(line_id) for line_id in named if line_id not in lines]:
        raise Refused(f"There is no registration {', '.join(unknown)}")
    new = [_line(f"r-{task['id']}-n{task['version']}-{n}", line) for n, line in enumerate(add, 1)]
    if taken := [line["id"] for line in new if line["id"] in lines]:
        raise Refused(f"There already is a registration {', '.join(taken)}")
    for line in change:
        lines[line["id"]] = _with_net(lines[line["id"]] | line, line)
    lines |= {line["id"]: line for line in new}
    task["registrations"] = [line for line_id, line in lines.items() if line_id not in remove]
    agreement.touch_task(task)
    return agreement.task_event(task, "planner", task["status"])


def put_customer(agreement: Agreement, task: Record, customer: Record) -> Record:
    """Make the customer the task's own and the one who pays; version up, `changed_at` now."""
    person = {name: customer[name] for name in ("id", "external_number", "name")}
    return patch(agreement, task, {"customer": person, "billing_customer": dict(person)})


def is_invoiceable(task: Record) -> bool:
    """Whether a finished task has anything to invoice: a billable, counted registration that isn't zero."""
    return any(
        r.get("billable") and r["status"] in _COUNTED and r.get("quantity") for r in task["registrations"]
    )


def _whole(given: Any) -> Record:
    if not isinstance(given, dict) or not isinstance(given.get("id"), str) or not given["id"]:
        raise Refused("A task is an object with an id that is text")
    task = (
        {"number": given["id"], "created_at": utc_text(), "changed_at": utc_text()} | _copy(_PLAINEST) | given
    )
    task["export"] = given.get("export") or {"state": "none", "order_number": None, "exported_at": None}
    task["status"] = _status(given.get("status", "in_progress"))
    if task["status"]["code"] in FINISHED:
        task["outcome"] = task["outcome"] or "completed"
        task["finished_at"] = task["finished_at"] or utc_text()
    return task


def _line(line_id: str, given: Record) -> Record:
    plain = {"id": line_id, "kind": "item", "status": "approved", "billable": True, "date": utc_text()[:10]}
    return _with_net(plain | {"discount_percent": Decimal(0)} | given, given)


def _with_net(line: Record, given: Record) -> Record:
    if "net_amount" in given or line.get("quantity") is None or line.get("unit_price") is None:
        return line
    share = 1 - Decimal(line.get("discount_percent") or 0) / 100
    net = Decimal(line["quantity"]) * Decimal(line["unit_price"]) * share
    return line | {"net_amount": net.quantize(Decimal("0.01"), ROUND_HALF_UP)}


def _status(given: Any) -> Record:
    code = given.get("code") if isinstance(given, dict) else given
    if code not in STATUSES:
        raise Refused(f"Unknown status {code!r}; known: {', '.join(STATUSES)}")
    return status_of(code)


def _copy(plain: Record) -> Record:
    return {name: list(value) if isinstance(value, list) else value for name, value in plain.items()}

"""Everything the stand-in remembers, per agreement, and how a change of it becomes a version and an event.

Decision: records are kept as the JSON they are shown as; a change moves the record to the end of its
dictionary, so dictionaries stay almost sorted by `changed_at` and sorting them for a page is cheap.
"""

import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from sandbox.serving import Calls
from sandbox.smartday import demo
from sandbox.smartday.wire import ProblemError, Record, utc_text

FIRST_SEQUENCE = 90210
FINISHED = ("finished", "approved", "balanced")
STATUSES: dict[str, tuple[int, str]] = {
    "pending": (1, "Ny"),
    "activated": (2, "Aktivert"),
    "accepted": (3, "Akseptert"),
    "in_progress": (4, "Pågår"),
    "awaiting": (41, "Avventer"),
    "sent_home": (6, "Sendt hjem"),
    "finished": (7, "Avsluttet"),
    "approved": (8, "Godkjent"),
    "balanced": (99, "Avregnet"),
}


@dataclass(slots=True)
class Login:
    """One Bridge user; `agreements` are the numbers it may use."""

    password: str
    agreements: tuple[str, ...]
    expired: bool = False


@dataclass(slots=True)
class Agreement:
    """One customer of Smartday; `customers` by Smartday id, `products` by number, `tasks` by id."""

    number: str
    name: str
    has_bridge: bool = True
    customers: dict[str, Record] = field(default_factory=dict)
    customer_ids: dict[str, str] = field(default_factory=dict)
    products: dict[str, Record] = field(default_factory=dict)
    tasks: dict[str, Record] = field(default_factory=dict)
    written: dict[str, Counter[str]] = field(
        default_factory=lambda: {"customers": Counter(), "products": Counter()}
    )
    rejections: list[Record] = field(default_factory=list)
    receipts: list[Record] = field(default_factory=list)
    receipt_answers: dict[str, tuple[Record, Record, float]] = field(default_factory=dict)
    subscriptions: dict[str, Record] = field(default_factory=dict)
    events: list[Record] = field(default_factory=list)
    messages: list[Record] = field(default_factory=list)
    finish_times: dict[str, float] = field(default_factory=dict)
    window_started: float = 0.0
    window_count: int = 0
    in_flight: int = 0

    def task(self, task_id: str) -> Record:
        """The task itself, to be changed; ProblemError 404."""
        try:
            return self.tasks[task_id]
        except KeyError:
            raise ProblemError(404, "not_found", f"Oppgave {task_id} finnes ikke.") from None

    def touch_task(self, task: Record) -> None:
        """Raise the task's version, set `changed_at` to now and note when it became finished."""
        task["version"] += 1
        task["changed_at"] = utc_text()
        self.tasks[task["id"]] = self.tasks.pop(task["id"])
        self.note_finish(task)

    def note_finish(self, task: Record) -> None:
        """Keep the first moment the task was seen finished as completed; forget it when it is reopened."""
        if task["status"]["code"] in FINISHED and task.get("outcome") == "completed":
            self.finish_times.setdefault(task["id"], time.time())
        else:
            self.finish_times.pop(task["id"], None)

    def new_event(self, kind: str, origin: str, data: Record) -> Record:
        """Append an event of contract smartday 4.8 to the feed and return it."""
        event = {
            "id": f"evt_{uuid.uuid4().hex}",
            "type": kind,
            "agreement_number": self.number,
            "occurred_at": utc_text(),
            "origin": origin,
            "sequence": FIRST_SEQUENCE + len(self.events) + 1,
            "data": data,
            "links": {"task": f"/v1/tasks/{data['task_id']}"} if "task_id" in data else {},
        }
        self.events.append(event)
        return event

    def task_event(self, task: Record, origin: str, previous: Record | None) -> Record:
        """Append `task.status_changed` when the status differs from `previous`, else `task.updated`."""
        changed = previous is None or previous["code"] != task["status"]["code"]
        data: Record = {
            "task_id": task["id"],
            "task_number": task["number"],
            "version": task["version"],
            "previous_status": previous,
            "status": dict(task["status"]),
            "outcome": task.get("outcome"),
            "changed_by": _changed_by(task) if origin != "bridge" else None,
        }
        return self.new_event("task.status_changed" if changed else "task.updated", origin, data)


@dataclass(frozen=True, slots=True)
class Options:
    """What a stand-in is started with; counts must equal the ERP stand-in's so that numbers match."""

    customers: int = 200
    products: int = 100
    tasks: int = 20
    seed: int = 1
    prefilled: bool = False
    requests_per_minute: int = 120
    concurrent: int = 4
    retry_seconds: tuple[float, ...] = (60, 300, 1800, 7200, 28800, 86400)


class Bridge:
    """The whole state: both demo agreements and what was counted."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clear()

    def clear(self) -> None:
        """Forget everything; `fill.reset` puts the seed back."""
        self.calls = Calls()
        # Counted per user name, also unknown ones; nobody is locked out, a test reads what would have been.
        self.failed_logins: Counter[str] = Counter()
        self.failed_in_a_row: Counter[str] = Counter()
        self.logins = {
            demo.BRIDGE_USER: Login(demo.BRIDGE_PASSWORD, (demo.AGREEMENT_NUMBER,)),
            demo.OTHER_BRIDGE_USER: Login(demo.OTHER_BRIDGE_PASSWORD, (demo.OTHER_AGREEMENT_NUMBER,)),
        }
        self.agreements = {
            demo.AGREEMENT_NUMBER: Agreement(demo.AGREEMENT_NUMBER, demo.AGREEMENT_NAME),
            demo.OTHER_AGREEMENT_NUMBER: Agreement(demo.OTHER_AGREEMENT_NUMBER, demo.OTHER_AGREEMENT_NAME),
        }


def bridge_of(request: Request) -> Bridge:
    """The state behind a request."""
    bridge: Bridge = request.scope["smartday.bridge"]
    return bridge


def agreement_of(request: Request) -> Agreement:
    """The agreement the caller has proved to be allowed to use."""
    agreement: Agreement = request.scope["smartday.agreement"]
    return agreement


def status_of(code: str) -> Record:
    """Status object of contract smartday 4.4; KeyError for an unknown code."""
    number, label = STATUSES[code]
    return {"code": code, "number": number, "label": label}


def _changed_by(task: Record) -> Record | None:
    people: list[dict[str, Any]] = task.get("participants") or []
    return {"external_number": people[0]["external_number"], "name": people[0]["name"]} if people else None

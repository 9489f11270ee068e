"""How an integration stands: its state, the latest imports, how many tasks where, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.domain.integration import Integration
from connector.domain.stream import Cursor, Run, RunState, Stream
from connector.domain.task_record import TaskState
from connector.errors import Side
from connector.ports import Clock
from connector.stores import CursorStore, IntegrationStore, SessionStore, TaskStore
from connector.usecases.request_import import IMPORT_STREAMS

COUNTED = 1000
"""Counting stops one above this; the outside shows "1000+" (design 4.6)."""

UNCONFIRMED = "matches_unconfirmed"
"""Error of a run that is held until somebody has seen the match report; a trouble of its own."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that needs a person or patience. `about` names a stream or a side, `until` ends it (UTC);
    `run` is the full pass that waits for a person's word on what would become inactive.
    """

    code: str
    about: str | None = None
    at: datetime | None = None
    until: datetime | None = None
    detail: str | None = None
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """One agreement at this moment; `integration` is None before activation."""

    agreement_number: str
    integration: Integration | None
    imports: Mapping[Stream, Run | None]
    tasks: Mapping[TaskState, int]
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class StatusPorts:
    """What showing the status needs."""

    clock: Clock
    integrations: IntegrationStore
    cursors: CursorStore
    tasks: TaskStore
    sessions: SessionStore


def show_status(ports: StatusPorts, agreement_number: str) -> Status:
    """Read everything anew; nothing is called upstream."""
    integration = ports.integrations.get(agreement_number)
    cursors = {stream: ports.cursors.get(agreement_number, stream) for stream in IMPORT_STREAMS}
    imports = {stream: cursor.shown_run if cursor else None for stream, cursor in cursors.items()}
    tasks = {state: ports.tasks.count(agreement_number, state, COUNTED + 1) for state in TaskState}
    troubles = (
        *_of_login(integration),
        *(trouble for cursor in cursors.values() if cursor for trouble in _of_import(cursor)),
        *(trouble for side in Side for trouble in _of_side(ports, agreement_number, side)),
    )
    return Status(agreement_number, integration, imports, tasks, troubles)


def _of_login(integration: Integration | None) -> list[Trouble]:
    refused = integration.refused_login if integration else None
    if refused is None:
        return []
    return [Trouble("credentials_rejected", refused.side, at=refused.since, detail=refused.code)]


def _of_import(cursor: Cursor) -> list[Trouble]:
    """What the latest run ended with, and a full pass that waits however many runs followed it."""
    troubles = []
    if cursor.held is not None:
        troubles.append(_trouble("import_held", cursor.stream, cursor.held, cursor.held))
    run = cursor.run
    if run is not None and run.state is RunState.FAILED:
        troubles.append(_trouble("import_failed", cursor.stream, run))
    if run is not None and run.state is RunState.HELD and run.error == UNCONFIRMED:
        troubles.append(_trouble(UNCONFIRMED, cursor.stream, run))
    return troubles


def _trouble(code: str, stream: Stream, run: Run, held: Run | None = None) -> Trouble:
    return Trouble(code, stream, at=run.finished_at or run.started_at, detail=run.error, run=held)


def _of_side(ports: StatusPorts, agreement_number: str, side: Side) -> list[Trouble]:
    pace = ports.sessions.pace(agreement_number, side)
    now = ports.clock()
    return [Trouble("side_blocked", side, at=now, until=pace.blocked_until)] if pace.is_blocked(now) else []

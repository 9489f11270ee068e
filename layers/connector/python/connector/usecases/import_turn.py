"""Whose turn it is: all imports of an integration share one lease, kept on one cursor (design 4.9).

And what a turn rests on, so that everything is read anew when that changes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain.full_pass import night_of
from connector.domain.integration import Integration
from connector.domain.lease import LEASE_MARGIN
from connector.domain.stream import IMPORT_LEASE, Cursor, Run, RunState, Stream
from connector.errors import RetryLater, Stale
from connector.ports import Clock, StreamQueue
from connector.stores import CursorStore
from connector.usecases.request_import import IMPORT_STREAMS

TRIES = 10
"""Lost conditional writes in a row before the message is left to come again."""


class HandOver(Exception):
    """The time is used up, or the pace says wait: the run goes on in a message after `delay`."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"goes on in {delay}")
        self.delay = delay


def is_written(integration: Integration, stream: Stream) -> bool:
    """False when the register is only looked up for orders, by setting."""
    settings = integration.settings
    return settings.import_customers if stream is Stream.CUSTOMERS else settings.import_products


def basis_of(integration: Integration, stream: Stream) -> str:
    """The ERP company, whose ids, checkpoints and times mean nothing in another one; and the setting."""
    company_id = integration.erp_company.id
    return company_id if is_written(integration, stream) else f"{company_id}#not_written"


def amend(
    cursors: CursorStore, agreement_number: str, stream: Stream, change: Callable[[Cursor], Cursor]
) -> Cursor:
    """Change a cursor, again when somebody else wrote first; writes nothing when nothing changes."""
    for _ in range(TRIES):
        cursor = cursors.get(agreement_number, stream) or Cursor(agreement_number, stream)
        changed = change(cursor)
        if changed == cursor:
            return cursor
        try:
            return cursors.save(changed)
        except Stale:
            continue
    raise RetryLater("cursor_contended")


def take_turn(
    cursors: CursorStore, agreement_number: str, owner: str, clock: Clock, deadline: datetime
) -> bool:
    """True when `owner` may import until its deadline."""

    def take(cursor: Cursor) -> Cursor:
        if cursor.is_leased(clock()):
            return cursor
        return replace(cursor, lease_owner=owner, lease_until=deadline + LEASE_MARGIN)

    return amend(cursors, agreement_number, IMPORT_LEASE, take).lease_owner == owner


def end_turn(cursors: CursorStore, queue: StreamQueue, agreement_number: str, owner: str) -> None:
    """Give up the lease and queue what was asked for meanwhile."""

    def release(cursor: Cursor) -> Cursor:
        mine = cursor.lease_owner == owner
        return replace(cursor, lease_owner=None, lease_until=None) if mine else cursor

    amend(cursors, agreement_number, IMPORT_LEASE, release)
    for stream in IMPORT_STREAMS:
        cursor = cursors.get(agreement_number, stream)
        if cursor is not None and cursor.wanted is not None and not _waits_for_run(cursor):
            queue.send(agreement_number, stream, cursor.wanted == "full")


def _waits_for_run(cursor: Cursor) -> bool:
    """True for a full pass that can only begin once another has ended. That one has a message of its own,
    which may have to stay away: asking at once would go round and round until then.
    """
    run = cursor.run
    is_under_way = run is not None and run.state is RunState.RUNNING and not run.full
    return is_under_way and cursor.wanted == "full"


def ask_for_turn(
    cursors: CursorStore, queue: StreamQueue, agreement_number: str, stream: Stream, full: bool, clock: Clock
) -> None:
    """Another import runs: the one that runs queues this stream when it ends."""
    wanted = "full" if full else "incremental"
    amend(
        cursors,
        agreement_number,
        stream,
        lambda cursor: replace(cursor, wanted="full" if cursor.wanted == "full" else wanted),
    )
    lease = cursors.get(agreement_number, IMPORT_LEASE)
    if lease is None or not lease.is_leased(clock()):
        queue.send(agreement_number, stream, full)


def run_id_of(owner: str, now: datetime) -> str:
    """An id for a run that `owner` begins now, fit for an address."""
    return hashlib.sha256(f"{owner} {now.isoformat()}".encode()).hexdigest()[:16]


def open_run(cursor: Cursor, run_id: str, full: bool, now: datetime, basis: str) -> Cursor:
    """Go on with the unfinished run, else begin one; a full pass asked for meanwhile stays wanted. The first
    pass of a night is a full one.

    `basis` as in `basis_of`.
    """
    cursor = cursor.resting_on(basis)
    if cursor.run is not None and cursor.run.state is RunState.RUNNING:
        waits = (full or cursor.wanted == "full") and not cursor.run.full
        return replace(cursor, wanted="full" if waits else None)
    is_due = cursor.full_at is None or cursor.full_at < night_of(cursor.agreement_number, now)
    full = full or cursor.wanted == "full" or is_due
    # What was noted stays true until the record is written anew, or everything is read.
    notes = () if full or cursor.run is None else cursor.run.notes
    since = None if full else cursor.since()
    run = Run(run_id, RunState.RUNNING, now, full, since=since, notes=notes, updated_at=now, basis=basis)
    return replace(cursor, run=run, wanted=None)

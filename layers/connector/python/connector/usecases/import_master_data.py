"""A whole register from the ERP into Smartday: list ids → slices in ascending id → checkpoint (design 4.10).

A run can stop anywhere: the list is read again and the run goes on after its checkpoint, so at most one
slice is written twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.domain.integration import Integration
from connector.domain.lease import LEASE_MARGIN
from connector.domain.stream import IMPORT_LEASE, Cursor, Run, RunState, Stream
from connector.errors import CredentialsRejected, Refused, RetryLater, Stale, Throttled
from connector.ports import Clock, ConnectErp, ConnectFieldService, Erp, FieldService, StreamQueue, Wait
from connector.stores import BindingStore, CursorStore, IntegrationStore
from connector.usecases.import_slice import (
    CUSTOMERS,
    PRODUCTS,
    SLICE,
    Listing,
    Part,
    R,
    Register,
    listing,
    read_slice,
    write_part,
)
from connector.usecases.reject_credentials import reject_credentials

IMPORTED = (Stream.CUSTOMERS, Stream.PRODUCTS)
"""The streams of this use case, in the order that they are queued (contract smartday 5, no. 13)."""

PROGRESS_EVERY = timedelta(seconds=2)
"""People watch the run: its row is never older than this while it writes."""

HAND_OVER = timedelta(seconds=60)
"""A slice isn't begun with less time left than this; the run goes on in the next message."""

WRITE_NEEDS = timedelta(seconds=35)
"""Nor is a write: the call itself (contract smartday 4.10), and what came of it to be written down."""

RETRY_AFTER = timedelta(seconds=60)
"""When a side gives no time itself."""


@dataclass(frozen=True, slots=True)
class ImportPorts:
    """What importing needs."""

    clock: Clock
    wait: Wait
    integrations: IntegrationStore
    bindings: BindingStore
    cursors: CursorStore
    queue: StreamQueue
    erp: ConnectErp
    field_service: ConnectFieldService


class _HandOver(Exception):
    """The time is used up, or the pace says wait: the run goes on in a message after `delay`."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"goes on in {delay}")
        self.delay = delay


class _Stopped(Exception):
    """The integration isn't active any more, or works in another ERP company."""


def import_master_data(
    ports: ImportPorts, agreement_number: str, stream: Stream, full: bool, owner: str, deadline: datetime
) -> Run | None:
    """Run, or go on with, one pass over a register; gives the run as it was left.

    None when the integration isn't active or another import of it runs: that one queues this stream
    when it ends. `full` reads everything, whatever the cursor says. Raises only for bugs and when our
    own stores can't be reached: then the message comes again.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        return None
    if not _take_lease(ports, agreement_number, owner, deadline):
        _ask_for_later(ports, agreement_number, stream, full)
        return None
    try:
        return _Pass(ports, integration, stream, deadline).run(owner, full)
    finally:
        _release(ports, agreement_number, owner)


def amend(
    cursors: CursorStore, agreement_number: str, stream: Stream, change: Callable[[Cursor], Cursor]
) -> Cursor:
    """Change a cursor, again when somebody else wrote first; writes nothing when nothing changes."""
    for _ in range(10):
        cursor = cursors.get(agreement_number, stream) or Cursor(agreement_number, stream)
        changed = change(cursor)
        if changed == cursor:
            return cursor
        try:
            return cursors.save(changed)
        except Stale:
            continue
    raise RetryLater("cursor_contended")


def _take_lease(ports: ImportPorts, agreement_number: str, owner: str, deadline: datetime) -> bool:
    def take(cursor: Cursor) -> Cursor:
        if cursor.is_leased(ports.clock()):
            return cursor
        return replace(cursor, lease_owner=owner, lease_until=deadline + LEASE_MARGIN)

    return amend(ports.cursors, agreement_number, IMPORT_LEASE, take).lease_owner == owner


def _release(ports: ImportPorts, agreement_number: str, owner: str) -> None:
    """Give up the lease and queue what was asked for meanwhile."""

    def release(cursor: Cursor) -> Cursor:
        mine = cursor.lease_owner == owner
        return replace(cursor, lease_owner=None, lease_until=None) if mine else cursor

    amend(ports.cursors, agreement_number, IMPORT_LEASE, release)
    for stream in IMPORTED:
        cursor = ports.cursors.get(agreement_number, stream)
        if cursor is not None and cursor.wanted is not None:
            ports.queue.send(agreement_number, stream, cursor.wanted == "full")


def _ask_for_later(ports: ImportPorts, agreement_number: str, stream: Stream, full: bool) -> None:
    wanted = "full" if full else "incremental"
    amend(
        ports.cursors,
        agreement_number,
        stream,
        lambda cursor: replace(cursor, wanted="full" if cursor.wanted == "full" else wanted),
    )
    lease = ports.cursors.get(agreement_number, IMPORT_LEASE)
    if lease is None or not lease.is_leased(ports.clock()):
        ports.queue.send(agreement_number, stream, full)


class _Pass:
    """One invocation's part of a run; `state` is the run as last stored or about to be."""

    def __init__(
        self, ports: ImportPorts, integration: Integration, stream: Stream, deadline: datetime
    ) -> None:
        self.ports = ports
        self.integration = integration
        self.number = integration.agreement_number
        self.stream = stream
        self.deadline = deadline
        self.saved_at = ports.clock()
        self.state = Run("", RunState.RUNNING, self.saved_at)
        self.watermark: datetime | None = None

    def run(self, owner: str, full: bool) -> Run:
        """Open the run or go on with it, and read on until the end, the deadline or a fault."""
        now = self.ports.clock()
        basis = self.integration.erp_company.id
        cursor = amend(
            self.ports.cursors, self.number, self.stream, lambda one: open_run(one, owner, full, now, basis)
        )
        self.state, self.watermark = cursor.run or self.state, cursor.watermark
        try:
            self._read()
        except _Stopped:
            self._store()
        except _HandOver as over:
            self._go_on_later(None, over.delay)
        except RetryLater as error:
            self._go_on_later(error.reason, _wait(error, self.ports.clock()))
        except (CredentialsRejected, Refused) as error:
            self._finish(RunState.FAILED, f"{error.side}_{error.code}")
            if isinstance(error, CredentialsRejected):
                reject_credentials(self.ports.integrations, self.integration)
        return self.state

    def _read(self) -> None:
        if self.stream is Stream.CUSTOMERS:
            self._read_slices(CUSTOMERS)
        else:
            self._read_slices(PRODUCTS)

    def _read_slices(self, register: Register[R]) -> None:
        erp, service = self.ports.erp(self.number), self.ports.field_service(self.number)
        self._go_ahead(erp, service, HAND_OVER)
        changes = register.changes(erp, self.state.since)
        listed = listing(changes)
        left = sorted(one for one in listed.changes if one > self.state.checkpoint)
        self.state = replace(
            self.state,
            source_clock=self.state.source_clock or changes.source_clock,
            total=self.state.seen + len(left),
            error=None,
        )
        self._store()
        for start in range(0, len(left), SLICE):
            self._go_ahead(erp, service, HAND_OVER)
            self._do_slice(register, left[start : start + SLICE], listed, erp, service)
        self._finish(RunState.FINISHED, None)

    def _do_slice(
        self, register: Register[R], ids: list[int], listed: Listing, erp: Erp, service: FieldService
    ) -> None:
        for part in read_slice(register, self.number, ids, listed, erp, self.ports.bindings):
            if part.fresh:
                self._go_ahead(erp, service, WRITE_NEEDS)
            rejected = write_part(register, self.number, part, service, self.ports.bindings)
            self.state = _with(self.state, part, rejected)
        self._store()

    def _go_ahead(self, erp: Erp, service: FieldService, needs: timedelta) -> None:
        """Before each call: show progress, see whether it is still wanted, keep both sides' pace."""
        now = self.ports.clock()
        if now - self.saved_at >= PROGRESS_EVERY:
            self._store()
        current = self.ports.integrations.get(self.number)
        if current is None or not current.is_active or current.erp_company != self.integration.erp_company:
            raise _Stopped
        go_at = max(erp.pace().import_may_go_at(now), service.pace().import_may_go_at(now))
        if self.deadline - go_at < needs:
            raise _HandOver(go_at - now)
        if go_at > now:
            self.ports.wait(go_at - now)

    def _finish(self, state: RunState, error: str | None) -> None:
        """End the run; only a completed pass moves the watermark, and only by the source's times."""
        self.state = replace(self.state, state=state, error=error, finished_at=self.ports.clock())
        largest, clock = self.state.largest_change, self.state.source_clock
        if state is RunState.FINISHED and largest is not None and clock is not None:
            read_to = min(largest, clock)
            self.watermark = max(read_to, self.watermark or read_to)
        self._store()

    def _go_on_later(self, error: str | None, delay: timedelta) -> None:
        """The message asks for no full pass: when the run is done before it comes, none is begun."""
        self.state = replace(self.state, error=error)
        self._store()
        self.ports.queue.send(self.number, self.stream, False, delay)

    def _store(self) -> None:
        run, watermark = self.state, self.watermark
        amend(
            self.ports.cursors,
            self.number,
            self.stream,
            lambda cursor: replace(cursor, run=run, watermark=watermark),
        )
        self.saved_at = self.ports.clock()


def open_run(cursor: Cursor, run_id: str, full: bool, now: datetime, basis: str) -> Cursor:
    """Go on with the unfinished run, else begin one; a full pass asked for meanwhile stays wanted.

    `basis` is the ERP company's id: ids, checkpoint and times of another company mean nothing.
    """
    cursor = cursor.resting_on(basis)
    if cursor.run is not None and cursor.run.state is RunState.RUNNING:
        waits = (full or cursor.wanted == "full") and not cursor.run.full
        return replace(cursor, wanted="full" if waits else None)
    full = full or cursor.wanted == "full"
    since = None if full else cursor.since()
    run = Run(run_id, RunState.RUNNING, started_at=now, full=full or since is None, since=since)
    return replace(cursor, run=run, wanted=None)


def _with(run: Run, part: Part[R], rejected: int) -> Run:
    return replace(
        run,
        checkpoint=part.checkpoint,
        largest_change=max(part.newest, run.largest_change or part.newest),
        seen=run.seen + part.seen,
        written=run.written + len(part.fresh) - rejected,
        unchanged=run.unchanged + part.unchanged,
        set_aside=run.set_aside + part.set_aside,
        rejected=run.rejected + rejected,
    )


def _wait(error: RetryLater, now: datetime) -> timedelta:
    if isinstance(error, Throttled):
        return max(error.until - now, timedelta(0))
    return error.after or RETRY_AFTER

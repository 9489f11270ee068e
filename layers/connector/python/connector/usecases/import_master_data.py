"""A whole register from the ERP into Smartday: list ids → slices in ascending id → checkpoint (design 4.10).

A run can stop anywhere: the list is read again and the run goes on after its checkpoint, so at most one
slice is written twice.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from connector.domain.integration import Integration
from connector.domain.lease import LEASE_MARGIN
from connector.domain.master_data import Change
from connector.domain.stream import IMPORT_LEASE, Cursor, Run, RunState, Stream
from connector.errors import CredentialsRejected, RetryLater, Stale
from connector.ports import (
    BindingStore,
    Changes,
    Clock,
    ConnectErp,
    ConnectFieldService,
    CursorStore,
    Erp,
    FieldService,
    IntegrationStore,
    StreamQueue,
    Wait,
)
from connector.usecases.import_slice import CUSTOMERS, PRODUCTS, SLICE, Tally, import_slice
from connector.usecases.reject_credentials import reject_credentials

IMPORTED = (Stream.CUSTOMERS, Stream.PRODUCTS)
"""The streams of this use case, in the order that they are queued (contract smartday 5, no. 13)."""

PROGRESS_EVERY = timedelta(seconds=2)
"""People watch the run: its row is never older than this while it writes."""

HAND_OVER = timedelta(seconds=60)
"""A slice isn't begun with less time left than this; the run goes on in the next message."""

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
        cursor = amend(
            self.ports.cursors, self.number, self.stream, lambda one: open_run(one, owner, full, now)
        )
        self.state, self.watermark = cursor.run or self.state, cursor.watermark
        try:
            self._read_slices()
        except _HandOver as over:
            self._go_on_later(None, over.delay)
        except RetryLater as error:
            self._go_on_later(error.reason, error.after or RETRY_AFTER)
        except CredentialsRejected as error:
            self._finish(RunState.FAILED, f"{error.side}_{error.code}")
            reject_credentials(self.ports.integrations, self.integration)
        return self.state

    def _read_slices(self) -> None:
        erp, service = self.ports.erp(self.number), self.ports.field_service(self.number)
        customers = self.stream is Stream.CUSTOMERS
        changes = (CUSTOMERS if customers else PRODUCTS).changes(erp, self.state.since)
        taken = _carried_twice(changes)
        left = sorted(
            (one for one in changes.entries if one.id > self.state.checkpoint), key=lambda one: one.id
        )
        self.state = replace(
            self.state,
            source_clock=self.state.source_clock or changes.source_clock,
            total=self.state.seen + len(left),
        )
        self._store()
        for start in range(0, len(left), SLICE):
            if self.deadline - self.ports.clock() < HAND_OVER:
                raise _HandOver(timedelta(0))
            slice_ = {one.id: one for one in left[start : start + SLICE]}
            before_write = partial(self._before_write, erp, service)
            common = (self.number, slice_, taken, erp, service, self.ports.bindings, before_write)
            tally = import_slice(CUSTOMERS, *common) if customers else import_slice(PRODUCTS, *common)
            self._end_slice(slice_, tally)
        self._finish(RunState.FINISHED, None)

    def _before_write(self, erp: Erp, service: FieldService, tally: Tally) -> None:
        """Show progress, and keep the pace that both sides ask for."""
        now = self.ports.clock()
        if now - self.saved_at >= PROGRESS_EVERY:
            self._store(_added(self.state, tally))
        go_at = max(erp.pace().import_may_go_at(now), service.pace().import_may_go_at(now))
        if self.deadline - go_at < HAND_OVER / 2:
            raise _HandOver(max(go_at - now, timedelta(0)))
        if go_at > now:
            self.ports.wait(go_at - now)

    def _end_slice(self, slice_: dict[int, Change], tally: Tally) -> None:
        newest = max(one.changed_at for one in slice_.values())
        largest = max(newest, self.state.largest_change or newest)
        self.state = replace(_added(self.state, tally), checkpoint=max(slice_), largest_change=largest)
        self._store()

    def _finish(self, state: RunState, error: str | None) -> None:
        """End the run; only a completed pass moves the watermark, and only by the source's times."""
        self.state = replace(self.state, state=state, error=error, finished_at=self.ports.clock())
        times = [self.state.largest_change, self.state.source_clock]
        if state is RunState.FINISHED and self.state.largest_change is not None:
            read_to = min(one for one in times if one is not None)
            self.watermark = max(read_to, self.watermark or read_to)
        self._store()

    def _go_on_later(self, error: str | None, delay: timedelta) -> None:
        self.state = replace(self.state, error=error)
        self._store()
        self.ports.queue.send(self.number, self.stream, self.state.full, delay)

    def _store(self, shown: Run | None = None) -> None:
        """Store the run; `shown` is what people see of a slice that isn't done yet."""
        run, watermark = shown or self.state, self.watermark
        amend(
            self.ports.cursors,
            self.number,
            self.stream,
            lambda cursor: replace(cursor, run=run, watermark=watermark),
        )
        self.saved_at = self.ports.clock()


def open_run(cursor: Cursor, run_id: str, full: bool, now: datetime) -> Cursor:
    """Go on with the unfinished run, else begin one; a full pass asked for meanwhile stays wanted."""
    if cursor.run is not None and cursor.run.state is RunState.RUNNING:
        waits = (full or cursor.wanted == "full") and not cursor.run.full
        return replace(cursor, wanted="full" if waits else None)
    full = full or cursor.wanted == "full"
    since = None if full else cursor.since()
    run = Run(run_id, RunState.RUNNING, started_at=now, full=full or since is None, since=since)
    return replace(cursor, run=run, wanted=None)


def _added(run: Run, tally: Tally) -> Run:
    return replace(
        run,
        seen=run.seen + tally.seen,
        written=run.written + tally.written,
        unchanged=run.unchanged + tally.unchanged,
        set_aside=run.set_aside + tally.set_aside,
        rejected=run.rejected + tally.rejected,
    )


def _carried_twice(changes: Changes) -> frozenset[str]:
    """Numbers that several records carry; an empty number is set aside by the mapping."""
    counts = Counter(one.number for one in changes.entries)
    return frozenset(number for number, count in counts.items() if count > 1)

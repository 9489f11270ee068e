"""A whole register from the ERP into Smartday: list ids → slices in ascending id → checkpoint (design 4.10).

A run can stop anywhere: the list is read again and the run goes on after its checkpoint, so at most one
slice is written twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from connector.domain.integration import Integration
from connector.domain.matches import MatchReview
from connector.domain.stream import Run, RunState, Stream, with_notes
from connector.errors import CredentialsRejected, Refused, RetryLater, Throttled
from connector.ports import (
    Clock,
    ConnectErp,
    ConnectFieldService,
    Erp,
    FieldService,
    StreamQueue,
    TaskQueue,
    Wait,
)
from connector.stores import BindingStore, CursorStore, IntegrationStore, MatchStore, TaskStore
from connector.usecases.import_slice import (
    CUSTOMERS,
    PRODUCTS,
    SLICE,
    Listing,
    Part,
    R,
    Register,
    bind_part,
    listing,
    read_slice,
    write_part,
)
from connector.usecases.import_turn import (
    HandOver,
    amend,
    ask_for_turn,
    basis_of,
    end_turn,
    is_written,
    open_run,
    take_turn,
)
from connector.usecases.match_registers import Matching, is_waiting, may_write, review_of
from connector.usecases.reject_credentials import reject_credentials
from connector.usecases.release_waiting import (
    ReleasePorts,
    release_all_bound,
    release_bound,
    release_overlooked,
    release_unread,
)

PROGRESS_EVERY = timedelta(seconds=2)
"""People watch the run: its row is never older than this while it writes."""

HAND_OVER = timedelta(seconds=60)
"""A slice isn't begun with less time left than this; the run goes on in the next message."""

WRITE_NEEDS = timedelta(seconds=35)
"""Nor is a write: the call itself (contract smartday 4.10), and what came of it to be written down."""

COMPARING_TIME = timedelta(minutes=4)
"""Two registers that can't be compared in this time can't be in any invocation."""

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
    tasks: TaskStore
    task_queue: TaskQueue
    matches: MatchStore

    @property
    def releasing(self) -> ReleasePorts:
        """What releasing held tasks needs."""
        return ReleasePorts(self.clock, self.tasks, self.task_queue)


class _Stopped(Exception):
    """The integration isn't active any more, or the import rests on something else (`basis_of`)."""


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
    if not take_turn(ports.cursors, agreement_number, owner, ports.clock, deadline):
        ask_for_turn(ports.cursors, ports.queue, agreement_number, stream, full, ports.clock)
        return None
    try:
        return _Pass(ports, integration, stream, deadline).run(owner, full)
    finally:
        end_turn(ports.cursors, ports.queue, agreement_number, owner)


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
        self.basis = basis_of(integration, stream)
        self.is_written = is_written(integration, stream)
        self.begun_at = self.saved_at = ports.clock()
        self.full_asked = False
        self.state = Run("", RunState.RUNNING, self.saved_at)
        self.watermark: datetime | None = None

    def run(self, owner: str, full: bool) -> Run:
        """Open the run or go on with it, and read on until the end, the deadline or a fault."""
        now, basis = self.ports.clock(), self.basis
        cursor = amend(
            self.ports.cursors, self.number, self.stream, lambda one: open_run(one, owner, full, now, basis)
        )
        self.state, self.watermark, self.full_asked = cursor.run or self.state, cursor.watermark, full
        try:
            release_overlooked(self.ports.releasing, self.integration)
            self._read()
        except _Stopped:
            self._store()
        except HandOver as over:
            self._go_on_later(None, over.delay)
        except RetryLater as error:
            self._go_on_later(error.reason, _wait(error, self.ports.clock()))
        except (CredentialsRejected, Refused) as error:
            self._finish(RunState.FAILED, f"{error.side}_{error.code}")
            if isinstance(error, CredentialsRejected):
                reject_credentials(self.ports.integrations, self.integration, error, self.ports.clock())
        return self.state

    def _read(self) -> None:
        if self.stream is Stream.CUSTOMERS:
            self._read_register(CUSTOMERS)
        else:
            self._read_register(PRODUCTS)

    def _read_register(self, register: Register[R]) -> None:
        review = review_of(self.ports.matches, self.number, self.stream, self.basis)
        if not self.full_asked and is_waiting(review, self.integration.settings.confirm_matches):
            return self._hold()
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
        if not self._may_write(register, review, listed, erp, service):
            return self._hold()
        for start in range(0, len(left), SLICE):
            self._go_ahead(erp, service, HAND_OVER)
            self._do_slice(register, left[start : start + SLICE], listed, erp, service)
        is_first = self.watermark is None
        self._finish(RunState.FINISHED, None)
        release_all_bound(self.ports.releasing, self.ports.bindings, self.number, register.kind)
        if is_first:
            release_unread(self.ports.releasing, self.number, register.kind)
        return None

    def _may_write(
        self, register: Register[R], review: MatchReview, listed: Listing, erp: Erp, service: FieldService
    ) -> bool:
        """Only the first pass of a register has to be compared before."""
        if not self.is_written or self.watermark is not None:
            return True
        in_use = {erp_id: change.active for erp_id, change in listed.changes.items()}
        go_ahead = partial(self._go_ahead, erp, service, HAND_OVER)
        has_full_time = self.deadline - self.begun_at >= COMPARING_TIME
        return may_write(
            Matching(register, erp, service, in_use, go_ahead),
            self.ports.matches,
            review,
            self.integration.settings.confirm_matches,
            self.ports.clock,
            has_full_time,
        )

    def _hold(self) -> None:
        """Until a person has confirmed the match report, or asks for a full pass."""
        self._finish(RunState.HELD, "matches_unconfirmed")

    def _do_slice(
        self, register: Register[R], ids: list[int], listed: Listing, erp: Erp, service: FieldService
    ) -> None:
        bindings = self.ports.bindings
        for part in read_slice(register, self.number, ids, listed, erp, bindings, self.is_written):
            if part.fresh and self.is_written:
                self._go_ahead(erp, service, WRITE_NEEDS)
                rejected = write_part(register, self.number, part, service, bindings, self._check_company)
                self.state = _with(self.state, part, rejected)
            else:
                bind_part(self.number, part, bindings)
                self.state = _with(self.state, part.unwritten(), 0)
            release_bound(self.ports.releasing, self.number, register.kind, part.freed)
        self._store()

    def _go_ahead(self, erp: Erp, service: FieldService, needs: timedelta) -> None:
        """Before each call: show progress, see whether it is still wanted, keep both sides' pace."""
        now = self.ports.clock()
        if now - self.saved_at >= PROGRESS_EVERY:
            self._store()
        self._check_wanted()
        go_at = max(erp.pace().import_may_go_at(now), service.pace().import_may_go_at(now))
        if self.deadline - go_at < needs:
            raise HandOver(go_at - now)
        if go_at > now:
            self.ports.wait(go_at - now)

    def _check_company(self) -> None:
        current = self.ports.integrations.get(self.number)
        if current is None or current.erp_company != self.integration.erp_company:
            raise _Stopped

    def _check_wanted(self) -> None:
        current = self.ports.integrations.get(self.number)
        if current is None or not current.is_active or basis_of(current, self.stream) != self.basis:
            raise _Stopped

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
        notes=with_notes(run.notes, part.numbers, part.notes),
    )


def _wait(error: RetryLater, now: datetime) -> timedelta:
    if isinstance(error, Throttled):
        return max(error.until - now, timedelta(0))
    return error.after or RETRY_AFTER

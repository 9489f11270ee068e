"""The state of one pass as people and the next invocation see it: stored often, moved on only by what is
settled; and the checks before each call to a side.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.domain.binding import Binding, Kind
from connector.domain.import_result import Result
from connector.domain.integration import Integration
from connector.domain.stream import Cursor, Run, RunState, Stream, with_notes
from connector.errors import RetryLater, Throttled
from connector.ports import (
    Clock,
    ConnectErp,
    ConnectFieldService,
    Erp,
    FieldService,
    StreamQueue,
    TaskQueue,
    Together,
    Wait,
)
from connector.stores import (
    BindingStore,
    CursorStore,
    ImportResultStore,
    IntegrationStore,
    MatchStore,
    TaskStore,
)
from connector.usecases.import_registers import R
from connector.usecases.import_slice import Part
from connector.usecases.import_turn import HandOver, amend, basis_of, is_written, open_run, run_id_of
from connector.usecases.import_write import Written
from connector.usecases.release_waiting import ReleasePorts

PROGRESS_EVERY = timedelta(seconds=2)
"""People watch the run: its row is never older than this while records are read and written."""

RETRY_AFTER = timedelta(seconds=60)
"""When a side gives no time itself."""

RESULTS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ImportPorts:
    """What importing needs."""

    clock: Clock
    wait: Wait
    together: Together
    integrations: IntegrationStore
    bindings: BindingStore
    cursors: CursorStore
    results: ImportResultStore
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


class Stopped(Exception):
    """The integration isn't active any more, or the import rests on something else (`basis_of`)."""


class Pass:
    """One invocation's part of a run; `cursor` is as last stored, but for `run`, which is about to be."""

    def __init__(
        self, ports: ImportPorts, integration: Integration, stream: Stream, deadline: datetime
    ) -> None:
        self.ports = ports
        self.integration = integration
        self.number = integration.agreement_number
        self.stream = stream
        self.deadline = deadline
        self.is_written = is_written(integration, stream)
        self.begun_at = self.saved_at = ports.clock()
        self.erp: Erp = ports.erp(self.number)
        self.service: FieldService = ports.field_service(self.number)
        self.basis = basis_of(integration, stream)
        self.cursor = Cursor(self.number, stream)
        self.run = Run("", RunState.RUNNING, self.begun_at)
        self._results: list[Result] = []
        self._place = 0
        self._is_redone = False

    def open(self, owner: str, full: bool) -> None:
        """Begin the run, or go on with the one that a former invocation left."""
        self._bind_what_was_under_way()
        now = self.ports.clock()
        run_id = run_id_of(owner, now)
        self.cursor = amend(
            self.ports.cursors,
            self.number,
            self.stream,
            lambda cursor: open_run(cursor, run_id, full, now, self.basis),
        )
        self.run = self.cursor.run or self.run
        self._is_redone = self.run.run_id != run_id
        self._place = self.run.checkpoint

    def _bind_what_was_under_way(self) -> None:
        """New records that a former invocation sent without living to see the answer: not for orders yet."""
        cursor = self.ports.cursors.get(self.number, self.stream)
        run = cursor.run if cursor else None
        if run is None or run.basis != self.basis or not run.under_way:
            return
        kind, ids = Kind(self.stream.value), dict(run.under_way)
        bound = self.ports.bindings.get(self.number, kind, ids)
        left = [Binding(kind, one, erp_id, blocked=True) for one, erp_id in ids.items() if one not in bound]
        self.ports.bindings.put(self.number, left)

    def sending(self, new: Collection[Binding]) -> None:
        """Remember new records before they are sent; inactive ones need no care."""
        under_way = tuple((one.number, one.erp_id) for one in new if one.active)
        if under_way:
            self.run = replace(self.run, under_way=under_way)
            self.store()

    def go_ahead(self, needs: timedelta) -> None:
        """Before each call: show progress, see whether it is still wanted, keep both sides' pace.

        Raises `HandOver` when less than `needs` of the invocation would be left, `Stopped`.
        """
        self.tick()
        self._check_wanted()
        now = self.ports.clock()
        go_at = max(self.erp.pace().import_may_go_at(now), self.service.pace().import_may_go_at(now))
        if self.deadline - go_at < needs:
            raise HandOver(go_at - now)
        if go_at > now:
            self.store()  # a wait may take a minute, in which nobody else tells what is done
            self.ports.wait(go_at - now)
            self._check_wanted()

    def tick(self) -> None:
        """Show progress when it is time."""
        if self.ports.clock() - self.saved_at >= PROGRESS_EVERY:
            self.store()

    def check_company(self) -> None:
        """Raises `Stopped` when the ids that were read are another company's by now."""
        current = self.ports.integrations.get(self.number)
        if current is None or current.erp_company != self.integration.erp_company:
            raise Stopped

    def settle(self, done: Written[R]) -> None:
        """Everything up to the part's checkpoint is written, equal or set aside."""
        part: Part[R] = done.part
        run = self.run
        self.run = replace(
            run,
            checkpoint=part.checkpoint,
            largest_change=max(part.newest, run.largest_change or part.newest),
            seen=run.seen + part.seen,
            written=run.written + len(part.fresh) - len(done.rejected),
            unchanged=run.unchanged + part.unchanged,
            set_aside=run.set_aside + len(part.aside),
            rejected=run.rejected + len(done.rejected),
            notes=with_notes(run.notes, part.numbers, part.notes),
        )
        self.keep((*part.aside, *done.rejected))

    def keep(self, results: Iterable[Result]) -> None:
        """Results of single records, stored with the next progress."""
        self._results += results

    def count_deactivated(self, gone: Collection[Binding], refused: Collection[Result]) -> None:
        """These were made inactive in Smartday, but for those that it refused."""
        self.run = replace(self.run, deactivated=self.run.deactivated + len(gone) - len(refused))

    def count_refused(self, refused: Collection[Result]) -> None:
        """Smartday refused to make these inactive."""
        self.run = replace(self.run, rejected=self.run.rejected + len(refused))
        self.keep(refused)

    def hold_for_matches(self) -> None:
        """Until a person has confirmed the match report, or asks for a full pass."""
        self.finish(RunState.HELD, "matches_unconfirmed")

    def finish(
        self,
        state: RunState,
        error: str | None = None,
        end: Callable[[Cursor], Cursor] = lambda cursor: cursor,
    ) -> None:
        """End the run; `end` says what else becomes of the cursor."""
        under_way = self.run.under_way if state is RunState.FAILED else ()
        self.run = replace(
            self.run, state=state, error=error, finished_at=self.ports.clock(), under_way=under_way
        )
        self.store(end)

    def finish_whole(self, state: RunState, error: str | None = None) -> None:
        """End a run that read its list to the end: only that moves the watermark, and only by the source's
        times.
        """
        used = self.cursor.confirmed

        def end(cursor: Cursor) -> Cursor:
            cursor = replace(cursor, watermark=_read_to(cursor.watermark, self.run))
            if not self.run.full:
                return cursor
            held = self.run if state is RunState.HELD else None
            confirmed = 0 if cursor.confirmed == used else cursor.confirmed
            return replace(cursor, full_at=self.run.started_at, held=held, confirmed=confirmed)

        self.finish(state, error, end)

    def go_on_later(self, error: str | None, delay: timedelta) -> None:
        """The message asks for no full pass: when the run is done before it comes, none is begun."""
        self.run = replace(self.run, error=error)
        self.store()
        self.ports.queue.send(self.number, self.stream, False, delay)

    def wait_of(self, error: RetryLater) -> timedelta:
        """How long to stay away after it."""
        if isinstance(error, Throttled):
            return max(error.until - self.ports.clock(), timedelta(0))
        return error.after or RETRY_AFTER

    def store(self, end: Callable[[Cursor], Cursor] = lambda cursor: cursor) -> None:
        """Results first: what the stored run counts can be looked up. They are kept by the checkpoint after
        which they were found, so a part that is done again replaces them, even with none.
        """
        now = self.ports.clock()
        is_left = self.run.checkpoint != self._place or self.run.state is not RunState.RUNNING
        if self._results or (self._is_redone and is_left):
            expires_at = now + RESULTS_KEPT
            self.ports.results.put(
                self.number, self.stream, self.run.run_id, self._place, self._results, expires_at
            )
        self.run = replace(self.run, updated_at=now)
        self.cursor = amend(
            self.ports.cursors, self.number, self.stream, lambda cursor: end(replace(cursor, run=self.run))
        )
        if self.run.checkpoint != self._place:
            self._results, self._place, self._is_redone = [], self.run.checkpoint, False
        self.saved_at = self.ports.clock()

    def _check_wanted(self) -> None:
        current = self.ports.integrations.get(self.number)
        if current is None or not current.is_active or basis_of(current, self.stream) != self.basis:
            raise Stopped


def _read_to(watermark: datetime | None, run: Run) -> datetime | None:
    """The smaller of the newest change seen and the source's clock; never back."""
    if run.largest_change is None or run.source_clock is None:
        return watermark
    read_to = min(run.largest_change, run.source_clock)
    return max(read_to, watermark or read_to)

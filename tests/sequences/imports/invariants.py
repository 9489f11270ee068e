"""What must hold at every step of an import. What must hold at the end stands in `endings`."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from connector.domain.binding import Binding, Kind
from connector.domain.import_result import Outcome
from connector.domain.master_data import Customer
from connector.domain.master_data_mapping import Mapped, fingerprint
from connector.domain.stream import IMPORT_LEASE, Cursor, Run, RunState, Stream
from tests.builders import AGREEMENT
from tests.sequences.imports.sides import Written
from tests.sequences.imports.world import Found, World, kind_of
from tests.sequences.steps import Process
from tests.sequences.story import Violation

SENT_PER_TROUBLE = 2
"""A record is sent once more at once, when it was locked or its batch wasn't answered."""

IMPORTED = (Stream.CUSTOMERS, Stream.PRODUCTS)


class Watch:
    """Sees every step of a world. `retired` counts by run what Smartday was asked to make inactive;
    `full_runs` are the latest full passes that ended.
    """

    def __init__(self, world: World, slice_size: int) -> None:
        self.world = world
        self.slice_size = slice_size
        self.retired: dict[str, set[str]] = defaultdict(set)
        self.full_runs: dict[Stream, Run] = {}
        self.settled: dict[tuple[Stream, int], datetime] = {}
        self._told: set[str] = set()
        self._listed_at: dict[str, datetime] = {}
        self._sent: Counter[tuple[str, str, str]] = Counter()
        self._sent_by: dict[str, dict[tuple[str, Kind, str], Written]] = defaultdict(dict)
        self._sealed: dict[tuple[str, Kind, str], str] = {}
        self._troubles_before: dict[str, int] = {}
        steps = world.steps
        for register in IMPORTED:
            steps.before |= {
                f"erp.changed_{register}": self._lists,
                f"smartday.upsert_{register}": self._sends,
                f"smartday.retire_{register}": partial(self._retires, register),
            }
        steps.after |= {"results.put": self._results_put, "cursors.save": self._cursor_saved}
        world.bindings.on_put = self._bound
        world.fallen = self._fallen

    def is_read_since(self, night: datetime) -> bool:
        """True when both registers were read whole."""
        runs = [self.full_runs.get(stream) for stream in IMPORTED]
        return all(run is not None and run.started_at >= night for run in runs)

    # What is sent to Smartday

    def _lists(self, process: Process, arguments: tuple[Any, ...]) -> None:
        if process.name not in self._listed_at:
            self._listed_at[process.name] = self.world.now()
            self.world.steps.tell(process.name, f"asks what changed since {arguments[0]}")

    def _sends(self, process: Process, arguments: tuple[Any, ...]) -> None:
        records: Sequence[Written] = arguments[0]
        self._must_have_the_turn(process)
        kind = Kind.CUSTOMERS if isinstance(records[0], Customer) else Kind.PRODUCTS
        numbers = " ".join(one.external_number for one in records)
        self.world.steps.tell(process.name, f"sends {kind} {numbers}")
        run_id = self._run_id(kind)
        for record in records:
            number, digest = record.external_number, fingerprint(record)
            if self._sealed.get((run_id, kind, number)) == digest:
                raise Violation(f"{number} is sent again though it was written and bound in this run")
            self._sent[run_id, number, digest] += 1
            most = SENT_PER_TROUBLE * (1 + self._troubles(run_id))
            if self._sent[run_id, number, digest] > most:
                raise Violation(f"{number} is sent {most + 1} times in one run, unchanged")
            self._sent_by[process.name][run_id, kind, number] = record

    def _retires(self, stream: Stream, process: Process, arguments: tuple[Any, ...]) -> None:
        self._must_have_the_turn(process)
        numbers: Sequence[str] = arguments[0]
        self.world.steps.tell(process.name, f"makes {stream} {' '.join(numbers)} inactive")
        self.retired[self._run_id(kind_of(stream))] |= set(numbers)
        for number in numbers:
            since = self.world.in_use_since.get((stream, number))
            if since is not None and since < self._listed_at[process.name]:
                raise Violation(f"{number} is made inactive though the ERP has it in use since {since}")

    def _must_have_the_turn(self, process: Process) -> None:
        lease = self.world.cursor(IMPORT_LEASE)
        if lease.lease_owner != process.name or not lease.is_leased(self.world.now()):
            holder = (lease.lease_owner, lease.lease_until)
            raise Violation(f"{process.name} writes to Smartday though it isn't its turn: {holder}")

    def _run_id(self, kind: Kind) -> str:
        run = self.world.cursor(Stream(kind.value)).run
        assert run is not None
        self._troubles_before.setdefault(run.run_id, self.world.weather.met.total())
        return run.run_id

    def _troubles(self, run_id: str) -> int:
        return self.world.weather.met.total() - self._troubles_before[run_id]

    def _fallen(self, worker: str) -> None:
        """What is in Smartday, and isn't remembered to be, will be written again: a slice at most."""
        again = [
            number
            for (run_id, kind, number), record in self._sent_by[worker].items()
            if self.world.smartday.holds.get((kind, number)) == record
            and (run_id, kind, number) not in self._sealed
        ]
        if len(again) > self.slice_size:
            raise Violation(f"{worker} died and left {again} to be written again")

    # What is remembered

    def _bound(self, bindings: Sequence[Binding]) -> None:
        for one in bindings:
            held = self.world.smartday.holds.get((one.kind, one.number))
            stream = Stream(one.kind.value)
            if not one.fingerprint:
                self._sealed.pop((self._run_id(one.kind), one.kind, one.number), None)
                if not one.active and self.world.smartday.has_in_use(one.kind, one.number):
                    raise Violation(f"{one.number} is remembered as inactive, and is in use in Smartday")
                if not one.active and held is not None:
                    self._settle(stream, one.erp_id)
            elif held is None or fingerprint(held) != one.fingerprint:
                raise Violation(f"{one.number} is remembered as written, and Smartday has {held}")
            else:
                self._sealed[self._run_id(one.kind), one.kind, one.number] = one.fingerprint
                self._settle(stream, one.erp_id)

    def _results_put(
        self, process: Process, arguments: tuple[Any, ...], result: object, beyond: bool
    ) -> None:
        _, stream, _, place, results, _ = arguments
        told = " ".join(f"{one.erp_id} {one.code}" for one in results)
        self.world.steps.tell(process.name, f"results at {place}: {told or 'none'}")
        listed_at = self._listed_at.get(process.name, self.world.now())
        for one in results:
            if self.world.seen_since[stream, one.erp_id] < listed_at:
                self._settle(stream, one.erp_id)

    def _settle(self, stream: Stream, erp_id: int) -> None:
        seen_since = self.world.seen_since.get((stream, erp_id))
        if seen_since is not None:
            self.settled[stream, erp_id] = seen_since

    def is_settled(self, stream: Stream, erp_id: int, number: str, found: Found | None) -> bool:
        """True when Smartday has the record as it is, or somebody was told why not."""
        kind, smartday = kind_of(stream), self.world.smartday
        if self.settled.get((stream, erp_id)) == self.world.seen_since[stream, erp_id]:
            return True
        if found is None:
            return not smartday.has_in_use(kind, number)
        return isinstance(found, Mapped) and smartday.holds.get((kind, number)) == found.record

    # How far a register is read

    def _cursor_saved(self, process: Process, arguments: tuple[Any, ...], cursor: Cursor, _: bool) -> None:
        if cursor.stream not in IMPORTED:
            return
        self._counts_must_add_up(cursor)
        if cursor.run and cursor.run.full and cursor.run.state in (RunState.FINISHED, RunState.HELD):
            self.full_runs[cursor.stream] = cursor.run
        if cursor.run and cursor.run.state is RunState.FINISHED and cursor.run.run_id not in self._told:
            self._told.add(cursor.run.run_id)
            self.results_must_be_told(cursor.run)
        since = cursor.since()
        if since is None:
            return
        kept = self.world.erp
        changes = kept.customer_changes if cursor.stream is Stream.CUSTOMERS else kept.product_changes
        for erp_id, number, found in self.world.found(cursor.stream):
            at = changes[erp_id].changed_at
            if at <= since and not self.is_settled(cursor.stream, erp_id, number, found):
                raise Violation(f"{cursor.stream} are read to {since}, past {erp_id}, which changed at {at}")

    def results_must_be_told(self, run: Run) -> None:
        """What the run counts can be looked up, record by record."""
        results = self.world.results.page(AGREEMENT, run.run_id, None).results
        outcomes = Counter(one.outcome for one in results)
        if (outcomes[Outcome.SET_ASIDE], outcomes[Outcome.REJECTED]) != (run.set_aside, run.rejected):
            told = " ".join(f"{one.erp_id} {one.outcome}" for one in results)
            raise Violation(f"{run.set_aside} set aside and {run.rejected} rejected, and told are {told}")

    def _counts_must_add_up(self, cursor: Cursor) -> None:
        run = cursor.run
        if run is None:
            return
        counted = run.written + run.unchanged + run.set_aside + run.rejected + run.deactivated
        most = len(self.retired[run.run_id]) if run.full else 0
        if not run.seen <= counted <= run.seen + most:
            raise Violation(f"the counts don't add up: {run}, {self.retired[run.run_id]} were retired")

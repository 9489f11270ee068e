"""How far a stream has been read, and the run that is reading it (design 4.10).

All streams share this one cursor and run: customers, products (import) and tasks (poll).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LOOK_BACK = timedelta(minutes=5)
"""The next pass asks this much earlier: the sources' clocks and filters aren't exact (design 4.10)."""


class Stream(StrEnum):
    """A kind of record that is read on a schedule."""

    CUSTOMERS = "customers"
    PRODUCTS = "products"
    TASKS = "tasks"


IMPORT_LEASE = Stream.CUSTOMERS
"""The stream whose cursor holds the lease that all imports of an integration share (design 4.9)."""


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    HELD = "held"


NUMBERS_KEPT = 20
"""So many examples are kept of each note; the count goes on."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is written otherwise than the ERP has it: how often, and the first ones' numbers."""

    code: str
    count: int
    numbers: tuple[str, ...]


def with_notes(
    notes: tuple[Note, ...], written: Collection[str], more: Iterable[tuple[str, str]]
) -> tuple[Note, ...]:
    """The notes after these numbers were written anew: what was said of them before counts no more, `more`
    (code, number) does.
    """
    found = {note.code: note for note in (_without(note, written) for note in notes) if note.count}
    for code, number in more:
        note = found.get(code, Note(code, 0, ()))
        found[code] = Note(code, note.count + 1, (*note.numbers, number)[:NUMBERS_KEPT])
    return tuple(found.values())


def _without(note: Note, written: Collection[str]) -> Note:
    numbers = tuple(number for number in note.numbers if number not in written)
    return Note(note.code, note.count - len(note.numbers) + len(numbers), numbers)


@dataclass(frozen=True, slots=True)
class Run:
    """One pass over a stream, with what became of each record so far.

    `checkpoint` is the last id whose slice is done; `largest_change` the newest change time seen in it;
    `source_clock` the source's own time when the pass began; `since` what the pass asked for (None = all).
    `total` is 0 until the list is read; `absent` counts what is bound but no longer listed, of the `in_use`
    that were bound when the list was read; `deactivated` what was made inactive because the ERP has it no
    longer. `under_way` are numbers and ERP ids of new records that were sent last: until they are bound, only
    this says that Smartday may have them. `basis` is the cursor's when the run began.
    """

    run_id: str
    state: RunState
    started_at: datetime
    full: bool = False
    finished_at: datetime | None = None
    since: datetime | None = None
    source_clock: datetime | None = None
    largest_change: datetime | None = None
    checkpoint: int = 0
    total: int = 0
    seen: int = 0
    written: int = 0
    unchanged: int = 0
    set_aside: int = 0
    rejected: int = 0
    absent: int = 0
    in_use: int = 0
    deactivated: int = 0
    error: str | None = None
    notes: tuple[Note, ...] = ()
    updated_at: datetime | None = None
    basis: str | None = None
    under_way: tuple[tuple[str, int], ...] = ()

    @property
    def unconfirmed(self) -> int:
        """How many a held full pass would have made inactive."""
        return self.absent - self.deactivated

    @property
    def per_second(self) -> float | None:
        """Records settled in a second, waits included; None before there are any."""
        took = ((self.updated_at or self.started_at) - self.started_at).total_seconds()
        return self.seen / took if self.seen and took > 0 else None

    @property
    def time_left(self) -> timedelta | None:
        """How long a running pass still takes when it goes on as it did; None when that can't be told: what
        is made inactive because it is absent has another pace.
        """
        if self.state is not RunState.RUNNING or self.per_second is None or self.unconfirmed:
            return None
        return timedelta(seconds=max(self.total - self.seen, 0) / self.per_second)


@dataclass(frozen=True, slots=True)
class Cursor:
    """One stream of one integration. `watermark` (UTC) is how far it is read, None = never.

    `wanted` is a pass that was asked for while another ran: None, `incremental` or `full`.
    The lease is the right to run; it ends after the process that holds it. Imports have one lease per
    integration, kept on `IMPORT_LEASE`'s cursor. `basis` is what the reading rests on: for imports the
    ERP company, and whether Smartday gets the register; for tasks the integration's start. `full_at` is when
    the last complete full pass began; `held` the full pass that made nothing inactive because it would have
    been too many, and `confirmed` how many a person has since allowed. Who did so last, and when, stays.
    """

    agreement_number: str
    stream: Stream
    watermark: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    wanted: str | None = None
    run: Run | None = None
    revision: int = 0
    basis: str | None = None
    full_at: datetime | None = None
    held: Run | None = None
    confirmed: int = 0
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None

    def resting_on(self, basis: str) -> "Cursor":
        """The same cursor, or, when it was read on another basis, one that begins anew."""
        if self.basis == basis:
            return self
        return replace(self, basis=basis, watermark=None, run=None, full_at=None, held=None, confirmed=0)

    @property
    def shown_run(self) -> Run | None:
        """What people see: a pass that waits for them, unless one is under way."""
        is_running = self.run is not None and self.run.state is RunState.RUNNING
        return self.run if is_running else self.held or self.run

    def knows(self, run_id: str) -> bool:
        """True for the latest run, and for one that is held."""
        return any(one is not None and one.run_id == run_id for one in (self.run, self.held))

    @property
    def is_read(self) -> bool:
        """True once the stream was read to its end, if only to find that nothing is in it."""
        is_finished = self.run is not None and self.run.state is RunState.FINISHED
        return self.watermark is not None or is_finished

    def since(self) -> datetime | None:
        """The change time to ask the source for, look-back included; None = everything."""
        return None if self.watermark is None else self.watermark - LOOK_BACK

    def is_leased(self, now: datetime) -> bool:
        """True while a live process holds the right to run."""
        return self.lease_until is not None and now < self.lease_until

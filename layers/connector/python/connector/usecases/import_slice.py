"""One slice of an import: read the details, map, and tell what is to be written from what is equal.

A slice is cut into parts of one Bridge call, in ascending id, so that a run always knows up to which id
everything is settled.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Generic

from connector.domain.binding import Binding, Kind
from connector.domain.import_result import Outcome, Result
from connector.domain.master_data import Change
from connector.domain.master_data_mapping import NUMBER_LIMIT, Mapped, SetAside, fingerprint
from connector.domain.settings import Settings
from connector.ports import Erp
from connector.usecases.import_registers import BATCH, R, Register

Known = Callable[[Collection[str]], Mapping[str, Binding]]
"""Number → stored binding, for those that exist."""

NumbersOf = Callable[[Collection[int]], Mapping[int, str]]
"""The ERP's id → the number that the list gives it, for those that are listed."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[R]):
    """What the slices of one pass are read with. `twice` are numbers that several listed records carry;
    when nothing `is_written` in Smartday, records are only bound; `notes_all`: what is otherwise in the ERP
    is told of records that are written already too; `watch` is called for each record read.
    """

    register: Register[R]
    erp: Erp
    settings: Settings
    known: Known
    numbers: NumbersOf
    twice: frozenset[str] = frozenset()
    is_written: bool = True
    notes_all: bool = False
    watch: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Candidate(Generic[R]):
    """A mapped record, the binding it gets when Smartday has taken it, and the one it has; `notes` are codes
    of what is otherwise in the ERP.
    """

    record: R
    binding: Binding
    notes: tuple[str, ...] = ()
    stored: Binding | None = None

    @property
    def frees(self) -> bool:
        """Orders may name it from now on, and couldn't before."""
        return self.binding.is_usable and not (self.stored is not None and self.stored.is_usable)


@dataclass(frozen=True, slots=True)
class Part(Generic[R]):
    """At most 100 records to write, and what became of those around them. Once written, everything up to id
    `checkpoint` is settled; `newest` is the latest change time in it. `gone`: what is bound to records that
    the ERP has out of use and gives no longer. `notes`: code and number of what is otherwise in the ERP.
    """

    checkpoint: int
    newest: datetime
    seen: int
    fresh: tuple[Candidate[R], ...]
    aside: tuple[Result, ...]
    gone: tuple[Binding, ...]
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def unchanged(self) -> int:
        """Records that need no writing."""
        return self.seen - len(self.fresh) - len(self.aside) - len(self.gone)

    @property
    def freed(self) -> list[str]:
        """Numbers that orders may name from now on."""
        return [one.binding.number for one in self.fresh if one.frees]

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers that are written."""
        return frozenset(one.binding.number for one in self.fresh)

    def unwritten(self) -> "Part[R]":
        """The same part when nothing of it is to be written after all."""
        return replace(self, fresh=(), notes=())


def read_slice(reading: Reading[R], changes: Sequence[Change]) -> list[Part[R]]:
    """Read and compare at most 1000 listed records, in ascending id; gives what is to be written, or, when
    nothing is written in Smartday, to be bound.

    Raises `RetryLater` when the ERP doesn't answer in full.
    """
    mapped = _read(reading, {one.id: one.active for one in changes})
    missing: list[Change] = [one for one in changes if one.id not in mapped]
    twice = reading.twice | _twice(number_of(one) for one in mapped.values())
    candidates: dict[int, Candidate[R]] = {
        erp_id: _candidate(reading.register.kind, erp_id, one)
        for erp_id, one in mapped.items()
        if isinstance(one, Mapped) and number_of(one) not in twice
    }
    stored = reading.known(
        [*(one.binding.number for one in candidates.values()), *(one.number for one in missing)]
    )
    aside = {
        **{erp_id: _refusal(erp_id, one) for erp_id, one in mapped.items() if erp_id not in candidates},
        **_taken_by_others(reading, candidates, stored),
        **{one.id: _aside(one.number, one.id, "gone") for one in missing if one.active},
    }
    fresh = {
        erp_id: replace(one, stored=stored.get(one.binding.number))
        for erp_id, one in candidates.items()
        if erp_id not in aside
        and stored.get(one.binding.number) not in _equal(one.binding, reading.is_written)
    }
    told = {erp_id: one for erp_id, one in candidates.items() if erp_id not in aside}
    noted = told if reading.notes_all else fresh
    return _parts(changes, fresh, aside, _gone(missing, stored), noted)


def _read(reading: Reading[R], in_use: Mapping[int, bool]) -> dict[int, Mapped[R] | SetAside]:
    mapped: dict[int, Mapped[R] | SetAside] = {}
    for erp_id, one in reading.register.read(reading.erp, in_use, reading.settings):
        mapped[erp_id] = one
        reading.watch()
    return mapped


def _candidate(kind: Kind, erp_id: int, mapped: Mapped[R]) -> Candidate[R]:
    record = mapped.record
    active = record.state == "active"
    number = record.external_number
    binding = Binding(kind, number, erp_id, fingerprint(record), active, mapped.blocked)
    return Candidate(record, binding, mapped.notes)


def _refusal(erp_id: int, mapped: Mapped[R] | SetAside) -> Result:
    code = mapped.code if isinstance(mapped, SetAside) else "number_carried_twice"
    return _aside(number_of(mapped), erp_id, code)


def _aside(number: str, erp_id: int, code: str) -> Result:
    """Results of a slice are stored as one item: a number may not be of any length."""
    shown = number if len(number) <= NUMBER_LIMIT else f"{number[: NUMBER_LIMIT - 1]}…"
    return Result(Outcome.SET_ASIDE, shown, erp_id, code)


def _equal(binding: Binding, is_written: bool) -> tuple[Binding, ...]:
    """The stored bindings that need no change: what Smartday has doesn't matter where nothing is written."""
    return (binding,) if is_written else (binding, binding.without_fingerprint())


def _gone(missing: Iterable[Change], stored: Mapping[str, Binding]) -> dict[int, Binding]:
    """What is in use in Smartday although the ERP lists it as out of use, and gives it no longer."""
    bound = ((one, stored.get(one.number)) for one in missing if not one.active)
    return {one.id: known for one, known in bound if known and known.active and known.erp_id == one.id}


def _taken_by_others(
    reading: Reading[R], candidates: Mapping[int, Candidate[R]], stored: Mapping[str, Binding]
) -> dict[int, Result]:
    """Those whose number is bound to another record in use that still carries it in the ERP."""
    rivals = {
        erp_id: known
        for erp_id, one in candidates.items()
        if (known := stored.get(one.binding.number)) and known.erp_id != erp_id and known.active
    }
    owners = {known.erp_id for known in rivals.values()}
    carried = dict(reading.numbers(owners)) if owners else {}
    unlisted = dict.fromkeys(owners - carried.keys(), True)
    if unlisted:
        read = reading.register.read(reading.erp, unlisted, reading.settings)
        carried |= {erp_id: number_of(one) for erp_id, one in read}
    return {
        erp_id: _aside(known.number, erp_id, "number_taken")
        for erp_id, known in rivals.items()
        if carried.get(known.erp_id) == known.number
    }


def _parts(
    changes: Sequence[Change],
    fresh: Mapping[int, Candidate[R]],
    aside: Mapping[int, Result],
    gone: Mapping[int, Binding],
    noted: Mapping[int, Candidate[R]],
) -> list[Part[R]]:
    """Cut after each hundredth record to write."""
    to_write: list[int] = [place for place, one in enumerate(changes, 1) if one.id in fresh]
    ends: list[int] = sorted({*to_write[BATCH - 1 :: BATCH], len(changes)})
    return [
        Part(
            checkpoint=inside[-1].id,
            newest=max(one.changed_at for one in inside),
            seen=len(inside),
            fresh=tuple(fresh[one.id] for one in inside if one.id in fresh),
            aside=tuple(aside[one.id] for one in inside if one.id in aside),
            gone=tuple(gone[one.id] for one in inside if one.id in gone),
            notes=tuple(
                (code, noted[one.id].binding.number)
                for one in inside
                if one.id in noted
                for code in noted[one.id].notes
            ),
        )
        for inside in (changes[start:end] for start, end in pairwise([0, *ends]))
    ]


def number_of(mapped: Mapped[R] | SetAside) -> str:
    """Smartday's number of a record, may be empty."""
    return mapped.number if isinstance(mapped, SetAside) else mapped.record.external_number


def _twice(numbers: Iterable[str]) -> frozenset[str]:
    """An empty number is set aside by the mapping."""
    return frozenset(number for number, count in Counter(numbers).items() if count > 1)

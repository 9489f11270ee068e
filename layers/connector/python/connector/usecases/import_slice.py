"""One slice of an import: read the details, map, skip what is equal, write the rest, bind.

Customers and products go the same way; a `Register` names what differs. A slice is done in parts of one
Bridge call, in ascending id, so that a run always knows up to which id everything is settled.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from connector.domain.binding import Binding, Kind
from connector.domain.master_data import Change, Customer, Product, Upserted
from connector.domain.master_data_mapping import Mapped, SetAside, fingerprint, to_customer, to_product
from connector.errors import RetryLater
from connector.ports import Changes, Erp, FieldService
from connector.stores import BindingStore

R = TypeVar("R", Customer, Product)

SLICE = 1000
"""Details of so many records are read by one ERP call (contract 24sevenoffice 2.3)."""

BATCH = 100
"""So many records are written by one Bridge call (contract smartday 4.2)."""


@dataclass(frozen=True, slots=True)
class Register(Generic[R]):
    """One register: how its changes are listed, its details read (id → whether the list says it is in
    use) and mapped, and its records written.
    """

    kind: Kind
    changes: Callable[[Erp, datetime | None], Changes]
    read: Callable[[Erp, Mapping[int, bool]], Iterator[tuple[int, Mapped[R] | SetAside]]]
    upsert: Callable[[FieldService, Sequence[R]], list[Upserted]]


def _read_customers(
    erp: Erp, in_use: Mapping[int, bool]
) -> Iterator[tuple[int, Mapped[Customer] | SetAside]]:
    for card in erp.read_customers(list(in_use)):
        if card.id in in_use:
            yield card.id, to_customer(card, in_use[card.id])


def _read_products(erp: Erp, in_use: Mapping[int, bool]) -> Iterator[tuple[int, Mapped[Product] | SetAside]]:
    for product in erp.read_products(list(in_use)):
        if product.id in in_use:
            yield product.id, to_product(product)


CUSTOMERS: Register[Customer] = Register(
    kind=Kind.CUSTOMERS,
    changes=lambda erp, since: erp.changed_customers(since),
    read=_read_customers,
    upsert=lambda service, records: service.upsert_customers(records),
)

PRODUCTS: Register[Product] = Register(
    kind=Kind.PRODUCTS,
    changes=lambda erp, since: erp.changed_products(since),
    read=_read_products,
    upsert=lambda service, records: service.upsert_products(records),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """What the ERP listed as changed, by id; `carried_twice` are numbers that several of them carry."""

    changes: Mapping[int, Change]
    carried_twice: frozenset[str]


def listing(changes: Changes) -> Listing:
    """The list by id: an entry that comes again, as on a repeated page, is no second record."""
    by_id = {one.id: one for one in changes.entries}
    return Listing(by_id, _carried_twice(one.number for one in by_id.values()))


@dataclass(frozen=True, slots=True)
class Candidate(Generic[R]):
    """A mapped record and the binding it gets when Smartday has taken it; `notes` are codes of what is
    otherwise in the ERP. `frees`: orders may name it from now on, and couldn't before.
    """

    record: R
    binding: Binding
    notes: tuple[str, ...] = ()
    frees: bool = False


@dataclass(frozen=True, slots=True)
class Part(Generic[R]):
    """At most 100 records to write, and how many around them need no writing. Once written, everything
    up to id `checkpoint` is settled; `newest` is the latest change time in it.
    """

    checkpoint: int
    newest: datetime
    seen: int
    unchanged: int
    fresh: tuple[Candidate[R], ...]

    @property
    def set_aside(self) -> int:
        """Records that can't be written: without a number of their own, or gone since they were listed."""
        return self.seen - self.unchanged - len(self.fresh)

    @property
    def freed(self) -> list[str]:
        """Numbers that orders may name from now on."""
        return [one.binding.number for one in self.fresh if one.frees]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """Code and number of what is written otherwise than the ERP has it."""
        return [(code, one.binding.number) for one in self.fresh for code in one.notes]

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers that are written."""
        return frozenset(one.binding.number for one in self.fresh)

    def unwritten(self) -> "Part[R]":
        """The same part when nothing of it is to be written after all."""
        return replace(self, unchanged=self.unchanged + len(self.fresh), fresh=())


def read_slice(
    register: Register[R],
    agreement_number: str,
    ids: Sequence[int],
    listed: Listing,
    erp: Erp,
    bindings: BindingStore,
    is_written: bool = True,
) -> list[Part[R]]:
    """Read and compare at most 1000 listed records; gives what is to be written, in ascending id; when
    nothing `is_written` in Smartday, what is to be bound.

    Raises `RetryLater` when the ERP doesn't answer in full.
    """
    mapped = dict(register.read(erp, {one: listed.changes[one].active for one in ids}))
    twice = listed.carried_twice | _carried_twice(_number(one) for one in mapped.values())
    candidates = {
        erp_id: _candidate(register.kind, erp_id, one)
        for erp_id, one in mapped.items()
        if isinstance(one, Mapped) and _number(one) not in twice
    }
    stored = bindings.get(
        agreement_number, register.kind, [one.binding.number for one in candidates.values()]
    )
    others = _numbers_of_others(register, candidates, stored, listed, erp)
    free = {erp_id: one for erp_id, one in candidates.items() if one.binding.number not in others}
    fresh = {
        erp_id: replace(one, frees=_frees(one.binding, stored.get(one.binding.number)))
        for erp_id, one in free.items()
        if stored.get(one.binding.number) not in _equal(one.binding, is_written)
    }
    return _parts([listed.changes[one] for one in sorted(ids)], fresh, free.keys() - fresh.keys())


def write_part(
    register: Register[R],
    agreement_number: str,
    part: Part[R],
    service: FieldService,
    bindings: BindingStore,
    check: Callable[[], None] = lambda: None,
) -> int:
    """Write the part and bind what was answered; gives how many Smartday rejected.

    An unclear answer forgets the fingerprints, so that the records are written again; it is raised on
    as `RetryLater`. `check` raises when the ids mean nothing any more, before they are bound.
    """
    if not part.fresh:
        return 0
    unclear = [_blank(one.binding) for one in part.fresh]
    try:
        results = register.upsert(service, [one.record for one in part.fresh])
    except RetryLater:
        bindings.put(agreement_number, unclear)
        raise
    check()
    refused = {result.external_number for result in results if result.outcome == "rejected"}
    bindings.put(
        agreement_number,
        [
            blank if one.binding.number in refused else one.binding
            for one, blank in zip(part.fresh, unclear, strict=True)
        ],
    )
    return len(refused)


def bind_part(agreement_number: str, part: Part[R], bindings: BindingStore) -> None:
    """Bind without writing: were it written one day, all of it would be."""
    if part.fresh:
        bindings.put(agreement_number, [_blank(one.binding) for one in part.fresh])


def _candidate(kind: Kind, erp_id: int, mapped: Mapped[R]) -> Candidate[R]:
    record = mapped.record
    active = record.state == "active"
    number = record.external_number
    binding = Binding(kind, number, erp_id, fingerprint(record), active, mapped.blocked)
    return Candidate(record, binding, mapped.notes)


def _equal(binding: Binding, is_written: bool) -> tuple[Binding, ...]:
    """The stored bindings that need no change: what Smartday has doesn't matter where nothing is written."""
    return (binding,) if is_written else (binding, _blank(binding))


def _blank(binding: Binding) -> Binding:
    return replace(binding, fingerprint="")


def _frees(binding: Binding, stored: Binding | None) -> bool:
    return binding.is_usable and not (stored is not None and stored.is_usable)


def _numbers_of_others(
    register: Register[R],
    candidates: Mapping[int, Candidate[R]],
    stored: Mapping[str, Binding],
    listed: Listing,
    erp: Erp,
) -> set[str]:
    """Numbers that are bound to another record in use, and that this one still carries in the ERP."""
    owned = {
        (stored[number].erp_id, number)
        for erp_id, one in candidates.items()
        if (number := one.binding.number) in stored
        and stored[number].erp_id != erp_id
        and stored[number].active
    }
    carried = {erp_id: listed.changes[erp_id].number for erp_id, _ in owned if erp_id in listed.changes}
    unlisted = {erp_id: True for erp_id, _ in owned if erp_id not in listed.changes}
    if unlisted:
        carried |= {erp_id: _number(one) for erp_id, one in register.read(erp, unlisted)}
    return {number for erp_id, number in owned if carried.get(erp_id) == number}


def _parts(
    changes: Sequence[Change], fresh: Mapping[int, Candidate[R]], unchanged: Iterable[int]
) -> list[Part[R]]:
    """Cut after each hundredth record to write."""
    equal = frozenset(unchanged)
    to_write: list[int] = [place for place, one in enumerate(changes, 1) if one.id in fresh]
    ends: list[int] = sorted({*to_write[BATCH - 1 :: BATCH], len(changes)})
    parts: list[Part[R]] = []
    for start, end in zip([0, *ends], ends, strict=False):
        inside = changes[start:end]
        part = Part(
            checkpoint=inside[-1].id,
            newest=max(one.changed_at for one in inside),
            seen=len(inside),
            unchanged=sum(one.id in equal for one in inside),
            fresh=tuple(fresh[one.id] for one in inside if one.id in fresh),
        )
        parts.append(part)
    return parts


def _number(mapped: Mapped[R] | SetAside) -> str:
    return mapped.number if isinstance(mapped, SetAside) else mapped.record.external_number


def _carried_twice(numbers: Iterable[str]) -> frozenset[str]:
    """An empty number is set aside by the mapping."""
    return frozenset(number for number, count in Counter(numbers).items() if count > 1)

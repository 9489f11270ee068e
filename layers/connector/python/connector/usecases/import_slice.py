"""One slice of an import: read the details, map, skip what is equal, write the rest, bind.

Customers and products go the same way; a `Register` names what differs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from connector.domain.binding import Binding, Kind
from connector.domain.master_data import Change, Customer, Product, Upserted
from connector.domain.master_data_mapping import Mapped, SetAside, fingerprint, to_customer, to_product
from connector.errors import RetryLater
from connector.ports import BindingStore, Changes, Erp, FieldService

R = TypeVar("R", Customer, Product)

SLICE = 1000
"""Details of so many records are read by one ERP call (contract 24sevenoffice 2.3)."""

BATCH = 100
"""So many records are written by one Bridge call (contract smartday 4.2)."""


@dataclass(frozen=True, slots=True)
class Register(Generic[R]):
    """One register: how its changes are listed, its details read and mapped, and its records written."""

    kind: Kind
    changes: Callable[[Erp, datetime | None], Changes]
    read: Callable[[Erp, Mapping[int, Change]], Iterator[tuple[int, Mapped[R] | SetAside]]]
    upsert: Callable[[FieldService, Sequence[R]], list[Upserted]]


def _read_customers(
    erp: Erp, slice_: Mapping[int, Change]
) -> Iterator[tuple[int, Mapped[Customer] | SetAside]]:
    for card in erp.read_customers(list(slice_)):
        if card.id in slice_:
            yield card.id, to_customer(card, slice_[card.id].active)


def _read_products(
    erp: Erp, slice_: Mapping[int, Change]
) -> Iterator[tuple[int, Mapped[Product] | SetAside]]:
    for product in erp.read_products(list(slice_)):
        if product.id in slice_:
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
class Tally:
    """What became of some records."""

    seen: int = 0
    written: int = 0
    unchanged: int = 0
    set_aside: int = 0
    rejected: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.seen + other.seen,
            self.written + other.written,
            self.unchanged + other.unchanged,
            self.set_aside + other.set_aside,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True)
class Candidate(Generic[R]):
    """A mapped record and the binding it gets when Smartday has taken it."""

    record: R
    binding: Binding


def import_slice(
    register: Register[R],
    agreement_number: str,
    slice_: Mapping[int, Change],
    taken: frozenset[str],
    erp: Erp,
    service: FieldService,
    bindings: BindingStore,
    before_write: Callable[[Tally], None],
) -> Tally:
    """Bring the slice's records into Smartday; gives what became of each.

    `taken` are numbers that several records carry: all of those are set aside. `before_write` is called
    before each batch with the tally so far; what it raises ends the slice, which then runs again.
    Raises `RetryLater` when either side doesn't answer clearly.
    """
    candidates = [
        candidate
        for erp_id, mapped in register.read(erp, slice_)
        if (candidate := _candidate(register.kind, erp_id, mapped, taken)) is not None
    ]
    stored = bindings.get(agreement_number, register.kind, [one.binding.number for one in candidates])
    free = [one for one in candidates if not _number_is_anothers(one.binding, stored, slice_)]
    fresh = [one for one in free if stored.get(one.binding.number) != one.binding]
    tally = Tally(seen=len(slice_), unchanged=len(free) - len(fresh), set_aside=len(slice_) - len(free))
    for start in range(0, len(fresh), BATCH):
        before_write(tally)
        batch = fresh[start : start + BATCH]
        tally += _write(register, agreement_number, batch, service, bindings)
    return tally


def _candidate(
    kind: Kind, erp_id: int, mapped: Mapped[R] | SetAside, taken: frozenset[str]
) -> Candidate[R] | None:
    if isinstance(mapped, SetAside) or mapped.record.external_number in taken:
        return None
    record = mapped.record
    binding = Binding(kind, record.external_number, erp_id, fingerprint(record), record.state == "active")
    return Candidate(record, binding)


def _number_is_anothers(
    binding: Binding, stored: Mapping[str, Binding], slice_: Mapping[int, Change]
) -> bool:
    """True when the number is bound to another record in use that didn't change along with this one."""
    owner = stored.get(binding.number)
    return (
        owner is not None and owner.erp_id != binding.erp_id and owner.active and owner.erp_id not in slice_
    )


def _write(
    register: Register[R],
    agreement_number: str,
    batch: Sequence[Candidate[R]],
    service: FieldService,
    bindings: BindingStore,
) -> Tally:
    """Write one batch and bind what was answered; an unclear answer forgets the fingerprints."""
    unclear = [replace(one.binding, fingerprint="") for one in batch]
    try:
        results = register.upsert(service, [one.record for one in batch])
    except RetryLater:
        bindings.put(agreement_number, unclear)
        raise
    refused = {result.external_number for result in results if result.outcome == "rejected"}
    bindings.put(
        agreement_number,
        [
            blank if one.binding.number in refused else one.binding
            for one, blank in zip(batch, unclear, strict=True)
        ],
    )
    return Tally(written=len(batch) - len(refused), rejected=len(refused))

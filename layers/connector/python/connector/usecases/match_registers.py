"""Before the first write of a register: how do its records match those that Smartday has already?

What is compared is held in memory, never stored; only the report is. Companies that stand in Smartday
without number get theirs here, so that the import doesn't make them a second time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Generic

from connector.domain.binding import Kind
from connector.domain.master_data import Customer, FieldCustomer, FieldProduct, Product
from connector.domain.master_data_mapping import Mapped, organisation_number
from connector.domain.matches import (
    Compared,
    MatchReview,
    MatchState,
    Pair,
    compare,
    links,
    must_wait,
    report,
)
from connector.domain.settings import ConfirmMatches, Settings
from connector.domain.stream import Stream
from connector.errors import NotFound, Refused, RetryLater, Stale
from connector.ports import Clock, Erp, FieldService
from connector.stores import MatchStore
from connector.usecases.import_registers import SLICE, R, Register
from connector.usecases.import_turn import HandOver
from connector.usecases.worklist import Worklist


@dataclass(frozen=True, slots=True)
class Matching(Generic[R]):
    """One register on both sides; `listed` is what the ERP lists, `go_ahead` is called before each call to a
    side, and may raise.
    """

    register: Register[R]
    erp: Erp
    service: FieldService
    settings: Settings
    listed: Worklist
    go_ahead: Callable[[], None]

    def pairs(self) -> list[Pair]:
        """All records of both sides; none when Smartday has none, which needs no reading in the ERP."""
        smartday = [_of_smartday(one) for one in self._smartday()]
        if not smartday:
            return []
        return compare([_of_erp(erp_id, one) for erp_id, one in self._all_of_erp()], smartday)

    def link(self, pairs: Sequence[Pair]) -> None:
        """Give companies without number in Smartday theirs; repeatable.

        One that Smartday refuses, or has no longer, is left to the import.
        """
        wanted = {int(erp_id): smartday_id for erp_id, smartday_id in links(pairs).items()}
        # Read to the end first: an answer that is read between other calls may be cut.
        for erp_id, record in list(self._erp(self.listed.in_use(wanted))):
            if isinstance(record, Customer):
                self.go_ahead()
                self._link(wanted[erp_id], record)

    def _link(self, smartday_id: str, customer: Customer) -> None:
        try:
            self.service.link_customer(smartday_id, customer)
        except (NotFound, Refused):
            return

    def _smartday(self) -> Iterator[FieldCustomer | FieldProduct]:
        cursor = None
        while True:
            self.go_ahead()
            records, cursor = _page(self.register.kind, self.service, cursor)
            yield from records
            if cursor is None:
                return

    def _all_of_erp(self) -> Iterator[tuple[int, R]]:
        last = 0
        while changes := self.listed.slice_after(last, SLICE):
            yield from self._erp({one.id: one.active for one in changes})
            last = changes[-1].id

    def _erp(self, in_use: Mapping[int, bool]) -> Iterator[tuple[int, R]]:
        left = iter(sorted(in_use))
        while ids := list(islice(left, SLICE)):
            self.go_ahead()
            wanted = {one: in_use[one] for one in ids}
            for erp_id, one in self.register.read(self.erp, wanted, self.settings):
                if isinstance(one, Mapped):
                    yield erp_id, one.record


def review_of(store: MatchStore, agreement_number: str, stream: Stream, basis: str) -> MatchReview:
    """What is known of the register on this basis; a new review when nothing is."""
    stored = store.get(agreement_number, stream) or MatchReview(agreement_number, stream, basis)
    if stored.basis == basis:
        return stored
    return MatchReview(agreement_number, stream, basis, revision=stored.revision)


def is_waiting(review: MatchReview, confirm: ConfirmMatches) -> bool:
    """True when a person has to confirm first; needs no reading."""
    return review.state is MatchState.WAITING and must_wait(confirm, review.report)


def may_write(
    matching: Matching[R],
    store: MatchStore,
    review: MatchReview,
    confirm: ConfirmMatches,
    clock: Clock,
    has_full_time: bool,
) -> bool:
    """Compare the registers, unless that is done; False when a person has to confirm first.

    `has_full_time`: when the time doesn't suffice now, it never will. Raises `HandOver`, and `RetryLater`
    when a side doesn't answer in full or somebody confirmed at the same moment.
    """
    if review.went_on:
        return True
    pairs = _pairs_in_time(matching, has_full_time)
    found = report(pairs, clock()) if pairs else None
    is_confirmed = review.state is MatchState.CONFIRMED
    if not is_confirmed and pairs != [] and must_wait(confirm, found):
        _save(store, replace(review, state=MatchState.WAITING, report=found))
        return False
    matching.link(pairs or [])
    state = MatchState.CONFIRMED if is_confirmed else MatchState.NOT_NEEDED
    _save(store, replace(review, state=state, report=found, went_on=True))
    return True


def _pairs_in_time(matching: Matching[R], has_full_time: bool) -> list[Pair] | None:
    """None when the registers are too large to be compared in one go."""
    try:
        return matching.pairs()
    except HandOver as over:
        if over.delay or not has_full_time:
            raise
        return None


def _save(store: MatchStore, review: MatchReview) -> None:
    try:
        store.save(review)
    except Stale as error:
        raise RetryLater("matches_contended") from error


def _page(
    kind: Kind, service: FieldService, cursor: str | None
) -> tuple[Sequence[FieldCustomer | FieldProduct], str | None]:
    """Raises `RetryLater` when the cursor is too old: all is read again."""
    try:
        if kind is Kind.CUSTOMERS:
            customers = service.customers(cursor)
            return customers.customers, customers.next_cursor
        products = service.products(cursor)
        return products.products, products.next_cursor
    except Refused as error:
        if error.code == "cursor_invalid":
            raise RetryLater("cursor_invalid") from error
        raise


def _of_smartday(record: FieldCustomer | FieldProduct) -> Compared:
    company = organisation_number(record.organisation_number) if isinstance(record, FieldCustomer) else None
    return Compared(record.id, record.number or None, record.name, company, record.state == "active")


def _of_erp(erp_id: int, record: Customer | Product) -> Compared:
    company = record.organisation_number if isinstance(record, Customer) else None
    return Compared(str(erp_id), record.external_number, record.name, company, record.state == "active")

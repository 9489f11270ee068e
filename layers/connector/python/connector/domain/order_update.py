"""What an open order lacks to be what its task now says: three versions of each row compared (design 4.4).

Known is what we sent last, present what the ERP has, wanted what the task gives now. A row is sent only when
wanted and known differ; where present is neither of them a person has been there, and nothing is sent at
all. Rows of the ERP that are none of ours are never touched. The same comparison after a lost answer sends
exactly what is missing.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from connector.domain.erp_order import ErpOrder, ErpRow, OrderChange
from connector.domain.order import Order, OrderRow, SentRow, digest, sent_row


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, and our rows as they are once it is done; `is_total_ours` when no other row counts in the
    order's total.
    """

    change: OrderChange
    rows: tuple[SentRow, ...]
    is_total_ours: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """A person changed these rows of ours, by sequence number."""

    sequences: tuple[int, ...]


@dataclass(slots=True)
class _Draft:
    """A plan in the making."""

    rows: list[SentRow] = field(default_factory=list)
    added: list[tuple[int, OrderRow]] = field(default_factory=list)
    edited: list[tuple[int, OrderRow]] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)


def plan_change(
    present: ErpOrder, known: Sequence[SentRow], wanted: Order, known_head: dict[str, str]
) -> Plan | Conflict:
    """What brings the order to `wanted`. Values can't be cleared in the ERP (contract 24sevenoffice 2.5), so
    an empty head field is left as it is; a head that isn't known isn't touched either.
    """
    located = _locate(known, present.rows)
    mates = _pair(wanted.rows, known)
    draft = _Draft()
    sequences = [row.sequence or 0 for row in present.rows] + [row.sequence for row in known]
    free = max(sequences, default=0)
    for row, mate in zip(wanted.rows, mates, strict=True):
        if mate is None:
            free += 1
            draft.added.append((free, row))
            draft.rows.append(sent_row(free, row))
        else:
            _compare(row, known[mate], located[mate], draft)
    for place in sorted(set(range(len(known))) - set(mates)):
        _drop(known[place], located[place], draft)
    if draft.conflicts:
        return Conflict(tuple(sorted(draft.conflicts)))
    change = OrderChange(
        order_id=present.order_id,
        order=wanted,
        head=_changed_head(wanted, known_head),
        added=tuple(draft.added),
        edited=tuple(draft.edited),
        deleted=tuple(draft.deleted),
    )
    return Plan(change, tuple(draft.rows), _is_total_ours(present, known, located))


def recognised(present: ErpOrder, wanted: Order) -> tuple[SentRow, ...]:
    """Our rows on an order that was found, not made: those that say exactly what the task gives."""
    found = _locate([replace(one, sequence=0) for one in wanted.sent_rows], present.rows)
    return tuple(
        replace(one, sequence=row.sequence or one.sequence, row_id=row.row_id)
        for one, row in zip(wanted.sent_rows, found, strict=True)
        if row is not None
    )


def after_lost_change(
    present: ErpOrder, known: Sequence[SentRow], planned: Sequence[SentRow]
) -> tuple[tuple[SentRow, ...], bool]:
    """Our rows as they stand after a change whose answer was lost, and whether the change was done.

    A change of the head only can't be seen in the rows and counts as not done: sending it again is harmless.
    """
    before = {one.sequence: one for one in known}
    goal = {one.sequence: one for one in planned}
    edited = [one for one in planned if one.sequence in before and not _says_same(one, before[one.sequence])]
    dropped = [one for one in known if one.sequence not in goal]
    places = [one.sequence for one in (*edited, *dropped)]
    located = dict(zip(places, _locate([*edited, *dropped], present.rows), strict=True))
    added = [one for one in planned if one.sequence not in before]
    arrived = _locate([*known, *added], present.rows)[len(known) :]
    located |= dict(zip((one.sequence for one in added), arrived, strict=True))
    rows: list[SentRow] = []
    done = missing = 0
    for place, one in goal.items():
        old = before.get(place)
        if old is not None and place not in located:
            rows.append(one)
            continue
        row = located[place]
        # A product row of ours that a person has edited since has arrived all the same.
        is_there = row is not None and (is_same(one, row) or (old is None and one.product_id is not None))
        if row is not None and is_there:
            rows.append(replace(one, row_id=row.row_id))
            done += 1
        else:
            rows += [old] if old else []
            missing += 1
    still_there = [one for one in dropped if located[one.sequence] is not None]
    done, missing = done + len(dropped) - len(still_there), missing + len(still_there)
    return (*rows, *still_there), done > 0 and missing == 0


def with_row_ids(rows: Sequence[SentRow], told: Sequence[ErpRow]) -> tuple[SentRow, ...]:
    """Our rows with the ids that the ERP's answer gives them, where it does."""
    located = _locate(rows, told)
    return tuple(
        replace(one, row_id=row.row_id) if row is not None and is_same(one, row) else one
        for one, row in zip(rows, located, strict=True)
    )


def is_same(ours: SentRow, present: ErpRow) -> bool:
    """True when the ERP's row says what we sent; a price that we left to the ERP isn't compared."""
    if ours.words != digest(present.name) or ours.product_id != present.product_id:
        return False
    if ours.product_id is None:
        return True
    return (
        ours.quantity == present.quantity
        and (ours.price is None or ours.price == present.price)
        and (ours.discount or Decimal(0)) == (present.discount or Decimal(0))
    )


def _compare(row: OrderRow, known: SentRow, present: ErpRow | None, draft: _Draft) -> None:
    wanted = replace(sent_row(known.sequence, row), row_id=present.row_id if present else known.row_id)
    if _says_same(wanted, known) or (present is not None and is_same(wanted, present)):
        draft.rows.append(wanted)
    elif present is None or present.row_id is None or not is_same(known, present):
        draft.conflicts.append(known.sequence)
    else:
        draft.rows.append(wanted)
        draft.edited.append((present.row_id, row))


def _drop(known: SentRow, present: ErpRow | None, draft: _Draft) -> None:
    if present is None:
        return
    if present.row_id is None or not is_same(known, present):
        draft.conflicts.append(known.sequence)
    else:
        draft.deleted.append(present.row_id)


def _pair(wanted: Sequence[OrderRow], known: Sequence[SentRow]) -> list[int | None]:
    """For each wanted row the place of the known row that it continues: by registration, else by words, else
    the next one of the rows that only tell something.
    """
    by_registration = {one: place for place, row in enumerate(known) for one in row.registration_ids}
    plain = [place for place, row in enumerate(known) if not row.registration_ids]
    mates: list[int | None] = [None] * len(wanted)
    taken: set[int] = set()

    def take(place: int, mate: int) -> None:
        mates[place] = mate
        taken.add(mate)

    def is_free(place: int, mate: int) -> bool:
        return mate not in taken and (known[mate].product_id is None) == (sent[place].product_id is None)

    sent = [sent_row(0, row) for row in wanted]
    for place, row in enumerate(sent):
        candidates = (by_registration[one] for one in row.registration_ids if one in by_registration)
        if (mate := next((one for one in candidates if is_free(place, one)), None)) is not None:
            take(place, mate)
    telling = [place for place, row in enumerate(sent) if not row.registration_ids]
    for place in telling:
        equal = (one for one in plain if is_free(place, one) and known[one].words == sent[place].words)
        if (mate := next(equal, None)) is not None:
            take(place, mate)
    left = iter([one for one in plain if one not in taken])
    for place in (one for one in telling if mates[one] is None):
        if (mate := next(left, None)) is not None:
            take(place, mate)
    return mates


def _locate(ours: Sequence[SentRow], present: Sequence[ErpRow]) -> list[ErpRow | None]:
    """For each row of ours the ERP's: by row id; without one by place and words, by words, by place."""
    by_id = {row.row_id: row for row in present}
    found: list[ErpRow | None] = [by_id.get(one.row_id) if one.row_id is not None else None for one in ours]
    taken = {id(row) for row in found if row is not None}
    by_place: dict[object, list[ErpRow]] = defaultdict(list)
    by_words: dict[object, list[ErpRow]] = defaultdict(list)
    for row in present:
        by_place[row.sequence].append(row)
        by_words[digest(row.name)].append(row)

    def look(candidates: Callable[[SentRow], list[ErpRow]], test: Callable[[SentRow, ErpRow], bool]) -> None:
        for place, one in enumerate(ours):
            if one.row_id is not None or found[place] is not None:
                continue
            free = (row for row in candidates(one) if id(row) not in taken and test(one, row))
            if (row := next(free, None)) is not None:
                found[place] = row
                taken.add(id(row))

    look(lambda one: by_place[one.sequence], is_same)
    look(lambda one: by_words[one.words], is_same)
    look(lambda one: by_place[one.sequence], lambda one, row: row.product_id == one.product_id)
    return found


def _is_total_ours(present: ErpOrder, known: Sequence[SentRow], located: Sequence[ErpRow | None]) -> bool:
    """True when the order's priced rows are ours, all of them, and as we sent them."""
    ours = {id(row) for row in located}
    foreign = (row for row in present.rows if row.product_id is not None and id(row) not in ours)
    as_sent = all(row is not None and is_same(one, row) for one, row in zip(known, located, strict=True))
    return as_sent and not any(foreign)


def _says_same(one: SentRow, other: SentRow) -> bool:
    return replace(one, sequence=0, row_id=None, registration_ids=()) == replace(
        other, sequence=0, row_id=None, registration_ids=()
    )


def _changed_head(wanted: Order, known: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        name
        for name, value in wanted.head.items()
        if name in known and known[name] != value and getattr(wanted, name)
    )

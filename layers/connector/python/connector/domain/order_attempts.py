"""What becomes of a task's orders: reserved, bound, not done, lost, found again (design 4.4).

Creates and changes go the same way; a change under way is the attempt's `update`. All functions are pure,
from one record to the next, and speak of the latest attempt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connector.domain.erp_order import SavedOrder
from connector.domain.order import Order, SentRow
from connector.domain.order_update import with_row_ids
from connector.domain.reason import Reason
from connector.domain.task_changes import noted, release, settle, verify_at
from connector.domain.task_record import Attempt, Contents, Hold, Receipt, TaskRecord, TaskState

VERIFY_AFTER = timedelta(hours=24)
"""A key whose outcome was ever unknown is looked up once more after a day (design 4.4)."""

TOLERANCE = Decimal("0.01")
"""The ERP's net total may differ this much from ours, NOK."""


UNKNOWN = Contents(task_version=0, fingerprint="", net_total=Decimal(0))
"""Of an order that was found, not made."""


def contents_of(order: Order, task_version: int, fingerprint: str, leftover: str | None = None) -> Contents:
    """What is kept of an order that shall exist."""
    return Contents(
        task_version,
        fingerprint,
        order.net_total,
        order.sent_rows,
        dict(order.head),
        order.customer_id,
        leftover,
    )


def reserve(
    record: TaskRecord, order: Order, contents: Contents, settings_version: int, now: datetime
) -> TaskRecord:
    """Claim the right to create this order: written before the ERP is called."""
    ordinal = order.key.ordinal
    previous = next((one for one in record.attempts if one.ordinal == ordinal), None)
    attempt = Attempt(
        ordinal=ordinal,
        reserved_at=now,
        contents=contents,
        settings_version=settings_version,
        creates=1 + (previous.creates if previous else 0),
        was_unknown=previous is not None and previous.was_unknown,
        verify_at=previous.verify_at if previous else None,
    )
    others = tuple(one for one in record.attempts if one.ordinal != ordinal)
    return _under_way(replace(record, attempts=(*others, attempt)), TaskState.CREATING, contents, now)


def reserve_update(record: TaskRecord, contents: Contents, now: datetime) -> TaskRecord:
    """Claim the right to change the order: written before the ERP is called."""
    changing = replace(record.attempts[-1], update=contents, reserved_at=now, is_open=True, rows_known=True)
    return _under_way(_with_last(record, changing), TaskState.UPDATING, contents, now)


def bind(record: TaskRecord, saved: SavedOrder, now: datetime) -> TaskRecord:
    """What was reserved exists: keep id and row ids, and owe Smartday a receipt. Adopting is the same.

    A total that isn't ours, or what an invoiced order still shows otherwise, holds the task all the same.
    Which of several creates took effect nobody knows: that order is compared with the task before it counts.
    """
    attempt = record.attempts[-1]
    if attempt.order_id not in (None, saved.order_id):
        return trouble(record, Reason.DUPLICATE_IN_ERP, saved.order_id, record.handled_version, now)
    made = attempt.reserved
    is_certain = attempt.creates <= 1 or bool(saved.rows) or attempt.update is not None
    bound = replace(
        attempt,
        order_id=saved.order_id,
        contents=replace(
            made,
            rows=with_row_ids(made.rows, saved.rows),
            fingerprint=made.fingerprint if is_certain else "",
            head=made.head if is_certain else {},
            leftover=None,
        ),
        update=None,
        is_open=False,
        rows_known=is_certain,
    )
    hold = _hold_after(made, saved.net_total)
    dropped = record.own_registrations.difference(made.registration_ids)
    moved = replace(
        _with_last(record, bound),
        state=TaskState.HELD if hold else TaskState.ORDERED,
        reason=hold.reason.value if hold else None,
        detail=hold.detail if hold else None,
        waits_for=None,
        handled_version=made.task_version if is_certain else 0,
        receipt=_receipt(attempt, saved.order_id, made, now),
        told=None,
        trouble=hold,
        dropped=tuple(sorted(dropped)),
        settle_at=None,
        failures=0,
    )
    return noted(moved, now, version=made.task_version, detail=saved.order_id)


def trouble(
    record: TaskRecord, reason: Reason, detail: str | None, version: int, now: datetime
) -> TaskRecord:
    """Hold the task for its order: being heard of again doesn't free it."""
    held = replace(record, trouble=Hold(reason, detail))
    return settle(held, TaskState.HELD, reason, detail, version, now)


def unchanged(record: TaskRecord, ordinal: int, contents: Contents, now: datetime) -> TaskRecord:
    """The order is already what it shall be; nothing was sent, and the work ends."""
    held = _with(replace(record, trouble=None), ordinal, contents=contents, rows_known=True)
    return settle(held, TaskState.ORDERED, None, None, contents.task_version, now)


def recognise(record: TaskRecord, ordinal: int, rows: Sequence[SentRow]) -> TaskRecord:
    """These rows of an order that was found are ours."""
    attempt = next(one for one in record.attempts if one.ordinal == ordinal)
    if attempt.rows_known:
        return record
    return _with(record, ordinal, contents=replace(attempt.contents, rows=tuple(rows)), rows_known=True)


def exported(record: TaskRecord, registrations: frozenset[str]) -> TaskRecord:
    """Smartday shows these as `exported`, which only an order of ours can have made of them."""
    return replace(record, dropped=tuple(sorted(registrations.union(record.dropped))))


def gone(record: TaskRecord, ordinal: int) -> TaskRecord:
    """The ERP no longer has this order, or a person called it off."""
    return _with(record, ordinal, is_gone=True)


def exchange(record: TaskRecord, ordinal: int, order_id: str) -> TaskRecord:
    """Of two orders of one key a person kept the other one; its rows are still to be told."""
    return _with(record, ordinal, order_id=order_id, contents=UNKNOWN, rows_known=False)


def adopt(
    record: TaskRecord, orders: Sequence[tuple[int, Sequence[str]]], settings_version: int, now: datetime
) -> TaskRecord:
    """Orders that were found, by ordinal: whose rows they hold is found out when the task is compared.

    Under which settings they were made nobody knows: those of now are the likeliest.
    """
    attempts = tuple(
        Attempt(
            ordinal=ordinal,
            reserved_at=now,
            contents=UNKNOWN,
            settings_version=settings_version,
            order_id=order_ids[0],
            is_open=False,
            rows_known=False,
        )
        for ordinal, order_ids in orders
    )
    adopted = replace(
        record,
        state=TaskState.ORDERED,
        reason=None,
        detail=None,
        waits_for=None,
        handled_version=0,
        attempts=attempts,
    )
    twins = " ".join(order_id for _, order_ids in orders if len(order_ids) > 1 for order_id in order_ids)
    if twins:
        return trouble(adopted, Reason.DUPLICATE_IN_ERP, twins, record.wanted_version, now)
    return noted(adopted, now, reason="recovered", detail=attempts[-1].order_id)


def looked(record: TaskRecord, now: datetime) -> TaskRecord:
    """The ERP answered in full after the day: no further look is due for that alone."""
    attempt = record.attempts[-1]
    if attempt.verify_at is None or attempt.verify_at > now:
        return record
    return _with_last(record, replace(attempt, verify_at=None))


def not_done(record: TaskRecord, now: datetime) -> TaskRecord:
    """The ERP surely did nothing: the attempt doesn't count.

    A create that was unknown before stays open, so that a look still comes before the next one.
    """
    attempt = record.attempts[-1]
    if attempt.update is not None:
        closed = replace(attempt, update=None, is_open=False)
        return replace(_with_last(record, closed), state=TaskState.RECEIVED)
    if not attempt.was_unknown:
        return replace(record, state=TaskState.RECEIVED, attempts=record.attempts[:-1])
    closed = replace(attempt, creates=attempt.creates - 1)
    return replace(_with_last(record, closed), state=TaskState.RECEIVED, settle_at=now)


def lose(record: TaskRecord, settle: timedelta, now: datetime, *, has_ended: bool = False) -> TaskRecord:
    """Nobody knows whether the ERP did it; an empty look counts from `settle` after the lease under which
    it was sent: the record's own, or one that `has_ended` before.
    """
    lost = replace(record.attempts[-1], was_unknown=True, verify_at=now + VERIFY_AFTER)
    ends = now if has_ended else max(record.lease_until or now, now)
    moved = replace(_with_last(record, lost), state=TaskState.UNKNOWN, settle_at=ends + settle)
    return noted(moved, now, version=lost.reserved.task_version)


def update_lost(record: TaskRecord, rows: Sequence[SentRow]) -> TaskRecord:
    """The change was looked for and isn't there; `rows` are ours as they stand. It may be sent again."""
    attempt = record.attempts[-1]
    contents = replace(attempt.contents, rows=tuple(rows))
    closed = replace(attempt, contents=contents, update=None, is_open=False)
    return replace(_with_last(record, closed), state=TaskState.RECEIVED, settle_at=None)


def hold_unknown(record: TaskRecord, now: datetime) -> TaskRecord:
    """Every create that is allowed was lost and none is found; looked at once more after a day."""
    return settle(record, TaskState.HELD, Reason.OUTCOME_UNKNOWN, None, record.wanted_version, now)


def verified(record: TaskRecord, found: Mapping[int, Sequence[str]], now: datetime) -> TaskRecord:
    """The look after a day was answered in full: ordinal → orders found; one too many needs a person."""
    attempts = tuple(replace(one, verify_at=None) if one.ordinal in found else one for one in record.attempts)
    moved = replace(record, attempts=attempts)
    if extra := too_many(record, found):
        return trouble(moved, Reason.DUPLICATE_IN_ERP, " ".join(extra), record.handled_version, now)
    return release(moved, verify_at(moved))


def too_many(record: TaskRecord, found: Mapping[int, Sequence[str]]) -> list[str]:
    """Of the orders found per ordinal those that must not be: twins, and such of keys that were given up."""
    return [
        order_id
        for one in record.attempts
        for order_id in found.get(one.ordinal, ())
        if len(found[one.ordinal]) > 1 or (one.is_gone and order_id != one.order_id)
    ]


def one_left(record: TaskRecord, found: Mapping[int, Sequence[str]]) -> TaskRecord:
    """A person saw to it that each key has one order: where it is the other one, its rows are to be told."""
    for one in record.attempts:
        kept = found.get(one.ordinal, ())
        if kept and not one.is_gone and kept[0] != one.order_id:
            record = exchange(record, one.ordinal, kept[0])
    return replace(record, trouble=None)


def _hold_after(made: Contents, net_total: Decimal | None) -> Hold | None:
    if net_total is not None and made.is_priced and abs(net_total - made.net_total) > TOLERANCE:
        return Hold(Reason.TOTAL_DIFFERS, f"{made.net_total:.2f} / {net_total:.2f}")
    return Hold(Reason.ORDER_INVOICED, made.leftover) if made.leftover else None


def _receipt(attempt: Attempt, order_id: str, made: Contents, now: datetime) -> Receipt:
    products = sum(row.product_id is not None for row in made.rows)
    lines = f"{_lines(products, 'vare')} og {_lines(len(made.rows) - products, 'tekst')}"
    is_update = attempt.update is not None
    words = f"oppdatert, nå med {lines}" if is_update else f"opprettet med {lines}"
    return Receipt(
        result="updated" if is_update else "created",
        task_version=made.task_version,
        order_id=order_id,
        registration_ids=made.registration_ids,
        exported_at=now,
        message=f"Ordre {order_id} {words}",
        ordinal=attempt.ordinal,
    )


def _lines(count: int, kind: str) -> str:
    return f"{count} {kind}linje" if count == 1 else f"{count} {kind}linjer"


def _under_way(record: TaskRecord, state: TaskState, contents: Contents, now: datetime) -> TaskRecord:
    moved = replace(record, state=state, reason=None, detail=None, waits_for=None, settle_at=None)
    return noted(moved, now, version=contents.task_version)


def _with_last(record: TaskRecord, attempt: Attempt) -> TaskRecord:
    return replace(record, attempts=(*record.attempts[:-1], attempt))


def _with(record: TaskRecord, ordinal: int, **changes: Any) -> TaskRecord:
    attempts = tuple(replace(one, **changes) if one.ordinal == ordinal else one for one in record.attempts)
    return replace(record, attempts=attempts)

"""What may happen to a task record: each change is a pure function from one record to the next.

A change that ends the work also gives up the lease, so that every step costs one write.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain.order import Order
from connector.domain.reason import Reason
from connector.domain.task_record import (
    HISTORY_LIMIT,
    WAITING,
    Attempt,
    Entry,
    Receipt,
    TaskRecord,
    TaskState,
)

VERIFY_AFTER = timedelta(hours=24)
"""A key whose outcome was ever unknown is looked up once more after a day (design 4.4)."""

INBOX_NET = timedelta(minutes=15)
"""A record whose message got lost is queued again by `dispatch` after this long."""

PARKED_LOOK = timedelta(hours=1)
"""How often a paused integration's owed receipts are looked at."""

HOLDABLE = frozenset({TaskState.RECEIVED, TaskState.HELD, TaskState.IGNORED})
"""States from which a person may say "do not send" (design 3)."""


def receive(
    record: TaskRecord | None, agreement_number: str, task_id: str, version: int, now: datetime
) -> TaskRecord:
    """A message told of this version of the task."""
    if record is None:
        record = TaskRecord(agreement_number, task_id, created_at=now, changed_at=now, due_at=now + INBOX_NET)
        record = _noted(record, now)
    return replace(record, wanted_version=max(version, record.wanted_version))


def claim(record: TaskRecord, owner: str, until: datetime) -> TaskRecord:
    """A process takes the record; `dispatch` queues it again when the lease lapses."""
    return replace(record, lease_owner=owner, lease_until=until, due_at=until)


def reserve(
    record: TaskRecord, order: Order, task_version: int, fingerprint: str, now: datetime
) -> TaskRecord:
    """Claim the right to create this order: written before the ERP is called."""
    previous = next((one for one in record.attempts if one.ordinal == order.key.ordinal), None)
    attempt = Attempt(
        ordinal=order.key.ordinal,
        customer_id=order.customer_id,
        task_version=task_version,
        reserved_at=now,
        fingerprint=fingerprint,
        net_total=order.net_total,
        product_rows=len(order.product_rows),
        text_rows=len(order.rows) - len(order.product_rows),
        rows={str(place): ids for place, ids in order.registrations_by_row.items()},
        creates=1 + (previous.creates if previous else 0),
        was_unknown=previous is not None and previous.was_unknown,
        verify_at=previous.verify_at if previous else None,
    )
    others = tuple(one for one in record.attempts if one.ordinal != attempt.ordinal)
    moved = replace(
        record,
        state=TaskState.CREATING,
        reason=None,
        detail=None,
        attempts=(*others, attempt),
        settle_at=None,
    )
    return _noted(moved, now, version=task_version)


def bind(record: TaskRecord, order_id: str, now: datetime) -> TaskRecord:
    """The order exists: keep its id, and owe Smartday a receipt. Adopting a lost order is the same."""
    attempt = record.attempts[-1]
    if attempt.order_id is not None and attempt.order_id != order_id:
        return settle(record, TaskState.HELD, Reason.DUPLICATE_IN_ERP, order_id, record.handled_version, now)
    bound = replace(attempt, order_id=order_id, is_open=False)
    receipt = Receipt(
        result="created",
        task_version=attempt.task_version,
        order_id=order_id,
        registration_ids=attempt.registration_ids,
        exported_at=now,
        message=f"Ordre {order_id} opprettet med {_lines(attempt.product_rows, 'vare')} "
        f"og {_lines(attempt.text_rows, 'tekst')}",
    )
    moved = replace(
        record,
        state=TaskState.ORDERED,
        reason=None,
        detail=None,
        handled_version=attempt.task_version,
        attempts=(*record.attempts[:-1], bound),
        receipt=receipt,
        settle_at=None,
        failures=0,
    )
    return _noted(moved, now, version=attempt.task_version, detail=order_id)


def not_done(record: TaskRecord, now: datetime) -> TaskRecord:
    """The ERP surely did nothing: the attempt doesn't count.

    A key that was unknown before stays open, so that a look still comes before the next create.
    """
    attempt = record.attempts[-1]
    closed = replace(attempt, is_open=attempt.was_unknown, creates=attempt.creates - 1)
    settle_at = now if attempt.was_unknown else None
    attempts = (*record.attempts[:-1], closed)
    return replace(record, state=TaskState.RECEIVED, attempts=attempts, settle_at=settle_at)


def lose(record: TaskRecord, settle: timedelta, now: datetime) -> TaskRecord:
    """Nobody knows whether the ERP made the order; an empty look counts from `settle` after the lease."""
    lost = replace(record.attempts[-1], was_unknown=True, verify_at=now + VERIFY_AFTER)
    ends = max(record.lease_until or now, now)
    moved = replace(
        record, state=TaskState.UNKNOWN, attempts=(*record.attempts[:-1], lost), settle_at=ends + settle
    )
    return _noted(moved, now, version=lost.task_version)


def settle(
    record: TaskRecord,
    state: TaskState,
    reason: Reason | None,
    detail: str | None,
    version: int,
    now: datetime,
) -> TaskRecord:
    """The record answers to this version of the task; the work ends."""
    moved = replace(
        release(record, _verify_at(record)),
        state=state,
        reason=reason.value if reason else None,
        detail=detail,
        handled_version=max(version, record.handled_version),
        failures=0,
    )
    return _noted(moved, now, version=version, detail=detail)


def hold_unknown(record: TaskRecord, now: datetime) -> TaskRecord:
    """Every create that is allowed was lost and none is found; looked at once more after a day."""
    attempt = record.attempts[-1]
    if attempt.verify_at is not None and attempt.verify_at <= now:
        attempt = replace(attempt, verify_at=None)
    looked = replace(record, attempts=(*record.attempts[:-1], attempt))
    return settle(looked, TaskState.HELD, Reason.OUTCOME_UNKNOWN, None, attempt.task_version, now)


def postpone(record: TaskRecord, reason: str, due_at: datetime | None, now: datetime) -> TaskRecord:
    """The work ends for now, for this reason; due again then, or (None) when somebody says so."""
    if record.state not in (TaskState.UNKNOWN, TaskState.ORDERED):
        waits = record.state in (TaskState.IGNORED, TaskState.HELD) and not record.is_settled
        state = TaskState.RECEIVED if waits else record.state
        record = replace(record, state=state, reason=reason, detail=None)
    moved = replace(release(record, due_at), failures=record.failures + 1)
    return _noted(moved, now, version=record.wanted_version, reason=reason)


def park(record: TaskRecord, now: datetime, reason: str | None = None) -> TaskRecord:
    """The integration is not active: what waits has no due time, for resuming queues it (design 4.5).

    An order that still owes a receipt or a second look keeps a due time.
    """
    if record.state is TaskState.DO_NOT_SEND or (record.is_leased(now) and reason is None):
        return record
    if record.is_settled:
        owes = record.receipt is not None or _verify_at(record) is not None
        return release(record, now + PARKED_LOOK) if owes and record.due_at else record
    if record.state in WAITING and record.due_at is None:
        return record
    state = record.state if record.state in WAITING else TaskState.RECEIVED
    parked = replace(release(record, None), state=state, reason=reason or "integration_not_active")
    return _noted(parked, now, reason=parked.reason)


def receipt_sent(record: TaskRecord) -> TaskRecord:
    """Smartday knows; the work ends."""
    return replace(release(record, _verify_at(record)), receipt=None, failures=0)


def receipt_refused(record: TaskRecord, code: str, now: datetime) -> TaskRecord:
    """Smartday doesn't want the receipt; the order stands all the same, and the work ends."""
    return _noted(
        receipt_sent(record), now, version=record.handled_version, reason="receipt_refused", detail=code
    )


def verified(record: TaskRecord, found: Sequence[str], now: datetime) -> TaskRecord:
    """The look after a day was answered in full; two orders of one key need a person."""
    attempts = tuple(replace(one, verify_at=None) for one in record.attempts)
    moved = release(replace(record, attempts=attempts), None)
    if len(found) < 2:
        return moved
    return settle(
        moved, TaskState.HELD, Reason.DUPLICATE_IN_ERP, " ".join(found), record.handled_version, now
    )


def release(record: TaskRecord, due_at: datetime | None) -> TaskRecord:
    """Give up the lease."""
    return replace(record, lease_owner=None, lease_until=None, due_at=due_at)


def resend(record: TaskRecord, now: datetime) -> TaskRecord:
    """A person asks for another try; it never forces a create."""
    state = TaskState.UNKNOWN if record.open_attempt else TaskState.RECEIVED
    moved = replace(
        record, state=state, reason=None, detail=None, handled_version=0, due_at=now + INBOX_NET, failures=0
    )
    return _noted(moved, now, version=record.wanted_version, reason="resend")


def do_not_send(record: TaskRecord, now: datetime, who: str, why: str) -> TaskRecord:
    """A person decides that the task never becomes an order. Raises ValueError in other states."""
    if record.state not in HOLDABLE or record.is_leased(now) or record.open_attempt:
        raise ValueError(f"a task that is {record.state} can't be kept from being sent")
    return settle(
        record, TaskState.DO_NOT_SEND, Reason.BY_PERSON, f"{who}: {why}", record.wanted_version, now
    )


def _verify_at(record: TaskRecord) -> datetime | None:
    return record.attempts[-1].verify_at if record.attempts else None


def _lines(count: int, kind: str) -> str:
    return f"{count} {kind}linje" if count == 1 else f"{count} {kind}linjer"


def _noted(
    record: TaskRecord,
    now: datetime,
    version: int | None = None,
    reason: str | None = None,
    detail: str | None = None,
) -> TaskRecord:
    entry = Entry(
        at=now,
        state=record.state,
        version=record.wanted_version if version is None else version,
        reason=reason or record.reason,
        detail=detail,
    )
    return replace(record, changed_at=now, history=(*record.history, entry)[-HISTORY_LIMIT:])

"""What may happen to a task record: each change is a pure function from one record to the next.

A change that ends the work also gives up the lease, so that every step costs one write. What becomes of its
orders stands in `order_attempts`, what a person decides in `task_decisions`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain.order import digest
from connector.domain.reason import Reason
from connector.domain.task_record import HISTORY_LIMIT, WAITING, Entry, Receipt, TaskRecord, TaskState

INBOX_NET = timedelta(minutes=15)
"""A record whose message got lost is queued again by `dispatch` after this long."""

PARKED_LOOK = timedelta(hours=1)
"""How often a paused integration's owed receipts are looked at."""

SKIPPED = frozenset({Reason.ABORTED, Reason.ZERO_VALUE_LEFT_OUT, Reason.BY_PERSON})
"""Reasons that Smartday is told of as `skipped`; what was never to become an order isn't worth a call."""

NOT_TOLD = frozenset({Reason.WAITING_FOR_APPROVAL, Reason.REGISTER_NOT_READ, Reason.TASK_GONE})
"""Holds that are no planner's matter."""


def receive(
    record: TaskRecord | None, agreement_number: str, task_id: str, version: int, now: datetime
) -> TaskRecord:
    """A message told of this version of the task."""
    if record is None:
        record = TaskRecord(agreement_number, task_id, created_at=now, changed_at=now, due_at=now + INBOX_NET)
        record = noted(record, now)
    return replace(record, wanted_version=max(version, record.wanted_version))


def claim(record: TaskRecord, owner: str, until: datetime) -> TaskRecord:
    """A process takes the record; `dispatch` queues it again when the lease lapses."""
    return replace(record, lease_owner=owner, lease_until=until, due_at=until)


def settle(
    record: TaskRecord,
    state: TaskState,
    reason: Reason | None,
    detail: str | None,
    version: int,
    now: datetime,
    waits_for: str | None = None,
) -> TaskRecord:
    """The record answers to this version of the task; the work ends.

    A hold that Smartday wasn't told of yet is owed as a receipt, and the lease is kept for sending it.
    """
    moved = replace(
        record,
        state=state,
        reason=reason.value if reason else None,
        detail=detail,
        waits_for=waits_for,
        handled_version=max(version, record.handled_version),
        failures=0,
        told=None if state is TaskState.ORDERED else record.told,
    )
    told = digest(f"{reason}: {detail}")
    receipt = None if record.told == told else _notice(state, reason, detail, version, now)
    if receipt is None or record.receipt is not None:
        is_over = moved.is_settled or state is TaskState.DO_NOT_SEND
        due_at = _next_look(moved) if is_over and record.receipt is None else now + INBOX_NET
        return noted(release(moved, due_at), now, version=version, detail=detail)
    owed = replace(moved, receipt=receipt, told=told, due_at=record.lease_until or now + INBOX_NET)
    return noted(owed, now, version=version, detail=detail)


def postpone(
    record: TaskRecord, reason: str, due_at: datetime | None, now: datetime, *, is_try: bool = True
) -> TaskRecord:
    """The work ends for now, for this reason; due again then, or (None) when somebody says so.

    To wait for a side that is left alone is no failed try: after an outage the count would say that the task
    has been tried in vain for hours.
    """
    stays = record.state in (TaskState.UNKNOWN, TaskState.ORDERED, TaskState.DO_NOT_SEND)
    if not stays and not record.is_settled:
        waits = record.state in (TaskState.IGNORED, TaskState.HELD)
        state = TaskState.RECEIVED if waits else record.state
        record = replace(record, state=state, reason=reason, detail=None, waits_for=None)
    moved = replace(release(record, due_at), failures=record.failures + is_try)
    return noted(moved, now, version=record.wanted_version, reason=reason)


def park(record: TaskRecord, now: datetime, reason: str | None = None) -> TaskRecord:
    """The integration is not active: what waits has no due time, for resuming queues it (design 4.5).

    An order that still owes a receipt or a second look keeps a due time.
    """
    if record.state is TaskState.DO_NOT_SEND or (record.is_leased(now) and reason is None):
        return record
    if record.is_settled:
        owes = record.receipt is not None or verify_at(record) is not None
        return release(record, now + PARKED_LOOK) if owes and record.due_at else record
    if record.state in WAITING and record.due_at is None:
        return record
    state = record.state if record.state in WAITING else TaskState.RECEIVED
    parked = replace(
        release(record, None), state=state, reason=reason or "integration_not_active", waits_for=None
    )
    return noted(parked, now, reason=parked.reason)


def receipt_sent(record: TaskRecord) -> TaskRecord:
    """Smartday knows; the work ends."""
    is_over = record.is_settled or record.state is TaskState.DO_NOT_SEND
    due_at = _next_look(record) if is_over else record.due_at
    return replace(release(record, due_at), receipt=None, failures=0)


def receipt_refused(record: TaskRecord, code: str, now: datetime) -> TaskRecord:
    """Smartday doesn't want the receipt; what it told of stands all the same, and the work ends."""
    return noted(
        receipt_sent(record), now, version=record.handled_version, reason="receipt_refused", detail=code
    )


def release(record: TaskRecord, due_at: datetime | None) -> TaskRecord:
    """Give up the lease."""
    return replace(record, lease_owner=None, lease_until=None, due_at=due_at)


def verify_at(record: TaskRecord) -> datetime | None:
    """When the ERP shall be asked once more about an order whose outcome was unknown."""
    return min((one.verify_at for one in record.attempts if one.verify_at), default=None)


def noted(
    record: TaskRecord,
    now: datetime,
    version: int | None = None,
    reason: str | None = None,
    detail: str | None = None,
) -> TaskRecord:
    """The record with a line of history about what it has become."""
    entry = Entry(
        at=now,
        state=record.state,
        version=record.wanted_version if version is None else version,
        reason=reason or record.reason,
        detail=detail,
    )
    return replace(record, changed_at=now, history=(*record.history, entry)[-HISTORY_LIMIT:])


def _next_look(record: TaskRecord) -> datetime | None:
    """When a record that nothing else is owed for is due again."""
    return None if record.state is TaskState.DO_NOT_SEND else verify_at(record)


def _notice(
    state: TaskState, reason: Reason | None, detail: str | None, version: int, now: datetime
) -> Receipt | None:
    """What the planner reads about a task that became no order."""
    if reason is None or reason in NOT_TOLD or state is TaskState.ORDERED:
        return None
    if state is TaskState.HELD:
        result, words = "failed", f"{reason.nb} {reason.todo_nb}"
    elif reason in SKIPPED:
        # Who decided, and why, is a matter of the customer's own people.
        result, words, detail = "skipped", reason.nb, None
    else:
        return None
    message = f"{words} ({detail})" if detail else words
    return Receipt(result, version, None, (), now, message)

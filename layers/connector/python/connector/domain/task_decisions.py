"""What a person may decide about a task record. Nothing here makes an order: the worker does, if it may."""

from dataclasses import replace
from datetime import datetime

from connector.domain.reason import Reason
from connector.domain.task_changes import INBOX_NET, noted, settle
from connector.domain.task_record import Hold, Receipt, TaskRecord, TaskState

HOLDABLE = frozenset({TaskState.RECEIVED, TaskState.HELD, TaskState.IGNORED})
"""States from which a person may say "do not send" (design 3)."""

REMAKEABLE = frozenset({Reason.ORDER_GONE, Reason.OUTCOME_UNKNOWN})
"""Holds after which only a person can know that another order is right."""

SEEN_FOR_ITSELF = frozenset({Reason.ORDER_INVOICED, Reason.DUPLICATE_IN_ERP})
"""An invoice that shows the task otherwise, and twins in the ERP."""


def resend(record: TaskRecord, now: datetime) -> TaskRecord:
    """A person asks for another try; it never forces a create."""
    return noted(_tried_again(record, now), now, version=record.wanted_version, reason="resend")


def release(record: TaskRecord, now: datetime) -> TaskRecord:
    """What the task waited for has come: another try, by itself."""
    return noted(_tried_again(record, now), now, version=record.wanted_version, reason="released")


def do_not_send(record: TaskRecord, now: datetime, who: str, why: str) -> TaskRecord:
    """A person decides that the task never becomes an order. Raises ValueError in other states."""
    if record.state not in HOLDABLE or record.is_leased(now) or _may_exist(record, now):
        raise ValueError(f"a task that is {record.state} can't be kept from being sent")
    decided = replace(record, receipt=_owed_for_order(record), trouble=None)
    detail = f"{who}: {why}"
    reason = Reason.ORDER_BY_HAND if record.order else Reason.BY_PERSON
    return settle(decided, TaskState.DO_NOT_SEND, reason, detail, record.wanted_version, now)


def send_again(record: TaskRecord, now: datetime, who: str, why: str) -> TaskRecord:
    """A person takes "do not send" back. Raises ValueError in other states."""
    if record.state is not TaskState.DO_NOT_SEND:
        raise ValueError(f"a task that is {record.state} isn't kept from being sent")
    again = replace(_tried_again(record, now), told=None, receipt=_owed_for_order(record))
    return noted(again, now, version=record.wanted_version, reason="send_again", detail=f"{who}: {why}")


def approve(record: TaskRecord, now: datetime) -> TaskRecord:
    """A person lets this version of the task become an order. Raises ValueError unless it waits for that."""
    if record.state is not TaskState.HELD or record.reason != Reason.WAITING_FOR_APPROVAL:
        raise ValueError(f"a task that is {record.state} doesn't wait for approval")
    approved = replace(_tried_again(record, now), approved_version=record.handled_version)
    return noted(approved, now, version=record.handled_version, reason="approved")


def new_order(record: TaskRecord, now: datetime, who: str, why: str) -> TaskRecord:
    """A person knows that the order is not in the ERP: the next try makes one under the next ordinal.

    Raises ValueError unless the task is held because its order is gone, or because nobody knows.
    """
    if record.state is not TaskState.HELD or record.reason not in REMAKEABLE:
        raise ValueError(f"a task that is {record.state} for {record.reason} gets no new order")
    lost = record.order if record.reason == Reason.ORDER_GONE else None
    lost = lost or record.attempts[-1]
    gone = replace(lost, is_gone=True, is_open=False, update=None)
    attempts = tuple(gone if one is lost else one for one in record.attempts)
    moved = _tried_again(replace(record, attempts=attempts), now)
    return noted(moved, now, version=record.wanted_version, reason="new_order", detail=f"{who}: {why}")


def _may_exist(record: TaskRecord, now: datetime) -> bool:
    """True while a create that nobody saw the end of may still turn up; a change has its order anyway."""
    attempt = record.open_attempt
    if attempt is None or attempt.update is not None:
        return False
    is_open = record.settle_at is None or now < record.settle_at
    return is_open or record.reason == Reason.OUTCOME_UNKNOWN


def _owed_for_order(record: TaskRecord) -> Receipt | None:
    """What Smartday is still to be told of an order stands, whatever is decided about the task."""
    return record.receipt if record.receipt and record.receipt.order_id else None


def _tried_again(record: TaskRecord, now: datetime) -> TaskRecord:
    return replace(
        record,
        state=TaskState.UNKNOWN if record.open_attempt else TaskState.RECEIVED,
        reason=None,
        detail=None,
        waits_for=None,
        trouble=_that_stays(record.trouble),
        handled_version=0,
        due_at=now + INBOX_NET,
        failures=0,
    )


def _that_stays(trouble: Hold | None) -> Hold | None:
    """What a person can't talk away: the worker sees for itself whether it is over."""
    return trouble if trouble is not None and trouble.reason in SEEN_FOR_ITSELF else None

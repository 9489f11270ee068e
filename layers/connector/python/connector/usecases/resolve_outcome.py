"""What became of a write that nobody saw the end of: the ERP is asked before anything is sent again.

A create is looked for by its key, a change by reading the order; either may be repeated only when the settle
time is over and the ERP answered in full (design 4.4).
"""

from datetime import datetime, timedelta

from connector.domain import order_attempts, task_changes
from connector.domain.erp_order import SavedOrder
from connector.domain.order_update import after_lost_change
from connector.domain.reason import Reason
from connector.domain.task_record import Attempt, Contents
from connector.usecases.task_work import Work

LOOK_BACK = timedelta(minutes=15)
"""How far before the attempt the ERP is searched, for clocks that differ (design 4.4)."""

CREATES_ALLOWED = 2
"""Creates of one key whose outcome wasn't plainly "not done" (design 4.4)."""


def resolve(work: Work) -> bool:
    """Find out what became of the open attempt; True = go on: it was found and its receipt is owed, or it
    surely isn't there and may be sent again.
    """
    if work.record.settle_at is None:
        # the lease lapsed while writing: from its end on the settle time runs, not from the end of ours
        now = work.ports.clock()
        work.write(lambda record: order_attempts.lose(record, work.ports.settle, now, has_ended=True))
    attempt = work.record.attempts[-1]
    return _resolve_create(work, attempt) if attempt.update is None else _resolve_change(work, attempt)


def verify(work: Work) -> None:
    """A day after an unknown outcome: is there still just one order per key?"""
    now = work.ports.clock()
    due = [one for one in work.record.attempts if one.verify_at is not None and one.verify_at <= now]
    found = {one.ordinal: _look(work, one) for one in due}
    work.write(lambda record: order_attempts.verified(record, found, work.ports.clock()))


def _look(work: Work, attempt: Attempt) -> list[str]:
    since = attempt.reserved_at - LOOK_BACK
    return work.erp.find_orders(work.key(attempt.ordinal), attempt.customer_id, since)


def _resolve_create(work: Work, attempt: Attempt) -> bool:
    now = work.ports.clock()
    found = _look(work, attempt)
    work.write(lambda record: order_attempts.looked(record, now))
    if len(found) > 1:
        work.hold(Reason.DUPLICATE_IN_ERP, " ".join(found), work.record.wanted_version)
        return False
    if found:
        work.write(lambda record: order_attempts.bind(record, SavedOrder(found[0]), now))
        return True
    if not _is_settled(work, now):
        return False
    if attempt.creates >= CREATES_ALLOWED:
        work.write(lambda record: order_attempts.hold_unknown(record, now))
        return False
    return True


def _resolve_change(work: Work, attempt: Attempt) -> bool:
    now = work.ports.clock()
    planned: Contents = attempt.reserved
    present = work.present_order(attempt)
    work.write(lambda record: order_attempts.looked(record, now))
    if present is None:
        work.hold(Reason.ORDER_GONE, attempt.order_id, work.record.wanted_version)
        return False
    rows, is_done = after_lost_change(present, attempt.contents.rows, planned.rows)
    if is_done:
        saved = SavedOrder(present.order_id, present.rows, present.net_total)
        work.write(lambda record: order_attempts.bind(record, saved, now))
        return True
    if not _is_settled(work, now):
        return False
    work.write(lambda record: order_attempts.update_lost(record, rows))
    return True


def _is_settled(work: Work, now: datetime) -> bool:
    """True when an empty look counts; else the work is put off until it does."""
    settle_at = work.record.settle_at
    if settle_at is None or now >= settle_at:
        return True
    work.write(lambda record: task_changes.postpone(record, "outcome_looked_for", settle_at, now))
    return False

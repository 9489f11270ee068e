"""A task that changed after its invoice: what is new may become an order, the rest is a person's matter.

Only what an invoice says in money counts as a change: its lines and its customer (decision 0008).
"""

from collections.abc import Sequence
from dataclasses import replace

from connector.domain import order_attempts
from connector.domain.erp_order import ErpOrder
from connector.domain.order import Order, SentRow
from connector.domain.order_mapping import NoOrder
from connector.domain.reason import Reason
from connector.domain.settings import InvoicedOrderChanged
from connector.domain.task import Task
from connector.domain.task_record import Attempt, Contents
from connector.usecases.found_orders import may_hide_ours
from connector.usecases.map_order import map_order
from connector.usecases.place_order import create, next_ordinal, refuse_change
from connector.usecases.task_work import Work


def supplement(work: Work, task: Task, attempt: Attempt, present: ErpOrder, wanted: Order) -> None:
    """The latest order is an invoice: what stands on none of ours yet may become an order of its own."""
    own = work.own_registrations(task, attempt)
    fresh = frozenset(wanted.registration_ids).difference(attempt.contents.registration_ids)
    leftover = attempt.order_id if _differs(work, task, attempt, wanted, fresh) else None
    leftover = leftover or shown_otherwise(work, task, attempt)
    if not fresh:
        digest = work.digest(task, own, attempt.customer_id)
        same = replace(attempt.contents, task_version=task.version, fingerprint=digest, leftover=leftover)
        settle_unchanged(work, attempt, same)
        return
    holds = work.integration.settings.invoiced_order_changed is InvoicedOrderChanged.HOLD
    is_untold = not attempt.rows_known and may_hide_ours(present, attempt.contents.rows)
    if holds or is_untold:
        setting = None if is_untold else "invoiced_order_changed"
        work.hold(Reason.ORDER_INVOICED, attempt.order_id, task.version, setting)
        return
    work.write(lambda record: order_attempts.recognise(record, attempt.ordinal, attempt.contents.rows))
    mapped = map_order(work, task, next_ordinal(work), own)
    if isinstance(mapped, NoOrder):
        refuse_change(work, task, mapped)
    else:
        create(work, task, mapped, leftover)


def shown_otherwise(work: Work, task: Task, latest: Attempt) -> str | None:
    """An earlier order, invoiced since it has a supplementary one, that shows the task otherwise."""
    own = work.own_registrations(task, latest)
    everything = frozenset(one.id for one in task.registrations)
    for one in work.record.attempts:
        if one.ordinal == latest.ordinal or one.order_id is None or one.is_gone:
            continue
        others = everything.difference(one.contents.registration_ids)
        same = map_order(work, task, one.ordinal, own, others)
        if isinstance(same, NoOrder) or _amounts(same.sent_rows) != _amounts(one.contents.rows):
            return one.order_id
    return None


def settle_unchanged(work: Work, attempt: Attempt, contents: Contents) -> None:
    """Nothing is to be sent for this version of the task; an invoice that shows it otherwise holds it."""
    if contents.leftover:
        work.hold(Reason.ORDER_INVOICED, contents.leftover, contents.task_version)
    else:
        now = work.ports.clock()
        work.write(lambda record: order_attempts.unchanged(record, attempt.ordinal, contents, now))


def _differs(work: Work, task: Task, attempt: Attempt, wanted: Order, fresh: frozenset[str]) -> bool:
    """True when the task no longer gives what the invoice says."""
    head = attempt.contents.head
    if head and head["customer_id"] != wanted.head["customer_id"]:
        return True
    same = map_order(work, task, attempt.ordinal, work.own_registrations(task, attempt), fresh)
    return isinstance(same, NoOrder) or _amounts(same.sent_rows) != _amounts(attempt.contents.rows)


def _amounts(rows: Sequence[SentRow]) -> dict[frozenset[str], SentRow]:
    """The rows that stand for registrations, by them, without their place; words count where there is no
    product.
    """
    return {
        frozenset(row.registration_ids): replace(
            row,
            sequence=0,
            row_id=None,
            registration_ids=(),
            words="" if row.product_id is not None else row.words,
        )
        for row in rows
        if row.registration_ids
    }

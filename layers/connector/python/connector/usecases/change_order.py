"""A task that has its order and changed: the order is updated, supplemented, or left to a person.

Design 4.4; what counts as a change after the invoice: decision 0008.
"""

from dataclasses import replace
from functools import partial

from connector.domain import order_attempts
from connector.domain.erp_order import ErpOrder
from connector.domain.order import Order, digest
from connector.domain.order_mapping import NoOrder
from connector.domain.order_update import Conflict, plan_change, recognised
from connector.domain.reason import Reason
from connector.domain.settings import InvoicedOrderChanged, OpenOrderChanged
from connector.domain.task import Task
from connector.domain.task_record import Attempt, TaskState
from connector.usecases.map_order import map_order
from connector.usecases.place_order import save
from connector.usecases.supplement_order import (
    may_hide_ours,
    no_more,
    own_registrations,
    settle_unchanged,
    shown_otherwise,
    supplement,
)
from connector.usecases.task_work import Work


def follow_task(work: Work, task: Task, attempt: Attempt) -> None:
    """Let the latest order follow the task; no call to the ERP unless the task really changed."""
    if not task.is_finished and not task.is_aborted:
        work.settle(TaskState.ORDERED, Reason.REOPENED, attempt.order_id, task.version)
    elif _digest(work, task, attempt) == attempt.contents.fingerprint:
        _as_it_was(work, task)
    elif task.is_aborted:
        work.hold(Reason.ABORTED_AFTER_ORDER, attempt.order_id, task.version)
    else:
        _change(work, task, attempt)


def _digest(work: Work, task: Task, attempt: Attempt) -> str:
    return work.digest(task, own_registrations(work, task, attempt), attempt.customer_id)


def _as_it_was(work: Work, task: Task) -> None:
    """Nothing changed: what holds the task for its order holds it still."""
    trouble = work.record.trouble
    if trouble is None:
        work.settle(TaskState.ORDERED, None, None, task.version)
    else:
        work.hold(trouble.reason, trouble.detail, task.version)


def _change(work: Work, task: Task, attempt: Attempt) -> None:
    trouble = work.record.trouble
    if trouble is not None and trouble.reason is Reason.DUPLICATE_IN_ERP:
        # Which of them is to follow the task, a person has to say first.
        work.hold(Reason.DUPLICATE_IN_ERP, trouble.detail, task.version)
        return
    settings = work.integration.settings
    holds_open = settings.open_order_changed is OpenOrderChanged.HOLD
    if holds_open and settings.invoiced_order_changed is InvoicedOrderChanged.HOLD and attempt.rows_known:
        work.hold(Reason.TASK_CHANGED, attempt.order_id, task.version, "open_order_changed")
        return
    attempt, present = _present(work, attempt)
    if present is None:
        now = work.ports.clock()
        gone = (Reason.ORDER_GONE, attempt.order_id, task.version, now)
        work.write(lambda record: order_attempts.trouble(record, *gone))
        return
    untold = _recognise_earlier(work, task)
    if untold is not None:
        work.hold(Reason.ROWS_CHANGED_IN_ERP, untold, task.version)
        return
    wanted = map_order(work, task, attempt.ordinal, own_registrations(work, task, attempt))
    if isinstance(wanted, NoOrder):
        no_more(work, task, wanted)
        return
    if not attempt.rows_known:
        own = own_registrations(work, task, attempt)
        work.write(partial(order_attempts.exported, registrations=own))
        contents = replace(attempt.contents, rows=recognised(present, wanted), head=_head_of(present))
        attempt = replace(attempt, contents=contents)
    if present.is_invoiced:
        supplement(work, task, attempt, present, wanted)
    elif holds_open:
        work.hold(Reason.TASK_CHANGED, attempt.order_id, task.version, "open_order_changed")
    else:
        _update(work, task, attempt, present, wanted)


def _update(work: Work, task: Task, attempt: Attempt, present: ErpOrder, wanted: Order) -> None:
    plan = plan_change(present, attempt.contents.rows, wanted, attempt.contents.head)
    if isinstance(plan, Conflict) or _may_double(present, attempt):
        places = plan.sequences if isinstance(plan, Conflict) else ()
        detail = " ".join([present.order_id, *(f"#{one}" for one in places)])
        work.hold(Reason.ROWS_CHANGED_IN_ERP, detail, task.version)
        return
    fingerprint = work.digest(task, own_registrations(work, task, attempt), wanted.customer_id)
    contents = replace(
        order_attempts.contents_of(wanted, task.version, fingerprint),
        rows=plan.rows,
        is_total_ours=plan.is_total_ours,
        leftover=shown_otherwise(work, task, attempt),
    )
    if plan.change.is_empty:
        settle_unchanged(work, attempt, contents)
        return
    if not work.is_approved(task.version):
        work.hold(Reason.WAITING_FOR_APPROVAL, attempt.order_id, task.version, "release")
        return
    work.before_saving()
    erp, now = work.erp, work.ports.clock()
    work.write(lambda record: order_attempts.reserve_update(record, contents, now))
    refused = save(work, lambda: erp.change_order(plan.change))
    if refused is None:
        return
    present_now = work.present_order(attempt)
    if present_now is not None and present_now.is_invoiced:
        supplement(work, task, attempt, present_now, wanted)
    else:
        work.hold(Reason.ERP_REFUSED, refused.words or refused.code, task.version)


def _head_of(present: ErpOrder) -> dict[str, str]:
    """Of the head of an order that was found only the customer counts: who is to pay."""
    return {} if present.customer_id is None else {"customer_id": digest(repr(present.customer_id))}


def _present(work: Work, attempt: Attempt) -> tuple[Attempt, ErpOrder | None]:
    """The order as it stands; the other one of the same key where a person called ours off and kept that."""
    present = work.present_order(attempt)
    if present is not None:
        return attempt, present
    key = work.key(attempt.ordinal)
    found = work.erp.find_orders_of([key]).get(key.text, ())
    if len(found) != 1 or found[0] == attempt.order_id:
        return attempt, None
    work.write(partial(order_attempts.exchange, ordinal=attempt.ordinal, order_id=found[0]))
    kept = work.record.order or attempt
    return kept, work.present_order(kept)


def _recognise_earlier(work: Work, task: Task) -> str | None:
    """Tell which registrations stand on earlier orders that were found, so that no later one gets them too.

    Gives the first order whose rows can't all be told, for a person to look at.
    """
    for attempt in work.record.attempts[:-1]:
        if attempt.rows_known or attempt.order_id is None or attempt.is_gone:
            continue
        present = work.present_order(attempt)
        if present is None:
            work.write(partial(order_attempts.gone, ordinal=attempt.ordinal))
            continue
        wanted = map_order(work, task, attempt.ordinal, own_registrations(work, task, attempt))
        rows = recognised(present, wanted) if isinstance(wanted, Order) else ()
        if may_hide_ours(present, rows):
            return attempt.order_id
        work.write(partial(order_attempts.recognise, ordinal=attempt.ordinal, rows=rows))
    return None


def _may_double(present: ErpOrder, attempt: Attempt) -> bool:
    """True when an order that was found has rows that may be ours, in other words or of lines that went."""
    return not attempt.rows_known and may_hide_ours(present, attempt.contents.rows)

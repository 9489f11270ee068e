"""A task that has its order and changed: the order is updated, supplemented, or left to a person.

Design 4.4; what counts as a change after the invoice: decision 0008.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from connector.domain import order_attempts
from connector.domain.erp_order import ErpOrder
from connector.domain.order import Order, SentRow
from connector.domain.order_mapping import NoOrder
from connector.domain.order_update import Conflict, Plan, plan_change, recognised
from connector.domain.reason import Reason
from connector.domain.settings import InvoicedOrderChanged, OpenOrderChanged
from connector.domain.task import Task
from connector.domain.task_record import Attempt, TaskState
from connector.usecases.place_order import create, save
from connector.usecases.task_work import Work


def follow_task(work: Work, task: Task, attempt: Attempt) -> None:
    """Let the latest order follow the task; no call to the ERP unless the task really changed."""
    if not task.is_finished and not task.is_aborted:
        work.settle(TaskState.ORDERED, Reason.REOPENED, attempt.order_id, task.version)
    elif work.digest(task, _own(work, task, attempt), attempt.customer_id) == attempt.contents.fingerprint:
        work.settle(TaskState.ORDERED, None, None, task.version)
    elif task.is_aborted:
        work.hold(Reason.ABORTED_AFTER_ORDER, attempt.order_id, task.version)
    else:
        _change(work, task, attempt)


def _change(work: Work, task: Task, attempt: Attempt) -> None:
    settings = work.integration.settings
    holds_open = settings.open_order_changed is OpenOrderChanged.HOLD
    if holds_open and settings.invoiced_order_changed is InvoicedOrderChanged.HOLD and attempt.rows_known:
        work.hold(Reason.TASK_CHANGED, attempt.order_id, task.version, "open_order_changed")
        return
    present = work.present_order(attempt)
    if present is None:
        work.hold(Reason.ORDER_GONE, attempt.order_id, task.version)
        return
    untold = _recognise_earlier(work, task)
    if untold is not None:
        work.hold(Reason.ROWS_CHANGED_IN_ERP, untold, task.version)
        return
    own = _own(work, task, attempt)
    wanted = work.map(task, attempt.ordinal, own, customer_id=attempt.customer_id or None)
    if isinstance(wanted, NoOrder):
        _no_more(work, task, wanted)
        return
    if not attempt.rows_known:
        rows = recognised(present, wanted)
        attempt = replace(attempt, contents=replace(attempt.contents, rows=rows))
    if present.is_invoiced:
        _supplement(work, task, attempt, present, wanted)
    elif holds_open:
        work.hold(Reason.TASK_CHANGED, attempt.order_id, task.version, "open_order_changed")
    else:
        _update(work, task, attempt, present, wanted)


def _update(work: Work, task: Task, attempt: Attempt, present: ErpOrder, wanted: Order) -> None:
    plan = plan_change(present, attempt.contents.rows, wanted, attempt.contents.head)
    if isinstance(plan, Conflict) or _may_double(plan, present, attempt):
        places = plan.sequences if isinstance(plan, Conflict) else ()
        detail = " ".join([present.order_id, *(f"#{one}" for one in places)])
        work.hold(Reason.ROWS_CHANGED_IN_ERP, detail, task.version)
        return
    digest = work.digest(task, _own(work, task, attempt), wanted.customer_id)
    contents = replace(
        order_attempts.contents_of(wanted, task.version, digest),
        rows=plan.rows,
        is_total_ours=plan.is_total_ours,
    )
    if plan.change.is_empty:
        work.write(lambda record: order_attempts.unchanged(record, contents, work.ports.clock()))
        return
    if not work.is_approved(task.version):
        work.hold(Reason.WAITING_FOR_APPROVAL, attempt.order_id, task.version, "release")
        return
    work.before_saving()
    erp, now = work.erp, work.ports.clock()
    work.write(lambda record: order_attempts.reserve_update(record, wanted, contents, now))
    refused = save(work, lambda: erp.change_order(plan.change))
    if refused is None:
        return
    present_now = work.present_order(attempt)
    if present_now is not None and present_now.is_invoiced:
        _supplement(work, task, attempt, present_now, wanted)
    else:
        work.hold(Reason.ERP_REFUSED, refused.words or refused.code, task.version)


def _recognise_earlier(work: Work, task: Task) -> str | None:
    """Tell which registrations stand on earlier orders that were found, so that no later one gets them too.

    Gives the first order whose rows can't all be told, for a person to look at.
    """
    for attempt in work.record.attempts[:-1]:
        if attempt.rows_known or attempt.order_id is None or attempt.is_gone:
            continue
        present = work.present_order(attempt)
        wanted = work.map(task, attempt.ordinal, _own(work, task, attempt))
        rows = recognised(present, wanted) if present and isinstance(wanted, Order) else ()
        if present is None or _may_hide_ours(present, rows):
            return attempt.order_id
        work.write(partial(order_attempts.recognise, ordinal=attempt.ordinal, rows=rows))
    return None


def _may_hide_ours(present: ErpOrder, ours: Sequence[SentRow]) -> bool:
    """True when rows that we can't tell may stand for registrations; an order of text rows has no others."""
    products = sum(row.product_id is not None for row in present.rows)
    told = sum(row.product_id is not None for row in ours)
    return products > told if products else len(present.rows) > len(ours)


def _supplement(work: Work, task: Task, attempt: Attempt, present: ErpOrder, wanted: Order) -> None:
    """The order is an invoice: what stands on none of ours yet may become an order of its own.

    Only what an invoice says in money counts as a change: its lines and its customer.
    """
    own = _own(work, task, attempt)
    fresh = frozenset(wanted.registration_ids).difference(attempt.contents.registration_ids)
    leftover = attempt.order_id if _differs(work, task, attempt, wanted, fresh) else None
    if not fresh and not leftover:
        digest = work.digest(task, own, attempt.customer_id)
        same = replace(attempt.contents, task_version=task.version, fingerprint=digest)
        work.write(lambda record: order_attempts.unchanged(record, same, work.ports.clock()))
        return
    holds = work.integration.settings.invoiced_order_changed is InvoicedOrderChanged.HOLD
    is_untold = not attempt.rows_known and _may_hide_ours(present, attempt.contents.rows)
    if not fresh or holds or is_untold:
        setting = "invoiced_order_changed" if fresh and not is_untold else None
        work.hold(Reason.ORDER_INVOICED, attempt.order_id, task.version, setting)
        return
    work.write(lambda record: order_attempts.recognise(record, attempt.ordinal, attempt.contents.rows))
    mapped = work.map(task, attempt.ordinal + 1, own, customer_id=attempt.customer_id or None)
    if isinstance(mapped, NoOrder):
        _no_more(work, task, mapped)
    else:
        create(work, task, mapped, leftover)


def _differs(work: Work, task: Task, attempt: Attempt, wanted: Order, fresh: frozenset[str]) -> bool:
    """True when the task no longer gives what the invoice says."""
    head = attempt.contents.head
    if head and head["customer_id"] != wanted.head["customer_id"]:
        return True
    own = _own(work, task, attempt)
    same = work.map(task, attempt.ordinal, own, without=fresh, customer_id=attempt.customer_id or None)
    return isinstance(same, NoOrder) or _amounts(same.sent_rows) != _amounts(attempt.contents.rows)


def _amounts(rows: Sequence[SentRow]) -> dict[tuple[str, ...], SentRow]:
    """The rows that stand for registrations, by them, without their place."""
    return {
        row.registration_ids: replace(row, sequence=0, row_id=None, words="")
        for row in rows
        if row.registration_ids
    }


def _no_more(work: Work, task: Task, refusal: NoOrder) -> None:
    """The task has an order but would give none now: only a start date that moved leaves it at that."""
    moved = refusal.reason is Reason.FINISHED_BEFORE_START
    state = TaskState.ORDERED if moved else TaskState.HELD
    work.settle(state, refusal.reason, refusal.detail, task.version, refusal.waits_for)


def _may_double(plan: Plan, present: ErpOrder, attempt: Attempt) -> bool:
    """True when rows that we'd add to an order that was found may stand on it already, in other words."""
    return (
        not attempt.rows_known and bool(plan.change.added) and len(present.rows) > len(attempt.contents.rows)
    )


def _own(work: Work, task: Task, attempt: Attempt) -> frozenset[str]:
    """Registrations that our own receipts turned `exported`; of an order that was found, all such ones."""
    if attempt.rows_known:
        return work.record.own_registrations
    return frozenset(one.id for one in task.registrations if one.status == "exported")

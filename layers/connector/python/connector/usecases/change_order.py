"""A task that has its order and changed: the order is updated, supplemented, or left to a person.

Design 4.4; what counts as a change after the invoice: decision 0008.
"""

from dataclasses import replace

from connector.domain import order_attempts
from connector.domain.erp_order import ErpOrder
from connector.domain.order import Order
from connector.domain.order_mapping import NoOrder
from connector.domain.order_update import Conflict, plan_change
from connector.domain.reason import Reason
from connector.domain.settings import InvoicedOrderChanged, OpenOrderChanged
from connector.domain.task import Task
from connector.domain.task_record import Attempt, TaskState
from connector.usecases.found_orders import are_twins, may_hide_ours, recognise, recognise_earlier
from connector.usecases.map_order import map_order
from connector.usecases.place_order import refuse_change, save
from connector.usecases.supplement_order import settle_unchanged, shown_otherwise, supplement
from connector.usecases.task_work import Work


def follow_task(work: Work, task: Task) -> None:
    """Let the latest order follow the task; no call to the ERP unless the task really changed."""
    trouble = work.record.trouble
    if trouble is not None and trouble.reason is Reason.DUPLICATE_IN_ERP and are_twins(work, task.version):
        return
    attempt = work.record.order
    if attempt is None:
        raise ValueError("a task without an order has nothing to follow it")
    own = work.own_registrations(task, attempt)
    if not task.is_finished and not task.is_aborted:
        work.settle(TaskState.ORDERED, Reason.REOPENED, attempt.order_id, task.version)
    elif work.digest(task, own, attempt.customer_id) == attempt.contents.fingerprint:
        _as_it_was(work, task)
    elif task.is_aborted:
        work.hold(Reason.ABORTED_AFTER_ORDER, attempt.order_id, task.version)
    else:
        _change(work, task, attempt)


def _as_it_was(work: Work, task: Task) -> None:
    """Nothing changed: what holds the task for its order holds it still."""
    trouble = work.record.trouble
    if trouble is None:
        work.settle(TaskState.ORDERED, None, None, task.version)
    else:
        work.hold(trouble.reason, trouble.detail, task.version)


def _change(work: Work, task: Task, attempt: Attempt) -> None:
    settings = work.integration.settings
    holds_open = settings.open_order_changed is OpenOrderChanged.HOLD
    if holds_open and settings.invoiced_order_changed is InvoicedOrderChanged.HOLD and attempt.rows_known:
        work.hold(Reason.TASK_CHANGED, attempt.order_id, task.version, "open_order_changed")
        return
    present = work.present_order(attempt)
    if present is None:
        _miss(work, task, attempt)
        return
    untold = recognise_earlier(work, task)
    if untold is not None:
        work.hold(Reason.ROWS_CHANGED_IN_ERP, untold, task.version)
        return
    wanted = map_order(work, task, attempt.ordinal, work.own_registrations(task, attempt))
    if isinstance(wanted, NoOrder):
        refuse_change(work, task, wanted)
        return
    if not attempt.rows_known:
        attempt = recognise(work, task, attempt, present, wanted)
    if present.is_invoiced:
        supplement(work, task, attempt, present, wanted)
    elif holds_open:
        work.hold(Reason.TASK_CHANGED, attempt.order_id, task.version, "open_order_changed")
    else:
        _update(work, task, attempt, present, wanted)


def _miss(work: Work, task: Task, attempt: Attempt) -> None:
    """The order is gone, and stays missed however often the task is heard of."""
    now = work.ports.clock()
    work.write(
        lambda record: order_attempts.trouble(record, Reason.ORDER_GONE, attempt.order_id, task.version, now)
    )


def _update(work: Work, task: Task, attempt: Attempt, present: ErpOrder, wanted: Order) -> None:
    plan = plan_change(present, attempt.contents.rows, wanted, attempt.contents.head)
    is_untold = not attempt.rows_known and may_hide_ours(present, attempt.contents.rows)
    if isinstance(plan, Conflict) or is_untold:
        places = plan.sequences if isinstance(plan, Conflict) else ()
        detail = " ".join([present.order_id, *(f"#{one}" for one in places)])
        work.hold(Reason.ROWS_CHANGED_IN_ERP, detail, task.version)
        return
    fingerprint = work.digest(task, work.own_registrations(task, attempt), wanted.customer_id)
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

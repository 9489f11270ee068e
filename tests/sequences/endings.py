"""What must hold when the faults have ended and everything has come to rest."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from connector.domain.reason import Reason
from connector.domain.task import Task
from connector.domain.task_record import SETTLED, TaskRecord, TaskState
from tests.sequences.invariants import Watch
from tests.sequences.story import Violation
from tests.sequences.world import World


@dataclass
class Tally:
    """What became of the runs, counted. The residuals of design 4.4 among them."""

    counts: Counter[str] = field(default_factory=Counter)


POSSIBLE = frozenset(
    {
        Reason.ORDER_INVOICED,
        Reason.ABORTED_WITH_BILLABLE,
        Reason.ABORTED_AFTER_ORDER,
        Reason.TASK_CHANGED,
        Reason.OUTCOME_UNKNOWN,
        Reason.ERP_REFUSED,
    }
)
"""Why a task may be held in this simulation: nobody deletes orders or edits rows in the ERP."""

RESIDUALS = frozenset({Reason.DUPLICATE_IN_ERP, Reason.TOTAL_DIFFERS, Reason.ROWS_CHANGED_IN_ERP})
"""Only after the ERP executed something beyond the settle time."""


def check_endings(world: World, watch: Watch, tally: Tally) -> None:
    """Look at every task. Raises `Violation`."""
    for task in world.smartday.tasks.values():
        _check_task(world, watch, tally, task)


def _check_task(world: World, watch: Watch, tally: Tally, task: Task) -> None:
    record = world.record(task.id)
    accepted = world.accepted.get(task.id, 0)
    is_over = task.is_finished or task.is_aborted
    wanted = max(accepted, task.version if is_over else 0)
    if not wanted and record is None:
        return
    if record is None or record.wanted_version < wanted:
        if not any(one.task_id == task.id for one in world.queue.dead_letters):
            raise Violation(f"{task.id} v{wanted} is lost: no record, no message", task.id)
        tally.counts["dead letters"] += 1
        return
    tally.counts[f"{record.state}{' ' + record.reason if record.reason else ''}"] += 1
    _check_rest(record, task)
    _check_orders(world, watch, tally, record, task)


def _check_rest(record: TaskRecord, task: Task) -> None:
    def must(holds: bool, words: str) -> None:
        if not holds:
            raise Violation(f"{task.id} at rest {words}: {said(record)}", task.id)

    must(record.state in SETTLED, "isn't settled")
    must(record.is_settled or record.state is TaskState.DO_NOT_SEND, "doesn't answer to what was heard")
    must(record.receipt is None, "owes a receipt")
    must(record.lease_owner is None, "is leased")
    must(record.due_at is None, "is due")
    # A create that was lost and is no longer wanted stays open: before any other one comes a look.
    attempt = record.open_attempt
    must(attempt is None or attempt.order_id is None or record.reason is not None, "has a change under way")
    if task.is_finished:
        must(record.state is not TaskState.IGNORED, "is ignored though finished")


def _check_orders(world: World, watch: Watch, tally: Tally, record: TaskRecord, task: Task) -> None:
    orders = {one: order for one, order in world.erp.orders.items() if order.key.task_id == task.id}
    keys = Counter(order.key.text for order in orders.values())
    if max(keys.values(), default=0) > 1:
        tally.counts["residual: two orders, found and held"] += 1
        if (record.state, record.reason) != (TaskState.HELD, Reason.DUPLICATE_IN_ERP):
            raise Violation(f"two orders of one key aren't found: {dict(keys)}, {said(record)}", task.id)
        return
    rows = Counter(row.name for one in orders for row in world.erp.rows(one) if row.product_id is not None)
    doubled = [name for name, count in rows.items() if count > 1]
    if doubled and task.id in watch.late_changes:
        held = record.reason if record.state is TaskState.HELD else "not held"
        tally.counts[f"residual: rows doubled by a late change, {held}"] += 1
        return
    if doubled:
        raise Violation(f"rows stand twice: {doubled}, {said(record)}", task.id)
    _check_hold(watch, record, task)
    if record.state is TaskState.ORDERED and record.reason is None and task.is_finished:
        _check_rows(world, watch, tally, record, task)
        _check_receipts(world, record, task)


def _check_hold(watch: Watch, record: TaskRecord, task: Task) -> None:
    """Only reasons that can be; of several creates nobody knows which one took effect, with which rows."""
    if record.state is not TaskState.HELD or record.reason in POSSIBLE:
        return
    is_late = task.id in watch.late or task.id in watch.late_changes
    is_untold = any(one.creates > 1 for one in record.attempts)
    if is_late and record.reason in RESIDUALS:
        return
    # A supplementary order that was begun, and whose line is gone.
    if record.reason == Reason.NOTHING_TO_INVOICE and len(record.attempts) > 1:
        return
    if not (is_untold and record.reason == Reason.ROWS_CHANGED_IN_ERP):
        raise Violation(f"held for {record.reason}, which can't be: {said(record)}", task.id)


def _check_rows(world: World, watch: Watch, tally: Tally, record: TaskRecord, task: Task) -> None:
    wanted = {one.description: one.quantity for one in task.registrations}
    there: dict[str, Decimal] = {}
    for attempt in record.attempts:
        if attempt.order_id is None:
            continue
        for row in world.erp.rows(attempt.order_id):
            if row.product_id is not None:
                there[row.name] = row.quantity or Decimal(0)
    if there != wanted and task.id in watch.late_changes:
        tally.counts["residual: a late change undid a newer one"] += 1
    elif there != wanted:
        raise Violation(f"rows {there} instead of {wanted}: {said(record)}", task.id)
    known = {one.order_id for one in record.attempts}
    strays = [
        one for one, order in world.erp.orders.items() if order.key.task_id == task.id and one not in known
    ]
    if strays:
        raise Violation(f"orders {strays} aren't known to the record", task.id)


def _check_receipts(world: World, record: TaskRecord, task: Task) -> None:
    """Smartday was told of each order with the lines that stand on it, unless it refused to hear it."""
    if task.id in world.smartday.refused:
        return
    told = world.smartday.orders_told(task.id)
    for attempt in record.attempts:
        if attempt.order_id is None:
            continue
        receipt = told.get(attempt.order_id)
        if receipt is None:
            raise Violation(f"Smartday was never told of {attempt.order_id}: {said(record)}", task.id)
        if sorted(receipt.registration_ids) != sorted(attempt.registration_ids):
            raise Violation(
                f"Smartday was told {receipt.registration_ids} of {attempt.order_id}, "
                f"which has {attempt.registration_ids}", task.id,
            )  # fmt: skip


def said(record: TaskRecord) -> str:
    """A record in one line."""
    orders = " ".join(
        f"[{one.ordinal}: {one.order_id}{' open' if one.is_open else ''} {' '.join(one.registration_ids)}]"
        for one in record.attempts
    )
    versions = f"v{record.handled_version} of v{record.wanted_version}"
    return f"{record.state} {record.reason} {record.detail} {versions} due {record.due_at} {orders}"

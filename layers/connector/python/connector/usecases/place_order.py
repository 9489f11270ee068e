"""A task without an order gets it: map → approved? → reserve → create → bind → receipt (design 4.4)."""

from collections.abc import Callable

from connector.domain import order_attempts
from connector.domain.erp_order import SavedOrder
from connector.domain.order import Order
from connector.domain.order_mapping import NoOrder
from connector.domain.reason import Reason
from connector.domain.stream import Stream
from connector.domain.task import Task
from connector.domain.task_record import TaskState
from connector.errors import CredentialsRejected, Refused, RetryLater, UnknownOutcome
from connector.usecases.import_turn import basis_of
from connector.usecases.map_order import map_order
from connector.usecases.resolve_outcome import resolve
from connector.usecases.task_work import Work

UNKNOWN_IN = {Reason.CUSTOMER_UNKNOWN: Stream.CUSTOMERS, Reason.PRODUCT_UNKNOWN: Stream.PRODUCTS}


def place_order(work: Work, task: Task) -> None:
    """Create the task's order, or settle the record with the reason why there is none."""
    mapped = map_order(work, task, next_ordinal(work), work.record.own_registrations)
    if isinstance(mapped, NoOrder):
        refuse(work, task, mapped)
    else:
        create(work, task, mapped)


def refuse(work: Work, task: Task, mapped: NoOrder) -> None:
    """The task gives no order. What isn't imported yet isn't unknown: creating it would double it."""
    reason = mapped.reason
    stream = UNKNOWN_IN.get(reason)
    if stream is not None and not _is_read(work, stream):
        reason = Reason.REGISTER_NOT_READ
    work.settle(mapped.state, reason, mapped.detail, task.version, mapped.waits_for)


def refuse_change(work: Work, task: Task, refusal: NoOrder) -> None:
    """The task has an order but would give none now: only a start date that moved leaves it at that."""
    moved = refusal.reason is Reason.FINISHED_BEFORE_START
    state = TaskState.ORDERED if moved else TaskState.HELD
    work.settle(state, refusal.reason, refusal.detail, task.version, refusal.waits_for)


def _is_read(work: Work, stream: Stream) -> bool:
    """True once the register of the present company was read to its end."""
    cursor = work.ports.cursors.get(work.integration.agreement_number, stream)
    return cursor is not None and cursor.resting_on(basis_of(work.integration, stream)).is_read


def create(work: Work, task: Task, order: Order, leftover: str | None = None) -> None:
    """Create this order; `leftover` names an invoiced one that shows the task otherwise."""
    if not work.is_approved(task.version):
        work.hold(Reason.WAITING_FOR_APPROVAL, None, task.version, "release")
        return
    work.before_saving()
    erp, now = work.erp, work.ports.clock()
    digest = work.digest(task, work.record.own_registrations, order.customer_id)
    contents = order_attempts.contents_of(order, task.version, digest, leftover)
    version = work.settings_version(order.key.ordinal)
    work.write(lambda record: order_attempts.reserve(record, order, contents, version, now))
    refused = save(work, lambda: erp.save_order(order))
    if refused is not None:
        work.hold(Reason.ERP_REFUSED, refused.words or refused.code, task.version)


def save(work: Work, call: Callable[[], SavedOrder]) -> Refused | None:
    """Make the reserved write and note what came of it; gives the ERP's refusal.

    Raises `RetryLater` and `CredentialsRejected` when surely nothing was done.
    """
    try:
        saved = call()
    except UnknownOutcome:
        work.write(lambda record: order_attempts.lose(record, work.ports.settle, work.ports.clock()))
        resolve(work)
    except (RetryLater, CredentialsRejected):
        work.write(lambda record: order_attempts.not_done(record, work.ports.clock()))
        raise
    except Refused as error:
        work.write(lambda record: order_attempts.not_done(record, work.ports.clock()))
        return error
    else:
        work.write(lambda record: order_attempts.bind(record, saved, work.ports.clock()))
    return None


def next_ordinal(work: Work) -> int:
    """The ordinal of the next create: a lost one's own again, else one that no order ever had."""
    if not work.record.attempts:
        return 1
    last = work.record.attempts[-1]
    return last.ordinal + 1 if last.order_id is not None or last.is_gone else last.ordinal

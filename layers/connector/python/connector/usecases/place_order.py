"""A task without an order gets it: map → approved? → reserve → create → bind → receipt (design 4.4)."""

from collections.abc import Callable

from connector.domain import order_attempts
from connector.domain.erp_order import SavedOrder
from connector.domain.order import Order
from connector.domain.order_mapping import NoOrder
from connector.domain.reason import Reason
from connector.domain.settings import FieldCustomers
from connector.domain.task import Task
from connector.domain.task_record import TaskState
from connector.domain.waiting import for_setting
from connector.errors import CredentialsRejected, Refused, RetryLater, UnknownOutcome
from connector.usecases.create_customer import company_of
from connector.usecases.resolve_outcome import resolve
from connector.usecases.task_work import Work


def place_order(work: Work, task: Task) -> None:
    """Create the task's order, or settle the record with the reason why there is none."""
    ordinal = _next_ordinal(work)
    mapped = work.map(task, ordinal, work.record.own_registrations)
    if isinstance(mapped, NoOrder) and mapped.reason is Reason.CUSTOMER_WITHOUT_NUMBER:
        mapped = _with_field_customer(work, task, ordinal, mapped)
    if isinstance(mapped, NoOrder):
        refuse(work, task, mapped)
    else:
        create(work, task, mapped)


def refuse(work: Work, task: Task, mapped: NoOrder) -> None:
    """The task gives no order."""
    work.settle(mapped.state, mapped.reason, mapped.detail, task.version, mapped.waits_for)


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


def _next_ordinal(work: Work) -> int:
    if not work.record.attempts:
        return 1
    last = work.record.attempts[-1]
    return last.ordinal + 1 if last.order_id is not None or last.is_gone else last.ordinal


def _with_field_customer(work: Work, task: Task, ordinal: int, refusal: NoOrder) -> Order | NoOrder:
    """The order for a customer made in the field, when the settings let us make it in the ERP too."""
    own = work.record.own_registrations
    creates = work.settings(ordinal).field_customers is FieldCustomers.CREATE
    if not creates or task.buyer is None or not task.buyer.id:
        return refusal
    # Everything else must be right first: no customer is made for a task that is held all the same.
    tried = work.map(task, ordinal, own, customer_id=1)
    if isinstance(tried, NoOrder):
        return tried
    if not work.is_approved(task.version):
        return NoOrder(TaskState.HELD, Reason.WAITING_FOR_APPROVAL, waits_for=for_setting("release"))
    company = company_of(work, task.buyer.id)
    return company if isinstance(company, NoOrder) else work.map(task, ordinal, own, customer_id=company)

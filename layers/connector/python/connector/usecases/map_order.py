"""The order that a task gives, its buyer included: one made in the field is found, or made, in the ERP."""

from dataclasses import replace

from connector.domain.binding import Kind
from connector.domain.order import Order
from connector.domain.order_mapping import NoOrder
from connector.domain.reason import Reason
from connector.domain.settings import FieldCustomers
from connector.domain.task import Task
from connector.domain.task_record import TaskState
from connector.domain.waiting import for_setting
from connector.usecases.create_customer import company_of
from connector.usecases.task_work import Work


def map_order(
    work: Work, task: Task, ordinal: int, own: frozenset[str], without: frozenset[str] = frozenset()
) -> Order | NoOrder:
    """The order of that ordinal, or why there is none; `without` leaves these registrations out.

    Raises `RetryLater` while its customer is being created.
    """
    mapped = work.map(task, ordinal, own, without=without)
    if not isinstance(mapped, NoOrder) or mapped.reason is not Reason.CUSTOMER_WITHOUT_NUMBER:
        return mapped
    if task.buyer is None or not task.buyer.id:
        return mapped
    claim = work.ports.customer_claims.get(work.record.agreement_number, task.buyer.id)
    if claim is not None and claim.company_id is not None and claim.is_linked:
        return _for_company(work, task, claim.company_id, ordinal, own, without)
    if work.settings(ordinal).field_customers is not FieldCustomers.CREATE:
        return mapped
    # Everything else must be right first: no customer is made for a task that is held all the same.
    tried = work.map(task, ordinal, own, without=without, customer_id=1)
    if isinstance(tried, NoOrder):
        return tried
    if not work.is_approved(task.version):
        return NoOrder(TaskState.HELD, Reason.WAITING_FOR_APPROVAL, waits_for=for_setting("release"))
    company = company_of(work, task.buyer.id)
    if isinstance(company, NoOrder):
        return company
    return work.map(task, ordinal, own, without=without, customer_id=company)


def _for_company(
    work: Work, task: Task, company: int, ordinal: int, own: frozenset[str], without: frozenset[str]
) -> Order | NoOrder:
    """The order of a buyer whose company is known; its binding, if any, says whether orders may go there."""
    number = str(company)
    if task.buyer and number in work.ports.bindings.get(
        work.record.agreement_number, Kind.CUSTOMERS, [number]
    ):
        task = replace(task, billing_customer=replace(task.buyer, number=number))
    return work.map(task, ordinal, own, without=without, customer_id=company)

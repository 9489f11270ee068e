"""A customer made in the field becomes one company in the ERP, whatever fails (design 4.11).

Searched first, by our own id and by organisation number, and only then created; one process at a time has
the right to, and after a lost answer an empty search counts only when the settle time is over.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from connector.domain.binding import Binding, Kind
from connector.domain.field_customer import CustomerClaim
from connector.domain.lease import LEASE_MARGIN
from connector.domain.master_data import FieldCustomer
from connector.domain.master_data_mapping import Mapped, to_customer
from connector.domain.order_mapping import NoOrder
from connector.domain.reason import Reason
from connector.domain.task_record import TaskState
from connector.errors import CredentialsRejected, NotFound, Refused, RetryLater, Stale, UnknownOutcome
from connector.usecases.task_work import Work

AGAIN = timedelta(seconds=15)
"""When another process is at it, or the claim was contended."""


def company_of(work: Work, smartday_id: str) -> int | NoOrder:
    """The ERP's number of the customer, or why there is none.

    Raises `RetryLater` while another process creates it, or while it is unknown whether it was created.
    """
    claim = _claim(work, smartday_id)
    if claim.company_id is None:
        found = _find_or_create(work, claim)
        if isinstance(found, NoOrder):
            _save(work, replace(claim, lease_owner=None, lease_until=None))
            return found
        claim = _save(
            work, replace(claim, company_id=found, lease_owner=None, lease_until=None, settle_at=None)
        )
    number = claim.company_id or 0
    if not claim.is_linked:
        _link(work, claim, number)
    return number


def _claim(work: Work, smartday_id: str) -> CustomerClaim:
    agreement_number, now = work.integration.agreement_number, work.ports.clock()
    claim = work.ports.customer_claims.get(agreement_number, smartday_id)
    claim = claim or CustomerClaim(agreement_number, smartday_id)
    if claim.company_id is not None:
        return claim
    if claim.lease_until is not None and now < claim.lease_until and claim.lease_owner != work.claim.owner:
        raise RetryLater("customer_being_created", AGAIN)
    settle_at = claim.settle_at
    if claim.lease_owner is not None and settle_at is None and claim.lease_until is not None:
        # A process died while it held the claim: it may have created the customer.
        settle_at = claim.lease_until + work.ports.settle
    until = work.deadline + LEASE_MARGIN
    return _save(work, replace(claim, lease_owner=work.claim.owner, lease_until=until, settle_at=settle_at))


def _find_or_create(work: Work, claim: CustomerClaim) -> int | NoOrder:
    customer = _details(work, claim.smartday_id)
    if customer is None:
        return NoOrder(TaskState.HELD, Reason.CUSTOMER_WITHOUT_NUMBER, claim.smartday_id)
    for question in (
        {"external_id": claim.smartday_id},
        {"organisation_number": customer.organisation_number},
    ):
        if not all(question.values()):
            continue
        found = work.erp.find_customers(**{name: value or "" for name, value in question.items()})
        if len(found) > 1:
            numbers = " ".join(str(one.id) for one in found)
            return NoOrder(TaskState.HELD, Reason.CUSTOMER_AMBIGUOUS, numbers)
        if found:
            return found[0].id
    now = work.ports.clock()
    if claim.settle_at is not None and now < claim.settle_at:
        raise RetryLater("customer_outcome_unknown", claim.settle_at - now)
    return _create(work, claim, customer)


def _create(work: Work, claim: CustomerClaim, customer: FieldCustomer) -> int | NoOrder:
    work.need_time_to_save()
    try:
        return work.erp.create_customer(customer)
    except UnknownOutcome as error:
        settle_at = work.deadline + LEASE_MARGIN + work.ports.settle
        _save(work, replace(claim, lease_owner=None, lease_until=None, settle_at=settle_at))
        raise RetryLater("customer_outcome_unknown", AGAIN) from error
    except (RetryLater, CredentialsRejected):
        _save(work, replace(claim, lease_owner=None, lease_until=None))
        raise
    except Refused as error:
        return NoOrder(TaskState.HELD, Reason.CUSTOMER_REFUSED, error.words or error.code)


def _details(work: Work, smartday_id: str) -> FieldCustomer | None:
    """The customer's card in Smartday; Bridge has no call for one without number (contract smartday 4.2)."""
    cursor = None
    while True:
        page = work.service.customers(cursor)
        found = next((one for one in page.customers if one.id == smartday_id), None)
        if found is not None or page.next_cursor is None:
            return found
        cursor = page.next_cursor
        work.need_time_to_save()


def _link(work: Work, claim: CustomerClaim, number: int) -> None:
    """Give the customer its number in Smartday, and bind it, so that the next task needs none of this.

    When another customer there has the number already, or this one is gone, the order stands all the same
    and nothing is tried again.
    """
    card = next(iter(work.erp.read_customers([number])), None)
    mapped = to_customer(card, active=True) if card is not None else None
    if not isinstance(mapped, Mapped):
        return
    binding = Binding(Kind.CUSTOMERS, mapped.record.external_number, number)
    work.ports.bindings.put(work.integration.agreement_number, [binding])
    with suppress(Refused, NotFound):
        work.service.link_customer(claim.smartday_id, mapped.record)
    _save(work, replace(claim, is_linked=True))


def _save(work: Work, claim: CustomerClaim) -> CustomerClaim:
    try:
        return work.ports.customer_claims.save(claim)
    except Stale as error:
        raise RetryLater("customer_being_created", AGAIN) from error

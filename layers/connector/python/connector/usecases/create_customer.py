"""A customer made in the field becomes one company in the ERP, whatever fails (design 4.11).

Searched first, by our own id and by organisation number, and only then created; one process at a time has
the right to, and after a lost answer an empty search counts only when the settle time is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from connector.domain.binding import Binding, Kind
from connector.domain.field_customer import CustomerClaim
from connector.domain.lease import LEASE_MARGIN
from connector.domain.master_data import ErpCustomer, FieldCustomer
from connector.domain.master_data_mapping import Mapped, organisation_number, to_customer
from connector.domain.order_mapping import NoOrder
from connector.domain.reason import Reason
from connector.domain.settings import Settings
from connector.domain.task_changes import noted
from connector.domain.task_record import TaskState
from connector.domain.waiting import for_binding
from connector.errors import CredentialsRejected, NotFound, Refused, RetryLater, Stale, UnknownOutcome
from connector.usecases.task_work import Work

LINKED = Settings(import_suppliers=True)
"""An order goes to the company, so it gets its customer, whatever is imported."""

AGAIN = timedelta(seconds=15)
"""When another process is at it, or the claim was contended."""


@dataclass(slots=True)
class _Held:
    """The claim on one customer, as last stored."""

    work: Work
    claim: CustomerClaim

    def save(self, **changes: Any) -> None:
        """Store the claim with these changes."""
        try:
            self.claim = self.work.ports.customer_claims.save(replace(self.claim, **changes))
        except Stale as error:
            raise RetryLater("customer_being_created", AGAIN) from error

    def let_go(self, **changes: Any) -> None:
        """Give the claim up, with these changes; nothing is under way any more."""
        self.save(lease_owner=None, lease_until=None, is_creating=False, **changes)


def company_of(work: Work, smartday_id: str) -> int | NoOrder:
    """The ERP's number of the customer, or why there is none.

    Raises `RetryLater` while another process creates it, or while it is unknown whether it was created.
    """
    held = _claim(work, smartday_id)
    if held.claim.company_id is None:
        try:
            found = _find_or_create(held)
        except (RetryLater, CredentialsRejected):
            if held.claim.lease_owner is not None:
                held.let_go()
            raise
        if isinstance(found, NoOrder):
            held.let_go()
            return found
        held.let_go(company_id=found, settle_at=None)
    number = held.claim.company_id or 0
    if not held.claim.is_linked:
        _link(held, number)
    return number


def _claim(work: Work, smartday_id: str) -> _Held:
    agreement_number, now = work.integration.agreement_number, work.ports.clock()
    claim = work.ports.customer_claims.get(agreement_number, smartday_id)
    held = _Held(work, claim or CustomerClaim(agreement_number, smartday_id))
    claim = held.claim
    if claim.company_id is not None:
        return held
    if claim.lease_until is not None and now < claim.lease_until and claim.lease_owner != work.claim.owner:
        raise RetryLater("customer_being_created", AGAIN)
    settle_at = claim.settle_at
    if claim.is_creating and claim.lease_until is not None:
        # The process died, and may have created the customer.
        settle_at = claim.lease_until + work.ports.settle
    until = work.deadline + LEASE_MARGIN
    held.save(lease_owner=work.claim.owner, lease_until=until, settle_at=settle_at, is_creating=False)
    return held


def _find_or_create(held: _Held) -> int | NoOrder:
    work, smartday_id = held.work, held.claim.smartday_id
    found = _usable(work, work.erp.find_customers(external_id=smartday_id))
    if found is not None:
        return found
    customer = _details(held)
    if customer is None:
        return NoOrder(TaskState.HELD, Reason.CUSTOMER_WITHOUT_NUMBER, smartday_id)
    number = organisation_number(customer.organisation_number)
    found = _usable(work, work.erp.find_customers(organisation_number=number)) if number else None
    if found is not None:
        return found
    now, settle_at = work.ports.clock(), held.claim.settle_at
    if settle_at is not None and now < settle_at:
        raise RetryLater("customer_outcome_unknown", settle_at - now)
    return _create(held, customer)


def _usable(work: Work, found: Sequence[ErpCustomer]) -> int | NoOrder | None:
    """The one company that orders may go to; a supplier's card is no customer (contract 24sevenoffice 4),
    unless suppliers are imported as such.

    One that none may go to is bound as such: the hold waits for that binding, which may be older than the
    answer, and would free the task again at once.
    """
    takes_suppliers = work.integration.settings.import_suppliers
    companies = [one for one in found if takes_suppliers or one.type != "Supplier"]
    if len(companies) > 1:
        numbers = " ".join(str(one.id) for one in companies)
        return NoOrder(TaskState.HELD, Reason.CUSTOMER_AMBIGUOUS, numbers)
    if not companies:
        return None
    company = companies[0]
    if company.active and not company.blocked:
        return company.id
    reason = Reason.CUSTOMER_BLOCKED if company.active else Reason.CUSTOMER_INACTIVE
    number, agreement_number = str(company.id), work.integration.agreement_number
    bound = work.ports.bindings.get(agreement_number, Kind.CUSTOMERS, [number]).get(number)
    bound = bound or Binding(Kind.CUSTOMERS, number, company.id)
    barred = replace(bound, active=company.active, blocked=company.blocked)
    work.ports.bindings.put(agreement_number, [barred])
    return NoOrder(TaskState.HELD, reason, number, for_binding(Kind.CUSTOMERS, number))


def _create(held: _Held, customer: FieldCustomer) -> int | NoOrder:
    work = held.work
    work.before_saving()
    held.save(is_creating=True)
    try:
        return work.erp.create_customer(customer)
    except UnknownOutcome as error:
        held.let_go(settle_at=work.deadline + LEASE_MARGIN + work.ports.settle)
        raise RetryLater("customer_outcome_unknown", AGAIN) from error
    except Refused as error:
        return NoOrder(TaskState.HELD, Reason.CUSTOMER_REFUSED, error.words or error.code)


def _details(held: _Held) -> FieldCustomer | None:
    """The customer's card in Smartday; Bridge has no call for one without number (contract smartday 4.2).

    A list longer than the time is for goes on where it was with the next try.
    """
    work, cursor = held.work, held.claim.list_cursor
    while True:
        try:
            page = work.service.customers(cursor)
        except Refused as error:
            if error.code != "cursor_invalid" or cursor is None:
                raise RetryLater("smartday_unavailable") from error
            cursor = None
            continue
        found = next((one for one in page.customers if one.id == held.claim.smartday_id), None)
        if found is not None or page.next_cursor is None:
            return found
        cursor = page.next_cursor
        if not work.has_time_to_save():
            held.let_go(list_cursor=cursor)
            raise RetryLater("too_little_time_left", timedelta(seconds=1))


def _link(held: _Held, number: int) -> None:
    """Give the customer its number in Smartday, and bind it, so that the next task needs none of this.

    When another customer there has the number already, or this one is gone, the order stands all the same
    and nothing is tried again.
    """
    work = held.work
    card = next(iter(work.erp.read_customers([number])), None)
    mapped = to_customer(card, active=True, settings=LINKED) if card is not None else None
    if isinstance(mapped, Mapped):
        work.before_saving()
        binding = Binding(Kind.CUSTOMERS, mapped.record.external_number, number, blocked=mapped.blocked)
        work.ports.bindings.put(work.integration.agreement_number, [binding])
        try:
            work.service.link_customer(held.claim.smartday_id, mapped.record)
        except (Refused, NotFound):
            now, reason = work.ports.clock(), "customer_not_linked"
            work.write(lambda record: noted(record, now, reason=reason, detail=str(number)))
    held.save(is_linked=True, list_cursor=None)

"""One finished task becomes one order: claim → resolve what is open → fetch → map → reserve → create → bind.

The order of these steps is what makes it exactly one (design 4.4): nothing is created that wasn't
reserved first, and nothing is created again before the ERP answered, in full, that it isn't there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial

from connector.domain import task_changes
from connector.domain.binding import Kind
from connector.domain.integration import Integration
from connector.domain.lease import LEASE_MARGIN, SAVE_TIMEOUT
from connector.domain.order import Order
from connector.domain.order_mapping import Bindings, NoOrder, fingerprint, map_task, numbers_needed
from connector.domain.reason import Reason
from connector.domain.task import Task
from connector.domain.task_record import SETTLED, Attempt, TaskRecord, TaskState
from connector.errors import (
    CredentialsRejected,
    NotFound,
    Refused,
    RetryLater,
    UnknownOutcome,
)
from connector.ports import Clock, ConnectErp, ConnectFieldService, FieldService, TaskQueue
from connector.stores import BindingStore, IntegrationStore, TaskStore
from connector.usecases.claim import Claim, claim_task, note
from connector.usecases.reject_credentials import reject_credentials

CREATE_NEEDS = SAVE_TIMEOUT + timedelta(seconds=5)
"""Least time left for a create: the call itself, and what came of it to be written down (design 4.4)."""

LOOK_BACK = timedelta(minutes=15)
"""How far before the attempt the ERP is searched, for clocks that differ (design 4.4)."""

CREATES_ALLOWED = 2
"""Creates of one key whose outcome wasn't plainly "not done" (design 4.4)."""

DOUBTS = 3
DOUBT_AGAIN = timedelta(minutes=5)
"""A task that Smartday doesn't know, or can't say readably, is asked for again this often."""

SHORT_WAIT = timedelta(seconds=60)
"""Waits up to this are left to the queue's own delay; longer ones to `dispatch` (design 4.5)."""

FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OrderPorts:
    """What creating orders needs. `settle` is how long after a lease an empty look counts."""

    clock: Clock
    integrations: IntegrationStore
    tasks: TaskStore
    bindings: BindingStore
    queue: TaskQueue
    erp: ConnectErp
    field_service: ConnectFieldService
    settle: timedelta


def create_order(
    ports: OrderPorts, agreement_number: str, task_id: str, version: int, owner: str, deadline: datetime
) -> TaskRecord | None:
    """Do what the task needs now; gives the record as it was left, None when somebody else has it.

    `owner` names this process's claim, `deadline` (UTC) is when it will be ended. Raises only for bugs
    and when our own stores can't be reached: then the message comes again.
    """
    now = ports.clock()
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        parked = partial(task_changes.park, now=now)
        return note(ports.tasks, agreement_number, task_id, version, now, parked)
    claim = claim_task(ports.tasks, agreement_number, task_id, version, owner, deadline + LEASE_MARGIN, now)
    if claim is None:
        return None
    try:
        _Work(ports, integration, claim, deadline).run()
    except RetryLater as error:
        _postpone(ports, claim, error)
    except CredentialsRejected as error:
        why = f"{error.side}_{error.code}"
        claim.write(lambda record: task_changes.park(record, ports.clock(), why))
        reject_credentials(ports.integrations, integration)
    else:
        _follow_up(ports, claim.record)
    return claim.record


@dataclass(frozen=True)
class _Work:
    """The steps on one claimed record."""

    ports: OrderPorts
    integration: Integration
    claim: Claim
    deadline: datetime

    @property
    def record(self) -> TaskRecord:
        return self.claim.record

    @cached_property
    def service(self) -> FieldService:
        """One connection for the task and its receipt."""
        return self.ports.field_service(self.integration.agreement_number)

    def run(self) -> None:
        attempt = self.record.open_attempt
        if attempt is not None and not self._resolve(attempt):
            return
        if self.record.receipt is not None:
            self._send_receipt()
        elif self.record.is_settled and self.record.open_attempt is None:
            self._verify()
        else:
            self._handle_task()

    def _resolve(self, attempt: Attempt) -> bool:
        """Find out what became of an attempt that nobody saw the end of; True = create again.

        True also leads on when the order was found: then its receipt is owed.
        """
        now = self.ports.clock()
        if self.record.settle_at is None:
            # the lease lapsed while creating: from its end on the settle time runs
            self._write(lambda record: task_changes.lose(record, self.ports.settle, now))
        found = self._look(attempt)
        if len(found) > 1:
            self._settle(TaskState.HELD, Reason.DUPLICATE_IN_ERP, " ".join(found), attempt.task_version)
            return False
        if found:
            self._write(lambda record: task_changes.bind(record, found[0], now))
            return True
        settle_at = self.record.settle_at
        if settle_at is not None and now < settle_at:
            self._write(lambda record: task_changes.postpone(record, "outcome_unknown", settle_at, now))
            return False
        if attempt.creates >= CREATES_ALLOWED:
            self._write(lambda record: task_changes.hold_unknown(record, now))
            return False
        return True

    def _look(self, attempt: Attempt) -> list[str]:
        erp = self.ports.erp(self.integration.agreement_number)
        return erp.find_orders(self.record.key, attempt.customer_id, attempt.reserved_at - LOOK_BACK)

    def _verify(self) -> None:
        """A day after an unknown outcome: is there still just one order?"""
        found = self._look(self.record.attempts[-1])
        self._write(lambda record: task_changes.verified(record, found, self.ports.clock()))

    def _handle_task(self) -> None:
        try:
            task = self.service.task(self.record.task_id)
        except NotFound:
            self._doubt(Reason.TASK_GONE)
            state = TaskState.IGNORED if self.record.order is None else TaskState.ORDERED
            self._settle(state, Reason.TASK_GONE, None, self.record.wanted_version)
            return
        except Refused as error:
            self._doubt(Reason.TASK_UNREADABLE)
            self._settle(TaskState.HELD, Reason.TASK_UNREADABLE, error.words, self.record.wanted_version)
            return
        if task.version < self.record.wanted_version:
            raise RetryLater("task_version_behind", timedelta(seconds=5))
        if self.record.order is not None:
            self._compare(task, self.record.order)
            return
        mapped = self._map(task)
        if isinstance(mapped, NoOrder):
            self._settle(mapped.state, mapped.reason, mapped.detail, task.version)
        else:
            self._create(task, mapped)

    def _doubt(self, reason: Reason) -> None:
        """An answer that nobody expects, and that would cost an order, is believed when it stays the same."""
        again = self.record.reason != reason or self.record.failures < DOUBTS
        if self.record.order is None and again:
            raise RetryLater(reason.value, DOUBT_AGAIN)

    def _map(self, task: Task) -> Order | NoOrder:
        agreement_number = self.integration.agreement_number
        customer, products = numbers_needed(task, self.integration.settings)
        get = self.ports.bindings.get
        customers = get(agreement_number, Kind.CUSTOMERS, [customer]) if customer else {}
        bindings = Bindings(customers, get(agreement_number, Kind.PRODUCTS, products) if products else {})
        return map_task(task, bindings, self.integration, self.record.key)

    def _compare(self, task: Task, order: Attempt) -> None:
        """The task is heard of again and has its order: only a real change needs a person."""
        reopened = not task.is_finished and not task.is_aborted
        if reopened or fingerprint(task, self.record.own_registrations) == order.fingerprint:
            why = Reason.NOT_FINISHED.value if reopened else None
            self._settle(TaskState.ORDERED, None, why, task.version)
        else:
            self._settle(TaskState.HELD, Reason.TASK_CHANGED, order.order_id, task.version)

    def _create(self, task: Task, order: Order) -> None:
        now = self.ports.clock()
        if self.deadline - now < CREATE_NEEDS:
            raise RetryLater("too_little_time_left", timedelta(seconds=1))
        erp = self.ports.erp(self.integration.agreement_number)
        self._write(lambda record: task_changes.reserve(record, order, task.version, fingerprint(task), now))
        try:
            order_id = erp.save_order(order)
        except UnknownOutcome:
            self._write(lambda record: task_changes.lose(record, self.ports.settle, self.ports.clock()))
            self._resolve(self.record.attempts[-1])
            self._send_receipt()
            return
        except (RetryLater, CredentialsRejected):
            self._write(lambda record: task_changes.not_done(record, self.ports.clock()))
            raise
        except Refused as error:
            self._write(lambda record: task_changes.not_done(record, self.ports.clock()))
            self._settle(TaskState.HELD, Reason.ERP_REFUSED, error.words or error.code, task.version)
            return
        self._write(lambda record: task_changes.bind(record, order_id, self.ports.clock()))
        self._send_receipt()

    def _send_receipt(self) -> None:
        receipt = self.record.receipt
        if receipt is None:
            return
        try:
            self.service.send_receipt(self.record.task_id, receipt)
        except (Refused, NotFound) as error:
            code = error.code if isinstance(error, Refused) else "not_found"
            self._write(lambda record: task_changes.receipt_refused(record, code, self.ports.clock()))
        else:
            self._write(task_changes.receipt_sent)

    def _settle(self, state: TaskState, reason: Reason | None, detail: str | None, version: int) -> None:
        now = self.ports.clock()
        self._write(lambda record: task_changes.settle(record, state, reason, detail, version, now))

    def _write(self, change: Callable[[TaskRecord], TaskRecord]) -> None:
        self.claim.write(change)


def _postpone(ports: OrderPorts, claim: Claim, error: RetryLater) -> None:
    """Nothing was done: due again, by the queue's delay when it is soon and by `dispatch` in any case."""
    now = ports.clock()
    backoff = min(FIRST_RETRY * 2 ** min(claim.record.failures, 10), LONGEST_RETRY)
    due_at = now + (backoff if error.after is None else error.after)
    claim.write(lambda record: task_changes.postpone(record, error.reason, due_at + SHORT_WAIT, now))
    if due_at - now <= SHORT_WAIT:
        record = claim.record
        ports.queue.send(record.agreement_number, {record.task_id: record.wanted_version}, due_at - now)


def _follow_up(ports: OrderPorts, record: TaskRecord) -> None:
    """Whoever ends the lease queues the task again when more was heard meanwhile (design 4.4)."""
    if record.state in SETTLED and not record.is_settled:
        ports.queue.send(record.agreement_number, {record.task_id: record.wanted_version})

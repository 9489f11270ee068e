"""The work on one claimed task record: what every step needs, and how a step writes what it did."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from connector.domain import task_changes
from connector.domain.binding import Kind
from connector.domain.erp_order import ErpOrder
from connector.domain.integration import Integration
from connector.domain.lease import SAVE_TIMEOUT
from connector.domain.order import ROWS_LIMIT, Order, OrderKey
from connector.domain.order_mapping import Bindings, NoOrder, fingerprint, map_task, numbers_needed
from connector.domain.reason import Reason
from connector.domain.settings import Release, Settings, looking_as
from connector.domain.task import Task
from connector.domain.task_record import Attempt, TaskRecord, TaskState
from connector.domain.waiting import for_setting
from connector.errors import RetryLater
from connector.ports import Clock, ConnectErp, ConnectFieldService, Erp, FieldService, TaskQueue
from connector.stores import BindingStore, CursorStore, CustomerClaimStore, IntegrationStore, TaskStore
from connector.usecases.claim import Claim

SAVE_NEEDS = SAVE_TIMEOUT + timedelta(seconds=5)
"""Least time left for a write: the call itself, and what came of it to be written down (design 4.4)."""


@dataclass(frozen=True, slots=True)
class OrderPorts:
    """What creating orders needs. `settle` is how long after a lease an empty look counts."""

    clock: Clock
    integrations: IntegrationStore
    tasks: TaskStore
    bindings: BindingStore
    customer_claims: CustomerClaimStore
    cursors: CursorStore
    queue: TaskQueue
    erp: ConnectErp
    field_service: ConnectFieldService
    settle: timedelta


@dataclass(frozen=True)
class Work:
    """One claimed record, its integration, and the time until which the process lives (UTC)."""

    ports: OrderPorts
    integration: Integration
    claim: Claim
    deadline: datetime

    @property
    def record(self) -> TaskRecord:
        """The record as last stored."""
        return self.claim.record

    @cached_property
    def service(self) -> FieldService:
        """One connection for the task and its receipt."""
        return self.ports.field_service(self.integration.agreement_number)

    @cached_property
    def erp(self) -> Erp:
        """One connection for all that is asked of the ERP."""
        return self.ports.erp(self.integration.agreement_number)

    def key(self, ordinal: int) -> OrderKey:
        """The order key of the task with that ordinal."""
        return OrderKey(self.record.agreement_number, self.record.task_id, ordinal)

    def write(self, change: Callable[[TaskRecord], TaskRecord]) -> None:
        """Apply the change and store it. Raises `Stale` when the lease went to another process."""
        self.claim.write(change)

    def settle(
        self,
        state: TaskState,
        reason: Reason | None,
        detail: str | None,
        version: int,
        waits_for: str | None = None,
    ) -> None:
        """The record answers to this version of the task."""
        now = self.ports.clock()
        self.write(lambda record: task_changes.settle(record, state, reason, detail, version, now, waits_for))

    def hold(self, reason: Reason, detail: str | None, version: int, setting: str | None = None) -> None:
        """The task needs a person, or another value of this setting."""
        waits_for = for_setting(setting) if setting else None
        self.settle(TaskState.HELD, reason, detail, version, waits_for)

    def present_order(self, attempt: Attempt) -> ErpOrder | None:
        """The attempt's order as the ERP has it; None when it is gone, or a person called it off."""
        order = self.erp.read_order(attempt.order_id or "", self.key(attempt.ordinal))
        return None if order is None or order.is_inactive else order

    def own_registrations(self, task: Task, attempt: Attempt) -> frozenset[str]:
        """Registrations our own receipts turned `exported`; of an order that was found, all such ones."""
        if attempt.rows_known:
            return self.record.own_registrations
        return frozenset(one.id for one in task.registrations if one.status == "exported")

    def has_time_to_save(self) -> bool:
        """True while a write to the ERP, and noting what came of it, still fits in."""
        return self.deadline - self.ports.clock() >= SAVE_NEEDS

    def before_saving(self) -> None:
        """Raise `RetryLater` when too little time is left to write to the ERP and note what came of it, or
        when the integration was paused or given another company since the work began.
        """
        if not self.has_time_to_save():
            raise RetryLater("too_little_time_left", timedelta(seconds=1))
        now = self.ports.integrations.get(self.integration.agreement_number)
        if now is None or not now.is_active or now.erp_company != self.integration.erp_company:
            raise RetryLater("integration_changed", timedelta(seconds=1))

    def settings_version(self, ordinal: int) -> int:
        """The settings that count for that order: what was begun keeps those that it began under."""
        begun = (one.settings_version for one in self.record.attempts if one.ordinal == ordinal)
        return next(begun, self.integration.settings_version)

    def settings(self, ordinal: int) -> Settings:
        """How that order looks is as it was begun; whether anything is sent is decided as of now."""
        begun = self.integration.settings_at(self.settings_version(ordinal))
        return looking_as(begun, self.integration.settings)

    def map(
        self,
        task: Task,
        ordinal: int,
        own: frozenset[str],
        *,
        without: frozenset[str] = frozenset(),
        customer_id: int | None = None,
    ) -> Order | NoOrder:
        """The order of that ordinal that the task gives, without what stands on its other orders."""
        settings, agreement_number = self.settings(ordinal), self.integration.agreement_number
        customer, products = numbers_needed(task, settings)
        get = self.ports.bindings.get
        customers = get(agreement_number, Kind.CUSTOMERS, [customer]) if customer else {}
        bindings = Bindings(customers, get(agreement_number, Kind.PRODUCTS, products) if products else {})
        mapped = map_task(
            task,
            bindings,
            self.integration,
            self.key(ordinal),
            own,
            settings=settings,
            elsewhere=self.record.registrations_elsewhere(ordinal) | without,
            customer_id=customer_id,
        )
        count = max(len(mapped.rows), len(mapped.registration_ids)) if isinstance(mapped, Order) else 0
        if count > ROWS_LIMIT:
            return NoOrder(TaskState.HELD, Reason.TOO_MANY_ROWS, f"{count} / {ROWS_LIMIT}")
        return mapped

    def digest(self, task: Task, own: frozenset[str], customer_id: int) -> str:
        """The task's fingerprint, of whose customers only the buyer counts; one made in the field under the
        number that it gets.
        """
        buyer = task.buyer
        if buyer is not None and buyer.number is None:
            buyer = replace(buyer, number=str(customer_id))
        return fingerprint(replace(task, customer=None, billing_customer=buyer), own)

    def is_approved(self, version: int) -> bool:
        """True when this version may reach the ERP without a person, or a person let it (design 4.11)."""
        automatic = self.integration.settings.release is Release.AUTOMATIC
        return automatic or self.record.approved_version >= version

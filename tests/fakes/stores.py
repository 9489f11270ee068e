"""In-memory stores: the same conditional behaviour as the DynamoDB and SSM ones, no network.

`tests/contract` runs one suite against these and against the real adapters. Each public method holds
one lock, so that racing writers have one winner here too.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock

from connector.domain.binding import Binding, Kind
from connector.domain.field_customer import CustomerClaim
from connector.domain.integration import AT_WORK, Integration, IntegrationState
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import Stale

KEY_LIMIT = 1024


def utc_now() -> datetime:
    """The real present."""
    return datetime.now(UTC)


@dataclass
class MemoryTaskStore:
    """`TaskStore` in memory. `before_save` sees each record first and may raise (crash, throttling)."""

    records: dict[tuple[str, str], TaskRecord] = field(default_factory=dict)
    before_save: Callable[[TaskRecord], None] = lambda record: None
    _lock: Lock = field(default_factory=Lock, repr=False)

    def get(self, agreement_number: str, task_id: str) -> TaskRecord | None:
        """See `TaskStore.get`."""
        return self.records.get((agreement_number, task_id))

    def save(self, record: TaskRecord) -> TaskRecord:
        """See `TaskStore.save`."""
        self.before_save(record)
        if len((record.waits_for or "").encode()) > KEY_LIMIT:
            record = replace(record, waits_for=None)
        key = (record.agreement_number, record.task_id)
        with self._lock:
            stored = self.records.get(key)
            if (stored.revision if stored else 0) != record.revision:
                raise Stale
            self.records[key] = saved = replace(record, revision=record.revision + 1)
        return saved

    def waiting(self, agreement_number: str, keys: Sequence[str]) -> list[TaskRecord]:
        """See `TaskStore.waiting`."""
        return [one for one in self._of(agreement_number) if one.waits_for in keys]

    def waited_for(self, agreement_number: str, prefix: str) -> frozenset[str]:
        """See `TaskStore.waited_for`."""
        keys = [one.waits_for for one in self._of(agreement_number) if one.waits_for is not None]
        return frozenset(key for key in keys if key.startswith(prefix))

    def handled_versions(self, agreement_number: str, task_ids: Sequence[str]) -> Mapping[str, int]:
        """See `TaskStore.handled_versions`."""
        found = {task_id: self.get(agreement_number, task_id) for task_id in task_ids}
        return {task_id: record.wanted_version for task_id, record in found.items() if record}

    def ordered(self, agreement_number: str, task_ids: Sequence[str]) -> frozenset[str]:
        """See `TaskStore.ordered`."""
        records = ((one, self.records.get((agreement_number, one))) for one in task_ids)
        return frozenset(
            one for one, record in records if record and any(attempt.order_id for attempt in record.attempts)
        )

    def due(self, now: datetime, limit: int) -> list[TaskRecord]:
        """See `TaskStore.due`."""
        waiting = [(one.due_at, one) for one in list(self.records.values()) if one.due_at is not None]
        ripe = sorted((pair for pair in waiting if pair[0] <= now), key=lambda pair: pair[0])
        return [record for _, record in ripe[:limit]]

    def page(
        self, agreement_number: str, state: TaskState | None, cursor: str | None, limit: int
    ) -> tuple[list[TaskRecord], str | None]:
        """See `TaskStore.page`."""
        records = self._of(agreement_number, state)
        if state is None:
            records.sort(key=lambda one: one.task_id)
        else:
            records.sort(key=lambda one: (one.changed_at, one.task_id), reverse=True)
        start = 0
        if cursor is not None:
            after = _read_cursor(cursor, [agreement_number, state])
            start = next((i for i, one in enumerate(records) if one.task_id == after), -1) + 1
        shown = records[start : start + limit]
        more = len(records) > start + limit
        return shown, _cursor([agreement_number, state], shown[-1].task_id) if more else None

    def by_order(self, agreement_number: str, order_id: str) -> TaskRecord | None:
        """See `TaskStore.by_order`."""
        return next((one for one in self._of(agreement_number) if _order_id(one) == order_id), None)

    def count(self, agreement_number: str, state: TaskState, at_most: int) -> int:
        """See `TaskStore.count`."""
        return min(len(self._of(agreement_number, state)), at_most)

    def _of(self, agreement_number: str, state: TaskState | None = None) -> list[TaskRecord]:
        return [
            one
            for one in list(self.records.values())
            if one.agreement_number == agreement_number and state in (None, one.state)
        ]


def _order_id(record: TaskRecord) -> str | None:
    return next((one.order_id for one in reversed(record.attempts) if one.order_id), None)


def _cursor(scope: list[str | None], task_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([*scope, task_id]).encode()).decode()


def _read_cursor(cursor: str, scope: list[str | None]) -> str:
    try:
        *given, task_id = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError) as error:
        raise ValueError("not a cursor of this list") from error
    if given != scope or not isinstance(task_id, str):
        raise ValueError("not a cursor of this list")
    return task_id


@dataclass
class MemoryIntegrationStore:
    """`IntegrationStore` in memory."""

    integrations: dict[str, Integration] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def get(self, agreement_number: str) -> Integration | None:
        """See `IntegrationStore.get`."""
        return self.integrations.get(agreement_number)

    def save(self, integration: Integration) -> Integration:
        """See `IntegrationStore.save`."""
        with self._lock:
            stored = self.integrations.get(integration.agreement_number)
            if (stored.revision if stored else 0) != integration.revision:
                raise Stale
            saved = replace(integration, revision=integration.revision + 1)
            self.integrations[integration.agreement_number] = saved
        return saved

    def at_work(self) -> Iterator[tuple[str, IntegrationState]]:
        """See `IntegrationStore.at_work`."""
        known = list(self.integrations.items())
        return iter([(number, one.state) for number, one in known if one.state in AT_WORK])

    def claim_company(self, company_id: str, agreement_number: str) -> str:
        """See `IntegrationStore.claim_company`."""
        with self._lock:
            return self.companies.setdefault(company_id, agreement_number)

    def release_company(self, company_id: str, agreement_number: str) -> None:
        """See `IntegrationStore.release_company`."""
        with self._lock:
            if self.companies.get(company_id) == agreement_number:
                del self.companies[company_id]


@dataclass
class MemoryBindingStore:
    """`BindingStore` in memory; `writes` counts bindings."""

    bindings: dict[tuple[str, Kind, str], Binding] = field(default_factory=dict)
    writes: int = 0

    def get(self, agreement_number: str, kind: Kind, numbers: Iterable[str]) -> dict[str, Binding]:
        """See `BindingStore.get`."""
        found = {number: self.bindings.get((agreement_number, kind, number)) for number in numbers}
        return {number: binding for number, binding in found.items() if binding}

    def put(self, agreement_number: str, bindings: Sequence[Binding]) -> None:
        """See `BindingStore.put`."""
        self.writes += len(bindings)
        self.bindings.update({(agreement_number, one.kind, one.number): one for one in bindings})

    def all(self, agreement_number: str, kind: Kind) -> Iterator[Binding]:
        """See `BindingStore.all`."""
        scope = (agreement_number, kind)
        return iter([binding for key, binding in self.bindings.items() if key[:2] == scope])


@dataclass
class MemoryCustomerClaimStore:
    """`CustomerClaimStore` in memory."""

    claims: dict[tuple[str, str], CustomerClaim] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def get(self, agreement_number: str, smartday_id: str) -> CustomerClaim | None:
        """See `CustomerClaimStore.get`."""
        return self.claims.get((agreement_number, smartday_id))

    def save(self, claim: CustomerClaim) -> CustomerClaim:
        """See `CustomerClaimStore.save`."""
        key = (claim.agreement_number, claim.smartday_id)
        with self._lock:
            stored = self.claims.get(key)
            if (stored.revision if stored else 0) != claim.revision:
                raise Stale
            self.claims[key] = saved = replace(claim, revision=claim.revision + 1)
        return saved

    def forget_all(self, agreement_number: str) -> None:
        """See `CustomerClaimStore.forget_all`."""
        with self._lock:
            self.claims = {key: one for key, one in self.claims.items() if key[0] != agreement_number}

"""Our durable record of one task: the inbox, the claim, the order ids and the history (design 4.4, 4.5).

Every change is a pure function from one record to the next; a store writes it only when nobody else
wrote in between. The record keeps ids, codes and amounts, never names, addresses or notes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from connector.domain.order import OrderKey, SentRow
from connector.domain.reason import Reason

HISTORY_LIMIT = 50
"""Older entries fall away, so that a record stays far below DynamoDB's 400 kB."""


class TaskState(StrEnum):
    """The states of a task record (design 2)."""

    RECEIVED = "received"
    CREATING = "creating"
    UPDATING = "updating"
    UNKNOWN = "unknown"
    ORDERED = "ordered"
    IGNORED = "ignored"
    HELD = "held"
    DO_NOT_SEND = "do_not_send"


SETTLED = frozenset({TaskState.ORDERED, TaskState.IGNORED, TaskState.HELD, TaskState.DO_NOT_SEND})
"""States in which nothing is under way until something new is heard."""


WAITING = frozenset({TaskState.RECEIVED, TaskState.CREATING, TaskState.UPDATING, TaskState.UNKNOWN})
"""States in which something is still to be done; resuming an integration queues these."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of history: what the record became, when (UTC), at which task version, and why."""

    at: datetime
    state: TaskState
    version: int
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What an order of ours holds, or shall hold: of which task version, which rows, which head.

    `fingerprint` digests the task that it was made of, empty when that isn't known; `head` holds a digest
    per head field; `customer_id` is the ERP's; `net_total` is NOK ex VAT, `is_total_ours` false when other
    rows count in the ERP's total. `leftover` names an invoiced order that shows the task otherwise: the task
    is held for it once this order exists.
    """

    task_version: int
    fingerprint: str
    net_total: Decimal
    rows: tuple[SentRow, ...] = ()
    head: dict[str, str] = field(default_factory=dict)
    customer_id: int = 0
    leftover: str | None = None
    is_total_ours: bool = True

    @property
    def is_priced(self) -> bool:
        """True when the order's total can be told from its rows."""
        priced = (row.price is not None for row in self.rows if row.product_id is not None)
        return self.is_total_ours and all(priced)

    @property
    def registration_ids(self) -> tuple[str, ...]:
        """The registrations that stand on the rows, in row order."""
        return tuple(one for row in self.rows for one in row.registration_ids)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One order key of this task: what was reserved, and what came of it.

    `contents` is what the order holds, `update` what a change under way shall make of it. `is_open` is true
    from a reservation until its outcome is known; while it is, a look at the ERP comes before any other
    write. `creates` counts creates whose outcome wasn't a plain "not done". `settings_version` is what the
    order was made under. `rows_known` is false for an order that was found, not made: its rows aren't known
    to be ours. `is_gone` when the ERP no longer has the order.
    """

    ordinal: int
    reserved_at: datetime
    contents: Contents
    settings_version: int = 1
    order_id: str | None = None
    update: Contents | None = None
    is_open: bool = True
    creates: int = 1
    was_unknown: bool = False
    verify_at: datetime | None = None
    rows_known: bool = True
    is_gone: bool = False

    @property
    def customer_id(self) -> int:
        """The ERP's customer that the order is for; 0 of an order that was found and isn't compared yet."""
        return self.contents.customer_id

    @property
    def reserved(self) -> Contents:
        """What the write under way, or else the last one, is about."""
        return self.update or self.contents

    @property
    def registration_ids(self) -> tuple[str, ...]:
        """The registrations on the order, in row order."""
        return self.contents.registration_ids


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a task is held."""

    reason: Reason
    detail: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is still to be reported to Smartday; unchanged over retries, so that its key may be reused.

    `result` is created, updated, skipped or failed; the last two have no order of their own.
    """

    result: str
    task_version: int
    order_id: str | None
    registration_ids: tuple[str, ...]
    exported_at: datetime
    message: str
    ordinal: int = 1


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One task of one integration.

    `wanted_version`: the highest version heard of; `handled_version`: the version that the state answers
    to. `lease_owner`/`lease_until`: the claim of a live process. `settle_at`: from then on an empty look
    at the ERP allows another create. `due_at`: when `dispatch` shall queue it again; None = never.
    `failures`: failed tries since the last success. `waits_for`: the key of what would let a held task go on
    (`connector.domain.waiting`). `approved_version`: the highest version that a person approved. `told`:
    digest of the hold that Smartday was last told of. `trouble` holds the task for its order, however often
    it is heard of, until a person decides or the task itself changes. `dropped` are registrations that stood
    on an order of ours once, so that Smartday keeps them `exported`. `revision`: 0 = not stored yet.
    """

    agreement_number: str
    task_id: str
    created_at: datetime
    changed_at: datetime
    state: TaskState = TaskState.RECEIVED
    reason: str | None = None
    detail: str | None = None
    wanted_version: int = 0
    handled_version: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    settle_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    waits_for: str | None = None
    approved_version: int = 0
    told: str | None = None
    trouble: Hold | None = None
    dropped: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    receipt: Receipt | None = None
    history: tuple[Entry, ...] = ()
    revision: int = 0

    @property
    def key(self) -> OrderKey:
        """The order key that work on this record is about: the latest reserved, else the first."""
        ordinal = self.attempts[-1].ordinal if self.attempts else 1
        return OrderKey(self.agreement_number, self.task_id, ordinal)

    @property
    def open_attempt(self) -> Attempt | None:
        """The attempt whose outcome isn't known, if any."""
        return self.attempts[-1] if self.attempts and self.attempts[-1].is_open else None

    @property
    def order(self) -> Attempt | None:
        """The latest order that exists in the ERP, if any."""
        return next((one for one in reversed(self.attempts) if one.order_id and not one.is_gone), None)

    @property
    def own_registrations(self) -> frozenset[str]:
        """Registrations that stand on orders of ours, did once, or shall by a change under way."""
        return frozenset(
            registration
            for attempt in self.attempts
            if attempt.order_id is not None
            for contents in (attempt.contents, attempt.reserved)
            for registration in contents.registration_ids
        ).union(self.dropped)

    def registrations_elsewhere(self, ordinal: int) -> frozenset[str]:
        """Registrations that stand on other orders of ours, so that they must not stand on this one."""
        return frozenset(
            registration
            for attempt in self.attempts
            if attempt.ordinal != ordinal and attempt.order_id is not None and not attempt.is_gone
            for registration in attempt.registration_ids
        )

    @property
    def is_settled(self) -> bool:
        """True when the state answers to the highest version heard of."""
        return self.state in SETTLED and self.wanted_version <= self.handled_version

    def is_leased(self, now: datetime) -> bool:
        """True while a live process works on the record."""
        return self.lease_until is not None and now < self.lease_until

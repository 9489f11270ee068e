"""What the use cases need from outside, in their own words; adapters and test fakes keep these promises.

All times are aware and UTC. Every method may raise `RetryLater` when its side can't be reached.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from connector.domain.binding import Binding, Kind
from connector.domain.integration import Credentials, ErpCompany, Integration
from connector.domain.master_data import (
    Change,
    Customer,
    ErpCustomer,
    ErpProduct,
    Product,
    Upserted,
)
from connector.domain.order import Order, OrderKey
from connector.domain.pace import Pace
from connector.domain.stream import Cursor, Stream
from connector.domain.task import Task, TaskVersion
from connector.domain.task_record import Receipt, TaskRecord, TaskState
from connector.errors import Side

Clock = Callable[[], datetime]
"""The present, aware, UTC."""

Wait = Callable[[timedelta], None]
"""Wait for a span; tests let time pass without waiting."""


Proof = Callable[[Sequence[str], str | None, str | None, bytes, datetime], bool]
"""True when one of the secrets signed this body: secrets, timestamp, signature, body, now; never raises."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What Bridge says of an agreement (contract smartday 4.1)."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of the poll; `next_cursor` None at the end."""

    tasks: tuple[TaskVersion, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ErpLogin:
    """A proven ERP login: the session to keep, the company it works in, the identity that was used."""

    session_id: str
    identity_id: str
    company: ErpCompany


@dataclass(frozen=True, slots=True)
class Changes:
    """The complete answer to "what changed": entries in any order, and the source's own time."""

    entries: tuple[Change, ...]
    source_clock: datetime


class FieldService(Protocol):
    """Smartday, for one integration. Rejected logins raise `CredentialsRejected`."""

    def agreement(self) -> Agreement:
        """Prove the login; `CredentialsRejected.code` is `agreement_mismatch` for somebody else's."""

    def task(self, task_id: str) -> Task:
        """The task with all its registrations. Raises `NotFound`; `Refused` when it can't be read."""

    def finished_tasks(self, changed_since: datetime, cursor: str | None) -> TaskPage:
        """Tasks with status finished, approved or balanced, changed at or after then, oldest first.

        Raises `Refused` with code `cursor_invalid` when the cursor is too old: start over.
        """

    def send_receipt(self, task_id: str, receipt: Receipt) -> None:
        """Report an order back; repeating the same receipt is harmless. Raises `Refused`, `NotFound`."""

    def upsert_customers(self, customers: Sequence[Customer]) -> list[Upserted]:
        """Create or update at most 100 customers; one result each, in the order sent."""

    def upsert_products(self, products: Sequence[Product]) -> list[Upserted]:
        """Create or update at most 100 products; one result each, in the order sent."""

    def subscribe(self, url: str, secret: str) -> None:
        """Have task events sent to `url`, signed with `secret`; repeatable, one subscription of ours."""

    def pace(self) -> Pace:
        """The pace after the latest answer."""


class Erp(Protocol):
    """24SevenOffice, for one integration. Rejected logins raise `CredentialsRejected`."""

    def save_order(self, order: Order) -> str:
        """Create the order in one call and give its id.

        Raises `RetryLater` (not done), `Refused` (the ERP said no), `UnknownOutcome` (everything else).
        """

    def find_orders(self, key: OrderKey, customer_id: int, since: datetime) -> list[str]:
        """Ids of all orders that carry the key: searched by its hash, and by customer changed since then.

        An empty list means that both searches were answered in full. Raises `RetryLater` otherwise.
        """

    def changed_customers(self, since: datetime | None) -> Changes:
        """Ids of companies changed since then (None = all), in use or not."""

    def read_customers(self, ids: Sequence[int]) -> Iterator[ErpCustomer]:
        """At most 1000 companies, as the answer arrives; a cut answer raises before the end."""

    def changed_products(self, since: datetime | None) -> Changes:
        """Ids and numbers of products changed since then (None = all)."""

    def read_products(self, ids: Sequence[int]) -> Iterator[ErpProduct]:
        """At most 1000 products, as the answer arrives; a cut answer raises before the end."""

    def pace(self) -> Pace:
        """The pace after the latest answer."""


class TaskStore(Protocol):
    """Task records. `save` writes only when the stored revision equals the record's, else `Stale`."""

    def get(self, agreement_number: str, task_id: str) -> TaskRecord | None:
        """The record, strongly consistent."""

    def save(self, record: TaskRecord) -> TaskRecord:
        """Store it under the next revision and give it back so. Raises `Stale`."""

    def handled_versions(self, agreement_number: str, task_ids: Sequence[str]) -> Mapping[str, int]:
        """Task id → the highest version heard of, for those that have a record."""

    def due(self, now: datetime, limit: int) -> list[TaskRecord]:
        """Records whose `due_at` has passed, oldest first."""

    def page(
        self, agreement_number: str, state: TaskState | None, cursor: str | None, limit: int
    ) -> tuple[list[TaskRecord], str | None]:
        """Records of one state (None = all), newest change first per state; and the next cursor.

        Raises `ValueError` for a cursor that isn't ours.
        """

    def by_order(self, agreement_number: str, order_id: str) -> TaskRecord | None:
        """The record whose latest order has that id."""

    def count(self, agreement_number: str, state: TaskState, at_most: int) -> int:
        """How many records have that state; counting stops at `at_most`."""


class IntegrationStore(Protocol):
    """Integrations, and which agreement an ERP company belongs to."""

    def get(self, agreement_number: str) -> Integration | None:
        """The integration, strongly consistent."""

    def save(self, integration: Integration) -> Integration:
        """Store it under the next revision and give it back so. Raises `Stale`."""

    def active(self) -> Iterator[str]:
        """Agreement numbers of all active integrations (the only scan)."""

    def claim_company(self, company_id: str, agreement_number: str) -> str:
        """Tie an ERP company to the agreement unless it is tied; gives the agreement it is tied to now."""

    def release_company(self, company_id: str, agreement_number: str) -> None:
        """Untie the company if it is tied to this agreement."""


class BindingStore(Protocol):
    """Bindings, keyed by kind and Smartday number."""

    def get(self, agreement_number: str, kind: Kind, numbers: Iterable[str]) -> dict[str, Binding]:
        """Number → binding, for those that exist; any amount of numbers."""

    def put(self, agreement_number: str, bindings: Sequence[Binding]) -> None:
        """Store or replace them; any amount."""

    def all(self, agreement_number: str, kind: Kind) -> Iterator[Binding]:
        """Every binding of a kind, in no particular order."""


class CursorStore(Protocol):
    """Cursors with their runs. `save` is conditional on the revision, else `Stale`."""

    def get(self, agreement_number: str, stream: Stream) -> Cursor | None:
        """The cursor, strongly consistent."""

    def save(self, cursor: Cursor) -> Cursor:
        """Store it under the next revision and give it back so. Raises `Stale`."""


class SessionStore(Protocol):
    """What expires: the ERP session, the pace of each side, failed login proofs, ended web sessions."""

    def erp_session(self, agreement_number: str) -> str | None:
        """The session id that all calls of the integration share."""

    def put_erp_session(self, agreement_number: str, session_id: str) -> None:
        """Keep a fresh session for everybody."""

    def claim_login(self, agreement_number: str, expired: str | None, now: datetime, until: datetime) -> bool:
        """True for the one process that may log in after session `expired` ended (or none existed).

        False when another claim is live or the stored session is no longer `expired`.
        """

    def pace(self, agreement_number: str, side: Side) -> Pace:
        """The last known pace; a new Pace when nothing is known."""

    def put_pace(self, agreement_number: str, side: Side, pace: Pace) -> None:
        """Remember it for everybody."""

    def count_failed_proof(self, agreement_number: str, window_end: datetime) -> int:
        """Add one failed login proof to the window that ends then; gives the new count."""

    def failed_proofs(self, agreement_number: str, window_end: datetime) -> int:
        """Failed login proofs in that window."""

    def end_token(self, agreement_number: str, token_id: str, expires_at: datetime) -> None:
        """Remember that a web session was ended by its user."""

    def is_token_ended(self, agreement_number: str, token_id: str, now: datetime) -> bool:
        """True when that web session was ended."""


class SecretStore(Protocol):
    """Logins of integrations, and the master key that other secrets are derived from."""

    def credentials(self, agreement_number: str, refresh: bool = False) -> Credentials | None:
        """Both logins; at most 5 minutes old, or read anew with `refresh`."""

    def put_credentials(self, agreement_number: str, credentials: Credentials) -> None:
        """Store both logins."""

    def master_key(self) -> bytes:
        """The key that webhook secrets and web sessions are derived from."""


class TaskQueue(Protocol):
    """Where "look at this task" is said: the order queue."""

    def send(
        self, agreement_number: str, versions: Mapping[str, int], delay: timedelta = timedelta(0)
    ) -> None:
        """One message per task id → version; delivered after `delay` (at most 15 minutes). Nothing is
        half sent in silence: raises `RetryLater` when any message wasn't taken.
        """


class StreamQueue(Protocol):
    """Where "read this stream" is said: the import queue and the reconcile queue."""

    def send(
        self, agreement_number: str, stream: Stream, full: bool = False, delay: timedelta = timedelta(0)
    ) -> None:
        """One message; raises `RetryLater` when it wasn't taken."""


ConnectErp = Callable[[str], Erp]
"""The ERP of one integration, by agreement number."""

ConnectFieldService = Callable[[str], FieldService]
"""Smartday of one integration, by agreement number."""


class Prover(Protocol):
    """Proves logins that aren't stored yet."""

    def field_service(self, agreement_number: str, user: str, password: str) -> FieldService:
        """Smartday with these logins."""

    def erp_login(self, username: str, password: str, identity_id: str | None) -> ErpLogin:
        """Log in at the ERP once and tell which company the session works in.

        Raises `CredentialsRejected`, `IdentityNeeded` (several companies and no `identity_id`),
        `Refused` (identity blocked or not theirs; unknown application id).
        """

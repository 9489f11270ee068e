"""What the use cases need from outside, in their own words; adapters and test fakes keep these promises.

All times are aware and UTC. Every method may raise `RetryLater` when its side can't be reached.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from connector.domain.erp_order import ErpOrder, OrderChange, SavedOrder
from connector.domain.integration import ErpCompany
from connector.domain.master_data import (
    Change,
    Customer,
    ErpCustomer,
    ErpProduct,
    FieldCustomer,
    FieldProduct,
    Product,
    Upserted,
)
from connector.domain.order import Order, OrderKey
from connector.domain.pace import Pace
from connector.domain.stream import Stream
from connector.domain.task import Task, TaskVersion
from connector.domain.task_record import Receipt

Clock = Callable[[], datetime]
"""The present, aware, UTC."""

Wait = Callable[[timedelta], None]
"""Wait for a span; tests let time pass without waiting."""


T = TypeVar("T")


class Together(Protocol):
    """Do jobs at the same time, as many as are given."""

    def __call__(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """What each gives, in their order; the jobs don't raise."""


Proof = Callable[[Sequence[str], str | None, str | None, bytes, datetime], bool]
"""True when one of the secrets signed this body: secrets, timestamp, signature, body, now; never raises."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What Bridge says of an agreement (contract smartday 4.1)."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Our webhook subscription as Bridge has it; not active while somebody, or Bridge itself, paused it."""

    url: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of the poll; `next_cursor` None at the end."""

    tasks: tuple[TaskVersion, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of Smartday's customers; `next_cursor` None at the end."""

    customers: tuple[FieldCustomer, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One page of Smartday's products; `next_cursor` None at the end."""

    products: tuple[FieldProduct, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ErpLogin:
    """A proven ERP login: the session to keep, the company it works in, the identity that was used."""

    session_id: str
    identity_id: str
    company: ErpCompany


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the answer to "what changed": entries in any order, and the source's own time (UTC) when
    the first page was made.
    """

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

    def customers(self, cursor: str | None) -> CustomerPage:
        """Smartday's customers, with and without number, in use or not; `cursor` as in `finished_tasks`."""

    def products(self, cursor: str | None) -> ProductPage:
        """Smartday's products, in use or not; `cursor` as in `finished_tasks`."""

    def link_customer(self, smartday_id: str, customer: Customer) -> None:
        """Give a customer made in the field its number and the ERP's words; repeatable.

        Raises `Refused` with code `duplicate_number` when another customer has it, `NotFound`.
        """

    def upsert_customers(self, customers: Sequence[Customer]) -> list[Upserted]:
        """Create or update at most 100 customers; one result each, in the order sent."""

    def upsert_products(self, products: Sequence[Product]) -> list[Upserted]:
        """Create or update at most 100 products; one result each, in the order sent."""

    def retire_customers(self, numbers: Sequence[str]) -> list[Upserted]:
        """Set at most 20 customers inactive, by number; one result each, in the order sent.

        Whatever else Smartday has of them stays. One that it doesn't have, or has inactive already, is
        `unchanged`; one with open tasks is rejected with code `in_use` (contract smartday 4.2). After an
        unclear answer (`RetryLater`) some may be inactive: the same call may be made again.
        """

    def retire_products(self, numbers: Sequence[str]) -> list[Upserted]:
        """Set at most 20 products inactive, as `retire_customers`."""

    def subscription(self) -> Subscription | None:
        """Our one subscription; None only when Bridge answered in full that there is none."""

    def subscribe(self, url: str, secret: str) -> None:
        """Have task events sent to `url`, signed with `secret`; repeatable, one subscription of ours."""

    def pace(self) -> Pace:
        """The pace after the latest answer."""


class Erp(Protocol):
    """24SevenOffice, for one integration. Rejected logins raise `CredentialsRejected`."""

    def log_in(self) -> None:
        """Log in once with the stored login; the session is kept for everybody. Raises `RetryLater`."""

    def save_order(self, order: Order) -> SavedOrder:
        """Create the order in one call.

        Raises `RetryLater` (not done), `Refused` (the ERP said no), `UnknownOutcome` (everything else).
        """

    def change_order(self, change: OrderChange) -> SavedOrder:
        """Change an open order in one call, whole or not at all; raises what `save_order` raises."""

    def read_order(self, order_id: str, key: OrderKey) -> ErpOrder | None:
        """The order with its rows; None only when the ERP answered in full that there is none of this id
        that carries the key: the number may be another company's order.
        """

    def find_orders(self, key: OrderKey, customer_id: int, since: datetime) -> list[str]:
        """Ids of all orders that carry the key: searched by its hash, and by customer changed since then.

        Of several, those that a person called off (status `Inactive`) don't count. An empty list means that
        both searches were answered in full. Raises `RetryLater` otherwise.
        """

    def find_orders_of(self, keys: Sequence[OrderKey]) -> dict[str, list[str]]:
        """Key text → order ids, for those of any amount of keys that have orders; searched by hash only.

        Raises `RetryLater` unless answered in full.
        """

    def find_customers(self, *, external_id: str = "", organisation_number: str = "") -> list[ErpCustomer]:
        """Companies in use that carry exactly this external id, or this organisation number (one of both).

        An empty list means answered in full. Raises `RetryLater`.
        """

    def create_customer(self, customer: FieldCustomer) -> int:
        """Create a company whose ExternalId is the Smartday id and give its number; raises what
        `save_order` raises. No number is sent: an existing card can't be overwritten (contract
        24sevenoffice 4).
        """

    def changed_customers(self, since: datetime | None) -> Iterator[Changes]:
        """Ids of companies changed since then (None = all), in use or not, page by page as they arrive; one
        page at least. A list that isn't complete raises before the end.
        """

    def read_customers(self, ids: Sequence[int]) -> Iterator[ErpCustomer]:
        """At most 1000 companies, as the answer arrives; a cut answer raises before the end."""

    def changed_products(self, since: datetime | None) -> Iterator[Changes]:
        """Ids and numbers of products changed since then (None = all), as `changed_customers`."""

    def read_products(self, ids: Sequence[int]) -> Iterator[ErpProduct]:
        """At most 1000 products, as the answer arrives; a cut answer raises before the end."""

    def pace(self) -> Pace:
        """The pace after the latest answer."""


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
        self,
        agreement_number: str,
        stream: Stream,
        full: bool = False,
        delay: timedelta = timedelta(0),
        since: datetime | None = None,
    ) -> None:
        """One message; `since` is where a full pass over tasks goes on. Raises `RetryLater` when it wasn't
        taken.
        """


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

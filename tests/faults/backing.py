"""Where a cell's rows, messages and secrets are: on AWS or in memory, seen alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from connector.domain.integration import Credentials
from connector.ports import Clock, StreamQueue, TaskQueue
from connector.stores import (
    BindingStore,
    CursorStore,
    CustomerClaimStore,
    ImportResultStore,
    IntegrationStore,
    MatchStore,
    SecretStore,
    SessionStore,
    TaskStore,
)
from sandbox.smartday import demo as bridge_demo
from sandbox.twentyfoursevenoffice import demo as erp_demo

AGREEMENT = bridge_demo.AGREEMENT_NUMBER

CREDENTIALS = Credentials(
    bridge_demo.BRIDGE_USER,
    bridge_demo.BRIDGE_PASSWORD,
    erp_demo.USERNAME,
    erp_demo.PASSWORD,
    erp_demo.IDENTITY_ID,
)
MASTER_KEY = "master-key-of-the-matrix"

AT_A_TIME = 10
"""ReceiveMessage gives no more."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What one process of ours keeps and sends, with caches of its own."""

    integrations: IntegrationStore
    tasks: TaskStore
    bindings: BindingStore
    claims: CustomerClaimStore
    cursors: CursorStore
    matches: MatchStore
    import_results: ImportResultStore
    sessions: SessionStore
    secrets: SecretStore
    task_queue: TaskQueue
    stream_queue: StreamQueue


@dataclass(frozen=True, slots=True)
class Message:
    """One that was received; `handle` tells the queue which."""

    body: str
    handle: str


class Queue(Protocol):
    """The end of a queue where its messages are received."""

    def receive(self) -> list[Message]:
        """At most `AT_A_TIME` visible ones; they are invisible from now on."""

    def delete(self, message: Message) -> None:
        """It is done."""

    def make_visible(self, message: Message) -> None:
        """It isn't done, and comes again."""

    def holds_any(self) -> bool:
        """Whether a message is there, visible or not."""


class Backing(Protocol):
    """What outlives a process of ours."""

    @property
    def orders(self) -> Queue:
        """Of order messages."""

    @property
    def imports(self) -> Queue:
        """Of the streams that are imported."""

    @property
    def reconcile(self) -> Queue:
        """Of the stream that is polled."""

    def stores(self, clock: Clock) -> Stores:
        """As a new process sees them."""

    def begin_with(self, name: str, arrange: Callable[[], None]) -> None:
        """Hold what `arrange` stores and nothing else; the same name means the same rows."""

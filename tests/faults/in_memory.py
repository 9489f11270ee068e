"""A backing in memory: the stores that the contract suite holds to the same promises as those on AWS."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from connector.domain.stream import Stream
from connector.ports import Clock
from tests.fakes.import_stores import MemoryCursorStore, MemoryImportResultStore, MemoryMatchStore
from tests.fakes.queues import MemoryStreamQueue, MemoryTaskQueue, SentStream, SentTask
from tests.fakes.session_stores import MemorySecretStore, MemorySessionStore
from tests.fakes.stores import (
    MemoryBindingStore,
    MemoryCustomerClaimStore,
    MemoryIntegrationStore,
    MemoryTaskStore,
)
from tests.faults.backing import AGREEMENT, AT_A_TIME, CREDENTIALS, MASTER_KEY, Message, Stores


class InMemory:
    """`Backing` of one cell; all its processes share the stores."""

    def __init__(self, clock: Clock) -> None:
        tasks, streams = MemoryTaskQueue(), MemoryStreamQueue()
        self._stores = Stores(
            MemoryIntegrationStore(),
            MemoryTaskStore(),
            MemoryBindingStore(),
            MemoryCustomerClaimStore(),
            MemoryCursorStore(),
            MemoryMatchStore(),
            MemoryImportResultStore(clock),
            MemorySessionStore(clock),
            MemorySecretStore({AGREEMENT: CREDENTIALS}, MASTER_KEY.encode()),
            tasks,
            streams,
        )
        self.orders = MemoryQueue(clock, lambda: [(_of_task(one), one) for one in tasks.take()])
        self.imports = MemoryQueue(clock, lambda: _taken(streams, Stream.CUSTOMERS, Stream.PRODUCTS))
        self.reconcile = MemoryQueue(clock, lambda: _taken(streams, Stream.TASKS))

    def stores(self, clock: Clock) -> Stores:
        """See `Backing.stores`."""
        return self._stores

    def begin_with(self, name: str, arrange: Callable[[], None]) -> None:
        """See `Backing.begin_with`; a cell begins once, with nothing."""
        arrange()


Sent = list[tuple[str, SentTask | SentStream]]
"""Bodies, and what they were made of."""


@dataclass
class MemoryQueue:
    """`Queue` of what is sent to a queue in memory. A delay runs from when the queue is next looked at."""

    clock: Clock
    take: Callable[[], Sent]
    _bodies: dict[str, str] = field(default_factory=dict)
    _visible_at: dict[str, datetime] = field(default_factory=dict)
    _handles: Iterator[int] = field(default_factory=count)

    def receive(self) -> list[Message]:
        """See `Queue.receive`."""
        self._look()
        ripe = [handle for handle, at in self._visible_at.items() if at <= self.clock()][:AT_A_TIME]
        for handle in ripe:
            del self._visible_at[handle]
        return [Message(self._bodies[handle], handle) for handle in ripe]

    def delete(self, message: Message) -> None:
        """See `Queue.delete`."""
        del self._bodies[message.handle]

    def make_visible(self, message: Message) -> None:
        """See `Queue.make_visible`."""
        self._visible_at[message.handle] = self.clock()

    def holds_any(self) -> bool:
        """See `Queue.holds_any`."""
        self._look()
        return bool(self._bodies)

    def _look(self) -> None:
        for body, sent in self.take():
            handle = str(next(self._handles))
            self._bodies[handle] = body
            self._visible_at[handle] = self.clock() + sent.delay


def _taken(queue: MemoryStreamQueue, *streams: Stream) -> Sent:
    """Messages of these streams; those of others stay."""
    sent = queue.take()
    queue.sent += [one for one in sent if one.stream not in streams]
    return [(_of_stream(one), one) for one in sent if one.stream in streams]


def _of_task(sent: SentTask) -> str:
    return json.dumps(
        {"agreement_number": sent.agreement_number, "task_id": sent.task_id, "version": sent.version}
    )


def _of_stream(sent: SentStream) -> str:
    goes_on = {} if sent.since is None else {"since": sent.since.isoformat()}
    return json.dumps(
        {"agreement_number": sent.agreement_number, "stream": sent.stream, "full": sent.full, **goes_on}
    )

"""In-memory queues: what was sent stays readable in `sent`, oldest first, with its delay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.domain.stream import Stream
from connector.errors import RetryLater

LONGEST_DELAY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class SentTask:
    """One message of the order queue."""

    agreement_number: str
    task_id: str
    version: int
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class SentStream:
    """One message of the import or reconcile queue."""

    agreement_number: str
    stream: Stream
    full: bool = False
    delay: timedelta = timedelta(0)
    since: datetime | None = None


@dataclass
class MemoryTaskQueue:
    """`TaskQueue` in memory; while `refusing` it takes nothing."""

    sent: list[SentTask] = field(default_factory=list)
    refusing: bool = False

    def send(
        self, agreement_number: str, versions: Mapping[str, int], delay: timedelta = timedelta(0)
    ) -> None:
        """See `TaskQueue.send`."""
        if self.refusing and versions:
            raise RetryLater("queue_refused")
        delay = min(max(delay, timedelta(0)), LONGEST_DELAY)
        self.sent += [
            SentTask(agreement_number, task_id, version, delay) for task_id, version in versions.items()
        ]

    def take(self) -> list[SentTask]:
        """Everything sent since the last time."""
        taken, self.sent = self.sent, []
        return taken


@dataclass
class MemoryStreamQueue:
    """`StreamQueue` in memory; while `refusing` it takes nothing."""

    sent: list[SentStream] = field(default_factory=list)
    refusing: bool = False

    def send(
        self,
        agreement_number: str,
        stream: Stream,
        full: bool = False,
        delay: timedelta = timedelta(0),
        since: datetime | None = None,
    ) -> None:
        """See `StreamQueue.send`."""
        if self.refusing:
            raise RetryLater("queue_refused")
        delay = min(max(delay, timedelta(0)), LONGEST_DELAY)
        self.sent.append(SentStream(agreement_number, stream, full, delay, since))

    def take(self) -> list[SentStream]:
        """Everything sent since the last time."""
        taken, self.sent = self.sent, []
        return taken

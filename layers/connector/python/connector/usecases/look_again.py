"""Tasks that an integration's owner set free: those that waited, and those that an earlier start lets in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connector.domain import task_decisions
from connector.domain.reason import Reason
from connector.domain.task_record import WAITING, TaskRecord, TaskState
from connector.errors import RetryLater, Stale
from connector.ports import Clock, TaskQueue
from connector.stores import TaskStore

RECORDS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Queues tasks of one agreement again, until `deadline` (UTC).

    Both ways raise `RetryLater` when there are more than the time is for; doing it again goes on.
    """

    clock: Clock
    tasks: TaskStore
    queue: TaskQueue
    agreement_number: str
    deadline: datetime

    def at_waiting(self) -> None:
        """Messages that came while it was paused were recorded only (design 4.5)."""
        for state in sorted(WAITING):
            for page in self._pages(state):
                self._send(page)

    def at_those_before_start(self) -> None:
        """The start was moved back: what was ignored for it is looked at again."""
        for page in self._pages(TaskState.IGNORED):
            early = [record for record in page if record.reason == Reason.FINISHED_BEFORE_START]
            self._send([record for record in early if self._freed(record)])

    def _pages(self, state: TaskState) -> Iterator[list[TaskRecord]]:
        cursor = None
        while True:
            records, cursor = self.tasks.page(self.agreement_number, state, cursor, RECORDS_A_PAGE)
            yield records
            if cursor is None:
                return
            if self.clock() >= self.deadline:
                raise RetryLater("many_tasks_waiting")

    def _freed(self, record: TaskRecord) -> bool:
        try:
            self.tasks.save(task_decisions.resend(record, self.clock()))
        except Stale:
            return False
        return True

    def _send(self, records: list[TaskRecord]) -> None:
        if records:
            self.queue.send(
                self.agreement_number, {record.task_id: record.wanted_version for record in records}
            )

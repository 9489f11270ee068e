"""The claim on one task record: who holds it may act, everybody else only says what they heard."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connector.domain import task_changes
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import RetryLater, Stale
from connector.stores import TaskStore

TRIES = 5
"""Lost conditional writes in a row before the message is left to come again."""

Change = Callable[[TaskRecord], TaskRecord]


@dataclass(slots=True)
class Claim:
    """A record that this process holds the lease of; `record` is always the latest known."""

    tasks: TaskStore
    record: TaskRecord
    owner: str

    def write(self, change: Change) -> TaskRecord:
        """Apply the change and store it, again when others only noted what they heard.

        Raises `Stale` when the lease went to another process meanwhile.
        """
        for _ in range(TRIES):
            try:
                self.record = self.tasks.save(change(self.record))
                return self.record
            except Stale:
                self._read_again()
        raise RetryLater("record_contended")

    def _read_again(self) -> None:
        fresh = self.tasks.get(self.record.agreement_number, self.record.task_id)
        if fresh is None or fresh.lease_owner != self.owner:
            raise Stale(f"task {self.record.task_id} was taken over")
        self.record = fresh


def note(
    tasks: TaskStore,
    agreement_number: str,
    task_id: str,
    version: int,
    now: datetime,
    then: Change = lambda record: record,
) -> TaskRecord:
    """Write down what was heard of the task, and `then` one more change; gives the stored record.

    Writes nothing when nothing is new. Raises `RetryLater` when others keep writing first.
    """
    for _ in range(TRIES):
        stored = tasks.get(agreement_number, task_id)
        record = then(task_changes.receive(stored, agreement_number, task_id, version, now))
        if record == stored:
            return record
        try:
            return tasks.save(record)
        except Stale:
            continue
    raise RetryLater("record_contended")


def claim_task(
    tasks: TaskStore,
    agreement_number: str,
    task_id: str,
    version: int,
    owner: str,
    until: datetime,
    now: datetime,
) -> Claim | None:
    """Take the record for this process, in the same write that notes what was heard.

    None when another live process holds it (that one follows up) or nothing is left to do.
    """

    def take(record: TaskRecord) -> TaskRecord:
        if record.is_leased(now) or not has_work(record, now):
            return record
        return task_changes.claim(record, owner, until)

    record = note(tasks, agreement_number, task_id, version, now, take)
    return Claim(tasks, record, owner) if record.lease_owner == owner else None


def has_work(record: TaskRecord, now: datetime) -> bool:
    """True when the record, free of other processes, wants something done."""
    if record.state is TaskState.DO_NOT_SEND:
        return record.receipt is not None
    if not record.is_settled or record.receipt is not None or record.open_attempt is not None:
        return True
    return any(one.verify_at is not None and one.verify_at <= now for one in record.attempts)

"""What a person may do with task records: look, ask for another try, keep one from being sent.

Nothing here creates an order: another try goes through the queue like any message and meets the same guards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector.domain import task_changes
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import Stale
from connector.ports import Clock, TaskQueue
from connector.stores import TaskStore
from connector.usecases.declined import Declined

TASKS_A_PAGE = 50
RESEND_LIMIT = 500
"""Task ids in one request (design 3)."""

TRIES = 5


@dataclass(frozen=True, slots=True)
class SteeringPorts:
    """What steering tasks needs."""

    clock: Clock
    tasks: TaskStore
    queue: TaskQueue


def list_tasks(
    ports: SteeringPorts, agreement_number: str, state: TaskState | None, cursor: str | None
) -> tuple[list[TaskRecord], str | None]:
    """One page of records and the next cursor. Raises `Declined` (`cursor_invalid`)."""
    try:
        return ports.tasks.page(agreement_number, state, cursor, TASKS_A_PAGE)
    except ValueError as error:
        raise Declined("cursor_invalid") from error


def one_task(ports: SteeringPorts, agreement_number: str, task_id: str) -> TaskRecord:
    """The record. Raises `Declined` (`task_not_found`)."""
    record = ports.tasks.get(agreement_number, task_id)
    if record is None:
        raise Declined("task_not_found")
    return record


def resend(ports: SteeringPorts, agreement_number: str, task_id: str) -> TaskRecord:
    """Run the task again. Raises `Declined`: `task_not_found`, `wrong_state`, `changed_meanwhile`."""
    record = _noted_for_resend(ports, agreement_number, task_id)
    ports.queue.send(agreement_number, {task_id: record.wanted_version})
    return record


def resend_many(
    ports: SteeringPorts, agreement_number: str, task_ids: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """Run these tasks again; gives those that were, and the code of the refusal for the others."""
    again: dict[str, int] = {}
    refused: dict[str, str] = {}
    for task_id in dict.fromkeys(task_ids):
        try:
            again[task_id] = _noted_for_resend(ports, agreement_number, task_id).wanted_version
        except Declined as declined:
            refused[task_id] = declined.code
    if again:
        ports.queue.send(agreement_number, again)
    return list(again), refused


def do_not_send(ports: SteeringPorts, agreement_number: str, task_id: str, who: str, why: str) -> TaskRecord:
    """Keep the task from ever becoming an order.

    Raises `Declined`: `task_not_found`, `wrong_state`, `changed_meanwhile`.
    """
    now = ports.clock()
    return _change(
        ports, agreement_number, task_id, lambda record: task_changes.do_not_send(record, now, who, why)
    )


def _noted_for_resend(ports: SteeringPorts, agreement_number: str, task_id: str) -> TaskRecord:
    now = ports.clock()

    def again(record: TaskRecord) -> TaskRecord:
        if record.state is TaskState.DO_NOT_SEND:
            raise ValueError("a person decided otherwise")
        return task_changes.resend(record, now)

    return _change(ports, agreement_number, task_id, again)


def _change(
    ports: SteeringPorts, agreement_number: str, task_id: str, change: Callable[[TaskRecord], TaskRecord]
) -> TaskRecord:
    for _ in range(TRIES):
        record = one_task(ports, agreement_number, task_id)
        try:
            return ports.tasks.save(change(record))
        except ValueError as error:
            raise Declined("wrong_state") from error
        except Stale:
            continue
    raise Declined("changed_meanwhile")

"""What a person may do with task records: look, ask for another try, approve, keep from being sent and back.

Nothing here creates an order: what is decided goes through the queue like any message and meets the same
guards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.domain import task_decisions
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import Stale
from connector.ports import Clock, TaskQueue
from connector.stores import TaskStore
from connector.usecases.declined import Declined

TASKS_A_PAGE = 50
MANY = 500
"""Task ids in one request (design 3)."""

TRIES = 5

Change = Callable[[TaskRecord], TaskRecord]
"""Raises ValueError where the record's state doesn't allow it."""


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
    """Run the task again; raises what `_decide` raises."""
    return _decide(ports, agreement_number, task_id, again(ports.clock()))


def resend_many(
    ports: SteeringPorts, agreement_number: str, task_ids: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """Run these tasks again; gives those that were, and the code of the refusal for the others."""
    return decide_many(ports, agreement_number, task_ids, again(ports.clock()))


def approve(ports: SteeringPorts, agreement_number: str, task_id: str) -> TaskRecord:
    """Let the task that waits for approval become an order; raises what `_decide` raises."""
    return _decide(ports, agreement_number, task_id, _approved(ports.clock()))


def approve_many(
    ports: SteeringPorts, agreement_number: str, task_ids: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """Approve these tasks; gives those that were, and the code of the refusal for the others."""
    return decide_many(ports, agreement_number, task_ids, _approved(ports.clock()))


def do_not_send(ports: SteeringPorts, agreement_number: str, task_id: str, who: str, why: str) -> TaskRecord:
    """Keep the task from ever becoming an order; the worker tells Smartday. Raises what `_decide` raises."""
    now = ports.clock()
    return _decide(
        ports, agreement_number, task_id, lambda record: task_decisions.do_not_send(record, now, who, why)
    )


def send_again(ports: SteeringPorts, agreement_number: str, task_id: str, who: str, why: str) -> TaskRecord:
    """Take `do_not_send` back; raises what `_decide` raises."""
    now = ports.clock()
    return _decide(
        ports, agreement_number, task_id, lambda record: task_decisions.send_again(record, now, who, why)
    )


def new_order(ports: SteeringPorts, agreement_number: str, task_id: str, who: str, why: str) -> TaskRecord:
    """Somebody knows that our order isn't in the ERP: have one made anew. Raises what `_decide` raises."""
    now = ports.clock()
    return _decide(
        ports, agreement_number, task_id, lambda record: task_decisions.new_order(record, now, who, why)
    )


def again(now: datetime) -> Change:
    """Another try, for every task that nobody decided not to send."""

    def change(record: TaskRecord) -> TaskRecord:
        if record.state is TaskState.DO_NOT_SEND:
            raise ValueError("a person decided otherwise")
        return task_decisions.resend(record, now)

    return change


def decide_many(
    ports: SteeringPorts, agreement_number: str, task_ids: Sequence[str], change: Change
) -> tuple[list[str], dict[str, str]]:
    """Change these records and queue them; task ids, and task id → code of what was refused."""
    changed: dict[str, int] = {}
    refused: dict[str, str] = {}
    for task_id in dict.fromkeys(task_ids):
        try:
            changed[task_id] = _changed(ports, agreement_number, task_id, change).wanted_version
        except Declined as declined:
            refused[task_id] = declined.code
    if changed:
        ports.queue.send(agreement_number, changed)
    return list(changed), refused


def _decide(ports: SteeringPorts, agreement_number: str, task_id: str, change: Change) -> TaskRecord:
    """Change the record, then queue it.

    Raises `Declined`: `task_not_found`, `wrong_state`, `changed_meanwhile`; `RetryLater` when it is changed
    but wasn't queued: `dispatch` does that when it is due.
    """
    record = _changed(ports, agreement_number, task_id, change)
    ports.queue.send(agreement_number, {task_id: record.wanted_version})
    return record


def _approved(now: datetime) -> Change:
    return lambda record: task_decisions.approve(record, now)


def _changed(ports: SteeringPorts, agreement_number: str, task_id: str, change: Change) -> TaskRecord:
    for _ in range(TRIES):
        record = one_task(ports, agreement_number, task_id)
        try:
            return ports.tasks.save(change(record))
        except ValueError as error:
            raise Declined("wrong_state") from error
        except Stale:
            continue
    raise Declined("changed_meanwhile")

"""Run again what was finished since a day and is no order: counted first, then done.

Only Smartday knows when a task was finished; only our records know what became of it. What is under way
goes on by itself and isn't touched, so that doing it again does only what is left.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from itertools import islice

from connector.domain.integration import Integration
from connector.domain.local_time import OSLO
from connector.domain.task import TaskVersion
from connector.domain.task_record import TaskState
from connector.errors import CredentialsRejected, Refused, RetryLater, Side
from connector.ports import ConnectFieldService, FieldService, TaskPage
from connector.stores import IntegrationStore
from connector.usecases.declined import Declined, FieldError
from connector.usecases.prove_login import TIME_LIMIT, ask
from connector.usecases.reject_credentials import reject_credentials
from connector.usecases.steer_tasks import SteeringPorts, again, decide_many

AT_ONCE = 100
"""Records changed and queued before the time is looked at."""

STUCK = (TaskState.HELD, TaskState.IGNORED)
"""Ended without an order, and by no person's will."""


@dataclass(frozen=True, slots=True)
class ResendFinishedPorts:
    """What it needs."""

    steering: SteeringPorts
    integrations: IntegrationStore
    field_service: ConnectFieldService


def resend_finished(ports: ResendFinishedPorts, agreement_number: str, since: date, check: bool) -> int:
    """How many tasks were run again, or would be (`check`); `since` is a day in Oslo.

    Raises `Declined`: `not_active`; `too_many_tasks` when there is no time for all of them: those that were
    done are done; what Smartday's refusals become (`prove_login.ask`). `RetryLater` when the queue refuses.
    """
    steering = ports.steering
    deadline = steering.clock() + TIME_LIMIT
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        raise Declined("not_active")
    stuck = _stuck(steering, agreement_number, deadline)
    unheard: dict[str, int] = {}
    held: list[str] = []
    for page in _finished(ports, integration, since, deadline):
        heard = steering.tasks.handled_versions(agreement_number, [task.task_id for task in page])
        unheard |= {task.task_id: task.version for task in page if task.task_id not in heard}
        held += [task.task_id for task in page if task.task_id in stuck]
    held = list(dict.fromkeys(held))
    if check:
        return len(unheard) + len(held)
    for batch in _batches(unheard):
        _check_time(steering, deadline)
        steering.queue.send(agreement_number, {task_id: unheard[task_id] for task_id in batch})
    count = len(unheard)
    for batch in _batches(held):
        _check_time(steering, deadline)
        # What somebody changed or decided meanwhile is left to them.
        done, _ = decide_many(steering, agreement_number, batch, again(steering.clock()))
        count += len(done)
    return count


def _batches(task_ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(task_ids)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _stuck(ports: SteeringPorts, agreement_number: str, deadline: datetime) -> frozenset[str]:
    found: set[str] = set()
    for state in STUCK:
        cursor = None
        while True:
            _check_time(ports, deadline)
            records, cursor = ports.tasks.page(agreement_number, state, cursor, AT_ONCE)
            found |= {record.task_id for record in records}
            if cursor is None:
                break
    return frozenset(found)


def _finished(
    ports: ResendFinishedPorts, integration: Integration, since: date, deadline: datetime
) -> Iterator[list[TaskVersion]]:
    """A task changed since then may be finished before; of those that Smartday doesn't say, all count."""
    service = ports.field_service(integration.agreement_number)
    start = max(datetime.combine(since, time.min, OSLO).astimezone(UTC), integration.start)
    cursor: str | None = None
    while True:
        _check_time(ports.steering, deadline)
        read = partial(_read_page, ports, integration, service, start, cursor)
        page = ask(ports.steering.clock, Side.SMARTDAY, read, deadline)
        yield [task for task in page.tasks if task.finished_at is None or task.finished_at >= start]
        cursor = page.next_cursor
        if cursor is None:
            return


def _read_page(
    ports: ResendFinishedPorts,
    integration: Integration,
    service: FieldService,
    start: datetime,
    cursor: str | None,
) -> TaskPage:
    try:
        return service.finished_tasks(start, cursor)
    except CredentialsRejected as error:
        reject_credentials(ports.integrations, integration, error, ports.steering.clock())
        raise
    except Refused as error:
        if error.code == "cursor_invalid":
            raise RetryLater("cursor_invalid") from error
        raise


def _check_time(ports: SteeringPorts, deadline: datetime) -> None:
    if ports.clock() >= deadline:
        raise Declined("too_many_tasks", [FieldError("finished_since", "rejected")])

"""Task records that were lost get their orders back from the ERP, by order key.

The same search as after an unknown outcome: every finished task's keys are looked for, and what is found is
adopted. Which rows are ours is found out when the task is compared next (`change_order`). What people decided
about tasks without an order stands in no other place, and is not recovered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.domain import order_attempts, task_changes
from connector.domain.integration import Integration
from connector.domain.stream import LOOK_BACK, Stream
from connector.domain.task import TaskVersion
from connector.errors import CredentialsRejected, RetryLater, Stale
from connector.ports import Clock, ConnectErp, ConnectFieldService, StreamQueue, TaskQueue
from connector.stores import IntegrationStore, TaskStore
from connector.usecases.found_orders import orders_of, possible_keys
from connector.usecases.reject_credentials import reject_credentials

TRIES = 3

PAGE_NEEDS = timedelta(seconds=90)
"""No page is begun with less time left: the list, two searches, and the records to be written."""


@dataclass(frozen=True, slots=True)
class RecoveryPorts:
    """What recovery needs."""

    clock: Clock
    integrations: IntegrationStore
    tasks: TaskStore
    task_queue: TaskQueue
    stream_queue: StreamQueue
    erp: ConnectErp
    field_service: ConnectFieldService


def recover_orders(
    ports: RecoveryPorts, agreement_number: str, deadline: datetime, since: datetime | None = None
) -> int:
    """Adopt the orders of all tasks finished since the integration's start; gives how many tasks got theirs.

    May be repeated: a task that has its order is passed over. When the time is used up, a message of its own
    goes on with the tasks changed `since`. Raises `RetryLater`, also while a login is refused (no side is
    called then); `Refused`, `CredentialsRejected`, and `Stale` when somebody changed the integration.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None:
        return 0
    if since is None:
        integration = _begin(ports, integration)
    if integration.refused_login:
        raise RetryLater("integration_not_active")
    try:
        return _recover(ports, integration, deadline, since)
    except CredentialsRejected as error:
        if integration.is_active:
            reject_credentials(ports.integrations, integration, error, ports.clock())
        raise


def _recover(
    ports: RecoveryPorts, integration: Integration, deadline: datetime, since: datetime | None
) -> int:
    agreement_number, recovered = integration.agreement_number, 0
    for page in _pages(ports, integration, since):
        if deadline - ports.clock() < PAGE_NEEDS:
            ports.stream_queue.send(agreement_number, Stream.TASKS, full=True, since=since)
            break
        recovered += _recover_page(ports, integration, page)
        since = page[-1].changed_at if page else since
    return recovered


def _pages(
    ports: RecoveryPorts, integration: Integration, since: datetime | None
) -> Iterator[tuple[TaskVersion, ...]]:
    service = ports.field_service(integration.agreement_number)
    start, cursor = since or integration.start - LOOK_BACK, None
    while True:
        page = service.finished_tasks(start, cursor)
        yield page.tasks
        cursor = page.next_cursor
        if cursor is None:
            return


def _recover_page(ports: RecoveryPorts, integration: Integration, tasks: Sequence[TaskVersion]) -> int:
    agreement_number = integration.agreement_number
    ordered = ports.tasks.ordered(agreement_number, [one.task_id for one in tasks])
    tasks = [one for one in tasks if one.task_id not in ordered]
    keys = [key for one in tasks for key in possible_keys(agreement_number, one.task_id)]
    found = ports.erp(agreement_number).find_orders_of(keys) if keys else {}
    adopted = {task.task_id: task.version for task in tasks if _adopt(ports, integration, task, found)}
    if adopted:
        ports.task_queue.send(agreement_number, adopted)
    return len(adopted)


def _adopt(
    ports: RecoveryPorts, integration: Integration, task: TaskVersion, found: Mapping[str, Sequence[str]]
) -> bool:
    """Give the task its orders; False when it has none, or has them already."""
    agreement_number = integration.agreement_number
    orders = orders_of(agreement_number, task.task_id, found)
    if not orders:
        return False
    for _ in range(TRIES):
        record = ports.tasks.get(agreement_number, task.task_id)
        if record is not None and record.attempts:
            return False
        now = ports.clock()
        heard = task_changes.receive(record, agreement_number, task.task_id, task.version, now)
        try:
            ports.tasks.save(order_attempts.adopt(heard, orders, integration.settings_version, now))
            return True
        except Stale:
            continue
    raise RetryLater("record_contended")


def _begin(ports: RecoveryPorts, integration: Integration) -> Integration:
    """From now on a task that is first heard of may have had its order before (`adopt_lost`)."""
    return ports.integrations.save(replace(integration, recovered_at=ports.clock()))

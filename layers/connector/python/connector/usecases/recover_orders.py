"""Task records that were lost get their orders back from the ERP, by order key.

The same search as after an unknown outcome: every finished task's keys are looked for, and what is found is
adopted. Which rows are ours is found out when the task is compared next (`change_order`). What people decided
about tasks without an order stands in no other place, and is not recovered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from connector.domain import task_changes
from connector.domain.integration import Integration
from connector.domain.order import OrderKey
from connector.domain.reason import Reason
from connector.domain.stream import LOOK_BACK, Stream
from connector.domain.task import TaskVersion
from connector.domain.task_record import Attempt, Contents, TaskRecord, TaskState
from connector.errors import RetryLater, Stale
from connector.ports import Clock, ConnectErp, ConnectFieldService, StreamQueue, TaskQueue
from connector.stores import IntegrationStore, TaskStore

ORDINALS = range(1, 6)
"""So many orders of one task are looked for; a task with more supplementary orders wasn't seen yet."""

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
    goes on with the tasks changed `since`. Raises `RetryLater`, `Refused` and `CredentialsRejected`.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None:
        return 0
    recovered = 0
    for page in _pages(ports, integration, since):
        if deadline - ports.clock() < PAGE_NEEDS:
            ports.stream_queue.send(agreement_number, Stream.TASKS, full=True, since=since)
            break
        recovered += _recover_page(ports, agreement_number, page)
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


def _recover_page(ports: RecoveryPorts, agreement_number: str, tasks: Sequence[TaskVersion]) -> int:
    ordered = ports.tasks.ordered(agreement_number, [one.task_id for one in tasks])
    tasks = [one for one in tasks if one.task_id not in ordered]
    keys = [OrderKey(agreement_number, one.task_id, ordinal) for one in tasks for ordinal in ORDINALS]
    found = ports.erp(agreement_number).find_orders_of(keys) if keys else {}
    adopted = {task.task_id: task.version for task in tasks if _adopt(ports, agreement_number, task, found)}
    if adopted:
        ports.task_queue.send(agreement_number, adopted)
    return len(adopted)


def _adopt(
    ports: RecoveryPorts, agreement_number: str, task: TaskVersion, found: Mapping[str, Sequence[str]]
) -> bool:
    """Give the task its orders; False when it has none, or has them already."""
    keys = [OrderKey(agreement_number, task.task_id, ordinal) for ordinal in ORDINALS]
    orders = [(key.ordinal, found[key.text]) for key in keys if found.get(key.text)]
    if not orders:
        return False
    for _ in range(3):
        record = ports.tasks.get(agreement_number, task.task_id)
        if record is not None and record.attempts:
            return False
        now = ports.clock()
        heard = task_changes.receive(record, agreement_number, task.task_id, task.version, now)
        try:
            ports.tasks.save(_with_orders(heard, orders, now))
            return True
        except Stale:
            continue
    raise RetryLater("record_contended")


def _with_orders(
    record: TaskRecord, orders: Sequence[tuple[int, Sequence[str]]], now: datetime
) -> TaskRecord:
    attempts = tuple(
        Attempt(
            ordinal=ordinal,
            customer_id=0,
            reserved_at=now,
            contents=Contents(task_version=0, fingerprint="", net_total=Decimal(0)),
            order_id=order_ids[0],
            is_open=False,
            rows_known=False,
        )
        for ordinal, order_ids in orders
    )
    adopted = replace(
        record, state=TaskState.ORDERED, reason=None, detail=None, waits_for=None, attempts=attempts
    )
    twins = " ".join(order_id for _, order_ids in orders if len(order_ids) > 1 for order_id in order_ids)
    if twins:
        return task_changes.settle(adopted, TaskState.HELD, Reason.DUPLICATE_IN_ERP, twins, 0, now)
    return task_changes.noted(adopted, now, reason="recovered", detail=attempts[-1].order_id)

"""The poll: finds every finished task that no webhook told of, and queues it (design 1).

The cursor moves only past tasks that are on the order queue or already in a task record, and only by
times that Smartday itself gave.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.domain.integration import Integration
from connector.domain.stream import LOOK_BACK, Cursor, Stream
from connector.domain.task import TaskVersion
from connector.errors import CredentialsRejected, Refused, Stale
from connector.ports import Clock, ConnectFieldService, TaskQueue
from connector.stores import CursorStore, IntegrationStore, TaskStore
from connector.usecases.reject_credentials import reject_credentials

PAGE_NEEDS = timedelta(seconds=35)
"""No page is asked for with less time left: the call itself (contract smartday 4.10), and the queueing."""


@dataclass(frozen=True, slots=True)
class ReconcilePorts:
    """What the poll needs."""

    clock: Clock
    integrations: IntegrationStore
    tasks: TaskStore
    cursors: CursorStore
    queue: TaskQueue
    field_service: ConnectFieldService


def reconcile_tasks(ports: ReconcilePorts, agreement_number: str, deadline: datetime) -> int:
    """Read what changed since the last poll, page by page; gives how many tasks were queued.

    Two polls at once are harmless: who loses the cursor stops, and tasks queued twice give one order.
    Another start begins anew. Stops before `deadline` (UTC) with the cursor where it got to. Raises
    `RetryLater`, and `Refused` when Smartday doesn't take our question.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        return 0
    stored = ports.cursors.get(agreement_number, Stream.TASKS) or Cursor(agreement_number, Stream.TASKS)
    try:
        return _read_pages(ports, integration, stored.resting_on(integration.start.isoformat()), deadline)
    except CredentialsRejected as error:
        reject_credentials(ports.integrations, integration, error, ports.clock())
        return 0


def _read_pages(ports: ReconcilePorts, integration: Integration, cursor: Cursor, deadline: datetime) -> int:
    service = ports.field_service(integration.agreement_number)
    since = cursor.since() or integration.start - LOOK_BACK
    page_cursor: str | None = None
    may_start_over = True
    queued = 0
    while deadline - ports.clock() >= PAGE_NEEDS:
        try:
            page = service.finished_tasks(since, page_cursor)
        except Refused as error:
            if error.code != "cursor_invalid" or page_cursor is None or not may_start_over:
                raise
            page_cursor, since, may_start_over = None, cursor.since() or since, False
            continue
        queued += _queue_unheard(ports, integration.agreement_number, page.tasks)
        try:
            cursor = _advance(ports, cursor, page.tasks)
        except Stale:
            break
        page_cursor = page.next_cursor
        if page_cursor is None:
            break
    return queued


def _queue_unheard(ports: ReconcilePorts, agreement_number: str, tasks: tuple[TaskVersion, ...]) -> int:
    heard = ports.tasks.handled_versions(agreement_number, [task.task_id for task in tasks])
    unheard = {task.task_id: task.version for task in tasks if heard.get(task.task_id, -1) < task.version}
    if unheard:
        ports.queue.send(agreement_number, unheard)
    return len(unheard)


def _advance(ports: ReconcilePorts, cursor: Cursor, tasks: tuple[TaskVersion, ...]) -> Cursor:
    newest = max((task.changed_at for task in tasks), default=None)
    if newest is None or (cursor.watermark is not None and newest <= cursor.watermark):
        return cursor
    return ports.cursors.save(replace(cursor, watermark=newest))

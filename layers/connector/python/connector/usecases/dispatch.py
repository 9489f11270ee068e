"""What is due: task records every minute, streams every quarter of an hour; no upstream call (design 1)."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta

from connector.domain.stream import Stream
from connector.domain.task_record import TaskRecord
from connector.errors import Stale
from connector.ports import Clock, StreamQueue, TaskQueue
from connector.stores import IntegrationStore, TaskStore

RECORDS_A_PAGE = 100
RECORDS_A_RUN = 5_000
"""So many fit into the invocation's time; the rest is due a minute later."""

ASK_AGAIN = timedelta(minutes=15)
"""A record that was queued is queued again after this long if nobody took it."""

ASK_FEW_AGAIN = timedelta(minutes=3)
"""Fewer than a page can't fill a slow queue; a message that isn't heard of for so long was likely lost, with
a process that died before it took the record."""


@dataclass(frozen=True, slots=True)
class DispatchPorts:
    """What dispatching needs."""

    clock: Clock
    integrations: IntegrationStore
    tasks: TaskStore
    task_queue: TaskQueue
    stream_queue: StreamQueue


def dispatch_due_tasks(ports: DispatchPorts) -> int:
    """Queue every record whose time has come, lapsed leases among them; gives how many."""
    queued = 0
    while queued < RECORDS_A_RUN:
        due = ports.tasks.due(ports.clock(), RECORDS_A_PAGE)
        _queue(ports, due)
        again = ASK_AGAIN if queued + len(due) >= RECORDS_A_PAGE else ASK_FEW_AGAIN
        moved = sum(_ask_again_later(ports, record, again) for record in due)
        queued += len(due)
        if len(due) < RECORDS_A_PAGE or not moved:
            break
    return queued


def dispatch_streams(ports: DispatchPorts) -> int:
    """One message per active integration and stream; gives the number of integrations."""
    count = 0
    for agreement_number in ports.integrations.active():
        for stream in Stream:
            ports.stream_queue.send(agreement_number, stream)
        count += 1
    return count


def _queue(ports: DispatchPorts, due: list[TaskRecord]) -> None:
    by_agreement: dict[str, dict[str, int]] = defaultdict(dict)
    for record in due:
        by_agreement[record.agreement_number][record.task_id] = record.wanted_version
    for agreement_number, versions in by_agreement.items():
        ports.task_queue.send(agreement_number, versions)


def _ask_again_later(ports: DispatchPorts, record: TaskRecord, again: timedelta) -> bool:
    """Move the due time on, so that a slow queue isn't filled with the same record every minute."""
    try:
        ports.tasks.save(replace(record, due_at=ports.clock() + again))
    except Stale:
        return False
    return True

"""One finished task becomes one order: claim → resolve what is open → fetch → place or follow → receipt.

The order of these steps is what makes it exactly one (design 4.4): nothing is sent that wasn't reserved
first, and nothing is sent again before the ERP answered, in full, that it isn't there.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from connector.domain import task_changes
from connector.domain.lease import LEASE_MARGIN
from connector.domain.reason import Reason
from connector.domain.task import Task
from connector.domain.task_decisions import release
from connector.domain.task_record import SETTLED, WAITING, TaskRecord, TaskState
from connector.domain.waiting import awaited_binding
from connector.errors import CredentialsRejected, NotFound, Refused, RetryLater, Stale, Throttled
from connector.usecases.change_order import follow_task
from connector.usecases.claim import Claim, claim_task, note
from connector.usecases.found_orders import adopt_lost
from connector.usecases.place_order import place_order
from connector.usecases.reject_credentials import reject_credentials
from connector.usecases.report_back import send_receipt
from connector.usecases.resolve_outcome import resolve, verify
from connector.usecases.task_work import OrderPorts, Work

DOUBTS = 3
DOUBT_AGAIN = timedelta(minutes=5)
"""A task that Smartday doesn't know, or can't say readably, is asked for again this often."""

SOON = 10
"""So often a version that Smartday doesn't show yet is asked for at once; then ever more seldom."""

SHORT_WAIT = timedelta(seconds=60)
"""Waits up to this are left to the queue's own delay; longer ones to `dispatch` (design 4.5)."""

UNDER_WAY = frozenset({TaskState.CREATING, TaskState.UPDATING})
"""States of a record whose write to the ERP was sent, or is about to be."""

FIRST_RETRY = timedelta(seconds=15)

A_REST = timedelta(seconds=10)
"""A side is left alone for 15 s at least, of which moments have passed; shorter is what a side tells who asks
too often, again and again."""

LONGEST_RETRY = timedelta(minutes=2)
"""A side that is down is left alone by its pace, whatever its tasks do; this is for a task that fails alone,
and so short that after a time of trouble nobody waits long for a side that is well again."""


def create_order(
    ports: OrderPorts, agreement_number: str, task_id: str, version: int, owner: str, deadline: datetime
) -> TaskRecord | None:
    """Do what the task needs now; gives the record as it was left, None when somebody else has it.

    `owner` names this process's claim, `deadline` (UTC) is when it will be ended. Raises only for bugs
    and when our own stores can't be reached: then the message comes again.
    """
    now = ports.clock()
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        parked = partial(task_changes.park, now=now)
        record = note(ports.tasks, agreement_number, task_id, version, now, parked)
        _queue_if_resumed(ports, record)
        return record
    claim = claim_task(ports.tasks, agreement_number, task_id, version, owner, deadline + LEASE_MARGIN, now)
    if claim is None:
        return None
    try:
        _run(Work(ports, integration, claim, deadline))
    except RetryLater as error:
        _postpone(ports, claim, error)
    except CredentialsRejected as error:
        why = f"{error.side}_{error.code}"
        claim.write(lambda record: task_changes.park(record, ports.clock(), why))
        reject_credentials(ports.integrations, integration, error, ports.clock())
        _queue_if_resumed(ports, claim.record)
    else:
        _follow_up(ports, claim.record)
    return claim.record


def _run(work: Work) -> None:
    if (work.record.open_attempt is None or resolve(work)) and work.record.receipt is None:
        _go_on(work)
    send_receipt(work)


def _go_on(work: Work) -> None:
    if work.record.is_settled and work.record.open_attempt is None:
        verify(work)
        return
    task = _fetch(work)
    if task is None:
        return
    adopt_lost(work)
    if work.record.order is None:
        place_order(work, task)
    else:
        follow_task(work, task)


def _fetch(work: Work) -> Task | None:
    """The task at the version heard of or later; None when the record is settled without it."""
    version = work.record.wanted_version
    try:
        task = work.service.task(work.record.task_id)
    except NotFound:
        _doubt(work, Reason.TASK_GONE)
        state = TaskState.IGNORED if work.record.order is None else TaskState.ORDERED
        work.settle(state, Reason.TASK_GONE, None, version)
        return None
    except Refused as error:
        _doubt(work, Reason.TASK_UNREADABLE)
        work.settle(TaskState.HELD, Reason.TASK_UNREADABLE, error.words, version)
        return None
    if task.version < version:
        soon = timedelta(seconds=5) if work.record.failures < SOON else None
        raise RetryLater("task_version_behind", soon)
    return task


def _doubt(work: Work, reason: Reason) -> None:
    """An answer that nobody expects, and that would cost an order, is believed when it stays the same."""
    is_new = work.record.reason != reason and work.record.state is not TaskState.UNKNOWN
    again = is_new or work.record.failures < DOUBTS
    if work.record.order is None and again:
        raise RetryLater(reason.value, DOUBT_AGAIN)


def _postpone(ports: OrderPorts, claim: Claim, error: RetryLater) -> None:
    """Nothing was done: due again, by the queue's delay when it is soon and by `dispatch` in any case.

    What was sent, though what came of it couldn't be noted, is left to whoever comes after the lease, as if
    this process had died: only from its end on the settle time runs.
    """
    if claim.record.state in UNDER_WAY:
        return
    now = ports.clock()
    rest = _rest(error, now)
    wait = rest or _backoff(error, claim.record.failures)
    is_soon = wait <= SHORT_WAIT
    due_at = now + (wait + SHORT_WAIT if is_soon else wait)
    is_try = rest is None
    claim.write(lambda record: task_changes.postpone(record, error.reason, due_at, now, is_try=is_try))
    if is_soon:
        record = claim.record
        ports.queue.send(record.agreement_number, {record.task_id: record.wanted_version}, wait)


def _rest(error: RetryLater, now: datetime) -> timedelta | None:
    """A side that is left alone is waited for just that long: else tasks go on long after it is back."""
    if isinstance(error, Throttled) and error.until - now >= A_REST:
        return error.until - now
    return None


def _backoff(error: RetryLater, failures: int) -> timedelta:
    """Ever longer; but who was told to come back in a moment by a side that is well doesn't wait for long."""
    if error.after is not None:
        return error.after
    longest = SHORT_WAIT if isinstance(error, Throttled) else LONGEST_RETRY
    return min(FIRST_RETRY * (1 << min(failures, 10)), longest)


def _follow_up(ports: OrderPorts, record: TaskRecord) -> None:
    """Whoever ends the lease queues the task again when more was heard meanwhile (design 4.4), or when what
    it is held for has come between the look and the hold.
    """
    if _has_come(ports, record):
        with suppress(Stale):
            record = ports.tasks.save(release(record, ports.clock()))
            ports.queue.send(record.agreement_number, {record.task_id: record.wanted_version})
    elif not record.is_settled and (record.state in SETTLED or record.state is TaskState.RECEIVED):
        ports.queue.send(record.agreement_number, {record.task_id: record.wanted_version})


def _queue_if_resumed(ports: OrderPorts, record: TaskRecord) -> None:
    """Resuming queues what waits at that moment; whoever lets a task wait after that queues it again."""
    integration = ports.integrations.get(record.agreement_number)
    if integration is not None and integration.is_active and record.state in WAITING:
        ports.queue.send(record.agreement_number, {record.task_id: record.wanted_version})


def _has_come(ports: OrderPorts, record: TaskRecord) -> bool:
    awaited = awaited_binding(record.waits_for)
    if awaited is None:
        return False
    kind, number = awaited
    binding = ports.bindings.get(record.agreement_number, kind, [number]).get(number)
    return binding is not None and binding.is_usable

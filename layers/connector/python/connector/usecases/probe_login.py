"""A refused login is tried once more now and then; when the side takes it, all that waited goes on.

Decision: the try is claimed on the integration itself before the side is called, so that any number of
messages and workers make one (decision 0014).
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.domain.integration import PROBE_EVERY, Integration, Rejection
from connector.domain.stream import Stream
from connector.errors import CredentialsRejected, Side, Stale
from connector.ports import Clock, ConnectErp, ConnectFieldService, StreamQueue, TaskQueue
from connector.stores import IntegrationStore, TaskStore
from connector.usecases.look_again import LookAgain
from connector.usecases.reject_credentials import reject_credentials
from connector.usecases.request_import import queue_imports

ALMOST_DUE = timedelta(minutes=1)
"""A message that comes so little too early comes again; later ones are others' business."""

QUEUEING_NEEDS = timedelta(seconds=40)
"""Left to the poll that follows in the same invocation."""


@dataclass(frozen=True, slots=True)
class ProbePorts:
    """What trying a login and going on afterwards need."""

    clock: Clock
    integrations: IntegrationStore
    tasks: TaskStore
    task_queue: TaskQueue
    stream_queue: StreamQueue
    erp: ConnectErp
    field_service: ConnectFieldService


def probe_login(ports: ProbePorts, agreement_number: str, deadline: datetime) -> bool:
    """Try a refused login if it is time; True when the side took it and the integration is active again.

    Also ends what making an integration active began. Raises `RetryLater` when not all that waited is queued
    (the next poll goes on); it, and `Refused`, when the side gave no plain answer: the next try is as far off
    as after a refusal.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is not None and integration.is_active and integration.is_resuming:
        _finish_resuming(ports, integration, deadline)
    rejection = integration.refused_login if integration else None
    if integration is None or rejection is None:
        return False
    now = ports.clock()
    if now < rejection.probe_at:
        if rejection.probe_at - now <= ALMOST_DUE:
            ports.stream_queue.send(agreement_number, Stream.TASKS, delay=rejection.probe_at - now)
        return False
    try:
        claimed = ports.integrations.save(
            replace(integration, rejection=replace(rejection, probe_at=now + PROBE_EVERY))
        )
    except Stale:
        return False
    try:
        _log_in(ports, agreement_number, rejection)
    except CredentialsRejected as error:
        reject_credentials(ports.integrations, claimed, error, now)
        return False
    return _resume(ports, claimed, deadline)


def _log_in(ports: ProbePorts, agreement_number: str, rejection: Rejection) -> None:
    if rejection.side == Side.SMARTDAY:
        ports.field_service(agreement_number).agreement()
    else:
        ports.erp(agreement_number).log_in()


def _resume(ports: ProbePorts, claimed: Integration, deadline: datetime) -> bool:
    number = claimed.agreement_number
    queue_imports(ports.stream_queue, number, full=False)
    try:
        ports.integrations.save(claimed.resumed())
    except Stale:
        return False
    _look(ports, number, deadline)
    return True


def _finish_resuming(ports: ProbePorts, integration: Integration, deadline: datetime) -> None:
    """The look at the moment of resuming may have been cut off, or have missed what was just written."""
    _look(ports, integration.agreement_number, deadline)
    with suppress(Stale):
        ports.integrations.save(replace(integration, is_resuming=False))


def _look(ports: ProbePorts, agreement_number: str, deadline: datetime) -> None:
    until = deadline - QUEUEING_NEEDS
    LookAgain(ports.clock, ports.tasks, ports.task_queue, agreement_number, until).at_waiting()

"""A person's word on a full pass that was held: what it found absent may become inactive."""

from dataclasses import dataclass, replace

from connector.domain.stream import Cursor, Stream
from connector.ports import Clock, StreamQueue
from connector.stores import CursorStore, IntegrationStore
from connector.usecases.declined import Declined
from connector.usecases.import_turn import amend
from connector.usecases.request_import import IMPORT_STREAMS


@dataclass(frozen=True, slots=True)
class ConfirmImportPorts:
    """What confirming a held import needs."""

    clock: Clock
    integrations: IntegrationStore
    cursors: CursorStore
    queue: StreamQueue


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How many records of the stream may become inactive without another word."""

    stream: Stream
    count: int


def confirm_import(ports: ConfirmImportPorts, agreement_number: str, run_id: str, who: str) -> Confirmed:
    """Let the next full pass make inactive as many as the held run would have, and queue that pass. One that
    finds more is held anew.

    Raises `Declined`: `not_active`, `run_not_found` for a run that is no import's latest, `run_not_held` for
    one that doesn't wait for this; `RetryLater` when it is confirmed but not queued: the next reading of the
    stream is then the full pass.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        raise Declined("not_active")
    stream = _stream_of(ports, agreement_number, run_id)
    now = ports.clock()

    def confirm(cursor: Cursor) -> Cursor:
        held = cursor.held
        if held is None or held.run_id != run_id:
            raise Declined("run_not_held")
        return replace(
            cursor,
            held=None,
            confirmed=held.unconfirmed,
            confirmed_by=who,
            confirmed_at=now,
            wanted="full",
        )

    cursor = amend(ports.cursors, agreement_number, stream, confirm)
    ports.queue.send(agreement_number, stream, full=True)
    return Confirmed(stream, cursor.confirmed)


def _stream_of(ports: ConfirmImportPorts, agreement_number: str, run_id: str) -> Stream:
    for stream in IMPORT_STREAMS:
        cursor = ports.cursors.get(agreement_number, stream)
        if cursor is not None and cursor.knows(run_id):
            return stream
    raise Declined("run_not_found")

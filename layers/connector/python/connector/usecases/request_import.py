"""Read a stream now ("synk nå")."""

from dataclasses import dataclass
from datetime import timedelta

from connector.domain.matches import MatchState
from connector.domain.stream import Stream
from connector.ports import StreamQueue
from connector.stores import IntegrationStore, MatchStore
from connector.usecases.declined import Declined

IMPORT_STREAMS = (Stream.CUSTOMERS, Stream.PRODUCTS)
"""The streams that fill Smartday from the ERP, in the order they are wanted: orders need customers first."""

HEAD_START = timedelta(seconds=2)
"""Imports are queued before the integration is active, and would be dropped if they came first."""


@dataclass(frozen=True, slots=True)
class ImportRequestPorts:
    """What asking for an import needs."""

    integrations: IntegrationStore
    queue: StreamQueue
    matches: MatchStore


def request_import(ports: ImportRequestPorts, agreement_number: str, stream: Stream, full: bool) -> None:
    """Queue one pass; where a match report waits, one that compares anew.

    Raises `Declined` (`not_active`), `RetryLater` when the queue didn't take it.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        raise Declined("not_active")
    review = ports.matches.get(agreement_number, stream)
    waits = review is not None and review.state is MatchState.WAITING
    ports.queue.send(agreement_number, stream, full or waits)


def queue_imports(queue: StreamQueue, agreement_number: str, full: bool) -> None:
    """Queue both imports of an integration that is about to be active."""
    for stream in IMPORT_STREAMS:
        queue.send(agreement_number, stream, full=full, delay=HEAD_START)

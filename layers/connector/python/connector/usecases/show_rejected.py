"""Show which records an import run didn't write, and why."""

from dataclasses import dataclass

from connector.domain.import_result import ResultPage
from connector.stores import CursorStore, ImportResultStore
from connector.usecases.declined import Declined
from connector.usecases.request_import import IMPORT_STREAMS


@dataclass(frozen=True, slots=True)
class RejectedPorts:
    """What showing the results of a run needs."""

    cursors: CursorStore
    results: ImportResultStore


def show_rejected(ports: RejectedPorts, agreement_number: str, run_id: str, cursor: str | None) -> ResultPage:
    """One page of what became of the run's records; empty for a latest run that wrote all of them.

    Raises `Declined`: `cursor_invalid`, `run_not_found` for a run that is no import's latest, isn't held, and
    of which nothing is kept.
    """
    try:
        page = ports.results.page(agreement_number, run_id, cursor)
    except ValueError as error:
        raise Declined("cursor_invalid") from error
    if not page.results and not _is_known(ports, agreement_number, run_id):
        raise Declined("run_not_found")
    return page


def _is_known(ports: RejectedPorts, agreement_number: str, run_id: str) -> bool:
    cursors = (ports.cursors.get(agreement_number, stream) for stream in IMPORT_STREAMS)
    is_latest = any(one.knows(run_id) for one in cursors if one)
    return is_latest or bool(ports.results.page(agreement_number, run_id, None).results)

"""Show how the registers of both sides match, and let a person's word set the first import going."""

from dataclasses import dataclass, replace

from connector.domain.integration import Integration
from connector.domain.matches import MatchReview, MatchState
from connector.domain.stream import Stream
from connector.errors import Stale
from connector.ports import Clock, StreamQueue
from connector.stores import IntegrationStore, MatchStore
from connector.usecases.declined import Declined
from connector.usecases.import_turn import basis_of, is_written
from connector.usecases.match_registers import review_of
from connector.usecases.request_import import IMPORT_STREAMS


@dataclass(frozen=True, slots=True)
class MatchPorts:
    """What the match report needs."""

    clock: Clock
    integrations: IntegrationStore
    matches: MatchStore
    queue: StreamQueue


def show_matches(ports: MatchPorts, agreement_number: str) -> dict[Stream, MatchReview]:
    """The review of customers and of products: `none` before the first reading, `not_needed` also for a
    register that Smartday doesn't get. Raises `Declined` (`not_active`) when there is no integration.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None:
        raise Declined("not_active")
    return {stream: _review(ports, integration, stream) for stream in IMPORT_STREAMS}


def confirm_matches(ports: MatchPorts, agreement_number: str, who: str) -> dict[Stream, MatchReview]:
    """A person has seen the reports that wait: both imports go on. Gives what `show_matches` gives.

    Raises `Declined`: `not_active`, `no_matches_waiting`, `changed_meanwhile` (ask again); `RetryLater` when
    it is confirmed but not queued: the next reading of the stream goes on.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        raise Declined("not_active")
    shown = show_matches(ports, agreement_number)
    waiting = [review for review in shown.values() if review.state is MatchState.WAITING]
    if not waiting:
        raise Declined("no_matches_waiting")
    now = ports.clock()
    try:
        for review in waiting:
            confirmed = replace(review, state=MatchState.CONFIRMED, confirmed_by=who, confirmed_at=now)
            shown[review.stream] = ports.matches.save(confirmed)
    except Stale as error:
        raise Declined("changed_meanwhile") from error
    for stream in IMPORT_STREAMS:
        ports.queue.send(agreement_number, stream)
    return shown


def _review(ports: MatchPorts, integration: Integration, stream: Stream) -> MatchReview:
    review = review_of(ports.matches, integration.agreement_number, stream, basis_of(integration, stream))
    return review if is_written(integration, stream) else replace(review, state=MatchState.NOT_NEEDED)

"""Open and end web sessions: proof of the Bridge login, once in 12 hours.

The stored password is compared first; Bridge is asked only when it differs or nothing is stored (design 3).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connector.domain.web_session import WebSession
from connector.stores import SecretStore
from connector.usecases.declined import Declined
from connector.usecases.prove_login import (
    TIME_LIMIT,
    WRONG_LOGIN,
    ProofPorts,
    is_same_login,
    prove_bridge_login,
)


class WebSessions(Protocol):
    """Signed tokens that carry a web session."""

    def issue(self, agreement_number: str, now: datetime) -> tuple[str, WebSession]:
        """A new token, good for 12 hours."""

    def read(self, token: str, now: datetime) -> WebSession | None:
        """The session that a token of ours carries; None when it is forged, spoilt or expired."""


@dataclass(frozen=True, slots=True)
class SessionPorts:
    """What web sessions need."""

    proof: ProofPorts
    secrets: SecretStore
    web_sessions: WebSessions


def open_session(
    ports: SessionPorts, agreement_number: str, user: str, password: str
) -> tuple[str, WebSession]:
    """A token and its session, for whoever knows the Bridge login.

    Raises `Declined`: `invalid_credentials`, `too_many_attempts`, `smartday_feature_missing`,
    `smartday_unreachable`, `smartday_refused`.
    """
    now = ports.proof.clock()
    stored = ports.secrets.credentials(agreement_number, refresh=True)
    if not is_same_login(stored, user, password):
        try:
            prove_bridge_login(ports.proof, agreement_number, user, password, now + TIME_LIMIT)
        except Declined as declined:
            if declined.code in WRONG_LOGIN:
                raise Declined("invalid_credentials") from declined
            raise
    return ports.web_sessions.issue(agreement_number, now)


def recognise(ports: SessionPorts, token: str) -> WebSession | None:
    """The live session of a token; None when it is none of ours, expired or ended."""
    now = ports.proof.clock()
    session = ports.web_sessions.read(token, now)
    if session is None:
        return None
    ended = ports.proof.sessions.is_token_ended(session.agreement_number, session.token_id, now)
    return None if ended else session


def end_session(ports: SessionPorts, session: WebSession) -> None:
    """The token is worth nothing from now on."""
    ports.proof.sessions.end_token(session.agreement_number, session.token_id, session.expires_at)

"""What expires and what is secret, in memory: sessions, paces and proofs; logins and the master key."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from connector.domain.integration import Credentials
from connector.domain.pace import Pace
from connector.errors import Side
from connector.ports import Clock
from tests.fakes.stores import utc_now

SESSION_KEPT = PACE_KEPT = timedelta(hours=24)


@dataclass
class MemorySessionStore:
    """`SessionStore` in memory; `clock` tells what has expired. A row is a value and its end."""

    clock: Clock = utc_now
    sessions: dict[str, tuple[str | None, datetime]] = field(default_factory=dict)
    rests: dict[str, datetime] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    paces: dict[tuple[str, Side], tuple[Pace, datetime]] = field(default_factory=dict)
    proofs: dict[tuple[str, datetime], int] = field(default_factory=dict)
    ended: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def erp_session(self, agreement_number: str) -> str | None:
        """See `SessionStore.erp_session`."""
        session_id, expires_at = self.sessions.get(agreement_number, (None, self.clock()))
        return session_id if self.clock() < expires_at else None

    def put_erp_session(self, agreement_number: str, session_id: str) -> None:
        """See `SessionStore.put_erp_session`; ends a claim."""
        with self._lock:
            self.sessions[agreement_number] = (session_id, self.clock() + SESSION_KEPT)
            self.refused.pop(agreement_number, None)

    def bring_erp_session(
        self, agreement_number: str, session_id: str, rests_until: datetime | None = None
    ) -> bool:
        """See `SessionStore.bring_erp_session`; ends a claim."""
        with self._lock:
            if self.sessions.get(agreement_number, (None, self.clock()))[0] is not None:
                return False
            self.sessions[agreement_number] = (session_id, self.clock() + SESSION_KEPT)
            if rests_until is not None:
                self.rests[session_id] = rests_until
            self.refused.pop(agreement_number, None)
        return True

    def claim_login(self, agreement_number: str, expired: str | None, now: datetime, until: datetime) -> bool:
        """See `SessionStore.claim_login`; a claim takes the dead session away."""
        with self._lock:
            session_id, expires_at = self.sessions.get(agreement_number, (None, now))
            is_over = session_id == expired and now >= self.rests.get(session_id or "", now)
            if now < expires_at and (session_id is None or not is_over):
                return False
            self.sessions[agreement_number] = (None, until)
            self.refused.pop(agreement_number, None)
        return True

    def refuse_login(self, agreement_number: str, code: str, until: datetime) -> None:
        """See `SessionStore.refuse_login`; a session that somebody put there meanwhile stays."""
        with self._lock:
            session_id, _ = self.sessions.get(agreement_number, (None, until))
            if session_id is None:
                self.sessions[agreement_number] = (None, until)
                self.refused[agreement_number] = code

    def refused_login(self, agreement_number: str) -> str | None:
        """See `SessionStore.refused_login`."""
        _, expires_at = self.sessions.get(agreement_number, (None, self.clock()))
        return self.refused.get(agreement_number) if self.clock() < expires_at else None

    def pace(self, agreement_number: str, side: Side) -> Pace:
        """See `SessionStore.pace`."""
        pace, expires_at = self.paces.get((agreement_number, side), (Pace(), self.clock()))
        return pace if self.clock() < expires_at else Pace()

    def swap_pace(self, agreement_number: str, side: Side, known: Pace, pace: Pace) -> bool:
        """See `SessionStore.swap_pace`."""
        with self._lock:
            if self.pace(agreement_number, side) != known:
                return False
            self.paces[agreement_number, side] = (pace, self.clock() + PACE_KEPT)
        return True

    def count_failed_proof(self, agreement_number: str, window_end: datetime) -> int:
        """See `SessionStore.count_failed_proof`."""
        with self._lock:
            count = self.proofs.get((agreement_number, window_end), 0) + 1
            self.proofs[agreement_number, window_end] = count
        return count

    def failed_proofs(self, agreement_number: str, window_end: datetime) -> int:
        """See `SessionStore.failed_proofs`."""
        return self.proofs.get((agreement_number, window_end), 0)

    def end_token(self, agreement_number: str, token_id: str, expires_at: datetime) -> None:
        """See `SessionStore.end_token`."""
        self.ended[agreement_number, token_id] = expires_at

    def is_token_ended(self, agreement_number: str, token_id: str, now: datetime) -> bool:
        """See `SessionStore.is_token_ended`."""
        expires_at = self.ended.get((agreement_number, token_id))
        return expires_at is not None and now < expires_at


@dataclass
class MemorySecretStore:
    """`SecretStore` in memory; `key` is the master key. `reads` lists (agreement, refresh) as asked."""

    logins: dict[str, Credentials] = field(default_factory=dict)
    key: bytes = b"master-key-of-the-tests"
    reads: list[tuple[str, bool]] = field(default_factory=list)

    def credentials(self, agreement_number: str, refresh: bool = False) -> Credentials | None:
        """See `SecretStore.credentials`."""
        self.reads.append((agreement_number, refresh))
        return self.logins.get(agreement_number)

    def put_credentials(self, agreement_number: str, credentials: Credentials) -> None:
        """See `SecretStore.put_credentials`."""
        self.logins[agreement_number] = credentials

    def master_key(self) -> bytes:
        """See `SecretStore.master_key`."""
        return self.key

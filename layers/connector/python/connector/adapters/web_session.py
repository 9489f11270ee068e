"""Web sessions as signed tokens (itsdangerous): nothing is stored until somebody ends one."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from itsdangerous import BadData, URLSafeSerializer

from connector.domain.derived_keys import session_signing_key
from connector.domain.web_session import LIFETIME, WebSession


@dataclass(frozen=True, slots=True)
class SignedWebSessions:
    """`WebSessions` by a key derived from the master key, which is read when it is needed."""

    master_key: Callable[[], bytes]

    def issue(self, agreement_number: str, now: datetime) -> tuple[str, WebSession]:
        """See `WebSessions.issue`."""
        expires_at = (now + LIFETIME).replace(microsecond=0)
        session = WebSession(agreement_number, uuid4().hex, expires_at)
        content = [session.agreement_number, session.token_id, int(expires_at.timestamp())]
        return str(self._serializer().dumps(content)), session

    def read(self, token: str, now: datetime) -> WebSession | None:
        """See `WebSessions.read`."""
        try:
            agreement_number, token_id, expires = self._serializer().loads(token)
        except (BadData, UnicodeError):
            return None
        expires_at = datetime.fromtimestamp(expires, UTC)
        return WebSession(agreement_number, token_id, expires_at) if now < expires_at else None

    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(
            session_signing_key(self.master_key()),
            salt="web-session",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

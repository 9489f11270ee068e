"""Secrets that aren't stored but derived from the master key (design 4.7)."""

import hashlib
import hmac


def webhook_secret(master_key: bytes, agreement_number: str, generation: int) -> str:
    """The secret that Smartday signs this agreement's webhooks with, as 64 hex digits."""
    return _derive(master_key, f"webhook:{agreement_number}:{generation}")


def session_signing_key(master_key: bytes) -> str:
    """The key that web sessions are signed with, as 64 hex digits."""
    return _derive(master_key, "web-session")


def _derive(master_key: bytes, purpose: str) -> str:
    return hmac.new(master_key, purpose.encode(), hashlib.sha256).hexdigest()

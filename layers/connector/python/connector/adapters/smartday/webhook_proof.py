"""Proof that a webhook is Smartday's (contract smartday 4.8); standard library only, for the lean intake.

Decision: judged over the raw bytes, before anything is parsed, and a bad proof is only ever False.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

WINDOW_SECONDS = 300
"""A timestamp further off than this, either way, is refused."""

_LONGEST_TIMESTAMP = 15
_MOST_SIGNATURES = 8
"""Smartday sends one or two; the rest of a longer list isn't worth a digest comparison."""


def is_genuine(
    secrets: Sequence[str], timestamp: str | None, signature: str | None, body: bytes, now: datetime
) -> bool:
    """True when one of the signature's `v1=` values was made with one of the secrets, within the window.

    `timestamp` and `signature` are the headers `Smartday-Timestamp` (Unix seconds) and
    `Smartday-Signature` (`v1=<lower-case hex>`, comma-separated while a secret is being changed). Every
    comparison is made, each in constant time; nothing is raised whatever the input.
    """
    if timestamp is None or signature is None or not _is_recent(timestamp, now):
        return False
    message = timestamp.encode() + b"." + body
    expected = [hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() for secret in secrets]
    matches = [hmac.compare_digest(one.encode(), sent) for one in expected for sent in _signatures(signature)]
    return any(matches)


def _is_recent(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP):
        return False
    return abs(now.timestamp() - int(timestamp)) <= WINDOW_SECONDS


def _signatures(header: str) -> list[bytes]:
    values = [part.strip() for part in header.split(",", _MOST_SIGNATURES)[:_MOST_SIGNATURES]]
    return [value[3:].encode("utf-8", "replace") for value in values if value.startswith("v1=")]

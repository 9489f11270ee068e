"""Who may call and how much: Basic login, agreement and limits (contract smartday 4.1, 4.9, 4.10).

Decision: only calls with a proved login count against the agreement's limits, else anyone could use them up.
"""

import base64
import binascii
import hmac
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from sandbox.smartday.state import Agreement, Bridge
from sandbox.smartday.wire import ProblemError

WINDOW_SECONDS = 60


def admit(bridge: Bridge, request: Request) -> Agreement:
    """The agreement this call may use.

    ProblemError 401 wrong or expired login, 403 another's agreement or one without Bridge.
    """
    user, password = _basic(request.headers.get("authorization", ""))
    login = bridge.logins.get(user)
    if login is None or not hmac.compare_digest(login.password.encode(), password.encode()):
        bridge.failed_logins[user] += 1
        bridge.failed_in_a_row[user] += 1
        raise ProblemError(401, "invalid_credentials", "Bridge-bruker eller Bridge-passord er feil.")
    if login.expired:
        raise ProblemError(401, "credentials_expired", "Bridge-passordet er utløpt.")
    bridge.failed_in_a_row.pop(user, None)
    number = request.headers.get("smartday-agreement", "")
    if number not in login.agreements:
        raise ProblemError(403, "agreement_mismatch", f"Brukeren har ikke tilgang til avtale {number}.")
    agreement = bridge.agreements[number]
    if not agreement.has_bridge:
        raise ProblemError(403, "feature_missing", f"Avtale {number} har ikke Smartday Bridge.")
    return agreement


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


@contextmanager
def within_limits(bridge: Bridge, agreement: Agreement) -> Iterator[None]:
    """Hold one of the agreement's places; ProblemError 429 with Retry-After when a limit is reached."""
    limit, at_a_time = bridge.options.requests_per_minute, bridge.options.concurrent
    now = time.monotonic()
    if now - agreement.window_started >= WINDOW_SECONDS:
        agreement.window_started, agreement.window_count = now, 0
    if agreement.window_count >= limit:
        detail = f"Grensen er {limit} forespørsler per minutt."
        raise ProblemError(429, "rate_limited", detail, {"Retry-After": str(_reset_seconds(agreement))})
    agreement.window_count += 1
    if agreement.in_flight >= at_a_time:
        detail = f"Grensen er {at_a_time} forespørsler samtidig."
        raise ProblemError(429, "rate_limited", detail, {"Retry-After": "1"})
    agreement.in_flight += 1
    try:
        yield
    finally:
        agreement.in_flight -= 1


def limit_headers(bridge: Bridge, agreement: Agreement) -> dict[str, str]:
    """What is left of the minute's requests, and the seconds until it begins anew."""
    limit = bridge.options.requests_per_minute
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(max(limit - agreement.window_count, 0)),
        "RateLimit-Reset": str(_reset_seconds(agreement)),
    }


def _reset_seconds(agreement: Agreement) -> int:
    return max(math.ceil(agreement.window_started + WINDOW_SECONDS - time.monotonic()), 1)

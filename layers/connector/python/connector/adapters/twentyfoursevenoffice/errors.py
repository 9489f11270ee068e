"""What an answer that isn't plain success means: the one table, and what becomes of it on reads and saves.

Decision: only what is listed here counts as "not done" on a save (design 4.4); everything else is unclear,
and unclear is an unknown outcome on a save but merely another try on a read.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import httpx

from connector.adapters.http import LONGEST_WAIT, retry_after
from connector.errors import (
    ConnectorError,
    CredentialsRejected,
    Refused,
    RetryLater,
    Side,
    Throttled,
    UnknownOutcome,
)

BURST_REST = timedelta(seconds=15)
"""For a 429 that names no time: the burst limit is per second (contract 24sevenoffice 2.3)."""

QUARANTINE = timedelta(hours=1)
"""For a quarantine whose end can't be read: wait for the next hour (contract 24sevenoffice 2.3)."""


_LAYOUTS = (
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
)


class Verdict(StrEnum):
    """What a failed call tells."""

    NOT_SENT = "not_sent"
    NOT_AUTHENTICATED = "not_authenticated"
    THROTTLED = "throttled"
    IDENTITY_BLOCKED = "identity_blocked"
    UNKNOWN_APPLICATION = "unknown_application"
    NOT_ACCEPTED = "not_accepted"
    NOT_DONE = "not_done"
    UNCLEAR = "unclear"


TEXTS: tuple[tuple[str, Verdict], ...] = (
    (r"not authenticated on this identity", Verdict.NOT_AUTHENTICATED),
    (r"limit exceeded by|quarantine ends at", Verdict.THROTTLED),
    (r"identity\s?id\b.*\b(?:blocked|not belong)", Verdict.IDENTITY_BLOCKED),
    (r"\bapplication\b.*\bnot registered", Verdict.UNKNOWN_APPLICATION),
)
"""Words in a fault or a plain body (contract 24sevenoffice 2.4); they count before the status. Blocked also
stands for an identity of somebody else's: neither may be used."""

STATUSES: dict[int, Verdict] = {
    400: Verdict.NOT_ACCEPTED,
    401: Verdict.NOT_AUTHENTICATED,
    413: Verdict.NOT_ACCEPTED,
    422: Verdict.NOT_ACCEPTED,
    429: Verdict.THROTTLED,
}
"""Any other 4xx is not done and may work later; whatever isn't 4xx is unclear (design 4.4)."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Only these prove that no request left; a reset or a time-out while writing does not."""


class Trouble(Exception):
    """A call without a usable answer; `code` names it, `until` (UTC) is set when throttled."""

    def __init__(self, verdict: Verdict, code: str, until: datetime | None = None) -> None:
        super().__init__(code)
        self.verdict = verdict
        self.code = code
        self.until = until


def judge_words(words: str) -> Verdict | None:
    """The verdict that the words alone carry, None when they aren't known."""
    return next(
        (verdict for known, verdict in TEXTS if re.search(known, words, re.IGNORECASE | re.DOTALL)), None
    )


def judge_answer(status: int, words: str, headers: Mapping[str, str], now: datetime) -> Trouble:
    """What an answer of that status means, whose fault or plain body says `words`."""
    verdict = judge_words(words) or STATUSES.get(status)
    if verdict is None:
        verdict = Verdict.NOT_DONE if 400 <= status < 500 else Verdict.UNCLEAR
    until = None
    if verdict is Verdict.THROTTLED:
        until = retry_after(headers, now) or _stay_away(status, words, now)
    return Trouble(verdict, f"erp_http_{status}", until)


def judge_exception(error: httpx.TransportError) -> Trouble:
    """What a call that got no answer, or not all of it, means."""
    if isinstance(error, NEVER_SENT):
        return Trouble(Verdict.NOT_SENT, "erp_unreachable")
    if isinstance(error, httpx.TimeoutException):
        return Trouble(Verdict.UNCLEAR, "erp_timeout")
    return Trouble(Verdict.UNCLEAR, "erp_connection_lost")


def read_failed(trouble: Trouble) -> ConnectorError:
    """A read that brought nothing: try again later, unless the login itself is barred."""
    match trouble.verdict:
        case Verdict.THROTTLED if trouble.until:
            return Throttled(Side.ERP, trouble.until)
        case Verdict.NOT_AUTHENTICATED:
            return RetryLater("erp_not_authenticated")
        case Verdict.IDENTITY_BLOCKED:
            return CredentialsRejected(Side.ERP, "identity_blocked")
        case _:
            return RetryLater(trouble.code)


def save_failed(trouble: Trouble) -> ConnectorError:
    """A save: surely not done, or unknown (design 4.4, Outcomes)."""
    match trouble.verdict:
        case Verdict.NOT_SENT | Verdict.NOT_DONE | Verdict.NOT_AUTHENTICATED | Verdict.THROTTLED:
            return read_failed(trouble)
        case Verdict.NOT_ACCEPTED:
            return Refused(Side.ERP, trouble.code)
        case _:
            return UnknownOutcome(Side.ERP, trouble.code)


def login_failed(trouble: Trouble) -> ConnectorError:
    """A login; it writes nothing, so nothing is ever unknown."""
    match trouble.verdict:
        case Verdict.IDENTITY_BLOCKED | Verdict.UNKNOWN_APPLICATION:
            return Refused(Side.ERP, trouble.verdict)
        case _:
            return read_failed(trouble)


def _stay_away(status: int, words: str, now: datetime) -> datetime:
    told = re.search(r"quarantine ends at:?\s*([^<\r\n]+)", words, re.IGNORECASE)
    if told:
        return _quarantine_end(told[1], now) or now + QUARANTINE
    return now + (BURST_REST if status == 429 else QUARANTINE)


def _quarantine_end(words: str, now: datetime) -> datetime | None:
    """The time in words of unknown layout, UTC unless they say else; believed if within the coming day."""
    text = words.strip().rstrip(".").removesuffix(" UTC").removesuffix(" GMT").strip()
    for layout in (None, *_LAYOUTS):
        try:
            end = datetime.strptime(f"{text} +0000", f"{layout} %z") if layout else _iso(text)
        except (ValueError, OverflowError):
            continue
        if now < end <= now + LONGEST_WAIT:
            return end
    return None


def _iso(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

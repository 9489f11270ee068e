"""The one HTTP client that both sides are called with, and the keeper of a side's pace.

Decision: the transport asks the pace before every call and counts what failed, so no adapter can forget to;
an adapter only says what the answer's own headers announced. Nothing is retried here: `RetryLater` is, by
whoever holds the message.
"""

import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import RLock
from typing import cast

import httpx

from connector import __version__
from connector.domain.pace import FIRST_REST, Pace
from connector.errors import Side, Throttled
from connector.ports import Clock
from connector.stores import SessionStore

MAX_CONNECTIONS = 4
"""At a time, per integration (contract smartday 4.10)."""

LONGEST_WAIT = timedelta(days=1)
"""A longer wait is cut to this, so that one misread header can't stop a customer for years."""

_USER_AGENT = f"smartday-24sevenoffice-connector/{__version__}"


TRIES = 10
"""Lost conditional writes in a row, after which what was to be told is left to those who won."""


class PaceKeeper:
    """The pace of one side for one integration, shared with other processes through the store.

    It is read at the first use (and again while it blocks: somebody may have lifted that), and written only
    when somebody else needs to know: a block set or cleared, a failure more or none any longer, another
    limit, or the allowance crossing the import reserve. A write that meets another's is done anew on top.
    Threads may share a keeper: one at a time is inside, and no other calls the store through it.
    """

    def __init__(self, store: SessionStore, agreement_number: str, side: Side, clock: Clock) -> None:
        self._store = store
        self._agreement_number = agreement_number
        self._side = side
        self._clock = clock
        self._stored = self._current = Pace()
        self._is_read = False
        self._probe_until: datetime | None = None
        self._lock = RLock()

    def current(self) -> Pace:
        """The pace after the latest answer."""
        with self._lock:
            if not self._is_read or self._current.is_blocked(self._clock()):
                self._read()
            return self._current

    def check(self) -> None:
        """Raise `Throttled` while nobody may call the side; after a rest of our own, one process may."""
        with self._lock:
            self._check()

    def _check(self) -> None:
        if self._is_probe(self._current) and self._current.is_blocked(self._clock()):
            return
        pace = self.current()
        for _ in range(TRIES):
            now = self._clock()
            if (opens_at := pace.opens_at(now)) is not None:
                raise Throttled(self._side, opens_at)
            if not pace.needs_probe(now):
                return
            probed = pace.probed(now)
            if self._swap(probed):
                self._probe_until = probed.blocked_until
                return
            pace = self._read()
        raise Throttled(self._side, self._clock() + FIRST_REST)

    def answered(
        self, limit: int | None = None, remaining: int | None = None, reset_at: datetime | None = None
    ) -> None:
        """The side answered, with these announcements; ends a row of failures and the rest it set."""
        self._tell(lambda pace: pace.answered(self._clock(), limit, remaining, reset_at))

    def throttled(self, until: datetime) -> None:
        """The side said to stay away until then (UTC)."""
        self._tell(lambda pace: pace.throttled(until))

    def failed(self) -> None:
        """The side gave no answer, or said that it is out of order."""
        self._tell(lambda pace: pace.failed(self._clock(), was_probe=self._is_probe(pace)))

    def _tell(self, change: Callable[[Pace], Pace]) -> None:
        with self._lock:
            self._change(change)

    def _change(self, change: Callable[[Pace], Pace]) -> None:
        if not self._is_read:
            self._read()
        for _ in range(TRIES):
            now, pace = self._clock(), change(self._current)
            if _what_others_need(pace, now) == _what_others_need(self._stored, now):
                self._current = pace
                break
            if self._swap(pace):
                break
            self._read()
        self._probe_until = None

    def _is_probe(self, pace: Pace) -> bool:
        return self._probe_until is not None and pace.blocked_until == self._probe_until

    def _read(self) -> Pace:
        self._stored = self._current = self._store.pace(self._agreement_number, self._side)
        self._is_read = True
        return self._current

    def _swap(self, pace: Pace) -> bool:
        if not self._store.swap_pace(self._agreement_number, self._side, self._stored, pace):
            return False
        self._stored = self._current = pace
        return True


def _what_others_need(pace: Pace, now: datetime) -> tuple[datetime | None, int, int | None, bool]:
    blocked_until = pace.blocked_until if pace.is_blocked(now) else None
    return blocked_until, pace.failures, pace.limit, pace.import_may_go_at(now) > now


class _PacedTransport(httpx.BaseTransport):
    """Asks the pace before each call; counts what failed, also while a body is read."""

    def __init__(self, side: Side, pace: PaceKeeper, inner: httpx.BaseTransport) -> None:
        self._side = side
        self._pace = pace
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._pace.check()
        try:
            response = self._inner.handle_request(request)
        except httpx.TransportError:
            self._pace.failed()
            raise
        if response.status_code >= 500 and not self._may_carry_a_fault(response):
            self._pace.failed()
        response.stream = _CountedStream(cast(httpx.SyncByteStream, response.stream), self._pace)
        return response

    def close(self) -> None:
        self._inner.close()

    def _may_carry_a_fault(self, response: httpx.Response) -> bool:
        """SOAP sends every fault as 500, also "not logged in": the ERP's adapter judges those."""
        return self._side is Side.ERP and response.status_code == 500


class _CountedStream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, pace: PaceKeeper) -> None:
        self._inner = inner
        self._pace = pace

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._inner
        except httpx.TransportError:
            self._pace.failed()
            raise

    def close(self) -> None:
        self._inner.close()


def paced_client(
    side: Side,
    base_url: str,
    pace: PaceKeeper,
    *,
    timeout: httpx.Timeout,
    auth: httpx.Auth | None = None,
    headers: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """A client for one side of one integration; raises `Throttled` instead of calling a blocked side.

    Redirects aren't followed (a login would go with them), cookies aren't kept (a session is stored, not
    hidden in a client), the environment's proxies are ignored. `transport` replaces the network.
    """
    limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
    network = transport or httpx.HTTPTransport(verify=_trusted(), limits=limits, trust_env=False)
    return httpx.Client(
        base_url=base_url,
        auth=auth,
        headers={"User-Agent": _USER_AGENT, **(headers or {})},
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=())),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        transport=_PacedTransport(side, pace, network),
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The certificate authorities, read once per process: that takes 50 ms, a client is made per message."""
    return httpx.create_ssl_context(trust_env=False)


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When `Retry-After` (seconds or an HTTP date) lets us call again, UTC; None when absent or unreadable.

    Always later than `now`, never by more than `LONGEST_WAIT`. No wait at all, or a time that has passed
    (clocks differ), says nothing: who believed it would ask again without pause.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return _still_ahead(now + _seconds(text), now)
    try:
        until = parsedate_to_datetime(text)
        aware = until.astimezone(UTC) if until.tzinfo else until.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return _still_ahead(aware, now)


def _still_ahead(until: datetime, now: datetime) -> datetime | None:
    return min(until, now + LONGEST_WAIT) if until > now else None


def _seconds(digits: str) -> timedelta:
    return timedelta(seconds=int(digits)) if len(digits) < 10 else LONGEST_WAIT

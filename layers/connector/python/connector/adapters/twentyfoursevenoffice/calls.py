"""One call over HTTP: sent once, its answer judged, the pace told.

Decision: nothing is retried here, and every call has a connection of its own. A kept connection that the
other end (or a frozen process) has dropped looks like an answer lost after the effect, and would cost an
order its settle time; a handshake for each call of a thousand records costs nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Protocol

import httpx

from connector.adapters.twentyfoursevenoffice import reading
from connector.adapters.twentyfoursevenoffice.errors import Trouble, Verdict, judge_answer, judge_exception
from connector.adapters.twentyfoursevenoffice.messages import Request
from connector.domain.lease import SAVE_TIMEOUT
from connector.errors import ConnectorError
from connector.ports import Clock

SAVE = httpx.Timeout(connect=5, write=4, pool=1, read=20)
"""Sums to `SAVE_TIMEOUT`, at which an answer that comes in drops is given up too."""

LOGIN = httpx.Timeout(connect=3, write=2, pool=1, read=6)
"""Activation has 25 s for everything (design 3), of which a login takes two calls."""

LOOK = httpx.Timeout(connect=5, write=4, pool=1, read=20)

BULK = httpx.Timeout(connect=5, write=5, pool=5, read=90)
"""55,000 companies took 12 s, other big reads over a minute (contract 24sevenoffice 2.3)."""

HEADERS = {"Connection": "close"}
"""What the client of these calls must always send."""

_LONGEST = 600
"""Seconds for the whole of any other answer; one that comes in drops must not outlive a function."""

_HEAD = 65_536
"""So much of a failed answer is read for the words in it."""


class Pacing(Protocol):
    """The part of `PaceKeeper` that calls need."""

    def check(self) -> None:
        """Raise `Throttled` while nobody may call."""

    def answered(
        self, limit: int | None = None, remaining: int | None = None, reset_at: datetime | None = None
    ) -> None:
        """Note an answer."""

    def throttled(self, until: datetime) -> None:
        """Note a time to stay away."""

    def failed(self) -> None:
        """Note a failure."""


class Unpaced:
    """For calls before there is an integration whose pace could be kept."""

    def check(self) -> None:
        """Nothing blocks."""

    def answered(
        self, limit: int | None = None, remaining: int | None = None, reset_at: datetime | None = None
    ) -> None:
        """Nothing is noted."""

    def throttled(self, until: datetime) -> None:
        """Nothing is noted."""

    def failed(self) -> None:
        """Nothing is noted."""


class Calls:
    """Sends requests of one integration. Raises `Trouble`; `Throttled` before a blocked side is called.

    `server_time` is the ERP's own clock in the latest answer (UTC), None when it didn't tell.
    """

    def __init__(self, http: httpx.Client, pace: Pacing, clock: Clock) -> None:
        self.server_time: datetime | None = None
        self._http = http
        self._pace = pace
        self._clock = clock

    def whole(
        self, request: Request, session_id: str | None, timeout: httpx.Timeout
    ) -> reading.Element | None:
        """The `…Result` element of the answer, None when it is left out."""
        deadline = monotonic() + (SAVE_TIMEOUT.total_seconds() if timeout is SAVE else _LONGEST)
        with self._exchange(request, session_id, timeout) as response:
            content = self._all(response, deadline)
            with self._judged(response, content):
                return reading.result(content, request.operation)

    def items(
        self, request: Request, session_id: str, timeout: httpx.Timeout, item: str
    ) -> Iterator[reading.Element]:
        """The items of an array answer as they arrive, one in memory at a time."""
        with self._exchange(request, session_id, timeout) as response:
            head = bytearray()
            with self._judged(response, head):
                yield from reading.items(_keep_head(response, head), request.operation, item)

    @contextmanager
    def _exchange(
        self, request: Request, session_id: str | None, timeout: httpx.Timeout
    ) -> Iterator[httpx.Response]:
        """Everything that can go wrong on the way becomes Trouble, also a pace that can't be stored:
        after the call has left, that must never look like "not done".
        """
        self._pace.check()
        cookie = {"Cookie": f"ASP.NET_SessionId={session_id}"} if session_id else {}
        try:
            with self._http.stream(
                "POST",
                request.path,
                content=request.content,
                headers={**request.headers, **cookie},
                timeout=timeout,
            ) as response:
                self.server_time = _server_time(response.headers)
                if response.status_code != httpx.codes.OK:
                    raise self._refusal(response, _head(response))
                yield response
                self._note_answer(response)
        except httpx.TransportError as error:
            raise judge_exception(error) from error
        except httpx.DecodingError as error:
            self._note_failure()
            raise Trouble(Verdict.UNCLEAR, "erp_unreadable") from error
        except ConnectorError as error:
            raise Trouble(Verdict.UNCLEAR, "pace_not_stored") from error

    @contextmanager
    def _judged(self, response: httpx.Response, content: bytes | bytearray) -> Iterator[None]:
        """What is wrong with a body that came with status 200."""
        try:
            yield
        except reading.FaultAnswer as fault:
            raise self._refusal(response, str(fault).encode()) from fault
        except reading.Unreadable as error:
            refusal = self._refusal(response, bytes(content[:_HEAD]))
            if refusal.verdict is Verdict.UNCLEAR:
                raise Trouble(Verdict.UNCLEAR, "erp_unreadable") from error
            raise refusal from error

    def _refusal(self, response: httpx.Response, body: bytes) -> Trouble:
        words = reading.fault_words(body) or body.decode(errors="replace")
        trouble = judge_answer(response.status_code, words, response.headers, self._clock())
        with suppress(ConnectorError):
            if trouble.verdict is Verdict.THROTTLED and trouble.until:
                self._pace.throttled(trouble.until)
            elif trouble.verdict is not Verdict.UNCLEAR:
                self._note_answer(response)
            elif response.status_code <= httpx.codes.INTERNAL_SERVER_ERROR:
                self._pace.failed()
        return trouble

    def _all(self, response: httpx.Response, deadline: float) -> bytes:
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if monotonic() > deadline:
                self._note_failure()
                raise Trouble(Verdict.UNCLEAR, "erp_timeout")
        return bytes(content)

    def _note_failure(self) -> None:
        with suppress(ConnectorError):
            self._pace.failed()

    def _note_answer(self, response: httpx.Response) -> None:
        """The ERP announces what is left, never the limit (contract 24sevenoffice 2.3)."""
        headers = response.headers
        remaining = _announced_number(headers.get("APILimitRemaining", ""))
        with suppress(ConnectorError):
            self._pace.answered(None, remaining, _announced_time(headers.get("APILimitReset", "")))


def _server_time(headers: httpx.Headers) -> datetime | None:
    """The `Date` header as UTC, None when absent or unreadable."""
    try:
        return parsedate_to_datetime(headers.get("Date", "")).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _announced_number(words: str) -> int | None:
    digits = words.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def _announced_time(words: str) -> datetime | None:
    try:
        value = datetime.fromisoformat(words.strip())
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _head(response: httpx.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) >= _HEAD:
            break
    return bytes(content[:_HEAD])


def _keep_head(response: httpx.Response, head: bytearray) -> Iterator[bytes]:
    for chunk in response.iter_bytes():
        if len(head) < _HEAD:
            head += chunk
        yield chunk

"""One call to Bridge over HTTP: sent, judged by the one table of errors, the pace told.

Decision: every call is safe to repeat (reads, puts, batches by number, receipts by key), so whatever goes
wrong on the way is `RetryLater`; inside a call only a reset connection is tried once more.
"""

import base64
import json
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from connector.adapters.http import PaceKeeper, paced_client, retry_after
from connector.adapters.smartday.errors import UNAVAILABLE, UNREACHABLE, UNREADABLE, Problem, error_of
from connector.errors import RetryLater, Side, Throttled
from connector.ports import Clock

Login = Callable[[bool], tuple[str, str]]
"""User and password; read anew from where they are kept when called with True."""

TIMEOUT = httpx.Timeout(30, connect=5)
"""Contract smartday 4.10."""

Body = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)


class BridgeCalls:
    """Calls of one agreement, by any number of threads at once. `base_url` includes `/v1`; `transport`
    replaces the network.
    """

    def __init__(
        self,
        agreement_number: str,
        base_url: str,
        login: Login,
        pace: PaceKeeper,
        clock: Clock,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.pace = pace
        self._clock = clock
        self._client = paced_client(
            Side.SMARTDAY,
            base_url,
            pace,
            timeout=timeout,
            auth=_BridgeLogin(login),
            headers={"Smartday-Agreement": agreement_number, "Accept": "application/json"},
            transport=transport,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def send(self, method: str, path: str, *, what: str | None = None, **request: Any) -> Body:
        """The JSON object of a good answer (empty for 204), else the error of the one table."""
        response = self._answer_to(method, path, request)
        now = self._clock()
        body = {} if response.status_code == 204 else _object_of(response)
        problem = _problem_of(body)
        hidden = problem.status if problem.code and (problem.status or 0) >= 400 else None
        if response.is_success and body is not None and hidden is None:
            self._note_pace(response, now)
            return body
        status = hidden if response.is_success and hidden else response.status_code
        error = error_of(status, problem, retry_after(response.headers, now), now, what)
        match error:
            case Throttled():
                self.pace.throttled(error.until)
            case RetryLater() if error.reason in (UNREADABLE, UNAVAILABLE):
                if response.status_code < 500:  # else the transport has counted it
                    self.pace.failed()
            case _:
                self._note_pace(response, now)
        raise error

    def _answer_to(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        if "content" in request:
            request.setdefault("headers", {})["Content-Type"] = "application/json"
        try:
            try:
                return self._client.request(method, path, **request)
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                return self._client.request(method, path, **request)
        except httpx.DecodingError as error:
            self.pace.failed()
            raise RetryLater(UNREADABLE) from error
        except httpx.HTTPError as error:
            raise RetryLater(UNREACHABLE) from error

    def _note_pace(self, response: httpx.Response, now: datetime) -> None:
        reset = _whole_number(response.headers.get("RateLimit-Reset"))
        self.pace.answered(
            _whole_number(response.headers.get("RateLimit-Limit")),
            _whole_number(response.headers.get("RateLimit-Remaining")),
            None if reset is None else now + timedelta(seconds=reset),
        )


_REFUSED = (401, 403)
"""403: the login isn't this agreement's, which another user's may be."""


class _BridgeLogin(httpx.Auth):
    """Basic login in UTF-8; a refused one is tried once more, and only when it has been replaced since.

    The same login again would help towards a lock-out (contract smartday 4.9). One thread at a time asks
    where it is kept.
    """

    def __init__(self, login: Login) -> None:
        self._stored = login
        self._lock = Lock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        known = self._login(False)
        request.headers["Authorization"] = _basic(*known)
        response = yield request
        if response.status_code in _REFUSED and (renewed := self._login(True)) != known:
            request.headers["Authorization"] = _basic(*renewed)
            yield request

    def _login(self, renew: bool) -> tuple[str, str]:
        with self._lock:
            return self._stored(renew)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _object_of(response: httpx.Response) -> dict[str, Any] | None:
    """The body as a JSON object with decimal numbers; None when it is anything else."""
    try:
        body = json.loads(response.content, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _problem_of(body: dict[str, Any] | None) -> Problem:
    try:
        return Problem.model_validate(body or {})
    except ValidationError:
        return Problem()


def read(model: type[Model], body: Body) -> Model:
    """The body as a model; `RetryLater` when it isn't one."""
    try:
        return model.model_validate(body)
    except ValidationError:
        raise RetryLater(UNREADABLE) from None


def segment(text: str) -> str:
    """The text as one part of a path, whatever stands in it."""
    return quote(text, safe="", errors="replace")


def _whole_number(header: str | None) -> int | None:
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

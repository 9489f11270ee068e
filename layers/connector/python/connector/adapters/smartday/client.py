"""Smartday Bridge over HTTP: keeps the promises of the port `FieldService` (contract smartday 4).

Decision: every call is safe to repeat (reads, puts, batches by number, receipts by key), so whatever goes
wrong on the way is `RetryLater`; inside a call only a reset connection is tried once more.
"""

import base64
import json
from collections.abc import Callable, Generator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from connector.adapters.http import PaceKeeper, paced_client, retry_after
from connector.adapters.smartday.errors import (
    TOO_LARGE,
    UNAVAILABLE,
    UNREACHABLE,
    UNREADABLE,
    Problem,
    error_of,
)
from connector.adapters.smartday.models import (
    SYSTEM,
    BatchResults,
    RegistrationPage,
    TaskList,
    WireAgreement,
    WireRegistration,
    WireTask,
    batch_body,
    receipt_body,
    to_json,
    zulu,
)
from connector.domain.master_data import Customer, Product, Upserted
from connector.domain.pace import Pace
from connector.domain.task import Task
from connector.domain.task_record import Receipt
from connector.errors import CredentialsRejected, Refused, RetryLater, Side, Throttled
from connector.ports import Agreement, Clock, TaskPage

Login = Callable[[bool], tuple[str, str]]
"""User and password; read anew from where they are kept when called with True."""

TIMEOUT = httpx.Timeout(30, connect=5)
"""Contract smartday 4.10."""

PAGE_SIZE = 500
LARGEST_BATCH = 100
"""Contract smartday 4.2 and 4.3."""

EVENTS = ("task.status_changed", "task.updated")
OUTCOMES = frozenset({"created", "updated", "unchanged", "rejected"})
UNREADABLE_TASK = "unreadable_task"
"""Code of the `Refused` for a task whose named field can't be read."""

Wire = TypeVar("Wire", bound=BaseModel)


class BridgeFieldService:
    """Smartday for one agreement. `base_url` includes `/v1`; `transport` replaces the network."""

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
        self._agreement_number = agreement_number
        self._pace = pace
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

    def agreement(self) -> Agreement:
        """Prove the login (contract smartday 4.1)."""
        found = _read(WireAgreement, self._call("GET", "/agreement"))
        if found.number != self._agreement_number:
            raise CredentialsRejected(Side.SMARTDAY, "agreement_mismatch")
        return Agreement(found.number, found.name or "")

    def task(self, task_id: str) -> Task:
        """The task with all its registrations, also when there are more than 500."""
        path = f"/tasks/{_segment(task_id)}"
        body = self._call("GET", path, params={"include": "registrations"}, what=f"task {task_id}")
        try:
            wire = WireTask.model_validate(body)
            if wire.id != task_id:
                raise ValueError("id")
            lines = wire.registrations
            if wire.registrations_has_more or len(lines or ()) >= PAGE_SIZE:
                lines = self._all_lines(path)
            return wire.to_domain(lines)
        except ValidationError as error:
            field = ".".join(str(step) for step in error.errors()[0]["loc"])
            raise Refused(Side.SMARTDAY, UNREADABLE_TASK, field) from None
        except ValueError as error:
            raise Refused(Side.SMARTDAY, UNREADABLE_TASK, str(error)) from None

    def finished_tasks(self, changed_since: datetime, cursor: str | None) -> TaskPage:
        """One page of the poll (contract smartday 4.3)."""
        params = {
            "status": ["finished", "approved", "balanced"],
            "changed_since": zulu(changed_since),
            "limit": PAGE_SIZE,
        }
        page = _read(TaskList, self._call("GET", "/tasks", params=_with_cursor(params, cursor)))
        if not page.is_whole(cursor):
            raise RetryLater(UNREADABLE)
        return TaskPage(tuple(item.to_domain() for item in page.items), page.next_cursor or None)

    def send_receipt(self, task_id: str, receipt: Receipt) -> None:
        """Report an order back under a key of task and version (contract smartday 4.5, 4.10)."""
        segment = _segment(task_id)
        self._call(
            "POST",
            f"/tasks/{segment}/export-receipts",
            content=receipt_body(receipt),
            headers={"Idempotency-Key": f"24so-{segment}-{receipt.task_version}"},
            what=f"task {task_id}",
        )

    def upsert_customers(self, customers: Sequence[Customer]) -> list[Upserted]:
        """Create or update at most 100 customers (contract smartday 4.6)."""
        return self._upsert("/customers:batch", customers)

    def upsert_products(self, products: Sequence[Product]) -> list[Upserted]:
        """Create or update at most 100 products (contract smartday 4.7)."""
        return self._upsert("/products:batch", products)

    def subscribe(self, url: str, secret: str) -> None:
        """Keep one webhook subscription of ours, under a fixed id (contract smartday 4.2, 4.8)."""
        body = {"url": url, "events": list(EVENTS), "secret": secret, "active": True}
        self._call("PUT", f"/webhook-subscriptions/{SYSTEM}", content=to_json(body))

    def pace(self) -> Pace:
        """The pace after the latest answer."""
        return self._pace.current()

    def _all_lines(self, path: str) -> list[WireRegistration]:
        lines: list[WireRegistration] = []
        cursor: str | None = None
        while True:
            params = _with_cursor({"limit": PAGE_SIZE}, cursor)
            body = self._call("GET", f"{path}/registrations", params=params)
            page = RegistrationPage.model_validate(body)
            lines += page.items
            if not page.is_whole(cursor) or len({line.id for line in lines}) != len(lines):
                raise RetryLater(UNREADABLE)
            cursor = page.next_cursor
            if not cursor:
                return lines

    def _upsert(self, path: str, records: Sequence[Customer] | Sequence[Product]) -> list[Upserted]:
        if len(records) > LARGEST_BATCH:
            raise ValueError(f"at most {LARGEST_BATCH} records in a batch")
        if not records:
            return []
        try:
            answer = _read(BatchResults, self._call("POST", path, content=batch_body(records)))
        except Refused as refused:
            if refused.code != TOO_LARGE:
                raise
            if len(records) == 1:
                return [Upserted(records[0].external_number, "rejected", TOO_LARGE)]
            half = len(records) // 2
            return self._upsert(path, records[:half]) + self._upsert(path, records[half:])
        sent = [record.external_number for record in records]
        if [result.external_number for result in answer.results] != sent:
            raise RetryLater(UNREADABLE)
        if any(result.outcome not in OUTCOMES for result in answer.results):
            raise RetryLater(UNREADABLE)
        return [
            Upserted(result.external_number, result.outcome, result.error.code if result.error else None)
            for result in answer.results
        ]

    def _call(self, method: str, path: str, *, what: str | None = None, **request: Any) -> dict[str, Any]:
        """The JSON object of a good answer (empty for 204), else the error of the one table."""
        response = self._send(method, path, request)
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
                self._pace.throttled(error.until)
            case RetryLater() if error.reason == UNREADABLE:
                self._pace.failed()
            case RetryLater() if error.reason == UNAVAILABLE:
                pass  # the transport has counted it
            case _:
                self._note_pace(response, now)
        raise error

    def _send(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        if "content" in request:
            request.setdefault("headers", {})["Content-Type"] = "application/json"
        try:
            try:
                return self._client.request(method, path, **request)
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                return self._client.request(method, path, **request)
        except httpx.DecodingError as error:
            raise RetryLater(UNREADABLE) from error
        except httpx.HTTPError as error:
            raise RetryLater(UNREACHABLE) from error

    def _note_pace(self, response: httpx.Response, now: datetime) -> None:
        reset = _whole_number(response.headers.get("RateLimit-Reset"))
        self._pace.answered(
            _whole_number(response.headers.get("RateLimit-Limit")),
            _whole_number(response.headers.get("RateLimit-Remaining")),
            None if reset is None else now + timedelta(seconds=reset),
        )


class _BridgeLogin(httpx.Auth):
    """Basic login in UTF-8; a refused one is tried once more, and only when it has been replaced since.

    The same login again would help towards a lock-out (contract smartday 4.9).
    """

    def __init__(self, login: Login) -> None:
        self._login = login

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        known = self._login(False)
        request.headers["Authorization"] = _basic(*known)
        response = yield request
        if response.status_code == 401 and (renewed := self._login(True)) != known:
            request.headers["Authorization"] = _basic(*renewed)
            yield request


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


def _read(model: type[Wire], body: dict[str, Any]) -> Wire:
    try:
        return model.model_validate(body)
    except ValidationError:
        raise RetryLater(UNREADABLE) from None


def _segment(task_id: str) -> str:
    return quote(task_id, safe="", errors="replace")


def _with_cursor(params: dict[str, Any], cursor: str | None) -> dict[str, Any]:
    return {**params, "cursor": cursor} if cursor else params


def _whole_number(header: str | None) -> int | None:
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

"""A Bridge that gives made-up answers, and the adapter in front of it, without a network."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.client import BridgeFieldService
from connector.domain.task_record import Receipt
from connector.errors import Side
from tests.fakes.session_stores import MemorySessionStore

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
AGREEMENT = "104477"
LOGIN = ("bjørg@smartday.example", "Blåbær&Rømme:47")
TASK: dict[str, Any] = {
    "id": "48213",
    "version": 7,
    "status": {"code": "finished"},
    "outcome": "completed",
    "registrations": [],
}
RECEIPT = Receipt("created", 7, "5589102", ("r-1",), NOW, "Ordre 5589102 opprettet")

Answer = httpx.Response | Exception


@dataclass
class Bridge:
    """A Bridge that gives its answers in turn, the last one for ever, and keeps what it was asked."""

    answers: list[Answer]
    asked: list[httpx.Request] = field(default_factory=list)
    shown_logins: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=lambda: [LOGIN])
    refreshes: int = 0
    store: MemorySessionStore = field(default_factory=lambda: MemorySessionStore(clock=lambda: NOW))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.shown_logins.append(base64.b64decode(request.headers["Authorization"][6:]).decode())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def login(self, refresh: bool) -> tuple[str, str]:
        if refresh:
            self.refreshes += 1
            self.logins = self.logins[1:] or self.logins
        return self.logins[0]


def connect(
    *answers: Answer, logins: list[tuple[str, str]] | None = None
) -> tuple[BridgeFieldService, Bridge]:
    """The adapter in front of a Bridge that gives these answers."""
    bridge = Bridge(list(answers), logins=logins or [LOGIN])
    service = BridgeFieldService(
        AGREEMENT,
        "https://bridge.example/v1",
        bridge.login,
        PaceKeeper(bridge.store, AGREEMENT, Side.SMARTDAY, lambda: NOW),
        lambda: NOW,
        transport=httpx.MockTransport(bridge),
    )
    return service, bridge


def ok(body: object, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body, headers=headers)


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    body = {"status": status, "code": code, "detail": "Forklaring."}
    return httpx.Response(status, json=body, headers=headers)


def agreement() -> httpx.Response:
    return ok({"number": AGREEMENT, "name": "Ånensen Service AS"})

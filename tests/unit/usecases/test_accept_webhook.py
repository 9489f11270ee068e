"""Which webhooks are queued, ignored and refused."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.adapters.smartday.webhook_proof import is_genuine
from connector.domain.derived_keys import webhook_secret
from connector.errors import RetryLater
from connector.usecases.accept_webhook import BODY_LIMIT, Verdict, Webhook, WebhookPorts, accept_webhook
from tests.fakes.queues import MemoryTaskQueue

MASTER_KEY = b"nokkel"
NOW = datetime(2026, 9, 14, 11, 2, 19, tzinfo=UTC)


@dataclass
class Door:
    queue: MemoryTaskQueue = field(default_factory=MemoryTaskQueue)

    def knock(self, body: bytes, generation: str | None = "1", signed_as: int = 1, **changes: Any) -> Verdict:
        timestamp = str(int(NOW.timestamp()))
        secret = webhook_secret(MASTER_KEY, "104477", signed_as)
        digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        given = {"timestamp": timestamp, "signature": f"v1={digest}", **changes}
        webhook = Webhook("104477", generation, given["timestamp"], given["signature"], body)
        return accept_webhook(WebhookPorts(lambda: NOW, lambda: MASTER_KEY, is_genuine, self.queue), webhook)


def event(**changes: Any) -> bytes:
    plain = {
        "id": "evt_1",
        "type": "task.status_changed",
        "agreement_number": "104477",
        "origin": "touch",
        "data": {"task_id": "48213", "version": 7, "changed_by": {"name": "Åse Bjørnø"}},
    }
    return json.dumps({**plain, **changes}, ensure_ascii=False).encode()


def test_a_genuine_task_event_is_queued() -> None:
    door = Door()
    assert door.knock(event()) is Verdict.QUEUED
    assert [(one.task_id, one.version) for one in door.queue.take()] == [("48213", 7)]


def test_an_address_without_generation_means_the_first() -> None:
    assert Door().knock(event(), generation=None) is Verdict.QUEUED


@pytest.mark.parametrize("generation", ["2", "0", "-1", "x", "10000", "¹", " 1"])
def test_another_generation_is_not_genuine(generation: str) -> None:
    assert Door().knock(event(), generation=generation) is Verdict.NOT_GENUINE


def test_generation_zero_is_refused_even_when_signed_with_its_own_secret() -> None:
    assert Door().knock(event(), generation="0", signed_as=0) is Verdict.NOT_GENUINE


@pytest.mark.parametrize("changes", [{"signature": None}, {"signature": "v1=00"}, {"timestamp": "1"}])
def test_a_wrong_proof_is_refused(changes: dict[str, Any]) -> None:
    door = Door()
    assert door.knock(event(), **changes) is Verdict.NOT_GENUINE
    assert not door.queue.sent


@pytest.mark.parametrize("kind", ["customer.updated", "noe.annet"])
def test_events_that_are_not_followed_are_ignored(kind: str) -> None:
    assert Door().knock(event(type=kind)) is Verdict.IGNORED


def test_our_own_writes_are_ignored() -> None:
    assert Door().knock(event(type="task.updated", origin="bridge")) is Verdict.IGNORED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ikke json",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"type":"task.updated"}',
        b'{"type":"task.updated","data":[]}',
        b'{"type":1,"data":{}}',
        event(data={"task_id": "", "version": 1}),
        event(data={"task_id": 48213, "version": 1}),
        event(data={"task_id": "x" * 201, "version": 1}),
        b'{"type":"task.updated","data":{"task_id":"\\ud800","version":1}}',
        event(data={"task_id": "1", "version": "7"}),
        event(data={"task_id": "1", "version": True}),
        event(data={"task_id": "1", "version": -1}),
        event(agreement_number="104478"),
        b"[" * 100_000,
    ],
)
def test_a_signed_body_that_is_no_event_is_malformed(body: bytes) -> None:
    assert Door().knock(body) is Verdict.MALFORMED


def test_a_body_over_the_limit_is_not_even_proven() -> None:
    assert Door().knock(b"x" * (BODY_LIMIT + 1)) is Verdict.TOO_LARGE


def test_a_queue_that_refuses_is_told_to_the_sender() -> None:
    door = Door(MemoryTaskQueue(refusing=True))
    with pytest.raises(RetryLater):
        door.knock(event())

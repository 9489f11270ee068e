"""Webhooks of the Bridge stand-in: signature, retries and the delivery plan."""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from queue import Queue
from threading import Event
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.serving import serve
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options
from sandbox.smartday.webhooks import signature

SECRET = "hemmelig-nøkkel"
PATIENCE = 10.0


class Receiver:
    """What arrived, in order, and what is answered next (202 when nothing is planned)."""

    def __init__(self) -> None:
        self.arrived: Queue[tuple[dict[str, str], bytes, str]] = Queue()
        self.answers: list[int] = []
        self.url = ""

    async def take(self, request: Request) -> Response:
        self.arrived.put((dict(request.headers), await request.body(), request.url.query))
        return Response(status_code=self.answers.pop(0) if self.answers else 202)

    def next(self) -> tuple[dict[str, str], bytes, str]:
        return self.arrived.get(timeout=PATIENCE)

    def next_task(self) -> str:
        return str(httpx.Response(200, content=self.next()[1]).json()["data"]["task_id"])


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    options = Options(tasks=8, requests_per_minute=10_000, retry_seconds=(0.01, 0.01))
    with serve(create_app(options)) as url:
        yield url


@pytest.fixture
def receiver(bridge: httpx.Client) -> Iterator[Receiver]:
    receiver = Receiver()
    with serve(Starlette(routes=[Route("/krok", receiver.take, methods=["POST"])])) as url:
        receiver.url = f"{url}/krok?k=1"
        assert subscribe(bridge, receiver.url).status_code == 201
        yield receiver


def subscribe(bridge: httpx.Client, url: str, secret: str = SECRET) -> httpx.Response:
    events = ["task.status_changed", "task.updated"]
    return bridge.put("/webhook-subscriptions/24so", json={"url": url, "events": events, "secret": secret})


def finish(control: httpx.Client, *task_ids: str) -> None:
    control.post("/tasks:finish", json={"task_ids": list(task_ids)}).raise_for_status()


def signed(secret: str, headers: dict[str, str], body: bytes) -> str:
    text = headers["smartday-timestamp"].encode() + b"." + body
    return f"v1={hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}"


def eventually(found: Callable[[], Any]) -> Any:
    deadline, pause = time.monotonic() + PATIENCE, Event()
    while not (value := found()):
        assert time.monotonic() < deadline, "it never came to be"
        pause.wait(0.01)
    return value


def deliveries(bridge: httpx.Client, state: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = bridge.get("/webhook-deliveries", params={"state": state}).json()["items"]
    return items


def test_the_signature_is_the_contracts() -> None:
    body = (
        '{"id":"evt_test_1","type":"task.status_changed","data":{"task_id":"48213",'
        '"status":{"code":"finished","label":"Avsluttet"},"changed_by":"Åse Bjørnø"}}'
    ).encode()
    expected = "v1=8c9779bcfe4889fff1f4ba4a5528620e9fa49cd509c8ea8096369f7ab1a0d7db"
    assert signature(["hemmelig-eksempel"], "1789383739", body) == expected


def test_a_finished_task_is_told_as_the_contract_shows(control: httpx.Client, receiver: Receiver) -> None:
    finish(control, "48213")
    headers, body, query = receiver.next()
    event = httpx.Response(200, content=body).json()
    assert query == "k=1"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["smartday-signature"] == signed(SECRET, headers, body)
    assert (headers["smartday-event-id"], headers["smartday-event-type"]) == (event["id"], event["type"])
    assert abs(int(headers["smartday-timestamp"]) - time.time()) < 60
    assert (event["agreement_number"], event["origin"], event["links"]) == (
        "104477",
        "touch",
        {"task": "/v1/tasks/48213"},
    )
    assert event["data"] == {
        "task_id": "48213",
        "task_number": "48213",
        "version": 7,
        "previous_status": {"code": "in_progress", "number": 4, "label": "Pågår"},
        "status": {"code": "finished", "number": 7, "label": "Avsluttet"},
        "outcome": "completed",
        "changed_by": {"external_number": "12", "name": "Åse Bjørnø"},
    }


def test_a_paused_subscription_gets_nothing_also_not_what_waited_until_it_is_written_anew(
    control: httpx.Client, bridge: httpx.Client, receiver: Receiver
) -> None:
    control.post("/deliveries", json={"paused": True}).raise_for_status()
    finish(control, "48213")
    paused = control.post("/subscription", json={"active": False, "subscription_id": "24so"})
    assert paused.json()["active"] is False
    control.post("/deliveries", json={"reverse": True}).raise_for_status()
    first, second = [
        one["id"] for one in control.get("/tasks").json()["tasks"] if one["status"]["code"] == "in_progress"
    ][:2]
    finish(control, first)
    eventually(lambda: deliveries(bridge, "failed"))
    assert bridge.get("/webhook-subscriptions/24so").json()["active"] is False
    assert subscribe(bridge, receiver.url).json()["active"] is True
    finish(control, second)
    assert receiver.next_task() == second
    assert receiver.arrived.empty()


def test_a_subscription_that_is_not_there_can_not_be_paused(control: httpx.Client) -> None:
    assert control.post("/subscription", json={"active": False}).status_code == 422


def test_lines_that_change_after_the_finish_are_told_as_an_update(
    control: httpx.Client, receiver: Receiver
) -> None:
    finish(control, "48213")
    receiver.next()
    control.post("/tasks/48213/registrations", json={"remove": ["r-900106"]}).raise_for_status()
    told = httpx.Response(200, content=receiver.next()[1]).json()
    assert (told["type"], told["origin"]) == ("task.updated", "planner")
    assert (told["data"]["version"], told["data"]["status"]["code"]) == (8, "finished")


def test_a_refused_delivery_comes_again_with_the_same_id(
    bridge: httpx.Client, control: httpx.Client, receiver: Receiver
) -> None:
    receiver.answers = [503, 401]
    finish(control, "48213")
    ids = {receiver.next()[0]["smartday-event-id"] for _ in range(3)}
    assert len(ids) == 1
    (delivered,) = eventually(lambda: deliveries(bridge, "delivered"))
    assert [a["status"] for a in delivered["attempts"]] == [503, 401, 202]


def test_a_delivery_that_never_succeeds_fails_and_can_be_sent_again(
    bridge: httpx.Client, control: httpx.Client, receiver: Receiver
) -> None:
    receiver.answers = [500, 500, 500]
    finish(control, "48213")
    (failed,) = eventually(lambda: deliveries(bridge, "failed"))
    assert bridge.post(f"/webhook-deliveries/{failed['id']}:redeliver").status_code == 202
    (delivered,) = eventually(lambda: deliveries(bridge, "delivered"))
    assert (delivered["event_id"], len(delivered["attempts"])) == (failed["event_id"], 4)


def test_an_address_nobody_answers_is_an_attempt_with_an_error(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    subscribe(bridge, "http://127.0.0.1:1/krok")
    finish(control, "48213")
    (failed,) = eventually(lambda: deliveries(bridge, "failed"))
    assert {(a["status"], a["error"]) for a in failed["attempts"]} == {(None, "ConnectError")}


def test_the_plan_can_send_copies(control: httpx.Client, receiver: Receiver) -> None:
    control.post("/deliveries", json={"copies": 3})
    finish(control, "48213")
    assert len({receiver.next()[0]["smartday-event-id"] for _ in range(3)}) == 1


def test_the_plan_can_reverse_a_batch(control: httpx.Client, receiver: Receiver) -> None:
    control.post("/deliveries", json={"reverse": True})
    finish(control, "48213", "48214", "48215")
    assert [receiver.next_task() for _ in range(3)] == ["48215", "48214", "48213"]


def test_a_paused_plan_holds_deliveries_until_it_is_lifted(control: httpx.Client, receiver: Receiver) -> None:
    control.post("/deliveries", json={"paused": True})
    finish(control, "48213")
    control.post("/tasks/48213", json={"minutes_spent": 5})
    assert receiver.arrived.empty()
    control.post("/deliveries", json={"reverse": True})
    versions = [httpx.Response(200, content=receiver.next()[1]).json()["data"]["version"] for _ in range(2)]
    assert versions == [8, 7]


def test_the_plan_can_skip_delay_and_forge(control: httpx.Client, receiver: Receiver) -> None:
    plan = {
        "skip_task_ids": ["48213"],
        "delay_seconds": {"48214": 0.3},
        "wrong_signature_task_ids": ["48215"],
    }
    control.post("/deliveries", json=plan)
    finish(control, "48213", "48214", "48215")
    headers, body, _ = receiver.next()
    assert b"48215" in body
    assert headers["smartday-signature"] != signed(SECRET, headers, body)
    assert receiver.next_task() == "48214"
    assert {d["task_id"] for d in control.get("/webhooks").json()["deliveries"]} == {"48214", "48215"}


def test_both_secrets_sign_while_one_replaces_the_other(
    bridge: httpx.Client, control: httpx.Client, receiver: Receiver
) -> None:
    assert subscribe(bridge, receiver.url, "ny").status_code == 200
    finish(control, "48213")
    headers, body, _ = receiver.next()
    assert headers["smartday-signature"] == f"{signed('ny', headers, body)},{signed(SECRET, headers, body)}"
    subscribe(bridge, receiver.url, "ny")
    finish(control, "48214")
    headers, body, _ = receiver.next()
    assert headers["smartday-signature"] == signed("ny", headers, body)


def test_a_subscription_can_be_read_without_its_secret_and_taken_away(
    bridge: httpx.Client, control: httpx.Client, receiver: Receiver
) -> None:
    shown = bridge.get("/webhook-subscriptions/24so").json()
    assert shown == {
        "id": "24so",
        "url": receiver.url,
        "events": ["task.status_changed", "task.updated"],
        "active": True,
    }
    assert bridge.delete("/webhook-subscriptions/24so").status_code == 204
    assert bridge.get("/webhook-subscriptions/24so").status_code == 404
    finish(control, "48213")
    assert control.get("/webhooks").json()["deliveries"] == []


def test_a_senseless_subscription_is_refused(bridge: httpx.Client) -> None:
    answer = bridge.put("/webhook-subscriptions/x", json={"url": "ftp://x", "events": ["alt"], "active": 1})
    assert [e["field"] for e in answer.json()["errors"]] == ["url", "secret", "events", "active"]


def test_missed_events_can_be_read_from_the_feed(bridge: httpx.Client, control: httpx.Client) -> None:
    finish(control, "48213", "48214")
    first = bridge.get("/events", params={"limit": 1}).json()
    assert first["has_more"]
    after = first["items"][0]["sequence"]
    rest = bridge.get("/events", params={"after_sequence": after}).json()["items"]
    assert [(e["sequence"], e["data"]["task_id"]) for e in rest] == [(after + 1, "48214")]

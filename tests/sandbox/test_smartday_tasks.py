"""Tasks and receipts of the Bridge stand-in."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox import seed_tasks
from sandbox.serving import serve
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options

ALLE = {"include": "registrations,documents"}


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    with serve(create_app(Options(tasks=12, requests_per_minute=10_000))) as url:
        yield url


def test_a_cursor_belongs_to_its_filters(bridge: httpx.Client) -> None:
    cursor = bridge.get("/tasks", params={"limit": 5}).json()["next_cursor"]
    for params in ({"cursor": cursor, "status": "finished"}, {"cursor": "tull"}):
        answer = bridge.get("/tasks", params=params)
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "changed_since=i+går",
        "changed_since=2026-01-01T00:00:00",
        "status=x",
    ],
)
def test_a_senseless_query_is_refused(bridge: httpx.Client, query: str) -> None:
    answer = bridge.get(f"/tasks?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_the_poll_finds_what_has_been_finished(bridge: httpx.Client, control: httpx.Client) -> None:
    control.post("/tasks:finish", json={"task_ids": ["48213"]})
    control.post("/tasks/48214", json={"status": "approved"})
    control.post("/tasks:finish", json={"task_ids": ["48215"], "outcome": "aborted"})
    wanted = {"status": ["finished", "approved", "balanced"]}
    found = bridge.get("/tasks", params=wanted).json()["items"]
    assert {t["id"]: (t["status"]["number"], t["outcome"]) for t in found} == {
        "48213": (7, "completed"),
        "48214": (8, "completed"),
        "48215": (7, "aborted"),
    }
    newest = found[-1]["changed_at"]
    since = bridge.get("/tasks", params=wanted | {"changed_since": newest}).json()["items"]
    assert found[-1] in since


def test_the_finished_example_is_the_contracts_but_for_its_times(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    control.post("/tasks:finish", json={"task_ids": ["48213"]})
    answer = bridge.get("/tasks/48213", params=ALLE)
    task = json.loads(answer.text, parse_float=Decimal)
    times = {name: task[name] for name in ("finished_at", "changed_at")}
    assert task == seed_tasks.example_task() | times
    assert answer.headers["ETag"] == '"7"'


def test_numbers_go_through_without_noise(bridge: httpx.Client, control: httpx.Client) -> None:
    exact = '{"id":"r1","kind":"item","status":"approved","quantity":0.1000,"unit_price":1234567890123456.78}'
    control.post("/tasks", content=f'{{"id":"1","registrations":[{exact}]}}'.encode()).raise_for_status()
    assert exact in bridge.get("/tasks/1", params=ALLE).text


def test_registrations_and_documents_come_only_when_asked_for(bridge: httpx.Client) -> None:
    assert {"registrations", "documents"}.isdisjoint(bridge.get("/tasks/48213").json())


def test_more_than_five_hundred_registrations_come_by_page(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    many = [{"id": f"r{n}", "kind": "note", "status": "used"} for n in range(501)]
    control.post("/tasks", json={"id": "1", "registrations": many}).raise_for_status()
    task = bridge.get("/tasks/1", params=ALLE).json()
    assert (task["registrations_has_more"], len(task["registrations"])) == (True, 500)
    first = bridge.get("/tasks/1/registrations", params={"limit": 500}).json()
    rest = bridge.get("/tasks/1/registrations", params={"limit": 500, "cursor": first["next_cursor"]}).json()
    assert [r["id"] for r in first["items"] + rest["items"]] == [r["id"] for r in many]


RECEIPT = {
    "system": "24sevenoffice",
    "result": "created",
    "task_version": 7,
    "order_id": "10482",
    "order_number": "10482",
    "exported_at": "2026-09-14T11:02:31Z",
    "registration_ids": ["r-900101"],
    "message": "Ordre 10482 opprettet",
}


def send_receipt(bridge: httpx.Client, key: str = "k", **changes: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return bridge.post("/tasks/48213/export-receipts", json=RECEIPT | changes, headers=headers)


def test_a_receipt_marks_the_task_exported_and_raises_its_version(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    assert send_receipt(bridge).status_code == 201
    task = bridge.get("/tasks/48213", params=ALLE).json()
    assert task["version"] == 7
    assert task["export"] == {
        "state": "exported",
        "order_number": "10482",
        "exported_at": "2026-09-14T11:02:31Z",
    }
    assert [r["id"] for r in task["registrations"] if r["status"] == "exported"] == ["r-900101"]
    assert [r["received"] for r in control.get("/receipts").json()["receipts"]] == [RECEIPT]
    event = bridge.get("/events").json()["items"][-1]
    assert (event["type"], event["origin"], event["data"]["version"]) == ("task.updated", "bridge", 7)


def test_the_same_receipt_again_gets_the_first_answer(bridge: httpx.Client, control: httpx.Client) -> None:
    first, second = send_receipt(bridge), send_receipt(bridge)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert len(control.get("/receipts").json()["receipts"]) == 1


def test_a_key_used_with_another_body_is_a_conflict(bridge: httpx.Client) -> None:
    send_receipt(bridge)
    answer = send_receipt(bridge, message="noe annet")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


def test_a_receipt_needs_a_key_and_sense(bridge: httpx.Client) -> None:
    assert send_receipt(bridge, key="").json()["code"] == "malformed"
    assert send_receipt(bridge, result="ferdig").status_code == 422
    assert send_receipt(bridge, order_number=None).status_code == 422
    assert send_receipt(bridge, registration_ids=["r-x"]).status_code == 422


def test_a_failed_receipt_leaves_registrations_alone(bridge: httpx.Client) -> None:
    assert send_receipt(bridge, result="failed", registration_ids=[]).status_code == 201
    task = bridge.get("/tasks/48213", params=ALLE).json()
    assert (task["export"]["state"], task["version"]) == ("none", 7)


def test_a_task_open_in_planner_takes_no_receipt(bridge: httpx.Client, control: httpx.Client) -> None:
    control.post("/tasks/48213", json={"locked": True}).raise_for_status()
    assert send_receipt(bridge).json()["code"] == "locked"
    assert "locked" not in bridge.get("/tasks/48213").json()


@pytest.mark.parametrize("result", ["failed", "skipped"])
def test_a_receipt_without_an_order_raises_the_version_and_exports_nothing(
    bridge: httpx.Client, result: str
) -> None:
    no_order: dict[str, Any] = {"order_id": None, "order_number": None, "registration_ids": []}
    answer = send_receipt(bridge, "k", result=result, **no_order)
    assert (answer.status_code, answer.json()["task_version"]) == (201, 7)
    task = bridge.get("/tasks/48213", params=ALLE).json()
    assert (task["version"], task["export"]["state"]) == (7, "none")
    assert {r["status"] for r in task["registrations"]} == {"approved", "used"}
    event = bridge.get("/events").json()["items"][-1]
    assert (event["type"], event["origin"], event["data"]["version"]) == ("task.updated", "bridge", 7)


def test_a_failed_receipt_exports_nothing_even_when_it_names_lines(bridge: httpx.Client) -> None:
    assert send_receipt(bridge, result="failed").status_code == 201
    task = bridge.get("/tasks/48213", params=ALLE).json()
    assert all(r["status"] != "exported" for r in task["registrations"])


def test_a_failed_receipt_after_an_order_leaves_the_order_on_the_task(bridge: httpx.Client) -> None:
    send_receipt(bridge)
    send_receipt(bridge, key="k2", result="failed", order_id=None, order_number=None, registration_ids=[])
    task = bridge.get("/tasks/48213", params=ALLE).json()
    assert (task["version"], task["export"]["order_number"]) == (8, "10482")


def test_only_failed_receipts_are_shown_to_the_planner(bridge: httpx.Client, control: httpx.Client) -> None:
    send_receipt(bridge)
    send_receipt(bridge, key="k2", result="skipped", message="Sendes ikke")
    send_receipt(bridge, key="k3", result="failed", message="Kunden mangler kundenummer.")
    assert control.get("/planner-messages").json()["messages"] == [
        {"task_id": "48213", "message": "Kunden mangler kundenummer."}
    ]

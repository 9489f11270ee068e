"""What people do in the field of the Bridge stand-in: the control side's tasks, lines and customers."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.serving import serve
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options
from tests.twins import TWIN_TASKS

ALL = {"include": "registrations,documents"}
ADDRESS = {"address1": "Havnegata 2", "postal_code": "8900", "postal_area": "Brønnøysund"}


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    with serve(create_app(Options(tasks=12, requests_per_minute=10_000))) as url:
        yield url


def change_lines(control: httpx.Client, **changes: Any) -> httpx.Response:
    return control.post("/tasks/48213/registrations", json=changes)


def lines_of(bridge: httpx.Client) -> dict[str, dict[str, Any]]:
    return {r["id"]: r for r in bridge.get("/tasks/48213", params=ALL).json()["registrations"]}


def test_a_customer_made_in_the_field_gets_its_number_by_link(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    made = control.post("/customers", json={"name": "Ny kunde"}).json()
    person = {"id": made["id"], "external_number": None, "name": "Ny kunde"}
    control.post("/tasks", json={"id": "9", "customer": person}).raise_for_status()
    linked = bridge.put(f"/customers/500?link={made['id']}", json={"name": "Ny kunde AS"})
    assert (linked.status_code, linked.json()["id"]) == (200, made["id"])
    assert bridge.get("/tasks/9").json()["customer"]["external_number"] == "500"
    assert bridge.put(f"/customers/500?link={made['id']}", json={"name": "Ny kunde AS"}).status_code == 200
    other = control.post("/customers", json={"name": "En til"}).json()
    taken = bridge.put(f"/customers/500?link={other['id']}", json={"name": "En til"})
    assert (taken.status_code, taken.json()["code"]) == (409, "duplicate_number")


def test_linking_is_a_change_of_the_customer_and_again_is_none(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    made = control.post("/customers", json={"name": "Ny kunde"}).json()
    versions = [
        bridge.put(f"/customers/500?link={made['id']}", json={"name": "Ny kunde"}).json()["version"]
        for _ in range(2)
    ]
    assert (made["version"], versions) == (1, [2, 2])


@pytest.mark.parametrize(
    ("link", "body", "status", "code"),
    [
        ("c-felt-1", {"name": " "}, 422, "validation_failed"),
        ("c-borte", {"name": "Ny kunde"}, 404, "not_found"),
        ("c-7001", {"name": "Ny kunde"}, 409, "duplicate_number"),
    ],
)
def test_a_refused_link_changes_nothing(
    bridge: httpx.Client, control: httpx.Client, link: str, body: dict[str, Any], status: int, code: str
) -> None:
    control.post("/customers", json={"name": "Ny kunde", "id": "c-felt-1"}).raise_for_status()
    bridge.put("/customers/10021", json={"name": "Brønnøysund Rør & Varme AS"}).raise_for_status()
    before = bridge.get("/customers").json()
    answer = bridge.put(f"/customers/500?link={link}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert bridge.get("/customers").json() == before


def test_customers_without_a_number_are_listed_too(bridge: httpx.Client, control: httpx.Client) -> None:
    bridge.put("/customers/500", json={"name": "Med nummer"}).raise_for_status()
    control.post("/customers", json={"name": "Uten nummer"}).raise_for_status()
    listed = bridge.get("/customers", params={"limit": 500}).json()["items"]
    assert {one["name"]: one["external_number"] for one in listed} == {
        "Med nummer": "500",
        "Uten nummer": None,
    }


def test_a_customer_made_on_a_task_is_the_tasks_own_and_raises_its_version(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    control.post("/tasks:finish", json={"task_ids": ["48213"]}).raise_for_status()
    given = {"name": "Ny kunde AS", "organisation_number": "319000003", "billing_address": ADDRESS}
    made = control.post("/customers", params={"task_id": "48213"}, json=given)
    assert made.status_code == 201
    assert (made.json()["organisation_number"], made.json()["billing_address"]["postal_code"]) == (
        "319000003",
        "8900",
    )
    task = bridge.get("/tasks/48213").json()
    person = {"id": made.json()["id"], "external_number": None, "name": "Ny kunde AS"}
    assert (task["version"], task["customer"], task["billing_customer"]) == (8, person, person)
    assert (task["status"]["code"], task["outcome"]) == ("finished", "completed")


def test_the_same_customer_is_never_made_twice(control: httpx.Client) -> None:
    for status in (201, 422):
        assert control.post("/customers", json={"id": "c-felt-9", "name": "A"}).status_code == status


def test_lines_of_a_finished_task_are_changed_added_and_removed(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    control.post("/tasks:finish", json={"task_ids": ["48213"]}).raise_for_status()
    new = {"description": "Sikring", "quantity": 2, "unit_price": 49.95}
    change_lines(
        control, add=[new], change=[{"id": "r-900105", "quantity": 3}], remove=["r-900106"]
    ).raise_for_status()
    lines = lines_of(bridge)
    assert "r-900106" not in lines
    assert (lines["r-900105"]["quantity"], lines["r-900105"]["net_amount"]) == (3, 3372.3)
    added = list(lines.values())[-1]
    assert (added["kind"], added["status"], added["billable"], added["net_amount"]) == (
        "item",
        "approved",
        True,
        99.9,
    )
    task = bridge.get("/tasks/48213").json()
    assert (task["version"], task["status"]["code"]) == (8, "finished")
    event = bridge.get("/events").json()["items"][-1]
    assert (event["type"], event["origin"], event["data"]["version"]) == ("task.updated", "planner", 8)


def test_a_line_keeps_whatever_the_change_does_not_name(bridge: httpx.Client, control: httpx.Client) -> None:
    before = lines_of(bridge)["r-900101"]
    change_lines(control, change=[{"id": "r-900101", "billable": False}]).raise_for_status()
    assert lines_of(bridge)["r-900101"] == before | {"billable": False}
    change_lines(control, change=[{"id": "r-900101", "net_amount": 1}]).raise_for_status()
    assert lines_of(bridge)["r-900101"]["net_amount"] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"change": [{"id": "r-borte"}]},
        {"change": [{"quantity": 1}]},
        {"remove": ["r-borte"]},
        {"add": [{"id": "r-900101"}]},
        {"add": [1]},
        {"fjern": []},
    ],
)
def test_a_senseless_change_of_lines_is_refused_whole(
    bridge: httpx.Client, control: httpx.Client, changes: dict[str, Any]
) -> None:
    before = bridge.get("/tasks/48213", params=ALL).json()
    assert change_lines(control, **changes).status_code == 422
    assert bridge.get("/tasks/48213", params=ALL).json() == before


def test_a_task_is_reopened_and_finished_again(bridge: httpx.Client, control: httpx.Client) -> None:
    seen = []
    for _ in range(2):
        control.post("/tasks:finish", json={"task_ids": ["48213"]}).raise_for_status()
        seen.append(bridge.get("/tasks/48213").json())
        control.post("/tasks/48213", json={"status": "in_progress"}).raise_for_status()
        seen.append(bridge.get("/tasks/48213").json())
    assert [(t["version"], t["status"]["number"], t["outcome"]) for t in seen] == [
        (7, 7, "completed"),
        (8, 4, None),
        (9, 7, "completed"),
        (10, 4, None),
    ]
    assert [t["finished_at"] is None for t in seen] == [False, True, False, True]


def test_tasks_may_have_any_ids(bridge: httpx.Client, control: httpx.Client) -> None:
    task = bridge.get("/tasks/48213", params=ALL).json()
    twins = [task | {"id": task_id, "number": task_id} for task_id in TWIN_TASKS]
    control.post("/tasks", json={"tasks": twins}).raise_for_status()
    assert [bridge.get(f"/tasks/{task_id}").json()["id"] for task_id in TWIN_TASKS] == list(TWIN_TASKS)


def test_finished_counts_only_what_can_be_invoiced(control: httpx.Client) -> None:
    note = {"id": "r1", "kind": "note", "status": "approved"}
    control.post("/tasks", json={"id": "1", "status": "finished", "registrations": [note]})
    control.post("/tasks:finish", json={"task_ids": ["48213"]})
    control.post("/tasks:finish", json={"task_ids": ["48214"], "outcome": "aborted"})
    assert [t["task_id"] for t in control.get("/finished").json()["tasks"]] == ["48213"]
    control.post("/tasks/48213", json={"status": "in_progress"})
    assert control.get("/finished").json()["count"] == 0


def test_control_refuses_nonsense_with_a_reason(control: httpx.Client) -> None:
    for path, body in (
        ("/tasks:finish", {"task_ids": ["finnes-ikke"]}),
        ("/tasks", {"id": "48213"}),
        ("/tasks", {"id": "1", "status": "ferdig"}),
        ("/tasks/48213", {"version": 9}),
        ("/tasks/finnes-ikke", {}),
        ("/deliveries", {"copies": 0}),
        ("/credentials", {"passord": "x"}),
    ):
        answer = control.post(path, json=body)
        assert (answer.status_code, bool(answer.json()["error"])) == (422, True)

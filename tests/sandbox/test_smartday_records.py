"""Customers, products, tasks and receipts of the Bridge stand-in."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox import seed
from sandbox.serving import serve
from sandbox.smartday import demo
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options

ALLE = {"include": "registrations,documents"}


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    with serve(create_app(Options(tasks=12, requests_per_minute=10_000))) as url:
        yield url


@pytest.fixture(scope="module")
def clients(running: str) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    login, headers = (
        httpx.BasicAuth(demo.BRIDGE_USER, demo.BRIDGE_PASSWORD),
        {"Smartday-Agreement": demo.AGREEMENT_NUMBER},
    )
    with (
        httpx.Client(base_url=f"{running}/_control") as control,
        httpx.Client(base_url=f"{running}/v1", auth=login, headers=headers) as bridge,
    ):
        yield control, bridge


@pytest.fixture
def control(clients: tuple[httpx.Client, httpx.Client]) -> httpx.Client:
    clients[0].post("/reset").raise_for_status()
    return clients[0]


@pytest.fixture
def bridge(clients: tuple[httpx.Client, httpx.Client], control: httpx.Client) -> httpx.Client:
    return clients[1]


def batch(bridge: httpx.Client, kind: str, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answer = bridge.post(f"/{kind}:batch", json={"items": list(items)})
    assert answer.status_code == 200
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_a_batch_tells_created_updated_and_unchanged_apart(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    outcomes = [
        batch(bridge, "products", {"external_number": "T100", "name": "Montørtime", "price": price})[0][
            "outcome"
        ]
        for price in (950, 950.0, 975.5)
    ]
    assert outcomes == ["created", "unchanged", "updated"]
    written = control.get("/products").json()
    assert [written[k] for k in ("count", "created", "updated", "unchanged", "rejected")] == [1, 1, 1, 1, 0]
    assert bridge.get("/products/T100").headers["ETag"] == '"2"'


@pytest.mark.parametrize(
    ("kind", "item", "code", "field"),
    [
        ("customers", {"name": " "}, "required", "name"),
        ("customers", {"name": "x" * 256}, "too_long", "name"),
        (
            "customers",
            {"name": "A", "organisation_number": "912345678"},
            "invalid_checksum",
            "organisation_number",
        ),
        ("customers", {"name": "A", "organisation_number": "NO1"}, "invalid_format", "organisation_number"),
        (
            "customers",
            {"name": "A", "billing_address": {"address1": "B"}},
            "required",
            "billing_address.postal_code",
        ),
        ("customers", {"name": "A", "contacts": [{}]}, "required", "contacts[0].name"),
        ("products", {"name": "A", "unit": "palle"}, "unit_unknown", "unit"),
        ("products", {"name": "A", "price": 1.234}, "too_many_decimals", "price"),
        ("products", {"name": "A", "price": "1"}, "invalid_type", "price"),
        ("products", {"name": "A", "state": "borte"}, "invalid_value", "state"),
    ],
)
def test_an_item_with_a_fault_is_rejected_and_the_next_is_written(
    bridge: httpx.Client, kind: str, item: dict[str, Any], code: str, field: str
) -> None:
    wrong, right = batch(
        bridge, kind, {"external_number": "Ø-77"} | item, {"external_number": "2", "name": "B"}
    )
    assert (wrong["outcome"], wrong["error"]["code"], wrong["error"]["field"]) == ("rejected", code, field)
    assert right["outcome"] == "created"


def test_the_same_number_twice_in_a_batch_is_rejected(bridge: httpx.Client) -> None:
    results = batch(bridge, "customers", *[{"external_number": "1", "name": n} for n in ("A", "B")])
    assert [r["outcome"] for r in results] == ["created", "rejected"]
    assert results[1]["error"]["code"] == "duplicate_number"


def test_too_large_batches_are_refused(bridge: httpx.Client) -> None:
    many = [{"external_number": str(n), "name": "A"} for n in range(101)]
    assert bridge.post("/customers:batch", json={"items": many}).json()["code"] == "too_large"
    heavy = bridge.post("/customers:batch", content=b" " * (5 * 1024 * 1024 + 1))
    assert (heavy.status_code, heavy.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"items": 1}', b'{"items": [1]}', b"\xff", b'{"items": NaN}']
)
def test_a_malformed_batch_is_refused(bridge: httpx.Client, content: bytes) -> None:
    answer = bridge.post("/customers:batch", content=content)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_put_creates_then_updates_and_names_all_faults(bridge: httpx.Client) -> None:
    number = "/customers/10021"
    assert bridge.put(number, json={"name": "Åse"}).status_code == 201
    assert bridge.put(number, json={"name": "Åse"}).headers["ETag"] == '"1"'
    updated = bridge.put(number, json={"name": "Øyvind", "ukjent": 1})
    assert (updated.status_code, updated.json()["version"], updated.json()["id"]) == (200, 2, "c-7001")
    wrong = bridge.put(number, json={"organisation_number": "912345678"})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["detail"]) == (
        422,
        "validation_failed",
        "2 felt ble avvist.",
    )


def test_if_match_guards_against_another_version(bridge: httpx.Client) -> None:
    bridge.put("/products/A", json={"name": "A"})
    stale = bridge.put("/products/A", json={"name": "B"}, headers={"If-Match": '"3"'})
    assert (stale.status_code, stale.json()["code"], stale.json()["current_version"]) == (
        412,
        "version_conflict",
        1,
    )
    assert bridge.put("/products/A", json={"name": "B"}, headers={"If-Match": '"1"'}).status_code == 200


def test_a_number_may_hold_a_slash(bridge: httpx.Client) -> None:
    assert bridge.put("/products/Ø%2F7", json={"name": "A"}).json()["external_number"] == "Ø/7"
    assert bridge.get("/products/Ø%2F7").status_code == 200


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


def test_what_open_tasks_use_cannot_become_inactive(bridge: httpx.Client, control: httpx.Client) -> None:
    item = {"external_number": "10021", "name": "Brønnøysund Rør & Varme AS"}
    batch(bridge, "customers", item)
    assert batch(bridge, "customers", item | {"state": "inactive"})[0]["error"]["code"] == "in_use"
    users = [
        t["id"] for t in control.get("/tasks").json()["tasks"] if t["customer"]["external_number"] == "10021"
    ]
    control.post("/tasks:finish", json={"task_ids": users}).raise_for_status()
    assert batch(bridge, "customers", item | {"state": "inactive"})[0]["outcome"] == "updated"


def test_pages_hold_every_record_once_and_in_order(bridge: httpx.Client) -> None:
    batch(bridge, "products", *[{"external_number": f"{n:03}", "name": "A"} for n in range(25)])
    met, cursor = [], None
    while True:
        params = {"limit": "10"} | ({"cursor": cursor} if cursor else {})
        page = bridge.get("/products", params=params).json()
        met += [item["external_number"] for item in page["items"]]
        cursor = page["next_cursor"]
        assert page["has_more"] == (cursor is not None)
        if cursor is None:
            break
    assert sorted(met) == [f"{n:03}" for n in range(25)]


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
    assert task == seed.example_task() | times
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


def test_reference_data_and_messages(bridge: httpx.Client, control: httpx.Client) -> None:
    assert {"id": "90050", "name": "Lunsj"} in bridge.get("/hour-types").json()["items"]
    assert "2026-118" in [p["external_number"] for p in bridge.get("/projects").json()["items"]]
    assert "Åse Bjørnø" in [e["name"] for e in bridge.get("/employees").json()["items"]]
    assert bridge.post("/messages", json={"level": "info", "text": "Ordre opprettet"}).status_code == 201
    assert bridge.post("/messages", json={"level": "info"}).status_code == 422
    assert [m["text"] for m in control.get("/messages").json()["messages"]] == ["Ordre opprettet"]


def test_a_prefilled_bridge_has_customers_and_products() -> None:
    options = Options(customers=60, products=60, prefilled=True)
    with serve(create_app(options)) as url:
        customers = httpx.get(f"{url}/_control/customers").json()
        products = httpx.get(f"{url}/_control/products").json()
    assert customers["count"] > 50
    assert products["count"] > 50
    assert (customers["created"], products["created"]) == (0, 0)

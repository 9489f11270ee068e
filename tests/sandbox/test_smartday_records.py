"""Customers and products of the Bridge stand-in."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.serving import serve
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    with serve(create_app(Options(tasks=12, requests_per_minute=10_000))) as url:
        yield url


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

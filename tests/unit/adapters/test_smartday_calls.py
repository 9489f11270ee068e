"""What the Bridge adapter puts on the wire, and how it reads each answer (contract smartday 4.2-4.8)."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connector.domain.master_data import Customer, Product
from connector.errors import Refused, RetryLater
from tests.unit.adapters.bridge import NOW, RECEIPT, TASK, connect, ok, problem


def product(number: str, price: str = "1249.10") -> Product:
    return Product(
        number, "goods", "Vare", None, None, Decimal(price), None, "NOK", False, None, None, "active"
    )


def results(*numbers: str) -> httpx.Response:
    return ok({"results": [{"external_number": number, "outcome": "created"} for number in numbers]})


def test_a_task_is_asked_for_with_its_registrations_and_its_id_is_only_ever_an_id() -> None:
    task_id = "a/b?c=å d"
    service, bridge = connect(ok(TASK | {"id": task_id}))
    assert service.task(task_id).id == task_id
    assert bridge.asked[0].url.raw_path == b"/v1/tasks/a%2Fb%3Fc%3D%C3%A5%20d?include=registrations"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"version": "seven"}, "version"),
        ({"registrations": None}, "registrations"),
        ({"registrations": [{"id": "r-1", "kind": "hours"}]}, "registrations.0.status"),
        ({"id": "48214"}, "id"),
    ],
)
def test_a_task_that_cannot_be_read_is_refused_with_the_fields_name(
    change: dict[str, Any], named: str
) -> None:
    service, _ = connect(ok(TASK | change))
    with pytest.raises(Refused) as refused:
        service.task("48213")
    assert (refused.value.code, refused.value.words) == ("unreadable_task", named)


def lines(first: int, last: int) -> list[dict[str, Any]]:
    return [
        {"id": f"r-{n}", "kind": "item", "status": "approved", "quantity": 1} for n in range(first, last + 1)
    ]


@pytest.mark.parametrize("announced", [True, None])
def test_the_lines_of_a_long_task_are_read_page_by_page(announced: bool | None) -> None:
    service, bridge = connect(
        ok(TASK | {"registrations": lines(1, 500), "registrations_has_more": announced}),
        ok({"items": lines(1, 500), "next_cursor": "a", "has_more": True}),
        ok({"items": lines(501, 700), "next_cursor": None, "has_more": False}),
    )
    assert [line.id for line in service.task("48213").registrations] == [f"r-{n}" for n in range(1, 701)]
    assert [str(one.url.query, "ascii") for one in bridge.asked] == [
        "include=registrations",
        "limit=500",
        "limit=500&cursor=a",
    ]


@pytest.mark.parametrize(
    "second",
    [
        {"items": lines(1, 500), "next_cursor": "a", "has_more": True},
        {"items": lines(500, 700), "next_cursor": None},
        {"items": [], "next_cursor": None},
        {"items": lines(501, 700), "next_cursor": None, "has_more": True},
    ],
)
def test_a_page_of_lines_that_is_repeated_or_missing_is_tried_later(second: dict[str, Any]) -> None:
    service, _ = connect(
        ok(TASK | {"registrations": lines(1, 500), "registrations_has_more": True}),
        ok({"items": lines(1, 500), "next_cursor": "a", "has_more": True}),
        ok(second),
    )
    with pytest.raises(RetryLater):
        service.task("48213")


def test_the_poll_asks_for_all_three_finished_statuses_since_a_time_in_utc() -> None:
    item = {"id": "48213", "version": 7, "changed_at": "2026-09-14T11:02:19Z"}
    service, bridge = connect(ok({"items": [item], "next_cursor": "b", "has_more": True}))
    page = service.finished_tasks(NOW + timedelta(microseconds=999), "a")
    assert (page.tasks[0].task_id, page.tasks[0].version, page.next_cursor) == ("48213", 7, "b")
    assert bridge.asked[0].url.params.multi_items() == [
        ("status", "finished"),
        ("status", "approved"),
        ("status", "balanced"),
        ("changed_since", "2026-09-14T11:00:00Z"),
        ("limit", "500"),
        ("cursor", "a"),
    ]


def test_a_page_of_the_poll_that_comes_again_is_tried_later() -> None:
    item = {"id": "48213", "version": 7, "changed_at": "2026-09-14T11:02:19Z"}
    service, _ = connect(ok({"items": [item], "next_cursor": "a", "has_more": True}), ok({"items": [{}]}))
    for _ in range(2):
        with pytest.raises(RetryLater):
            service.finished_tasks(NOW, "a")


def test_a_repeated_receipt_has_the_same_key_and_the_same_bytes() -> None:
    service, bridge = connect(httpx.ReadTimeout("slow"), ok({"id": "x-1"}))
    with pytest.raises(RetryLater):
        service.send_receipt("48213", RECEIPT)
    service.send_receipt("48213", replace(RECEIPT))
    first, second = bridge.asked
    assert first.url.path == "/v1/tasks/48213/export-receipts"
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == "24so-48213-7"
    assert first.content == second.content
    assert first.headers["Content-Type"] == "application/json"


def test_a_batch_carries_exact_numbers_and_gives_a_result_each() -> None:
    rejected = {"external_number": "Ø-77", "outcome": "rejected", "error": {"code": "unit_unknown"}}
    service, bridge = connect(
        ok({"results": [{"external_number": "KM", "outcome": "unchanged", "error": None}, rejected]})
    )
    given = service.upsert_products([product("KM"), product("Ø-77")])
    assert [(one.external_number, one.outcome, one.code) for one in given] == [
        ("KM", "unchanged", None),
        ("Ø-77", "rejected", "unit_unknown"),
    ]
    assert bridge.asked[0].url.raw_path == b"/v1/products:batch"
    assert b'"price":1249.10,' in bridge.asked[0].content


@pytest.mark.parametrize(
    "answer",
    [
        results("1"),
        results("1", "2", "3"),
        results("2", "1"),
        results("1", "x"),
        ok({}),
        ok({"results": [{"external_number": "1", "outcome": "eaten"}] * 2}),
    ],
)
def test_results_that_do_not_match_what_was_sent_are_not_believed(answer: httpx.Response) -> None:
    service, _ = connect(answer)
    with pytest.raises(RetryLater):
        service.upsert_products([product("1"), product("2")])


def test_a_batch_that_is_too_large_is_halved_until_it_fits() -> None:
    service, bridge = connect(
        httpx.Response(413, html="<h1>Too large</h1>"),
        results("1"),
        problem(413, "too_large"),
        results("2"),
        problem(413, "too_large"),
    )
    given = service.upsert_products([product("1"), product("2"), product("3")])
    assert [(one.external_number, one.outcome, one.code) for one in given] == [
        ("1", "created", None),
        ("2", "created", None),
        ("3", "rejected", "too_large"),
    ]
    assert [len(json.loads(one.content)["items"]) for one in bridge.asked] == [3, 1, 2, 1, 1]


def test_a_batch_is_never_empty_and_never_over_a_hundred() -> None:
    service, bridge = connect(ok({}))
    customer = Customer("1", "Å", False, None, "active", None, None, None, None, None)
    assert service.upsert_customers([]) == []
    with pytest.raises(ValueError, match="100"):
        service.upsert_customers([customer] * 101)
    assert not bridge.asked


def test_the_subscription_has_a_fixed_id_and_our_events() -> None:
    service, bridge = connect(httpx.Response(204))
    service.subscribe("https://api.example/webhooks/smartday/104477?k=1", "hemmelig")
    assert (bridge.asked[0].method, bridge.asked[0].url.path) == (
        "PUT",
        "/v1/webhook-subscriptions/24sevenoffice",
    )
    assert json.loads(bridge.asked[0].content) == {
        "url": "https://api.example/webhooks/smartday/104477?k=1",
        "events": ["task.status_changed", "task.updated"],
        "secret": "hemmelig",
        "active": True,
    }

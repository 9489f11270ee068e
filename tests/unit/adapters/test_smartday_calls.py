"""What the Bridge adapter puts on the wire, and how it reads each answer (contract smartday 4.2-4.8)."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connector.domain.master_data import Customer, Product
from connector.domain.task_record import Receipt
from connector.errors import NotFound, Refused, RetryLater
from tests.unit.adapters.bridge import NOW, RECEIPT, TASK, connect, ok, problem

NEW_CUSTOMER = Customer("10301", "Ny kunde AS", True, None, "active", None, None, None, None, None)


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


@pytest.mark.parametrize(
    ("task_id", "receipt", "key"),
    [
        ("48213", RECEIPT, "24so-48213-7"),
        ("48213", replace(RECEIPT, result="updated", task_version=9), "24so-48213-9"),
        ("48213", replace(RECEIPT, ordinal=2), "24so-48213-7-2"),
        ("48213", replace(RECEIPT, result="failed", order_id=None), "24so-failed-48213-7"),
        ("48213", replace(RECEIPT, result="skipped", order_id=None, ordinal=2), "24so-skipped-48213-7"),
        ("48213-7", replace(RECEIPT, task_version=2), "24so-48213%2D7-2"),
        ("å/1", RECEIPT, "24so-%C3%A5%2F1-7"),
    ],
)
def test_a_receipts_key_is_its_purpose_its_task_and_the_version(
    task_id: str, receipt: Receipt, key: str
) -> None:
    service, bridge = connect(ok({"id": "x-1"}))
    service.send_receipt(task_id, receipt)
    assert bridge.asked[0].headers["Idempotency-Key"] == key


def test_customers_and_products_are_asked_for_in_the_largest_pages() -> None:
    service, bridge = connect(
        ok({"items": [{"id": "c-1"}], "next_cursor": "b", "has_more": True}),
        ok({"items": [{"id": "p-1"}], "next_cursor": None, "has_more": False}),
    )
    customers, products = service.customers(None), service.products("a")
    assert ([one.id for one in customers.customers], customers.next_cursor) == (["c-1"], "b")
    assert ([one.id for one in products.products], products.next_cursor) == (["p-1"], None)
    assert [one.url.raw_path for one in bridge.asked] == [
        b"/v1/customers?limit=500",
        b"/v1/products?limit=500&cursor=a",
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"items": [{"id": "c-1"}], "next_cursor": "a", "has_more": True},
        {"items": [{"id": "c-1"}], "next_cursor": None, "has_more": True},
        {"items": [], "next_cursor": None},
        {"items": [{"name": "Uten id"}], "next_cursor": None},
        {},
    ],
)
def test_a_page_of_records_that_is_repeated_missing_or_unreadable_is_tried_later(body: object) -> None:
    service, _ = connect(ok(body))
    with pytest.raises(RetryLater):
        service.customers("a")
    with pytest.raises(RetryLater):
        service.products("a")


def test_a_customer_is_linked_by_number_and_id_with_its_writable_fields() -> None:
    service, bridge = connect(ok({"id": "c/9"}))
    service.link_customer("c/9", replace(NEW_CUSTOMER, external_number="10/301"))
    (asked,) = bridge.asked
    assert (asked.method, asked.url.raw_path) == ("PUT", b"/v1/customers/10%2F301?link=c%2F9")
    assert asked.headers["Content-Type"] == "application/json"
    assert json.loads(asked.content)["name"] == "Ny kunde AS"
    assert "external_number" not in json.loads(asked.content)


def test_a_link_to_a_taken_number_or_an_unknown_customer_says_which() -> None:
    service, _ = connect(problem(409, "duplicate_number"), problem(404, "not_found"))
    with pytest.raises(Refused) as refused:
        service.link_customer("c-9", NEW_CUSTOMER)
    assert refused.value.code == "duplicate_number"
    with pytest.raises(NotFound) as missing:
        service.link_customer("c-9", NEW_CUSTOMER)
    assert missing.value.what == "customer c-9"


def test_a_link_whose_answer_was_lost_is_tried_later() -> None:
    service, _ = connect(httpx.ReadTimeout("slow"))
    with pytest.raises(RetryLater):
        service.link_customer("c-9", NEW_CUSTOMER)


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

"""How the Bridge adapter sets records inactive: read, then written back whole (contract smartday 4.6)."""

import json
from typing import Any

import httpx
import pytest

from connector.domain.master_data import Upserted
from connector.errors import CredentialsRejected, RetryLater
from tests.unit.adapters.bridge import connect, ok, problem

HELD: dict[str, Any] = {
    "id": "p-1042210",
    "external_number": "1042210",
    "version": 5,
    "type": "goods",
    "name": "Varmekabel 10 W/m, 50 m",
    "unit": "stk",
    "vat_rate": 25,
    "group": "Varme",
    "supplier_item_number": None,
    "stock_item": True,
    "a_field_of_tomorrow": {"parts": [1, True, None, "Ø"]},
    "state": "active",
    "changed_at": "2026-08-20T06:00:00Z",
}


def held(number: str, **changes: Any) -> httpx.Response:
    return ok(HELD | {"external_number": number} | changes)


def updated(*numbers: str) -> httpx.Response:
    return ok({"results": [{"external_number": one, "outcome": "updated"} for one in numbers]})


def test_everything_but_what_is_bridges_own_is_written_back() -> None:
    service, bridge = connect(ok(HELD | {"sites": [{"id": "a-1"}]}), updated("1042210"))
    assert service.retire_products(["1042210"]) == [Upserted("1042210", "updated")]
    assert [(one.method, one.url.path) for one in bridge.asked] == [
        ("GET", "/v1/products/1042210"),
        ("POST", "/v1/products:batch"),
    ]
    kept = {name: value for name, value in HELD.items() if name not in ("id", "version", "changed_at")}
    assert json.loads(bridge.asked[1].content) == {"items": [kept | {"state": "inactive"}]}


def test_a_price_is_written_back_with_the_digits_that_it_was_read_with() -> None:
    body = b'{"id":"p-1","external_number":"1","price":1249.10,"cost_price":12345678901234567.89}'
    service, bridge = connect(httpx.Response(200, content=body), updated("1"))
    service.retire_products(["1"])
    assert b'"price":1249.10,"cost_price":12345678901234567.89' in bridge.asked[1].content


def test_all_are_read_first_and_written_in_one_batch() -> None:
    service, bridge = connect(held("1"), problem(404, "not_found"), held("3"), updated("1", "3"))
    assert service.retire_customers(["1", "2", "3"]) == [
        Upserted("1", "updated"),
        Upserted("2", "unchanged"),
        Upserted("3", "updated"),
    ]
    assert [one.method for one in bridge.asked] == ["GET", "GET", "GET", "POST"]


def test_a_number_that_stands_twice_is_read_and_written_once() -> None:
    service, bridge = connect(held("1"), updated("1"))
    assert service.retire_customers(["1", "1"]) == [Upserted("1", "updated")] * 2
    assert len(bridge.asked) == 2


def test_nothing_is_sent_when_nothing_is_left_to_write() -> None:
    service, bridge = connect(held("1", state="inactive"), problem(404, "not_found"))
    given = service.retire_customers(["1", "2"])
    assert [one.outcome for one in given] == ["unchanged", "unchanged"]
    assert [one.method for one in bridge.asked] == ["GET", "GET"]


def test_a_record_that_bridge_refuses_to_show_is_rejected_and_the_others_go_on() -> None:
    service, _ = connect(problem(409, "in_use"), held("2"), updated("2"))
    assert service.retire_customers(["1", "2"]) == [
        Upserted("1", "rejected", "in_use"),
        Upserted("2", "updated"),
    ]


@pytest.mark.parametrize("number", [".", ".."])
def test_a_number_that_no_address_can_name_is_rejected_and_the_others_go_on(number: str) -> None:
    service, bridge = connect(held("..."), updated("..."))
    assert service.retire_products([number, "..."]) == [
        Upserted(number, "rejected", "number_without_address"),
        Upserted("...", "updated"),
    ]
    assert [one.url.path for one in bridge.asked] == ["/v1/products/...", "/v1/products:batch"]


def test_a_batch_of_retired_records_that_is_too_large_is_halved() -> None:
    service, bridge = connect(held("1"), held("2"), problem(413, "too_large"), updated("1"), updated("2"))
    given = service.retire_customers(["1", "2"])
    assert [one.outcome for one in given] == ["updated", "updated"]
    assert [len(json.loads(one.content)["items"]) for one in bridge.asked[2:]] == [2, 1, 1]


@pytest.mark.parametrize(
    "unclear",
    [
        httpx.Response(404, html="<h1>Not found</h1>"),
        httpx.Response(204),
        ok({}),
        ok({"items": [], "next_cursor": None}),
        ok({name: value for name, value in HELD.items() if name != "id"}),
        held("3"),
        problem(503, "maintenance"),
        httpx.ReadTimeout("slow"),
    ],
)
def test_an_answer_that_is_not_the_record_asked_for_writes_nothing(
    unclear: httpx.Response | Exception,
) -> None:
    service, bridge = connect(held("1"), unclear)
    with pytest.raises(RetryLater):
        service.retire_customers(["1", "2"])
    assert {one.method for one in bridge.asked} == {"GET"}


def test_results_of_other_records_are_not_believed() -> None:
    service, _ = connect(held("1"), updated("2"))
    with pytest.raises(RetryLater):
        service.retire_customers(["1"])


def test_a_refused_login_is_said_at_once() -> None:
    service, bridge = connect(problem(401, "invalid_credentials"))
    with pytest.raises(CredentialsRejected):
        service.retire_products(["1", "2"])
    assert len(bridge.asked) == 1

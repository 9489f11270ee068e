"""What people do in the ERP, done over control: rows typed, changed and deleted, orders that are gone."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.serving import serve
from sandbox.twentyfoursevenoffice.app import create_app
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.sandbox.erp_caller import Erp

FAR = 1_000_000
ORDER = (
    "<CustomerId>10021</CustomerId><ExternalStatus>77</ExternalStatus><InvoiceRows>"
    "<InvoiceRow><ProductId>501</ProductId><Quantity>2</Quantity></InvoiceRow>"
    "<InvoiceRow><Type>Text</Type><Name>Utført arbeid</Name></InvoiceRow></InvoiceRows>"
)


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    with serve(create_app(60, 60, limits=Limits(FAR, FAR, FAR))) as base:
        yield base


@pytest.fixture
def erp(running: str) -> Iterator[Erp]:
    with httpx.Client(base_url=running) as http:
        http.post("/_control/reset").raise_for_status()
        caller = Erp(http)
        caller.login()
        yield caller


@pytest.fixture
def order(erp: Erp) -> dict[str, Any]:
    erp.save(ORDER)
    (made,) = erp.orders()
    return made


def rows_of(erp: Erp) -> list[dict[str, Any]]:
    (order,) = erp.orders()
    rows: list[dict[str, Any]] = order["InvoiceRows"]
    return rows


def test_a_person_types_a_row_at_the_end(erp: Erp, order: dict[str, Any]) -> None:
    path = f"/orders/{order['OrderId']}/rows"
    after = erp.control("POST", path, {"ProductId": 504, "Quantity": "10", "Price": "8"})
    typed = rows_of(erp)[-1]
    assert (typed["SequenceNumber"], typed["ProductId"], typed["Price"]) == (3, 504, "8.0000")
    assert typed["RowId"] not in {row["RowId"] for row in order["InvoiceRows"]}
    assert after["OrderTotalIncVat"] == "2475.0000"  # 25 % on 1900 + 80
    assert after["DateChanged"] > order["DateChanged"]


def test_a_person_changes_and_deletes_rows(erp: Erp, order: dict[str, Any]) -> None:
    work, text = (row["RowId"] for row in order["InvoiceRows"])
    erp.control(
        "POST",
        f"/orders/{order['OrderId']}/rows",
        [{"RowId": work, "Price": "900"}, {"RowId": text, "ChangeState": "Delete"}],
    )
    assert [(row["RowId"], row["Price"], row["Quantity"]) for row in rows_of(erp)] == [
        (work, "900.0000", "2.0000")
    ]


@pytest.mark.parametrize("row", [{"RowId": 999, "Name": "x"}, {"Quantity": "1"}, {"Nme": "x"}, "x"])
def test_nonsense_is_refused_and_changes_nothing(erp: Erp, order: dict[str, Any], row: object) -> None:
    refused = erp.http.post(f"/_control/orders/{order['OrderId']}/rows", json=row)
    assert refused.status_code == 422
    assert refused.json()["error"]
    assert erp.orders() == [order]


def test_an_order_that_is_gone_is_found_nowhere_and_its_number_stays_unused(
    erp: Erp, order: dict[str, Any]
) -> None:
    gone = order["OrderId"]
    assert erp.http.delete(f"/_control/orders/{gone}").status_code == 204
    assert erp.orders() == []
    for search in (
        "ExternalStatus><int>77</int></ExternalStatus",
        "CustomerIds><int>10021</int></CustomerIds",
    ):
        assert erp.call("Invoice", "GetInvoices", f"<searchParams><{search}></searchParams>") is None
    (new,) = erp.save(ORDER)
    assert new["OrderId"] == str(gone + 1)


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", ""), ("POST", "/rows")])
def test_an_unknown_order_is_told(erp: Erp, method: str, path: str) -> None:
    assert erp.http.request(method, f"/_control/orders/4{path}", json={}).status_code == 404


def test_a_blocked_customer_gets_no_order_and_no_change(erp: Erp, order: dict[str, Any]) -> None:
    erp.control("POST", "/companies", {"Id": 10021, "BlockInvoice": True})
    change = f"<OrderId>{order['OrderId']}</OrderId><YourReference>Kari</YourReference>"
    for refused in erp.save(ORDER, change):
        assert "blocked" in refused["APIException"]["Message"]
    assert erp.orders() == [order]


def test_a_text_becomes_a_product_and_back(erp: Erp, order: dict[str, Any]) -> None:
    work, text = (row["RowId"] for row in order["InvoiceRows"])
    erp.control(
        "POST",
        f"/orders/{order['OrderId']}/rows",
        [
            {"RowId": work, "Type": "Text", "Name": "Uten pris"},
            {"RowId": text, "Type": "Normal", "ProductId": 504, "Quantity": "3"},
        ],
    )
    first, second = rows_of(erp)
    assert (first["ProductId"], first["Name"], "Price" in first) == (-1, "Uten pris", False)
    assert (second["ProductId"], second["Price"], second["Quantity"]) == (504, "8.0000", "3.0000")

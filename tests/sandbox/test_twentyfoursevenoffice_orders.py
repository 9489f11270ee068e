"""Orders of the ERP stand-in: what is computed, what is refused, what can be changed and found."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.serving import serve
from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.app import create_app
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.sandbox.erp_caller import Erp, fault_of, ints, strings

FAR = 1_000_000
ROW = "<InvoiceRow><ProductId>501</ProductId><Quantity>3.5</Quantity></InvoiceRow>"
TEXT = "<InvoiceRow><Type>Text</Type><Name>Utført arbeid</Name></InvoiceRow>"
CUSTOMER = "<CustomerId>10021</CustomerId>"
BLOCKED = 10017
EXPIRED = 515


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


def rows(*given: str) -> str:
    return f"<InvoiceRows>{''.join(given)}</InvoiceRows>"


def save(erp: Erp, inner: str) -> dict[str, Any]:
    (saved,) = erp.save(inner)
    assert isinstance(saved, dict)
    return saved


def find(
    erp: Erp, search: str, properties: str = "OrderId", row_properties: str = ""
) -> list[dict[str, object]]:
    inner = (
        f"<searchParams>{search}</searchParams>"
        + strings("invoiceReturnProperties", properties)
        + strings("rowReturnProperties", row_properties)
    )
    return erp.call("Invoice", "GetInvoices", inner) or []


def test_the_server_fills_in_and_adds_up(erp: Erp) -> None:
    goods = (
        "<InvoiceRow><ProductId>505</ProductId><Price>33.33</Price><Quantity>3</Quantity>"
        "<DiscountRate>10</DiscountRate><Name>Kabel</Name></InvoiceRow>"
    )
    saved = save(erp, CUSTOMER + rows(ROW, goods, TEXT))
    saved_rows: list[dict[str, str]] = saved["InvoiceRows"]
    first, second, third = saved_rows
    assert (first["Name"], first["Price"], first["VatRate"]) == ("Montørtime, ordinær", "950.0000", "25.0000")
    assert (second["Name"], second["ProductNo"]) == ("Kabel", "1042210")
    assert (third["ProductId"], third["Type"]) == ("-1", "Text")
    assert saved["OrderTotalVat"] == "853.7500"  # 25 % of 3325.00 + 89.99, on the sum, rounded half up
    assert saved["OrderTotalIncVat"] == "4268.7400"
    assert (saved["OrderStatus"], saved["CustomerName"]) == ("Web", "Brønnøysund Rør & Varme AS")


def test_prices_can_include_vat(erp: Erp) -> None:
    row = "<InvoiceRow><ProductId>501</ProductId><Price>1187.50</Price><Quantity>1</Quantity></InvoiceRow>"
    saved = save(erp, CUSTOMER + "<IncludeVAT>true</IncludeVAT>" + rows(row))
    assert (saved["OrderTotalIncVat"], saved["OrderTotalVat"]) == ("1187.5000", "237.5000")


def test_tax_settings_override_the_products_rate(erp: Erp) -> None:
    row = ROW.replace("</InvoiceRow>", "<TaxSettings><TaxRate>0.5</TaxRate></TaxSettings></InvoiceRow>")
    saved = save(erp, CUSTOMER + rows(row))
    assert Decimal(str(saved["OrderTotalVat"])) == Decimal("16.63")  # 0.5 % of 3325.00, half up


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (rows(ROW), "CustomerId is mandatory"),
        ("<CustomerId>4</CustomerId>" + rows(ROW), "Customer 4 does not exist"),
        (f"<CustomerId>{BLOCKED}</CustomerId>" + rows(ROW), "blocked"),
        (CUSTOMER, "at least one row"),
        (CUSTOMER + rows("<InvoiceRow><Name>Uten vare</Name></InvoiceRow>"), "ProductId is mandatory"),
        (CUSTOMER + rows("<InvoiceRow><ProductId>9</ProductId></InvoiceRow>"), "Product 9 does not exist"),
        (CUSTOMER + rows(f"<InvoiceRow><ProductId>{EXPIRED}</ProductId></InvoiceRow>"), "expired"),
        (CUSTOMER + rows(TEXT.replace("Utført", "å" * 300)), "Name can't be longer than 300"),
        (CUSTOMER + rows("<InvoiceRow><Type>Text</Type></InvoiceRow>"), "text row needs a Name"),
        (CUSTOMER + rows(ROW) + f"<ReferenceNumber>{'x' * 51}</ReferenceNumber>", "longer than 50"),
        (CUSTOMER + rows(ROW) + f"<YourReference>{'x' * 51}</YourReference>", "longer than 50"),
        (CUSTOMER + rows(ROW) + f"<InvoiceTitle>{'x' * 301}</InvoiceTitle>", "longer than 300"),
        (CUSTOMER + rows(ROW) + f"<InvoiceText>{'x' * 751}</InvoiceText>", "longer than 750"),
        (CUSTOMER + rows(ROW) + "<OrderStatus>Ready</OrderStatus>", "not a valid value for OrderStatus"),
        (CUSTOMER + rows(ROW.replace("<Pro", "<Type>Other</Type><Pro")), "not a valid value for Type"),
        (CUSTOMER + rows(ROW) + "<DepartmentId>99</DepartmentId>", "DepartmentId 99 does not exist"),
        (CUSTOMER + rows(ROW) + "<OurReference>99</OurReference>", "OurReference 99 does not exist"),
    ],
)
def test_a_refused_order_says_why_and_is_not_made(erp: Erp, order: str, reason: str) -> None:
    saved = save(erp, order)
    assert reason in saved["APIException"]["Message"]
    assert "OrderId" not in saved
    assert erp.orders() == []


def test_a_refused_order_leaves_the_others_saved(erp: Erp) -> None:
    refused, saved = erp.save("<CustomerId>4</CustomerId>" + rows(ROW), CUSTOMER + rows(ROW))
    assert "APIException" in refused
    assert [str(order["OrderId"]) for order in erp.orders()] == [saved["OrderId"]]


def test_wrong_types_are_a_fault(erp: Erp) -> None:
    inner = "<invoices><InvoiceOrder><CustomerId>ti</CustomerId></InvoiceOrder></invoices>"
    assert "error in XML" in fault_of(erp.post("Invoice", "SaveInvoices", inner))


def test_rows_change_by_their_state_and_the_rest_stays(erp: Erp) -> None:
    saved = save(erp, CUSTOMER + "<YourReference>Kari</YourReference>" + rows(ROW, TEXT, ROW))
    first, text, last = (row["RowId"] for row in saved["InvoiceRows"])
    changed = save(
        erp,
        f"<OrderId>{saved['OrderId']}</OrderId>"
        + rows(
            f"<InvoiceRow><RowId>{first}</RowId><Quantity>2</Quantity><ChangeState>Edit</ChangeState></InvoiceRow>",
            f"<InvoiceRow><RowId>{last}</RowId><ChangeState>Delete</ChangeState></InvoiceRow>",
            "<InvoiceRow><ProductId>504</ProductId><Quantity>10</Quantity><ChangeState>Add</ChangeState></InvoiceRow>",
            ROW,
        ),
    )
    kept = [(row["RowId"], row.get("Quantity")) for row in changed["InvoiceRows"]]
    assert kept[:2] == [(first, "2.0000"), (text, None)]
    assert [quantity for _, quantity in kept[2:]] == ["10.0000"]
    assert changed["YourReference"] == "Kari"
    assert changed["OrderTotalIncVat"] == "2475.0000"


def test_an_edit_of_a_row_that_is_not_there_changes_nothing(erp: Erp) -> None:
    saved = save(erp, CUSTOMER + rows(ROW))
    before = erp.orders()
    row = "<InvoiceRow><RowId>999</RowId><ChangeState>Delete</ChangeState></InvoiceRow>"
    refused = save(erp, f"<OrderId>{saved['OrderId']}</OrderId><InvoiceTitle>Ny</InvoiceTitle>" + rows(row))
    assert "APIException" in refused
    assert erp.orders() == before


def test_an_invoiced_order_keeps_everything_but_title_and_reference(erp: Erp) -> None:
    order_id = save(erp, CUSTOMER + rows(ROW))["OrderId"]
    invoiced = erp.control("POST", f"/orders/{order_id}", {"OrderStatus": "Invoiced"})
    assert invoiced["InvoiceId"] > 0
    title = f"<OrderId>{order_id}</OrderId><InvoiceTitle>Tillegg</InvoiceTitle>"
    assert "invoiced" in save(erp, title)["APIException"]["Message"]
    inner = f"<invoices><InvoiceOrder>{title}<OurReference>4</OurReference></InvoiceOrder></invoices>"
    (updated,) = erp.call("Invoice", "UpdateInvoices", inner)
    assert updated["InvoiceTitle"] == "Tillegg"
    assert "OurReference" not in updated


def test_a_self_chosen_number_is_used_and_moves_the_series(erp: Erp) -> None:
    assert save(erp, "<OrderId>9000</OrderId>" + CUSTOMER + rows(ROW))["OrderId"] == "9000"
    assert save(erp, CUSTOMER + rows(ROW))["OrderId"] == "9001"


def test_orders_are_found_by_what_the_contract_names(erp: Erp) -> None:
    one = save(erp, CUSTOMER + "<ExternalStatus>77</ExternalStatus>" + rows(ROW))["OrderId"]
    two = save(erp, "<CustomerId>10002</CustomerId><OrderStatus>ForInvoicing</OrderStatus>" + rows(ROW))[
        "OrderId"
    ]
    assert find(erp, ints("ExternalStatus", 77, 5)) == [{"OrderId": one, "IncludeVAT": ""}]
    assert [order["OrderId"] for order in find(erp, ints("CustomerIds", 10002))] == [two]
    assert [order["OrderId"] for order in find(erp, ints("OrderIds", int(str(one)), 1))] == [one]
    state = "<OrderStates><OrderSlipStateType>ForInvoicing</OrderSlipStateType></OrderStates>"
    assert [order["OrderId"] for order in find(erp, state)] == [two]
    just_now = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    assert len(find(erp, f"<ChangedAfter>{just_now}</ChangedAfter>")) == 2
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert find(erp, f"<ChangedAfter>{later}</ChangedAfter>" + ints("CustomerIds", 10021)) == []


def test_a_changed_external_status_is_found_under_the_new_value_only(erp: Erp) -> None:
    order_id = save(erp, CUSTOMER + "<ExternalStatus>77</ExternalStatus>" + rows(ROW))["OrderId"]
    save(erp, f"<OrderId>{order_id}</OrderId><ExternalStatus>78</ExternalStatus>")
    assert find(erp, ints("ExternalStatus", 77)) == []
    assert len(find(erp, ints("ExternalStatus", 78))) == 1


def test_rows_come_only_when_both_lists_ask_for_them(erp: Erp) -> None:
    save(erp, CUSTOMER + "<ExternalStatus>5</ExternalStatus>" + rows(ROW))
    search = ints("ExternalStatus", 5)
    (both,) = find(erp, search, "OrderId InvoiceRows", "Quantity Name")
    assert both["InvoiceRows"] == [{"Name": "Montørtime, ordinær", "Quantity": "3.5000"}]
    assert "InvoiceRows" not in find(erp, search, "OrderId", "Quantity")[0]
    assert "InvoiceRows" not in find(erp, search, "OrderId InvoiceRows")[0]


def test_the_delivery_name_is_write_only_within_the_addresses(erp: Erp) -> None:
    delivery = "<Addresses><Delivery><Name>Hytta</Name><Street>Åsveien 1</Street></Delivery></Addresses>"
    addresses = save(erp, CUSTOMER + delivery + rows(ROW))["Addresses"]
    assert addresses["Delivery"] == {"Street": "Åsveien 1"}
    assert addresses["Post"]["PostalArea"] == "Brønnøysund"


def test_too_many_ids_and_unknown_states_are_faults(erp: Erp) -> None:
    many = f"<searchParams>{ints('OrderIds', *range(1001))}</searchParams>"
    assert "1000 OrderIds" in fault_of(erp.post("Invoice", "GetInvoices", many))
    state = "<OrderStates><OrderSlipStateType>Sent</OrderSlipStateType></OrderStates>"
    unknown = f"<searchParams>{state}</searchParams>"
    assert "OrderSlipStateType" in fault_of(erp.post("Invoice", "GetInvoices", unknown))


def test_the_sync_list_gives_numbers_of_changed_orders(erp: Erp) -> None:
    order_id = save(erp, CUSTOMER + rows(ROW))["OrderId"]
    inner = "<syncParams><RegisteredAfter>2020-01-01T00:00:00Z</RegisteredAfter></syncParams>"
    assert erp.call("Invoice", "GetOrderSyncList", inner) == [order_id]
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    inner = f"<syncParams><ChangedAfter>{later}</ChangedAfter></syncParams>"
    assert erp.call("Invoice", "GetOrderSyncList", inner) is None


def test_control_shows_orders_by_reference_and_plants_a_duplicate(erp: Erp) -> None:
    save(erp, CUSTOMER + "<ReferenceNumber>SD-104477-48213</ReferenceNumber>" + rows(ROW))
    save(erp, CUSTOMER + "<ReferenceNumber>SD-104477-48214</ReferenceNumber>" + rows(ROW))
    (shown,) = erp.control("GET", "/orders?reference=SD-104477-48213")["orders"]
    assert (shown["OrderId"], shown["OrderTotalIncVat"]) == (5001, "4156.2500")
    assert shown["InvoiceRows"][0]["Quantity"] == "3.5000"
    erp.control("POST", "/plant", {"duplicate": "SD-104477-48213"})
    found = erp.control("GET", "/orders?reference=SD-104477-48213")["orders"]
    assert [order["OrderId"] for order in found] == [5001, 5003]


def test_a_changed_order_may_name_the_departments_employees_and_projects_there_are(erp: Erp) -> None:
    project = f"<ProjectId>{min(demo.PROJECTS)}</ProjectId>"
    known = project + "<OurReference>4</OurReference><DepartmentId>1</DepartmentId>"
    assert save(erp, CUSTOMER + known + rows(ROW))["DepartmentId"] == "1"
    assert {each["Id"] for each in erp.call("Client", "GetDepartmentList")} == {"1", "2"}
    assert "4" in {each["EmployeeId"] for each in erp.call("Client", "GetUsers")}

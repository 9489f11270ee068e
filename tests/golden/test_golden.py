"""The golden set: tasks as Bridge sends them, and the orders that 24SevenOffice must have of them.

Each goes the whole way: out of Smartday's stand-in through the real adapter, through the mapping, through
the real adapter into the ERP's stand-in, and is compared with what stands there then.
"""

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.client import BridgeFieldService
from connector.adapters.smartday.wire import to_json
from connector.domain import line_amount, order_mapping
from connector.domain.integration import Integration
from connector.domain.local_time import to_oslo
from connector.domain.order import Order, OrderKey, ProductRow
from connector.domain.order_mapping import NoOrder, map_task
from connector.domain.reason import Reason
from connector.domain.task import Task
from connector.errors import Side
from sandbox.serving import serve
from sandbox.smartday import demo
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options
from tests.builders import AGREEMENT, integration
from tests.contract.erp_stand_in import Stood, standing
from tests.fakes.session_stores import MemorySessionStore
from tests.fakes.stores import utc_now
from tests.golden.cases import Case, Wire, cases

FEWEST = 60
NUMBERS = ("quantity", "price", "discount", "net", "net_total", "vat")
HEAD: Wire = {
    "your_reference": "",
    "delivery": None,
    "project_id": None,
    "department_id": None,
    "our_reference": None,
}
"""What an order has of these when its case doesn't say."""

CASES = cases()


@pytest.fixture(scope="module")
def smartday() -> Iterator[httpx.Client]:
    """The control side of Smartday's stand-in."""
    with (
        serve(create_app(Options(customers=1, products=1, tasks=0, requests_per_minute=100_000))) as url,
        httpx.Client(base_url=f"{url}/v1/_control", trust_env=False) as control,
    ):
        yield control


@pytest.fixture(scope="module")
def office() -> Iterator[httpx.Client]:
    """The control side of the ERP's stand-in."""
    with standing() as control:
        yield control


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_task_becomes_the_order_that_its_case_says(
    case: Case, smartday: httpx.Client, office: httpx.Client
) -> None:
    task = fetched(case, smartday)
    mapped = map_task(task, case.bindings, integrated(case), OrderKey(AGREEMENT, task.id))
    if case.reason is not None:
        assert isinstance(mapped, NoOrder), mapped
        assert told(mapped, case.reason) == case.reason
    else:
        assert isinstance(mapped, Order), mapped
        assert standing_order(case, mapped, office) == expected(case)


def test_the_set_is_large_enough_and_every_case_is_another() -> None:
    assert len(CASES) >= FEWEST
    assert [what for what, times in Counter(case.what for case in CASES).items() if times > 1] == []


def test_every_reason_that_mapping_can_give_has_a_case() -> None:
    source = inspect.getsource(order_mapping) + inspect.getsource(line_amount)
    given = {Reason[name].value for name in re.findall(r"\bReason\.([A-Z_]+)", source)}
    assert given - {case.reason["code"] for case in CASES if case.reason} == set()


def integrated(case: Case) -> Integration:
    return replace(integration(), start=case.start, settings=case.settings)


def fetched(case: Case, control: httpx.Client) -> Task:
    """The task as the real adapter reads it, page by page where it is long."""
    _post(control, "/reset")
    _post(control, "/tasks", case.task)
    # The stand-in fills in what a finished task always has; a case may be about a task that hasn't.
    if missing := {name: None for name in ("outcome", "finished_at") if case.task.get(name, "") is None}:
        _post(control, f"/tasks/{case.task['id']}", missing)
    pace = PaceKeeper(MemorySessionStore(), demo.AGREEMENT_NUMBER, Side.SMARTDAY, utc_now)
    login = (demo.BRIDGE_USER, demo.BRIDGE_PASSWORD)
    service = BridgeFieldService(
        demo.AGREEMENT_NUMBER, str(control.base_url.join("..")), lambda _: login, pace, utc_now
    )
    task = service.task(case.task["id"])
    service.close()
    if len(task.registrations) > 500:
        assert control.get("/calls").json()["total"]["list_registrations"] > 1
    return task


def told(mapped: NoOrder, wanted: Wire) -> Wire:
    """What the case says of the reason; its detail only when the case gives one."""
    found = {"state": mapped.state.value, "code": mapped.reason.value, "detail": mapped.detail}
    return {name: found[name] for name in ("state", "code", *(["detail"] if "detail" in wanted else []))}


def standing_order(case: Case, order: Order, control: httpx.Client) -> Wire:
    """The order as the ERP has it, in the words of a case."""
    world = Stood(control)
    _stock(world, case)
    order_id = world.erp.save_order(order).order_id
    (stored,) = [one for one in world.get("/orders")["orders"] if str(one["OrderId"]) == order_id]
    rows = zip(stored["InvoiceRows"], order.rows, strict=True)
    found: Wire = {
        "customer_id": stored["CustomerId"],
        "status": stored["OrderStatus"],
        "date_ordered": _day(stored["DateOrdered"]),
        "delivery_date": _day(stored["DeliveryDate"]),
        "your_reference": stored.get("YourReference", ""),
        "delivery": stored["Addresses"].get("Delivery"),
        "project_id": stored.get("ProjectId"),
        "department_id": stored.get("DepartmentId"),
        "our_reference": stored.get("OurReference"),
        "rows": [
            _row(there, sent) if isinstance(sent, ProductRow) else there["Name"] for there, sent in rows
        ],
    }
    keys = {"reference_number": "ReferenceNumber", "invoice_title": "InvoiceTitle"}
    found |= {name: stored[field] for name, field in keys.items() if stored.get(field)}
    if all(row.price is not None for row in order.product_rows):
        vat = Decimal(stored["OrderTotalVat"])
        found |= {"net_total": Decimal(stored["OrderTotalIncVat"]) - vat, "vat": vat}
    return found


def expected(case: Case) -> Wire:
    assert case.order is not None
    return {**HEAD, **_decimal(case.order), "rows": [_decimal(row) for row in case.order["rows"]]}


def _row(there: Wire, sent: ProductRow) -> Wire:
    row: Wire = {
        "product_id": there["ProductId"],
        "name": there["Name"],
        "quantity": Decimal(there["Quantity"]),
        "discount": Decimal(there["DiscountRate"]),
        "registrations": list(sent.registration_ids),
    }
    return row if sent.price is None else row | {"price": Decimal(there["Price"]), "net": sent.net_amount}


def _decimal(row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    return {name: Decimal(value) if name in NUMBERS else value for name, value in row.items()}


def _day(moment: str) -> str:
    """The day in Oslo of what must be noon there (design 4.12)."""
    local = to_oslo(datetime.fromisoformat(moment))
    assert (local.hour, local.minute) == (12, 0), moment
    return local.date().isoformat()


def _stock(world: Stood, case: Case) -> None:
    """Put the case's customers and products into the ERP."""
    companies = [
        {
            "Id": int(number),
            "Name": f"Kunde {number}",
            "Type": "Consumer" if one.get("person") else "Business",
            "Active": one.get("active", True),
            "BlockInvoice": one.get("blocked", False),
        }
        for number, one in case.customers.items()
    ]
    products = [
        {
            "Id": one["id"],
            "No": number,
            "Name": f"Vare {number}",
            "Price": "100",
            "TaxRate": str(one.get("vat_rate", 25)),
            "StatusId": 1 if one.get("active", True) else 0,
        }
        for number, one in case.products.items()
    ]
    world.post("/companies", companies)
    world.post("/products", products)


def _post(control: httpx.Client, path: str, body: Any = None) -> None:
    control.post(path, content=to_json({} if body is None else body)).raise_for_status()

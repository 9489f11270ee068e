"""What came of it, counted at the stand-ins and not by the code under test.

Only what Smartday and the ERP can't know, holds and ignore reasons, is read from the connector's own API.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles
from typing import Any

import httpx

from sandbox.local import CREDENTIALS, Local

AGREEMENT = str(CREDENTIALS["agreement_number"])


class ConnectorApi:
    """The connector's own API, as a customer's program uses it."""

    def __init__(self, api_url: str) -> None:
        self._http = httpx.Client(base_url=api_url, timeout=60, trust_env=False)

    def activate(self, **changes: Any) -> dict[str, Any]:
        """PUT the demo customer's logins; gives the status document. Raises `httpx.HTTPStatusError`."""
        body = {name: value for name, value in CREDENTIALS.items() if name not in _NOT_IN_BODY}
        answer = self._http.put(f"/integrations/{AGREEMENT}", json={"active": True, **body, **changes})
        answer.raise_for_status()
        return dict(answer.json())

    def log_in(self) -> None:
        """Open a session; later calls carry it."""
        names = ("agreement_number", "bridge_user", "bridge_password")
        answer = self._http.post("/sessions", json={name: CREDENTIALS[name] for name in names})
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        self._http.cookies.clear()

    def status(self) -> dict[str, Any]:
        """The status document."""
        return self._get("")

    def tasks(self, state: str) -> list[dict[str, Any]]:
        """All task records of a state."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self._get("/tasks", state=state, **cursor)
            found += page["tasks"]
            if not page.get("next_cursor"):
                return found
            cursor = {"cursor": page["next_cursor"]}

    def resend(self, task_id: str) -> None:
        """Have a task looked at anew."""
        self._post(f"/tasks/{task_id}/resend", {})

    def order_anew(self, task_id: str, who: str, why: str) -> None:
        """Ask for a new order of a task whose former one is surely not there."""
        self._post(f"/tasks/{task_id}/new-order", {"who": who, "why": why})

    def _post(self, path: str, body: Mapping[str, str]) -> None:
        self._http.post(f"/integrations/{AGREEMENT}{path}", json=body).raise_for_status()

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        answer = self._http.get(f"/integrations/{AGREEMENT}{path}", params=query)
        answer.raise_for_status()
        return dict(answer.json())


_NOT_IN_BODY = frozenset({"agreement_number", "application_id"})


class StandIns:
    """The control side of both stand-ins."""

    def __init__(self, local: Local) -> None:
        smartday = local.smartday_url.removesuffix("/v1")
        self._smartday = httpx.Client(base_url=f"{smartday}/_control", timeout=60, trust_env=False)
        self._erp = httpx.Client(base_url=f"{local.erp_url}/_control", timeout=60, trust_env=False)

    def smartday(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Ask or tell the Smartday stand-in."""
        return _ask(self._smartday, method, path, body)

    def erp(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Ask or tell the ERP stand-in."""
        return _ask(self._erp, method, path, body)

    def orders(self) -> list[dict[str, Any]]:
        """All orders, with rows and totals as the ERP has them."""
        found: list[dict[str, Any]] = self.erp("GET", "/orders")["orders"]
        return found


def _ask(client: httpx.Client, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    answer = client.request(method, path, json=body or None)
    answer.raise_for_status()
    return dict(answer.json()) if answer.content else {}


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long the parts took."""

    set_up: float
    importing: float


def task_of(reference: str) -> str:
    """The task id in an order key's text, `SD-{agreement}-{task id}`, or `…-2` for a task's second order; the
    stand-in's task ids have no dash.
    """
    return reference.removeprefix(f"SD-{AGREEMENT}-").partition("-")[0]


def count(stand_ins: StandIns, api: ConnectorApi, seconds: Seconds) -> dict[str, Any]:
    """The demo's figures; `lost` are tasks that ought to be orders and are nothing that anybody can see."""
    orders = stand_ins.orders()
    ordered = Counter(order.get("ReferenceNumber", "") for order in orders)
    finished = {one["task_id"] for one in stand_ins.smartday("GET", "/finished")["tasks"]}
    held, ignored, kept = (
        {one["task_id"] for one in api.tasks(state)} for state in ("held", "ignored", "do_not_send")
    )
    calls = stand_ins.erp("GET", "/calls")["total"]
    order_calls = calls.get("SaveInvoices", 0) + calls.get("GetInvoices", 0)
    lost = finished - {task_of(reference) for reference in ordered} - held - ignored - kept
    p50, p95 = _webhook_to_order(stand_ins, orders)
    tasks = stand_ins.smartday("GET", "/tasks")["tasks"]
    return {
        "customers": stand_ins.smartday("GET", "/customers")["count"],
        "products": stand_ins.smartday("GET", "/products")["count"],
        "tasks_finished": sum(task["status"]["code"] == "finished" for task in tasks),
        "orders": len(orders),
        "ignored": len(ignored),
        "held": len(held),
        "duplicates": sum(times > 1 for times in ordered.values()),
        "lost": len(lost),
        "erp_calls_per_order": round(order_calls / len(orders), 2) if orders else 0.0,
        "logins": calls.get("Login", 0),
        "seconds": {
            "set_up": round(seconds.set_up, 1),
            "import": round(seconds.importing, 1),
            "webhook_to_order_p50": p50,
            "webhook_to_order_p95": p95,
        },
    }


def _webhook_to_order(stand_ins: StandIns, orders: list[dict[str, Any]]) -> tuple[float, float]:
    """Median and 95th percentile, from a task's first accepted webhook to its order at the ERP."""
    heard: dict[str, datetime] = {}
    for delivery in stand_ins.smartday("GET", "/webhooks")["deliveries"]:
        task_id = delivery["task_id"]
        for attempt in delivery["attempts"]:
            if attempt["status"] == 202 and task_id:
                sent = datetime.fromisoformat(attempt["sent_at"])
                heard[task_id] = min(sent, heard.get(task_id, sent))
    waits = [
        (
            datetime.fromisoformat(order["DateChanged"]) - heard[task_of(order["ReferenceNumber"])]
        ).total_seconds()
        for order in orders
        if task_of(order.get("ReferenceNumber", "")) in heard
    ]
    if len(waits) < 2:
        return 0.0, 0.0
    cuts = quantiles(waits, n=20, method="inclusive")
    return round(cuts[9], 2), round(cuts[18], 2)

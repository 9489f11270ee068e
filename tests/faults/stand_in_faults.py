"""Faults that a side itself makes, planted in its stand-in by its own names (sandbox/faults.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.faults.faults import ONCE, STATUS, Fault
from tests.faults.steps import Call, Side
from tests.faults.world import World

STAY_AWAY = timedelta(seconds=30)
SKEW = timedelta(hours=1)

NAMES: Mapping[Fault, str] = {
    Fault.RESET_WHILE_READING: "reset_while_reading",
    Fault.ERROR_IN_SUCCESS: "fault_in_success",
    Fault.EMPTY_LOGIN: "empty_login",
    Fault.NOT_AUTHENTICATED: "unauthenticated",
    Fault.BODY_HTML: "html",
    Fault.BODY_CUT: "cut_body",
    Fault.BODY_UNKNOWN_ELEMENT: "unknown_element",
    Fault.BODY_MISSING_ELEMENT: "missing_element",
    Fault.REPEATED_PAGE: "repeated_page",
    Fault.MISSING_PAGE: "missing_page",
    Fault.CLOCK_SKEW: "clock_skew",
}


@dataclass
class _AtStandIn:
    world: World
    side: Side
    operation: str

    def hits(self) -> int:
        shown = self.world.ground.stand_ins[self.side].ask("GET", "/faults")["faults"]
        return sum(one["hits"] for one in shown if one["operation"] == self.operation)

    def end(self) -> None:
        self.world.ground.stand_ins[self.side].ask("DELETE", "/faults")


def plant_at_stand_in(world: World, call: Call, fault: Fault, *, after: bool) -> _AtStandIn:
    """Plant it for all calls of the operation, or for one (`ONCE`)."""
    details: dict[str, Any] = {"name": NAMES.get(fault, "status"), **_details(call, fault)}
    details |= {"operation": call.operation, "times": 1 if fault in ONCE else None}
    if after:
        details["when"] = "after"
    world.ground.stand_ins[call.side].ask("POST", "/faults", details)
    return _AtStandIn(world, call.side, call.operation)


def _details(call: Call, fault: Fault) -> dict[str, Any]:
    if fault is Fault.HTTP_429_SECONDS:
        return {"status": 429, "retry_after": STAY_AWAY.total_seconds()}
    if fault is Fault.HTTP_429_DATE:
        return {"status": 429, "retry_after": format_datetime(datetime.now(UTC) + STAY_AWAY, usegmt=True)}
    if fault in STATUS:
        return {"status": STATUS[fault]}
    if fault is Fault.CLOCK_SKEW:
        return {"seconds": SKEW.total_seconds()}
    if fault is Fault.BODY_MISSING_ELEMENT and call.operation in NEEDED:
        return {"element": NEEDED[call.operation]}
    return {}


NEEDED = {
    "SaveInvoices": "OrderId",
    "GetInvoices": "OrderId",
    "GetCompanySyncList": "SyncCompany",
    "GetCompanies": "Id",
    "get_task": "version",
    "batch_customers": "results",
    "list_tasks": "items",
}
"""The element by whose absence the answer says nothing any more."""

"""The steps of the two paths, one column of the matrix each, and the call by which a step is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Side(StrEnum):
    """Who answers the step's call."""

    ERP = "erp"
    SMARTDAY = "smartday"
    AWS = "aws"


class Step(StrEnum):
    """A column; the value is its heading in docs/faults.md."""

    LOGIN = "login"
    FETCH_TASK = "fetch task"
    LOOK_UP = "look up"
    CREATE = "create"
    UPDATE = "update"
    RECEIPT = "receipt"
    SYNC_LIST = "sync list"
    READ = "read"
    UPSERT = "upsert"
    SUBSCRIBE = "subscribe"
    POLL = "poll"
    SESSION_READ = "session read"
    SESSION_WRITE = "session write"
    ENQUEUE = "enqueue"
    RESERVE = "reserve"
    BIND = "bind"
    CURSOR = "cursor"

    @property
    def id(self) -> str:
        """Its part of a test's id."""
        return self.name.lower()


def _any(_body: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Call:
    """The call that a step makes: its operation at a stand-in, or a service's operation in AWS.

    `table` is the concept of an AWS call's table, `is_meant` tells the step's call by its body from others.
    """

    side: Side
    operation: str
    is_write: bool = False
    table: str = ""
    is_meant: Callable[[Mapping[str, Any]], bool] = _any


def _of_session(body: Mapping[str, Any]) -> bool:
    return bool((body.get("Key") or body["Item"])["session_key"] == {"S": "erp_session"})


def _leaves(state: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda body: bool(body["Item"]["state"] == {"S": state})


def _moves_cursor(body: Mapping[str, Any]) -> bool:
    """The poll's own write, and the import's that ends a run."""
    item = body["Item"]
    run = item.get("run", {"M": {"state": None}})["M"]
    return "watermark" in item and (item["stream"] == {"S": "tasks"} or run["state"] == {"S": "finished"})


CALLS = {
    Step.LOGIN: Call(Side.ERP, "Login"),
    Step.FETCH_TASK: Call(Side.SMARTDAY, "get_task"),
    Step.LOOK_UP: Call(Side.ERP, "GetInvoices"),
    Step.CREATE: Call(Side.ERP, "SaveInvoices", is_write=True),
    Step.UPDATE: Call(Side.ERP, "SaveInvoices", is_write=True),
    Step.RECEIPT: Call(Side.SMARTDAY, "export_receipt", is_write=True),
    Step.SYNC_LIST: Call(Side.ERP, "GetCompanySyncList"),
    Step.READ: Call(Side.ERP, "GetCompanies"),
    Step.UPSERT: Call(Side.SMARTDAY, "batch_customers", is_write=True),
    Step.SUBSCRIBE: Call(Side.SMARTDAY, "put_subscription", is_write=True),
    Step.POLL: Call(Side.SMARTDAY, "list_tasks"),
    Step.SESSION_READ: Call(Side.AWS, "dynamodb.GetItem", table="sessions", is_meant=_of_session),
    Step.SESSION_WRITE: Call(
        Side.AWS, "dynamodb.PutItem", is_write=True, table="sessions", is_meant=_of_session
    ),
    Step.ENQUEUE: Call(Side.AWS, "sqs.SendMessageBatch", is_write=True),
    Step.RESERVE: Call(
        Side.AWS, "dynamodb.PutItem", is_write=True, table="tasks", is_meant=_leaves("creating")
    ),
    Step.BIND: Call(Side.AWS, "dynamodb.PutItem", is_write=True, table="tasks", is_meant=_leaves("ordered")),
    Step.CURSOR: Call(Side.AWS, "dynamodb.PutItem", is_write=True, table="cursors", is_meant=_moves_cursor),
}

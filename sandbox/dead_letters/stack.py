"""What is asked of which deployed stack: its queues, its log groups, its table, and the operator's choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from sandbox.dead_letters.letters import Letter, Queue
from sandbox.toolchain import ToolError

QUEUES = {
    "orders": ("OrderQueue", "OrderDeadLetterQueue", "CreateOrderLogGroup"),
    "imports": ("ImportQueue", "ImportDeadLetterQueue", "ImportMasterDataLogGroup"),
    "reconcile": ("ReconcileQueue", "ReconcileDeadLetterQueue", "ReconcileTasksLogGroup"),
}
"""By the operator's word: logical ids of the queue, its dead-letter queue and its worker's log group."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack, as far as dead letters go; `tasks` is the table of task records."""

    sqs: Any
    logs: Any
    tasks: Any
    queues: tuple[Queue, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters to put back: by message id, by task, or all; of one agreement alone, if it is given."""

    message_ids: tuple[str, ...] = ()
    task_id: str | None = None
    everything: bool = False
    agreement_number: str | None = None

    def takes(self, letter: Letter) -> bool:
        """True for a letter that is chosen; one that can't be read would come straight back: only by id."""
        if self.agreement_number not in (None, letter.agreement_number):
            return False
        if letter.message_id in self.message_ids:
            return True
        return letter.message is not None and (
            self.everything or (self.task_id is not None and letter.task_id == self.task_id)
        )


def find(session: boto3.Session, stage: str, queue: str | None) -> Stack:
    """The stack of the stage, with one of its queues or all. Raises `ToolError`, and boto3's errors."""
    if queue is not None and queue not in QUEUES:
        raise ToolError(f"There is no queue {queue}; there are {', '.join(QUEUES)}.")
    some: Any = session  # boto3's types know only the services whose types are installed
    pages = some.client("cloudformation").get_paginator("list_stack_resources")
    resources = {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages.paginate(StackName=f"smartday-24sevenoffice-{stage}")
        for one in page["StackResourceSummaries"]
    }
    return Stack(
        sqs=some.client("sqs"),
        logs=some.client("logs"),
        tasks=some.resource("dynamodb").Table(resources["TasksTable"]),
        queues=tuple(
            Queue(name, *(resources[logical_id] for logical_id in logical_ids))
            for name, logical_ids in QUEUES.items()
            if queue in (None, name)
        ),
    )


def choice_of(given: Mapping[str, str]) -> Choice:
    """What the operator chose, of the variables MESSAGE, TASK and ALL, and AGREEMENT beside them.

    Raises `ToolError` unless it is one.
    """
    message_ids = tuple(one.strip() for one in given.get("MESSAGE", "").split(",") if one.strip())
    task_id = given.get("TASK", "").strip() or None
    everything = given.get("ALL") == "yes"
    if [bool(message_ids), task_id is not None, everything].count(True) != 1:
        raise ToolError(
            "Nothing was put back. Say which: MESSAGE=<id>[,<id>…] or TASK=<id> or ALL=yes; QUEUE= or "
            "AGREEMENT= besides for one's own alone. `make dead-letters` lists them."
        )
    return Choice(message_ids, task_id, everything, given.get("AGREEMENT") or None)

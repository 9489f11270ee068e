"""What the soak left behind, counted at the ERP stand-in, at Smartday's and at the queues."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.figures import StandIns, task_of
from sandbox.local import Local

QUEUES = ("OrderQueue", "ImportQueue", "ReconcileQueue")
DEAD_LETTER_QUEUES = ("OrderDeadLetterQueue", "ImportDeadLetterQueue", "ReconcileDeadLetterQueue")
READY = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed")
TAKEN = "ApproximateNumberOfMessagesNotVisible"

COUNTED = frozenset({"used", "approved", "exported"})
"""States of a registration that is to be invoiced (contract smartday 4.4)."""

Row = tuple[str, Decimal, Decimal, Decimal]
"""Product number, quantity, price, discount in per cent."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Tasks and their orders; all but `orders` ought to be empty.

    `wrong` are tasks whose order's rows aren't the task's registrations, `untold` those whose order Smartday
    wasn't told of since the task's last change.
    """

    orders: int
    duplicates: Collection[str]
    lost: Collection[str]
    wrong: Collection[str]
    untold: Collection[str]

    @property
    def is_right(self) -> bool:
        """True when there is nothing to complain of."""
        return not (self.duplicates or self.lost or self.wrong or self.untold)


def reckon(stand_ins: StandIns, changed: Mapping[str, int], task_ids: Collection[str]) -> Reckoning:
    """Compare finished tasks with the ERP's orders. `changed` is task id → version when it last changed."""
    orders = [one for one in stand_ins.orders() if task_of(one.get("ReferenceNumber", "")) in set(task_ids)]
    by_task = {task_of(one["ReferenceNumber"]): one for one in orders}
    times = Counter(task_of(one["ReferenceNumber"]) for one in orders)
    numbers = {one["Id"]: one["No"] for one in stand_ins.erp("GET", "/products")["products"]}
    tasks = {one["id"]: one for one in stand_ins.smartday("GET", "/tasks")["tasks"]}
    told: dict[str, int] = {}
    for receipt in stand_ins.smartday("GET", "/receipts")["receipts"]:
        version = int(receipt["received"]["task_version"])
        told[receipt["task_id"]] = max(version, told.get(receipt["task_id"], 0))
    return Reckoning(
        orders=len(orders),
        duplicates=[task_id for task_id, count in times.items() if count > 1],
        lost=[one for one in task_ids if one not in by_task],
        wrong=[
            one
            for one, order in by_task.items()
            if rows_of(order, numbers) != wanted_rows(tasks[one]) or says_twice(order)
        ],
        untold=[one for one in by_task if told.get(one, 0) < changed.get(one, 1)],
    )


def wanted_rows(task: Mapping[str, Any]) -> Counter[Row]:
    """The product rows that a task's order must have, however often."""
    return Counter(
        (
            str(one["product"]["external_number"]),
            _number(one["quantity"]),
            _number(one["unit_price"]),
            _number(one.get("discount_percent") or 0),
        )
        for one in task["registrations"]
        if one.get("billable") and one["status"] in COUNTED and one.get("quantity")
    )


def rows_of(order: Mapping[str, Any], numbers: Mapping[Any, str]) -> Counter[Row]:
    """The product rows that an order has; `numbers` is the ERP's product id → product number."""
    return Counter(
        (
            str(numbers[row["ProductId"]]),
            _number(row["Quantity"]),
            _number(row["Price"]),
            _number(row.get("DiscountRate") or 0),
        )
        for row in order["InvoiceRows"]
        if row.get("Type") != "Text"
    )


def says_twice(order: Mapping[str, Any]) -> bool:
    """True when a text row stands twice on an order."""
    texts = [row.get("Name") for row in order["InvoiceRows"] if row.get("Type") == "Text"]
    return len(texts) != len(set(texts))


def messages(local: Local, queues: Collection[str], *kinds: str) -> int:
    """How many messages of these kinds are in the queues, by logical id."""
    sqs, found = local.engine.client("sqs"), 0
    for queue in queues:
        told = sqs.get_queue_attributes(
            QueueUrl=local.deployment.resources[queue], AttributeNames=list(kinds)
        )
        found += sum(int(number) for number in told["Attributes"].values())
    return found


def _number(value: Any) -> Decimal:
    return Decimal(str(value)).normalize()

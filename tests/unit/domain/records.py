"""A task record on its way: heard of, claimed, reserved, bound."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connector.domain import order_attempts, task_changes
from connector.domain.erp_order import SavedOrder
from connector.domain.order import Order
from connector.domain.order_mapping import map_task
from connector.domain.reason import Reason
from connector.domain.task_record import TaskRecord, TaskState
from tests.builders import KEY, bindings, example_task, integration

NOW = datetime(2026, 9, 14, 11, 2, 19, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
SETTLE = timedelta(minutes=15)


def received(version: int = 7) -> TaskRecord:
    return task_changes.receive(None, KEY.agreement_number, KEY.task_id, version, NOW)


def order() -> Order:
    mapped = map_task(example_task(), bindings(), integration(), KEY)
    assert isinstance(mapped, Order)
    return mapped


def claimed(version: int = 7) -> TaskRecord:
    return task_changes.claim(received(version), "me", LATER)


def reserved(record: TaskRecord | None = None, wanted: Order | None = None, **contents: Any) -> TaskRecord:
    wanted = wanted or order()
    made = order_attempts.contents_of(wanted, 7, "print", **contents)
    return order_attempts.reserve(record or claimed(), wanted, made, 1, NOW)


def bound(
    order_id: str = "1", record: TaskRecord | None = None, net_total: Decimal | None = None
) -> TaskRecord:
    return order_attempts.bind(record or reserved(), SavedOrder(order_id, net_total=net_total), NOW)


def lost(record: TaskRecord | None = None) -> TaskRecord:
    return order_attempts.lose(record or reserved(), SETTLE, NOW)


def settled(state: TaskState, reason: Reason, detail: str | None = None, version: int = 7) -> TaskRecord:
    """Settled, and Smartday was told of it if it had to be."""
    record = task_changes.settle(claimed(version), state, reason, detail, version, NOW)
    return task_changes.receipt_sent(record) if record.receipt else record

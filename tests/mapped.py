"""Mapping a task in a test that knows whether an order comes of it."""

from typing import Any

from connector.domain.order import Order, TextRow
from connector.domain.order_mapping import Bindings, NoOrder, map_task
from connector.domain.task import Task
from connector.domain.task_record import TaskState
from tests.builders import KEY, bindings, integration

HELD, IGNORED = TaskState.HELD, TaskState.IGNORED


def ordered(one: Task, own: frozenset[str] = frozenset(), **settings: Any) -> Order:
    result = map_task(one, bindings(), integration(**settings), KEY, own)
    assert isinstance(result, Order), result
    return result


def refused(one: Task, with_bindings: Bindings | None = None, **settings: Any) -> NoOrder:
    result = map_task(one, with_bindings or bindings(), integration(**settings), KEY)
    assert isinstance(result, NoOrder), result
    return result


def texts(order: Order) -> list[str]:
    return [row.text for row in order.rows if isinstance(row, TextRow)]

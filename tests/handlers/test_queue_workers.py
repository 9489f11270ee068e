"""The workers of the three queues: what they answer decides which messages come again."""

from collections.abc import Callable

import pytest

from sandbox.figures import AGREEMENT
from tests.end_to_end.world import World
from tests.handlers.conftest import read_event
from tests.handlers.runtime import Function

Functions = Callable[[str], Function]


def test_a_full_pass_gives_a_lost_record_its_order_back(world: World, function: Functions) -> None:
    task_id = world.finish_task()
    world.wait_for_receipt(task_id)
    world.wait_until_quiet()
    table = world.local.engine.resource("dynamodb").Table(world.local.deployment.resources["TasksTable"])
    table.delete_item(Key={"agreement_number": AGREEMENT, "task_id": task_id})
    assert world.record(task_id) is None

    answer = function("ReconcileTasksFunction").invoke(read_event("reconcile_queue_full"))
    assert answer == {"batchItemFailures": []}
    (order,) = world.orders_of(task_id)
    record = world.wait_for_state(task_id, "ordered")
    assert [one["order_id"] for one in record["orders"]] == [str(order["OrderId"])]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("CreateOrderFunction", "order_queue"),
        ("ImportMasterDataFunction", "import_queue"),
        ("ReconcileTasksFunction", "reconcile_queue"),
        ("ReconcileTasksFunction", "reconcile_queue_full"),
    ],
)
def test_a_batch_that_is_done_does_not_come_again(function: Functions, name: str, event: str) -> None:
    assert function(name).invoke(read_event(event)) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("name", "event", "poison"),
    [
        ("CreateOrderFunction", "order_queue_poison", "00000000-0000-4000-8000-000000000005"),
        ("ImportMasterDataFunction", "import_queue_poison", "00000000-0000-4000-8000-000000000002"),
    ],
)
def test_only_the_poison_message_comes_again(function: Functions, name: str, event: str, poison: str) -> None:
    answer = function(name).invoke(read_event(event))
    assert answer == {"batchItemFailures": [{"itemIdentifier": poison}]}

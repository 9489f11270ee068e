"""The table of task records is lost: `make recover` finds the orders in the ERP, and none is made twice."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.engine import ACCOUNT
from sandbox.figures import AGREEMENT
from sandbox.toolchain import REGION, ROOT
from tests.end_to_end.waiting import wait_for
from tests.end_to_end.world import World

ADDED = {
    "kind": "supplement",
    "product": {"id": "p-OPPM", "external_number": "OPPM", "name": "Oppmøte servicebil"},
    "description": "Oppmøte nummer to",
    "quantity": 1,
    "unit_price": 350,
}


@contextmanager
def orders_switched_off(world: World) -> Iterator[None]:
    """No order is made as long as the block runs, as docs/runbook.md has it."""
    functions, mapping = world.local.engine.client("lambda"), "CreateOrderFunctionOrders"
    switch = {"UUID": world.local.deployment.resources[mapping]}
    functions.update_event_source_mapping(**switch, Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(**switch, Enabled=True)


def lose_all_records(world: World) -> None:
    """Delete every item of the table `tasks`."""
    table = world.local.engine.resource("dynamodb").Table(world.local.deployment.resources["TasksTable"])
    keys = [one["AttributeName"] for one in table.key_schema]
    with table.batch_writer() as batch:
        for item in table.scan()["Items"]:
            batch.delete_item({name: item[name] for name in keys})
    assert table.scan()["Items"] == []


def recover(world: World) -> str:
    """`make recover` as an operator runs it; gives what it says."""
    environment = {
        "PATH": os.environ["PATH"],
        "AGREEMENT": AGREEMENT,
        "STAGE": "test",
        "AWS_ENDPOINT_URL": world.local.engine.url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
    }
    command = [sys.executable, "-m", "sandbox.recover"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def send_all_messages(world: World) -> None:
    """A message for every task that was ever finished, as its webhook would give."""
    sqs, queue_url = world.local.engine.client("sqs"), world.local.deployment.resources["OrderQueue"]
    for task in world.stand_ins.smartday("GET", "/tasks")["tasks"]:
        body = {"agreement_number": AGREEMENT, "task_id": task["id"], "version": task["version"]}
        sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps(body), MessageGroupId=AGREEMENT)


def test_orders_are_found_again_and_none_is_made_twice(world: World) -> None:
    plain, supplemented = world.finish_task(), world.finish_task()
    for task_id in (plain, supplemented):
        world.wait_for_receipt(task_id)
    with world.choosing(invoiced_order_changed="supplement"):
        (order,) = world.orders_of(supplemented)
        world.stand_ins.erp("POST", f"/orders/{order['OrderId']}", OrderStatus="Invoiced")
        world.change_lines(supplemented, add=[ADDED])
        world.wait_until_quiet()
    before = {order["OrderId"]: order for order in world.stand_ins.orders()}

    with orders_switched_off(world):
        lose_all_records(world)
        send_all_messages(world)
        world.poll()
        assert "orders recovered" in recover(world)
        wait_for(lambda: world.is_empty("ReconcileQueue"), "the recovery")
    world.wait_until_quiet()

    after = {order["OrderId"]: order for order in world.stand_ins.orders()}
    assert {order_id: after.get(order_id) for order_id in before} == before
    references = [order["ReferenceNumber"] for order in after.values()]
    assert len(set(references)) == len(references)
    for task_id, ordinals in ((plain, [1]), (supplemented, [1, 2])):
        record = world.wait_for_state(task_id, "ordered")
        found = [one["OrderId"] for ordinal in ordinals for one in world.orders_of(task_id, ordinal)]
        assert [one["order_id"] for one in record["orders"]] == [str(order_id) for order_id in found]
        assert record["reason"] is None

"""Twenty thousand records in many short invocations, one of which is killed: nothing is missing, nothing is
counted twice.

Another agreement and another company of the ERP than everywhere else, so that the other tests stay small.
"""

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox.trouble import Killer
from sandbox.twentyfoursevenoffice import demo as erp_demo
from tests.end_to_end.test_activation import OTHER, OTHER_LOGINS, activate_other
from tests.end_to_end.waiting import wait_for
from tests.end_to_end.world import World

COMPANY = erp_demo.THIRD_CLIENT_ID
CUSTOMERS, PRODUCTS = 15_000, 5_000
FIRST = 1_000_000
"""Ids far above those that are there."""

TIMEOUT = 65
"""Seconds. An invocation hands over when less than a minute is left, so each works for five."""

VISIBILITY = 8
"""Seconds until the killed worker's message comes again; longer than an invocation works."""

BATCH_TAKES = 0.2
"""Seconds: so the customers take longer than four invocations work, on any machine."""

SLICE, BATCH = 1000, 100
"""Read and written by one call; the ERP's list of customers has pages of `SLICE` too."""

HAND_OVERS, KILLS = 3, 1


pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="kills a process by Linux's pidfd")


@contextmanager
def short_invocations(world: World) -> Iterator[None]:
    """Imports hand over after some seconds, and a lost message comes soon, as long as the block runs."""
    functions, queues = world.local.engine.client("lambda"), world.local.engine.client("sqs")
    name = {"FunctionName": world.local.deployment.resources["ImportMasterDataFunction"]}
    queue = {"QueueUrl": world.local.deployment.resources["ImportQueue"]}
    visibility = ["VisibilityTimeout"]
    kept = functions.get_function_configuration(**name)["Timeout"]
    attributes = queues.get_queue_attributes(**queue, AttributeNames=visibility)["Attributes"]
    functions.update_function_configuration(**name, Timeout=TIMEOUT)
    queues.set_queue_attributes(**queue, Attributes=dict.fromkeys(visibility, str(VISIBILITY)))
    try:
        yield
    finally:
        functions.update_function_configuration(**name, Timeout=kept)
        queues.set_queue_attributes(**queue, Attributes=attributes)


@contextmanager
def slow_batches(world: World) -> Iterator[None]:
    """Smartday takes its time over each batch as long as the block runs."""
    for operation in ("batch_customers", "batch_products"):
        fault = {"name": "delay", "operation": operation, "seconds": BATCH_TAKES, "times": None}
        world.stand_ins.smartday("POST", "/faults", **fault)
    try:
        yield
    finally:
        world.stand_ins.smartday("DELETE", "/faults")


@pytest.fixture
def office(world: World) -> Iterator[httpx.Client]:
    """Our API, for the other agreement, which is active as long as the test runs."""
    fill(world)
    proof = {name: OTHER_LOGINS[name] for name in ("bridge_user", "bridge_password")}
    with (
        short_invocations(world),
        slow_batches(world),
        httpx.Client(base_url=world.local.api_url, timeout=60, trust_env=False) as client,
    ):
        answer = activate_other(world, erp_identity_id=erp_demo.THIRD_IDENTITY_ID)
        assert answer.status_code == 200, answer.text
        opened = client.post("/sessions", json={"agreement_number": OTHER, **proof})
        client.headers["Authorization"] = f"Bearer {opened.json()['token']}"
        yield client
        client.put(f"/integrations/{OTHER}", json={"active": False}).raise_for_status()


def fill(world: World) -> None:
    """Give the company its registers; by hand, so that they aren't in anybody else's."""
    registers = {
        "/companies": [company(one) for one in ids(CUSTOMERS)],
        "/products": [product(one) for one in ids(PRODUCTS)],
    }
    for path, records in registers.items():
        answer = world.stand_ins._erp.post(path, params={"client": COMPANY}, json=records)
        assert answer.status_code == 200, answer.text


def ids(count: int) -> range:
    return range(FIRST, FIRST + count)


def company(one: int) -> dict[str, Any]:
    email = {"Primary": {"Value": f"post{one}@kunde.example"}}
    return {"Id": one, "Name": f"Kunde {one} på Sørøya", "EmailAddresses": email}


def product(one: int) -> dict[str, Any]:
    return {"Id": one, "No": f"V{one}", "Name": f"Vare {one}", "Price": one % 977}


def run_of(office: httpx.Client, stream: str) -> dict[str, Any]:
    """The stream's latest run as people see it."""
    run = office.get(f"/integrations/{OTHER}").json()["imports"][stream]
    return dict(run or {"state": "none", "seen": 0})


def wait_until_held(world: World, register: str, count: int) -> None:
    """Asked at the stand-in: looking at our API all the time would take the time that the import needs."""
    query = f"/{register}?agreement_number={OTHER}&limit=0"
    wait_for(
        lambda: world.stand_ins.smartday("GET", query)["count"] >= count, f"{count} {register} in Smartday"
    )


def finished_run(office: httpx.Client, stream: str) -> dict[str, Any]:
    wait_for(lambda: run_of(office, stream)["state"] == "finished", f"the end of the {stream}")
    return run_of(office, stream)


def kill_a_worker(world: World) -> None:
    """End one of the processes that import, whatever it is doing."""
    name = world.local.deployment.resources["ImportMasterDataFunction"]
    with Killer(world.local.engine.process_id, {name: 0}, seed=1, pauses=(0.5, 0.5)) as killer:
        wait_for(lambda: killer.kills.total(), "a worker to be killed")


def let_the_lease_lapse(world: World) -> None:
    """As if as much time had passed as the killed worker might still have worked."""
    table = world.local.engine.resource("dynamodb").Table(world.local.deployment.resources["CursorsTable"])
    table.update_item(
        Key={"agreement_number": OTHER, "stream": "customers"},
        UpdateExpression="SET lease_until = :past",
        ExpressionAttributeValues={":past": datetime(2020, 1, 1, tzinfo=UTC).isoformat()},
    )


def shown_by_smartday(world: World, register: str, fields: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Number → these fields, for those in use that this test put into the ERP."""
    query = f"agreement_number={OTHER}&limit=1000000"
    items = world.stand_ins.smartday("GET", f"/{register}?{query}")["items"]
    wanted = {one["external_number"]: one for one in items if one["state"] == "active"}
    prefix = "V" if register == "products" else ""
    mine = (f"{prefix}{one}" for one in ids(max(CUSTOMERS, PRODUCTS)))
    return {number: tuple(wanted[number][name] for name in fields) for number in mine if number in wanted}


def accounted(run: dict[str, Any]) -> int:
    return sum(int(run[name]) for name in ("written", "unchanged", "set_aside", "rejected"))


def test_twenty_thousand_records_arrive_whole_through_hand_overs_and_a_killed_worker(
    world: World, office: httpx.Client
) -> None:
    before = world.calls()
    wait_until_held(world, "customers", CUSTOMERS // 4)
    kill_a_worker(world)
    killed = run_of(office, "customers")
    assert killed["state"] == "running"
    let_the_lease_lapse(world)
    for register, count in (("customers", CUSTOMERS // 2), ("customers", CUSTOMERS), ("products", PRODUCTS)):
        wait_until_held(world, register, count)
    customers, products = (finished_run(office, stream) for stream in ("customers", "products"))
    world.wait_until_quiet()

    assert customers["run_id"] == killed["run_id"]
    assert (customers["seen"], products["seen"]) == (customers["total"], products["total"])
    assert (customers["seen"], products["seen"]) == (accounted(customers), accounted(products))
    assert shown_by_smartday(world, "customers", ("name", "email")) == {
        str(one): (company(one)["Name"], company(one)["EmailAddresses"]["Primary"]["Value"])
        for one in ids(CUSTOMERS)
    }
    assert shown_by_smartday(world, "products", ("name", "price")) == {
        product(one)["No"]: (product(one)["Name"], product(one)["Price"]) for one in ids(PRODUCTS)
    }
    calls = world.calls() - before
    listed = math.ceil(customers["total"] / SLICE)
    assert calls["GetCompanySyncList"] // listed >= 1 + HAND_OVERS + KILLS
    once = math.ceil(customers["total"] / BATCH)
    assert calls["batch_customers"] <= once + KILLS * SLICE // BATCH, "one slice at most is written again"

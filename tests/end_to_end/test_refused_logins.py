"""A login that Smartday refuses, and a subscription that it paused: nothing is lost, nothing hammered."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.waiting import wait_for
from tests.end_to_end.world import LOGINS, World

NEW_PASSWORD = "Nytt passord etter bytte"
FINISHED = 6


@pytest.fixture
def changed_password(world: World) -> Iterator[str]:
    """Somebody changes the Bridge password in Smartday; afterwards it is the old one again, on both sides."""
    world.wait_until_quiet()
    world.stand_ins.smartday("POST", "/credentials", bridge_password=NEW_PASSWORD)
    yield NEW_PASSWORD
    world.stand_ins.smartday("POST", "/credentials", bridge_password=LOGINS["bridge_password"])
    world.change(active=True, **LOGINS)
    world.imports()
    world.wait_until_quiet()


def refused_logins(world: World) -> int:
    """Calls that Smartday refused for a wrong login so far."""
    failed = world.stand_ins.smartday("GET", "/logins")["failed_logins"]
    return int(failed.get(LOGINS["bridge_user"], 0))


def test_a_changed_password_stops_the_integration_and_the_new_one_orders_what_waited(
    world: World, changed_password: str
) -> None:
    before = refused_logins(world)
    task_ids = [world.finish_task() for _ in range(FINISHED)]

    def refusal() -> dict[str, Any] | None:
        status = world.call("GET").json()
        rejected = [one for one in status["errors"] if one["code"] == "credentials_rejected"]
        return rejected[0] if rejected and status["state"] == "credentials_rejected" else None

    error = wait_for(refusal, "the integration to be stopped")
    assert (error["about"], error["detail"]) == ("smartday", "invalid_credentials")
    assert error["at"]
    assert "Innloggingen til Smartday ble avvist." in error["message"]
    for task_id in task_ids:
        world.wait_for_state(task_id, "received")
    world.wait_until_quiet()
    tried = refused_logins(world) - before
    assert 1 <= tried <= FINISHED, "at most one call for each message that was under way"

    for _ in range(3):
        world.poll()
        world.wait_until_quiet()
    world.finish_task(late := world.new_task_id())
    world.wait_for_state(late, "received")
    world.wait_until_quiet()
    assert refused_logins(world) - before == tried, "no try before a quarter of an hour has passed"
    assert not any(world.orders_of(task_id) for task_id in task_ids)

    world.change(active=True, bridge_password=changed_password)
    for task_id in (*task_ids, late):
        world.wait_for_receipt(task_id)
        assert len(world.orders_of(task_id)) == 1
    status = world.call("GET").json()
    assert (status["state"], status["errors"]) == ("active", [])


def subscriptions(world: World) -> list[dict[str, Any]]:
    """Our subscriptions as Smartday has them."""
    listed: list[dict[str, Any]] = world.stand_ins.smartday("GET", "/webhooks")["subscriptions"]
    return listed


def test_a_subscription_that_smartday_paused_is_mended_by_the_poll_and_brings_webhooks_again(
    world: World,
) -> None:
    (ours,) = subscriptions(world)
    world.stand_ins.smartday("POST", "/subscription", active=False)
    untold = world.finish_task()
    assert world.answers_to(untold) == []

    world.poll()
    world.wait_for_receipt(untold)
    assert subscriptions(world) == [ours]
    told = world.finish_task()
    world.wait_for_receipt(told)
    assert set(world.answers_to(told)) == {202}
    assert world.answers_to(untold) == []


def test_a_subscription_that_can_not_be_looked_at_does_not_keep_the_poll_from_its_work(world: World) -> None:
    untold = world.new_task_id()
    fault = {"name": "status", "status": 503, "operation": "get_subscription", "times": None}
    world.stand_ins.smartday("POST", "/faults", **fault)
    try:
        with world.deliveries(skip_task_ids=[untold]):
            world.finish_task(untold)
            world.poll()
            world.wait_for_receipt(untold)
    finally:
        world.stand_ins.smartday("DELETE", "/faults")

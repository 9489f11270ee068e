"""A login that Smartday refuses, and a subscription that it paused: nothing is lost, nothing hammered."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.figures import AGREEMENT
from tests.end_to_end.waiting import wait_for
from tests.end_to_end.world import LOGINS, World

FINISHED = 6


@pytest.fixture
def changed_password(world: World) -> Iterator[str]:
    """Somebody changes the Bridge password in Smartday; afterwards it is the old one again, on both sides."""
    world.wait_until_quiet()
    password = f"Nytt passord {world.new_task_id()}"  # a worker may still know the one of the test before
    world.stand_ins.smartday("POST", "/credentials", bridge_password=password)
    yield password
    world.stand_ins.smartday("POST", "/credentials", bridge_password=LOGINS["bridge_password"])
    world.change(active=True, **LOGINS)
    world.imports()
    world.wait_until_quiet()


def refused_logins(world: World) -> int:
    """Calls that Smartday refused for a wrong login so far."""
    failed = world.stand_ins.smartday("GET", "/logins")["failed_logins"]
    return int(failed.get(LOGINS["bridge_user"], 0))


def refusal(world: World) -> dict[str, Any]:
    """What the status says of the refused login, once the integration is stopped."""

    def look() -> dict[str, Any] | None:
        status = world.call("GET").json()
        rejected = [one for one in status["errors"] if one["code"] == "credentials_rejected"]
        return rejected[0] if rejected and status["state"] == "credentials_rejected" else None

    return wait_for(look, "the integration to be stopped")


def let_the_quarter_pass(world: World) -> None:
    """The next try of the login is due now."""
    table = world.local.engine.resource("dynamodb").Table(
        world.local.deployment.resources["IntegrationsTable"]
    )
    table.update_item(
        Key={"agreement_number": AGREEMENT},
        UpdateExpression="SET rejection.probe_at = :then",
        ExpressionAttributeValues={":then": "2026-01-01T00:00:00Z"},
    )


def test_a_changed_password_stops_the_integration_and_the_new_one_orders_what_waited(
    world: World, changed_password: str
) -> None:
    before = refused_logins(world)
    task_ids = [world.finish_task() for _ in range(FINISHED)]
    error = refusal(world)
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


def test_a_login_that_smartday_takes_again_sets_everything_going_by_itself(
    world: World, changed_password: str
) -> None:
    task_id = world.finish_task()
    refusal(world)
    world.wait_until_quiet()
    before = refused_logins(world)
    let_the_quarter_pass(world)
    world.poll()
    world.wait_until_quiet()
    assert refused_logins(world) - before in (1, 2), "a worker may try the login it knew, then the stored one"
    world.stand_ins.smartday("POST", "/credentials", bridge_password=LOGINS["bridge_password"])
    let_the_quarter_pass(world)
    world.poll()
    world.wait_for_receipt(task_id)
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

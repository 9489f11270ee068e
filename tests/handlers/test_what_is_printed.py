"""Nothing secret and nothing personal is ever printed, whatever a function works on."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from sandbox.local import CREDENTIALS
from tests.end_to_end.world import World
from tests.handlers.conftest import Start, read_event
from tests.handlers.signing import master_key, signed

Event = Mapping[str, Any]


def secrets(world: World) -> Iterator[str]:
    """Logins, keys, and every text about people, places and work that the vendors' records hold."""
    yield from (
        str(CREDENTIALS[name]) for name in CREDENTIALS if name not in ("agreement_number", "erp_identity_id")
    )
    yield master_key(world.local)
    yield world.api.headers["Authorization"].removeprefix("Bearer ")
    task = world.example
    yield from (
        task["title"],
        task["customer"]["name"],
        task["customer_reference"],
        task["location"]["address1"],
    )
    yield from (one["name"] for one in task["participants"])
    for registration in task["registrations"]:
        yield from (registration[name] for name in ("description", "text") if registration.get(name))
    for company in world.stand_ins.erp("GET", "/companies")["companies"]:
        yield company["Name"]
        yield company["PhoneNumbers"]["Primary"]["Value"] if company.get("PhoneNumbers") else company["Name"]


def as_json(word: str) -> str:
    """The word as it looks inside a line of JSON, where æ, ø and å are escaped."""
    return json.dumps(word)[1:-1]


def webhooks(world: World) -> list[Event]:
    event = read_event("webhook_task_finished")
    proven = event | {"headers": event["headers"] | signed(world.local, event["body"].encode())}
    return [event, proven, {}]


def orders(world: World) -> list[Event]:
    """Tasks that become an order, are held, and can't be read; and a batch with poison."""
    ordered, held, unread = world.new_task_id(), world.new_task_id(), world.new_task_id()
    with world.deliveries(skip_task_ids=[ordered, held, unread]):
        world.finish_task(ordered)
        world.finish_task(held, billing_customer={"id": "c-1", "external_number": "99003", "name": "Ukjent"})
        world.finish_task(unread, registrations=[{"id": "r-1", "kind": "hours", "status": "Ukjent status"}])
    events = []
    for task_id in (ordered, held, unread):
        event = read_event("order_queue")
        event["Records"][0]["body"] = json.dumps(
            {"agreement_number": "104477", "task_id": task_id, "version": 1}
        )
        events.append(event)
    return [*events, read_event("order_queue_poison")]


def requests(world: World) -> list[Event]:
    """Wrong logins, the right ones, a body that is none, and an event that isn't API Gateway's."""
    names = ("bridge_user", "bridge_password", "erp_username", "erp_password")
    body = json.dumps({"active": True} | {name: CREDENTIALS[name] for name in names})
    check = {"queryStringParameters": {"check": "true"}, "body": body}
    activate = read_event("activate")
    return [activate, activate | check, activate | {"body": f"[{body}"}, read_event("status")]


def imports(world: World) -> list[Event]:
    return [read_event("import_queue"), read_event("import_queue_poison")]


def polls(world: World) -> list[Event]:
    return [read_event("reconcile_queue"), read_event("order_queue")]


def beats(world: World) -> list[Event]:
    return [read_event("every_minute"), read_event("poll")]


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("IntakeWebhookFunction", webhooks),
        ("CreateOrderFunction", orders),
        ("ImportMasterDataFunction", imports),
        ("ActivateIntegrationFunction", requests),
        ("DispatchFunction", beats),
        ("ReconcileTasksFunction", polls),
    ],
)
def test_a_function_prints_nothing_secret_or_personal(
    world: World, start: Start, name: str, events: Callable[[World], list[Event]]
) -> None:
    with start(name) as function:
        for event in events(world):
            function.invoke(event)
    printed = "".join(function.printed)
    assert printed
    assert [word for word in secrets(world) if word in printed or as_json(word) in printed] == []

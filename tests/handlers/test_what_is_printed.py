"""Nothing secret and nothing personal is ever printed, whatever a function works on."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest

from sandbox.local import CREDENTIALS
from tests.end_to_end.world import World, paid_by
from tests.handlers.conftest import Start, read_event
from tests.handlers.signing import master_key, signed

Event = Mapping[str, Any]

FIELD_CUSTOMER = {
    "name": "Hyttelaget Storfjell",
    "email": "kasserer@storfjell.invalid",
    "phone": "+4790000017",
}


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
    yield from FIELD_CUSTOMER.values()
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


def orders(world: World) -> Iterator[Event]:
    """Tasks that become an order, change, are held, can't be read, and come from a customer made in the
    field; and a batch with poison.
    """
    ordered, held, unread, field = tasks = [world.new_task_id() for _ in range(4)]
    made = world.stand_ins.smartday("POST", "/customers", **FIELD_CUSTOMER)
    unknown = {"id": "c-1", "external_number": "99003", "name": "Ukjent"}
    with world.deliveries(skip_task_ids=tasks), world.choosing(field_customers="create"):
        world.finish_task(ordered)
        world.finish_task(held, billing_customer=unknown)
        world.finish_task(unread, registrations=[{"id": "r-1", "kind": "hours", "status": "Ukjent status"}])
        world.finish_task(field, **paid_by(made))
        yield from (message(world, task_id) for task_id in tasks)
        world.change_lines(ordered, change=[{"id": "r-900101", "quantity": 5}])
        yield message(world, ordered)
    told = [[one["result"] for one in world.receipts_of(task_id)] for task_id in (ordered, held, field)]
    assert told == [["created", "updated"], ["failed"], ["created"]]
    yield read_event("order_queue_poison")


def message(world: World, task_id: str) -> Event:
    """What the order queue brings about the task as it is."""
    version = world.stand_ins.smartday("GET", f"/tasks/{task_id}")["version"]
    event = read_event("order_queue")
    event["Records"][0]["body"] = json.dumps(
        {"agreement_number": "104477", "task_id": task_id, "version": version}
    )
    return event


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
    return [read_event("reconcile_queue"), read_event("reconcile_queue_full"), read_event("order_queue")]


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
    world: World, start: Start, name: str, events: Callable[[World], Iterable[Event]]
) -> None:
    with start(name) as function:
        for event in events(world):
            function.invoke(event)
    printed = "".join(function.printed)
    assert printed
    assert [word for word in secrets(world) if word in printed or as_json(word) in printed] == []

"""The control side under `/_control`: work in the field, the delivery plan, and what the stand-in has seen.

Decision: what a technician or planner would do goes through the same state changes and events as in Bridge,
so a test never writes state behind the server's back. `?agreement_number=` chooses another than the demo's.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults import Faults
from sandbox.serving import Refused
from sandbox.smartday import demo, field_work, fill
from sandbox.smartday.master_data import add_field_customer
from sandbox.smartday.state import Agreement, bridge_of
from sandbox.smartday.subscriptions import shown_delivery, shown_subscription
from sandbox.smartday.webhooks import Plan, publish, sender_of
from sandbox.smartday.wire import ProblemError, Record, answer, loads, precise_text, query_int


class Finish(BaseModel):
    """Tasks to finish, in this order, all at the same moment."""

    model_config = ConfigDict(extra="forbid")

    task_ids: list[str] = Field(min_length=1)
    outcome: Literal["completed", "aborted"] = "completed"


class LineChanges(BaseModel):
    """What to do to the registrations of a task; a changed one names its id and what becomes different."""

    model_config = ConfigDict(extra="forbid")

    add: list[dict[str, Any]] = []
    change: list[dict[str, Any]] = []
    remove: list[str] = []


class Credentials(BaseModel):
    """What to change of an agreement's Bridge login; absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    bridge_user: str | None = None
    bridge_password: str | None = None
    expired: bool | None = None
    has_bridge: bool | None = None


class Subscription(BaseModel):
    """Pause our subscription as Bridge does after three days of failures (contract smartday 4.8)."""

    model_config = ConfigDict(extra="forbid")

    active: bool
    subscription_id: str = "24sevenoffice"


def control_routes() -> list[Route]:
    """Routes to mount under `/_control`."""
    return [
        _route("GET", "/health", _health),
        _route("POST", "/reset", _reset),
        _route("GET", "/calls", _calls),
        _route("GET", "/deliveries", _show_plan),
        _route("POST", "/deliveries", _set_plan),
        _route("GET", "/webhooks", _webhooks),
        _route("POST", "/subscription", _set_subscription),
        _route("GET", "/tasks", _list_tasks),
        _route("POST", "/tasks", _add_tasks),
        _route("POST", "/tasks:finish", _finish_tasks),
        _route("GET", "/tasks/{task_id}", _show_task),
        _route("POST", "/tasks/{task_id}", _patch_task),
        _route("POST", "/tasks/{task_id}/registrations", _change_lines),
        _route("GET", "/finished", _finished),
        _route("GET", "/receipts", _receipts),
        _route("GET", "/messages", _messages),
        _route("GET", "/planner-messages", _planner_messages),
        _route("GET", "/customers", _customers),
        _route("POST", "/customers", _add_customer),
        _route("GET", "/products", _products),
        _route("GET", "/logins", _logins),
        _route("POST", "/credentials", _credentials),
    ]


def _route(method: str, path: str, handler: Callable[[Request], Awaitable[Response]]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request)
        except ValidationError as error:
            first = error.errors()[0]
            raise Refused(f"Field {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        except ProblemError as error:
            raise Refused(f"{error.detail} {error.more.get('errors', '')}".strip()) from error

    return Route(path, endpoint, methods=[method])


async def _input(request: Request) -> Any:
    try:
        return loads(await request.body())
    except ValueError as error:
        raise Refused(f"The body isn't JSON: {error}") from error


def _agreement(request: Request) -> Agreement:
    number = request.query_params.get("agreement_number", demo.AGREEMENT_NUMBER)
    agreement = bridge_of(request).agreements.get(number)
    if agreement is None:
        raise Refused(f"There is no agreement {number}")
    return agreement


async def _health(request: Request) -> Response:
    return answer({"status": "ok", "agreements": list(bridge_of(request).agreements)})


async def _reset(request: Request) -> Response:
    faults: Faults = request.scope["smartday.faults"]
    sender_of(request).reset()
    faults.clear()
    fill.reset(bridge_of(request))
    return Response(status_code=204)


async def _calls(request: Request) -> Response:
    return answer(bridge_of(request).calls.as_json())


async def _show_plan(request: Request) -> Response:
    return answer(sender_of(request).plan.model_dump())


async def _set_plan(request: Request) -> Response:
    sender_of(request).set_plan(Plan.model_validate(await _input(request)))
    return await _show_plan(request)


async def _webhooks(request: Request) -> Response:
    """Deliveries of the agreement, of one task with `?task_id=`, and how many are in which state."""
    agreement, task_id = _agreement(request), request.query_params.get("task_id")
    mine = [d for d in sender_of(request).deliveries.values() if d["agreement"] is agreement]
    shown = [shown_delivery(d) for d in mine if task_id in (None, d["event"]["data"].get("task_id"))]
    states = {state: sum(d["state"] == state for d in shown) for state in ("pending", "delivered", "failed")}
    subscriptions = [shown_subscription(one) for one in agreement.subscriptions.values()]
    return answer({"states": states, "deliveries": shown, "subscriptions": subscriptions})


async def _set_subscription(request: Request) -> Response:
    agreement, wanted = _agreement(request), Subscription.model_validate(await _input(request))
    subscription = agreement.subscriptions.get(wanted.subscription_id)
    if subscription is None:
        raise Refused(f"There is no subscription {wanted.subscription_id}")
    subscription["active"] = wanted.active
    return answer(shown_subscription(subscription))


async def _list_tasks(request: Request) -> Response:
    return answer({"tasks": list(_agreement(request).tasks.values())})


async def _show_task(request: Request) -> Response:
    return answer(_agreement(request).task(request.path_params["task_id"]))


async def _add_tasks(request: Request) -> Response:
    """One task, or `{"tasks": [...]}`; missing fields get the plainest values."""
    agreement, given = _agreement(request), await _input(request)
    tasks = given["tasks"] if isinstance(given, dict) and "tasks" in given else [given]
    if not isinstance(tasks, list):
        raise Refused("tasks must be a list")
    events = field_work.add(agreement, tasks)
    publish(request, agreement, events)
    return answer({"task_ids": [event["data"]["task_id"] for event in events]}, 201)


async def _patch_task(request: Request) -> Response:
    agreement, given = _agreement(request), await _input(request)
    task = agreement.task(request.path_params["task_id"])
    publish(request, agreement, [field_work.patch(agreement, task, given)])
    return answer(task)


async def _change_lines(request: Request) -> Response:
    agreement, wanted = _agreement(request), LineChanges.model_validate(await _input(request))
    task = agreement.task(request.path_params["task_id"])
    event = field_work.change_lines(agreement, task, wanted.add, wanted.change, wanted.remove)
    publish(request, agreement, [event])
    return answer(task)


async def _finish_tasks(request: Request) -> Response:
    agreement, wanted = _agreement(request), Finish.model_validate(await _input(request))
    events = field_work.finish(agreement, wanted.task_ids, wanted.outcome)
    publish(request, agreement, events)
    finished = [
        {"task_id": e["data"]["task_id"], "version": e["data"]["version"], "event_id": e["id"]}
        for e in events
    ]
    return answer({"finished": finished})


async def _finished(request: Request) -> Response:
    """Tasks that ought to become an order, with the moment they were finished."""
    agreement = _agreement(request)
    due = [
        {"task_id": task_id, "finished_at": precise_text(moment)}
        for task_id, moment in agreement.finish_times.items()
        if field_work.is_invoiceable(agreement.tasks[task_id])
    ]
    return answer({"count": len(due), "tasks": due})


async def _receipts(request: Request) -> Response:
    return answer({"receipts": _agreement(request).receipts})


async def _messages(request: Request) -> Response:
    return answer({"messages": _agreement(request).messages})


async def _planner_messages(request: Request) -> Response:
    """What a planner is shown on tasks: the messages of failed receipts (contract smartday 4.5)."""
    failed = [r for r in _agreement(request).receipts if r["result"] == "failed"]
    shown = [{"task_id": r["task_id"], "message": r["received"].get("message")} for r in failed]
    return answer({"messages": shown})


async def _customers(request: Request) -> Response:
    agreement = _agreement(request)
    return _written(request, agreement, "customers", agreement.customers)


async def _products(request: Request) -> Response:
    agreement = _agreement(request)
    return _written(request, agreement, "products", agreement.products)


def _written(request: Request, agreement: Agreement, name: str, held: dict[str, Record]) -> Response:
    """Counts of what the API wrote, and the first `?limit=` records (100)."""
    counts = {o: agreement.written[name][o] for o in ("created", "updated", "unchanged", "rejected")}
    rejections = [r for r in agreement.rejections if r["kind"] == name]
    items = list(held.values())[: query_int(request, "limit", 100, 0, 1_000_000)]
    inactive = sum(record["state"] == "inactive" for record in held.values())
    return answer(
        {"count": len(held), "inactive": inactive, **counts, "rejections": rejections, "items": items}
    )


async def _add_customer(request: Request) -> Response:
    """A customer made in the field; with `?task_id=` it becomes that task's customer."""
    agreement, task_id = _agreement(request), request.query_params.get("task_id")
    task = agreement.task(task_id) if task_id else None
    customer = add_field_customer(agreement, _object(await _input(request)))
    if task:
        publish(request, agreement, [field_work.put_customer(agreement, task, customer)])
    return answer(customer, 201)


def _object(given: Any) -> Record:
    if not isinstance(given, dict):
        raise Refused("The body must be an object")
    return given


async def _logins(request: Request) -> Response:
    bridge = bridge_of(request)
    failed = {"failed_logins": dict(bridge.failed_logins), "failed_in_a_row": dict(bridge.failed_in_a_row)}
    return answer(failed)


async def _credentials(request: Request) -> Response:
    bridge, agreement = bridge_of(request), _agreement(request)
    wanted = Credentials.model_validate(await _input(request))
    user = next(name for name, login in bridge.logins.items() if agreement.number in login.agreements)
    login = bridge.logins.pop(user)
    user = wanted.bridge_user or user
    bridge.logins[user] = login
    if wanted.bridge_password is not None:
        login.password = wanted.bridge_password
    if wanted.expired is not None:
        login.expired = wanted.expired
    if wanted.has_bridge is not None:
        agreement.has_bridge = wanted.has_bridge
    return answer({"bridge_user": user, "expired": login.expired, "has_bridge": agreement.has_bridge})

"""The ASGI application: finds the operation, lets the caller in, applies faults, answers errors as problems.

Decision: routing is done here and not by Starlette's router, because login, limits, counting and faults all
need the operation's name before its handler runs.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import faults as planted
from sandbox.serving import control
from sandbox.smartday import fill, reference, subscriptions, tasks
from sandbox.smartday.access import admit, limit_headers, within_limits
from sandbox.smartday.control import control_routes
from sandbox.smartday.faults import PAGED, SPECIAL, specials
from sandbox.smartday.master_data import (
    CUSTOMERS,
    PRODUCTS,
    Kind,
    batch,
    get_record,
    list_records,
    put_record,
)
from sandbox.smartday.state import Bridge, Options
from sandbox.smartday.webhooks import Sender
from sandbox.smartday.wire import MAX_BODY_BYTES, ProblemError, dumps, problem_body

Handler = Callable[[Request], Awaitable[Response]]


def _route(method: str, path: str, operation: str, handler: Handler) -> Route:
    return Route(f"/v1{path}", handler, methods=[method], name=operation)


def _master_data_routes(kind: Kind, one: str) -> list[Route]:
    path = f"/{kind.name}"
    return [
        _route("GET", path, f"list_{kind.name}", partial(list_records, kind=kind)),
        _route("POST", f"{path}:batch", f"batch_{kind.name}", partial(batch, kind=kind)),
        # A number may hold a slash, so it is the rest of the path.
        _route("GET", path + "/{external_number:path}", f"get_{one}", partial(get_record, kind=kind)),
        _route("PUT", path + "/{external_number:path}", f"put_{one}", partial(put_record, kind=kind)),
    ]


ROUTES = [
    _route("GET", "/agreement", "get_agreement", reference.get_agreement),
    *_master_data_routes(CUSTOMERS, "customer"),
    *_master_data_routes(PRODUCTS, "product"),
    _route("GET", "/tasks", "list_tasks", tasks.list_tasks),
    _route("GET", "/tasks/{task_id}", "get_task", tasks.get_task),
    _route("GET", "/tasks/{task_id}/registrations", "list_registrations", tasks.list_registrations),
    _route("POST", "/tasks/{task_id}/export-receipts", "export_receipt", tasks.export_receipt),
    _route("GET", "/employees", "list_employees", reference.list_employees),
    _route("GET", "/hour-types", "list_hour_types", reference.list_hour_types),
    _route("GET", "/projects", "list_projects", reference.list_projects),
    _route("GET", "/events", "list_events", subscriptions.list_events),
    _route(
        "GET", "/webhook-subscriptions/{subscription_id}", "get_subscription", subscriptions.get_subscription
    ),
    _route(
        "PUT", "/webhook-subscriptions/{subscription_id}", "put_subscription", subscriptions.put_subscription
    ),
    _route(
        "DELETE",
        "/webhook-subscriptions/{subscription_id}",
        "delete_subscription",
        subscriptions.delete_subscription,
    ),
    _route("GET", "/webhook-deliveries", "list_deliveries", subscriptions.list_deliveries),
    _route("POST", "/webhook-deliveries/{delivery_id}:redeliver", "redeliver", subscriptions.redeliver),
    _route("POST", "/messages", "post_message", reference.post_message),
]


class Api:
    """Bridge itself under `/v1`; an ASGI application."""

    def __init__(self, bridge: Bridge, faults: planted.Faults) -> None:
        self._bridge, self._faults = bridge, faults
        self._pages: dict[str, Response] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        request = Request(scope, receive)
        request_id = f"req_{uuid.uuid4().hex[:12]}"
        problem = partial(_problem, request, request_id)
        with ExitStack() as held:
            try:
                response = await self._answer(request, problem, held)
            except ProblemError as error:
                response = problem(error.status, error.code, error.detail, error.headers or {}, **error.more)
            response.headers["Smartday-Request-Id"] = request_id
            if agreement := scope.get("smartday.agreement"):
                response.headers.update(limit_headers(self._bridge, agreement))
            await response(scope, receive, send)

    async def _answer(self, request: Request, problem: Callable[..., Response], held: ExitStack) -> Response:
        route = _find(request)
        held.enter_context(self._bridge.calls.running(route.name))
        agreement = request.scope["smartday.agreement"] = admit(self._bridge, request)
        held.enter_context(within_limits(self._bridge, agreement))
        if int(request.headers.get("content-length", "0")) > MAX_BODY_BYTES:
            raise ProblemError(413, "too_large", "Innholdet er over 5 MB.")
        await request.body()  # read before a fault may close the connection and let the effect come later
        fault = self._faults.take(route.name)
        effect = partial(_effect, route, request, problem)
        response = await planted.answer(fault, effect, specials(route.name, problem, self._pages))
        if fault is None and route.name in PAGED:
            self._pages[route.name] = Response(response.body, media_type="application/json")
        return response


def create_app(options: Options | None = None) -> ASGIApp:
    """The whole stand-in: Bridge under `/v1`, the control side under `/_control`, also below `/v1`, for
    whoever knows only the base address.
    """
    bridge = Bridge(options or Options())
    fill.reset(bridge)
    sender = Sender(bridge.options.retry_seconds)
    faults = planted.Faults([route.name for route in ROUTES], SPECIAL, bridge.options.seed)
    steering = [*control_routes(), *planted.fault_routes(faults)]
    inner = Starlette(
        routes=[
            control(steering),
            control(steering, "/v1"),
            Mount("/", app=Api(bridge, faults)),
        ]
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope.update({"smartday.bridge": bridge, "smartday.sender": sender, "smartday.faults": faults})
        await inner(scope, receive, send)

    return app


def _find(request: Request) -> Route:
    wrong_method = False
    for route in ROUTES:
        match, found = route.matches(request.scope)
        if match is Match.FULL:
            request.scope["path_params"] = found["path_params"]
            return route
        wrong_method = wrong_method or match is Match.PARTIAL
    if wrong_method:
        raise ProblemError(405, "method_not_allowed", f"{request.method} er ikke tillatt her.")
    raise ProblemError(404, "not_found", "Adressen finnes ikke.")


async def _effect(route: Route, request: Request, problem: Callable[..., Response]) -> Response:
    try:
        handler: Handler = route.endpoint
        return await handler(request)
    except ProblemError as error:
        return problem(error.status, error.code, error.detail, error.headers or {}, **error.more)


def _problem(
    request: Request,
    request_id: str,
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str],
    **more: object,
) -> Response:
    extra = {"WWW-Authenticate": 'Basic realm="Smartday Bridge", charset="UTF-8"'} if status == 401 else {}
    body = problem_body(status, code, detail, request.url.path, request_id, **more)
    return Response(dumps(body), status, {**headers, **extra}, media_type="application/problem+json")

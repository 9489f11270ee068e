"""The API of people (design 3): which call answers which address, and what becomes of whatever is raised.

Whatever is raised becomes a problem document here; nothing of a failure but its place is logged.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from connector.errors import RetryLater, Stale
from connector.observability import log_failure
from connector.usecases import steer_tasks
from connector.usecases.declined import Declined
from connector.web import integration_calls, task_calls
from connector.web.bodies import is_agreement_number, is_run_id
from connector.web.calls import HEADERS, Answer, ApiPorts, Call
from connector.web.page import chosen_language, page
from connector.web.problems import PROBLEMS, problem, retry_after
from connector.web.request import Request, read_request

TASK_ID_LIMIT = 200
"""Characters; intake takes no longer ones."""


def activation_api(ports: ApiPorts) -> Callable[[dict[str, Any], LambdaContext], dict[str, Any]]:
    """A Lambda handler of API Gateway HTTP API events (payload format 2.0)."""
    app = APIGatewayHttpResolver(serializer=partial(json.dumps, ensure_ascii=False))
    for method, rule, call in ROUTES:
        app.route(rule, method)(_endpoint(app, ports, call))

    app.exception_handler(Exception)(lambda error: _declined(ports, app, _as_declined(error)))
    return app.resolve


def _endpoint(app: APIGatewayHttpResolver, ports: ApiPorts, call: Call) -> Callable[..., Answer]:
    def endpoint(**place: str) -> Answer:
        # API Gateway decodes the path, save for %25 (tried on the engine; so documented for AWS).
        place = {name: unquote(value) for name, value in place.items()}
        if not is_agreement_number(place.get("agreement_number", "0")):
            raise Declined("not_found")
        if len(place.get("task_id", "")) > TASK_ID_LIMIT:
            raise Declined("task_not_found")
        if not is_run_id(place.get("run_id", "0")):
            raise Declined("run_not_found")
        return call(ports, read_request(app.current_event.raw_event), place)

    return endpoint


def _page(_: ApiPorts, request: Request, __: Mapping[str, str]) -> Answer:
    shown = page(chosen_language(request.query.get("lang")))
    headers = {**HEADERS, **shown.headers}
    return Response(HTTPStatus.OK.value, "text/html; charset=utf-8", shown.html, headers)


INTEGRATION = "/integrations/<agreement_number>"
TASKS = f"{INTEGRATION}/tasks"

ROUTES: tuple[tuple[str, str, Call], ...] = (
    ("GET", "/", _page),
    ("POST", "/sessions", integration_calls.open_one),
    ("DELETE", "/sessions", integration_calls.end_one),
    ("PUT", INTEGRATION, integration_calls.activate),
    ("GET", INTEGRATION, integration_calls.status),
    ("GET", f"{INTEGRATION}/settings", integration_calls.settings),
    ("POST", f"{INTEGRATION}/imports", integration_calls.imports),
    ("GET", f"{INTEGRATION}/imports/<run_id>/rejected", integration_calls.rejected),
    ("POST", f"{INTEGRATION}/imports/<run_id>/confirm", integration_calls.confirmed_import),
    ("GET", f"{INTEGRATION}/matches", integration_calls.matches),
    ("POST", f"{INTEGRATION}/matches:confirm", integration_calls.confirmed_matches),
    ("GET", TASKS, task_calls.listed),
    ("POST", f"{TASKS}/resend", task_calls.asking_many("resent", steer_tasks.resend_many)),
    ("POST", f"{TASKS}/approve", task_calls.asking_many("approved", steer_tasks.approve_many)),
    ("POST", f"{TASKS}/resend-finished", task_calls.finished),
    ("GET", f"{TASKS}/<task_id>", task_calls.one),
    ("POST", f"{TASKS}/<task_id>/resend", task_calls.asking(steer_tasks.resend)),
    ("POST", f"{TASKS}/<task_id>/approve", task_calls.asking(steer_tasks.approve)),
    ("POST", f"{TASKS}/<task_id>/do-not-send", task_calls.deciding(steer_tasks.do_not_send)),
    ("POST", f"{TASKS}/<task_id>/send-again", task_calls.deciding(steer_tasks.send_again)),
    ("POST", f"{TASKS}/<task_id>/new-order", task_calls.deciding(steer_tasks.new_order)),
)


def _as_declined(error: Exception) -> Declined:
    match error:
        case Declined():
            return error
        case NotFoundError():
            return Declined("not_found")
        case RetryLater():
            log_failure("request not served", error, reason=error.reason)
            return Declined("unavailable")
        case Stale():
            return Declined("changed_meanwhile")
        case _:
            log_failure("request failed", error)
            return Declined("internal")


def _declined(ports: ApiPorts, app: APIGatewayHttpResolver, declined: Declined) -> Answer:
    request_id = app.current_event.request_context.request_id
    headers = {**HEADERS, **retry_after(declined, ports.status.clock())}
    return Response(
        PROBLEMS[declined.code].status,
        "application/problem+json",
        json.dumps(problem(declined, request_id), ensure_ascii=False),
        headers,
    )

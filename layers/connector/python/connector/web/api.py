"""The calls of design 3 that people make: each reads the request, asks one use case, shapes the answer.

Whatever is raised becomes a problem document here; nothing of a failure but its place is logged.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.shared.cookies import Cookie
from aws_lambda_powertools.utilities.typing import LambdaContext

from connector.domain.task_record import TaskState
from connector.errors import RetryLater, Stale
from connector.observability import log_failure
from connector.usecases.activate_integration import ActivationPorts, activate_integration
from connector.usecases.declined import Declined, FieldError
from connector.usecases.open_session import SessionPorts, end_session, open_session
from connector.usecases.request_import import ImportRequestPorts, request_import
from connector.usecases.show_status import StatusPorts, show_status
from connector.usecases.steer_tasks import (
    SteeringPorts,
    do_not_send,
    list_tasks,
    one_task,
    resend,
    resend_many,
)
from connector.web.authentication import check_agreement, require_session, session_cookie, session_of
from connector.web.bodies import (
    ActivationBody,
    DoNotSendBody,
    ImportBody,
    ResendBody,
    SessionBody,
    is_agreement_number,
    read_body,
)
from connector.web.documents import session_document, status_document, task_document
from connector.web.page import chosen_language, page
from connector.web.problems import PROBLEMS, problem, retry_after
from connector.web.request import Request, read_request

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

TASK_ID_LIMIT = 200
"""Characters; intake takes no longer ones."""

Answer = Response[Any]


@dataclass(frozen=True, slots=True)
class ApiPorts:
    """What the calls need, by use case."""

    session: SessionPorts
    activation: ActivationPorts
    status: StatusPorts
    steering: SteeringPorts
    imports: ImportRequestPorts


Call = Callable[[ApiPorts, Request, Mapping[str, str]], Answer]


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
        return call(ports, read_request(app.current_event.raw_event), place)

    return endpoint


def _page(_: ApiPorts, request: Request, __: Mapping[str, str]) -> Answer:
    shown = page(chosen_language(request.query.get("lang")))
    headers = {**HEADERS, **shown.headers}
    return Response(HTTPStatus.OK.value, "text/html; charset=utf-8", shown.html, headers)


def _open_session(ports: ApiPorts, request: Request, _: Mapping[str, str]) -> Answer:
    if request.is_foreign:
        raise Declined("foreign_origin")
    body = read_body(SessionBody, request.body)
    token, session = open_session(
        ports.session, body.agreement_number, body.bridge_user, body.bridge_password
    )
    cookie = session_cookie(token, ports.activation.api_url())
    return _answer(HTTPStatus.CREATED, session_document(token, session), [cookie])


def _end_session(ports: ApiPorts, request: Request, _: Mapping[str, str]) -> Answer:
    end_session(ports.session, require_session(ports.session, request))
    cookie = session_cookie("", ports.activation.api_url())
    # Without a body the local engine breaks the connection.
    return Response(HTTPStatus.NO_CONTENT.value, body="", headers=HEADERS, cookies=[cookie])


def _activate(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    agreement_number = place["agreement_number"]
    session = session_of(ports.session, request)
    if session:
        check_agreement(session, agreement_number)
    check = _flag(request, "check")
    body = read_body(ActivationBody, request.body)
    connection = activate_integration(
        ports.activation, body.wish(agreement_number, check, has_session=session is not None)
    )
    status = show_status(ports.status, agreement_number)
    return _answer(HTTPStatus.OK, status_document(status, connection if check else None))


def _show_status(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    return _answer(HTTPStatus.OK, status_document(show_status(ports.status, _own(ports, request, place))))


def _request_import(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    agreement_number = _own(ports, request, place)
    body = read_body(ImportBody, request.body)
    request_import(ports.imports, agreement_number, body.stream, body.full)
    return _answer(HTTPStatus.ACCEPTED, {"stream": body.stream.value, "full": body.full})


def _list_tasks(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    agreement_number = _own(ports, request, place)
    state, cursor = _state(request), request.query.get("cursor") or None
    records, next_cursor = list_tasks(ports.steering, agreement_number, state, cursor)
    found = {"tasks": [task_document(one) for one in records], "next_cursor": next_cursor}
    return _answer(HTTPStatus.OK, found)


def _one_task(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    record = one_task(ports.steering, _own(ports, request, place), place["task_id"])
    return _answer(HTTPStatus.OK, task_document(record))


def _resend(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    record = resend(ports.steering, _own(ports, request, place), place["task_id"])
    return _answer(HTTPStatus.ACCEPTED, task_document(record))


def _resend_many(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    agreement_number = _own(ports, request, place)
    body = read_body(ResendBody, request.body)
    again, refused = resend_many(ports.steering, agreement_number, body.task_ids)
    refusals = [
        {"task_id": task_id, "code": code, "message": PROBLEMS[code].detail}
        for task_id, code in refused.items()
    ]
    return _answer(HTTPStatus.ACCEPTED, {"resent": again, "refused": refusals})


def _do_not_send(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    agreement_number = _own(ports, request, place)
    body = read_body(DoNotSendBody, request.body)
    record = do_not_send(ports.steering, agreement_number, place["task_id"], body.who, body.why)
    return _answer(HTTPStatus.ACCEPTED, task_document(record))


INTEGRATION = "/integrations/<agreement_number>"

ROUTES: tuple[tuple[str, str, Call], ...] = (
    ("GET", "/", _page),
    ("POST", "/sessions", _open_session),
    ("DELETE", "/sessions", _end_session),
    ("PUT", INTEGRATION, _activate),
    ("GET", INTEGRATION, _show_status),
    ("POST", f"{INTEGRATION}/imports", _request_import),
    ("GET", f"{INTEGRATION}/tasks", _list_tasks),
    ("POST", f"{INTEGRATION}/tasks/resend", _resend_many),
    ("GET", f"{INTEGRATION}/tasks/<task_id>", _one_task),
    ("POST", f"{INTEGRATION}/tasks/<task_id>/resend", _resend),
    ("POST", f"{INTEGRATION}/tasks/<task_id>/do-not-send", _do_not_send),
)


def _own(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> str:
    """The agreement number in the address, when the session is its own."""
    return require_session(ports.session, request, place["agreement_number"]).agreement_number


def _flag(request: Request, name: str) -> bool:
    value = request.query.get(name, "false")
    if value not in ("true", "false"):
        raise Declined("validation", [FieldError(name, "not_a_choice")])
    return value == "true"


def _state(request: Request) -> TaskState | None:
    value = request.query.get("state")
    if not value:
        return None
    try:
        return TaskState(value)
    except ValueError as error:
        raise Declined("validation", [FieldError("state", "not_a_choice")]) from error


def _answer(status: HTTPStatus, document: Mapping[str, Any], cookies: list[Cookie] | None = None) -> Answer:
    return Response(status.value, "application/json", dict(document), HEADERS, cookies)


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

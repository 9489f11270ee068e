"""The calls about sessions and the integration: each reads the request, asks one use case, answers."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from connector.usecases.activate_integration import activate_integration
from connector.usecases.confirm_import import confirm_import
from connector.usecases.declined import Declined, FieldError
from connector.usecases.match_report import confirm_matches, show_matches
from connector.usecases.open_session import end_session, open_session
from connector.usecases.request_import import request_import
from connector.usecases.show_rejected import show_rejected
from connector.usecases.show_status import show_status
from connector.web.authentication import check_agreement, require_session, session_cookie, session_of
from connector.web.bodies import ActivationBody, ConfirmBody, ImportBody, SessionBody, read_body
from connector.web.calls import HEADERS, Answer, ApiPorts, answer, flag, own
from connector.web.documents import matches_document, session_document, settings_document, status_document
from connector.web.import_results import csv_file, results_document
from connector.web.request import Request


def open_one(ports: ApiPorts, request: Request, _: Mapping[str, str]) -> Answer:
    """`POST /sessions`."""
    if request.is_foreign:
        raise Declined("foreign_origin")
    body = read_body(SessionBody, request.body)
    token, session = open_session(
        ports.session, body.agreement_number, body.bridge_user, body.bridge_password
    )
    cookie = session_cookie(token, ports.activation.api_url())
    return answer(HTTPStatus.CREATED, session_document(token, session), [cookie])


def end_one(ports: ApiPorts, request: Request, _: Mapping[str, str]) -> Answer:
    """`DELETE /sessions`."""
    end_session(ports.session, require_session(ports.session, request))
    cookie = session_cookie("", ports.activation.api_url())
    # Without a body the local engine breaks the connection.
    return Response(HTTPStatus.NO_CONTENT.value, body="", headers=HEADERS, cookies=[cookie])


def activate(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`PUT /integrations/{agreement_number}`."""
    agreement_number = place["agreement_number"]
    session = session_of(ports.session, request)
    if session:
        check_agreement(session, agreement_number)
    check = flag(request, "check")
    body = read_body(ActivationBody, request.body)
    connection = activate_integration(
        ports.activation, body.wish(agreement_number, check, has_session=session is not None)
    )
    status = show_status(ports.status, agreement_number)
    return answer(HTTPStatus.OK, status_document(status, connection if check else None))


def status(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`GET /integrations/{agreement_number}`."""
    return answer(HTTPStatus.OK, status_document(show_status(ports.status, own(ports, request, place))))


def settings(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`GET …/settings`."""
    integration = ports.status.integrations.get(own(ports, request, place))
    return answer(HTTPStatus.OK, settings_document(integration))


def imports(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`POST …/imports`."""
    agreement_number = own(ports, request, place)
    body = read_body(ImportBody, request.body)
    request_import(ports.imports, agreement_number, body.stream, body.full)
    return answer(HTTPStatus.ACCEPTED, {"stream": body.stream.value, "full": body.full})


def rejected(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`GET …/imports/{run_id}/rejected`, a page as JSON; with `?format=csv` a file of all that fit."""
    agreement_number, run_id = own(ports, request, place), place["run_id"]
    form = request.query.get("format", "json")
    if form not in ("json", "csv"):
        raise Declined("validation", [FieldError("format", "not_a_choice")])
    page_from = partial(show_rejected, ports.rejected, agreement_number, run_id)
    page = page_from(request.query.get("cursor") or None)
    if form == "json":
        return answer(HTTPStatus.OK, results_document(run_id, page))
    file, next_cursor = csv_file(page, page_from)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="ikke-importert-{run_id}.csv"'}
    if next_cursor:
        headers["Link"] = f'<?format=csv&cursor={next_cursor}>; rel="next"'
    return Response(HTTPStatus.OK.value, "text/csv; charset=utf-8", file, headers)


def confirmed_import(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`POST …/imports/{run_id}/confirm`."""
    agreement_number, run_id = own(ports, request, place), place["run_id"]
    body = read_body(ConfirmBody, request.body)
    done = confirm_import(ports.confirming, agreement_number, run_id, body.who)
    document = {"run_id": run_id, "stream": done.stream.value, "confirmed": done.count}
    return answer(HTTPStatus.ACCEPTED, document)


def matches(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`GET …/matches`."""
    reviews = show_matches(ports.matches, own(ports, request, place))
    return answer(HTTPStatus.OK, matches_document(reviews))


def confirmed_matches(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`POST …/matches:confirm`."""
    agreement_number = own(ports, request, place)
    body = read_body(ConfirmBody, request.body)
    reviews = confirm_matches(ports.matches, agreement_number, body.who)
    return answer(HTTPStatus.ACCEPTED, matches_document(reviews))

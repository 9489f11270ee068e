"""What all calls of people have in common: their ports, and how a request is read and answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie

from connector.usecases.activate_integration import ActivationPorts
from connector.usecases.confirm_import import ConfirmImportPorts
from connector.usecases.declined import Declined, FieldError
from connector.usecases.match_report import MatchPorts
from connector.usecases.open_session import SessionPorts
from connector.usecases.request_import import ImportRequestPorts
from connector.usecases.resend_finished import ResendFinishedPorts
from connector.usecases.show_rejected import RejectedPorts
from connector.usecases.show_status import StatusPorts
from connector.usecases.steer_tasks import SteeringPorts
from connector.web.authentication import require_session
from connector.web.request import Request

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Answer = Response[Any]


@dataclass(frozen=True, slots=True)
class ApiPorts:
    """What the calls need, by use case."""

    session: SessionPorts
    activation: ActivationPorts
    status: StatusPorts
    steering: SteeringPorts
    finished: ResendFinishedPorts
    imports: ImportRequestPorts
    matches: MatchPorts
    rejected: RejectedPorts
    confirming: ConfirmImportPorts


Call = Callable[[ApiPorts, Request, Mapping[str, str]], Answer]
"""One call: ports, request, and the parts of the address by name."""


def own(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> str:
    """The agreement number in the address, when the session is its own."""
    return require_session(ports.session, request, place["agreement_number"]).agreement_number


def flag(request: Request, name: str) -> bool:
    """`?name=true` or `false`; left out is false. Raises `Declined` (`validation`)."""
    value = request.query.get(name, "false")
    if value not in ("true", "false"):
        raise Declined("validation", [FieldError(name, "not_a_choice")])
    return value == "true"


def answer(status: HTTPStatus, document: Mapping[str, Any], cookies: list[Cookie] | None = None) -> Answer:
    """A JSON answer."""
    return Response(status.value, "application/json", dict(document), HEADERS, cookies)

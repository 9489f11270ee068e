"""The HTTP API that people use: page, sessions, activation, status, imports, tasks (docs/openapi.yaml)."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from connector.bootstrap import api_ports
from connector.observability import log
from connector.web.api import activation_api

_api = activation_api(api_ports())


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """API Gateway HTTP API event (payload 2.0) in, HTTP answer out; never raises."""
    answer = _api(event, context)
    log("request", route=event.get("routeKey"), status=answer["statusCode"])
    return answer

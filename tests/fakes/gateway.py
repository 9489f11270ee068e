"""API Gateway in front of the HTTP API of people, for tests that speak HTTP: requests become events.

Like the local engine it serves the API below a path of its own.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from connector.web.api import activation_api
from tests.fakes.people import World

API_PATH = "/_aws/execute-api/a1b2c3/$default"


def gateway(world: World) -> ASGIApp:
    """The API of this world at `API_PATH`."""
    api = activation_api(world.api)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        answered = api(await _event(Request(scope, receive)), LambdaContext())
        # As on the engine, an answer without text fails; and what says nothing of its type is JSON.
        headers = {"Content-Type": "application/json", **answered["headers"]}
        response = Response(answered["body"].encode(), answered["statusCode"], headers)
        for cookie in answered.get("cookies", ()):
            response.headers.append("set-cookie", cookie)
        await response(scope, receive, send)

    return answer


async def _event(request: Request) -> dict[str, Any]:
    path = request.url.path.removeprefix(API_PATH) or "/"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.url.query,
        "queryStringParameters": dict(request.query_params),
        "headers": dict(request.headers),
        "requestContext": {
            "domainName": request.url.hostname,
            "http": {"method": request.method, "path": path, "sourceIp": "192.0.2.1"},
            "requestId": "req-1",
            "stage": "$default",
        },
        "body": (await request.body()).decode(),
        "isBase64Encoded": False,
    }

"""Calls the HTTP API of people in memory, by events as API Gateway sends them; checks each answer's form."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl

import yaml
from aws_lambda_powertools.utilities.typing import LambdaContext
from openapi_schema_validator import OAS31Validator

from connector.web.api import activation_api
from tests.fakes.people import AGREEMENT, LOGIN, World

HOST = "api.eksempel.invalid"
HERE = f"/integrations/{AGREEMENT}"
LOGINS = {
    "bridge_user": LOGIN.bridge_user,
    "bridge_password": LOGIN.bridge_password,
    "erp_username": LOGIN.erp_username,
    "erp_password": LOGIN.erp_password,
}
ACTIVATE = {"active": True, **LOGINS}
OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.yaml"


@cache
def openapi() -> dict[str, Any]:
    """The described API."""
    return cast("dict[str, Any]", yaml.safe_load(OPENAPI.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Reply:
    """An answer as API Gateway gets it."""

    status: int
    headers: Mapping[str, str]
    cookies: list[str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.body["code"])

    @property
    def fields(self) -> dict[str, str]:
        return {one["field"]: one["code"] for one in self.body["errors"]}


@dataclass
class Browser:
    """Sends requests; `headers` go along with each."""

    world: World
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._api = activation_api(self.world.api)

    def call(
        self,
        method: str,
        address: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> Reply:
        """`body` is sent as JSON, text and bytes as they are; `more` replaces parts of the event."""
        event = {**_event(method, address, body, {**self.headers, **(headers or {})}), **more}
        answer = self._api(event, LambdaContext())
        reply = Reply(
            answer["statusCode"], answer["headers"], answer.get("cookies", []), answer["body"] or ""
        )
        _check_form(method, address.partition("?")[0], reply)
        return reply

    def log_in(self, agreement_number: str, user: str, password: str) -> Reply:
        """Open a session and send its token from now on."""
        login = {"agreement_number": agreement_number, "bridge_user": user, "bridge_password": password}
        reply = self.call("POST", "/sessions", login)
        if reply.status == 201:
            self.headers["authorization"] = f"Bearer {reply.body['token']}"
        return reply


def _event(method: str, address: str, body: object, headers: Mapping[str, str]) -> dict[str, Any]:
    path, _, query = address.partition("?")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": HOST, **headers},
        "requestContext": {
            "domainName": HOST,
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
            "requestId": "req-1",
            "stage": "$default",
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if query:
        event["queryStringParameters"] = dict(parse_qsl(query, keep_blank_values=True))
    if isinstance(body, bytes):
        event["body"] = base64.b64encode(body).decode()
    elif body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
        event["headers"].setdefault("content-type", "application/json")
    return event


def _check_form(method: str, path: str, reply: Reply) -> None:
    """The answer is one that the description allows, in status, type and form."""
    described = next((one for rule, one in openapi()["paths"].items() if _matches(rule, path)), None)
    if described is None or reply.status == 500:
        return
    answer = described[method.lower()]["responses"][str(reply.status)]
    if "$ref" in answer:
        answer = openapi()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    if "content" not in answer:
        assert reply.text == ""
        return
    media_type = reply.headers["Content-Type"].partition(";")[0]
    schema = {**answer["content"][media_type]["schema"], "components": openapi()["components"]}
    OAS31Validator(schema).validate(reply.body if media_type.endswith("json") else reply.text)


def _matches(rule: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[A-Za-z0-9%-]+", rule), path) is not None

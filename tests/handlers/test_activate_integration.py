"""activate_integration: the API's answers as API Gateway gets them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.local import CREDENTIALS
from tests.handlers.conftest import read_event
from tests.handlers.runtime import Function

Functions = Callable[[str], Function]

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
REJECTED = {
    "code": "rejected",
    "message": "Verdien ble ikke godtatt.",
    "message_en": "The value wasn't accepted.",
}


def opened(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with its body read."""
    return {**answer, "body": json.loads(answer["body"])}


def problem(status: int, code: str, title: str, detail: str, detail_en: str, **more: Any) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {**HEADERS, "Content-Type": "application/problem+json"},
        "cookies": [],
        "isBase64Encoded": False,
        "body": {
            "type": f"urn:connector:problem:{code}",
            "title": title,
            "status": status,
            "code": code,
            "detail": detail,
            "detail_en": detail_en,
            "request_id": "JKJaXmPLvHcESHA=",
            **more,
        },
    }


def test_status_without_a_genuine_session_is_refused(function: Functions) -> None:
    event = read_event("status")
    bare = {name: value for name, value in event["headers"].items() if name != "authorization"}
    for asked in (event, event | {"headers": bare}):
        assert opened(function("ActivateIntegrationFunction").invoke(asked)) == problem(
            401,
            "unauthenticated",
            "Ikke innlogget",
            "Logg inn med Bridge-bruker og Bridge-passord.",
            "Log in with Bridge user and password.",
        )


def test_activation_with_a_wrong_bridge_login_names_it(function: Functions) -> None:
    answer = function("ActivateIntegrationFunction").invoke(read_event("activate"))
    assert opened(answer) == problem(
        422,
        "invalid_bridge_login",
        "Ugyldig innlogging",
        "Bridge-bruker eller Bridge-passord er feil.",
        "Bridge user or Bridge password is wrong.",
        errors=[{"field": "bridge_user", **REJECTED}, {"field": "bridge_password", **REJECTED}],
    )


def test_a_session_with_a_wrong_login_is_refused(function: Functions) -> None:
    answer = function("ActivateIntegrationFunction").invoke(read_event("open_session"))
    assert opened(answer) == problem(
        401,
        "invalid_credentials",
        "Ugyldig innlogging",
        "Avtalenummer, Bridge-bruker eller Bridge-passord er feil.",
        "Agreement number, Bridge user or Bridge password is wrong.",
    )


def test_a_session_shows_the_status(function: Functions) -> None:
    api = function("ActivateIntegrationFunction")
    names = ("agreement_number", "bridge_user", "bridge_password")
    body = json.dumps({name: CREDENTIALS[name] for name in names}, ensure_ascii=False)
    session = api.invoke(read_event("open_session") | {"body": body})
    assert session["statusCode"] == 201
    assert len(session["cookies"]) == 1
    token = json.loads(session["body"])["token"]
    event = read_event("status")
    event["headers"]["authorization"] = f"Bearer {token}"
    status = opened(api.invoke(event))
    assert (status["statusCode"], status["body"]["state"]) == (200, "active")
    assert status["body"]["erp_company"] == {"id": "184220", "name": "Nordlys Service AS"}

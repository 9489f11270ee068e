"""Tokens, cookies, and what a cookie may be trusted for."""

from http.cookies import SimpleCookie

import pytest

from tests.fakes.browser import HOST, Browser
from tests.fakes.people import AGREEMENT, LOGIN, OTHER, World, bridge_login

HERE = f"/integrations/{AGREEMENT}"
OWN = {"origin": f"https://{HOST}"}
FORM = {"content-type": "text/plain"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def browser(world: World) -> Browser:
    return Browser(world)


@pytest.fixture
def cookie(browser: Browser) -> str:
    """`name=value` of an open session; the browser itself keeps no token."""
    set_cookie = browser.log_in(AGREEMENT, LOGIN.bridge_user, LOGIN.bridge_password).cookies[0]
    del browser.headers["authorization"]
    return set_cookie.partition(";")[0]


def test_a_session_is_answered_with_its_token_and_end(browser: Browser) -> None:
    reply = browser.log_in(AGREEMENT, LOGIN.bridge_user, LOGIN.bridge_password)
    assert reply.status == 201
    assert set(reply.body) == {"token", "expires_at"}
    assert reply.body["expires_at"] == "2026-09-14T23:02:00Z"
    assert reply.headers["Cache-Control"] == "no-store"
    assert browser.call("GET", HERE).status == 200


@pytest.mark.parametrize(
    ("api_url", "path", "secure"),
    [
        ("https://api.eksempel.invalid", "/", True),
        ("http://127.0.0.1:4566/_aws/execute-api/a1/$default", "/_aws/execute-api/a1/$default", False),
    ],
)
def test_the_cookie_is_kept_from_scripts_and_other_sites(
    world: World, browser: Browser, api_url: str, path: str, secure: bool
) -> None:
    world.api_url = api_url
    reply = browser.log_in(AGREEMENT, LOGIN.bridge_user, LOGIN.bridge_password)
    morsel = SimpleCookie(reply.cookies[0])["connector_session"]
    assert morsel["httponly"] is True
    assert morsel["samesite"] == "Strict"
    assert (morsel["path"], bool(morsel["secure"])) == (path, secure)
    assert morsel["max-age"] == str(12 * 60 * 60)


def test_a_cookie_is_read_where_aws_and_where_the_engine_puts_it(browser: Browser, cookie: str) -> None:
    assert browser.call("GET", HERE, cookies=["theme=dark", cookie]).status == 200
    assert browser.call("GET", HERE, headers={"cookie": f"theme=dark; {cookie}"}).status == 200


def test_a_stale_cookie_beside_the_good_one_does_no_harm(browser: Browser, cookie: str) -> None:
    assert browser.call("GET", HERE, cookies=["connector_session=old", cookie]).status == 200


def test_our_own_page_may_change_things_by_cookie(browser: Browser, cookie: str) -> None:
    reply = browser.call("PUT", HERE, {"active": False}, headers=OWN, cookies=[cookie])
    assert reply.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://eksempel.invalid"},
        {"origin": "null"},
        {"origin": f"https://{HOST}.eksempel.invalid"},
        {"origin": f"https://{HOST}:8443"},
    ],
)
def test_another_site_changes_nothing_by_cookie(
    browser: Browser, cookie: str, headers: dict[str, str]
) -> None:
    for method, address, body in (
        ("PUT", HERE, {"active": False}),
        ("POST", f"{HERE}/tasks/1/resend", None),
        ("DELETE", "/sessions", None),
    ):
        reply = browser.call(method, address, body, headers=headers, cookies=[cookie])
        assert (reply.status, reply.code) == (403, "foreign_origin")


def test_a_form_changes_nothing_by_cookie(browser: Browser, cookie: str) -> None:
    reply = browser.call("PUT", HERE, {"active": False}, headers={**OWN, **FORM}, cookies=[cookie])
    assert (reply.status, reply.code) == (415, "unsupported_media_type")


def test_a_bearer_token_needs_neither_origin_nor_json(browser: Browser) -> None:
    browser.log_in(AGREEMENT, LOGIN.bridge_user, LOGIN.bridge_password)
    headers = {**FORM, "origin": "https://eksempel.invalid"}
    assert browser.call("PUT", HERE, {"active": False}, headers=headers).status == 200


def test_another_site_cannot_log_its_visitor_in(browser: Browser) -> None:
    user, password = bridge_login(OTHER)
    login = {"agreement_number": OTHER, "bridge_user": user, "bridge_password": password}
    headers = {**FORM, "origin": "https://eksempel.invalid"}
    reply = browser.call("POST", "/sessions", login, headers=headers)
    assert (reply.status, reply.code) == (403, "foreign_origin")
    assert reply.cookies == []


def test_a_bad_bearer_token_is_refused_even_beside_right_logins(browser: Browser, cookie: str) -> None:
    headers = {"authorization": "Bearer spoilt"}
    body = {"active": False, "bridge_user": LOGIN.bridge_user, "bridge_password": LOGIN.bridge_password}
    assert browser.call("PUT", HERE, body, headers=headers, cookies=[cookie]).status == 401


def test_an_expired_cookie_leaves_it_to_the_logins_in_the_body(world: World, browser: Browser) -> None:
    body = {"active": False, "bridge_user": LOGIN.bridge_user, "bridge_password": LOGIN.bridge_password}
    assert browser.call("PUT", HERE, body, cookies=["connector_session=old"]).status == 200


def test_logging_out_ends_the_token_and_takes_the_cookie(browser: Browser, cookie: str) -> None:
    reply = browser.call("DELETE", "/sessions", headers=OWN, cookies=[cookie])
    assert (reply.status, reply.text) == (204, "")
    assert "Max-Age=0" in reply.cookies[0]
    assert browser.call("GET", HERE, cookies=[cookie]).status == 401


def test_wrong_logins_look_alike_whatever_is_wrong(browser: Browser) -> None:
    wrong = browser.log_in(AGREEMENT, LOGIN.bridge_user, "feil")
    elsewhere = browser.log_in(OTHER, LOGIN.bridge_user, LOGIN.bridge_password)
    unknown = browser.log_in("999", "ingen", "feil")
    assert wrong.status == 401
    assert wrong.text == elsewhere.text == unknown.text


def test_missing_logins_are_named(browser: Browser) -> None:
    reply = browser.call("POST", "/sessions", {"agreement_number": "1/2", "bridge_user": "a"})
    assert (reply.status, reply.fields) == (
        422,
        {"agreement_number": "invalid", "bridge_password": "missing"},
    )


def test_no_answer_allows_another_site_to_read_it(browser: Browser) -> None:
    headers = {"origin": "https://eksempel.invalid"}
    reply = browser.call("GET", HERE, headers=headers)
    assert not any(name.lower().startswith("access-control-") for name in reply.headers)

"""The calls of people through the router; `Browser` checks every answer against docs/openapi.yaml."""

from datetime import timedelta

import pytest

from connector.errors import RetryLater
from connector.web.api import INTEGRATION, ROUTES
from tests.fakes.browser import ACTIVATE, HERE, LOGINS, Browser
from tests.fakes.people import AGREEMENT, COMPANY, LOGIN, OTHER, SECOND_COMPANY, bridge_login


def test_activation_answers_with_the_status_document(browser: Browser) -> None:
    reply = browser.call(
        "PUT", HERE, {**ACTIVATE, "settings": {"lines": "text_only"}, "start_date": "2026-09-01"}
    )
    assert reply.status == 200
    assert reply.body["state"] == "active"
    assert reply.body["agreement_name"] == "Avtale 104477"
    assert reply.body["erp_company"] == {"id": COMPANY.id, "name": COMPANY.name}
    assert reply.body["settings"]["lines"] == "text_only"
    assert reply.body["start"] == "2026-08-31T22:00:00Z"
    assert reply.body["errors"] == []


def test_a_check_shows_what_was_proven_of_what_is_not_activated(browser: Browser) -> None:
    reply = browser.call("PUT", f"{HERE}?check=true", ACTIVATE)
    assert reply.status == 200
    assert reply.body["state"] == "not_activated"
    assert reply.body["agreement_name"] == "Avtale 104477"
    assert reply.body["erp_company"] == {"id": COMPANY.id, "name": COMPANY.name}
    assert browser.world.integrations.integrations == {}


def test_a_check_that_is_neither_true_nor_false_is_refused(browser: Browser) -> None:
    reply = browser.call("PUT", f"{HERE}?check=ja", ACTIVATE)
    assert (reply.status, reply.fields) == (422, {"check": "not_a_choice"})


def test_wrong_logins_are_told_apart_by_field(browser: Browser) -> None:
    bridge = browser.call("PUT", HERE, {**ACTIVATE, "bridge_password": "feil"})
    assert (bridge.status, bridge.code) == (422, "invalid_bridge_login")
    assert set(bridge.fields) == {"bridge_user", "bridge_password"}
    erp = browser.call("PUT", HERE, {**ACTIVATE, "erp_password": "feil"})
    assert (erp.status, erp.code) == (422, "invalid_erp_login")
    assert set(erp.fields) == {"erp_username", "erp_password"}


def test_companies_to_choose_from_are_listed(browser: Browser) -> None:
    two = {**ACTIVATE, "erp_username": "to@eksempel.invalid", "erp_password": "to-passord"}
    reply = browser.call("PUT", HERE, two)
    assert (reply.status, reply.code) == (422, "choose_identity")
    assert reply.body["identities"][1] == {
        "erp_identity_id": "00000000-0000-4000-8000-000000000502",
        "company_id": SECOND_COMPANY.id,
        "company_name": SECOND_COMPANY.name,
    }


def test_a_company_tied_elsewhere_is_a_conflict(browser: Browser) -> None:
    browser.world.integrations.companies[COMPANY.id] = OTHER
    reply = browser.call("PUT", HERE, ACTIVATE)
    assert (reply.status, reply.code) == (409, "company_tied")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({**ACTIVATE, "activ": True}, {"activ": "unknown_field"}),
        (LOGINS, {"active": "missing"}),
        ({**ACTIVATE, "active": "yes"}, {"active": "invalid"}),
        ({**ACTIVATE, "bridge_user": ""}, {"bridge_user": "too_short"}),
        ({**ACTIVATE, "erp_password": "x" * 257}, {"erp_password": "too_long"}),
        ({**ACTIVATE, "erp_username": 7}, {"erp_username": "invalid"}),
        ({**ACTIVATE, "start_date": "01.09.2026"}, {"start_date": "invalid"}),
        ({**ACTIVATE, "start_date": "0001-01-01"}, {"start_date": "invalid"}),
    ],
)
def test_wrong_fields_are_named(browser: Browser, body: object, fields: dict[str, str]) -> None:
    reply = browser.call("PUT", HERE, body)
    assert (reply.status, reply.code) == (422, "validation")
    assert reply.fields == fields
    assert browser.world.prover.bridge.passwords == []


def test_no_refusal_repeats_what_was_sent(browser: Browser) -> None:
    for change in ({"bridge_password": ["hemmelig"]}, {"settings": {"lines": "hemmelig"}}):
        assert "hemmelig" not in browser.call("PUT", HERE, {**ACTIVATE, **change}).text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed"),
        ("", 400, "malformed"),
        ("[]", 400, "malformed"),
        ('"tekst"', 400, "malformed"),
        ("[" * 5000, 400, "malformed"),
        (b'{"active": "\xff"}', 400, "malformed"),
        ('{"active": "\N{REPLACEMENT CHARACTER}"}', 400, "malformed"),
        ('{"active": true, "bridge_user": "\\ud800"}', 400, "malformed"),
        ('{"active": true, "x": "' + "ø" * 131_072 + '"}', 413, "too_large"),
        (b" " * (256 * 1024 + 1), 413, "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    browser: Browser, body: str | bytes, status: int, code: str
) -> None:
    reply = browser.call("PUT", HERE, body)
    assert (reply.status, reply.code) == (status, code)


def test_a_body_in_base64_is_read_like_any_other(browser: Browser) -> None:
    body = b'{"active": false, "bridge_user": "bridge-bruker", "bridge_password": "bridge-p\xc3\xa6ssord"}'
    assert browser.call("PUT", HERE, body).body["state"] == "not_activated"


def test_base64_that_is_none_is_malformed(browser: Browser) -> None:
    assert browser.call("PUT", HERE, "æ", isBase64Encoded=True).status == 400


DECISION = {"who": "a", "why": "b"}
OWN_CALLS = (
    ("GET", "", None),
    ("GET", "/settings", None),
    ("POST", "/imports", {"stream": "customers"}),
    ("GET", "/imports/r-1/rejected", None),
    ("POST", "/imports/r-1/confirm", {"who": "a"}),
    ("GET", "/matches", None),
    ("POST", "/matches:confirm", {"who": "a"}),
    ("GET", "/tasks", None),
    ("GET", "/tasks/1", None),
    ("POST", "/tasks/1/resend", None),
    ("POST", "/tasks/1/approve", None),
    ("POST", "/tasks/1/do-not-send", DECISION),
    ("POST", "/tasks/1/send-again", DECISION),
    ("POST", "/tasks/1/new-order", DECISION),
    ("POST", "/tasks/resend", {"task_ids": ["1"]}),
    ("POST", "/tasks/approve", {"task_ids": ["1"]}),
    ("POST", "/tasks/resend-finished", {"finished_since": "2026-09-01"}),
)


def test_the_calls_below_an_integration_are_all_tried_here() -> None:
    tried = {
        (method, path.replace("/1", "/<task_id>").replace("/r-1", "/<run_id>"))
        for method, path, _ in OWN_CALLS
    }
    below = {(method, rule.removeprefix(INTEGRATION)) for method, rule, _ in ROUTES if INTEGRATION in rule}
    assert tried == below - {("PUT", "")}


@pytest.mark.parametrize(("method", "path", "body"), [("PUT", "", {"active": True}), *OWN_CALLS])
def test_who_says_nothing_is_not_authenticated(
    browser: Browser, method: str, path: str, body: object
) -> None:
    reply = browser.call(method, f"{HERE}{path}", body)
    assert (reply.status, reply.code) == (401, "unauthenticated")


def test_who_has_no_session_cannot_end_it(browser: Browser) -> None:
    reply = browser.call("DELETE", "/sessions")
    assert (reply.status, reply.code) == (401, "unauthenticated")


@pytest.mark.parametrize(("method", "path", "body"), [("PUT", "", {"active": False}), *OWN_CALLS])
def test_a_session_reaches_its_own_agreement_only(
    customer: Browser, method: str, path: str, body: object
) -> None:
    reply = customer.call(method, f"/integrations/{OTHER}{path}", body)
    assert (reply.status, reply.code) == (403, "other_agreement")


def test_too_many_wrong_passwords_say_when_to_come_back(browser: Browser) -> None:
    for _ in range(5):
        assert browser.log_in(AGREEMENT, LOGIN.bridge_user, "feil").code == "invalid_credentials"
    reply = browser.log_in(AGREEMENT, LOGIN.bridge_user, "feil")
    assert (reply.status, reply.code) == (429, "too_many_attempts")
    assert reply.headers["Retry-After"] == str(13 * 60)


def test_a_side_that_does_not_answer_is_named(browser: Browser) -> None:
    def down() -> None:
        raise RetryLater("x", timedelta(seconds=90))

    browser.world.prover.erp.before_call = down
    reply = browser.call("PUT", HERE, ACTIVATE)
    assert (reply.status, reply.code) == (502, "erp_unreachable")
    assert reply.headers["Retry-After"] == "90"
    browser.world.prover.bridge.before_call = down
    assert browser.call("PUT", HERE, ACTIVATE).code == "smartday_unreachable"


def test_our_own_trouble_is_not_blamed_on_a_side(browser: Browser) -> None:
    browser.world.stream_queue.refusing = True
    reply = browser.call("PUT", HERE, ACTIVATE)
    assert (reply.status, reply.code) == (503, "unavailable")


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return " ".join(str(vars(record)) for record in caplog.records)


def test_a_bug_answers_a_problem_and_tells_nothing(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    def bug() -> None:
        raise ZeroDivisionError("hemmelig")

    browser.world.prover.erp.before_call = bug
    reply = browser.call("PUT", HERE, ACTIVATE)
    assert (reply.status, reply.code) == (500, "internal")
    assert "ZeroDivisionError" in logged(caplog)
    assert "hemmelig" not in reply.text + logged(caplog)


def test_nobodys_login_is_ever_logged(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    browser.call("PUT", HERE, {**ACTIVATE, "erp_password": "feil-erp-passord"})
    browser.world.stream_queue.refusing = True
    browser.call("PUT", HERE, ACTIVATE)
    assert "queue_refused" in logged(caplog)
    for secret in (*LOGINS.values(), "feil-erp-passord"):
        assert secret not in logged(caplog)


@pytest.mark.parametrize(
    "address", ["/nowhere", "/integrations/a b", "/integrations/%2e%2e", "/integrations/"]
)
def test_an_unknown_address_is_a_problem(browser: Browser, address: str) -> None:
    reply = browser.call("GET", address)
    assert (reply.status, reply.code) == (404, "not_found")


def test_another_agreement_activates_on_its_own(customer: Browser) -> None:
    user, password = bridge_login(OTHER)
    companies = customer.world.prover.erp.companies
    companies["annen@eksempel.invalid", "p"] = {"00000000-0000-4000-8000-000000000502": SECOND_COMPANY}
    body = {
        "active": True,
        "bridge_user": user,
        "bridge_password": password,
        "erp_username": "annen@eksempel.invalid",
        "erp_password": "p",
    }
    reply = Browser(customer.world).call("PUT", f"/integrations/{OTHER}", body)
    assert (reply.status, reply.body["state"]) == (200, "active")

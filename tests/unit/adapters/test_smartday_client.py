"""How the Bridge adapter logs in, and what it makes of odd answers (contract smartday 4.1, 4.9)."""

from datetime import timedelta

import httpx
import pytest

from connector.errors import CredentialsRejected, NotFound, RetryLater, Side, Throttled
from tests.unit.adapters.bridge import AGREEMENT, LOGIN, NOW, RECEIPT, TASK, agreement, connect, ok, problem


def test_every_call_carries_the_login_in_utf_8_and_the_agreement() -> None:
    service, bridge = connect(agreement())
    assert service.agreement().name == "Ånensen Service AS"
    asked = bridge.asked[0]
    assert str(asked.url) == "https://bridge.example/v1/agreement"
    assert asked.headers["Smartday-Agreement"] == AGREEMENT
    assert asked.headers["Authorization"].startswith("Basic ")
    assert bridge.shown_logins == [":".join(LOGIN)]


def test_another_agreement_than_ours_is_not_accepted() -> None:
    service, _ = connect(ok({"number": "104478"}))
    with pytest.raises(CredentialsRejected) as refused:
        service.agreement()
    assert refused.value.code == "agreement_mismatch"


@pytest.mark.parametrize(
    "refusal", [problem(401, "invalid_credentials"), problem(403, "agreement_mismatch"), httpx.Response(403)]
)
def test_a_refused_login_that_was_replaced_meanwhile_is_tried_once_more(refusal: httpx.Response) -> None:
    renewed = ("en-annen@smartday.example", "nytt")
    service, bridge = connect(refusal, agreement(), logins=[LOGIN, renewed])
    assert service.agreement().number == AGREEMENT
    assert bridge.refreshes == 1
    assert bridge.shown_logins == [":".join(LOGIN), ":".join(renewed)]


@pytest.mark.parametrize(("status", "code"), [(401, "credentials_expired"), (403, "feature_missing")])
def test_the_same_refused_login_is_never_sent_again(status: int, code: str) -> None:
    service, bridge = connect(problem(status, code))
    with pytest.raises(CredentialsRejected) as refused:
        service.agreement()
    assert refused.value.code == code
    assert (len(bridge.asked), bridge.refreshes) == (1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<h1>Vi er straks tilbake</h1>"),
        httpx.Response(200, content=b'{"id": "48213", "vers'),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, json=[]),
        httpx.Response(404, html="<h1>Not found</h1>"),
        httpx.Response(302, headers={"Location": "https://else.example"}),
    ],
)
def test_an_unreadable_answer_is_tried_later_and_counts_as_a_failure(answer: httpx.Response) -> None:
    service, _ = connect(answer)
    with pytest.raises(RetryLater) as later:
        service.task("48213")
    assert later.value.reason == "smartday_unreadable"
    assert service.pace().failures == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.PoolTimeout("busy"),
    ],
)
def test_a_side_that_cannot_be_reached_is_tried_later(error: Exception) -> None:
    service, bridge = connect(error)
    with pytest.raises(RetryLater) as later:
        service.task("48213")
    assert later.value.reason == "smartday_unreachable"
    assert len(bridge.asked) == 1


@pytest.mark.parametrize("error", [httpx.ReadError("reset"), httpx.RemoteProtocolError("closed")])
def test_a_reset_connection_is_tried_once_more_at_once(error: Exception) -> None:
    service, bridge = connect(error, ok(TASK))
    assert service.task("48213").version == 7
    assert len(bridge.asked) == 2
    assert service.pace().failures == 0


def test_a_connection_that_is_reset_twice_is_tried_later() -> None:
    service, bridge = connect(httpx.ReadError("reset"))
    with pytest.raises(RetryLater):
        service.task("48213")
    assert len(bridge.asked) == 2


def test_a_reached_limit_keeps_everybody_away() -> None:
    service, bridge = connect(problem(429, "rate_limited", **{"Retry-After": "12"}))
    for _ in range(2):
        with pytest.raises(Throttled) as throttled:
            service.task("48213")
        assert throttled.value.until == NOW + timedelta(seconds=12)
    assert len(bridge.asked) == 1
    assert bridge.store.pace(AGREEMENT, Side.SMARTDAY).blocked_until == NOW + timedelta(seconds=12)


def test_the_announced_allowance_becomes_the_pace() -> None:
    headers = {"RateLimit-Limit": "120", "RateLimit-Remaining": "20", "RateLimit-Reset": "30"}
    service, _ = connect(ok(TASK, **headers))
    service.task("48213")
    assert (service.pace().limit, service.pace().remaining) == (120, 20)
    assert service.pace().import_may_go_at(NOW) == NOW + timedelta(seconds=30)


def test_maintenance_is_tried_when_bridge_says_so() -> None:
    service, _ = connect(problem(503, "maintenance", **{"Retry-After": "90"}))
    with pytest.raises(RetryLater) as later:
        service.task("48213")
    assert later.value.after == timedelta(seconds=90)
    assert service.pace().failures == 1


def test_an_error_inside_a_success_is_an_error() -> None:
    service, _ = connect(ok({"status": 404, "code": "not_found"}), ok({"status": 423, "code": "locked"}))
    with pytest.raises(NotFound):
        service.task("48213")
    with pytest.raises(RetryLater):
        service.send_receipt("48213", RECEIPT)


@pytest.mark.parametrize(
    "given",
    [ok({"status": 503, "code": "maintenance"}), problem(503, "maintenance"), httpx.DecodingError("gzip")],
)
def test_an_answer_that_is_none_counts_once_as_a_failure(given: httpx.Response | Exception) -> None:
    service, _ = connect(given)
    with pytest.raises(RetryLater):
        service.task("48213")
    assert service.pace().failures == 1


def test_no_error_of_ours_tells_a_secret() -> None:
    for answer in (problem(401, "invalid_credentials"), httpx.ReadTimeout("slow"), problem(422, "bad")):
        service, _ = connect(answer)
        with pytest.raises(Exception) as raised:  # noqa: PT011 (any error of ours)
            service.subscribe("https://api.example/", "hemmelig")
        told = f"{raised.value!r} {raised.value.__cause__!r} {vars(raised.value)}"
        assert "hemmelig" not in told
        assert LOGIN[1] not in told

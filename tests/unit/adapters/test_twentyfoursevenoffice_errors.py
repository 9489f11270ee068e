"""One test per row of the error table: what each answer means on a read, a save and a login."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connector.adapters.twentyfoursevenoffice.errors import (
    Trouble,
    Verdict,
    judge_answer,
    judge_exception,
    login_failed,
    read_failed,
    save_failed,
)
from connector.errors import (
    ConnectorError,
    CredentialsRejected,
    Refused,
    RetryLater,
    Throttled,
    UnknownOutcome,
)

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
NOT_AUTHENTICATED = "Client is not authenticated on this identity"
OVER = "Limit exceeded by 3. Request is blocked."
BLOCKED = "The provided IdentityId is blocked."
FOREIGN = "The provided IdentityId does not belong to this user"
UNREGISTERED = "Server was unable to process request. ---> Application with id 7b1f is not registered"

ANSWERS: list[tuple[int, str, type[ConnectorError], type[ConnectorError], type[ConnectorError]]] = [
    # status, words, read, save, login
    (500, NOT_AUTHENTICATED, RetryLater, RetryLater, RetryLater),
    (200, NOT_AUTHENTICATED, RetryLater, RetryLater, RetryLater),
    (401, "", RetryLater, RetryLater, RetryLater),
    (429, "", Throttled, Throttled, Throttled),
    (500, OVER, Throttled, Throttled, Throttled),
    (503, OVER, Throttled, Throttled, Throttled),
    (403, OVER, Throttled, Throttled, Throttled),
    (500, BLOCKED, CredentialsRejected, UnknownOutcome, Refused),
    (500, FOREIGN, CredentialsRejected, UnknownOutcome, Refused),
    (500, UNREGISTERED, RetryLater, UnknownOutcome, Refused),
    (400, "", RetryLater, Refused, RetryLater),
    (413, "", RetryLater, Refused, RetryLater),
    (422, "", RetryLater, Refused, RetryLater),
    (403, "", RetryLater, RetryLater, RetryLater),
    (404, "", RetryLater, RetryLater, RetryLater),
    (409, "", RetryLater, RetryLater, RetryLater),
    (412, "", RetryLater, RetryLater, RetryLater),
    (423, "", RetryLater, RetryLater, RetryLater),
    (200, "<html>", RetryLater, UnknownOutcome, RetryLater),
    (202, "", RetryLater, UnknownOutcome, RetryLater),
    (302, "", RetryLater, UnknownOutcome, RetryLater),
    (500, "Object reference not set to an instance of an object.", RetryLater, UnknownOutcome, RetryLater),
    (500, "Server was unable to read request.", RetryLater, UnknownOutcome, RetryLater),
    (502, "", RetryLater, UnknownOutcome, RetryLater),
    (503, "", RetryLater, UnknownOutcome, RetryLater),
    (504, "", RetryLater, UnknownOutcome, RetryLater),
]

EXCEPTIONS: list[tuple[httpx.TransportError, type[ConnectorError]]] = [
    (httpx.ConnectError("refused"), RetryLater),
    (httpx.ConnectTimeout("slow"), RetryLater),
    (httpx.PoolTimeout("full"), RetryLater),
    (httpx.WriteTimeout("slow"), UnknownOutcome),
    (httpx.WriteError("reset"), UnknownOutcome),
    (httpx.ReadTimeout("slow"), UnknownOutcome),
    (httpx.ReadError("reset"), UnknownOutcome),
    (httpx.RemoteProtocolError("gone"), UnknownOutcome),
]


@pytest.mark.parametrize(("status", "words", "read", "save", "login"), ANSWERS)
def test_an_answer_means_the_same_every_time(
    status: int,
    words: str,
    read: type[ConnectorError],
    save: type[ConnectorError],
    login: type[ConnectorError],
) -> None:
    trouble = judge_answer(status, words, {}, NOW)
    assert type(read_failed(trouble)) is read
    assert type(save_failed(trouble)) is save
    assert type(login_failed(trouble)) is login


@pytest.mark.parametrize(("error", "save"), EXCEPTIONS)
def test_only_a_call_that_never_left_is_not_done(
    error: httpx.TransportError, save: type[ConnectorError]
) -> None:
    trouble = judge_exception(error)
    assert type(save_failed(trouble)) is save
    assert type(read_failed(trouble)) is RetryLater


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "30"}, timedelta(seconds=30)),
        ({"Retry-After": "Mon, 14 Sep 2026 11:02:00 GMT"}, timedelta(minutes=2)),
        ({}, timedelta(seconds=15)),
        ({"Retry-After": "soon"}, timedelta(seconds=15)),
    ],
)
def test_a_burst_rests_as_long_as_it_says(headers: dict[str, str], wait: timedelta) -> None:
    assert judge_answer(429, "", headers, NOW).until == NOW + wait


@pytest.mark.parametrize(
    ("ends", "wait"),
    [
        ("2026-09-14T11:40:00Z", timedelta(minutes=40)),
        ("2026-09-14T13:40:00+02:00", timedelta(minutes=40)),
        ("2026-09-14 11:40:00", timedelta(minutes=40)),
        ("2026-09-14 11:40:00 UTC.", timedelta(minutes=40)),
        ("14.09.2026 11:40:00", timedelta(minutes=40)),
        ("14/09/2026 11:40:00", timedelta(minutes=40)),
        ("9/14/2026 11:40:00 AM", timedelta(minutes=40)),
        ("klokken tolv", timedelta(hours=1)),
        ("2026-09-14T10:00:00Z", timedelta(hours=1)),
        ("2036-09-14T11:40:00Z", timedelta(hours=1)),
    ],
)
def test_a_quarantine_ends_when_its_words_say(ends: str, wait: timedelta) -> None:
    assert judge_answer(500, f"{OVER} Quarantine ends at {ends}", {}, NOW).until == NOW + wait


def test_a_session_refused_twice_is_tried_again_ever_more_seldom() -> None:
    failed = read_failed(Trouble(Verdict.NOT_AUTHENTICATED, "erp_http_500"))
    assert isinstance(failed, RetryLater)
    assert failed.after is None

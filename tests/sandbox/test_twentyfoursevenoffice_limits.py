"""Call limits of the ERP stand-in: per hour, per second, and logins."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from sandbox.serving import serve
from sandbox.twentyfoursevenoffice.app import create_app
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.sandbox.erp_caller import Erp, credential, fault_of

NEXT_HOUR = "2026-11-24T17:00:00Z"


@dataclass
class Clock:
    """Seconds since 1970, set by hand; begins at 16:00 UTC."""

    now: float = 1_795_536_000

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def erp(clock: Clock) -> Iterator[Erp]:
    limits = Limits(calls_per_hour=8, calls_per_second=4, logins_per_hour=2, clock=clock)
    with serve(create_app(5, 10, limits=limits)) as url, httpx.Client(base_url=url) as http:
        yield Erp(http)


def test_every_answer_tells_what_is_left_of_the_hour(erp: Erp) -> None:
    answer = erp.post("Authenticate", "HasSession")
    assert answer.headers["APILimitRemaining"] == "7"
    assert answer.headers["APILimitReset"] == NEXT_HOUR


def test_too_many_calls_in_a_second_are_answered_429_as_plain_text(erp: Erp, clock: Clock) -> None:
    answers = [erp.post("Authenticate", "HasSession") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert answers[4].headers["content-type"].startswith("text/plain")
    clock.now += 1
    assert erp.post("Authenticate", "HasSession").status_code == 200


def test_a_used_up_hour_is_quarantine_until_the_next(erp: Erp, clock: Clock) -> None:
    for _ in range(8):
        clock.now += 1
        assert erp.post("Authenticate", "HasSession").status_code == 200
    clock.now += 1
    text = fault_of(erp.post("Authenticate", "HasSession"))
    assert f"Limit exceeded by 1. Request is blocked. Quarantine ends at {NEXT_HOUR}" in text
    clock.now += 3600
    assert erp.post("Authenticate", "HasSession").headers["APILimitRemaining"] == "7"


def test_repeated_logins_are_throttled(erp: Erp) -> None:
    assert erp.login()
    assert erp.login()
    assert erp.post("Authenticate", "Login", credential()).status_code == 429


def test_control_is_neither_counted_nor_limited(erp: Erp) -> None:
    for _ in range(20):
        erp.control("GET", "/health")
    erp.post("Authenticate", "HasSession")
    assert erp.control("GET", "/calls")["total"] == {"HasSession": 1}


def test_the_contracts_limits_are_the_defaults() -> None:
    assert (Limits().calls_per_hour, Limits().calls_per_second) == (7200, 25)

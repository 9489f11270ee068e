"""When `Retry-After` lets us call again."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.http import LONGEST_WAIT, retry_after

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12", 12),
        (" 7 ", 7),
        ("Mon, 14 Sep 2026 11:00:40 GMT", 40),
        ("Mon, 14 Sep 2026 13:00:40 +0200", 40),
        ("Mon, 14 Sep 2026 11:00:40 -0000", 40),
        ("9" * 5000, LONGEST_WAIT.total_seconds()),
        ("Mon, 14 Sep 2099 10:00:00 GMT", LONGEST_WAIT.total_seconds()),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str, seconds: float) -> None:
    assert retry_after(httpx.Headers({"retry-after": text}), NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["0", "Mon, 14 Sep 2026 11:00:00 GMT", "Mon, 14 Sep 2026 10:59:00 GMT"])
def test_a_retry_after_without_a_wait_says_nothing(text: str) -> None:
    """Whoever took it for "now" would ask without pause, also when only the clocks differ."""
    assert retry_after({"Retry-After": text}, NOW) is None


@pytest.mark.parametrize("text", ["", "soon", "-3", "1.5", "²", "Mon, 99 Sep 2026 11:00:40 GMT"])
def test_an_unreadable_retry_after_counts_as_absent(text: str) -> None:
    assert retry_after({"Retry-After": text}, NOW) is None


def test_no_retry_after_is_none() -> None:
    assert retry_after({}, NOW) is None


@given(st.text())
def test_no_retry_after_whatever_it_holds_raises(text: str) -> None:
    until = retry_after({"Retry-After": text}, NOW)
    assert until is None or NOW < until <= NOW + LONGEST_WAIT

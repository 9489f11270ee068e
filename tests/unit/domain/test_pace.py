"""The pace comes from the side's own answers."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.pace import LONGEST_REST, Pace

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)


def failed(times: int) -> Pace:
    pace = Pace()
    for _ in range(times):
        pace = pace.failed(NOW)
    return pace


def test_an_unknown_side_may_be_called_at_once() -> None:
    assert not Pace().is_blocked(NOW)
    assert Pace().import_may_go_at(NOW) == NOW


def test_a_throttled_side_is_left_alone_until_the_time_it_named() -> None:
    pace = Pace().throttled(LATER)
    assert pace.is_blocked(NOW)
    assert pace.import_may_go_at(NOW) == LATER
    assert not pace.is_blocked(LATER)
    assert pace.import_may_go_at(LATER) == LATER


def test_an_answer_lifts_the_block_and_forgets_failures() -> None:
    assert failed(7).answered(None, None, None) == Pace()


@pytest.mark.parametrize(("remaining", "goes_at"), [(36, NOW), (35, LATER), (0, LATER)])
def test_import_leaves_a_fifth_of_the_allowance_to_orders(remaining: int, goes_at: datetime) -> None:
    assert Pace().answered(180, remaining, LATER).import_may_go_at(NOW) == goes_at


def test_import_goes_on_once_the_allowance_is_renewed() -> None:
    assert Pace().answered(180, 0, LATER).import_may_go_at(LATER) == LATER


def test_orders_go_on_while_the_allowance_runs_low() -> None:
    assert not Pace().answered(180, 1, LATER).is_blocked(NOW)


def test_the_largest_remaining_seen_stands_for_a_limit_that_is_never_announced() -> None:
    pace = Pace().answered(None, 90, LATER).answered(None, 100, LATER).answered(None, 10, LATER)
    assert pace.limit == 100
    assert pace.import_may_go_at(NOW) == LATER


def test_an_announced_limit_rules() -> None:
    assert Pace(limit=500).answered(180, 170, LATER).limit == 180


def test_an_answer_without_announcements_keeps_what_was_known() -> None:
    known = Pace().answered(180, 20, LATER)
    assert known.answered(None, None, None) == known


def test_four_failures_in_a_row_block_nobody() -> None:
    assert not failed(4).is_blocked(NOW)


@pytest.mark.parametrize(("times", "seconds"), [(5, 15), (6, 30), (7, 60), (10, 480), (11, 900), (500, 900)])
def test_from_the_fifth_failure_on_the_rest_doubles_up_to_a_quarter_of_an_hour(
    times: int, seconds: int
) -> None:
    assert failed(times).blocked_until == NOW + timedelta(seconds=seconds)
    assert timedelta(seconds=seconds) <= LONGEST_REST

"""The pace comes from the side's own answers."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.pace import LONGEST_REST, Pace

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)


def failed(times: int) -> Pace:
    pace = Pace()
    for _ in range(times):
        pace = pace.failed(NOW, was_probe=True)
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


def test_a_shorter_time_named_by_another_answer_shortens_nothing() -> None:
    assert Pace().throttled(LATER).throttled(NOW + timedelta(seconds=5)).blocked_until == LATER
    assert failed(11).throttled(LATER) == Pace(blocked_until=LATER)


def test_an_answer_that_was_under_way_does_not_lift_the_time_that_the_side_named() -> None:
    assert Pace().throttled(LATER).answered(NOW, None, None, None).is_blocked(NOW)
    assert Pace().throttled(LATER).answered(LATER, None, None, None) == Pace()


def test_an_answer_lifts_our_own_rest_and_forgets_failures() -> None:
    assert failed(7).answered(NOW, None, None, None) == Pace()


@pytest.mark.parametrize(("remaining", "goes_at"), [(36, NOW), (35, LATER), (0, LATER)])
def test_import_leaves_a_fifth_of_the_allowance_to_orders(remaining: int, goes_at: datetime) -> None:
    assert Pace().answered(NOW, 180, remaining, LATER).import_may_go_at(NOW) == goes_at


def test_import_goes_on_once_the_allowance_is_renewed() -> None:
    assert Pace().answered(NOW, 180, 0, LATER).import_may_go_at(LATER) == LATER


def test_orders_go_on_while_the_allowance_runs_low() -> None:
    assert not Pace().answered(NOW, 180, 1, LATER).is_blocked(NOW)


def test_the_largest_remaining_seen_stands_for_a_limit_that_is_never_announced() -> None:
    pace = (
        Pace().answered(NOW, None, 90, LATER).answered(NOW, None, 100, LATER).answered(NOW, None, 10, LATER)
    )
    assert pace.limit == 100
    assert pace.import_may_go_at(NOW) == LATER


def test_an_announced_limit_rules() -> None:
    assert Pace(limit=500).answered(NOW, 180, 170, LATER).limit == 180


def test_an_answer_without_announcements_keeps_what_was_known() -> None:
    known = Pace().answered(NOW, 180, 20, LATER)
    assert known.answered(NOW, None, None, None) == known


def test_four_failures_in_a_row_block_nobody() -> None:
    assert not failed(4).is_blocked(NOW)


@pytest.mark.parametrize(("times", "seconds"), [(5, 15), (6, 30), (7, 60), (10, 480), (11, 900), (500, 900)])
def test_from_the_fifth_failure_on_the_rest_doubles_up_to_a_quarter_of_an_hour(
    times: int, seconds: int
) -> None:
    assert failed(times).blocked_until == NOW + timedelta(seconds=seconds)
    assert timedelta(seconds=seconds) <= LONGEST_REST


def test_after_a_rest_of_our_own_one_process_tries_for_the_others() -> None:
    rested = NOW + timedelta(seconds=15)
    assert not failed(5).needs_probe(NOW)
    assert failed(5).needs_probe(rested)
    assert failed(5).probed(rested).is_blocked(rested + timedelta(seconds=105))
    assert failed(5).probed(rested).import_may_go_at(rested) == rested + timedelta(seconds=15)
    assert not Pace().throttled(LATER).needs_probe(LATER)


@pytest.mark.parametrize(("under_way", "seconds"), [(1, 30), (2, 60), (3, 60), (50, 60)])
def test_calls_that_were_under_way_lengthen_the_rest_to_a_minute_at_most(
    under_way: int, seconds: int
) -> None:
    pace = failed(5)
    for _ in range(under_way):
        pace = pace.failed(NOW)
    assert pace.blocked_until == NOW + timedelta(seconds=seconds)


def test_a_call_that_was_under_way_neither_shortens_a_rest_nor_counts_when_the_side_named_a_time() -> None:
    probing = failed(5).probed(NOW)
    assert probing.failed(NOW).blocked_until == probing.blocked_until
    assert Pace().throttled(LATER).failed(NOW) == Pace().throttled(LATER)

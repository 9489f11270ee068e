"""Europe/Oslo for people, UTC inside."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.local_time import date_and_time_text, local_day, noon, to_oslo


@pytest.mark.parametrize(
    ("day", "hour"), [(date(2026, 1, 14), 11), (date(2026, 9, 14), 10), (date(2026, 3, 29), 10)]
)
def test_noon_in_oslo_is_eleven_in_winter_and_ten_in_summer(day: date, hour: int) -> None:
    assert noon(day) == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_late_evening_in_utc_is_the_next_day_in_oslo() -> None:
    assert local_day(datetime(2026, 9, 14, 22, 30, tzinfo=UTC)) == date(2026, 9, 15)


def test_people_read_times_as_in_oslo() -> None:
    assert date_and_time_text(datetime(2026, 9, 14, 5, 30, tzinfo=UTC)) == "14.09.2026 kl. 07:30"


def test_the_hour_that_happens_twice_reads_the_same_twice() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert date_and_time_text(first) == date_and_time_text(second) == "25.10.2026 kl. 02:30"


def test_the_last_moment_of_the_calendar_stays_what_it_is() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert to_oslo(last) == last


@given(st.dates())
def test_noon_of_a_day_is_on_that_day(day: date) -> None:
    assert local_day(noon(day)) == day

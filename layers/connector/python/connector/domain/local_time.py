"""Times for people: Europe/Oslo; everything inside the connector is UTC."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")

_NOON = time(12)


def to_oslo(moment: datetime) -> datetime:
    """The aware `moment` on a clock in Oslo; as is where that would lie outside the calendar."""
    try:
        return moment.astimezone(OSLO)
    except OverflowError:
        return moment


def local_day(moment: datetime) -> date:
    """The calendar day in Oslo at the aware `moment`."""
    return to_oslo(moment).date()


def noon(day: date) -> datetime:
    """Noon in Oslo as UTC: how a plain date is sent (design 4.12; contract 24sevenoffice 2.6)."""
    return datetime.combine(day, _NOON, OSLO).astimezone(UTC)


def date_and_time_text(moment: datetime) -> str:
    """`14.09.2026 kl. 07:30`, in Oslo (contract smartday 4.4)."""
    local = to_oslo(moment)
    return f"{local.day:02}.{local.month:02}.{local.year:04} kl. {local.hour:02}:{local.minute:02}"

"""When a register is read whole again, and how much of it may go out of use unasked (design 4.10)."""

import hashlib
from datetime import UTC, datetime, time, timedelta

from connector.domain.local_time import OSLO, to_oslo

NIGHT = time(1)
"""In Oslo, when hardly anybody works."""

SPREAD = timedelta(hours=4)
"""Integrations begin at times of their own in this span, so that not all of them call at once."""

ALWAYS_ALLOWED = 20
ALLOWED_SHARE = 50
"""So many records, or one in so many of those in use, may become inactive without a person's word."""


def night_of(agreement_number: str, now: datetime) -> datetime:
    """When the latest nightly pass of this integration was due (UTC)."""
    digest = hashlib.sha256(agreement_number.encode()).digest()
    own = SPREAD * int.from_bytes(digest[:4]) / 2**32
    today = to_oslo(now).date()
    due = (
        datetime.combine(day, NIGHT, OSLO).astimezone(UTC) + own for day in (today, today - timedelta(days=1))
    )
    return next(one for one in due if one <= now)


def may_deactivate(absent: int, in_use: int, confirmed: int) -> bool:
    """False when so many are missing that the list itself is in doubt; a person allowed `confirmed`."""
    return absent <= max(ALWAYS_ALLOWED, confirmed) or absent * ALLOWED_SHARE <= in_use

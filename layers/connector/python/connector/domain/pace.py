"""How a side wants to be called, learnt from its own answers; no constant of ours (design 4.9)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES_BEFORE_REST = 5
"""So many failures in a row and the side is left alone for a while (design 4.9)."""

FIRST_REST = timedelta(seconds=15)
LONGEST_REST = timedelta(minutes=15)

IMPORT_RESERVE = 5
"""Import stops when less than a fifth of the allowance remains, so that orders get through."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The last that is known of one side for one integration. Times are UTC.

    `limit`, `remaining` and `reset_at` come from the side's headers; None when it announced none.
    `blocked_until` binds everybody; `failures` counts failures in a row.
    """

    blocked_until: datetime | None = None
    limit: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None
    failures: int = 0

    def is_blocked(self, now: datetime) -> bool:
        """True while nobody may call the side."""
        return self.blocked_until is not None and now < self.blocked_until

    def import_may_go_at(self, now: datetime) -> datetime:
        """When an import may make its next call: `now`, or a later time when the allowance runs low."""
        if self.blocked_until is not None and now < self.blocked_until:
            return self.blocked_until
        if self.limit is None or self.remaining is None or self.reset_at is None:
            return now
        if now < self.reset_at and self.remaining * IMPORT_RESERVE < self.limit:
            return self.reset_at
        return now

    def answered(self, limit: int | None, remaining: int | None, reset_at: datetime | None) -> "Pace":
        """The side answered, with these announcements (any may be absent).

        A side that announces no limit of its own (the ERP) has the largest `remaining` seen as limit.
        """
        seen = [value for value in (limit, self.limit if limit is None else None, remaining) if value]
        return Pace(
            blocked_until=None,
            limit=limit if limit is not None else max(seen, default=None),
            remaining=remaining if remaining is not None else self.remaining,
            reset_at=reset_at if reset_at is not None else self.reset_at,
        )

    def throttled(self, until: datetime) -> "Pace":
        """The side said to stay away until then."""
        return replace(self, blocked_until=until)

    def failed(self, now: datetime) -> "Pace":
        """The side failed once more; from the fifth in a row on it is left alone, ever longer."""
        failures = self.failures + 1
        if failures < FAILURES_BEFORE_REST:
            return replace(self, failures=failures)
        rest = FIRST_REST * 2 ** min(failures - FAILURES_BEFORE_REST, 10)
        return replace(self, failures=failures, blocked_until=now + min(rest, LONGEST_REST))

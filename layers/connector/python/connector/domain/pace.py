"""How a side wants to be called, learnt from its own answers; no constant of ours (design 4.9)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES_BEFORE_REST = 5
"""So many failures in a row and the side is left alone for a while (design 4.9)."""

FIRST_REST = timedelta(seconds=15)
LONGEST_REST = timedelta(minutes=15)

LONGEST_LATE_REST = timedelta(minutes=1)
"""Calls that were under way when a rest began and fail too make it longer, up to this: so no minute has more
than twelve calls to a dead side (decision 0015), and a second's outage doesn't cost a quarter of an hour."""

PROBE_TIME = timedelta(minutes=2)
"""Longer than any call's time-outs (105 s); a process that dies while it probes is waited for so long."""

IMPORT_RESERVE = 5
"""Import stops when less than a fifth of the allowance remains, so that orders get through."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The last that is known of one side for one integration. Times are UTC.

    `limit`, `remaining` and `reset_at` come from the side's headers; None when it announced none.
    `blocked_until` binds everybody; `failures` counts failures in a row. Whoever is told to stay away was
    answered, so a block with `FAILURES_BEFORE_REST` or more is a rest of our own. `is_probed`: one process
    tries the side for the others.
    """

    blocked_until: datetime | None = None
    limit: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None
    failures: int = 0
    is_probed: bool = False

    def is_blocked(self, now: datetime) -> bool:
        """True while nobody may call the side."""
        return self.opens_at(now) is not None

    def opens_at(self, now: datetime) -> datetime | None:
        """When to ask again whether the side may be called; None when it may. A try is over soon."""
        if self.blocked_until is None or now >= self.blocked_until:
            return None
        return min(self.blocked_until, now + FIRST_REST) if self.is_probed else self.blocked_until

    def needs_probe(self, now: datetime) -> bool:
        """True when a rest of our own has ended: one process tries the side before the others."""
        return self.failures >= FAILURES_BEFORE_REST and not self.is_blocked(now)

    def probed(self, now: datetime) -> "Pace":
        """One process tries the side; the others stay away until it knows, or has died."""
        return replace(self, blocked_until=now + PROBE_TIME, is_probed=True)

    def import_may_go_at(self, now: datetime) -> datetime:
        """When an import may make its next call: `now`, or a later time when the allowance runs low."""
        opens_at = self.opens_at(now)
        if opens_at is not None:
            return opens_at
        if self.limit is None or self.remaining is None or self.reset_at is None:
            return now
        if now < self.reset_at and self.remaining * IMPORT_RESERVE < self.limit:
            return self.reset_at
        return now

    def answered(
        self, now: datetime, limit: int | None, remaining: int | None, reset_at: datetime | None
    ) -> "Pace":
        """The side answered, with these announcements (any may be absent); that ends a rest of our own, but
        no time that the side named itself.

        A side that announces no limit of its own (the ERP) has the largest `remaining` seen as limit.
        """
        is_named = self.is_blocked(now) and self.failures < FAILURES_BEFORE_REST
        seen = [value for value in (limit, self.limit if limit is None else None, remaining) if value]
        return Pace(
            blocked_until=self.blocked_until if is_named else None,
            limit=limit if limit is not None else max(seen, default=None),
            remaining=remaining if remaining is not None else self.remaining,
            reset_at=reset_at if reset_at is not None else self.reset_at,
        )

    def throttled(self, until: datetime) -> "Pace":
        """The side said to stay away until then; a later time that it named holds."""
        named = self.blocked_until if self.failures < FAILURES_BEFORE_REST else None
        return replace(self, blocked_until=max(until, named or until), failures=0, is_probed=False)

    def failed(self, now: datetime, *, was_probe: bool = False) -> "Pace":
        """The side failed once more; from the fifth in a row on it is left alone, ever longer.

        A call that fails while the side is blocked was under way before, unless it `was_probe`.
        """
        failures = self.failures + 1
        rest = _rest_after(failures)
        if self.is_blocked(now) and not was_probe:
            if self.failures < FAILURES_BEFORE_REST or rest > LONGEST_LATE_REST:
                return self
            return replace(self, failures=failures, blocked_until=max(now + rest, self.blocked_until or now))
        return replace(self, failures=failures, blocked_until=now + rest if rest else None, is_probed=False)


def _rest_after(failures: int) -> timedelta:
    if failures < FAILURES_BEFORE_REST:
        return timedelta(0)
    return min(FIRST_REST * (1 << min(failures - FAILURES_BEFORE_REST, 10)), LONGEST_REST)

"""The vendor's call limits: per hour with a quarantine, per second, and logins (contract 24sevenoffice 2.3,
2.2).

Decision: all callers count together (the vendor counts by address, and here there is only one), the hour
is the clock hour, and refused calls don't count. The number of logins allowed is assumed; the contract
gives none.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

_HOUR = 3600


@dataclass(slots=True)
class Limits:
    """What is allowed, and what has been used; `clock` gives seconds since 1970."""

    calls_per_hour: int = 7200
    calls_per_second: int = 25
    logins_per_hour: int = 600
    clock: Callable[[], float] = time.time
    _hour: int = 0
    _used: int = 0
    _recent: deque[float] = field(default_factory=deque)
    _logins: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def bursting(self) -> bool:
        """Count one call of this second; true when there were too many (HTTP 429)."""
        return _over(self._recent, self.clock(), 1, self.calls_per_second)

    def quarantine(self) -> str | None:
        """Count one call of this hour; the vendor's text when the hour is used up."""
        self._turn()
        if self._used >= self.calls_per_hour:
            self._used += 1
            return quarantine_text(self._used - self.calls_per_hour, self.reset_at())
        self._used += 1
        return None

    def too_many_logins(self, username: str) -> bool:
        """Count one login of a user; true when there were too many within an hour."""
        return _over(self._logins[username.casefold()], self.clock(), _HOUR, self.logins_per_hour)

    def headers(self) -> dict[str, str]:
        """The headers that every answer carries."""
        self._turn()
        left = max(self.calls_per_hour - self._used, 0)
        return {"APILimitRemaining": str(left), "APILimitReset": self.reset_at()}

    def reset_at(self) -> str:
        """When the next hour begins, as on the wire."""
        moment = datetime.fromtimestamp((int(self.clock()) // _HOUR + 1) * _HOUR, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def clear(self) -> None:
        """Forget what has been used."""
        self._used = 0
        self._recent.clear()
        self._logins.clear()

    def _turn(self) -> None:
        hour = int(self.clock()) // _HOUR
        if hour != self._hour:
            self._hour, self._used = hour, 0


def quarantine_text(over: int, ends: str) -> str:
    """The vendor's words when the hourly limit is passed (contract 2.3)."""
    return f"Limit exceeded by {over}. Request is blocked. Quarantine ends at {ends}"


def _over(moments: deque[float], now: float, span: float, allowed: int) -> bool:
    while moments and moments[0] <= now - span:
        moments.popleft()
    if len(moments) >= allowed:
        return True
    moments.append(now)
    return False

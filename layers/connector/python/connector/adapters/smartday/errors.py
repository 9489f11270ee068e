"""What each answer of Bridge means to us: the one table (contract smartday 4.9).

Decision: "not found" and "refused" are believed only when Bridge itself says so in a problem document; a
gateway's page with the same status is a failed call, else a task could be taken for gone that isn't.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from connector.adapters.smartday.wire import Text
from connector.errors import (
    ConnectorError,
    CredentialsRejected,
    NotFound,
    Refused,
    RetryLater,
    Side,
    Throttled,
)

UNREACHABLE = "smartday_unreachable"
UNAVAILABLE = "smartday_unavailable"
UNREADABLE = "smartday_unreadable"
LOCKED = "smartday_locked"
TOO_LARGE = "too_large"
"""The `reason` of a `RetryLater`, and the `code` of a `Refused` batch that must be halved."""

LOCKED_WAIT = timedelta(minutes=5)
"""A task that is open in Planner (423)."""

THROTTLED_WAIT = timedelta(seconds=15)
"""For a 429 that doesn't say how long."""

LONGEST_WORDS = 500


class FieldProblem(BaseModel):
    """One rejected field."""

    model_config = ConfigDict(extra="ignore")

    field: Text | None = None
    message: Text | None = None


class Problem(BaseModel):
    """A problem document; every part may be missing."""

    model_config = ConfigDict(extra="ignore")

    status: int | None = None
    code: Text | None = None
    detail: Text | None = None
    errors: list[FieldProblem] | None = None

    @property
    def words(self) -> str:
        """Bridge's own words for the bookkeeper, at most `LONGEST_WORDS` characters."""
        fields = [f"{one.field}: {one.message}" for one in self.errors or () if one.field and one.message]
        return " ".join([*([self.detail] if self.detail else []), *fields])[:LONGEST_WORDS]


def error_of(
    status: int, problem: Problem, retry_at: datetime | None, now: datetime, what: str | None
) -> ConnectorError:
    """The error that an HTTP status stands for.

    `retry_at` is what `Retry-After` said (UTC), `what` names the record that was asked for (None when
    the call asked for none: it can't be missing), `problem` is empty when the body was no problem document.
    """
    code = problem.code
    wait = None if retry_at is None else retry_at - now
    match status:
        case 401:
            return CredentialsRejected(Side.SMARTDAY, code or "invalid_credentials")
        case 403:
            return CredentialsRejected(Side.SMARTDAY, code or "agreement_mismatch")
        case 404 if code == "not_found" and what is not None:
            return NotFound(Side.SMARTDAY, what)
        case 413:
            return Refused(Side.SMARTDAY, TOO_LARGE, problem.words)
        case 423:
            return RetryLater(LOCKED, LOCKED_WAIT)
        case 429:
            return Throttled(Side.SMARTDAY, retry_at or now + THROTTLED_WAIT)
        case _ if status >= 500:
            return RetryLater(UNAVAILABLE, wait)
        case _ if status >= 400 and status != 404 and code is not None:
            return Refused(Side.SMARTDAY, code, problem.words)
        case _:
            return RetryLater(UNREADABLE, wait)

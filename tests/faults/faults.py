"""The fault list of design 5, one row of the matrix each.

"Unreadable body" is four rows and "process killed between any two steps" two: before a step has taken effect,
and after it, before the next one.
"""

from enum import StrEnum


class Fault(StrEnum):
    """A row; the value is its words in docs/faults.md."""

    REFUSED_CONNECTION = "refused connection"
    TIMEOUT_BEFORE_EFFECT = "time-out before the effect"
    TIMEOUT_AFTER_EFFECT = "time-out after the effect"
    LATE_EFFECT = "effect that comes after the caller gave up"
    RESET_WHILE_READING = "reset while reading"
    HTTP_400 = "400"
    HTTP_401_ONCE = "401 once"
    HTTP_401_FOR_GOOD = "401 for good"
    HTTP_403 = "403"
    HTTP_404 = "404"
    HTTP_409 = "409"
    HTTP_412 = "412"
    HTTP_423 = "423"
    HTTP_429_SECONDS = "429 with seconds"
    HTTP_429_DATE = "429 with a date"
    HTTP_500 = "500"
    HTTP_502 = "502"
    HTTP_503 = "503"
    ERROR_IN_SUCCESS = "success with an error inside"
    EMPTY_LOGIN = "empty login result"
    NOT_AUTHENTICATED = "not-authenticated fault mid-run"
    BODY_HTML = "unreadable body: HTML"
    BODY_CUT = "unreadable body: cut"
    BODY_UNKNOWN_ELEMENT = "unreadable body: unknown element"
    BODY_MISSING_ELEMENT = "unreadable body: missing element"
    REPEATED_PAGE = "repeated page"
    MISSING_PAGE = "missing page"
    CLOCK_SKEW = "clock skew"
    KILLED_BEFORE_EFFECT = "process killed before the step's effect"
    KILLED_AFTER_EFFECT = "process killed after it, before the next step"
    AWS_THROTTLED = "AWS throttled"
    CONDITIONAL_WRITE_LOST = "conditional write lost"
    QUEUE_REFUSES = "queue refuses"
    SECRET_MISSING = "secret missing"
    MESSAGE_TWICE = "message twice"
    TWICE_AT_ONCE = "twice at the same moment"
    REVERSE_ORDER = "messages in reverse order"
    POISON_AMONG_NINE = "poison message among nine good"

    @property
    def id(self) -> str:
        """Its part of a test's id."""
        return self.name.lower()


STATUS = {
    Fault.HTTP_400: 400,
    Fault.HTTP_401_ONCE: 401,
    Fault.HTTP_401_FOR_GOOD: 401,
    Fault.HTTP_403: 403,
    Fault.HTTP_404: 404,
    Fault.HTTP_409: 409,
    Fault.HTTP_412: 412,
    Fault.HTTP_423: 423,
    Fault.HTTP_429_SECONDS: 429,
    Fault.HTTP_429_DATE: 429,
    Fault.HTTP_500: 500,
    Fault.HTTP_502: 502,
    Fault.HTTP_503: 503,
}
"""The faults that are an HTTP status."""

ONCE = frozenset({Fault.HTTP_401_ONCE, Fault.NOT_AUTHENTICATED, Fault.TWICE_AT_ONCE})
"""Faults that hit one call; all others last until they are ended."""

DELIVERY = (Fault.MESSAGE_TWICE, Fault.REVERSE_ORDER, Fault.POISON_AMONG_NINE)
"""Faults of messages, not of a call."""


class Killed(BaseException):
    """The process ends here; nothing in it may catch this."""

"""Every error that crosses a room, drawn as a tree; the tree is the retry policy.

ConnectorError
├── RetryLater             nothing was done: the same step may run again after a while
│   └── Throttled          the side said how long to stay away
├── UnknownOutcome         a write may or may not have taken effect: look before doing it again
├── CredentialsRejected    the login is wrong: pause the integration, never hammer
├── Refused                the side understood and said no to this record: a person decides
├── NotFound               the side knows no such record (an answer in full, never a failed look-up)
├── IdentityNeeded         the ERP user reaches several companies and none was chosen
└── Stale                  a conditional write lost: read again

Anything else that is raised is a bug: the message returns and ends as a dead letter.
"""

from datetime import datetime, timedelta
from enum import StrEnum


class Side(StrEnum):
    """One of the two systems that the connector stands between."""

    SMARTDAY = "smartday"
    ERP = "twentyfoursevenoffice"


class ConnectorError(Exception):
    """Base of all errors of this package; its text holds no secrets and no personal data."""


class RetryLater(ConnectorError):
    """Nothing was done. `reason` is a code; `after` the least wait, None when the caller chooses."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class Throttled(RetryLater):
    """The side refuses all calls until `until` (UTC): 429, quarantine, or our own back-off."""

    def __init__(self, side: Side, until: datetime) -> None:
        super().__init__(f"{side}_throttled")
        self.side = side
        self.until = until


class UnknownOutcome(ConnectorError):
    """A write was sent and no readable answer came (design 4.4, Outcomes)."""

    def __init__(self, side: Side, reason: str) -> None:
        super().__init__(f"{side}: {reason}")
        self.side = side
        self.reason = reason


class CredentialsRejected(ConnectorError):
    """The side refuses the login. `code` tells apart a wrong password and a wrong agreement."""

    def __init__(self, side: Side, code: str = "invalid_credentials") -> None:
        super().__init__(f"{side}: {code}")
        self.side = side
        self.code = code


class Refused(ConnectorError):
    """The side said no to this record. `words` are the side's own, for the bookkeeper."""

    def __init__(self, side: Side, code: str, words: str = "") -> None:
        super().__init__(f"{side}: {code}")
        self.side = side
        self.code = code
        self.words = words


class NotFound(ConnectorError):
    """The side answered in full that the record isn't there."""

    def __init__(self, side: Side, what: str) -> None:
        super().__init__(f"{side}: {what} not found")
        self.side = side
        self.what = what


class IdentityNeeded(ConnectorError):
    """The ERP user reaches several companies: `choices` are (identity id, company id, company name)."""

    def __init__(self, choices: list[tuple[str, str, str]]) -> None:
        super().__init__(f"{len(choices)} companies to choose from")
        self.choices = choices


class Stale(ConnectorError):
    """Somebody else wrote the record first; read it again and decide anew."""

"""A person's proven right to steer one agreement, for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LIFETIME = timedelta(hours=12)
"""Design 3."""


@dataclass(frozen=True, slots=True)
class WebSession:
    """Somebody who proved the agreement's Bridge login; `expires_at` is UTC."""

    agreement_number: str
    token_id: str
    expires_at: datetime

"""The claim on a customer made in the field: what makes it become one company in the ERP, whatever fails."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CustomerClaim:
    """`company_id` once it is known. `lease_until` (UTC) is the right to create; `settle_at` (UTC) is from
    when an empty search after a lost answer allows another create; None = none was lost.
    """

    agreement_number: str
    smartday_id: str
    company_id: int | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    settle_at: datetime | None = None
    is_linked: bool = False
    revision: int = 0

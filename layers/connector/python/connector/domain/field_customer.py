"""The claim on a customer made in the field: what makes it become one company in the ERP, whatever fails."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CustomerClaim:
    """`company_id` once it is known. `lease_until` (UTC) is the right to create, `is_creating` that the ERP
    is being asked to. `settle_at` (UTC) is from when an empty search after a lost answer allows another
    create; None = none was lost. `list_cursor` is how far Smartday's list was read for the customer.
    """

    agreement_number: str
    smartday_id: str
    company_id: int | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    settle_at: datetime | None = None
    is_creating: bool = False
    is_linked: bool = False
    list_cursor: str | None = None
    revision: int = 0

"""What became of single records that an import run didn't write (design 3, `rejected`).

Ids, numbers and codes only: no names, nothing personal.
"""

from dataclasses import dataclass
from enum import StrEnum

RESULTS_A_PAGE = 1000
"""A page ends with the put that brings it to so many results: one slice that is set aside whole."""


class Outcome(StrEnum):
    """Why a record isn't in Smartday as the ERP has it."""

    SET_ASIDE = "set_aside"
    """It wasn't sent: it has no number of its own, isn't a customer, or is gone."""

    REJECTED = "rejected"
    """Smartday refused it."""


@dataclass(frozen=True, slots=True)
class Result:
    """One record that wasn't written.

    `number` is Smartday's, which is what the ERP calls customer or product number, and may be empty; `erp_id`
    the ERP's own. `code` of what is set aside: `supplier`, `lead`, `name_missing`, `number_missing`,
    `number_too_long`, `number_carried_twice`, `number_taken` or `gone`; of what is rejected Bridge's own
    (contract smartday 4.7), as is `field`, the one it is about.
    """

    outcome: Outcome
    number: str
    erp_id: int
    code: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Results by ascending place, and the cursor of the next page; None when this is the last."""

    results: tuple[Result, ...]
    next_cursor: str | None = None

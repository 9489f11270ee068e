"""A person's request that wasn't carried out, by code; `connector.web.problems` has the words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.errors import ConnectorError


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: its name (dotted inside `settings`), and a code of its own."""

    field: str
    code: str


class Declined(ConnectorError):
    """Nothing that was asked for is done, or it is done in part and may be asked for again.

    `retry_at` (UTC) says when asking again makes sense; `choices` are (identity id, company id, company
    name) for code `choose_identity`.
    """

    def __init__(
        self,
        code: str,
        fields: Sequence[FieldError] = (),
        retry_at: datetime | None = None,
        choices: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.fields = tuple(fields)
        self.retry_at = retry_at
        self.choices = tuple(choices)

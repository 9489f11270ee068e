"""What happened in one run, in order, so that a failing seed can be read like a story."""

from dataclasses import dataclass, field
from datetime import datetime

LONGEST = 58
"""Lines of a story; a longer one loses its middle."""

BEGINNING = 12


class Violation(BaseException):
    """Something that must never be. No use case may catch it, so it is no `Exception`."""

    def __init__(self, invariant: str, task_id: str = "") -> None:
        super().__init__(invariant)
        self.invariant = invariant
        self.task_id = task_id


@dataclass
class Story:
    """Lines as (when, who, what, task id); a line without task concerns all of them."""

    lines: list[tuple[datetime, str, str, str]] = field(default_factory=list)

    def tell(self, at: datetime, who: str, what: str, task_id: str = "") -> None:
        """Add a line."""
        self.lines.append((at, who, what, task_id))

    def told(self, task_id: str = "") -> str:
        """The story of that task, or of all; of a long one the beginning and the end."""
        lines = [line for line in self.lines if not task_id or line[3] in ("", task_id)]
        texts = [f"{at:%d %H:%M:%S}  {who:<12} {what}" for at, who, what, _ in lines]
        if len(texts) > LONGEST:
            end = LONGEST - BEGINNING - 1
            left_out = f"            … {len(texts) - BEGINNING - end} lines left out"
            texts = [*texts[:BEGINNING], left_out, *texts[-end:]]
        return "\n".join(texts)

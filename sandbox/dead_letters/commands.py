"""The two commands: list the dead letters with their reason, and put the chosen ones back."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.dead_letters.letters import Letter, TaskBody
from sandbox.dead_letters.queues import HIDDEN_SECONDS, WAIT_SECONDS, hidden, put_back, taken
from sandbox.dead_letters.reasons import Diagnosis, Reasons, moment
from sandbox.dead_letters.stack import Choice, Stack
from sandbox.toolchain import ToolError


@dataclass(frozen=True, slots=True)
class Found:
    """A dead letter and why it is one."""

    letter: Letter
    why: Diagnosis

    def as_json(self) -> dict[str, Any]:
        """For a program. The body isn't shown: nobody knows what is in one that can't be read."""
        letter = self.letter
        return {
            "message_id": letter.message_id,
            "queue": letter.queue.name,
            "agreement_number": letter.agreement_number,
            **(letter.message.model_dump(mode="json", exclude_none=True) if letter.message else {}),
            "sent_at": letter.sent_at.isoformat(),
            "receives": letter.receives,
            "reason": self.why.reason,
            "task_record": self.why.record,
        }


@dataclass(frozen=True, slots=True)
class Listing:
    """What is dead, oldest first within its queue, and by queue how many letters others may have hidden."""

    found: list[Found]
    hidden: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Redrive:
    """What was put back, and whether that is all that was asked for."""

    words: str
    is_complete: bool


def listed(stack: Stack, wait: int = WAIT_SECONDS) -> Listing:
    """All dead letters; none is taken away, but each is hidden from others while its queue is read."""
    reasons = Reasons(stack.logs, stack.tasks)
    found: list[Found] = []
    elsewhere: dict[str, int] = {}
    for queue in stack.queues:
        elsewhere[queue.name] = hidden(stack.sqs, queue)
        with taken(stack.sqs, queue, wait) as letters:
            ordered = sorted(letters.values(), key=lambda one: (one.sent_at, one.message_id))
        why = reasons.of(ordered)
        found += [Found(one, why[one.message_id]) for one in ordered]
    return Listing(found, {name: number for name, number in elsewhere.items() if number})


def redrive(stack: Stack, choice: Choice, wait: int = WAIT_SECONDS) -> Redrive:
    """Put the chosen letters back. Raises `ToolError` when a task of that id is several customers'."""
    lines: list[str] = []
    refused, missing = 0, set(choice.message_ids)
    with ExitStack() as hands:
        held = [(queue, hands.enter_context(taken(stack.sqs, queue, wait))) for queue in stack.queues]
        chosen = [[one for one in letters.values() if choice.takes(one)] for _, letters in held]
        _one_customers(choice, [letter for letters in chosen for letter in letters])
        for (queue, letters), those in zip(held, chosen, strict=True):
            count = put_back(stack.sqs, queue, letters, those)
            lines.append(f"{queue.name}: {count} put back")
            refused += len(those) - count
            missing -= {one.message_id for one in those}
            unread = [] if choice.message_ids else [one for one in letters.values() if one.message is None]
            lines += [_left(one) for one in unread]
    nothing = choice.task_id is not None and not any(chosen)
    if nothing:
        lines.append(f"No dead letter is about task {choice.task_id}.")
    lines += [
        f"There is no dead letter {message_id} now: put back already, or in somebody else's hand."
        for message_id in sorted(missing)
    ]
    if refused:
        lines.append(f"{refused} couldn't be moved and are dead letters still; try again.")
    return Redrive("\n".join(lines), not (nothing or missing or refused))


def draw(console: Console, listing: Listing) -> None:
    """A table for a person, three lines a letter."""
    table = Table(show_lines=True, expand=True)
    table.add_column("Message", no_wrap=True)
    table.add_column("Was to do")
    table.add_column("Why it is dead", ratio=1)
    for one in listing.found:
        letter = one.letter
        table.add_row(
            f"{letter.message_id}\nsent {moment(letter.sent_at)}\nreceives: {letter.receives}",
            f"{letter.queue.name}\nagreement {letter.agreement_number or 'not known'}\n{_work(letter)}",
            "\n".join(filter(None, (one.why.reason, one.why.record))),
        )
    if listing.found:
        console.print(table)
    else:
        console.print("No dead letters.")
    for name, number in listing.hidden.items():
        console.print(
            f"{name}: about {number} more may be in somebody else's hand; what a killed command left comes "
            f"back within {HIDDEN_SECONDS // 60} minutes."
        )


def _one_customers(choice: Choice, chosen: list[Letter]) -> None:
    """Two customers may have a task of the same id."""
    agreements = sorted({str(one.agreement_number) for one in chosen})
    if choice.task_id is not None and len(agreements) > 1:
        raise ToolError(
            f"Task {choice.task_id} is in dead letters of the agreements {', '.join(agreements)}: "
            f"say which, AGREEMENT={agreements[0]}"
        )


def _left(letter: Letter) -> str:
    return f"{letter.queue.name}: {letter.message_id} can't be read and would come straight back; it stays"


def _work(letter: Letter) -> str:
    message = letter.message
    if message is None:
        return "can't be read"
    if isinstance(message, TaskBody):
        return f"task {message.task_id} version {message.version}"
    return f"{message.stream}{', full' if message.full else ''}"

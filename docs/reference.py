"""Writes settings.md and reasons.md, which are made from the code: `make docs`. A test compares them."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from connector.domain.reason import Reason
from connector.domain.task_record import TaskState
from connector.web.reasons import BY_ITSELF, OTHERWISE, PASSING
from connector.web.settings_body import SettingsBody

FOLDER = Path(__file__).parent

LEFT_OUT = frozenset(
    {
        Reason.NOT_FINISHED,
        Reason.ABORTED,
        Reason.FINISHED_BEFORE_START,
        Reason.ZERO_VALUE_LEFT_OUT,
        Reason.TASK_GONE,
    }
)


def settings_page() -> str:
    """Every setting with its default, what it is and what its choices mean."""
    head = """\
# Innstillinger – Settings

Hver integrasjon har sine egne. De settes på siden, eller med `PUT /integrations/{avtalenummer}` under
`settings`, ved siden av `active`, som må være med; det som utelates, blir stående. En endring gjelder fra
neste oppgave, aldri midt i en; de gamle verdiene står i `GET …/settings`. Hva importen gjør med
hvert felt, står i [master-data.md](master-data.md).

Each integration has its own. They are set on the page, or with `PUT /integrations/{agreement_number}` under
`settings`, beside `active`, which must be given; what is left out stays. A change counts from the next task
on, never in the middle of one; former values are in `GET …/settings`. What the import does with each
field is on [master-data.md](master-data.md).

This page is made from the code by `make docs`.
"""
    return "\n".join([head, *(_setting(name, field) for name, field in SettingsBody.model_fields.items())])


def reasons_page() -> str:
    """Every reason with its state, what is the matter and what to do; then those that pass."""
    head = """\
# Årsaker – Reasons

Hver oppgave som ikke er blitt til en ordre, har en årsak. Every task that isn't an order has a reason.

This page is made from the code by `make docs`.
"""
    return "\n".join([head, *_reasons_in("Norsk", 0), *_reasons_in("English", 1)])


PAGES: Mapping[str, Callable[[], str]] = {"settings.md": settings_page, "reasons.md": reasons_page}


def state_of(reason: Reason) -> TaskState:
    """The state of a task that has this reason."""
    if reason in LEFT_OUT:
        return TaskState.IGNORED
    return {Reason.BY_PERSON: TaskState.DO_NOT_SEND, Reason.REOPENED: TaskState.ORDERED}.get(
        reason, TaskState.HELD
    )


def _setting(name: str, field: FieldInfo) -> str:
    said: Any = field.json_schema_extra
    lines = [f"## `{name}`", "", said["nb"], "", field.description or "", "", *_default(field.default)]
    if said["choices"]:
        rows = ((f"`{value}`", nb, en) for value, (nb, en) in said["choices"].items())
        lines += ["", *_table(("", "Norsk", "English"), rows)]
    return "\n".join([*lines, ""])


def _default(value: object) -> list[str]:
    text = str(value) if isinstance(value, str) else json.dumps(value)
    if "\n" not in text:
        return [f"Default: `{text}`"]
    return ["Default:", "", "```text", text, "```"]


def _reasons_in(language: str, index: int) -> list[str]:
    heads = (("Kode", "Tilstand", "Hva er det", "Hva du gjør"), ("Code", "State", "What it is", "What to do"))
    passing = (
        "Går over av seg selv, eller sier hva noen gjorde",
        "Pass by themselves, or say what somebody did",
    )
    other = ("andre", "others")[index]
    reasons = (
        (f"`{one}`", f"`{state_of(one)}`", (one.nb, one.en)[index], (one.todo_nb, one.todo_en)[index])
        for one in sorted(Reason, key=lambda one: list(TaskState).index(state_of(one)))
    )
    others = ((f"`{code}`", words[index], todo[index]) for code, (words, todo) in PASSING.items())
    return [
        f"## {language}",
        "",
        *_table(heads[index], reasons),
        "",
        f"### {passing[index]}",
        "",
        *_table(heads[index][:1] + heads[index][2:], [*others, (other, OTHERWISE[index], BY_ITSELF[index])]),
        "",
    ]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [heads, ("---",) * len(heads), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def main() -> None:
    """Write both pages."""
    for name, made in PAGES.items():
        (FOLDER / name).write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main()

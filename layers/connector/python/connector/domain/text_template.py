"""The text of an order as its bookkeeper wants it: lines that name fields of the task in braces.

Only whole fields by name: no format, no conversion and no attributes, so that a template can never reach
further than the task's own words. `{{` and `}}` are braces.
"""

from collections.abc import Iterator, Mapping
from string import Formatter

FIELDS = (
    "number",
    "title",
    "place",
    "start",
    "finished",
    "time_spent",
    "status_web",
    "customer_reference",
    "notes",
)

BROKEN_BRACES = "{}"
"""What `unknown_fields` calls a brace without its partner, or braces around nothing."""

_SEPARATORS = " \t:;,–—-"


def unknown_fields(template: str) -> list[str]:
    """What a template may not name, in order, each once; no entries = it can be used.

    `{tittel}` gives `tittel`, `{title!r}` gives `title!r`; braces that don't match give `BROKEN_BRACES`.
    """
    return list(dict.fromkeys(bad for line in template.splitlines() for bad in _unknown_in(line)))


def filled(template: str, values: Mapping[str, str]) -> list[str]:
    """The template's lines with the values of its fields; never raises.

    A line whose fields are all empty is left out; one with some empty field loses the separators that would
    dangle at its end. A value of several lines, such as `notes`, gives as many. A line without fields, or
    with broken braces, is kept as it is; a field without value counts as empty.
    """
    return [text for line in template.splitlines() for text in _filled_line(line, values)]


def _unknown_in(line: str) -> Iterator[str]:
    try:
        parsed = list(Formatter().parse(line))
    except ValueError:
        yield BROKEN_BRACES
        return
    for _, name, form, conversion in parsed:
        if name is None:
            continue
        written = f"{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}"
        if written not in FIELDS:
            yield written or BROKEN_BRACES


def _filled_line(line: str, values: Mapping[str, str]) -> list[str]:
    try:
        parsed = list(Formatter().parse(line))
    except ValueError:
        return [line]
    found = [values.get(name, "") for _, name, _, _ in parsed if name is not None]
    if found and not any(found):
        return []
    text = ""
    kept = 0
    for literal, name, _, _ in parsed:
        value = values.get(name, "") if name is not None else ""
        text += literal + value
        kept = len(text) if value else kept
    if not all(found):
        text = text[:kept] + text[kept:].rstrip(_SEPARATORS)
    return text.splitlines() or [text]

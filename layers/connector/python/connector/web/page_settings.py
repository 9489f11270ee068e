"""The settings as fields of the page's form, made from the settings and their words.

Decision: a setting's default says what kind of field it is, its words are those of `docs/settings.md`; a new
setting is on the page without a line here or in the script.
"""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from html import escape
from typing import get_type_hints

from connector.domain.settings import Settings
from connector.web.settings_words import SETTINGS

UNTICKED = ("Uten kryss:", "Not ticked:")
LINES = ("Én på hver linje: nøkkel = verdi.", "One a line: key = value.")

_TYPES = get_type_hints(Settings)


def settings_fields(place: int) -> str:
    """Markup of all fields, in the order of `Settings`; `place` is the language's in words (bokmål 0)."""
    return "\n".join(_field(name, default, place) for name, default in asdict(Settings()).items())


def _field(name: str, default: object, place: int) -> str:
    said = SETTINGS[name]
    label, _, rest = (said.nb, said.en)[place].partition(". ")
    choices = {value: words[place] for value, words in said.choices.items()}
    hints = _hints(default, choices, rest, place)
    described = " ".join([f"{name}_error", *([f"{name}_hint"] if hints else [])])
    attributes = f'id="{name}" name="settings.{name}" aria-describedby="{described}"'
    hint = f'<span class="hint" id="{name}_hint">{"<br>".join(hints)}</span>' if hints else ""
    return (
        f'<p class="field"><label for="{name}">{escape(label.rstrip("."))}</label>'
        f"{_control(name, default, attributes, choices)}"
        f'<span class="error" id="{name}_error"></span>{hint}</p>'
    )


def _control(name: str, default: object, attributes: str, choices: Mapping[str, str]) -> str:
    match default:
        case bool():
            box = f'<input type="checkbox" {attributes}>'
            return f'<span class="tick">{box}<label for="{name}">{_ended(choices["true"])}</label></span>'
        case StrEnum():
            options = (f'<option value="{one}">{_ended(choices[one])}</option>' for one in type(default))
            return f"<select {attributes}>{''.join(options)}</select>"
        case dict():
            values = "number" if _TYPES[name] == dict[str, int] else "text"
            return f'<textarea rows="3" spellcheck="false" data-values="{values}" {attributes}></textarea>'
        case _:
            return f'<textarea rows="8" required {attributes}></textarea>'


def _hints(default: object, choices: Mapping[str, str], rest: str, place: int) -> list[str]:
    general = [escape(rest)] if rest else []
    match default:
        case bool():
            return [*general, f"{UNTICKED[place]} {escape(choices['false'])}"]
        case StrEnum():
            return general
        case dict():
            general = [escape(LINES[place]), *general]
    return general + [f"<code>{escape(one)}</code> {escape(words)}" for one, words in choices.items()]


def _ended(words: str) -> str:
    return escape(words.removesuffix("."))

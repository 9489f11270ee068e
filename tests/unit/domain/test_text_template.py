"""The order's text as its bookkeeper wants it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.settings import DEFAULT_TEXT_TEMPLATE
from connector.domain.text_template import BROKEN_BRACES, FIELDS, filled, unknown_fields

VALUES = {"number": "48213", "title": "Bytte varmekabel", "place": "Harstad", "notes": "Første\nAndre"}


def test_every_field_may_be_named_and_the_default_template_names_only_such() -> None:
    assert unknown_fields(" ".join(f"{{{name}}}" for name in FIELDS)) == []
    assert unknown_fields(DEFAULT_TEXT_TEMPLATE) == []


@pytest.mark.parametrize(
    ("template", "unknown"),
    [
        ("{tittel} {title}\n{sted} {tittel}", ["tittel", "sted"]),
        ("{title!r}", ["title!r"]),
        ("{title:>300}", ["title:>300"]),
        ("{title:{number}}", ["title:{number}"]),
        ("{title.__class__}", ["title.__class__"]),
        ("{title[0]}", ["title[0]"]),
        ("{0}", ["0"]),
        ("{}", [BROKEN_BRACES]),
        ("Sted: {place", [BROKEN_BRACES]),
        ("Sted: place}", [BROKEN_BRACES]),
        ("{title\n}", [BROKEN_BRACES]),
        ("{{title}} er en klamme", []),
        ("", []),
    ],
)
def test_what_a_template_may_not_name_is_told(template: str, unknown: list[str]) -> None:
    assert unknown_fields(template) == unknown


def test_fields_take_their_values() -> None:
    assert filled("Oppgave {number}\n{title} i {place}", VALUES) == [
        "Oppgave 48213",
        "Bytte varmekabel i Harstad",
    ]


def test_a_line_of_which_all_fields_are_empty_is_left_out() -> None:
    assert filled("Start: {start}, slutt: {finished}\nNr. {number}", VALUES) == ["Nr. 48213"]


@pytest.mark.parametrize("separator", [": ", " – ", ", ", " - ", "; ", " "])
def test_a_separator_before_nothing_goes_too(separator: str) -> None:
    assert filled(f"Oppgave {{number}}{separator}{{status_web}}", VALUES) == ["Oppgave 48213"]


def test_only_the_templates_own_separators_go() -> None:
    assert filled("{title}{status_web}", {"title": "Bytte kabel,"}) == ["Bytte kabel,"]
    assert filled("{number}:", VALUES) == ["48213:"]


def test_each_line_of_the_notes_is_a_line() -> None:
    assert filled("Notat: {notes}", VALUES) == ["Notat: Første", "Andre"]


def test_a_line_without_fields_is_kept_as_it_is() -> None:
    assert filled("Takk for oppdraget:\n{{ }}", VALUES) == ["Takk for oppdraget:", "{ }"]


def test_broken_braces_are_kept_as_they_are() -> None:
    assert filled("Sted: {place", VALUES) == ["Sted: {place"]


@given(st.text("{}ab:!.\n ") | st.text(), st.dictionaries(st.sampled_from(FIELDS), st.text()))
def test_any_template_can_be_judged_and_filled(template: str, values: dict[str, str]) -> None:
    assert all(unknown_fields(template))
    assert all(isinstance(line, str) for line in filled(template, values))


@given(st.sampled_from(FIELDS), st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_a_value_is_never_shortened_nor_read_as_a_template(name: str, value: str) -> None:
    assert filled(f"{{{name}}}: {{missing}}", {name: value}) == [value]

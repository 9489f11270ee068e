"""The settings on the page: every one of them, as the field that its default asks for, in words."""

from dataclasses import fields

import pytest
from lxml import html

from connector.domain.settings import OrderStatus, Settings
from connector.domain.text_template import FIELDS
from connector.web.page_settings import settings_fields
from connector.web.settings_words import SETTINGS

NB, EN = 0, 1


def form(place: int = NB) -> html.HtmlElement:
    return html.fragment_fromstring(settings_fields(place), create_parent="form")


def field(name: str, place: int = NB) -> html.HtmlElement:
    (found,) = form(place).xpath(f"//*[@name='settings.{name}']")
    return found


def around(name: str, place: int = NB) -> str:
    """All that is read where the field stands."""
    (paragraph,) = form(place).xpath(f"//p[.//*[@id='{name}']]")
    return str(paragraph.text_content())


def test_every_setting_is_there_in_the_order_of_the_settings() -> None:
    names = [one.removeprefix("settings.") for one in form().xpath("//@name")]
    assert names == [one.name for one in fields(Settings)]


@pytest.mark.parametrize("place", [NB, EN])
def test_all_that_is_said_of_a_setting_is_on_the_page(place: int) -> None:
    for name, said in SETTINGS.items():
        text = around(name, place)
        for sentence in ((said.nb, said.en)[place], *(words[place] for words in said.choices.values())):
            assert all(part.rstrip(".") in text for part in sentence.split(". ")), sentence


def test_choices_are_offered_by_what_they_mean() -> None:
    options = {one.get("value"): one.text for one in field("order_status").iter("option")}
    assert options == {
        OrderStatus.FOR_INVOICING: "Klar til fakturering",
        OrderStatus.WEB: "Webordre; noen ser på den først",
        OrderStatus.DRAFT: "Kladd",
    }


def test_yes_or_no_is_a_tick_that_says_what_happens_without() -> None:
    assert field("credit_orders").get("type") == "checkbox"
    assert "Ja, som kreditordre" in around("credit_orders")
    assert "Uten kryss: Nei, den holdes tilbake." in around("credit_orders")


def test_mappings_are_lines_of_numbers_or_of_text() -> None:
    assert field("projects").get("data-values") == "number"
    assert field("fallback_products").get("data-values") == "text"
    assert "Én på hver linje: nøkkel = verdi." in around("projects")
    assert "hours Timer." in around("fallback_products")
    assert field("product_types").get("data-values") == "text"
    assert "distance Kjøring." in around("product_types")


@pytest.mark.parametrize("name", FIELDS)
def test_the_text_names_its_fields(name: str) -> None:
    assert f"{{{name}}}" in around("text_template")

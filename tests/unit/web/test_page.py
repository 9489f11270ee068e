"""The page as it is sent: both languages whole, nothing from elsewhere, every field labelled and known."""

import base64
import hashlib
import re
from importlib.resources import files
from string import Template

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from lxml import html
from openapi_schema_validator import OAS31Validator

from connector.domain.integration import IntegrationState
from connector.domain.matches import Conflict, MatchKind
from connector.domain.stream import RunState
from connector.domain.task_record import TaskState
from connector.web.api import activation_api
from connector.web.bodies import ActivationBody, ConfirmBody, DecisionBody, FinishedBody, SessionBody
from connector.web.page import LANGUAGES, page
from connector.web.page_words import REFUSED, WORDS
from connector.web.settings_body import SettingsBody
from tests.fakes.browser import HOST, Reply, openapi
from tests.fakes.people import World

MADE = {"language", "style", "script", "words", "settings_fields"}
"""What the page is filled with besides words."""


def get(**query: str) -> Reply:
    """The page, asked for by somebody without session."""
    event = {
        "version": "2.0",
        "rawPath": "/",
        "headers": {"host": HOST},
        "queryStringParameters": query,
        "requestContext": {
            "domainName": HOST,
            "http": {"method": "GET", "path": "/"},
            "requestId": "req-1",
            "stage": "$default",
        },
    }
    answer = activation_api(World().api)(event, LambdaContext())
    return Reply(answer["statusCode"], answer["headers"], answer.get("cookies", []), answer["body"])


def tree(language: str = "nb") -> html.HtmlElement:
    return html.document_fromstring(page(language).html)


def inline(name: str) -> list[str]:
    return [one.text for one in tree().iter(name) if one.get("type") != "application/json"]


def test_the_page_is_in_bokmal_and_needs_no_session() -> None:
    reply = get()
    assert (reply.status, reply.cookies) == (200, [])
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Content-Language"] == "nb"
    assert '<html lang="nb">' in reply.text
    assert "Avtalenummer" in reply.text


def test_english_is_a_choice() -> None:
    reply = get(lang="en", avtalenummer="104477")
    assert reply.headers["Content-Language"] == "en"
    assert "Agreement number" in reply.text
    assert "Avtalenummer" not in reply.text


def test_a_language_that_is_none_of_ours_is_bokmal() -> None:
    assert get(lang="<script>").text == get().text


def test_what_is_sent_is_described() -> None:
    described = openapi()["paths"]["/"]["get"]
    assert {one["name"] for one in described["parameters"]} == {"avtalenummer", "lang"}
    for name, header in described["responses"]["200"]["headers"].items():
        OAS31Validator(header["schema"]).validate(get().headers[name])
    assert set(described["parameters"][1]["schema"]["enum"]) == set(LANGUAGES)


def test_only_our_own_style_and_script_may_run() -> None:
    policy = get().headers["Content-Security-Policy"]
    for directive, name in (("script-src", "script"), ("style-src", "style")):
        (text,) = inline(name)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_nothing_is_fetched_from_elsewhere_and_no_markup_runs_code() -> None:
    for element in tree().iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on"), element.tag
            assert name not in ("style", "src", "action"), element.tag
            assert "//" not in value, value
    (script,), (style,) = inline("script"), inline("style")
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|Storage", script)
    assert not re.search(r"url\(|@import", style)


def test_words_cannot_end_the_element_that_holds_them() -> None:
    (words,) = tree().xpath("//script[@id='words']")
    assert "<" not in words.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_label_and_a_place_for_its_error(language: str) -> None:
    root = tree(language)
    # What is in a template gets its words from the script.
    labels = root.xpath("//label[not(ancestor::template)]")
    labelled = {one.get("for") for one in labels}
    assert all(one.text_content().strip() for one in labels)
    for field in root.xpath("(//input | //select | //textarea)[not(ancestor::template)]"):
        assert field.get("id") in labelled
        described = field.get("aria-describedby").split()
        assert described[0] == f"{field.get('id')}_error"
        assert all(len(root.xpath(f"//*[@id='{one}']")) == 1 for one in described)
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("activation", {"agreement_number"} | set(ActivationBody.model_fields) - {"settings"}),
        ("login", set(SessionBody.model_fields)),
        ("deciding", set(DecisionBody.model_fields)),
        ("confirming", set(ConfirmBody.model_fields)),
        ("deactivating", set(ConfirmBody.model_fields)),
        ("finishing", set(FinishedBody.model_fields)),
        ("settings", {f"settings.{name}" for name in SettingsBody.model_fields}),
    ],
)
def test_forms_name_their_fields_as_the_api_does(form: str, fields: set[str]) -> None:
    assert set(tree().xpath(f"//form[@id='{form}']//@name")) == fields


def test_every_word_is_used_and_every_used_word_exists() -> None:
    (script,) = inline("script")
    states = {f"state_{one}" for one in IntegrationState} | {f"task_{one}" for one in TaskState}
    states |= {f"run_{one}" for one in RunState} | {"run_waiting", "run_unconfirmed"}
    states |= {f"match_{one}" for one in MatchKind} | {f"conflict_{one}" for one in Conflict}
    states |= {f"refused_{one}" for one in REFUSED}
    said = set(re.findall(r"words\.(\w+)", script)) | states
    assert said | placeholders() == set(WORDS)


def test_every_word_has_both_languages_with_the_same_gaps() -> None:
    for name, texts in WORDS.items():
        assert all(texts), name
        assert len({frozenset(re.findall(r"{(\w+)}", text)) for text in texts}) == 1, name


def placeholders() -> set[str]:
    """Words that page.html has a place for."""
    text = (files("connector.web") / "page.html").read_text(encoding="utf-8")
    return set(Template(text).get_identifiers()) - MADE

"""Settings through the router; `Browser` checks every answer against docs/openapi.yaml."""

from dataclasses import asdict, replace
from datetime import timedelta
from enum import StrEnum

import pytest

from connector.domain.settings import DEFAULT_TEXT_TEMPLATE, Settings
from connector.domain.text_template import FIELDS
from connector.web.settings_body import SettingsBody
from connector.web.settings_words import SETTINGS
from sandbox.smartday.validation import PRODUCT_TYPES
from tests.fakes.browser import ACTIVATE, HERE, Browser
from tests.fakes.people import AGREEMENT

EVERYTHING = {
    "order_status": "Draft",
    "release": "approval",
    "lines": "text_only",
    "grouping": "product",
    "prices": "erp",
    "zero_value": "ignore",
    "credit_orders": True,
    "open_order_changed": "hold",
    "invoiced_order_changed": "supplement",
    "field_customers": "create",
    "employee_names": True,
    "text_template": "Oppgave {number}\n{notes}",
    "reference_field": "invoice_title",
    "fallback_products": {"hours": "T100"},
    "projects": {"P-1": 7},
    "departments": {"Bergen": 2},
    "our_references": {"ansatt 12": 2147483647},
    "import_customers": False,
    "import_suppliers": True,
    "import_leads": False,
    "import_products": False,
    "product_types": {"1": "hours", "2147483647": "text"},
    "confirm_matches": "always",
}


def test_every_setting_can_be_changed(customer: Browser) -> None:
    assert EVERYTHING.keys() == SettingsBody.model_fields.keys()
    reply = customer.call("PUT", HERE, {"active": True, "settings": EVERYTHING})
    assert (reply.status, reply.body["settings"]) == (200, EVERYTHING)


def test_a_setting_that_is_left_out_stays(customer: Browser) -> None:
    customer.call("PUT", HERE, {"active": True, "settings": {"projects": {"P-1": 7}}})
    reply = customer.call("PUT", HERE, {"active": True, "settings": {"lines": "text_only"}})
    assert reply.body["settings"]["projects"] == {"P-1": 7}


def test_a_body_of_wrong_names_only_is_answered_with_the_first_of_them(customer: Browser) -> None:
    wrong = {f"{number}{'x' * 300}": 1 for number in range(500)}
    reply = customer.call("PUT", HERE, {"active": True, "settings": wrong})
    assert reply.status == 422
    assert len(reply.body["errors"]) == 20
    assert all(len(one["field"]) == 100 for one in reply.body["errors"])


@pytest.mark.parametrize(
    ("settings", "field", "code"),
    [
        ({"fallback_products": {"hours": " 1001 "}}, "fallback_products.hours", "invalid"),
        ({"projects": {" ": 1}}, "projects. ", "invalid"),
        ({"line": "priced"}, "line", "unknown_field"),
        ({"lines": "all"}, "lines", "not_a_choice"),
        ({"lines": None}, "lines", "not_a_choice"),
        ({"credit_orders": "yes"}, "credit_orders", "invalid"),
        ({"fallback_products": {"note": "1"}}, "fallback_products.note", "not_a_choice"),
        ({"fallback_products": {"hours": ""}}, "fallback_products.hours", "too_short"),
        ({"projects": {"P-1": 0}}, "projects.P-1", "invalid"),
        ({"projects": {"P-1": -3}}, "projects.P-1", "invalid"),
        ({"projects": {"P-1": 2**31}}, "projects.P-1", "invalid"),
        ({"projects": {"P-1": "7"}}, "projects.P-1", "invalid"),
        ({"departments": {"": 1}}, "departments.", "too_short"),
        ({"departments": {"x" * 51: 1}}, f"departments.{'x' * 51}", "too_long"),
        ({"our_references": {str(one): 1 for one in range(101)}}, "our_references", "too_long"),
        ({"product_types": {"1": "time"}}, "product_types.1", "not_a_choice"),
        ({"product_types": {"": "goods"}}, "product_types.", "too_short"),
        ({"product_types": {"0": "goods"}}, "product_types.0", "invalid"),
        ({"product_types": {"01": "goods"}}, "product_types.01", "invalid"),
        ({"product_types": {"-1": "goods"}}, "product_types.-1", "invalid"),
        ({"product_types": {"Varer": "goods"}}, "product_types.Varer", "invalid"),
        ({"product_types": {"2147483648": "goods"}}, "product_types.2147483648", "invalid"),
        ({"product_types": {str(one): "goods" for one in range(1, 102)}}, "product_types", "too_long"),
        ({"text_template": ""}, "text_template", "too_short"),
        ({"text_template": "x" * 2001}, "text_template", "too_long"),
        ({"text_template": "Oppgave {nummer}"}, "text_template", "unknown_template_field"),
        ({"text_template": "{title.__class__}"}, "text_template", "unknown_template_field"),
        ({"text_template": "{title!r}"}, "text_template", "unknown_template_field"),
        ({"text_template": "Oppgave {number"}, "text_template", "invalid"),
        ({"text_template": "Oppgave {}"}, "text_template", "invalid"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    customer: Browser, settings: dict[str, object], field: str, code: str
) -> None:
    reply = customer.call("PUT", HERE, {"active": True, "settings": settings})
    assert (reply.status, reply.code) == (422, "validation")
    assert reply.fields == {f"settings.{field}": code}
    assert customer.world.integrations.integrations[AGREEMENT].settings == Settings()


def test_the_settings_are_shown_with_what_they_were(customer: Browser) -> None:
    world = customer.world
    world.clock.now += timedelta(hours=1)
    customer.call("PUT", HERE, {"active": True, "settings": {"field_customers": "create"}})
    body = customer.call("GET", f"{HERE}/settings").body
    assert (body["version"], body["settings"]["field_customers"]) == (2, "create")
    (former,) = body["history"]
    assert (former["version"], former["until"]) == (1, "2026-09-14T12:02:00Z")
    assert former["settings"]["field_customers"] == "hold"
    assert customer.call("GET", HERE).body["settings_version"] == 2


def test_saving_the_same_settings_makes_no_version(customer: Browser) -> None:
    customer.call("PUT", HERE, {"active": True, "settings": {"field_customers": "hold"}})
    assert customer.call("GET", f"{HERE}/settings").body["version"] == 1


def test_the_oldest_versions_fall_away(customer: Browser) -> None:
    integrations = customer.world.integrations
    for number in range(25):
        stored = integrations.integrations[AGREEMENT]
        settings = replace(stored.settings, projects={"P-1": number + 1})
        integrations.save(stored.with_settings(settings, customer.world.clock()))
    history = customer.call("GET", f"{HERE}/settings").body["history"]
    assert [one["version"] for one in history] == list(range(6, 26))


def test_before_activation_the_settings_are_the_defaults(browser: Browser) -> None:
    browser.log_in(AGREEMENT, str(ACTIVATE["bridge_user"]), str(ACTIVATE["bridge_password"]))
    body = browser.call("GET", f"{HERE}/settings").body
    assert (body["version"], body["history"]) == (1, [])
    assert body["settings"]["text_template"] == DEFAULT_TEXT_TEMPLATE


def test_a_check_changes_no_setting(customer: Browser) -> None:
    customer.call("PUT", f"{HERE}?check=true", {**ACTIVATE, "settings": {"field_customers": "create"}})
    assert customer.call("GET", f"{HERE}/settings").body["version"] == 1


def test_every_choice_of_a_setting_is_explained() -> None:
    for name, value in asdict(Settings()).items():
        if isinstance(value, StrEnum):
            assert set(SETTINGS[name].choices) == set(type(value))
        if isinstance(value, bool):
            assert set(SETTINGS[name].choices) == {"true", "false"}


def test_what_may_be_named_in_a_setting_is_explained() -> None:
    assert list(SETTINGS["text_template"].choices) == [f"{{{name}}}" for name in FIELDS]
    kinds = SettingsBody.model_json_schema()["properties"]["fallback_products"]["propertyNames"]["enum"]
    assert list(SETTINGS["fallback_products"].choices) == kinds
    assert list(SETTINGS["product_types"].choices) == list(PRODUCT_TYPES)

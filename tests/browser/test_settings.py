"""The settings in a real browser: filled in as they are, changed, and wrong ones said at the field."""

from dataclasses import fields, replace
from functools import partial

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from connector.domain.integration import Integration, IntegrationState
from connector.domain.settings import (
    ConfirmMatches,
    FieldCustomers,
    Grouping,
    InvoicedOrderChanged,
    Lines,
    OpenOrderChanged,
    OrderStatus,
    Prices,
    ReferenceField,
    Release,
    Settings,
    ZeroValue,
)
from connector.web.settings_words import SETTINGS
from tests.browser.screen import Screen
from tests.fakes.people import AGREEMENT

OTHERS = Settings(
    order_status=OrderStatus.DRAFT,
    release=Release.APPROVAL,
    lines=Lines.TEXT_ONLY,
    grouping=Grouping.PRODUCT,
    prices=Prices.ERP,
    zero_value=ZeroValue.IGNORE,
    credit_orders=True,
    open_order_changed=OpenOrderChanged.HOLD,
    invoiced_order_changed=InvoicedOrderChanged.SUPPLEMENT,
    field_customers=FieldCustomers.CREATE,
    employee_names=True,
    text_template="{number}: {title}\n{notes}",
    reference_field=ReferenceField.INVOICE_TITLE,
    fallback_products={"hours": "9001", "item": "A=1"},
    projects={"P-1": 31, "Bygg = nord": 32},
    departments={"Service": 4},
    our_references={"17": 5},
    import_customers=False,
    import_suppliers=True,
    import_leads=False,
    import_products=False,
    product_types={"1": "hours", "2": "distance"},
    confirm_matches=ConfirmMatches.ALWAYS,
)
"""Every setting otherwise than by default."""


def label(name: str) -> str:
    """What stands at the field of this setting."""
    return SETTINGS[name].nb.partition(". ")[0].removesuffix(".")


PROJECTS = label("projects")
FALLBACK = label("fallback_products")
TEXT = label("text_template")
STATUS = label("order_status")
NAMES = label("employee_names")


def integration(screen: Screen) -> Integration:
    return screen.world.integrations.integrations[AGREEMENT]


def choose(screen: Screen, name: str, value: object) -> None:
    """Set the field of a setting as a person does."""
    input_ = screen.field(label(name))
    match value:
        case bool():
            input_.send_keys(Keys.SPACE)
        case dict():
            screen.fill(**{label(name): "\n".join(f"{key} = {one}" for key, one in value.items())})
        case str() if input_.tag_name == "select":
            words = SETTINGS[name].choices[value][0].removesuffix(".")
            input_.find_element(By.XPATH, f"option[.='{words}']").click()
        case _:
            screen.fill(**{label(name): str(value)})


@pytest.fixture
def form(screen: Screen) -> Screen:
    """The settings of an active integration, opened."""
    screen.enter()
    screen.open_box("Innstillinger")
    return screen


def save(form: Screen, **settings: str) -> None:
    form.fill(**settings)
    form.press("Lagre innstillingene")


def test_every_setting_can_be_changed(form: Screen) -> None:
    form.see("Versjon 1.")
    for one in fields(Settings):
        choose(form, one.name, getattr(OTHERS, one.name))
    form.press("Lagre innstillingene")
    form.see("Innstillingene er lagret.")
    form.see("Versjon 2.")
    assert integration(form).settings == OTHERS
    assert integration(form).state is IntegrationState.ACTIVE


def test_settings_are_shown_as_they_are(screen: Screen) -> None:
    screen.enter()
    screen.world.integrations.save(integration(screen).with_settings(OTHERS, screen.world.clock()))
    screen.open(f"?avtalenummer={AGREEMENT}")
    screen.open_box("Innstillinger")
    screen.see("Versjon 2.")
    assert screen.field(PROJECTS).get_property("value") == "P-1 = 31\nBygg = nord = 32"
    assert screen.field(FALLBACK).get_property("value") == "hours = 9001\nitem = A=1"
    assert screen.field(TEXT).get_property("value") == OTHERS.text_template
    assert screen.field(STATUS).get_property("value") == "Draft"
    assert screen.field(NAMES).is_selected()
    screen.press("Lagre innstillingene")
    screen.see("Ingen innstilling er endret.")
    assert integration(screen).settings_version == 2


def test_only_what_was_changed_is_sent(form: Screen) -> None:
    theirs = replace(Settings(), order_status=OrderStatus.WEB)
    form.world.integrations.save(integration(form).with_settings(theirs, form.world.clock()))
    save(form, **{PROJECTS: "P-1 = 31"})
    form.see("Innstillingene er lagret.")
    assert integration(form).settings == replace(theirs, projects={"P-1": 31})
    form.until(lambda: form.field(STATUS).get_property("value") == "Web")


def test_a_paused_integration_stays_paused(form: Screen) -> None:
    form.press("Sett på pause")
    form.see("Satt på pause")
    save(form, **{PROJECTS: "P-1 = 31"})
    form.see("Innstillingene er lagret.")
    assert integration(form).settings.projects == {"P-1": 31}
    assert integration(form).state is IntegrationState.PAUSED


def test_a_line_that_is_no_pair_is_said_at_its_field(form: Screen) -> None:
    for lines, error in (
        ("P-1 31", "Linje 1: skriv nøkkel = verdi."),
        ("P-1 = 31\n\nP-2 =", "Linje 3: skriv nøkkel = verdi."),
        ("P-1 = 31\nP-1 = 32", "Linje 2: «P-1» står to ganger."),
        ("P-1 = nord", "Linje 1: verdien til «P-1» må være et helt tall."),
        ("P-1\nP-2", "Linje 1: skriv nøkkel = verdi. Linje 2: skriv nøkkel = verdi."),
    ):
        save(form, **{PROJECTS: lines})
        assert form.error(PROJECTS) == error
        assert form.has_focus(PROJECTS)
    assert integration(form).settings_version == 1


def test_what_the_api_refuses_is_said_at_its_field(form: Screen) -> None:
    for name, wrong, right, error in (
        (PROJECTS, "P.1 = 0", "", "P.1: Verdien er ikke gyldig."),
        (FALLBACK, "timer = 9001", "", "timer: Verdien er ikke et av valgene."),
        (TEXT, "", "{title}", "Feltet må fylles ut."),
        (TEXT, "{tittel}", "{title}", "Malen nevner et felt som ikke finnes."),
    ):
        save(form, **{name: wrong})
        form.until(partial(has_error, form, name, error))
        form.until(partial(form.has_focus, name))
        form.fill(**{name: right})
    assert integration(form).settings == Settings()


def has_error(form: Screen, name: str, error: str) -> bool:
    return form.error(name) == error


def test_a_session_that_ended_leads_from_the_settings_to_the_login(form: Screen) -> None:
    form.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    save(form, **{PROJECTS: "P-1 = 31"})
    form.see("Logg inn for å se integrasjonen.")

"""The page in a real browser, in front of the API in this process: what an office manager does."""

from dataclasses import replace

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from connector.domain.stream import Cursor, Note, Run, RunState, Stream
from tests.browser.screen import Screen
from tests.fakes.people import AGREEMENT, COMPANY, LOGIN, OTHER, SECOND_COMPANY, bridge_login
from tests.fakes.queues import SentStream

SEVERAL = ("to@eksempel.invalid", "to-passord")
"""An ERP login that reaches two companies."""


def run(screen: Screen, stream: Stream, state: RunState, seen: int) -> None:
    """How far an import has come."""
    now = screen.world.clock()
    cursor = screen.world.cursors.get(AGREEMENT, stream) or Cursor(AGREEMENT, stream)
    finished = now if state is RunState.FINISHED else None
    notes = (Note("name_shortened", 2, ("10021", "10022")),)
    latest = Run("r-1", state, now, finished_at=finished, total=60, seen=seen, written=seen, notes=notes)
    screen.world.cursors.save(replace(cursor, run=latest))


def test_an_agreement_number_in_the_address_is_filled_in(screen: Screen) -> None:
    screen.open(f"?avtalenummer={AGREEMENT}")
    screen.until(lambda: screen.field("Avtalenummer").get_attribute("value") == AGREEMENT)
    screen.driver.find_element(By.LINK_TEXT, "English").click()
    screen.until(lambda: screen.field("Agreement number").get_attribute("value") == AGREEMENT)


def test_what_is_missing_is_said_beside_each_field(screen: Screen) -> None:
    screen.open()
    screen.fill(Avtalenummer="10 44")
    screen.press("Lagre og start")
    assert screen.error("Avtalenummer").startswith("Avtalenummeret har bare")
    assert screen.error("Bridge-passord") == "Feltet må fylles ut."
    assert screen.error("Aktiver").startswith("Kryss av")
    assert screen.has_focus("Avtalenummer")


def test_a_wrong_password_is_said_beside_its_field(screen: Screen) -> None:
    screen.open()
    screen.fill_in_everything()
    screen.fill(**{"Bridge-passord": "feil"})
    screen.press("Lagre og start")
    screen.until(lambda: screen.error("Bridge-passord") == "Bridge-bruker eller Bridge-passord er feil.")
    assert screen.has_focus("Bridge-bruker")
    screen.fill(**{"Bridge-passord": LOGIN.bridge_password, "Passord i 24SevenOffice": "feil"})
    screen.press("Lagre og start")
    wrong = "Brukernavn eller passord til 24SevenOffice er feil."
    screen.until(lambda: screen.error("Passord i 24SevenOffice") == wrong)
    assert screen.error("Bridge-passord") == ""


def test_one_of_several_companies_is_chosen_and_activated(screen: Screen) -> None:
    screen.open()
    screen.fill_in_everything()
    screen.fill(**{"Brukernavn i 24SevenOffice": SEVERAL[0], "Passord i 24SevenOffice": SEVERAL[1]})
    screen.press("Lagre og start")
    screen.until(lambda: "Velg ett." in screen.error("Firma i 24SevenOffice"))
    assert screen.has_focus("Firma i 24SevenOffice")
    screen.field("Firma i 24SevenOffice").send_keys(SECOND_COMPANY.name)
    screen.press("Lagre og start")
    screen.see(f"Firma i 24SevenOffice: {SECOND_COMPANY.name} ({SECOND_COMPANY.id})")
    assert {one.stream for one in screen.world.stream_queue.sent} == {Stream.CUSTOMERS, Stream.PRODUCTS}


def test_no_password_stays_behind(screen: Screen) -> None:
    screen.activate()
    fields = screen.driver.find_elements(By.CSS_SELECTOR, "input[type=password]")
    assert {one.get_attribute("value") for one in fields} == {""}
    kept = "return [document.cookie, localStorage.length, sessionStorage.length]"
    assert screen.driver.execute_script(kept) == ["", 0, 0]
    assert screen.driver.current_url == f"{screen.address}/?avtalenummer={AGREEMENT}"


def test_imports_are_followed_until_they_are_done(screen: Screen) -> None:
    screen.activate()
    for stream in (Stream.CUSTOMERS, Stream.PRODUCTS):
        run(screen, stream, RunState.RUNNING, 20)
    screen.see("Pågår: 20 av 60")
    bar = screen.field("Kunder")
    assert (bar.get_property("value"), bar.get_property("max")) == (20, 60)
    for stream in (Stream.CUSTOMERS, Stream.PRODUCTS):
        run(screen, stream, RunState.FINISHED, 60)
    screen.see("Ferdig 14.09.2026, 13:02")
    screen.see("Importen er ferdig.")
    screen.see("Navnet er kortet ned til 200 tegn. Antall: 2. Nr. 10021, 10022")
    assert bar.get_property("value") == 60
    screen.press("Importer nå: Varer")
    screen.see("Importen er bestilt.")
    assert screen.world.stream_queue.sent[-1] == SentStream(AGREEMENT, Stream.PRODUCTS, False)


def test_what_was_not_imported_is_linked_when_there_is_any(screen: Screen) -> None:
    run(screen, Stream.PRODUCTS, RunState.FINISHED, 60)
    run(screen, Stream.CUSTOMERS, RunState.FINISHED, 60)
    cursor = screen.world.cursors.get(AGREEMENT, Stream.CUSTOMERS)
    assert cursor
    assert cursor.run
    screen.world.cursors.save(replace(cursor, run=replace(cursor.run, rejected=1)))
    screen.activate()
    screen.see("Last ned poster som ikke ble importert (CSV)")
    links = screen.driver.find_elements(By.PARTIAL_LINK_TEXT, "poster som ikke ble importert")
    assert [one.accessible_name for one in links if one.is_displayed()] == [
        "Last ned poster som ikke ble importert (CSV): Kunder"
    ]
    address = f"{screen.address}/integrations/{AGREEMENT}/imports/r-1/rejected?format=csv"
    assert links[0].get_property("href") == address


def test_pause_log_out_come_back_and_resume(screen: Screen) -> None:
    screen.activate()
    screen.press("Sett på pause")
    screen.see("Satt på pause")
    screen.press("Logg ut")
    screen.see("Du er logget ut.")
    screen.open()
    screen.open_box("Allerede aktivert? Logg inn")
    login = screen.driver.find_element(By.ID, "login")
    for name, text in (
        ("agreement_number", AGREEMENT),
        ("bridge_user", LOGIN.bridge_user),
        ("bridge_password", "feil" + Keys.ENTER),
    ):
        login.find_element(By.NAME, name).send_keys(text)
    screen.see("Avtalenummer, Bridge-bruker eller Bridge-passord er feil.")
    password = login.find_element(By.NAME, "bridge_password")
    password.send_keys(Keys.CONTROL, "a", Keys.NULL, LOGIN.bridge_password + Keys.ENTER)
    screen.press("Fortsett")
    screen.see("Aktiv\n")


def test_the_page_is_the_same_in_english(screen: Screen) -> None:
    screen.put_task("48213", reason="customer_unknown")
    screen.activate()
    screen.driver.find_element(By.LINK_TEXT, "English").click()
    screen.see("Active\n")
    screen.see(f"Company in 24SevenOffice: {COMPANY.name}")
    screen.see("The customer number isn't in 24SevenOffice.")
    screen.driver.find_element(By.LINK_TEXT, "Bokmål").click()
    screen.see("Kundenummeret finnes ikke i 24SevenOffice.")


def test_a_session_that_ended_leads_back_to_the_login(screen: Screen) -> None:
    screen.activate()
    screen.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    screen.press("Sett på pause")
    screen.see("Logg inn for å se integrasjonen.")
    assert COMPANY.name not in screen.text


def test_another_agreement_may_be_activated_while_a_session_is_open(screen: Screen) -> None:
    user, password = bridge_login(OTHER)
    screen.world.prover.erp.companies["annen@eksempel.invalid", "p"] = {
        "00000000-0000-4000-8000-000000000502": SECOND_COMPANY
    }
    screen.activate()
    screen.open(f"?avtalenummer={OTHER}")
    screen.fill_in_everything()
    screen.fill(Avtalenummer=OTHER, **{"Bridge-bruker": user, "Bridge-passord": password})
    screen.fill(**{"Brukernavn i 24SevenOffice": "annen@eksempel.invalid", "Passord i 24SevenOffice": "p"})
    screen.press("Lagre og start")
    screen.see(f"Avtale {OTHER}")
    screen.see(SECOND_COMPANY.name)


def test_a_rejected_login_is_replaced_by_one_who_is_logged_in(screen: Screen) -> None:
    screen.activate()
    stored = screen.world.integrations.get(AGREEMENT)
    assert stored
    screen.world.integrations.save(
        stored.refused("twentyfoursevenoffice", "invalid_credentials", stored.start)
    )
    screen.see("Innloggingen er avvist")
    screen.see("Innloggingen til 24SevenOffice ble avvist.")
    screen.fill(**{"Passord i 24SevenOffice": LOGIN.erp_password})
    screen.field("Aktiver").click()
    screen.press("Lagre og start")
    screen.see("Aktiv\n")

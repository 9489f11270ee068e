"""The match report in a real browser: shown while an import waits for it, and confirmed by a person."""

from selenium.webdriver.common.by import By

from connector.domain.matches import Conflict, Match, MatchKind, MatchReport, MatchReview, MatchState
from connector.domain.stream import Cursor, Run, RunState, Stream
from connector.usecases.import_turn import basis_of
from tests.browser.screen import Screen
from tests.fakes.people import AGREEMENT
from tests.fakes.queues import SentStream

HEADING = "Slik passer registrene sammen"
TWIN = Match(
    MatchKind.ORGANISATION_NUMBER,
    Conflict.OTHER_NUMBER,
    number="10021",
    name="Nordmann <b>AS</b>",
    organisation_number="974760673",
    smartday_id="c-7",
    smartday_number="77",
    smartday_name="Nordmann",
    smartday_organisation_number="974760673",
)
ALONE = Match(MatchKind.ONLY_ERP, number="10022", name="Åsen Rør")
COUNTS = dict.fromkeys(MatchKind, 0) | {MatchKind.ORGANISATION_NUMBER: 3, MatchKind.ONLY_ERP: 12}


def wait(screen: Screen, stream: Stream, report: MatchReport | None) -> None:
    """An import that waits until somebody has seen the report."""
    now = screen.world.clock()
    basis = basis_of(screen.world.integrations.integrations[AGREEMENT], stream)
    screen.world.matches.save(MatchReview(AGREEMENT, stream, basis, MatchState.WAITING, report))
    run = Run(f"r-{stream}", RunState.HELD, now, finished_at=now, error="matches_unconfirmed")
    screen.world.cursors.save(Cursor(AGREEMENT, stream, run=run))


def activated(screen: Screen) -> Screen:
    screen.enter()
    screen.world.stream_queue.take()
    return screen


def shown(screen: Screen, part: str) -> list[str]:
    found = screen.driver.find_elements(By.CSS_SELECTOR, f"#matches {part}")
    return [str(one.get_property("textContent")) for one in found]


def test_there_is_no_report_while_nothing_waits(screen: Screen) -> None:
    activated(screen)
    assert HEADING not in screen.text


def test_a_report_that_waits_is_shown_and_confirmed(screen: Screen) -> None:
    activated(screen)
    report = MatchReport(screen.world.clock(), COUNTS, conflicts=3, matches=(TWIN, ALONE))
    wait(screen, Stream.CUSTOMERS, report)
    screen.see(HEADING)
    screen.see("Venter på at rapporten under bekreftes")
    screen.see("Sammenlignet 14.09.2026, 13:02")
    assert shown(screen, "dt") == ["Samme organisasjonsnummer", "Bare i 24SevenOffice"]
    assert shown(screen, "dd") == ["3", "12"]
    screen.see("Konflikter: 3. Her vises 1.")
    (conflict,) = shown(screen, ".conflicts li")
    sentence, _, records = conflict.partition(". ")
    assert sentence == "Firmaet har et annet nummer i Smartday, og kommer dit én gang til"
    assert records == (
        "24SevenOffice: 10021, Nordmann <b>AS</b>, 974760673 – Smartday: 77, Nordmann, 974760673"
    )
    screen.open_box("Uten konflikt (utvalg): Kunder")
    screen.see("Bare i 24SevenOffice. 24SevenOffice: 10022, Åsen Rør")

    screen.press("Bekreft og start importen")
    assert screen.error("Hvem har sett på dette?") == "Feltet må fylles ut."
    screen.fill(**{"Hvem har sett på dette?": "Kari Nordmann"})
    screen.press("Bekreft og start importen")
    screen.see("Bekreftet. Importen starter.")
    screen.until(lambda: HEADING not in screen.text)
    review = screen.world.matches.reviews[AGREEMENT, Stream.CUSTOMERS]
    assert (review.state, review.confirmed_by) == (MatchState.CONFIRMED, "Kari Nordmann")
    assert SentStream(AGREEMENT, Stream.CUSTOMERS) in screen.world.stream_queue.sent


def test_registers_that_are_too_large_to_compare_may_be_confirmed_too(screen: Screen) -> None:
    activated(screen)
    wait(screen, Stream.PRODUCTS, None)
    screen.see("Registrene er for store til å sammenlignes på én gang.")
    assert shown(screen, "h4") == ["Varer"]
    screen.fill(**{"Hvem har sett på dette?": "Kari Nordmann"})
    screen.press("Bekreft og start importen")
    screen.see("Bekreftet. Importen starter.")


def test_the_report_is_the_same_in_english(screen: Screen) -> None:
    activated(screen)
    report = MatchReport(screen.world.clock(), COUNTS, conflicts=0, matches=(ALONE,))
    wait(screen, Stream.CUSTOMERS, report)
    screen.see("Ingen konflikter.")
    screen.driver.find_element(By.LINK_TEXT, "English").click()
    screen.see("How the registers match")
    screen.see("No conflicts.")

"""An import in a real browser: how fast it goes, and a full one that a person lets make records inactive."""

from dataclasses import replace
from datetime import timedelta

from selenium.webdriver.common.by import By

from connector.domain.stream import Cursor, Run, RunState, Stream
from tests.browser.screen import Screen
from tests.fakes.people import AGREEMENT
from tests.fakes.queues import SentStream

GONE = "57 av 412 kunder er ikke lenger i 24SevenOffice."
BUTTON = "Gjør dem inaktive: Kunder"


def put(screen: Screen, run: Run, held: Run | None = None) -> None:
    cursor = screen.world.cursors.get(AGREEMENT, Stream.CUSTOMERS) or Cursor(AGREEMENT, Stream.CUSTOMERS)
    screen.world.cursors.save(replace(cursor, run=run, held=held))


def hold(screen: Screen) -> None:
    now = screen.world.clock()
    run = Run("r-1", RunState.HELD, now, full=True, finished_at=now, absent=57, in_use=412)
    put(screen, run, held=replace(run, error="deactivations_unconfirmed"))


def test_a_running_import_says_how_fast_it_goes_and_how_long_it_still_takes(screen: Screen) -> None:
    screen.enter()
    now = screen.world.clock()
    run = Run("r-1", RunState.RUNNING, now, updated_at=now)
    put(screen, run)
    screen.see("Leser listen …")
    assert screen.field("Kunder").get_dom_attribute("value") is None
    put(screen, replace(run, total=24_000, seen=6_000, updated_at=now + timedelta(seconds=2_500)))
    screen.see("(25 %)")
    screen.see("2,4 i sekundet, omtrent 2 timer og 5 minutter igjen")
    put(screen, replace(run, total=24_000, seen=23_900, updated_at=now + timedelta(seconds=9_560)))
    screen.see("2,5 i sekundet, omtrent 40 sekunder igjen")
    put(screen, replace(run, state=RunState.FINISHED, finished_at=now, total=24_000, seen=24_000))
    screen.see("Ferdig 14.09.2026, 13:02")
    assert "igjen" not in screen.driver.find_element(By.ID, "customers_pace").text


def test_a_running_import_says_how_many_are_made_inactive_of_how_many(screen: Screen) -> None:
    screen.enter()
    now = screen.world.clock()
    run = Run("r-1", RunState.RUNNING, now, full=True, total=60, seen=60, absent=7_582, deactivated=220)
    put(screen, replace(run, updated_at=now + timedelta(seconds=80)))
    screen.see("Pågår: 220 av 7 582 gjort inaktive")
    assert not screen.driver.find_element(By.ID, "customers_pace").text


def test_a_held_import_is_confirmed_by_somebody(screen: Screen) -> None:
    screen.enter()
    screen.world.stream_queue.take()
    hold(screen)
    screen.see(GONE)
    screen.see("Venter på at noen bekrefter hva som blir inaktivt")
    screen.press(BUTTON)
    screen.see("Skal de bli inaktive?")
    screen.press("Ja, gjør dem inaktive")
    assert screen.error("Hvem bestemmer det?") == "Feltet må fylles ut."
    screen.fill(**{"Hvem bestemmer det?": "Kari Nordmann"})
    screen.press("Ja, gjør dem inaktive")
    screen.see("Bekreftet. Alt leses på nytt, og de blir inaktive.")
    screen.see("Bekreftet, begynner snart på nytt")
    assert GONE not in screen.text
    assert screen.world.stream_queue.sent == [SentStream(AGREEMENT, Stream.CUSTOMERS, full=True)]
    cursor = screen.world.cursors.get(AGREEMENT, Stream.CUSTOMERS)
    assert cursor
    assert (cursor.confirmed, cursor.confirmed_by) == (57, "Kari Nordmann")


def test_nothing_is_confirmed_without_the_second_step(screen: Screen) -> None:
    screen.enter()
    screen.world.stream_queue.take()
    hold(screen)
    screen.press(BUTTON)
    screen.press("Avbryt")
    screen.until(lambda: "Skal de bli inaktive?" not in screen.text)
    assert screen.world.stream_queue.sent == []


def test_a_held_import_is_the_same_in_english(screen: Screen) -> None:
    screen.enter()
    hold(screen)
    screen.see(GONE)
    screen.driver.find_element(By.LINK_TEXT, "English").click()
    screen.see("57 of 412 customers are no longer in 24SevenOffice.")
    screen.press("Make them inactive: Customers")
    screen.see("Shall they become inactive?")

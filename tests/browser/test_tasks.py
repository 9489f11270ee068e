"""The list of tasks in a real browser: why each is where it is, and every decision about one or many."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from connector.domain.task_record import Attempt, Contents, Entry, TaskState
from tests.browser.screen import Screen
from tests.builders import task
from tests.fakes.people import AGREEMENT

SINCE = "Avsluttet fra og med"


def attempt(screen: Screen) -> Attempt:
    contents = Contents(7, "f", Decimal("1250.50"))
    return Attempt(1, screen.world.clock(), contents, order_id="5001", is_open=False)


def queued(screen: Screen) -> list[str]:
    return [one.task_id for one in screen.world.task_queue.sent]


def decide(screen: Screen) -> None:
    """Answer who and why."""
    screen.fill(**{"Hvem bestemmer det?": "Kari Nordmann", "Hvorfor?": "Avtalt med kunden" + Keys.ENTER})


def show(screen: Screen, state: str) -> None:
    screen.field("Vis oppgaver").find_element(By.XPATH, f"option[.='{state}']").click()


def test_a_task_tells_why_what_to_do_and_what_became_of_it(screen: Screen) -> None:
    now = screen.world.clock()
    history = (
        Entry(now - timedelta(hours=1), TaskState.ORDERED, 6),
        Entry(now, TaskState.HELD, 7, "customer_unknown", "10021"),
    )
    attempts = (attempt(screen),)
    screen.put_task("48213", reason="customer_unknown", detail="10021", history=history, attempts=attempts)
    screen.enter()
    screen.see("Kundenummeret finnes ikke i 24SevenOffice.")
    screen.see("Opprett kunden der, eller rett den i Smartday.")
    screen.see("10021")
    screen.see("Ordre 5001 (nr. 1): 1 250,50 kr uten mva.")
    screen.see("Siden 14.09.2026, 13:02")
    screen.open_box("Historikk: Oppgave 48213")
    lines = [one.text for one in screen.driver.find_elements(By.CSS_SELECTOR, ".history li")]
    assert lines == [
        "14.09.2026, 13:02 Trenger deg, versjon 7 – Kundenummeret finnes ikke i 24SevenOffice. – 10021",
        "14.09.2026, 12:02 Ordre laget, versjon 6",
    ]


def test_tasks_are_shown_by_state(screen: Screen) -> None:
    screen.put_task("1", reason="customer_unknown")
    screen.put_task("2", TaskState.ORDERED, attempts=(attempt(screen),))
    screen.put_task("3", TaskState.IGNORED, reason="aborted")
    screen.enter()
    screen.see("Oppgave 1\n")
    show(screen, "Ordre laget")
    screen.see("Oppgave 2\nOrdre laget")
    assert "Oppgave 1\n" not in screen.text
    show(screen, "Alle")
    screen.see("Oppgave 3\nIkke aktuell")
    screen.see("Oppgave 1\n")
    show(screen, "Sendes ikke")
    screen.see("Ingen oppgaver her.")


def test_a_held_task_is_sent_again(screen: Screen) -> None:
    screen.put_task("48213", reason="customer_unknown")
    screen.enter()
    screen.press("Send på nytt: Oppgave 48213")
    screen.see("Oppgave 48213 sendes på nytt.")
    screen.see("Ingen oppgaver trenger deg nå.")
    assert queued(screen) == ["48213"]


def test_who_and_why_are_asked_before_a_task_is_kept_back(screen: Screen) -> None:
    screen.put_task("48213", reason="customer_unknown")
    screen.enter()
    screen.press("Ikke send: Oppgave 48213")
    screen.press("Ikke send")
    assert screen.error("Hvorfor?") == "Feltet må fylles ut."
    decide(screen)
    screen.see("Oppgave 48213 blir ikke sendt.")
    record = screen.task("48213")
    assert (record.state, record.detail) == (TaskState.DO_NOT_SEND, "Kari Nordmann: Avtalt med kunden")


def test_a_decision_that_is_called_off_changes_nothing(screen: Screen) -> None:
    screen.put_task("48213", reason="customer_unknown")
    screen.enter()
    screen.press("Ikke send: Oppgave 48213")
    screen.press("Avbryt")
    screen.press("Ikke send: Oppgave 48213")
    screen.field("Hvorfor?").send_keys(Keys.ESCAPE)
    screen.press("Send på nytt: Oppgave 48213")
    screen.see("Oppgave 48213 sendes på nytt.")
    assert screen.task("48213").state is TaskState.RECEIVED


def test_what_was_kept_back_is_sent_after_all(screen: Screen) -> None:
    screen.put_task("48213", TaskState.DO_NOT_SEND, reason="by_person")
    screen.enter()
    show(screen, "Sendes ikke")
    screen.press("Send likevel: Oppgave 48213")
    screen.see("Send oppgave 48213 likevel")
    decide(screen)
    screen.see("Oppgave 48213 sendes likevel.")
    assert screen.task("48213").history[-1].detail == "Kari Nordmann: Avtalt med kunden"
    assert queued(screen) == ["48213"]


def test_a_task_that_waits_for_approval_is_approved(screen: Screen) -> None:
    screen.put_task("48213", reason="waiting_for_approval")
    screen.enter()
    screen.press("Godkjenn: Oppgave 48213")
    screen.see("Oppgave 48213 er godkjent.")
    assert screen.task("48213").approved_version == 7


def test_an_order_that_is_gone_is_made_anew(screen: Screen) -> None:
    screen.put_task("48213", reason="order_gone", attempts=(attempt(screen),))
    screen.enter()
    screen.press("Ny ordre: Oppgave 48213")
    screen.see("Se etter i 24SevenOffice først")
    decide(screen)
    screen.see("Oppgave 48213 får en ny ordre.")
    assert screen.task("48213").attempts[0].is_gone
    show(screen, "Mottatt")
    screen.see("kr uten mva. – finnes ikke i 24SevenOffice")


def test_only_what_is_possible_is_offered(screen: Screen) -> None:
    cases: tuple[tuple[TaskState, str | None, list[str]], ...] = (
        (TaskState.HELD, "customer_unknown", ["Send på nytt", "Ikke send"]),
        (TaskState.HELD, "waiting_for_approval", ["Godkjenn", "Send på nytt", "Ikke send"]),
        (TaskState.HELD, "order_gone", ["Send på nytt", "Ny ordre", "Ikke send"]),
        (TaskState.HELD, "outcome_unknown", ["Send på nytt", "Ny ordre", "Ikke send"]),
        (TaskState.IGNORED, "aborted", ["Send på nytt", "Ikke send"]),
        (TaskState.RECEIVED, None, ["Ikke send"]),
        (TaskState.CREATING, None, []),
        (TaskState.UPDATING, None, []),
        (TaskState.UNKNOWN, "outcome_unknown", []),
        (TaskState.ORDERED, None, []),
        (TaskState.DO_NOT_SEND, "by_person", ["Send likevel"]),
    )
    for number, (state, reason, _) in enumerate(cases):
        screen.put_task(f"{number}", state, reason=reason)
    screen.enter()
    show(screen, "Alle")
    screen.until(lambda: count(screen) == len(cases))
    tasks = screen.driver.find_elements(By.CSS_SELECTOR, "#task_list > li")
    offered = {texts(one, "h4")[0]: texts(one, "button") for one in tasks}
    assert offered == {f"Oppgave {number}": buttons for number, (_, _, buttons) in enumerate(cases)}


def texts(item: WebElement, tag: str) -> list[str]:
    return [one.text for one in item.find_elements(By.TAG_NAME, tag)]


def test_chosen_tasks_are_approved_at_once_and_the_others_named(screen: Screen) -> None:
    for task_id in ("1", "2"):
        screen.put_task(task_id, reason="waiting_for_approval")
    screen.put_task("3", reason="customer_unknown")
    screen.enter()
    screen.field("Velg alle som vises").send_keys(Keys.SPACE)
    screen.see("3 valgt")
    screen.field("Oppgave 2").send_keys(Keys.SPACE)
    screen.see("2 valgt")
    screen.press("Godkjenn valgte")
    screen.see("Antall godkjent: 1.")
    screen.see("Oppgave 3: Oppgaven har en tilstand der dette ikke er mulig.")
    screen.see("0 valgt")
    assert queued(screen) == ["1"]


def test_chosen_tasks_are_sent_again_at_once(screen: Screen) -> None:
    for task_id in ("1", "2", "3"):
        screen.put_task(task_id, reason="customer_unknown")
    screen.enter()
    screen.press("Send valgte på nytt")
    screen.see("Velg minst én oppgave først.")
    screen.field("Oppgave 1").send_keys(Keys.SPACE)
    screen.field("Oppgave 3").send_keys(Keys.SPACE)
    screen.press("Send valgte på nytt")
    screen.see("Antall som sendes på nytt: 2.")
    screen.until(lambda: "Oppgave 1\n" not in screen.text)
    assert sorted(queued(screen)) == ["1", "3"]


def test_a_choice_outlives_a_change_beside_it(screen: Screen) -> None:
    for task_id in ("1", "2"):
        screen.put_task(task_id, reason="customer_unknown")
    screen.enter()
    screen.field("Oppgave 1").send_keys(Keys.SPACE)
    screen.press("Send på nytt: Oppgave 2")
    screen.until(lambda: "Oppgave 2\n" not in screen.text)
    assert screen.field("Oppgave 1").is_selected()
    screen.see("1 valgt")


def test_a_long_list_is_shown_page_by_page(screen: Screen) -> None:
    for number in range(120):
        screen.put_task(f"{number:03}", reason="customer_unknown")
    screen.enter()
    for length in (50, 100, 120):
        screen.until(partial(has_length, screen, length))
        if length < 120:
            screen.press("Vis flere")


def count(screen: Screen) -> int:
    return len(screen.driver.find_elements(By.CSS_SELECTOR, "#task_list > li"))


def has_length(screen: Screen, length: int) -> bool:
    return count(screen) == length


def ask_for_finished(screen: Screen) -> None:
    screen.enter()
    screen.open_box("Send alle avsluttede siden en dato")
    # Day and month alike, whichever comes first in this browser.
    screen.field(SINCE).send_keys("09092026")
    screen.press("Tell opp")


def test_all_finished_since_a_day_are_counted_before_they_are_sent(screen: Screen) -> None:
    now = screen.world.clock()
    for task_id in ("1", "2"):
        screen.world.smartday.put_task(task(id=task_id, version=9, finished_at=now), now)
    screen.put_task("1", reason="customer_unknown")
    ask_for_finished(screen)
    screen.see("Antall oppgaver: 2. Sende dem på nytt?")
    assert queued(screen) == []
    screen.press("Avbryt")
    screen.press("Tell opp")
    screen.press("Send dem")
    screen.see("Antall som sendes på nytt: 2.")
    assert sorted(queued(screen)) == ["1", "2"]


def test_none_finished_since_a_day_is_said_and_not_asked_about(screen: Screen) -> None:
    ask_for_finished(screen)
    screen.see("Det er ingen oppgaver å sende.")
    assert queued(screen) == []
    screen.field(SINCE).send_keys(Keys.DELETE, Keys.TAB, Keys.DELETE, Keys.TAB, Keys.DELETE)
    screen.press("Tell opp")
    assert screen.error(SINCE) == "Feltet må fylles ut."


def test_what_the_task_says_is_text_and_never_markup(screen: Screen) -> None:
    detail = "<img src=x onerror=\"document.title='x'\"><b>fet</b>"
    screen.put_task("<b>1</b>", reason="erp_refused", detail=detail)
    screen.enter()
    screen.see(detail)
    screen.see("Oppgave <b>1</b>")
    assert screen.driver.find_elements(By.CSS_SELECTOR, "#task_list img, #task_list b") == []
    assert screen.driver.title == "Smartday til 24SevenOffice"


def test_a_decision_needs_no_mouse(screen: Screen) -> None:
    screen.put_task("48213", reason="customer_unknown")
    screen.enter()
    screen.field("Oppgave 48213").send_keys(Keys.TAB, Keys.TAB)
    assert screen.driver.switch_to.active_element.accessible_name == "Ikke send: Oppgave 48213"
    screen.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert screen.has_focus("Hvem bestemmer det?")
    screen.field("Hvem bestemmer det?").send_keys("Kari Nordmann", Keys.TAB)
    screen.driver.switch_to.active_element.send_keys("Avtalt", Keys.TAB)
    screen.driver.switch_to.active_element.send_keys(Keys.ENTER)
    screen.see("Oppgave 48213 blir ikke sendt.")
    screen.until(lambda: screen.driver.switch_to.active_element.text == "Oppgaver")
    assert screen.world.tasks.get(AGREEMENT, "48213")


def test_a_session_that_ended_leads_from_a_decision_to_the_login(screen: Screen) -> None:
    screen.put_task("48213", reason="customer_unknown")
    screen.enter()
    screen.press("Ikke send: Oppgave 48213")
    screen.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    decide(screen)
    screen.see("Logg inn for å se integrasjonen.")
    assert "Oppgave 48213" not in screen.text

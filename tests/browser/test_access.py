"""The page for whoever sees or holds little of it: names for all controls, room on a narrow screen."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from connector.domain.matches import MatchReport
from connector.domain.stream import Stream
from tests.browser.screen import Screen
from tests.browser.test_matches import ALONE, COUNTS, TWIN, wait

CONTROLS = "button, input, select, textarea, summary, a"
NARROW = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": False}


@pytest.fixture
def everything(screen: Screen) -> Iterator[Screen]:
    """All that the page can show beside each other, on a narrow screen."""
    screen.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", NARROW)
    screen.put_task("48213", reason="order_gone", detail="Et-svært-langt-ord-uten-mellomrom" * 5)
    screen.enter()
    report = MatchReport(screen.world.clock(), COUNTS, conflicts=3, matches=(TWIN, ALONE))
    wait(screen, Stream.CUSTOMERS, report)
    screen.see("Konflikter: 3.")
    screen.press("Endre innlogging eller startdato")
    screen.open_box("Send alle avsluttede siden en dato")
    screen.open_box("Innstillinger")
    yield screen
    screen.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_every_control_has_a_name_of_its_own(everything: Screen) -> None:
    controls = everything.driver.find_elements(By.CSS_SELECTOR, CONTROLS)
    names = [one.accessible_name for one in controls if one.is_displayed()]
    assert len(names) > 40
    assert all(names)
    assert sorted(names) == sorted(set(names))


def test_nothing_is_wider_than_the_screen(everything: Screen) -> None:
    widest = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert everything.driver.execute_script(widest) == 0

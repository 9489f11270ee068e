"""One browser for all tests here, and the page anew for each.

Needs Chromium and its driver (Debian: `apt install chromium-driver`); without them these tests are skipped.
"""

import shutil
from collections.abc import Iterator

import pytest
from selenium import webdriver

from sandbox.serving import serve
from tests.browser.screen import Screen
from tests.fakes.gateway import API_PATH, gateway
from tests.fakes.people import World

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=420,900",
)


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    if not (CHROMIUM and CHROMEDRIVER):
        pytest.skip("Chromium and chromedriver aren't installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "WARNING"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(CHROMEDRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def screen(driver: webdriver.Chrome) -> Iterator[Screen]:
    world = World()
    with serve(gateway(world)) as url:
        world.api_url = url + API_PATH
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        screen = Screen(driver, world, world.api_url)
        yield screen
        driver.get("about:blank")
    assert screen.errors() == []

"""The page as a person sees it in a browser: everything is found by the words on it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from connector.domain.task_record import TaskRecord, TaskState
from connector.usecases.activate_integration import activate_integration
from connector.usecases.open_session import open_session
from connector.web.request import SESSION_COOKIE
from tests.fakes.people import AGREEMENT, LOGIN, World, wish

WAIT_SECONDS = 15

Found = TypeVar("Found")


@dataclass(frozen=True)
class Screen:
    """What a person sees and does."""

    driver: webdriver.Chrome
    world: World
    address: str

    def open(self, query: str = "") -> None:
        self.driver.get(f"{self.address}/{query}")

    def see(self, text: str) -> None:
        self.until(lambda: text in self.text)

    def until(self, holds: Callable[[], Found | None]) -> Found:
        wait = WebDriverWait(self.driver, WAIT_SECONDS, 0.05)
        return cast("Found", wait.until(lambda _: holds()))

    @property
    def text(self) -> str:
        return str(self.driver.find_element(By.TAG_NAME, "body").text)

    def field(self, label: str) -> WebElement:
        return self.until(lambda: self._field(label))

    def _field(self, label: str) -> WebElement | None:
        for found in self.driver.find_elements(By.XPATH, f"//label[normalize-space()='{label}']"):
            if found.is_displayed():
                return cast("WebElement", found.get_property("control"))
        return None

    def fill(self, **fields: str) -> None:
        for label, text in fields.items():
            self.field(label.replace("_", " ")).send_keys(Keys.CONTROL, "a", Keys.NULL, text or Keys.DELETE)

    def error(self, label: str) -> str:
        """What stands beside the field, by way of what a screen reader is told."""
        described = self.field(label).get_attribute("aria-describedby") or ""
        return str(self.driver.find_element(By.ID, described.split()[0]).text)

    def press(self, name: str) -> None:
        self.until(lambda: self._button(name)).click()

    def _button(self, name: str) -> WebElement | None:
        return self._named("button", name)

    def open_box(self, name: str) -> None:
        self.until(lambda: self._named("summary", name)).click()

    def _named(self, tag: str, name: str) -> WebElement | None:
        found = self.driver.find_elements(By.TAG_NAME, tag)
        return next((one for one in found if one.is_displayed() and one.accessible_name == name), None)

    def has_focus(self, label: str) -> bool:
        return bool(self.driver.switch_to.active_element == self.field(label))

    def fill_in_everything(self) -> None:
        self.fill(
            **{
                "Avtalenummer": AGREEMENT,
                "Bridge-bruker": LOGIN.bridge_user,
                "Bridge-passord": LOGIN.bridge_password,
                "Brukernavn i 24SevenOffice": LOGIN.erp_username,
                "Passord i 24SevenOffice": LOGIN.erp_password,
            }
        )
        self.field("Aktiver").click()

    def activate(self) -> None:
        self.open()
        self.fill_in_everything()
        self.press("Lagre og start")
        self.see("Aktiv\n")

    def enter(self) -> None:
        """Come back to an active integration, still logged in."""
        activate_integration(self.world.activation, wish())
        token, _ = open_session(self.world.session, AGREEMENT, LOGIN.bridge_user, LOGIN.bridge_password)
        cookie = {"name": SESSION_COOKIE, "value": token, "url": f"{self.address}/"}
        self.driver.execute_cdp_cmd("Network.setCookie", cookie)
        self.open(f"?avtalenummer={AGREEMENT}")
        self.see("Aktiv\n")

    def put_task(
        self, task_id: str, state: TaskState = TaskState.HELD, reason: str | None = None, **more: Any
    ) -> None:
        now = self.world.clock()
        record = TaskRecord(AGREEMENT, task_id, now, now, state, reason, wanted_version=7, handled_version=7)
        self.world.tasks.save(replace(record, **more))

    def task(self, task_id: str) -> TaskRecord:
        return self.world.tasks.records[AGREEMENT, task_id]

    def errors(self) -> list[str]:
        """What the browser complains of, save refusals of the API, which it lists too."""
        driver: Any = self.driver  # selenium leaves this one call without types
        log = driver.get_log("browser")
        return [entry["message"] for entry in log if entry["source"] != "network"]

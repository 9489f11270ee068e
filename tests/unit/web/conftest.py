"""Somebody at the API, before and after the integration is active."""

import pytest

from tests.fakes.browser import ACTIVATE, HERE, Browser
from tests.fakes.people import AGREEMENT, LOGIN, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def browser(world: World) -> Browser:
    """Nobody is logged in."""
    return Browser(world)


@pytest.fixture
def customer(world: World) -> Browser:
    """Logged in, and the integration is active."""
    browser = Browser(world)
    browser.call("PUT", HERE, ACTIVATE)
    browser.log_in(AGREEMENT, LOGIN.bridge_user, LOGIN.bridge_password)
    world.stream_queue.take()
    return browser

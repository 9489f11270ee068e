"""The one place where tests wait: for a condition, and not for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 60
"""Seconds; a cold start of every function at once on two busy cores takes ten."""

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found | None], what: str) -> Found:
    """What `look` finds as soon as it is neither None nor empty nor False. Fails naming `what`."""
    give_up = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > give_up:
            raise AssertionError(f"Gave up waiting for {what} after {PATIENCE} s.")
        time.sleep(0.05)  # between two looks at the condition
    return found

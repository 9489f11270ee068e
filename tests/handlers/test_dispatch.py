"""dispatch: two beats of one clock."""

from collections.abc import Callable

from tests.handlers.conftest import read_event
from tests.handlers.runtime import Function

Functions = Callable[[str], Function]


def test_every_minute_it_queues_due_tasks_and_nothing_is_due(function: Functions) -> None:
    assert function("DispatchFunction").invoke(read_event("every_minute")) == {"tasks": 0}


def test_the_poll_queues_the_streams_of_the_one_active_integration(function: Functions) -> None:
    assert function("DispatchFunction").invoke(read_event("poll")) == {"integrations": 1}

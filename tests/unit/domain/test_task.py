"""When a task counts as finished."""

import pytest

from tests.builders import task


@pytest.mark.parametrize("status", [7, 8, 99])
def test_a_completed_task_is_finished_also_once_approved_or_balanced(status: int) -> None:
    assert task(status=status, outcome="completed").is_finished


@pytest.mark.parametrize("status", [1, 2, 3, 4, 41, 6, 5])
def test_any_other_status_is_not_finished(status: int) -> None:
    one = task(status=status, outcome="completed")
    assert not one.is_finished
    assert not one.is_aborted


@pytest.mark.parametrize("outcome", [None, "aborted", "else"])
def test_a_finished_status_without_completion_is_not_finished(outcome: str | None) -> None:
    assert not task(status=7, outcome=outcome).is_finished


def test_an_aborted_task_is_aborted_only_once_it_has_ended() -> None:
    assert task(status=7, outcome="aborted").is_aborted
    assert not task(status=4, outcome="aborted").is_aborted

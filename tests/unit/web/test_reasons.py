"""Every code that a task record may carry has words, in both languages."""

import re
from pathlib import Path

import pytest

import connector
from connector.domain.reason import Reason
from connector.web.reasons import PASSING, reason_document

PACKAGE = Path(connector.__file__).parent
SOURCES = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}

NOT_OF_TASKS = frozenset({"cursor_contended", "cursor_invalid", "many_tasks_waiting", "matches_contended"})
"""Codes of imports and of people's calls; no task record ever has them."""


@pytest.mark.parametrize("code", [*Reason, *PASSING])
def test_a_reason_is_said_in_both_languages(code: str) -> None:
    said = reason_document(code)
    assert said["code"] == code
    assert all(said[name].endswith(".") for name in ("nb", "en", "todo_nb", "todo_en"))


def test_no_code_has_two_meanings() -> None:
    assert set(PASSING) & set(Reason) == set()


def test_every_wait_with_a_code_of_its_own_has_words() -> None:
    waits = {code for text in SOURCES.values() for code in re.findall(r'RetryLater\(\s*"(\w+)"', text)}
    assert waits - NOT_OF_TASKS - set(PASSING) == set()


def test_everything_that_is_noted_in_a_history_has_words() -> None:
    rooms = [text for path, text in SOURCES.items() if path.parent.name in ("domain", "usecases")]
    noted = {code for text in rooms for code in re.findall(r'\breason="(\w+)"', text)}
    assert noted
    assert noted <= set(PASSING) | set(Reason)


def test_a_code_without_words_of_its_own_has_general_ones() -> None:
    assert reason_document("erp_http_404")["nb"] == "Venter litt og prøves igjen."

"""Every reason speaks to a bookkeeper, in bokmål and English."""

import pytest

from connector.domain.reason import Reason

every_reason = pytest.mark.parametrize("reason", list(Reason))


@every_reason
def test_reason_says_what_is_the_matter_and_what_to_do_in_both_languages(reason: Reason) -> None:
    for words in (reason.nb, reason.en, reason.todo_nb, reason.todo_en):
        assert words.endswith(".")
    assert reason.nb != reason.en
    assert reason.todo_nb != reason.todo_en


@every_reason
def test_reason_is_its_code_in_comparisons_and_in_text(reason: Reason) -> None:
    assert reason == reason.value == f"{reason}" == reason.name.lower()


@every_reason
def test_sentences_use_the_projects_words(reason: Reason) -> None:
    for word in ("work order", "sales order", "job", "arbeidsordre", "salgsordre"):
        assert word not in f"{reason.nb} {reason.todo_nb} {reason.en} {reason.todo_en}".lower()

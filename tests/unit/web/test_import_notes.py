"""Every note of an import has its sentence, in bokmål and English."""

import re
from pathlib import Path

from connector.domain import master_data_mapping
from connector.domain.stream import Note
from connector.web.import_notes import NOTES, note_document


def test_a_note_says_what_how_often_and_whose() -> None:
    assert note_document(Note("name_shortened", 31, ("10021",))) == {
        "code": "name_shortened",
        "count": 31,
        "numbers": ["10021"],
        "message": "Navnet er kortet ned til 200 tegn.",
        "message_en": "The name is shortened to 200 characters.",
    }


def test_every_field_that_the_mapping_may_note_has_words() -> None:
    source = Path(master_data_mapping.__file__).read_text("utf-8")
    named = re.findall(r'_two_decimals\(erp\.\w+, "(\w+)"\)', source)
    assert {f"{field}{ending}" for field in named for ending in ("_invalid", "_rounded")} <= set(NOTES)
    checked = re.findall(r'_email\(erp\.\w+, "(\w+)"\)', source)
    assert {f"{field}_invalid" for field in (*checked, "organisation_number")} <= set(NOTES)
    assert len(named) == 3
    assert len(checked) == 2

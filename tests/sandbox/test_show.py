"""What the demo draws in a terminal while an import runs."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from sandbox.show import add_import, import_bars, move_import

RUN = {"state": "running", "total": 2100, "seen": 525, "records_per_second": 412.5, "seconds_left": 67}


def drawn(run: dict[str, Any] | None) -> str:
    console = Console(file=StringIO(), width=80)
    with import_bars(console) as bars:
        move_import(bars, add_import(bars, "Kunder / customers"), run)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_an_import_shows_how_many_of_how_many_how_fast_and_how_long_it_still_takes() -> None:
    line = drawn(RUN)
    assert "Kunder / customers" in line
    assert " 25%" in line
    assert " 525/2100" in line
    assert "412.5/s, 1:07 igjen/left" in line


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (None, "venter / waiting"),
        ({**RUN, "total": 0, "seen": 0, "seconds_left": None}, "leser listen / reading the list"),
    ],
)
def test_before_the_list_is_read_there_is_no_total(run: dict[str, Any] | None, told: str) -> None:
    line = drawn(run)
    assert told in line
    assert "0/?" in line


@pytest.mark.parametrize("total", [0, 2100])
def test_a_finished_import_is_full_and_takes_no_longer(total: int) -> None:
    line = drawn({**RUN, "state": "finished", "total": total, "seen": total, "seconds_left": None})
    assert f"{total}/{total}" in line
    assert "left" not in line

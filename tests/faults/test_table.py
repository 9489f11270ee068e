"""docs/faults.md shows the matrix as its cells are declared."""

from tests.faults.table import BEGIN, END, PAGE, with_table


def test_the_page_shows_what_every_cell_must_end_as() -> None:
    page = PAGE.read_text("utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert page == with_table(page), "make faults-table"

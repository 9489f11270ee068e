"""The records that an import didn't write: as JSON values, and as a file for Norwegian Excel."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from connector.domain.import_result import Result, ResultPage
from connector.web.import_reasons import OUTCOMES, result_words

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for the machine's old character set."""

HEADINGS = (
    "Utfall",
    "Nummer",
    "Id i 24SevenOffice",
    "Kode",
    "Felt",
    "Forklaring",
    "Forklaring på engelsk",
)

FILE_IS_FULL = "Filen er full, men det er flere poster. Neste fil: samme adresse med &cursor={cursor}"

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell may not begin with: Excel would run it (OWASP, CSV Injection)."""

FILE_LIMIT = 5_500_000
"""Bytes as JSON in ASCII, the longest form in which the runtime may hand an answer on. Lambda's limit is 6 MB
for all of it.
"""


def results_document(run_id: str, page: ResultPage) -> dict[str, Any]:
    """One page of a run's results."""
    return {
        "run_id": run_id,
        "results": [_document(one) for one in page.results],
        "next_cursor": page.next_cursor,
    }


def csv_file(page: ResultPage, page_from: Callable[[str], ResultPage]) -> tuple[str, str | None]:
    """A file of this page and those after it, and the cursor of the next file; None when this has them all.

    A file that has no room for a page ends before it, and its last line says so.
    """
    parts = [BOM + _lines([HEADINGS]) + _lines(map(_row, page.results))]
    size = _size(parts[0])
    while page.next_cursor is not None:
        cursor, page = page.next_cursor, page_from(page.next_cursor)
        part = _lines(map(_row, page.results))
        size += _size(part)
        if size > FILE_LIMIT:
            parts.append(_lines([[FILE_IS_FULL.format(cursor=cursor)]]))
            return "".join(parts), cursor
        parts.append(part)
    return "".join(parts), None


def _document(result: Result) -> dict[str, Any]:
    nb, en = result_words(result)
    return {
        "outcome": str(result.outcome),
        "number": result.number,
        "erp_id": result.erp_id,
        "code": result.code,
        "field": result.field,
        "message": nb,
        "message_en": en,
    }


def _row(result: Result) -> Sequence[str]:
    outcome, _ = OUTCOMES[result.outcome]
    erp_id, field = str(result.erp_id), result.field or ""
    return (outcome, result.number, erp_id, result.code, field, *result_words(result))


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULAS) else cell


def _size(text: str) -> int:
    return len(json.dumps(text))

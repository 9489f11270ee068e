"""Why an import didn't write a record, in words: bokmål first, English second."""

from collections.abc import Mapping

from connector.domain.import_result import Outcome, Result

Words = tuple[str, str]
"""Bokmål, English."""

OUTCOMES: Mapping[Outcome, Words] = {
    Outcome.SET_ASIDE: ("Satt til side", "Set aside"),
    Outcome.REJECTED: ("Avvist av Smartday", "Rejected by Smartday"),
}

SET_ASIDE: Mapping[str, Words] = {
    "supplier": (
        "Firmaet er bare leverandør i 24SevenOffice, ikke kunde.",
        "The company is only a supplier in 24SevenOffice, not a customer.",
    ),
    "lead": (
        "Firmaet er et lead i 24SevenOffice, og leads importeres ikke.",
        "The company is a lead in 24SevenOffice, and leads aren't imported.",
    ),
    "name_missing": ("Navnet mangler i 24SevenOffice.", "The name is missing in 24SevenOffice."),
    "number_missing": ("Nummeret mangler i 24SevenOffice.", "The number is missing in 24SevenOffice."),
    "number_too_long": (
        "Varenummeret er lengre enn 100 tegn.",
        "The product number is longer than 100 characters.",
    ),
    "number_taken": (
        "Nummeret tilhører en annen post i 24SevenOffice.",
        "The number belongs to another record in 24SevenOffice.",
    ),
    "number_carried_twice": (
        "Flere poster i 24SevenOffice har dette nummeret.",
        "Several records in 24SevenOffice have this number.",
    ),
    "gone": (
        "Posten ble borte i 24SevenOffice mens importen pågikk.",
        "The record went away in 24SevenOffice during the import.",
    ),
}
"""By the codes of `Result` that are ours."""

OTHERWISE: Words = (
    "Posten kan ikke importeres (kode «{code}»).",
    "The record can't be imported (code “{code}”).",
)
REFUSED: Words = ("Smartday avviste posten (kode «{code}»).", "Smartday rejected the record (code “{code}”).")
REFUSED_FIELD: Words = (
    "Smartday avviste feltet «{field}» (kode «{code}»).",
    "Smartday rejected the field “{field}” (code “{code}”).",
)
"""Bridge's own codes aren't ours to list."""


def result_words(result: Result) -> Words:
    """Why this record wasn't written; for a code without words of its own, the code itself."""
    if result.outcome is Outcome.SET_ASIDE:
        nb, en = SET_ASIDE.get(result.code, OTHERWISE)
    else:
        nb, en = REFUSED_FIELD if result.field else REFUSED
    code, field = result.code, result.field
    return nb.format(code=code, field=field), en.format(code=code, field=field)

"""Why an import run failed, in words: bokmål first, English second."""

from collections.abc import Mapping

from connector.errors import Side
from connector.web.reasons import PASSING, Words

_OTHER_COMPANY: Words = (
    "Innloggingen til 24SevenOffice når ikke firmaet som integrasjonen gjelder.",
    "The login to 24SevenOffice doesn't reach the company of this integration.",
)

ERRORS: Mapping[str, Words] = {
    "smartday_too_large": (
        "Smartday tok ikke imot så mye om gangen.",
        "Smartday didn't take so much at a time.",
    ),
    "smartday_validation_failed": (
        "Smartday godtok ikke innholdet i forespørselen.",
        "Smartday didn't accept the content of the request.",
    ),
    "twentyfoursevenoffice_unknown_application": (
        "24SevenOffice kjenner ikke integrasjonens nøkkel. Kontakt oss.",
        "24SevenOffice doesn't know this integration's key. Contact us.",
    ),
    "twentyfoursevenoffice_identity_not_theirs": _OTHER_COMPANY,
}
"""By the codes of `Run.error` that no task has."""

REFUSED: Mapping[str, Words] = {
    Side.SMARTDAY: ("Smartday sa nei (kode «{code}»).", "Smartday said no (code “{code}”)."),
    Side.ERP: ("24SevenOffice sa nei (kode «{code}»).", "24SevenOffice said no (code “{code}”)."),
}
"""The sides' own codes aren't ours to list."""

OTHERWISE: Words = ("Noe gikk galt (kode «{code}»).", "Something went wrong (code “{code}”).")


def error_words(error: str) -> Words:
    """Why a run stopped; for a code without words of its own, whose it is and the code."""
    if error in ERRORS:
        return ERRORS[error]
    if error in PASSING:
        return PASSING[error][0]
    side = next((one for one in REFUSED if error.startswith(f"{one}_")), None)
    nb, en = REFUSED[side] if side else OTHERWISE
    code = error.removeprefix(f"{side}_")
    return nb.format(code=code), en.format(code=code)

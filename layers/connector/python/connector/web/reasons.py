"""Reason codes in words: those that need a person, and those that pass or tell what a person did.

`docs/reasons.md` is made from both (`make docs`).
"""

from collections.abc import Mapping

from connector.domain.reason import Reason

Words = tuple[str, str]
"""Bokmål, English."""

BY_ITSELF: Words = ("Ingenting: det prøves igjen av seg selv.", "Nothing: it is tried again by itself.")
ACTIVATE: Words = ("Aktiver integrasjonen.", "Activate the integration.")
LOG_IN: Words = ("Legg inn riktig innlogging og aktiver igjen.", "Enter the right login and activate again.")
DONE: Words = ("Ingenting å gjøre.", "Nothing to do.")

OTHERWISE: Words = ("Venter litt og prøves igjen.", "Waits a while and is tried again.")
"""For a passing code without words of its own."""

_NO_SMARTDAY: Words = ("Smartday svarer ikke nå.", "Smartday doesn't answer now.")
_NO_ERP: Words = ("24SevenOffice svarer ikke nå.", "24SevenOffice doesn't answer now.")
_ODD_ERP: Words = (
    "Svaret fra 24SevenOffice kan ikke leses nå.",
    "The answer of 24SevenOffice can't be read now.",
)
_OURS: Words = ("Integrasjonen er opptatt.", "The integration is busy.")
_SMARTDAY_LOGIN: Words = ("Innloggingen til Smartday ble avvist.", "The login to Smartday was rejected.")
_ERP_LOGIN: Words = ("Innloggingen til 24SevenOffice ble avvist.", "The login to 24SevenOffice was rejected.")

PASSING: Mapping[str, tuple[Words, Words]] = {
    "smartday_throttled": (
        ("Smartday tar ikke imot flere kall nå.", "Smartday takes no more calls now."),
        BY_ITSELF,
    ),
    "smartday_unreachable": (_NO_SMARTDAY, BY_ITSELF),
    "smartday_unavailable": (_NO_SMARTDAY, BY_ITSELF),
    "smartday_unreadable": (
        ("Svaret fra Smartday kan ikke leses nå.", "The answer of Smartday can't be read now."),
        BY_ITSELF,
    ),
    "smartday_locked": (
        ("Oppgaven er åpen for redigering i Smartday.", "The task is open for editing in Smartday."),
        BY_ITSELF,
    ),
    "twentyfoursevenoffice_throttled": (
        ("24SevenOffice tar ikke imot flere kall nå.", "24SevenOffice takes no more calls now."),
        BY_ITSELF,
    ),
    "erp_unreachable": (_NO_ERP, BY_ITSELF),
    "erp_timeout": (_NO_ERP, BY_ITSELF),
    "erp_connection_lost": (_NO_ERP, BY_ITSELF),
    "erp_unreadable": (_ODD_ERP, BY_ITSELF),
    "erp_pages_incomplete": (_ODD_ERP, BY_ITSELF),
    "erp_list_too_slow": (
        ("24SevenOffice lister registeret for sakte nå.", "24SevenOffice lists its register too slowly now."),
        BY_ITSELF,
    ),
    "erp_not_authenticated": (
        ("24SevenOffice ber om ny innlogging.", "24SevenOffice asks for a new login."),
        BY_ITSELF,
    ),
    "erp_login_under_way": (
        ("En innlogging til 24SevenOffice er i gang.", "A login to 24SevenOffice is under way."),
        BY_ITSELF,
    ),
    "erp_credentials_missing": (
        ("Innloggingen til 24SevenOffice mangler.", "The login to 24SevenOffice is missing."),
        LOG_IN,
    ),
    "customer_being_created": (
        ("Kunden opprettes i 24SevenOffice.", "The customer is being created in 24SevenOffice."),
        BY_ITSELF,
    ),
    "customer_outcome_unknown": (
        (
            "Det er uvisst om kunden ble opprettet i 24SevenOffice; det sjekkes.",
            "It is unknown whether the customer was created in 24SevenOffice; that is being looked up.",
        ),
        BY_ITSELF,
    ),
    "task_version_behind": (
        (
            "Smartday viser ennå ikke siste versjon av oppgaven.",
            "Smartday doesn't show the latest version yet.",
        ),
        BY_ITSELF,
    ),
    "too_little_time_left": (_OURS, BY_ITSELF),
    "integration_changed": (_OURS, BY_ITSELF),
    "record_contended": (_OURS, BY_ITSELF),
    "aws_throttled": (_OURS, BY_ITSELF),
    "aws_unreachable": (_OURS, BY_ITSELF),
    "aws_unavailable": (_OURS, BY_ITSELF),
    "queue_refused": (_OURS, BY_ITSELF),
    "integration_not_active": (("Integrasjonen er ikke aktiv.", "The integration isn't active."), ACTIVATE),
    "smartday_invalid_credentials": (_SMARTDAY_LOGIN, LOG_IN),
    "smartday_agreement_mismatch": (
        (
            "Innloggingen til Smartday gjelder ikke denne avtalen.",
            "The login to Smartday isn't for this agreement.",
        ),
        LOG_IN,
    ),
    "smartday_credentials_expired": (
        ("Passordet til Smartday Bridge er utløpt.", "The password of Smartday Bridge has expired."),
        LOG_IN,
    ),
    "smartday_feature_missing": (
        ("Avtalen i Smartday omfatter ikke Bridge.", "The Smartday agreement doesn't include Bridge."),
        ("Kontakt Smartday.", "Contact Smartday."),
    ),
    "smartday_credentials_missing": (_SMARTDAY_LOGIN, LOG_IN),
    "twentyfoursevenoffice_invalid_credentials": (_ERP_LOGIN, LOG_IN),
    "twentyfoursevenoffice_identity_blocked": (
        ("24SevenOffice gir ikke tilgang til firmaet.", "24SevenOffice gives no access to the company."),
        LOG_IN,
    ),
    "receipt_refused": (
        ("Smartday avviste kvitteringen; ordren står.", "Smartday refused the receipt; the order stands."),
        DONE,
    ),
    "recovered": (
        ("Ordren ble funnet igjen i 24SevenOffice.", "The order was found again in 24SevenOffice."),
        DONE,
    ),
    "released": (
        ("Det oppgaven ventet på, er kommet; den prøves igjen.", "What it waited for has come: another try."),
        DONE,
    ),
    "outcome_looked_for": (
        (
            "Det er uvisst om 24SevenOffice gjorde det vi ba om; det sjekkes.",
            "It is unknown whether 24SevenOffice did what was asked; that is being looked up.",
        ),
        BY_ITSELF,
    ),
    "customer_not_linked": (
        (
            "Kunden fra felt ble ikke koblet: en annen kunde i Smartday har nummeret.",
            "The customer from the field wasn't linked: another customer in Smartday has the number.",
        ),
        ("Slå kundene sammen i Smartday.", "Merge the customers in Smartday."),
    ),
    "resend": (("Noen ba om et nytt forsøk.", "Somebody asked for another try."), DONE),
    "approved": (("Noen godkjente oppgaven.", "Somebody approved the task."), DONE),
    "send_again": (
        ("Noen bestemte at den skal sendes likevel.", "Somebody decided to send it after all."),
        DONE,
    ),
    "new_order": (("Noen ba om en ny ordre.", "Somebody asked for a new order."), DONE),
}
"""Code → what is the matter, and what to do."""


def reason_document(code: str) -> dict[str, str]:
    """The code with its words; a passing code of an HTTP status, say, has general ones."""
    known = next((one for one in Reason if one == code), None)
    if known is not None:
        (nb, en), (todo_nb, todo_en) = (known.nb, known.en), (known.todo_nb, known.todo_en)
    else:
        (nb, en), (todo_nb, todo_en) = PASSING.get(code, (OTHERWISE, BY_ITSELF))
    return {"code": code, "nb": nb, "en": en, "todo_nb": todo_nb, "todo_en": todo_en}


def refusal_words(side: str, code: str) -> Words:
    """Whose login is refused and why, as far as the code is known."""
    plain = _SMARTDAY_LOGIN if side == "smartday" else _ERP_LOGIN
    return PASSING.get(f"{side}_{code}", (plain, LOG_IN))[0]

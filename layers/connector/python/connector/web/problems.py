"""What a refusal looks like from outside: the one table from code to status and words (RFC 9457).

Bokmål first, English second; no text repeats what was sent.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.usecases.declined import Declined, FieldError


@dataclass(frozen=True, slots=True)
class Words:
    """A status and what people read."""

    status: int
    title: str
    detail: str
    detail_en: str


PROBLEMS: Mapping[str, Words] = {
    "malformed": Words(
        400,
        "Ugyldig forespørsel",
        "Innholdet er ikke et JSON-objekt i UTF-8.",
        "The body isn't a JSON object in UTF-8.",
    ),
    "cursor_invalid": Words(
        400,
        "Ugyldig forespørsel",
        "Markøren er ikke gyldig. Start listen på nytt.",
        "The cursor isn't valid. Start over.",
    ),
    "unauthenticated": Words(
        401,
        "Ikke innlogget",
        "Logg inn med Bridge-bruker og Bridge-passord.",
        "Log in with Bridge user and password.",
    ),
    "invalid_credentials": Words(
        401,
        "Ugyldig innlogging",
        "Avtalenummer, Bridge-bruker eller Bridge-passord er feil.",
        "Agreement number, Bridge user or Bridge password is wrong.",
    ),
    "other_agreement": Words(
        403,
        "Ingen tilgang",
        "Innloggingen gjelder en annen avtale.",
        "The session belongs to another agreement.",
    ),
    "foreign_origin": Words(
        403,
        "Ingen tilgang",
        "Forespørselen kommer fra en annen side.",
        "The request comes from another site.",
    ),
    "not_found": Words(404, "Finnes ikke", "Adressen finnes ikke.", "There is nothing at this address."),
    "task_not_found": Words(
        404, "Finnes ikke", "Oppgaven er ikke kjent i integrasjonen.", "The integration knows no such task."
    ),
    "run_not_found": Words(
        404,
        "Finnes ikke",
        "Integrasjonen kjenner ingen slik import, eller den er for gammel.",
        "The integration knows no such import, or it is too old.",
    ),
    "company_tied": Words(
        409,
        "Firmaet er i bruk",
        "Firmaet i 24SevenOffice er allerede knyttet til en annen avtale.",
        "The company in 24SevenOffice is tied to another agreement.",
    ),
    "not_active": Words(
        409,
        "Ikke aktiv",
        "Integrasjonen er ikke aktiv. Aktiver den først.",
        "The integration isn't active. Activate it first.",
    ),
    "wrong_state": Words(
        409,
        "Ikke mulig nå",
        "Oppgaven har en tilstand der dette ikke er mulig.",
        "The task is in a state where this isn't possible.",
    ),
    "no_matches_waiting": Words(
        409,
        "Ingenting venter",
        "Ingen import venter på at noen bekrefter hvordan registrene passer sammen.",
        "No import waits for somebody to confirm how the registers match.",
    ),
    "run_not_held": Words(
        409,
        "Ingenting venter",
        "Importen venter ikke på at noen bekrefter hva som blir inaktivt.",
        "The import doesn't wait for somebody to confirm what becomes inactive.",
    ),
    "changed_meanwhile": Words(
        409,
        "Endret samtidig",
        "Noe annet endret dette samtidig. Prøv igjen.",
        "It changed at the same time. Try again.",
    ),
    "too_large": Words(
        413, "For stort", "Innholdet er større enn 256 kB.", "The body is larger than 256 kB."
    ),
    "unsupported_media_type": Words(
        415,
        "Ugyldig forespørsel",
        "Innholdet må være application/json.",
        "The body must be application/json.",
    ),
    "validation": Words(
        422,
        "Ugyldige opplysninger",
        "Ett eller flere felt er ikke gyldige.",
        "One or more fields aren't valid.",
    ),
    "invalid_bridge_login": Words(
        422,
        "Ugyldig innlogging",
        "Bridge-bruker eller Bridge-passord er feil.",
        "Bridge user or Bridge password is wrong.",
    ),
    "agreement_mismatch": Words(
        422,
        "Feil avtalenummer",
        "Bridge-brukeren har ikke tilgang til dette avtalenummeret.",
        "The Bridge user has no access to this agreement number.",
    ),
    "smartday_feature_missing": Words(
        422,
        "Bridge mangler",
        "Avtalen i Smartday omfatter ikke Bridge. Kontakt Smartday.",
        "The Smartday agreement doesn't include Bridge. Contact Smartday.",
    ),
    "smartday_refused": Words(
        422,
        "Smartday sa nei",
        "Smartday avviste forespørselen. Kontakt Smartday.",
        "Smartday refused the request. Contact Smartday.",
    ),
    "invalid_erp_login": Words(
        422,
        "Ugyldig innlogging",
        "Brukernavn eller passord til 24SevenOffice er feil.",
        "User name or password of 24SevenOffice is wrong.",
    ),
    "erp_identity_refused": Words(
        422,
        "Firmaet kan ikke brukes",
        "24SevenOffice gir ikke tilgang til dette firmaet. Velg et annet.",
        "24SevenOffice gives no access to this company. Choose another.",
    ),
    "choose_identity": Words(
        422,
        "Velg firma",
        "Brukeren har tilgang til flere firmaer i 24SevenOffice. Velg ett.",
        "The user reaches several companies in 24SevenOffice. Choose one.",
    ),
    "bridge_password_needed": Words(
        422,
        "Bridge-passord trengs",
        "Oppgi Bridge-passordet på nytt for å bytte bruker eller firma.",
        "Give the Bridge password again to change user or company.",
    ),
    "too_many_tasks": Words(
        422,
        "For mange oppgaver",
        "Det er flere oppgaver enn det er tid til. Velg en senere dato, eller gjenta: ingenting går tapt.",
        "There are more tasks than there is time for. Choose a later date, or repeat: nothing is lost.",
    ),
    "too_many_attempts": Words(
        429,
        "For mange forsøk",
        "For mange innlogginger med feil passord. Vent litt og prøv igjen.",
        "Too many logins with a wrong password. Wait a while and try again.",
    ),
    "internal": Words(
        500, "Feil hos oss", "Noe gikk galt hos oss. Prøv igjen.", "Something went wrong here. Try again."
    ),
    "smartday_unreachable": Words(
        502,
        "Smartday svarer ikke",
        "Smartday svarer ikke nå. Prøv igjen om litt.",
        "Smartday doesn't answer. Try again soon.",
    ),
    "erp_unreachable": Words(
        502,
        "24SevenOffice svarer ikke",
        "24SevenOffice svarer ikke nå. Prøv igjen om litt.",
        "24SevenOffice doesn't answer. Try again soon.",
    ),
    "erp_application_unknown": Words(
        503,
        "Feil hos oss",
        "24SevenOffice kjenner ikke integrasjonens nøkkel. Kontakt oss.",
        "24SevenOffice doesn't know this integration's key. Contact us.",
    ),
    "unavailable": Words(
        503,
        "Feil hos oss",
        "Noe svarer ikke hos oss nå. Prøv igjen.",
        "Something here doesn't answer now. Try again.",
    ),
}

FIELDS: Mapping[str, tuple[str, str]] = {
    "missing": ("Feltet må fylles ut.", "This field is required."),
    "unknown_field": ("Feltet finnes ikke.", "There is no such field."),
    "not_a_choice": ("Verdien er ikke et av valgene.", "The value isn't one of the choices."),
    "too_short": ("Verdien er for kort.", "The value is too short."),
    "too_long": ("Verdien er for lang.", "The value is too long."),
    "invalid": ("Verdien er ikke gyldig.", "The value isn't valid."),
    "unknown_template_field": (
        "Malen nevner et felt som ikke finnes.",
        "The template names a field that doesn't exist.",
    ),
    "rejected": ("Verdien ble ikke godtatt.", "The value wasn't accepted."),
}


def problem(declined: Declined, request_id: str) -> dict[str, Any]:
    """The problem document; `identities` only for `choose_identity`, `errors` only about fields."""
    words = PROBLEMS[declined.code]
    document: dict[str, Any] = {
        "type": f"urn:connector:problem:{declined.code}",
        "title": words.title,
        "status": words.status,
        "code": declined.code,
        "detail": words.detail,
        "detail_en": words.detail_en,
        "request_id": request_id,
    }
    if declined.fields:
        document["errors"] = [_field(one) for one in declined.fields]
    if declined.choices:
        document["identities"] = [
            {"erp_identity_id": identity_id, "company_id": company_id, "company_name": name}
            for identity_id, company_id, name in declined.choices
        ]
    return document


def retry_after(declined: Declined, now: datetime) -> dict[str, str]:
    """The header that says in how many seconds to ask again, when that is known."""
    if declined.retry_at is None:
        return {}
    return {"Retry-After": str(max(1, math.ceil((declined.retry_at - now).total_seconds())))}


def _field(error: FieldError) -> dict[str, str]:
    nb, en = FIELDS[error.code]
    return {"field": error.field, "code": error.code, "message": nb, "message_en": en}

"""What an import wrote otherwise than the ERP has it, in words: bokmål first, English second."""

from collections.abc import Mapping
from typing import Any

from connector.domain.master_data_mapping import DESCRIPTION_LIMIT, GTIN_LIMIT, NAME_LIMIT, PHONE_LIMIT
from connector.domain.stream import Note

MONEY: Mapping[str, tuple[str, str]] = {
    "price": ("Prisen", "The price"),
    "cost_price": ("Kostprisen", "The cost price"),
    "vat_rate": ("Mva-satsen", "The VAT rate"),
}

FIELDS: Mapping[str, tuple[str, str]] = {
    "organisation_number": ("Organisasjonsnummeret", "The organisation number"),
    "email": ("E-postadressen", "The e-mail address"),
    "invoice_email": ("E-postadressen for faktura", "The e-mail address for invoices"),
    **MONEY,
}

INVALID = ("er ikke gyldig, og er utelatt.", "isn't valid, and is left out.")
ROUNDED = ("er avrundet til to desimaler.", "is rounded to two decimals.")

NOTES: Mapping[str, tuple[str, str]] = {
    "name_shortened": (
        f"Navnet er kortet ned til {NAME_LIMIT} tegn.",
        f"The name is shortened to {NAME_LIMIT} characters.",
    ),
    "description_shortened": (
        f"Beskrivelsen er kortet ned til {DESCRIPTION_LIMIT} tegn.",
        f"The description is shortened to {DESCRIPTION_LIMIT} characters.",
    ),
    "phone_too_long": (
        f"Telefonnummeret er lengre enn {PHONE_LIMIT} tegn, og er utelatt.",
        f"The telephone number is longer than {PHONE_LIMIT} characters, and is left out.",
    ),
    "mobile_too_long": (
        f"Mobilnummeret er lengre enn {PHONE_LIMIT} tegn, og er utelatt.",
        f"The mobile number is longer than {PHONE_LIMIT} characters, and is left out.",
    ),
    "gtin_too_long": (
        f"Strekkoden (EAN) er lengre enn {GTIN_LIMIT} tegn, og er utelatt.",
        f"The bar code (EAN) is longer than {GTIN_LIMIT} characters, and is left out.",
    ),
    "address_incomplete": (
        "En adresse har ikke et postnummer som Smartday kan ha, og er utelatt.",
        "An address has no postal code that Smartday can have, and is left out.",
    ),
    "country_unknown": (
        "Landet i en adresse er ikke kjent, og adressen er utelatt. Skriv landet med to bokstaver.",
        "The country of an address isn't known, and the address is left out. Write it with two letters.",
    ),
    "address_shortened": ("Adressen er kortet ned.", "The address is shortened."),
    **{
        f"{field}_invalid": (f"{nb} {INVALID[0]}", f"{en} {INVALID[1]}") for field, (nb, en) in FIELDS.items()
    },
    **{f"{field}_rounded": (f"{nb} {ROUNDED[0]}", f"{en} {ROUNDED[1]}") for field, (nb, en) in MONEY.items()},
}
"""By the codes of `Mapped.notes`."""


def note_document(note: Note) -> dict[str, Any]:
    """A note with its sentence, how often, and the first numbers."""
    nb, en = NOTES[note.code]
    return {
        "code": note.code,
        "count": note.count,
        "numbers": list(note.numbers),
        "message": nb,
        "message_en": en,
    }

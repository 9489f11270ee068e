"""What an import wrote otherwise than the ERP has it, in words: bokmål first, English second."""

from collections.abc import Mapping
from typing import Any

from connector.domain.master_data_mapping import NAME_LIMIT
from connector.domain.stream import Note

FIELDS: Mapping[str, tuple[str, str]] = {
    "organisation_number": ("Organisasjonsnummeret", "The organisation number"),
    "email": ("E-postadressen", "The e-mail address"),
    "invoice_email": ("E-postadressen for faktura", "The e-mail address for invoices"),
    "price": ("Prisen", "The price"),
    "cost_price": ("Kostprisen", "The cost price"),
    "vat_rate": ("Mva-satsen", "The VAT rate"),
}

ENDINGS: Mapping[str, tuple[str, str]] = {
    "_invalid": ("er ikke gyldig, og er utelatt.", "isn't valid, and is left out."),
    "_rounded": ("er avrundet til to desimaler.", "is rounded to two decimals."),
}

NOTES: Mapping[str, tuple[str, str]] = {
    "name_shortened": (
        f"Navnet er kortet ned til {NAME_LIMIT} tegn.",
        f"The name is shortened to {NAME_LIMIT} characters.",
    ),
    **{
        field + ending: (f"{nb} {what_nb}", f"{en} {what_en}")
        for field, (nb, en) in FIELDS.items()
        for ending, (what_nb, what_en) in ENDINGS.items()
    },
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

"""What an order says in words: rows of at most 300 characters, split at words, never cut (design 4.12)."""

import unicodedata
from collections.abc import Iterator
from dataclasses import fields
from decimal import ROUND_HALF_UP, Decimal

from connector.domain.local_time import date_and_time_text
from connector.domain.order import ROW_TEXT_LIMIT, TextRow
from connector.domain.task import Place, Registration, Task
from connector.domain.text_template import filled

REPORTED_STATUSES = frozenset({"used", "approved", "exported"})
"""Registrations that tell what was done; `exported` too, so that our own receipt changes no text."""

LARGEST_NUMBER = Decimal(10) ** 9
"""No quantity, price or amount of a task reaches this; what does is an error in the data."""

YOUR_REFERENCE_LIMIT = 50
"""YourReference holds at most 50 characters (contract 24sevenoffice 6.2)."""

_ZERO_WIDTH_JOINER = "\u200d"
_FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
_SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_NOT_IN_XML = "\ufffe\uffff"
_UNITS = {"hours": (" time", " timer"), "distance": (" km", " km")}


def text_rows(task: Task, template: str) -> tuple[TextRow, ...]:
    """The task in words, by the template (`connector.domain.text_template`).

    How place and time read: contract smartday 4.13.
    """
    lines = map(clean, filled(template, _values(task)))
    return tuple(TextRow(part) for line in lines for part in split_text(line))


def line_text(
    name: str, kind: str, quantity: Decimal, price: Decimal | None, discount: Decimal, net: Decimal | None
) -> str:
    """A registration in words, for orders without product rows ("kun tekst"). Money is NOK ex VAT.

    `Montørtime, ordinær: 3,5 timer × 950,00 = 3 325,00`; the amount is left out where `price` is None.
    """
    one, several = _UNITS.get(kind, ("", ""))
    unit = one if quantity == 1 else several
    measured = f"{name}: {_norwegian(quantity)}{unit}"
    if price is None or net is None:
        return measured
    rebate = f", rabatt {_norwegian(discount)} %" if discount else ""
    return f"{measured} × {_norwegian(price, 2)}{rebate} = {_norwegian(net, 2)}"


def place_text(place: Place | None) -> str:
    """`Sjøgata 14 B, 2. etasje, 9405 Harstad`; no text when no part is known (contract smartday 4.13)."""
    if place is None:
        return ""
    street = clean(f"{place.address1 or ''} {place.house_number or ''}")
    post = clean(f"{place.postal_code or ''} {place.postal_area or ''}")
    return ", ".join(filter(None, (street, clean(place.address2), post)))


def clean_place(place: Place | None) -> Place | None:
    """The place with each part cleaned, None for a missing part; a country alone is no place."""
    if place is None or not place_text(place):
        return None
    return Place(**{part.name: clean(getattr(place, part.name)) or None for part in fields(place)})


def your_reference(task: Task) -> tuple[str, tuple[TextRow, ...]]:
    """The buyer's reference for the order's head; one that is too long also follows whole as text rows."""
    text = clean(task.customer_reference)
    if len(text) <= YOUR_REFERENCE_LIMIT:
        return text, ()
    rows = tuple(TextRow(part) for part in split_text(f"Deres referanse: {text}"))
    return split_text(text, YOUR_REFERENCE_LIMIT)[0], rows


def clean(text: str | None) -> str:
    """The text on one line: whitespace folded to single spaces, what XML can't carry removed."""
    if text and text.isprintable():
        return " ".join(text.split())
    spaced = (" " if char.isspace() else char for char in text or "")
    return " ".join("".join(char for char in spaced if _is_printable(char)).split())


def split_text(text: str, limit: int = ROW_TEXT_LIMIT) -> list[str]:
    """Parts of at most `limit` characters (at least 1) that together are the whole text.

    Parts end at a space, which is dropped; a word that is longer than `limit` is split between
    characters, never before a combining mark. No text gives no parts.
    """
    parts: list[str] = []
    for word in text.split(" "):
        if parts and len(parts[-1]) + 1 + len(word) <= limit:
            parts[-1] += f" {word}"
        else:
            parts.extend(_pieces(word, limit))
    return [part for part in parts if part]


def is_usable(value: Decimal) -> bool:
    """True for a number that can be computed with: finite and of a credible size."""
    return value.is_finite() and abs(value) < LARGEST_NUMBER


def _values(task: Task) -> dict[str, str]:
    start = task.started_at or task.planned_start
    return {
        "number": clean(task.number) or clean(task.id),
        "title": clean(task.title),
        "place": place_text(task.place),
        "start": date_and_time_text(start) if start else "",
        "finished": date_and_time_text(task.finished_at) if task.finished_at else "",
        "time_spent": _duration_text(_minutes_spent(task)),
        "status_web": clean(task.status_web),
        "customer_reference": clean(task.customer_reference),
        "notes": "\n".join(_note_lines(task)),
    }


def _note_lines(task: Task) -> Iterator[str]:
    for registration in task.registrations:
        if registration.kind == "note" and _is_reported(registration):
            yield from filter(None, map(clean, (registration.text or "").splitlines()))


def _minutes_spent(task: Task) -> int:
    if task.minutes_spent is not None:
        return task.minutes_spent
    hours = sum(
        (
            one.quantity
            for one in task.registrations
            if one.kind == "hours" and _is_reported(one) and is_usable(one.quantity)
        ),
        Decimal(0),
    )
    return int((hours * 60).to_integral_value(ROUND_HALF_UP))


def _duration_text(minutes: int) -> str:
    hours, rest = divmod(max(minutes, 0), 60)
    parts = [f"{hours} t"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} min")
    return " ".join(parts)


def _is_reported(registration: Registration) -> bool:
    return registration.status in REPORTED_STATUSES and registration.billable is not False


def _norwegian(value: Decimal, decimals: int = 0) -> str:
    """`3 325,00`: at least so many decimals, more where the value has them."""
    digits = f"{value:,f}"
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return whole.replace(",", " ") + (f",{fraction}" if fraction else "")


def _pieces(word: str, limit: int) -> Iterator[str]:
    while len(word) > limit:
        cut = limit
        while cut > 0 and _belongs_together(word[cut - 1], word[cut]):
            cut -= 1
        cut = cut or limit
        yield word[:cut]
        word = word[cut:]
    yield word


def _belongs_together(left: str, right: str) -> bool:
    joined = _ZERO_WIDTH_JOINER in (left, right) or (left in _FLAG_LETTERS and right in _FLAG_LETTERS)
    return joined or right in _SKIN_TONES or unicodedata.category(right).startswith("M")


def _is_printable(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs") and char not in _NOT_IN_XML

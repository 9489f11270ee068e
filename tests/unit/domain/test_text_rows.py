"""What an order says in words."""

from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.settings import DEFAULT_TEXT_TEMPLATE
from connector.domain.task import Place, Task
from connector.domain.text_rows import clean, clean_place, line_text, split_text, text_rows, your_reference
from tests.builders import example_task, note, registration, task

words = st.text(st.characters(exclude_categories=["Z", "C", "M"]), min_size=1, max_size=60)
long_words = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=900)

NOTE = (
    "Kunden ønsker ettersyn av varmtvannsbereder før påske. "
    "Nøkkel ligger i nøkkelboks – kode oppgis på forespørsel."
)


def texts(one: Task, template: str = DEFAULT_TEXT_TEMPLATE) -> list[str]:
    return [row.text for row in text_rows(one, template)]


def row_starting(start: str, one: Task) -> list[str]:
    return [text for text in texts(one) if text.startswith(start)]


def test_the_example_reads_as_the_contract_words_it() -> None:
    assert texts(example_task()) == [
        "Smartday-oppgave 48213: Bytte varmekabel på bad",
        "Sted: Sjøgata 14 B, 2. etasje, 9405 Harstad",
        "Startdato: 14.09.2026 kl. 07:30",
        "Tidsbruk: 5 t 15 min",
        "Status web: Utført – klar for fakturering",
        NOTE,
    ]


def test_a_template_chooses_what_is_told_and_how() -> None:
    template = "Oppdrag {number}, ferdig {finished}\nBestilling: {customer_reference}\nTakk for alt!\n\n"
    assert texts(example_task(), template) == [
        "Oppdrag 48213, ferdig 14.09.2026 kl. 12:45",
        "Bestilling: Bestilling 4471 / v/ Kjærsti Øygård",
        "Takk for alt!",
    ]


def test_an_order_may_be_without_text() -> None:
    assert texts(example_task(), "") == []


def test_what_the_task_does_not_tell_is_left_out() -> None:
    bare = task(title=" ", place=None, started_at=None, planned_start=None, status_web=None, minutes_spent=0)
    assert texts(bare) == ["Smartday-oppgave 48213", "Tidsbruk: 0 min"]


def test_a_task_without_number_is_named_by_its_id() -> None:
    assert texts(task(number=""))[0] == "Smartday-oppgave 48213: Bytte varmekabel på bad"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("Sjøgata", "14 B", None, "9405", "Harstad"), ["Sted: Sjøgata 14 B, 9405 Harstad"]),
        (Place(address1="Sjøgata"), ["Sted: Sjøgata"]),
        (Place(postal_area="Harstad"), ["Sted: Harstad"]),
        (Place(country="NO"), []),
        (Place(), []),
    ],
)
def test_a_place_reads_without_its_missing_parts(place: Place, text: list[str]) -> None:
    assert row_starting("Sted:", task(place=place)) == text


def test_the_delivery_address_is_clean_and_needs_more_than_a_country() -> None:
    assert clean_place(Place(" Sjøgata\n", "14 B", "", " ", "Harstad", "NO")) == Place(
        "Sjøgata", "14 B", None, None, "Harstad", "NO"
    )
    assert clean_place(Place(country="NO")) is None
    assert clean_place(None) is None


def test_the_start_is_when_work_began_not_when_it_was_planned() -> None:
    late = task(planned_start=datetime(2026, 9, 10, 7, 0, tzinfo=UTC))
    assert row_starting("Startdato:", late) == ["Startdato: 14.09.2026 kl. 07:30"]


def test_the_planned_start_stands_in_for_a_missing_start() -> None:
    planned = task(started_at=None, planned_start=datetime(2026, 1, 5, 7, 0, tzinfo=UTC))
    assert row_starting("Startdato:", planned) == ["Startdato: 05.01.2026 kl. 08:00"]


@pytest.mark.parametrize(
    ("minutes", "text"), [(315, "5 t 15 min"), (300, "5 t"), (45, "45 min"), (0, "0 min"), (-5, "0 min")]
)
def test_time_spent_reads_in_hours_and_minutes(minutes: int, text: str) -> None:
    assert row_starting("Tidsbruk:", task(minutes_spent=minutes)) == [f"Tidsbruk: {text}"]


def test_missing_time_spent_is_the_sum_of_the_tasks_hours() -> None:
    hours = [
        registration(kind="hours", quantity=Decimal("3.5")),
        registration(kind="hours", quantity=Decimal("0.275"), status="exported"),
        registration(kind="hours", quantity=Decimal(8), status="suggested"),
        registration(kind="hours", quantity=Decimal("0.5"), billable=False),
        registration(kind="hours", quantity=Decimal("NaN")),
        registration(kind="distance", quantity=Decimal(40)),
    ]
    assert row_starting("Tidsbruk:", task(*hours, minutes_spent=None)) == ["Tidsbruk: 3 t 47 min"]


def test_each_line_of_a_note_is_a_row_and_empty_lines_are_dropped() -> None:
    assert texts(task(note("Første linje\r\n\n  Andre\tlinje  \n")))[-2:] == ["Første linje", "Andre linje"]


@pytest.mark.parametrize("changes", [{"status": "suggested"}, {"billable": False}])
def test_a_note_that_is_suggested_or_kept_from_the_customer_is_no_row(changes: dict[str, object]) -> None:
    assert texts(task(note("Internt", **changes))) == texts(task())


def test_a_note_without_text_is_no_row() -> None:
    assert texts(task(registration(kind="note", text=None))) == texts(task())


def test_a_long_title_goes_on_in_the_next_row() -> None:
    title = "Bytte varmekabel " * 30
    first, second = texts(task(title=title))[:2]
    assert len(first) <= 300
    assert f"{first} {second}" == f"Smartday-oppgave 48213: {title}".strip()


def test_a_reference_that_fits_stands_in_the_head_alone() -> None:
    assert your_reference(example_task()) == ("Bestilling 4471 / v/ Kjærsti Øygård", ())
    assert your_reference(task(customer_reference=None)) == ("", ())


def test_a_reference_of_exactly_fifty_characters_fits() -> None:
    assert your_reference(task(customer_reference="x" * 50)) == ("x" * 50, ())
    assert your_reference(task(customer_reference="x" * 51))[0] == "x" * 50


def test_a_reference_too_long_for_the_head_follows_whole_as_text() -> None:
    reference = "Bestilling 4471, prosjekt Rehabilitering Sjøgata, attest Kjærsti Øygård"
    head, rows = your_reference(task(customer_reference=reference))
    assert head == "Bestilling 4471, prosjekt Rehabilitering Sjøgata,"
    assert [row.text for row in rows] == [f"Deres referanse: {reference}"]


@pytest.mark.parametrize(
    ("kind", "quantity", "price", "discount", "net", "text"),
    [
        ("hours", "3.5000", "950.0000", "0.0000", "3325.00", "Vare: 3,5 timer × 950,00 = 3 325,00"),
        ("distance", "42.6000", "8.1250", "0", "346.13", "Vare: 42,6 km × 8,125 = 346,13"),
        ("item", "2.0000", "1249.0000", "10.0000", "2248.20", "Vare: 2 × 1 249,00, rabatt 10 % = 2 248,20"),
        ("item", "-1.0000", "1249.0000", "0", "-1249.00", "Vare: -1 × 1 249,00 = -1 249,00"),
    ],
)
def test_a_line_in_words_is_written_the_norwegian_way(
    kind: str, quantity: str, price: str, discount: str, net: str, text: str
) -> None:
    assert line_text("Vare", kind, *map(Decimal, (quantity, price, discount, net))) == text


def test_a_line_that_the_erp_prices_has_no_amount_in_words() -> None:
    assert line_text("Reisetid", "hours", Decimal("0.75"), None, Decimal(0), None) == "Reisetid: 0,75 timer"


def test_clean_text_is_one_line_without_control_characters() -> None:
    assert clean(" a\u00a0b\t\r\nc\x00\x1bd \ud800\ufffe ") == "a b cd"
    assert clean(None) == ""


@given(st.text())
def test_clean_text_is_already_clean(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(codec=None)))
def test_clean_text_can_be_sent_as_xml(text: str) -> None:
    root = ET.Element("Name")
    root.text = clean(text)
    assert (ET.fromstring(ET.tostring(root)).text or "") == clean(text)


@given(st.lists(words, max_size=40), st.integers(60, 300))
def test_parts_joined_with_spaces_give_the_text_back(some: list[str], limit: int) -> None:
    text = " ".join(some)
    parts = split_text(text, limit)
    assert " ".join(parts) == text
    assert all(0 < len(part) <= limit for part in parts)


@given(st.lists(long_words, max_size=5), st.integers(1, 300))
def test_no_character_is_lost_whatever_the_length_of_the_words(some: list[str], limit: int) -> None:
    parts = split_text(" ".join(some), limit)
    assert "".join(parts).replace(" ", "") == "".join(some)
    assert all(0 < len(part) <= limit for part in parts)


def test_a_word_longer_than_a_row_is_not_split_before_a_combining_mark() -> None:
    letter = "a\u030a"
    parts = split_text(letter * 10, 5)
    assert parts == [letter * 2] * 5


def test_characters_that_are_joined_stay_joined() -> None:
    family = "👨\u200d👩\u200d👧"
    assert split_text(family * 2, 7) == [family, family]


def test_an_emoji_keeps_the_colour_of_its_skin() -> None:
    assert split_text("👍🏽" * 2, 3) == ["👍🏽", "👍🏽"]


def test_a_flag_stays_one_flag() -> None:
    assert split_text("a🇳🇴", 2) == ["a", "🇳🇴"]


def test_a_heap_of_combining_marks_is_split_all_the_same() -> None:
    heap = "\u0301" * 12
    assert split_text(heap, 5) == ["\u0301" * 5, "\u0301" * 5, "\u0301" * 2]


def test_a_part_is_filled_to_its_very_limit() -> None:
    assert split_text("to tre fire", 6) == ["to tre", "fire"]
    assert split_text("to tre fire", 5) == ["to", "tre", "fire"]


def test_no_text_gives_no_parts() -> None:
    assert split_text("") == []

"""Bridge's JSON of tasks: what is read tolerantly, what is written exactly (contract smartday 4.3-4.5)."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connector.adapters.smartday.models import TaskList, WireTask, receipt_body
from connector.adapters.smartday.wire import to_json
from connector.domain.task import Place, Reference, Task
from connector.domain.task_record import Receipt

EXAMPLE = Path(__file__).parents[3] / "sandbox" / "smartday" / "example_task.json"


def example() -> dict[str, Any]:
    task: dict[str, Any] = json.loads(EXAMPLE.read_text("utf-8"), parse_float=Decimal)
    return task


def read(body: dict[str, Any]) -> Task:
    wire = WireTask.model_validate(body)
    return wire.to_domain(wire.registrations)


def outcome_of(body: dict[str, Any]) -> str:
    """The id of the task that was read, or the name of the field that couldn't be."""
    try:
        return read(body).id
    except ValidationError as error:
        return str(error.errors()[0]["loc"][0])
    except ValueError as error:
        return str(error).partition(".")[0]


def test_the_contracts_example_task_is_read_whole() -> None:
    task = read(example())
    assert (task.id, task.number, task.version, task.status, task.outcome) == (
        "48213",
        "48213",
        7,
        7,
        "completed",
    )
    assert task.title == "Bytte varmekabel på bad"
    assert task.is_finished
    assert task.customer == task.billing_customer == Reference("c-7001", "10021")
    assert task.customer_reference == "Bestilling 4471 / v/ Kjærsti Øygård"
    assert task.status_web == "Utført – klar for fakturering"
    assert task.started_at == datetime(2026, 9, 14, 5, 30, tzinfo=UTC)
    assert task.finished_at == datetime(2026, 9, 14, 10, 45, tzinfo=UTC)
    assert task.minutes_spent == 315
    assert task.place == Place("Sjøgata", "14 B", "2. etasje", "9405", "Harstad", "NO")
    assert (task.project, task.department, task.responsible) == (
        Reference("pr-551", "2026-118"),
        Reference("1", None),
        Reference("u-4", "4"),
    )
    assert [line.id for line in task.registrations] == [f"r-90010{n}" for n in range(1, 10)]
    assert sum((line.net_amount or 0) for line in task.registrations) == Decimal("8520.00")
    distance = task.registrations[3]
    assert (distance.kind, distance.quantity, distance.unit_price) == (
        "distance",
        Decimal("42.6"),
        Decimal("8.0"),
    )
    assert (distance.product_number, distance.has_product, distance.day) == ("KM", True, date(2026, 9, 14))
    assert task.registrations[4].discount_percent == 10
    assert task.registrations[7].billable is False
    assert task.registrations[8].billable is None
    assert (task.registrations[8].has_product, task.registrations[0].employee_name) == (False, "Åse Bjørnø")
    assert (task.registrations[8].text or "").startswith("Kunden ønsker ettersyn")


@pytest.mark.parametrize(
    ("status", "number"),
    [
        ({"code": "finished"}, 7),
        ({"code": "awaiting", "number": None}, 41),
        ({"code": "finished", "number": 8}, 8),
        ({"number": "99"}, 99),
        ({"number": Decimal("7.0")}, 7),
        ({"code": "parked"}, 0),
        ({}, 0),
    ],
)
def test_the_status_is_a_number_sent_or_looked_up(status: dict[str, Any], number: int) -> None:
    assert read(example() | {"status": status}).status == number


@pytest.mark.parametrize("quantity", [2, Decimal("2.0"), "2", "2.0000"])
def test_numbers_come_as_integers_decimals_or_text(quantity: object) -> None:
    body = example()
    body["registrations"][0]["quantity"] = quantity
    assert read(body).registrations[0].quantity == 2


def test_unknown_kinds_and_statuses_are_kept_as_sent() -> None:
    body = example()
    body["registrations"][0] |= {"kind": "drone", "status": "contested", "billable": None}
    line = read(body).registrations[0]
    assert (line.kind, line.status, line.billable) == ("drone", "contested", None)


def test_a_customer_made_in_the_field_has_no_number() -> None:
    for number in (None, "", "  "):
        assert read(example() | {"customer": {"id": "c-9", "external_number": number}}).customer == Reference(
            "c-9", None
        )


def test_a_task_without_project_department_and_responsible_has_none() -> None:
    nobody = dict.fromkeys(("project", "department", "responsible"))
    task = read(example() | nobody)
    assert (task.project, task.department, task.responsible) == (None, None, None)
    assert task == read({name: value for name, value in example().items() if name not in nobody})


def test_a_product_without_a_number_is_not_the_same_as_no_product() -> None:
    body = example()
    body["registrations"][0]["product"] = {"id": "p-9", "external_number": None}
    body["registrations"][1]["product"] = None
    lines = read(body).registrations
    assert (lines[0].has_product, lines[0].product_number) == (True, None)
    assert (lines[1].has_product, lines[1].product_number) == (False, None)


def test_absent_and_null_are_the_same_and_unknown_fields_are_ignored() -> None:
    least = {"id": 48213, "version": 7, "status": {"code": "finished"}, "registrations": [], "mood": "good"}
    null = dict.fromkeys(example()) | least
    assert read(least) == read(null)
    assert (read(least).id, read(least).number, read(least).place) == ("48213", "48213", None)


def test_a_place_with_nothing_in_it_is_no_place() -> None:
    assert read(example() | {"location": {"address1": None, "postal_code": "", "latitude": 1}}).place is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), None),
        (("version",), None),
        (("version",), -1),
        (("status",), None),
        (("status", "number"), "seven"),
        (("finished_at",), "yesterday"),
        (("finished_at",), "2026-09-14T10:45:00"),
        (("started_at",), "0001-01-01T00:00:00+14:00"),
        (("minutes_spent",), Decimal("1.5")),
        (("registrations",), {}),
        (("registrations", 0, "id"), None),
        (("registrations", 0, "kind"), None),
        (("registrations", 0, "status"), None),
        (("registrations", 0, "quantity"), "to"),
        (("registrations", 0, "quantity"), "NaN"),
        (("registrations", 0, "unit_price"), Decimal("1E+999999")),
        (("registrations", 0, "net_amount"), True),
        (("registrations", 0, "date"), "14.09.2026"),
        (("registrations", 0, "billable"), "kanskje"),
    ],
)
def test_a_part_that_counts_and_is_unreadable_is_named(path: tuple[str | int, ...], value: object) -> None:
    body = example()
    part: Any = body
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(ValidationError) as refused:
        read(body)
    assert refused.value.errors()[0]["loc"] == path


def test_a_finished_task_without_its_list_of_lines_is_not_an_empty_one() -> None:
    with pytest.raises(ValueError, match="registrations"):
        read(example() | {"registrations": None})
    assert read(example() | {"registrations": None, "status": {"number": 4}}).registrations == ()


def test_the_same_line_twice_is_never_invoiced_twice() -> None:
    body = example()
    body["registrations"].append(body["registrations"][0])
    with pytest.raises(ValueError, match=r"registrations\.id"):
        read(body)


def test_a_priced_line_without_a_quantity_is_refused_and_a_note_needs_none() -> None:
    body = example()
    body["registrations"][0]["quantity"] = None
    with pytest.raises(ValueError, match="quantity"):
        read(body)
    assert read(example()).registrations[8].quantity == 0


def test_characters_that_xml_cannot_carry_are_removed_and_white_space_becomes_spaces() -> None:
    assert read(example() | {"title": "Bytte\x0bkab\x07el\x00 \ud800 på\tbad 🚿"}).title == (
        "Bytte kabel  på\tbad 🚿"
    )


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.decimals(), st.lists))
def test_whatever_stands_in_a_field_gives_a_task_or_a_named_refusal(value: Any) -> None:
    for name in ("status", "customer", "title", "minutes_spent", "registrations", "location", "started_at"):
        assert outcome_of(example() | {name: value}) in ("48213", name)


def test_the_polls_items_are_read_with_utc_times() -> None:
    page = TaskList.model_validate(
        {"items": [{"id": 1, "version": 7, "changed_at": "2026-09-14T13:02:19+02:00"}], "next_cursor": None}
    )
    assert page.items[0].to_domain().changed_at == datetime(2026, 9, 14, 11, 2, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("finished_at", "read_as"),
    [
        ("2026-09-14T12:45:00+02:00", datetime(2026, 9, 14, 10, 45, tzinfo=UTC)),
        (None, None),
        ("i går", None),
        ([], None),
    ],
)
def test_one_tasks_odd_finish_time_never_stops_the_poll(
    finished_at: object, read_as: datetime | None
) -> None:
    item = {"id": "1", "version": 7, "changed_at": "2026-09-14T11:02:19Z", "finished_at": finished_at}
    assert TaskList.model_validate({"items": [item]}).items[0].to_domain().finished_at == read_as


@pytest.mark.parametrize(
    ("items", "next_cursor", "has_more", "asked_with", "whole"),
    [
        (1, "b", True, "a", True),
        (1, "b", None, None, True),
        (1, None, False, "a", True),
        (1, "", None, "a", True),
        (0, None, False, None, True),
        (1, "a", True, "a", False),
        (1, None, True, None, False),
        (0, "b", True, None, False),
        (0, None, False, "a", False),
        (0, None, True, None, False),
    ],
)
def test_a_page_that_is_repeated_or_missing_shows(
    items: int, next_cursor: str | None, has_more: bool | None, asked_with: str | None, whole: bool
) -> None:
    item = {"id": "1", "version": 7, "changed_at": "2026-09-14T11:02:19Z"}
    page = TaskList.model_validate(
        {"items": [item] * items, "next_cursor": next_cursor, "has_more": has_more}
    )
    assert page.is_whole(asked_with) is whole


RECEIPT = Receipt(
    result="created",
    task_version=7,
    order_id="5589102",
    registration_ids=("r-900101", "r-900102"),
    exported_at=datetime(2026, 9, 14, 13, 2, 31, 999, tzinfo=timezone(timedelta(hours=2))),
    message="Ordre 5589102 opprettet med 7 varelinjer og 5 tekstlinjer på «Bjørnø»",
)


def test_a_receipt_is_written_as_the_contract_shows_it() -> None:
    assert json.loads(receipt_body(RECEIPT)) == {
        "system": "24sevenoffice",
        "result": "created",
        "task_version": 7,
        "order_id": "5589102",
        "order_number": "5589102",
        "exported_at": "2026-09-14T11:02:31Z",
        "registration_ids": ["r-900101", "r-900102"],
        "message": "Ordre 5589102 opprettet med 7 varelinjer og 5 tekstlinjer på «Bjørnø»",
    }


@pytest.mark.parametrize("result", ["skipped", "failed"])
def test_a_receipt_of_a_hold_names_no_order(result: str) -> None:
    body = json.loads(receipt_body(replace(RECEIPT, result=result, order_id=None, registration_ids=())))
    assert (body["result"], body["order_id"], body["order_number"]) == (result, None, None)
    assert body["registration_ids"] == []


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12), st.text())
def test_written_json_reads_back_exactly(number: Decimal, text: str) -> None:
    read_back = json.loads(
        to_json({text: [number, text, None, True]}), parse_float=Decimal, parse_int=Decimal
    )
    assert read_back == {text: [number, text, None, True]}

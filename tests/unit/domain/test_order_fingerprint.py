"""When two versions of a task give the same invoice."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connector.domain.order_mapping import fingerprint
from connector.domain.task import Reference
from tests.builders import example_task, note, registration, task


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 9},
        {"status": 99},
        {"status_web": "Fakturert"},
        {"registrations": (*example_task().registrations, registration(id="r-x", status="suggested"))},
        {"registrations": (*example_task().registrations, registration(id="r-x", billable=False))},
    ],
)
def test_what_an_invoice_does_not_depend_on_is_no_change(changes: dict[str, Any]) -> None:
    assert fingerprint(replace(example_task(), **changes)) == fingerprint(example_task())


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Noe annet"},
        {"minutes_spent": 300},
        {"place": None},
        {"outcome": "aborted"},
        {"customer": Reference("c-2", "10022")},
        {"customer_reference": "Bestilling 4472"},
        {"project": Reference("88", "118")},
        {"department": Reference("2", None)},
        {"responsible": Reference("u-17", "17")},
        {"registrations": example_task().registrations[1:]},
        {"registrations": (*example_task().registrations, registration(id="r-x"))},
        {"registrations": (*example_task().registrations, note("En ting til", id="r-x"))},
    ],
)
def test_what_an_invoice_depends_on_is_a_change(changes: dict[str, Any]) -> None:
    assert fingerprint(replace(example_task(), **changes)) != fingerprint(example_task())


def test_the_same_quantity_written_otherwise_is_no_change() -> None:
    assert fingerprint(task(registration(quantity=Decimal("3.50")))) == fingerprint(
        task(registration(quantity=Decimal("3.5")))
    )


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    assert fingerprint(example_task()) == "057a85c439b3ff785dc841cd742f29b4978e6124f2ce1dd2b4c0571d9aae86c5"

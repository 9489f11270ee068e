"""How an import goes, and a held one that is confirmed, through the router; `Browser` checks the forms."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.stream import Cursor, Run, RunState, Stream
from connector.web.import_errors import error_words
from tests.fakes.browser import HERE, Browser
from tests.fakes.people import AGREEMENT
from tests.fakes.queues import SentStream

WHO = {"who": "Kari Nordmann"}
SECONDS = timedelta(seconds=1)


def put_run(customer: Browser, state: RunState, **more: Any) -> Run:
    now = customer.world.clock()
    run = replace(Run("r-1", state, now, updated_at=now), **more)
    held = run if run.error == "deactivations_unconfirmed" else None
    customer.world.cursors.save(Cursor(AGREEMENT, Stream.CUSTOMERS, run=run, held=held))
    return run


def put_held(customer: Browser) -> Run:
    """57 of 412 customers are gone from the ERP; 3 of 60 besides became inactive at once."""
    return put_run(
        customer,
        RunState.HELD,
        full=True,
        absent=60,
        deactivated=3,
        in_use=412,
        error="deactivations_unconfirmed",
    )


def shown(customer: Browser) -> dict[str, object]:
    run: dict[str, object] = customer.call("GET", HERE).body["imports"]["customers"]
    return run


def test_a_running_import_shows_its_pace_and_how_long_it_still_takes(customer: Browser) -> None:
    now = customer.world.clock()
    put_run(customer, RunState.RUNNING, total=1000, seen=250, updated_at=now + 60 * SECONDS, full=True)
    run = shown(customer)
    assert (run["records_per_second"], run["seconds_left"]) == (4.2, 180)
    assert (run["full"], run["updated_at"]) == (True, "2026-09-14T11:03:00Z")
    assert run["error"] is None


def test_before_anything_is_done_nobody_knows_how_long_it_takes(customer: Browser) -> None:
    put_run(customer, RunState.RUNNING)
    run = shown(customer)
    assert (run["total"], run["records_per_second"], run["seconds_left"]) == (0, 0, None)


@pytest.mark.parametrize("state", [RunState.FINISHED, RunState.FAILED, RunState.HELD])
def test_an_import_that_ended_keeps_its_pace_and_takes_no_longer(customer: Browser, state: RunState) -> None:
    now = customer.world.clock()
    put_run(customer, state, total=1000, seen=900, updated_at=now + 90 * SECONDS)
    run = shown(customer)
    assert (run["records_per_second"], run["seconds_left"]) == (10, None)


def test_part_of_a_second_left_is_a_second(customer: Browser) -> None:
    now = customer.world.clock()
    put_run(customer, RunState.RUNNING, total=1000, seen=999, updated_at=now + 60 * SECONDS)
    assert shown(customer)["seconds_left"] == 1


def test_a_held_import_says_how_many_of_how_many_would_become_inactive(customer: Browser) -> None:
    put_held(customer)
    body = customer.call("GET", HERE).body
    (trouble,) = body["errors"]
    assert (trouble["code"], trouble["about"], trouble["run_id"]) == ("import_held", "customers", "r-1")
    assert trouble["message"] == (
        "57 av 412 kunder er ikke lenger i 24SevenOffice. Ingen blir inaktive før noen bekrefter."
    )
    assert trouble["message_en"].startswith("57 of 412 customers are no longer in 24SevenOffice.")
    run = body["imports"]["customers"]
    assert (run["absent"], run["deactivated"], run["in_use"]) == (60, 3, 412)
    assert run["error"] == trouble["detail"] == "deactivations_unconfirmed"


def test_confirming_says_who_and_queues_a_full_pass(customer: Browser) -> None:
    put_held(customer)
    reply = customer.call("POST", f"{HERE}/imports/r-1/confirm", WHO)
    assert (reply.status, reply.body) == (202, {"run_id": "r-1", "stream": "customers", "confirmed": 57})
    assert customer.world.stream_queue.sent == [SentStream(AGREEMENT, Stream.CUSTOMERS, full=True)]
    cursor = customer.world.cursors.cursors[AGREEMENT, Stream.CUSTOMERS]
    assert (cursor.confirmed, cursor.confirmed_by, cursor.wanted) == (57, "Kari Nordmann", "full")
    assert customer.call("GET", HERE).body["errors"] == []


def test_it_is_confirmed_though_the_queue_doesnt_take_it(customer: Browser) -> None:
    put_held(customer)
    customer.world.stream_queue.refusing = True
    reply = customer.call("POST", f"{HERE}/imports/r-1/confirm", WHO)
    assert (reply.status, reply.code) == (503, "unavailable")
    assert customer.world.cursors.cursors[AGREEMENT, Stream.CUSTOMERS].wanted == "full"


def test_a_run_that_doesnt_wait_is_told_apart_from_one_that_is_unknown(customer: Browser) -> None:
    put_run(customer, RunState.FINISHED)
    waits_not = customer.call("POST", f"{HERE}/imports/r-1/confirm", WHO)
    assert (waits_not.status, waits_not.code) == (409, "run_not_held")
    for run_id in ("r-2", "a" * 101):
        unknown = customer.call("POST", f"{HERE}/imports/{run_id}/confirm", WHO)
        assert (unknown.status, unknown.code) == (404, "run_not_found")


def test_nothing_is_confirmed_while_paused(customer: Browser) -> None:
    put_held(customer)
    customer.call("PUT", HERE, {"active": False})
    reply = customer.call("POST", f"{HERE}/imports/r-1/confirm", WHO)
    assert (reply.status, reply.code) == (409, "not_active")


@pytest.mark.parametrize(("body", "fields"), [({}, {"who": "missing"}), ({"who": " "}, {"who": "invalid"})])
def test_confirming_needs_a_name(customer: Browser, body: dict[str, str], fields: dict[str, str]) -> None:
    put_held(customer)
    reply = customer.call("POST", f"{HERE}/imports/r-1/confirm", body)
    assert (reply.status, reply.fields) == (422, fields)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("smartday_invalid_credentials", "Innloggingen til Smartday ble avvist."),
        ("smartday_validation_failed", "Smartday godtok ikke innholdet i forespørselen."),
        ("smartday_conflict", "Smartday sa nei (kode «conflict»)."),
        ("twentyfoursevenoffice_identity_blocked", "24SevenOffice gir ikke tilgang til firmaet."),
        ("twentyfoursevenoffice_new", "24SevenOffice sa nei (kode «new»)."),
        ("odd", "Noe gikk galt (kode «odd»)."),
    ],
)
def test_why_an_import_failed_is_said_in_words(customer: Browser, error: str, words: str) -> None:
    put_run(customer, RunState.FAILED, error=error)
    (trouble,) = customer.call("GET", HERE).body["errors"]
    assert (trouble["code"], trouble["detail"], trouble["run_id"]) == ("import_failed", error, None)
    assert trouble["message"] == f"Importen av kunder stoppet. {words} Den prøves igjen av seg selv."
    assert error_words(error)[1] in trouble["message_en"]

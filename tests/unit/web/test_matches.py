"""The match report through the router; `Browser` checks every answer against docs/openapi.yaml."""

from dataclasses import replace

from connector.domain.matches import Conflict, Match, MatchKind, MatchReport, MatchReview, MatchState
from connector.domain.stream import Cursor, Run, RunState, Stream
from connector.usecases.import_turn import basis_of
from tests.fakes.browser import HERE, Browser
from tests.fakes.people import AGREEMENT, LOGIN, World
from tests.fakes.queues import SentStream

WHO = {"who": "Kari Nordmann"}
TWIN = Match(
    MatchKind.ORGANISATION_NUMBER,
    Conflict.OTHER_NUMBER,
    number="10021",
    name="Nordmann AS",
    organisation_number="974760673",
    smartday_id="c-7",
    smartday_number="77",
    smartday_name="Nordmann",
    smartday_organisation_number="974760673",
)
ALONE = Match(MatchKind.ONLY_ERP, number="10022", name="Åsen Rør")


def wait_for_a_person(world: World) -> None:
    counts = dict.fromkeys(MatchKind, 0) | {MatchKind.ORGANISATION_NUMBER: 1, MatchKind.ONLY_ERP: 1}
    report = MatchReport(world.clock(), counts, conflicts=1, matches=(TWIN, ALONE))
    basis = basis_of(world.integrations.integrations[AGREEMENT], Stream.CUSTOMERS)
    world.matches.save(MatchReview(AGREEMENT, Stream.CUSTOMERS, basis, MatchState.WAITING, report))


def test_the_report_shows_both_registers(customer: Browser) -> None:
    wait_for_a_person(customer.world)
    body = customer.call("GET", f"{HERE}/matches").body
    customers = body["customers"]
    assert (customers["state"], customers["conflicts"]) == ("waiting", 1)
    assert customers["compared_at"] == "2026-09-14T11:02:00Z"
    assert customers["counts"]["only_erp"] == 1
    assert customers["matches"][0]["conflict"] == "other_number"
    assert customers["matches"][1]["smartday_name"] is None
    assert body["products"]["state"] == "none"
    assert body["products"]["compared_at"] is None


def test_registers_too_large_to_compare_have_no_report(customer: Browser) -> None:
    wait_for_a_person(customer.world)
    review = customer.world.matches.reviews[AGREEMENT, Stream.CUSTOMERS]
    customer.world.matches.save(replace(review, report=None))
    customers = customer.call("GET", f"{HERE}/matches").body["customers"]
    assert (customers["state"], customers["counts"], customers["matches"]) == ("waiting", None, [])


def test_confirming_says_who_and_lets_the_imports_go_on(customer: Browser) -> None:
    wait_for_a_person(customer.world)
    reply = customer.call("POST", f"{HERE}/matches:confirm", WHO)
    assert reply.status == 202
    assert reply.body["customers"]["state"] == "confirmed"
    assert reply.body["customers"]["confirmed_by"] == "Kari Nordmann"
    assert reply.body["customers"]["confirmed_at"] == "2026-09-14T11:02:00Z"
    assert SentStream(AGREEMENT, Stream.CUSTOMERS) in customer.world.stream_queue.sent


def test_nothing_is_confirmed_that_does_not_wait(customer: Browser) -> None:
    reply = customer.call("POST", f"{HERE}/matches:confirm", WHO)
    assert (reply.status, reply.code) == (409, "no_matches_waiting")


def test_confirming_needs_a_name(customer: Browser) -> None:
    reply = customer.call("POST", f"{HERE}/matches:confirm", {"who": " "})
    assert (reply.status, reply.fields) == (422, {"who": "invalid"})


def test_there_is_no_report_before_activation(browser: Browser) -> None:
    browser.log_in(AGREEMENT, LOGIN.bridge_user, LOGIN.bridge_password)
    reply = browser.call("GET", f"{HERE}/matches")
    assert (reply.status, reply.code) == (409, "not_active")


def test_the_status_says_that_an_import_waits_for_a_person(customer: Browser) -> None:
    now = customer.world.clock()
    run = Run("r-1", RunState.HELD, now, finished_at=now, error="matches_unconfirmed")
    customer.world.cursors.save(Cursor(AGREEMENT, Stream.CUSTOMERS, run=run))
    (trouble,) = customer.call("GET", HERE).body["errors"]
    assert trouble["code"] == "matches_unconfirmed"
    assert trouble["message"].startswith("Importen av kunder venter på at noen bekrefter")

"""The first import of a register looks at what Smartday has already, and waits where a person should look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.binding import Kind
from connector.domain.integration import ErpCompany, IntegrationState
from connector.domain.master_data import ErpCustomer, ErpProduct, FieldCustomer, FieldProduct
from connector.domain.matches import Conflict, MatchKind, MatchReview, MatchState
from connector.domain.pace import Pace
from connector.domain.settings import ConfirmMatches
from connector.domain.stream import Run, RunState, Stream
from connector.errors import Refused, RetryLater, Side, Stale
from connector.usecases.declined import Declined
from connector.usecases.match_report import MatchPorts, confirm_matches, show_matches
from connector.usecases.request_import import ImportRequestPorts, request_import
from tests.fakes.queues import SentStream
from tests.unit.usecases.importing import AGREEMENT, CUSTOMERS, LONG_AGO, NOW, PRODUCTS, World

COMPANY = "923609016"
WHO = "bjørg@eksempel.no"


@pytest.fixture
def world() -> World:
    return World()


def ports(world: World) -> MatchPorts:
    return MatchPorts(lambda: world.now, world.integrations, world.matches, world.queue)


def shown(world: World, stream: Stream = CUSTOMERS) -> MatchReview:
    return show_matches(ports(world), AGREEMENT)[stream]


def confirm(world: World) -> None:
    confirm_matches(ports(world), AGREEMENT, WHO)


def put_company(world: World, erp_id: int = 10021, company: str = COMPANY) -> None:
    card = ErpCustomer(erp_id, "Sørvik Rør AS", type="Business", organisation_number=company)
    world.erp.put_customer(card, LONG_AGO)


def put_field_company(world: World, number: str | None = None, company: str = "NO 923 609 016 MVA") -> None:
    customer = FieldCustomer("c-7", number, "Sørvik Rør", organisation_number=company)
    world.smartday.put_field_customer(customer)


def is_held(run: Run) -> bool:
    return (run.state, run.error) == (RunState.HELD, "matches_unconfirmed")


def conflicts(review: MatchReview) -> list[Conflict]:
    assert review.report is not None
    return [one.conflict for one in review.report.matches if one.conflict]


def test_before_the_first_reading_nothing_is_known(world: World) -> None:
    assert {stream: one.state for stream, one in show_matches(ports(world), AGREEMENT).items()} == {
        CUSTOMERS: MatchState.NONE,
        PRODUCTS: MatchState.NONE,
    }


def test_where_smartday_has_nothing_there_is_nothing_to_compare(world: World) -> None:
    world.set(confirm_matches=ConfirmMatches.ALWAYS)
    world.put(1, 2)
    assert world.run().state is RunState.FINISHED
    assert (shown(world).state, shown(world).report) == (MatchState.NOT_NEEDED, None)
    assert world.erp.calls["read_customers"] == 1


def test_registers_that_fit_are_imported_at_once_and_the_report_stays(world: World) -> None:
    world.put(1, 2)
    world.smartday.put_field_customer(FieldCustomer("c-1", "1", "Kunde 1"))
    assert world.run().written == 2
    report = shown(world).report
    assert shown(world).state is MatchState.NOT_NEEDED
    assert report is not None
    assert (report.counts[MatchKind.NUMBER], report.counts[MatchKind.ONLY_ERP]) == (1, 1)


def test_a_conflict_holds_the_import_before_the_first_write(world: World) -> None:
    put_company(world)
    put_field_company(world)
    assert is_held(world.run())
    assert shown(world).state is MatchState.WAITING
    assert conflicts(shown(world)) == [Conflict.WITHOUT_NUMBER]
    assert (world.smartday.upserts, world.bindings.bindings) == ([], {})


def test_while_it_is_held_nothing_is_read(world: World) -> None:
    put_company(world)
    put_field_company(world)
    world.run()
    world.erp.calls.clear()
    world.smartday.calls.clear()
    assert is_held(world.run())
    assert (world.erp.calls, world.smartday.calls) == ({}, {})


def test_an_import_that_a_person_asks_for_compares_anew(world: World) -> None:
    put_company(world)
    put_field_company(world)
    world.run()
    world.smartday.field_customers.clear()
    request_import(
        ImportRequestPorts(world.integrations, world.queue, world.matches), AGREEMENT, CUSTOMERS, False
    )
    (asked,) = world.queue.take()
    assert asked.full
    assert world.run(full=asked.full).state is RunState.FINISHED


def test_a_person_confirms_and_the_company_is_linked_and_not_doubled(world: World) -> None:
    put_company(world)
    put_field_company(world)
    world.run()
    confirm(world)
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS), SentStream(AGREEMENT, PRODUCTS)]
    assert world.run().state is RunState.FINISHED
    (customer,) = world.smartday.field_customers.values()
    assert (customer.id, customer.number) == ("c-7", "10021")
    review = shown(world)
    assert (review.state, review.confirmed_by, review.confirmed_at) == (MatchState.CONFIRMED, WHO, NOW)


def test_what_smartday_refuses_to_link_is_left_to_the_import(world: World) -> None:
    world.set(confirm_matches=ConfirmMatches.NEVER)
    put_company(world)
    put_field_company(world)
    world.smartday.fail("link_customer", Refused(Side.SMARTDAY, "validation_failed"))
    assert world.run().written == 1
    assert {one.number for one in world.smartday.field_customers.values()} == {None, "10021"}


def test_registers_are_compared_once(world: World) -> None:
    world.put(*range(1, 301))
    put_field_company(world, "5", company="")
    world.fail_at_batches(RetryLater("smartday_unreachable"), 2, 3)
    world.run()
    assert world.run().state is RunState.FINISHED
    world.run(full=True)
    assert world.smartday.calls["customers"] == 1


@pytest.mark.parametrize(
    ("setting", "company", "held"),
    [
        (ConfirmMatches.ALWAYS, COMPANY, True),
        (ConfirmMatches.CONFLICTS, COMPANY, False),
        (ConfirmMatches.CONFLICTS, "974760673", True),
        (ConfirmMatches.NEVER, "974760673", False),
    ],
)
def test_the_setting_says_when_a_person_is_waited_for(
    world: World, setting: ConfirmMatches, company: str, held: bool
) -> None:
    world.set(confirm_matches=setting)
    put_company(world)
    put_field_company(world, "10021", company)
    assert is_held(world.run()) == held
    assert shown(world).report is not None


def test_a_gentler_setting_lets_a_held_import_go_on(world: World) -> None:
    put_company(world)
    put_field_company(world)
    world.run()
    world.set(confirm_matches=ConfirmMatches.NEVER)
    assert world.run().state is RunState.FINISHED


def test_products_are_compared_too(world: World) -> None:
    for erp_id in (501, 502):
        world.erp.put_product(ErpProduct(erp_id, "T100", "Time"), LONG_AGO)
    world.smartday.put_field_product(FieldProduct("p-1", "T100", "Time"))
    assert is_held(world.run(PRODUCTS))
    assert conflicts(shown(world, PRODUCTS)) == [Conflict.NUMBER_TWICE] * 3


def test_another_company_in_the_erp_is_compared_anew(world: World) -> None:
    world.put(1)
    world.run()
    stored = world.integrations.integrations[AGREEMENT]
    world.integrations.save(replace(stored, erp_company=ErpCompany("ny", "Ny AS")))
    assert shown(world).state is MatchState.NONE
    world.run()
    assert shown(world).state is MatchState.NOT_NEEDED
    assert world.smartday.calls["customers"] == 2


def test_a_list_that_changed_while_it_was_read_is_read_again(world: World) -> None:
    put_field_company(world)
    world.smartday.fail("customers", Refused(Side.SMARTDAY, "cursor_invalid"))
    assert world.run().error == "cursor_invalid"
    assert world.run().state is RunState.FINISHED


def test_a_refusal_while_comparing_ends_the_run(world: World) -> None:
    world.smartday.fail("customers", Refused(Side.SMARTDAY, "forbidden"))
    run = world.run()
    assert (run.state, run.error) == (RunState.FAILED, "smartday_forbidden")


def slow(world: World, span: timedelta) -> None:
    """Smartday has a customer a page, and each page takes so long."""
    world.smartday.page_size = 1
    for n in range(3):
        world.smartday.put_field_customer(FieldCustomer(f"c-{n}", None, f"Kunde {n}"))
    world.smartday.on_list = lambda: world.wait(span)


def test_registers_too_large_to_compare_wait_without_a_report(world: World) -> None:
    world.put(1)
    slow(world, timedelta(minutes=2))
    assert is_held(world.run())
    assert (shown(world).state, shown(world).report) == (MatchState.WAITING, None)
    confirm(world)
    assert world.run().state is RunState.RUNNING
    assert world.run().state is RunState.FINISHED


def test_with_less_time_than_an_invocation_has_the_comparison_is_left_to_the_next(world: World) -> None:
    slow(world, timedelta(minutes=1))
    assert world.run(left=timedelta(minutes=2)).state is RunState.RUNNING
    assert shown(world).state is MatchState.NONE


def test_the_pace_of_the_sides_is_kept_while_comparing(world: World) -> None:
    slow(world, timedelta(0))
    world.smartday.current_pace = Pace(blocked_until=NOW + timedelta(minutes=9))
    assert world.run().state is RunState.RUNNING
    assert shown(world).state is MatchState.NONE


def test_only_what_waits_can_be_confirmed(world: World) -> None:
    with pytest.raises(Declined, match="no_matches_waiting"):
        confirm(world)
    world.turn(IntegrationState.PAUSED)
    with pytest.raises(Declined, match="not_active"):
        confirm(world)
    with pytest.raises(Declined, match="not_active"):
        show_matches(ports(world), "999")


def test_two_words_at_the_same_moment_are_one(world: World) -> None:
    put_company(world)
    put_field_company(world)
    world.run()

    class Contended(type(world.matches)):  # type: ignore[misc]
        def save(self, review: MatchReview) -> MatchReview:
            raise Stale

    world.matches = Contended(world.matches.reviews)
    with pytest.raises(Declined, match="changed_meanwhile"):
        confirm(world)
    assert world.run(full=True).error == "matches_contended"


def test_a_register_that_smartday_does_not_get_is_only_bound(world: World) -> None:
    world.set(import_customers=False)
    world.put(1, 2)
    put_field_company(world)
    run = world.run()
    assert (run.state, run.written, run.unchanged) == (RunState.FINISHED, 0, 2)
    assert (world.smartday.upserts, shown(world).state) == ([], MatchState.NOT_NEEDED)
    assert {one.fingerprint for one in world.bindings.all(AGREEMENT, Kind.CUSTOMERS)} == {""}
    world.hold("48213", "customers#1")
    world.run()
    assert world.released == ["48213"]


def test_a_register_that_smartday_gets_after_all_is_compared_and_written(world: World) -> None:
    world.set(import_customers=False)
    put_company(world)
    world.run()
    world.set(import_customers=True)
    put_field_company(world)
    assert is_held(world.run())
    confirm(world)
    assert world.run().written == 1
    world.set(import_customers=False)
    run = world.run()
    assert (run.unchanged, len(world.smartday.upserts)) == (1, 1)


def test_the_setting_that_changes_in_the_middle_of_a_pass_ends_it(world: World) -> None:
    world.put(*range(1, 301))
    world.smartday.on_upsert = lambda: world.set(import_customers=False)
    assert world.run().written == 200
    assert world.run().state is RunState.FINISHED
    assert len(world.smartday.upserts) == 200

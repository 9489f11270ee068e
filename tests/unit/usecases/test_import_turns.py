"""All imports of an integration share one lease: who waits, who follows, and what is never lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.lease import LEASE_MARGIN
from connector.domain.stream import IMPORT_LEASE, Cursor, RunState
from connector.errors import RetryLater, Stale
from connector.usecases.import_master_data import import_master_data
from connector.usecases.import_turn import amend
from tests.fakes.import_stores import MemoryCursorStore
from tests.fakes.queues import SentStream
from tests.unit.usecases.importing import (
    AGREEMENT,
    CUSTOMERS,
    INVOCATION,
    NOW,
    PRODUCTS,
    World,
    once,
    stepping,
)


@pytest.fixture
def world() -> World:
    return World()


def test_two_streams_of_one_integration_take_turns(world: World) -> None:
    world.put(1)
    world.smartday.on_upsert = once(lambda: world.start(PRODUCTS))
    world.run()
    assert not world.erp.calls["changed_products"]
    assert world.queue.take() == [SentStream(AGREEMENT, PRODUCTS)]
    world.run(PRODUCTS)
    assert (world.queue.take(), world.cursor(PRODUCTS).wanted) == ([], None)


def test_a_full_pass_asked_for_during_an_incremental_one_follows_it(world: World) -> None:
    world.put(1)
    world.run()
    world.put(1, changed_at=NOW, name="Nytt")

    def ask() -> None:
        world.start(full=True)
        world.start()

    world.smartday.on_upsert = ask
    assert not world.run().full
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS, full=True)]
    assert world.run().full, "what is wanted counts, whatever the message says"
    assert world.cursor().wanted is None


def test_a_full_pass_asked_for_between_two_parts_of_an_incremental_one_follows_it(world: World) -> None:
    world.put(1)
    world.run()
    world.run(left=timedelta(seconds=1))
    world.queue.take()
    run = world.run(full=True)
    assert (run.state, run.full) == (RunState.FINISHED, False)
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS, full=True)]


def test_a_message_that_goes_on_with_a_full_pass_never_begins_another(world: World) -> None:
    world.put(1)
    world.run()
    assert world.run(full=True, left=timedelta(seconds=1)).full
    (message,) = world.queue.take()
    world.run()
    assert not world.run(full=message.full).full


def test_a_full_pass_asked_for_during_a_full_one_is_that_one(world: World) -> None:
    world.put(1)
    world.run(full=True, left=timedelta(seconds=1))
    world.queue.take()
    assert world.run(full=True).state is RunState.FINISHED
    assert world.queue.take() == []


def test_the_lease_outlives_the_process_that_holds_it(world: World) -> None:
    world.put(1)
    seen: list[Cursor] = []
    world.smartday.on_upsert = lambda: seen.append(world.cursor(IMPORT_LEASE))
    world.run()
    assert [one.lease_until for one in seen] == [NOW + INVOCATION + LEASE_MARGIN]


def test_a_lapsed_lease_is_taken(world: World) -> None:
    lease = replace(world.cursor(IMPORT_LEASE), lease_owner="dead", lease_until=NOW + INVOCATION)
    world.cursors.save(lease)
    assert world.start(PRODUCTS) is None
    world.now += INVOCATION
    assert world.run(PRODUCTS).state is RunState.FINISHED


def test_a_worker_whose_lease_was_taken_does_not_give_up_the_new_one(world: World) -> None:
    world.put(1)

    def rob() -> None:
        world.cursors.save(replace(world.cursor(), lease_owner="thief", lease_until=NOW + timedelta(hours=1)))

    world.smartday.on_upsert = rob
    world.run()
    assert world.cursor().lease_owner == "thief"


def test_whoever_asks_when_the_lease_has_just_ended_queues_it_himself(world: World) -> None:
    lease = replace(world.cursor(IMPORT_LEASE), lease_owner="other", lease_until=NOW + timedelta(seconds=5))
    world.cursors.save(lease)
    ports = replace(world.ports, clock=stepping(world, timedelta(seconds=5)))
    assert import_master_data(ports, AGREEMENT, PRODUCTS, True, "me", NOW + INVOCATION) is None
    assert world.queue.take() == [SentStream(AGREEMENT, PRODUCTS, full=True)]


def test_a_queue_that_refuses_lets_the_message_come_again_with_the_lease_free(world: World) -> None:
    world.queue.refusing = True
    with pytest.raises(RetryLater):
        world.run(left=timedelta(seconds=1))
    assert not world.cursor(IMPORT_LEASE).is_leased(NOW)
    assert world.run().state is RunState.FINISHED


def test_a_change_to_a_cursor_is_made_again_on_what_others_wrote(world: World) -> None:
    raced = once(lambda: world.cursors.save(replace(world.cursor(), wanted="full")))

    def change(cursor: Cursor) -> Cursor:
        raced()
        return replace(cursor, watermark=NOW)

    changed = amend(world.cursors, AGREEMENT, CUSTOMERS, change)
    assert (changed.wanted, changed.watermark) == ("full", NOW)


def test_a_cursor_that_others_keep_writing_is_left_to_the_next_message(world: World) -> None:
    class Contended(MemoryCursorStore):
        def save(self, cursor: Cursor) -> Cursor:
            raise Stale

    with pytest.raises(RetryLater, match="cursor_contended"):
        amend(Contended(), AGREEMENT, CUSTOMERS, lambda cursor: replace(cursor, watermark=NOW))

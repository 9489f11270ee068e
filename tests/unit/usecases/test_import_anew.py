"""Settings that decide what imports write: when one changes, all of its register is read again at once."""

from datetime import timedelta
from typing import Any

import pytest

from connector.domain.settings import Settings
from connector.domain.stream import Cursor, RunState, Stream
from connector.errors import RetryLater
from connector.usecases.activate_integration import activate_integration
from connector.usecases.import_anew import DECIDES, import_anew
from tests.fakes.people import AGREEMENT, World, wish, wish_in_session
from tests.fakes.queues import SentStream
from tests.unit.usecases import importing

FULL_CUSTOMERS = SentStream(AGREEMENT, Stream.CUSTOMERS, full=True)
FULL_PRODUCTS = SentStream(AGREEMENT, Stream.PRODUCTS, full=True)


@pytest.fixture
def active() -> World:
    world = World()
    activate_integration(world.activation, wish())
    world.stream_queue.take()
    world.clock.now += timedelta(hours=1)
    return world


@pytest.mark.parametrize(
    ("change", "queued"),
    [
        ({"import_suppliers": True}, [FULL_CUSTOMERS]),
        ({"import_leads": False}, [FULL_CUSTOMERS]),
        ({"import_suppliers": True, "import_leads": False}, [FULL_CUSTOMERS]),
        ({"product_types": {"1": "hours"}}, [FULL_PRODUCTS]),
        ({"product_types": {"1": "hours"}, "import_leads": False}, [FULL_CUSTOMERS, FULL_PRODUCTS]),
        ({"import_suppliers": False, "import_leads": True, "product_types": {}}, []),
        ({"credit_orders": True}, []),
        ({}, []),
    ],
)
def test_a_full_pass_of_the_register_concerned_is_queued_at_once(
    active: World, change: dict[str, Any], queued: list[SentStream]
) -> None:
    activate_integration(active.activation, wish_in_session(settings=change))
    assert active.stream_queue.take() == queued


def test_another_setting_changed_later_queues_nothing(active: World) -> None:
    activate_integration(active.activation, wish_in_session(settings={"import_leads": False}))
    active.stream_queue.take()
    activate_integration(active.activation, wish_in_session(settings={"credit_orders": True}))
    activate_integration(active.activation, wish_in_session())
    assert active.stream_queue.take() == []


@pytest.mark.parametrize(
    ("earlier", "repeated"),
    [
        ({"import_leads": False}, {"credit_orders": False}),
        ({"credit_orders": True}, {"import_leads": True, "product_types": {}}),
    ],
)
def test_settings_sent_again_as_they_are_queue_nothing(
    active: World, earlier: dict[str, Any], repeated: dict[str, Any]
) -> None:
    activate_integration(active.activation, wish_in_session(settings=earlier))
    active.stream_queue.take()
    activate_integration(active.activation, wish_in_session(settings=repeated))
    assert active.stream_queue.take() == []


def test_what_is_chosen_at_activation_needs_no_second_pass() -> None:
    world = World()
    activate_integration(world.activation, wish(settings={"import_suppliers": True}))
    assert [(one.stream, one.full) for one in world.stream_queue.take()] == [
        (Stream.CUSTOMERS, True),
        (Stream.PRODUCTS, True),
    ]


def test_a_pass_that_could_not_be_queued_is_queued_by_the_same_request(active: World) -> None:
    change = wish_in_session(settings={"import_leads": False})
    active.stream_queue.refusing = True
    with pytest.raises(RetryLater):
        activate_integration(active.activation, change)
    active.stream_queue.refusing = False
    activate_integration(active.activation, change)
    assert active.stream_queue.take() == [FULL_CUSTOMERS]


def test_a_check_queues_nothing(active: World) -> None:
    activate_integration(active.activation, wish(check=True, settings={"import_leads": False}))
    assert active.stream_queue.take() == []


def test_what_changes_while_paused_is_read_anew_after_resuming(active: World) -> None:
    active.cursors.save(Cursor(AGREEMENT, Stream.CUSTOMERS, watermark=active.clock(), basis="501"))
    activate_integration(active.activation, wish_in_session(active=False, settings={"import_leads": False}))
    assert active.stream_queue.take() == []
    cursor = active.cursors.get(AGREEMENT, Stream.CUSTOMERS)
    assert cursor is not None
    assert cursor.resting_on("501").since() is None


def test_every_setting_that_decides_is_a_setting() -> None:
    assert {name for name in DECIDES if hasattr(Settings(), name)} == set(DECIDES)


@pytest.fixture
def world() -> importing.World:
    return importing.World()


def change(world: importing.World) -> None:
    """A person lets suppliers in."""
    world.now += timedelta(seconds=1)
    world.set(import_suppliers=True)
    integration = world.integrations.integrations[AGREEMENT]
    import_anew(world.cursors, world.queue, integration, {"import_suppliers"})


def test_a_full_pass_that_is_half_done_begins_again(world: importing.World) -> None:
    world.put(*range(1, 2001))
    world.smartday.on_upsert = importing.once(lambda: setattr(world, "now", world.now + importing.INVOCATION))
    assert world.run().state is RunState.RUNNING
    world.queue.take()
    change(world)
    assert world.queue.take() == [FULL_CUSTOMERS]
    run = world.run(full=True)
    assert (run.state, run.full, run.seen) == (RunState.FINISHED, True, 2000)


def test_a_full_pass_follows_one_that_is_being_done(world: importing.World) -> None:
    world.put(1)

    def change_and_hear() -> None:
        change(world)
        world.queue.take()
        assert world.start(full=True) is None

    world.smartday.on_upsert = importing.once(change_and_hear)
    world.run()
    assert world.queue.take() == [FULL_CUSTOMERS]
    run = world.run(full=True)
    assert (run.state, run.full, run.since) == (RunState.FINISHED, True, None)


def test_reading_anew_asks_nobody_to_confirm_the_match_report_again(world: importing.World) -> None:
    world.put(1)
    world.run()
    calls = world.smartday.calls["customers"]
    change(world)
    assert world.run(full=True).state is RunState.FINISHED
    assert world.smartday.calls["customers"] == calls

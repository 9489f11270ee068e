from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.integration import Integration
from connector.domain.settings import Settings, ZeroValue
from connector.domain.task_record import TaskRecord, TaskState
from connector.domain.waiting import for_setting
from connector.errors import RetryLater
from connector.usecases.activate_integration import activate_integration
from tests.fakes.people import AGREEMENT, World, wish, wish_in_session


@pytest.fixture
def active() -> World:
    world = World()
    activate_integration(world.activation, wish())
    world.clock.now += timedelta(hours=1)
    return world


def integration(world: World) -> Integration:
    return world.integrations.integrations[AGREEMENT]


def hold(world: World, task_id: str, setting: str) -> None:
    now = world.clock()
    record = TaskRecord(AGREEMENT, task_id, now, now, state=TaskState.HELD, wanted_version=3)
    world.tasks.save(replace(record, handled_version=3, waits_for=for_setting(setting)))


def queued(world: World) -> list[str]:
    return [one.task_id for one in world.task_queue.take()]


def test_a_change_keeps_what_was_before(active: World) -> None:
    activate_integration(active.activation, wish_in_session(settings={"credit_orders": True}))
    now = integration(active)
    assert (now.settings.credit_orders, now.settings_version) == (True, 2)
    assert now.settings_at(1) == Settings()
    assert now.settings_history[0].until == active.clock()


def test_a_change_while_paused_counts_too(active: World) -> None:
    activate_integration(active.activation, wish_in_session(active=False, settings={"credit_orders": True}))
    assert integration(active).settings_version == 2


def test_the_same_settings_again_are_no_change(active: World) -> None:
    activate_integration(active.activation, wish_in_session(settings={"credit_orders": False}))
    assert (integration(active).settings_version, integration(active).settings_history) == (1, ())


def test_tasks_that_wait_for_the_changed_setting_go_on(active: World) -> None:
    hold(active, "product", "fallback_products")
    hold(active, "credit", "credit_orders")
    products = {"fallback_products": {"hours": "T100"}}
    activate_integration(active.activation, wish_in_session(settings=products))
    assert queued(active) == ["product"]


def test_a_release_that_failed_is_made_good_by_the_same_request(active: World) -> None:
    hold(active, "zero", "zero_value")
    change = wish_in_session(settings={"zero_value": ZeroValue.SEND})

    def breaks(record: TaskRecord) -> None:
        raise RetryLater("aws_throttled")

    active.tasks.before_save = breaks
    with pytest.raises(RetryLater):
        activate_integration(active.activation, change)
    active.tasks.before_save = lambda record: None
    activate_integration(active.activation, change)
    assert "zero" in queued(active)


def test_a_request_without_settings_releases_nothing(active: World) -> None:
    activate_integration(active.activation, wish_in_session(settings={"zero_value": ZeroValue.SEND}))
    hold(active, "zero", "zero_value")
    activate_integration(active.activation, wish_in_session())
    assert queued(active) == []


def test_a_check_changes_no_setting(active: World) -> None:
    hold(active, "zero", "zero_value")
    activate_integration(active.activation, wish(check=True, settings={"zero_value": ZeroValue.SEND}))
    assert integration(active).settings_version == 1
    assert queued(active) == []

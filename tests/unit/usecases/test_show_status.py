from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.pace import Pace
from connector.domain.stream import Cursor, Run, RunState, Stream
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import Side
from connector.usecases.activate_integration import activate_integration
from connector.usecases.declined import Declined
from connector.usecases.request_import import request_import
from connector.usecases.show_status import UNCONFIRMED, Trouble, show_status
from tests.fakes.people import AGREEMENT, World, wish, wish_in_session
from tests.fakes.queues import SentStream


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def active(world: World) -> World:
    activate_integration(world.activation, wish())
    world.stream_queue.take()
    return world


def put_run(world: World, state: RunState, error: str | None = None) -> Run:
    run = Run("r-1", state, world.clock(), finished_at=world.clock(), total=10, seen=4, error=error)
    world.cursors.save(Cursor(AGREEMENT, Stream.CUSTOMERS, run=run))
    return run


def test_an_agreement_that_is_not_activated_has_a_status(world: World) -> None:
    status = show_status(world.status, AGREEMENT)
    assert status.integration is None
    assert status.imports == {Stream.CUSTOMERS: None, Stream.PRODUCTS: None}
    assert set(status.tasks.values()) == {0}
    assert status.troubles == ()


def test_imports_show_how_far_they_are(active: World) -> None:
    run = put_run(active, RunState.RUNNING)
    assert show_status(active.status, AGREEMENT).imports[Stream.CUSTOMERS] == run


def test_tasks_are_counted_by_state_up_to_a_thousand(active: World) -> None:
    now = active.clock()
    for number in range(1005):
        active.tasks.save(TaskRecord(AGREEMENT, str(number), now, now, state=TaskState.ORDERED))
    active.tasks.save(TaskRecord(AGREEMENT, "held", now, now, state=TaskState.HELD))
    counts = show_status(active.status, AGREEMENT).tasks
    assert counts[TaskState.ORDERED] == 1001
    assert counts[TaskState.HELD] == 1


def test_an_import_that_failed_is_a_trouble(active: World) -> None:
    put_run(active, RunState.FAILED, "smartday_validation_failed")
    expected = Trouble("import_failed", "customers", at=active.clock(), detail="smartday_validation_failed")
    assert show_status(active.status, AGREEMENT).troubles == (expected,)


@pytest.mark.parametrize("later", [RunState.RUNNING, RunState.FINISHED])
def test_a_full_pass_that_is_held_is_a_trouble_whatever_runs_follow_it(
    active: World, later: RunState
) -> None:
    held = put_run(active, RunState.HELD, "deactivations_unconfirmed")
    cursor = active.cursors.cursors[AGREEMENT, Stream.CUSTOMERS]
    run = Run("r-2", later, active.clock())
    active.cursors.save(replace(cursor, run=run, held=held))
    expected = Trouble("import_held", "customers", at=active.clock(), detail=held.error, run=held)
    assert show_status(active.status, AGREEMENT).troubles == (expected,)


def test_a_failure_after_a_full_pass_that_is_held_is_told_too(active: World) -> None:
    held = put_run(active, RunState.HELD, "deactivations_unconfirmed")
    cursor = active.cursors.cursors[AGREEMENT, Stream.CUSTOMERS]
    failed = Run("r-2", RunState.FAILED, active.clock(), error="smartday_validation_failed")
    active.cursors.save(replace(cursor, run=failed, held=held))
    troubles = show_status(active.status, AGREEMENT).troubles
    assert [one.code for one in troubles] == ["import_held", "import_failed"]


def test_an_import_that_waits_for_a_person_is_a_trouble_of_its_own(active: World) -> None:
    put_run(active, RunState.HELD, UNCONFIRMED)
    assert [one.code for one in show_status(active.status, AGREEMENT).troubles] == [UNCONFIRMED]


def test_rejected_credentials_are_a_trouble(active: World) -> None:
    since = active.clock() - timedelta(hours=3)
    stored = active.integrations.integrations[AGREEMENT]
    refused = stored.refused("smartday", "credentials_expired", since)
    active.integrations.save(refused.refused("smartday", "invalid_credentials", active.clock()))
    expected = Trouble("credentials_rejected", "smartday", at=since, detail="invalid_credentials")
    assert show_status(active.status, AGREEMENT).troubles == (expected,)


def test_credentials_that_were_rejected_are_no_trouble_any_more_once_a_person_paused_it(
    active: World,
) -> None:
    stored = active.integrations.integrations[AGREEMENT]
    active.integrations.save(stored.refused("smartday", "invalid_credentials", active.clock()))
    activate_integration(active.activation, wish_in_session(active=False))
    assert show_status(active.status, AGREEMENT).troubles == ()


def test_a_side_that_must_be_left_alone_is_a_trouble_until_then(active: World) -> None:
    until = active.clock() + timedelta(minutes=10)
    active.sessions.swap_pace(AGREEMENT, Side.ERP, Pace(), Pace(blocked_until=until))
    (trouble,) = show_status(active.status, AGREEMENT).troubles
    assert (trouble.code, trouble.about, trouble.until) == ("side_blocked", "twentyfoursevenoffice", until)
    active.clock.now = until
    assert show_status(active.status, AGREEMENT).troubles == ()


def test_an_import_is_queued_on_request(active: World) -> None:
    ports = active.api.imports
    request_import(ports, AGREEMENT, Stream.PRODUCTS, full=True)
    assert active.stream_queue.sent == [SentStream(AGREEMENT, Stream.PRODUCTS, True)]


def test_no_import_without_an_active_integration(world: World) -> None:
    ports = world.api.imports
    with pytest.raises(Declined, match="not_active"):
        request_import(ports, AGREEMENT, Stream.PRODUCTS, full=False)
    assert world.stream_queue.sent == []

"""The poll finds every finished task that no webhook told of, and its cursor passes none of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.integration import IntegrationState
from connector.domain.stream import LOOK_BACK, Cursor, Stream
from connector.domain.task_record import TaskRecord
from connector.errors import CredentialsRejected, Refused, RetryLater, Side
from connector.ports import TaskPage
from connector.usecases.reconcile_tasks import PAGE_NEEDS, ReconcilePorts, reconcile_tasks
from tests.builders import AGREEMENT, START, integration, task
from tests.fakes.erp import nothing
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.import_stores import MemoryCursorStore
from tests.fakes.queues import MemoryTaskQueue
from tests.fakes.stores import MemoryIntegrationStore, MemoryTaskStore

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
LEFT = timedelta(minutes=2)


@dataclass
class WatchedSmartday(MemoryFieldService):
    """Notes what was asked for; lets something happen after each page."""

    asked: list[datetime] = field(default_factory=list)
    after_page: Callable[[], object] = nothing

    def finished_tasks(self, changed_since: datetime, cursor: str | None) -> TaskPage:
        self.asked.append(changed_since)
        page = super().finished_tasks(changed_since, cursor)
        self.after_page()
        return page


@dataclass
class World:
    """Everything around the poll, with a clock that stands still until moved."""

    now: datetime = NOW
    smartday: WatchedSmartday = field(default_factory=WatchedSmartday)
    integrations: MemoryIntegrationStore = field(default_factory=MemoryIntegrationStore)
    tasks: MemoryTaskStore = field(default_factory=MemoryTaskStore)
    cursors: MemoryCursorStore = field(default_factory=MemoryCursorStore)
    queue: MemoryTaskQueue = field(default_factory=MemoryTaskQueue)

    def __post_init__(self) -> None:
        self.integrations.save(integration())
        self.smartday.page_size = 3

    def poll(self, left: timedelta = LEFT) -> int:
        ports = ReconcilePorts(
            clock=lambda: self.now,
            integrations=self.integrations,
            tasks=self.tasks,
            cursors=self.cursors,
            queue=self.queue,
            field_service=lambda _: self.smartday,
        )
        return reconcile_tasks(ports, AGREEMENT, self.now + left)

    def put(self, *numbers: int, at: datetime | None = None, version: int = 7) -> None:
        for number in numbers:
            changed_at = at or NOW - timedelta(hours=10) + timedelta(minutes=number)
            self.smartday.put_task(task(id=f"{number:03}", version=version), changed_at)

    def hear(self, number: int, version: int = 7) -> None:
        record = TaskRecord(AGREEMENT, f"{number:03}", NOW, NOW, wanted_version=version)
        self.tasks.save(record)

    def queued(self) -> list[int]:
        return [int(one.task_id) for one in self.queue.take()]

    def fail_second_page(self, error: Exception) -> None:
        errors = [error]

        def happen() -> None:
            if errors:
                self.smartday.fail("finished_tasks", errors.pop())

        self.smartday.after_page = happen

    def change(self, **changes: object) -> None:
        stored = self.integrations.integrations[AGREEMENT]
        self.integrations.save(replace(stored, **changes))  # type: ignore[arg-type]

    @property
    def cursor(self) -> Cursor:
        return self.cursors.get(AGREEMENT, Stream.TASKS) or Cursor(AGREEMENT, Stream.TASKS)


@pytest.fixture
def world() -> World:
    return World()


def test_every_finished_task_is_found_page_by_page(world: World) -> None:
    world.put(*range(1, 9))
    assert world.poll() == 8
    assert world.queued() == list(range(1, 9))
    assert world.smartday.calls["finished_tasks"] == 3
    assert world.cursor.watermark == world.smartday.changed_at["008"]


def test_the_first_poll_reads_from_the_start_and_the_next_a_little_before_the_last_change(
    world: World,
) -> None:
    world.put(1)
    world.poll()
    world.poll()
    assert world.smartday.asked == [START - LOOK_BACK, world.smartday.changed_at["001"] - LOOK_BACK]


def test_what_a_webhook_told_of_is_not_queued_unless_it_changed_since(world: World) -> None:
    world.put(1, 2, 3)
    world.hear(1)
    world.hear(2, version=6)
    assert world.poll() == 2
    assert world.queued() == [2, 3]


def test_many_tasks_changed_at_the_same_moment_are_all_found(world: World) -> None:
    world.put(*range(1, 11), at=NOW)
    assert world.poll() == 10
    world.put(11, at=NOW)
    for number in range(1, 11):
        world.hear(number)
    world.queue.take()
    assert (world.poll(), world.queued()) == (1, [11])


def test_a_task_that_is_not_finished_is_no_concern(world: World) -> None:
    world.smartday.put_task(task(status=4), NOW)
    assert world.poll() == 0
    assert world.cursor.watermark is None


def test_the_cursor_stays_before_tasks_that_the_queue_refused(world: World) -> None:
    world.put(*range(1, 5))
    world.smartday.after_page = lambda: setattr(world.queue, "refusing", len(world.smartday.asked) > 1)
    with pytest.raises(RetryLater):
        world.poll()
    assert world.cursor.watermark == world.smartday.changed_at["003"]
    world.smartday.after_page, world.queue.refusing = nothing, False
    world.queue.take()
    world.poll()
    assert 4 in world.queued()


def test_a_fault_in_the_middle_keeps_what_was_reached(world: World) -> None:
    world.put(*range(1, 8))
    world.fail_second_page(RetryLater("smartday_unreachable"))
    with pytest.raises(RetryLater):
        world.poll()
    assert world.cursor.watermark == world.smartday.changed_at["003"]


def test_no_page_is_asked_for_with_too_little_time_left(world: World) -> None:
    world.put(*range(1, 8))
    assert world.poll(left=PAGE_NEEDS - timedelta(seconds=1)) == 0
    world.smartday.after_page = lambda: setattr(world, "now", world.now + timedelta(seconds=50))
    assert world.poll(left=timedelta(seconds=90)) == 6
    assert world.cursor.watermark == world.smartday.changed_at["006"]


def test_a_page_cursor_that_ended_is_begun_anew_where_the_poll_got_to(world: World) -> None:
    world.put(*range(1, 100))
    world.smartday.page_size = 50
    world.fail_second_page(Refused(Side.SMARTDAY, "cursor_invalid"))
    world.poll()
    assert set(world.queued()) == set(range(1, 100))
    assert world.smartday.asked[2] == world.smartday.changed_at["050"] - LOOK_BACK


@pytest.mark.parametrize(
    ("code", "calls"), [("cursor_invalid", 4), ("validation_failed", 2), ("malformed", 2)]
)
def test_a_question_that_smartday_keeps_refusing_is_not_asked_forever(
    world: World, code: str, calls: int
) -> None:
    world.put(*range(1, 100))
    refused = Refused(Side.SMARTDAY, code)

    def happen() -> None:
        assert world.smartday.calls["finished_tasks"] < 10
        world.smartday.fail("finished_tasks", refused)

    world.smartday.after_page = happen
    with pytest.raises(Refused):
        world.poll()
    assert world.smartday.calls["finished_tasks"] == calls


def test_a_first_page_that_is_refused_is_not_begun_anew(world: World) -> None:
    world.smartday.fail("finished_tasks", Refused(Side.SMARTDAY, "cursor_invalid"))
    with pytest.raises(Refused):
        world.poll()


@pytest.mark.parametrize("start", [START - timedelta(days=60), START + timedelta(days=5)])
def test_another_start_is_read_from_anew(world: World, start: datetime) -> None:
    world.put(1, at=START - timedelta(days=30))
    world.put(2)
    world.poll()
    assert world.queued() == [2]
    world.change(start=start)
    world.poll()
    assert world.smartday.asked[-1] == start - LOOK_BACK
    assert world.queued() == ([1, 2] if start < START else [2])
    world.poll()
    assert world.smartday.asked[-1] == world.smartday.changed_at["002"] - LOOK_BACK


def test_a_poll_that_lost_the_cursor_stops_and_leaves_it_to_the_other(world: World) -> None:
    world.put(*range(1, 8))
    other = replace(world.cursor, watermark=START, basis="another start")
    pending = [other]
    world.smartday.after_page = lambda: pending and world.cursors.save(pending.pop())
    assert world.poll() == 3
    assert world.cursor == replace(other, revision=1)


def test_a_refused_login_stops_the_integration(world: World) -> None:
    world.smartday.fail("finished_tasks", CredentialsRejected(Side.SMARTDAY))
    assert world.poll() == 0
    assert world.integrations.integrations[AGREEMENT].state is IntegrationState.CREDENTIALS_REJECTED


def test_a_change_made_while_the_login_was_refused_stands(world: World) -> None:
    def refuse() -> None:
        world.change(state=IntegrationState.PAUSED)
        raise CredentialsRejected(Side.SMARTDAY)

    world.smartday.after_page = refuse
    assert world.poll() == 0
    assert world.integrations.integrations[AGREEMENT].state is IntegrationState.PAUSED


@pytest.mark.parametrize("state", [IntegrationState.PAUSED, IntegrationState.INACTIVE])
def test_only_an_active_integration_is_polled(world: World, state: IntegrationState) -> None:
    world.change(state=state)
    assert world.poll() == 0
    world.integrations.integrations.clear()
    assert world.poll() == 0
    assert not world.smartday.calls

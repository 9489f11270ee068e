"""What is due is queued, each record once, and a record that somebody changes meanwhile stays theirs."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.integration import IntegrationState
from connector.domain.stream import Stream
from connector.domain.task_record import TaskRecord
from connector.errors import RetryLater, Stale
from connector.usecases.dispatch import (
    ASK_AGAIN,
    ASK_FEW_AGAIN,
    RECORDS_A_RUN,
    DispatchPorts,
    dispatch_due_tasks,
    dispatch_streams,
)
from tests.builders import integration
from tests.fakes.queues import MemoryStreamQueue, MemoryTaskQueue, SentStream, SentTask
from tests.fakes.stores import MemoryIntegrationStore, MemoryTaskStore

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class World:
    """The stores and queues around `dispatch`."""

    now: datetime = NOW
    integrations: MemoryIntegrationStore = field(default_factory=MemoryIntegrationStore)
    tasks: MemoryTaskStore = field(default_factory=MemoryTaskStore)
    task_queue: MemoryTaskQueue = field(default_factory=MemoryTaskQueue)
    stream_queue: MemoryStreamQueue = field(default_factory=MemoryStreamQueue)

    @property
    def ports(self) -> DispatchPorts:
        return DispatchPorts(
            lambda: self.now, self.integrations, self.tasks, self.task_queue, self.stream_queue
        )

    def put(self, task_id: str, due_at: datetime | None, agreement: str = "104477", version: int = 3) -> None:
        record = TaskRecord(agreement, task_id, NOW, NOW, due_at=due_at, wanted_version=version)
        self.tasks.save(record)

    def dispatch(self) -> list[str]:
        dispatch_due_tasks(self.ports)
        return [one.task_id for one in self.task_queue.take()]


@pytest.fixture
def world() -> World:
    return World()


def test_what_is_due_is_queued_under_its_agreement_and_nothing_else(world: World) -> None:
    world.put("1", NOW - MINUTE)
    world.put("2", NOW, agreement="200200", version=9)
    world.put("3", NOW + MINUTE)
    world.put("4", None)
    assert dispatch_due_tasks(world.ports) == 2
    assert world.task_queue.take() == [SentTask("104477", "1", 3), SentTask("200200", "2", 9)]


@pytest.mark.parametrize(("count", "again"), [(1, ASK_FEW_AGAIN), (99, ASK_FEW_AGAIN), (100, ASK_AGAIN)])
def test_records_that_were_queued_are_left_alone_for_a_while_longer_when_they_are_many(
    world: World, count: int, again: timedelta
) -> None:
    for number in range(count):
        world.put(str(number), NOW)
    assert len(world.dispatch()) == count
    world.now += again - MINUTE
    assert world.dispatch() == []
    world.now += MINUTE
    assert len(world.dispatch()) == count, "nobody took them"


def test_more_than_a_page_is_queued_at_once_each_once(world: World) -> None:
    for number in range(250):
        world.put(str(number), NOW)
    assert sorted(world.dispatch(), key=int) == [str(number) for number in range(250)]


def test_a_full_page_and_no_more_ends(world: World) -> None:
    for number in range(100):
        world.put(str(number), NOW)
    assert len(world.dispatch()) == 100


def test_a_flood_is_taken_in_portions(world: World) -> None:
    for number in range(RECORDS_A_RUN + 150):
        world.put(str(number), NOW - MINUTE)
    assert len(world.dispatch()) == RECORDS_A_RUN
    assert len(world.dispatch()) == 150


def test_a_record_that_somebody_changes_meanwhile_keeps_their_due_time(world: World) -> None:
    world.put("1", NOW)
    theirs = NOW + timedelta(hours=6)

    def race(record: TaskRecord) -> None:
        world.tasks.before_save = lambda record: None
        world.tasks.save(replace(record, due_at=theirs))

    world.tasks.before_save = race
    assert world.dispatch() == ["1"]
    stored = world.tasks.get("104477", "1")
    assert stored is not None
    assert stored.due_at == theirs


def test_a_page_of_which_nothing_could_be_moved_is_not_queued_over_and_over(world: World) -> None:
    for number in range(100):
        world.put(str(number), NOW)

    def lose(record: TaskRecord) -> None:
        raise Stale

    world.tasks.before_save = lose
    assert len(world.dispatch()) == 100


def test_what_the_queue_refused_stays_due(world: World) -> None:
    world.put("1", NOW)
    world.task_queue.refusing = True
    with pytest.raises(RetryLater):
        dispatch_due_tasks(world.ports)
    world.task_queue.refusing = False
    assert world.dispatch() == ["1"]


def test_every_stream_of_every_active_integration_is_queued(world: World) -> None:
    world.integrations.save(integration())
    world.integrations.save(replace(integration(), agreement_number="200200"))
    paused = replace(integration(), agreement_number="300300", state=IntegrationState.PAUSED)
    world.integrations.save(paused)
    assert dispatch_streams(world.ports) == 2
    assert world.stream_queue.take() == [
        SentStream(number, stream) for number in ("104477", "200200") for stream in Stream
    ]

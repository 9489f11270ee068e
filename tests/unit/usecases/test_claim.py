"""One process acts on a record at a time; nobody's word is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connector.domain.task_record import Attempt, Contents, Receipt, TaskRecord, TaskState
from connector.errors import RetryLater, Stale
from connector.usecases.claim import TRIES, Claim, claim_task, has_work, note
from tests.fakes.stores import MemoryTaskStore

AGREEMENT, TASK = "104477", "48213"
NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=2)
RECEIPT = Receipt("created", 7, "5001", ("r-1",), NOW, "Ordre 5001 opprettet")
ATTEMPT = Attempt(1, NOW, Contents(7, "abc", Decimal(100)), is_open=False)


@pytest.fixture
def tasks() -> MemoryTaskStore:
    return MemoryTaskStore()


def stored(tasks: MemoryTaskStore) -> TaskRecord:
    found = tasks.get(AGREEMENT, TASK)
    assert found is not None
    return found


def put(tasks: MemoryTaskStore, **changes: object) -> TaskRecord:
    record = TaskRecord(AGREEMENT, TASK, NOW, NOW, wanted_version=7)
    return tasks.save(replace(record, **changes))  # type: ignore[arg-type]


def claim(tasks: MemoryTaskStore, owner: str = "me", version: int = 7, now: datetime = NOW) -> Claim | None:
    return claim_task(tasks, AGREEMENT, TASK, version, owner, UNTIL, now)


def race(tasks: MemoryTaskStore, times: int, **changes: object) -> None:
    """Before each of the next saves somebody else writes the record first."""
    left = iter(range(times))

    def write(record: TaskRecord) -> None:
        if next(left, None) is not None:
            tasks.records[AGREEMENT, TASK] = theirs(tasks, record, changes)

    tasks.before_save = write


def theirs(tasks: MemoryTaskStore, record: TaskRecord, changes: dict[str, object]) -> TaskRecord:
    before = tasks.get(AGREEMENT, TASK) or TaskRecord(AGREEMENT, TASK, NOW, NOW)
    return replace(before, **{"revision": before.revision + 1, **changes})  # type: ignore[arg-type]


def later_version(version: int) -> Callable[[TaskRecord], TaskRecord]:
    return lambda record: replace(record, handled_version=version)


def test_a_task_never_heard_of_is_written_down_and_claimed_in_one_write(tasks: MemoryTaskStore) -> None:
    taken = claim(tasks)
    assert taken is not None
    assert taken.record == stored(tasks)
    assert (taken.record.revision, taken.record.wanted_version) == (1, 7)
    assert (taken.record.lease_until, taken.record.due_at) == (UNTIL, UNTIL)


def test_a_live_claim_is_not_taken_but_told_what_was_heard(tasks: MemoryTaskStore) -> None:
    claim(tasks)
    assert claim(tasks, "other", version=9) is None
    assert (stored(tasks).lease_owner, stored(tasks).wanted_version) == ("me", 9)


def test_a_message_that_says_nothing_new_writes_nothing(tasks: MemoryTaskStore) -> None:
    claim(tasks)
    assert claim(tasks, "other", version=6) is None
    assert stored(tasks).revision == 1


def test_a_lapsed_claim_is_taken_over(tasks: MemoryTaskStore) -> None:
    claim(tasks)
    assert claim(tasks, "other", now=UNTIL) is not None
    assert stored(tasks).lease_owner == "other"


def test_of_two_at_the_same_moment_one_has_it(tasks: MemoryTaskStore) -> None:
    race(tasks, 1, lease_owner="other", lease_until=UNTIL, wanted_version=6)
    assert claim(tasks) is None
    assert (stored(tasks).lease_owner, stored(tasks).wanted_version) == ("other", 7)


def test_a_record_that_others_keep_writing_is_left_to_the_next_message(tasks: MemoryTaskStore) -> None:
    race(tasks, TRIES)
    with pytest.raises(RetryLater, match="record_contended"):
        claim(tasks)
    race(tasks, TRIES - 1)
    assert claim(tasks) is not None


def test_a_change_is_made_again_on_what_others_noted(tasks: MemoryTaskStore) -> None:
    taken = claim(tasks)
    assert taken is not None
    race(tasks, 1, wanted_version=9)
    written = taken.write(later_version(7))
    assert written == taken.record == stored(tasks)
    assert (written.wanted_version, written.handled_version) == (9, 7)


@pytest.mark.parametrize("gone", [False, True])
def test_whoever_lost_the_claim_writes_nothing(tasks: MemoryTaskStore, gone: bool) -> None:
    taken = claim(tasks)
    assert taken is not None
    if gone:
        tasks.records.clear()
    else:
        race(tasks, 1, lease_owner="other")
    with pytest.raises(Stale, match="taken over"):
        taken.write(later_version(7))
    assert all(one.handled_version == 0 for one in tasks.records.values())


def test_a_claimed_record_that_others_keep_writing_is_given_up_for_now(tasks: MemoryTaskStore) -> None:
    taken = claim(tasks)
    assert taken is not None
    race(tasks, TRIES)
    with pytest.raises(RetryLater, match="record_contended"):
        taken.write(later_version(7))


def test_noting_may_make_one_more_change(tasks: MemoryTaskStore) -> None:
    record = note(tasks, AGREEMENT, TASK, 7, NOW, lambda one: replace(one, due_at=None))
    assert (record.due_at, record.wanted_version, stored(tasks)) == (None, 7, record)


def test_settled_work_is_not_claimed(tasks: MemoryTaskStore) -> None:
    put(tasks, state=TaskState.ORDERED, handled_version=7)
    assert claim(tasks) is None
    assert stored(tasks).revision == 1
    assert claim(tasks, version=8) is not None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"state": TaskState.UNKNOWN}, True),
        ({"state": TaskState.IGNORED, "handled_version": 7}, False),
        ({"state": TaskState.HELD, "handled_version": 6}, True),
        ({"state": TaskState.DO_NOT_SEND, "handled_version": 6}, False),
        ({"state": TaskState.ORDERED, "handled_version": 7, "receipt": RECEIPT}, True),
        (
            {"state": TaskState.HELD, "handled_version": 7, "attempts": (replace(ATTEMPT, is_open=True),)},
            True,
        ),
        ({"state": TaskState.ORDERED, "handled_version": 7, "attempts": (ATTEMPT,)}, False),
        (
            {
                "state": TaskState.ORDERED,
                "handled_version": 7,
                "attempts": (replace(ATTEMPT, verify_at=NOW),),
            },
            True,
        ),
        (
            {
                "state": TaskState.ORDERED,
                "handled_version": 7,
                "attempts": (replace(ATTEMPT, verify_at=UNTIL),),
            },
            False,
        ),
    ],
)
def test_what_a_record_still_wants(
    tasks: MemoryTaskStore, changes: dict[str, object], expected: bool
) -> None:
    assert has_work(put(tasks, **changes), NOW) is expected

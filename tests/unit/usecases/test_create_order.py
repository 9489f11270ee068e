"""One task, one order: the whole use case over in-memory ports."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.binding import Binding, Kind
from connector.domain.integration import ErpCompany, IntegrationState
from connector.domain.pace import FIRST_REST
from connector.domain.reason import Reason
from connector.domain.task import Reference
from connector.domain.task_changes import INBOX_NET
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import CredentialsRejected, NotFound, Refused, RetryLater, Side, Throttled
from tests.builders import example_task
from tests.unit.usecases.ordering import AGREEMENT, INVOCATION, TASK, World, note, received


@pytest.fixture
def world() -> World:
    return World()


def test_a_finished_task_becomes_one_order_and_smartday_is_told(world: World) -> None:
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert len(world.erp.orders) == 1
    assert [receipt.result for _, receipt in world.smartday.receipts] == ["created"]
    assert world.record.due_at is None


def test_an_order_costs_one_erp_call_one_read_and_one_receipt(world: World) -> None:
    world.hear()
    assert world.erp.calls == {"save_order": 1}
    assert world.smartday.calls == {"task": 1, "send_receipt": 1}


def test_the_second_delivery_makes_no_call_at_all(world: World) -> None:
    world.hear()
    before = world.erp.calls.copy(), world.smartday.calls.copy()
    world.hear()
    assert (world.erp.calls, world.smartday.calls) == before
    assert len(world.erp.orders) == 1


def test_our_own_receipt_heard_by_the_poll_makes_no_erp_call(world: World) -> None:
    world.hear()
    own = tuple(
        replace(one, status="exported") if one.kind != "note" else one for one in example_task().registrations
    )
    world.put(version=8, registrations=own)
    world.hear(version=8)
    assert world.erp.calls == {"save_order": 1}
    assert (world.state(), world.record.handled_version) == (TaskState.ORDERED, 8)


def test_a_message_that_meets_a_live_claim_only_says_what_it_heard(world: World) -> None:
    claimed = replace(
        world.tasks.save(replace(received(world), wanted_version=7)),
        lease_owner="other",
        lease_until=world.now + INVOCATION,
    )
    world.tasks.save(claimed)
    assert world.hear(version=9) is None
    assert world.record.wanted_version == 9
    assert not world.smartday.calls


def test_what_was_heard_during_the_work_is_followed_up(world: World) -> None:
    world.erp.on_save = lambda: note(world, 9)
    world.hear(version=7)
    assert world.state() is TaskState.ORDERED
    assert [(one.task_id, one.version) for one in world.queue.take()] == [(TASK, 9)]


def test_what_was_heard_during_the_work_is_due_though_the_queue_refuses_it(world: World) -> None:
    world.put(status=5, outcome=None)
    heard = iter([9])

    def hear_meanwhile(record: TaskRecord) -> None:
        if record.state is TaskState.IGNORED and (version := next(heard, None)):
            note(world, version)
            world.queue.refusing = True

    world.tasks.before_save = hear_meanwhile
    with pytest.raises(RetryLater):
        world.hear()
    assert (world.state(), world.record.due_at) == (TaskState.IGNORED, world.now + INBOX_NET)


def test_a_version_that_smartday_does_not_show_yet_is_asked_for_again(world: World) -> None:
    world.hear(version=12)
    assert world.state() is TaskState.RECEIVED
    assert world.record.reason == "task_version_behind"
    (message,) = world.queue.take()
    assert message.delay == timedelta(seconds=5)
    assert not world.erp.calls


def test_an_unknown_customer_holds_the_task(world: World) -> None:
    stranger = Reference("c-1", "99")
    world.put(customer=stranger, billing_customer=stranger)
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.CUSTOMER_UNKNOWN)
    assert not world.erp.calls


def test_a_task_that_is_gone_is_ignored(world: World) -> None:
    world.smartday.remove_task(TASK)
    world.hear()
    assert world.state() is TaskState.RECEIVED, "one such answer isn't believed"
    world.hear_for(timedelta(minutes=20))
    assert (world.state(), world.record.reason) == (TaskState.IGNORED, Reason.TASK_GONE)


def test_a_task_that_was_not_found_once_becomes_its_order_all_the_same(world: World) -> None:
    world.smartday.fail("task", NotFound(Side.SMARTDAY, "task"))
    world.hear()
    world.hear_for(timedelta(minutes=6))
    assert world.state() is TaskState.ORDERED


def test_a_task_that_is_gone_keeps_the_order_it_has(world: World) -> None:
    world.hear()
    world.smartday.remove_task(TASK)
    world.hear(version=8)
    world.hear_for(timedelta(minutes=20))
    assert (world.state(), world.record.reason) == (TaskState.ORDERED, Reason.TASK_GONE)


def test_a_task_that_cannot_be_read_is_held(world: World) -> None:
    error = Refused(Side.SMARTDAY, "unreadable_task", "registrations.0.quantity")
    world.smartday.fail("task", error, times=None)
    world.hear_for(timedelta(minutes=20))
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.TASK_UNREADABLE)
    assert world.record.detail == "registrations.0.quantity"


def test_an_ignored_task_becomes_an_order_when_it_is_finished_later(world: World) -> None:
    world.put(status=4, outcome=None, version=6)
    world.hear(version=6)
    assert world.state() is TaskState.IGNORED
    world.put()
    world.hear(version=7)
    assert world.state() is TaskState.ORDERED


def test_what_was_plainly_not_done_is_tried_again_without_a_look(world: World) -> None:
    world.erp.fail("save_order", RetryLater("erp_unreachable"))
    world.hear()
    assert world.state() is TaskState.RECEIVED
    assert world.record.failures == 1
    assert world.queue.take()
    world.later(timedelta(minutes=1))
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert world.erp.calls == {"save_order": 2}


@pytest.mark.parametrize(
    ("told", "waits"), [(0, 15), (2, 15), (15, 15), (45, 45), (60, 60), (61, 61), (900, 900)]
)
def test_a_side_that_is_left_alone_is_waited_for_as_long_as_that(world: World, told: int, waits: int) -> None:
    world.erp.fail("save_order", Throttled(Side.ERP, world.now + timedelta(seconds=told)))
    world.hear()
    is_queued = waits <= 60
    assert [one.delay for one in world.queue.take()] == [timedelta(seconds=waits)] * is_queued
    net = timedelta(minutes=1) if is_queued else timedelta(0)
    assert world.record.due_at == world.now + timedelta(seconds=waits) + net


def test_a_task_that_failed_often_meets_a_try_that_is_going_on_and_asks_again_soon(world: World) -> None:
    world.hear()
    world.tasks.save(replace(world.record, wanted_version=8, failures=12))
    a_moment_ago = world.now - timedelta(milliseconds=20)
    world.smartday.fail("task", Throttled(Side.SMARTDAY, a_moment_ago + FIRST_REST))
    world.hear(version=8)
    assert [one.delay for one in world.queue.take()] == [FIRST_REST - timedelta(milliseconds=20)]


def test_waiting_for_a_side_that_is_left_alone_is_no_failed_try(world: World) -> None:
    for _ in range(20):
        world.smartday.fail("task", Throttled(Side.SMARTDAY, world.now + timedelta(minutes=15)))
        world.hear()
        world.later(timedelta(minutes=15))
    world.smartday.fail("task", RetryLater("smartday_unavailable"))
    world.queue.take()
    world.hear()
    assert [one.delay for one in world.queue.take()] == [timedelta(seconds=15)]
    assert world.record.failures == 1


def test_a_side_that_says_in_a_moment_again_and_again_is_asked_every_minute(world: World) -> None:
    for _ in range(8):
        world.smartday.fail("task", Throttled(Side.SMARTDAY, world.now + timedelta(seconds=2)))
        world.hear()
    assert [one.delay.total_seconds() for one in world.queue.take()] == [15, 30, 60, 60, 60, 60, 60, 60]


def test_a_refusal_is_held_in_the_erps_own_words(world: World) -> None:
    world.erp.fail("save_order", Refused(Side.ERP, "Validation", "Kunden er sperret for fakturering."))
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.ERP_REFUSED)
    assert world.record.detail == "Kunden er sperret for fakturering."
    world.later(timedelta(minutes=1))
    world.hear()
    assert world.erp.calls["save_order"] == 1


def test_nothing_is_created_with_too_little_time_left(world: World) -> None:
    world.hear(left=timedelta(seconds=30))
    assert not world.erp.calls
    assert world.record.reason == "too_little_time_left"
    assert world.queue.take()


def test_a_rejected_login_stops_the_integration_and_keeps_the_task(world: World) -> None:
    world.erp.fail("save_order", CredentialsRejected(Side.ERP))
    world.hear()
    stored = world.integrations.get(AGREEMENT)
    assert stored is not None
    assert stored.state is IntegrationState.CREDENTIALS_REJECTED
    assert (world.state(), world.record.due_at) == (TaskState.RECEIVED, None)
    world.hear()
    assert world.erp.calls == {"save_order": 1}


def test_a_paused_integration_writes_down_what_it_hears(world: World) -> None:
    stored = world.integrations.get(AGREEMENT)
    assert stored is not None
    world.integrations.save(replace(stored, state=IntegrationState.PAUSED))
    world.hear()
    assert (world.state(), world.record.due_at) == (TaskState.RECEIVED, None)
    assert not world.smartday.calls


def test_a_receipt_that_fails_is_sent_again_without_touching_the_order(world: World) -> None:
    world.smartday.fail("send_receipt", RetryLater("smartday_unreachable"))
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert world.owes_receipt()
    world.later(timedelta(minutes=2))
    world.hear()
    assert not world.owes_receipt()
    assert world.erp.calls == {"save_order": 1}
    assert world.smartday.calls["task"] == 1


def test_a_receipt_that_smartday_refuses_does_not_hide_the_order(world: World) -> None:
    world.smartday.fail("send_receipt", Refused(Side.SMARTDAY, "idempotency_key_reused"))
    world.hear()
    assert (world.state(), world.record.receipt) == (TaskState.ORDERED, None)
    assert world.record.history[-1].reason == "receipt_refused"


@pytest.mark.parametrize(
    "change",
    [{"erp_company": ErpCompany("ny", "Ny AS")}, {"state": IntegrationState.PAUSED}],
)
def test_nothing_is_sent_to_a_company_that_was_changed_while_the_task_was_read(
    world: World, change: dict[str, object]
) -> None:
    stored = world.integrations.get(AGREEMENT)
    assert stored is not None
    moved = replace(stored, **change)  # type: ignore[arg-type]
    world.tasks.before_save = lambda _: world.integrations.integrations.update({AGREEMENT: moved})
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.RECEIVED, "integration_changed")
    assert world.erp.calls == {}


def test_a_status_that_moves_on_after_the_order_is_no_change(world: World) -> None:
    world.hear()
    world.put(version=9, status=99, status_web="Fakturert")
    world.hear(version=9)
    assert (world.state(), world.record.reason) == (TaskState.ORDERED, None)


def test_registers_and_settings_that_change_after_the_order_are_no_change(world: World) -> None:
    world.hear()
    world.bindings.put(AGREEMENT, [Binding(Kind.CUSTOMERS, "10021", 10021, active=False)])
    stored = world.integrations.get(AGREEMENT)
    assert stored is not None
    world.integrations.save(replace(stored, start=world.now + timedelta(days=1)))
    world.put(version=9)
    world.hear(version=9)
    assert (world.state(), world.record.handled_version) == (TaskState.ORDERED, 9)


def test_a_reopened_task_keeps_its_order_and_says_so(world: World) -> None:
    world.hear()
    world.put(version=9, status=4, outcome=None)
    world.hear(version=9)
    assert (world.state(), world.record.reason) == (TaskState.ORDERED, Reason.REOPENED)
    assert world.erp.calls == {"save_order": 1}

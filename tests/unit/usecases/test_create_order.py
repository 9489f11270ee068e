"""One task, one order: the whole use case over in-memory ports."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.binding import Binding, Kind
from connector.domain.integration import IntegrationState
from connector.domain.reason import Reason
from connector.domain.task import Party, Task
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import CredentialsRejected, NotFound, Refused, RetryLater, Side, UnknownOutcome
from connector.usecases.create_order import OrderPorts, create_order
from tests.builders import PRODUCT_IDS, example_task, integration
from tests.fakes.erp import MemoryErp
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.queues import MemoryTaskQueue
from tests.fakes.stores import MemoryBindingStore, MemoryIntegrationStore, MemoryTaskStore

AGREEMENT, TASK = "104477", "48213"
SETTLE = timedelta(minutes=15)
INVOCATION = timedelta(minutes=2)


@dataclass
class World:
    """Everything around the use case, with a clock that stands still until moved."""

    now: datetime = datetime(2026, 9, 14, 11, 5, tzinfo=UTC)
    erp: MemoryErp = field(default_factory=MemoryErp)
    smartday: MemoryFieldService = field(default_factory=MemoryFieldService)
    tasks: MemoryTaskStore = field(default_factory=MemoryTaskStore)
    integrations: MemoryIntegrationStore = field(default_factory=MemoryIntegrationStore)
    bindings: MemoryBindingStore = field(default_factory=MemoryBindingStore)
    queue: MemoryTaskQueue = field(default_factory=MemoryTaskQueue)
    workers: int = 0

    def __post_init__(self) -> None:
        self.integrations.save(replace(integration(), revision=0))
        self.smartday.put_task(example_task())
        self.bindings.put(AGREEMENT, [Binding(Kind.CUSTOMERS, "10021", 10021)])
        self.bindings.put(
            AGREEMENT, [Binding(Kind.PRODUCTS, number, id_) for number, id_ in PRODUCT_IDS.items()]
        )

    @property
    def ports(self) -> OrderPorts:
        return OrderPorts(
            clock=lambda: self.now,
            integrations=self.integrations,
            tasks=self.tasks,
            bindings=self.bindings,
            queue=self.queue,
            erp=lambda _: self.erp,
            field_service=lambda _: self.smartday,
            settle=SETTLE,
        )

    def hear(self, version: int = 7, left: timedelta = INVOCATION) -> TaskRecord | None:
        """A message about the task arrives at a new worker."""
        self.workers += 1
        return create_order(self.ports, AGREEMENT, TASK, version, f"worker {self.workers}", self.now + left)

    def put(self, **changes: object) -> Task:
        """The task changes in Smartday."""
        task = replace(example_task(), **changes)  # type: ignore[arg-type]
        self.smartday.put_task(task)
        return task

    def hear_for(self, span: timedelta) -> None:
        """Messages keep coming, every minute or so."""
        for _ in range(int(span / timedelta(minutes=1))):
            self.hear(version=0)
            self.later(timedelta(minutes=1))

    @property
    def record(self) -> TaskRecord:
        found = self.tasks.get(AGREEMENT, TASK)
        assert found is not None
        return found

    def state(self) -> TaskState:
        return self.record.state

    def owes_receipt(self) -> bool:
        return self.record.receipt is not None

    def later(self, span: timedelta) -> None:
        self.now += span


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
        world.tasks.save(replace(_received(world), wanted_version=7)),
        lease_owner="other",
        lease_until=world.now + INVOCATION,
    )
    world.tasks.save(claimed)
    assert world.hear(version=9) is None
    assert world.record.wanted_version == 9
    assert not world.smartday.calls


def test_what_was_heard_during_the_work_is_followed_up(world: World) -> None:
    world.erp.on_save = lambda: _note(world, 9)
    world.hear(version=7)
    assert world.state() is TaskState.ORDERED
    assert [(one.task_id, one.version) for one in world.queue.take()] == [(TASK, 9)]


def test_a_version_that_smartday_does_not_show_yet_is_asked_for_again(world: World) -> None:
    world.hear(version=12)
    assert world.state() is TaskState.RECEIVED
    assert world.record.reason == "task_version_behind"
    (message,) = world.queue.take()
    assert message.delay == timedelta(seconds=5)
    assert not world.erp.calls


def test_an_unknown_customer_holds_the_task(world: World) -> None:
    stranger = Party("c-1", "99")
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


def test_a_lost_answer_is_found_at_once_and_adopted(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "reset"), after_effect=True)
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert len(world.erp.orders) == 1
    assert len(world.smartday.receipts) == 1
    assert world.record.due_at == world.now + timedelta(hours=24)


def test_after_an_unknown_outcome_nothing_is_created_before_the_settle_time(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"))
    world.hear()
    assert world.state() is TaskState.UNKNOWN
    settles = world.record.settle_at
    assert settles is not None
    assert settles >= world.now + INVOCATION + SETTLE
    assert world.record.due_at == settles
    world.later(timedelta(minutes=5))
    world.hear()
    assert world.erp.calls["save_order"] == 1
    world.now = settles
    world.hear()
    assert world.erp.calls["save_order"] == 2
    assert world.state() is TaskState.ORDERED


def test_an_effect_that_comes_late_is_adopted_not_repeated(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"))
    world.hear()
    world.erp.execute_lost()
    world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.hear()
    assert len(world.erp.orders) == 1
    assert world.state() is TaskState.ORDERED
    assert world.erp.calls["save_order"] == 1


def test_a_failed_look_up_is_never_read_as_not_found(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"))
    world.hear()
    world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.erp.fail("find_orders", RetryLater("erp_unreachable"))
    world.hear()
    assert world.erp.calls["save_order"] == 1
    assert world.state() is TaskState.UNKNOWN
    assert world.record.due_at is not None


def test_two_unknown_creates_are_all_that_is_ever_tried(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"), times=None)
    for _ in range(6):
        world.hear()
        world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    assert world.erp.calls["save_order"] == 2
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.OUTCOME_UNKNOWN)


def test_a_held_unknown_outcome_heals_when_the_order_shows_up(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"), times=2)
    for _ in range(4):
        world.hear()
        world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    assert world.state() is TaskState.HELD
    world.erp.execute_lost(1)
    world.hear()
    assert world.state() is TaskState.ORDERED


def test_two_orders_of_one_key_are_held_and_nothing_is_changed(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"), times=2)
    for _ in range(3):
        world.hear()
        world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.erp.execute_lost(2)
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP)
    assert len(world.erp.orders) == 2


def test_a_second_order_that_appears_within_a_day_is_found_and_held(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "timeout"))
    world.hear()
    world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.hear()
    assert world.state() is TaskState.ORDERED
    world.erp.execute_lost()
    world.later(timedelta(hours=24))
    world.hear()
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.DUPLICATE_IN_ERP)


def test_the_look_after_a_day_ends_the_matter_when_there_is_one_order(world: World) -> None:
    world.erp.fail("save_order", UnknownOutcome(Side.ERP, "reset"), after_effect=True)
    world.hear()
    world.later(timedelta(hours=24))
    world.hear()
    assert (world.state(), world.record.due_at) == (TaskState.ORDERED, None)


def test_a_worker_that_died_while_creating_left_its_order_behind(world: World) -> None:
    world.erp.fail("save_order", Killed(), after_effect=True)
    with pytest.raises(Killed):
        world.hear()
    assert world.state() is TaskState.CREATING
    assert world.hear() is None, "its lease still lives"
    world.later(INVOCATION + timedelta(seconds=11))
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert len(world.erp.orders) == 1


def test_a_worker_that_died_before_the_effect_is_followed_by_one_that_waits(world: World) -> None:
    world.erp.fail("save_order", Killed())
    with pytest.raises(Killed):
        world.hear()
    world.later(INVOCATION + timedelta(seconds=11))
    world.hear()
    assert world.state() is TaskState.UNKNOWN
    assert world.erp.calls["save_order"] == 1
    world.later(INVOCATION + SETTLE + timedelta(minutes=1))
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert len(world.erp.orders) == 1


def test_a_worker_that_died_before_the_reservation_costs_only_time(world: World) -> None:
    world.smartday.fail("task", Killed())
    with pytest.raises(Killed):
        world.hear()
    world.later(INVOCATION + timedelta(seconds=11))
    world.hear()
    assert world.state() is TaskState.ORDERED
    assert not world.erp.calls["find_orders"]


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


def test_a_task_that_changes_after_its_order_is_held_for_a_person(world: World) -> None:
    world.hear()
    world.put(version=9, title="Noe annet")
    world.hear(version=9)
    assert (world.state(), world.record.reason) == (TaskState.HELD, Reason.TASK_CHANGED)
    assert world.erp.calls == {"save_order": 1}


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
    assert (world.state(), world.record.detail) == (TaskState.ORDERED, "not_finished")


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


def _received(world: World) -> TaskRecord:
    return TaskRecord(AGREEMENT, TASK, created_at=world.now, changed_at=world.now)


def _note(world: World, version: int) -> None:
    world.tasks.save(replace(world.record, wanted_version=version))

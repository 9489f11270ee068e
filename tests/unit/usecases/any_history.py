"""How a random history goes on by itself, and what must hold when it is over (`test_any_history`)."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis.stateful import RuleBasedStateMachine

from connector.domain.erp_order import INACTIVE_STATUS
from connector.domain.integration import IntegrationState
from connector.domain.settings import Release
from connector.domain.task import Task
from connector.domain.task_record import SETTLED, TaskState
from connector.usecases.dispatch import DispatchPorts, dispatch_due_tasks
from tests.fakes.erp import MemoryErp
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.queues import MemoryStreamQueue
from tests.unit.usecases.ordering import AGREEMENT, TASK, Killed, World

MINUTE = timedelta(minutes=1)
LATE_AT_MOST = timedelta(minutes=10)


class History(RuleBasedStateMachine):
    """`typed` and `edited` are rows of persons by row id; `disturbed` when ours were touched."""

    world: World
    erp: MemoryErp
    smartday: MemoryFieldService
    typed: dict[int, str]
    edited: dict[int, Decimal]
    disturbed: bool
    receipt_refused: bool
    lost_until: datetime

    @property
    def task(self) -> Task:
        """The task as Smartday has it."""
        return self.smartday.tasks[TASK]

    def forget_late_effects(self, now: bool = False) -> None:
        if now or self.world.now > self.lost_until:
            self.erp._lost.clear()

    def run(self, version: int) -> None:
        if not self.erp._lost:
            self.lost_until = self.world.now + LATE_AT_MOST
        try:
            self.world.hear(version)
        except Killed:
            self.world.later(3 * MINUTE)
        # Only what nobody knows the end of may take effect later.
        planned = self.world.tasks.get(AGREEMENT, TASK)
        if planned is None or planned.open_attempt is None:
            self.erp._lost.clear()

    def dispatch(self) -> int:
        world = self.world
        dispatch_due_tasks(
            DispatchPorts(
                lambda: world.now, world.integrations, world.tasks, world.queue, MemoryStreamQueue()
            )
        )
        sent = world.queue.take()
        for one in sent:
            self.run(one.version)
        return len(sent)

    def must_be_approved(self) -> None:
        stored, record = self.world.integrations.integrations[AGREEMENT], self.world.record
        if stored.settings.release is Release.APPROVAL:
            assert record.approved_version >= record.attempts[-1].reserved.task_version

    def is_live(self, order_id: str) -> bool:
        return self.erp._kept.statuses[order_id] != INACTIVE_STATUS

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.erp._planned.clear()
        self.smartday._planned.clear()
        self.erp._lost.clear()
        stored = self.world.integrations.integrations[AGREEMENT]
        self.world.integrations.save(replace(stored, state=IntegrationState.ACTIVE))
        for _ in range(40):
            self.run(self.task.version)
            self.dispatch()
            self.world.later(timedelta(hours=1))
        self.check_rest()
        self.check_orders()

    def check_rest(self) -> None:
        record = self.world.record
        assert record.state in SETTLED, record
        assert record.is_settled or record.state is TaskState.DO_NOT_SEND, record
        assert record.receipt is None
        before = (self.erp.calls.copy(), self.smartday.calls.copy(), self.task.version)
        sent = 0
        for _ in range(10):
            sent += self.dispatch()
            self.world.later(20 * MINUTE)
        assert (self.erp.calls, self.smartday.calls, self.task.version) == before, record
        assert sent == 0, record

    def check_orders(self) -> None:
        rows = [row for order_id in self.erp.orders for row in self.erp.rows(order_id)]
        for row_id, words in self.typed.items():
            assert [row.name for row in rows if row.row_id == row_id] == [words]
        for row_id, quantity in self.edited.items():
            assert [row.quantity for row in rows if row.row_id == row_id] == [quantity]
        live = [
            row
            for order_id in self.erp.orders
            if self.is_live(order_id)
            for row in self.erp.rows(order_id)
            if row.name.startswith("linje ")
        ]
        doubled = [name for name, count in Counter(row.name for row in live).items() if count > 1]
        record = self.world.record
        assert not doubled or record.reason == "duplicate_in_erp", (doubled, record)
        if record.state is not TaskState.ORDERED or record.reason is not None or self.disturbed:
            return
        wanted = {
            one.description: one.quantity
            for one in self.task.registrations
            if one.kind != "note" and one.billable and one.status in ("used", "approved", "exported")
        }
        assert {row.name: row.quantity for row in live} == wanted, record
        if not self.receipt_refused:
            told = {one.order_id: one.registration_ids for _, one in self.smartday.receipts if one.order_id}
            assert sum(map(len, told.values())) >= len(wanted), told

"""What must hold at every step. What must hold at the end stands in `endings`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.domain.erp_order import INACTIVE_STATUS
from connector.domain.integration import Integration
from connector.domain.order import Order
from connector.domain.stream import Cursor, Stream
from connector.errors import UnknownOutcome
from tests.builders import AGREEMENT
from tests.sequences.sides import Message
from tests.sequences.steps import LEASE_AFTER_DEATH, SETTLE, Process
from tests.sequences.story import Violation
from tests.sequences.weather import Effect, Fault, Killed
from tests.sequences.world import ORDER_LIVES, World

CREATES_ALLOWED = 2
"""Per order key, of those that weren't plainly "not done" (design 4.4)."""


@dataclass
class _Writes:
    """What was sent to the ERP under one order key."""

    creates: int = 0
    unsettled_until: datetime | None = None
    unsettled_before: datetime | None = None
    found_empty_at: datetime | None = None
    change_is_unseen: bool = False


@dataclass
class Watch:
    """Sees every step of a world.

    `late` and `late_changes` are tasks for which the ERP executed something beyond the settle time.
    """

    world: World
    late: set[str] = field(default_factory=set)
    late_changes: set[str] = field(default_factory=set)
    rests_since: datetime | None = None
    _writes: dict[str, _Writes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        steps = self.world.steps
        steps.before |= {"erp.save_order": self._before_create, "erp.change_order": self._before_change}
        steps.after |= {
            "erp.save_order": self._created,
            "erp.change_order": self._changed,
            "erp.find_orders": self._searched,
            "erp.read_order": self._read,
            "cursors.save": self._cursor_moved,
            "integrations.save": self._integration_changed,
        }
        steps.on_fault |= {"erp.save_order": self._create_failed, "erp.change_order": self._change_failed}
        self.world.on_acknowledged = self._acknowledged  # type: ignore[method-assign]

    def live_orders(self, key_text: str) -> list[str]:
        """Ids of the orders of that key that count."""
        kept = self.world.erp._kept
        return [
            order_id
            for order_id, order in self.world.erp.orders.items()
            if order.key.text == key_text and kept.statuses[order_id] != INACTIVE_STATUS
        ]

    def _of(self, order: Order) -> _Writes:
        return self._writes.setdefault(order.key.text, _Writes())

    def _before_create(self, process: Process, arguments: tuple[Any, ...]) -> None:
        order: Order = arguments[0]
        self._tell(process, order, "creates")
        self._must_be_reserved(process, order)
        writes = self._of(order)
        if writes.unsettled_until is not None:
            looked = writes.found_empty_at is not None and writes.found_empty_at >= writes.unsettled_until
            if not looked:
                raise Violation(
                    f"{order.key.text} is created again before an empty look counts", order.key.task_id
                )
        writes.creates += 1
        if writes.creates > CREATES_ALLOWED:
            raise Violation(f"{order.key.text} is created {writes.creates} times", order.key.task_id)
        self._unsettled(process, writes)

    def _unsettled(self, process: Process, writes: _Writes) -> None:
        writes.unsettled_before = writes.unsettled_until
        writes.unsettled_until = process.deadline + LEASE_AFTER_DEATH + SETTLE

    def _before_change(self, process: Process, arguments: tuple[Any, ...]) -> None:
        order: Order = arguments[0].order
        self._tell(process, order, f"changes {arguments[0].order_id} for")
        self._must_be_reserved(process, order)
        if self._of(order).change_is_unseen:
            raise Violation(f"{order.key.text} is changed again without being read", order.key.task_id)

    def _tell(self, process: Process, order: Order, what: str) -> None:
        lines = " ".join(order.registration_ids)
        self.world.steps.tell(process.name, f"{what} {order.key.text}: {lines}", order.key.task_id)

    def _must_be_reserved(self, process: Process, order: Order) -> None:
        key, now = order.key, self.world.now()
        record = self.world.record(key.task_id)
        attempt = record.open_attempt if record else None
        if record is None or record.lease_owner != process.name or not record.is_leased(now):
            holder = record and (record.lease_owner, record.lease_until)
            raise Violation(f"{process.name} writes to the ERP without the lease: {holder}", key.task_id)
        if self.rests_since is not None and now - self.rests_since > ORDER_LIVES:
            raise Violation(f"{process.name} writes to the ERP though the integration rests", key.task_id)
        if attempt is None or attempt.ordinal != key.ordinal:
            raise Violation(f"{process.name} writes {key.text}, which it didn't reserve", key.task_id)
        if attempt.reserved.registration_ids != order.registration_ids:
            raise Violation(f"{process.name} writes other rows than it reserved", key.task_id)

    def _create_failed(self, _: Process, arguments: tuple[Any, ...], fault: Fault) -> None:
        """Nothing is open about what was plainly not done."""
        writes = self._of(arguments[0])
        if fault.effect is Effect.NEVER and not isinstance(fault.error, UnknownOutcome | Killed):
            writes.creates -= 1
            writes.unsettled_until = writes.unsettled_before

    def _change_failed(self, _: Process, arguments: tuple[Any, ...], fault: Fault) -> None:
        if isinstance(fault.error, UnknownOutcome | Killed):
            self._of(arguments[0].order).change_is_unseen = True

    def _created(self, process: Process, arguments: tuple[Any, ...], saved: Any, beyond: bool) -> None:
        key = arguments[0].key
        self.world.steps.tell("ERP", f"has {saved.order_id} for {key.text}", key.task_id)
        if beyond:
            self.late.add(key.task_id)
        live = self.live_orders(key.text)
        if len(live) > 1 and key.task_id not in self.late:
            raise Violation(f"{len(live)} live orders of {key.text}: {live}", key.task_id)

    def _changed(self, process: Process, arguments: tuple[Any, ...], saved: Any, beyond: bool) -> None:
        task_id = arguments[0].order.key.task_id
        self.world.steps.tell("ERP", f"has changed {arguments[0].order_id}", task_id)
        if beyond:
            self.late_changes.add(task_id)

    def _searched(self, process: Process, arguments: tuple[Any, ...], found: list[str], _: bool) -> None:
        key = arguments[0]
        self.world.steps.tell(process.name, f"looks for {key.text}: {found}", key.task_id)
        if not found:
            self._writes.setdefault(key.text, _Writes()).found_empty_at = self.world.now()

    def _read(self, process: Process, arguments: tuple[Any, ...], found: object, _: bool) -> None:
        self._writes.setdefault(arguments[1].text, _Writes()).change_is_unseen = False

    def _acknowledged(self, name: str, message: Message) -> None:
        record = self.world.record(message.task_id)
        state = None if record is None else f"{record.state} {record.reason or ''} v{record.handled_version}"
        self.world.steps.tell(name, f"done: {state}", message.task_id)
        if record is None or record.wanted_version < message.version:
            raise Violation(
                f"a message of v{message.version} is acknowledged, but not written down", message.task_id
            )

    def _integration_changed(
        self, _: Process, arguments: tuple[Any, ...], saved: Integration, beyond: bool
    ) -> None:
        self.rests_since = None if saved.is_active else self.rests_since or self.world.now()

    def _cursor_moved(self, process: Process, arguments: tuple[Any, ...], cursor: Cursor, _: bool) -> None:
        """What the next poll won't list any more is written down, or queued."""
        since = cursor.since()
        if cursor.stream is not Stream.TASKS or since is None:
            return
        world = self.world
        for task in world.smartday.tasks.values():
            if not (task.is_finished or task.is_aborted) or world.smartday.changed_at[task.id] >= since:
                continue
            record = world.tasks.records.get((AGREEMENT, task.id))
            heard = record is not None and record.wanted_version >= task.version
            if not heard and not world.queue.holds(task.id, task.version):
                raise Violation(
                    f"the cursor passed {task.id} v{task.version}, which nobody heard of", task.id
                )

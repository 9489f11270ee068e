"""The connector in memory, all its ports stepping, and how its functions are started.

What the Lambda functions do around the use cases is done here: a message is acknowledged when its work ended
without an exception, a poll that failed is left to the next one.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from connector.domain.binding import Binding, Kind
from connector.domain.integration import Integration
from connector.domain.stream import Cursor, Stream
from connector.domain.task import Task
from connector.domain.task_record import TaskRecord
from connector.errors import Refused, RetryLater, Stale
from connector.usecases.accept_webhook import Verdict, Webhook, WebhookPorts, accept_webhook
from connector.usecases.create_order import create_order
from connector.usecases.dispatch import DispatchPorts, dispatch_due_tasks
from connector.usecases.import_turn import basis_of
from connector.usecases.look_again import LookAgain
from connector.usecases.probe_login import ProbePorts, probe_login
from connector.usecases.reconcile_tasks import ReconcilePorts, reconcile_tasks
from connector.usecases.release_waiting import ReleasePorts
from connector.usecases.steer_tasks import SteeringPorts
from connector.usecases.task_work import OrderPorts
from tests.builders import AGREEMENT, PRODUCT_IDS, integration
from tests.fakes.erp import MemoryErp
from tests.fakes.import_stores import MemoryCursorStore
from tests.fakes.queues import MemoryStreamQueue
from tests.fakes.stores import (
    MemoryBindingStore,
    MemoryCustomerClaimStore,
    MemoryIntegrationStore,
    MemoryTaskStore,
)
from tests.sequences.sides import VISIBILITY, Message, OrderQueue, SimulatedSmartday
from tests.sequences.steps import SETTLE, Stepping, Steps
from tests.sequences.story import Story
from tests.sequences.weather import Killed, weather_of

BEGIN = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
ORDER_LIVES = POLL_LIVES = timedelta(seconds=120)
SHORT_LIVES = timedelta(seconds=30)
"""Time-outs of the functions in template.yaml."""

SEND_AGAIN = (timedelta(seconds=30), timedelta(minutes=10), timedelta(hours=1))
"""When Smartday sends a webhook again that wasn't taken."""

MASTER_KEY = b"master-key-of-the-simulation"


class World:
    """One integration with its stores, sides, queue and functions.

    `accepted`: task id → highest version that Smartday was told is taken. `resume_owed`: somebody resumed the
    integration and wasn't answered yet. `deliveries`: webhooks on their way.
    """

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.weather = weather_of(self.chance)
        self.steps = Steps(self.chance, self.weather, Story(), BEGIN)
        self.erp = MemoryErp(clock=self.now)
        self.smartday = SimulatedSmartday(clock=self.now, lag=self._lag, skew=self.weather.skew, page_size=2)
        self.queue = OrderQueue(self.now, self.chance)
        self.tasks = MemoryTaskStore()
        self.integrations = MemoryIntegrationStore()
        self.cursors = MemoryCursorStore()
        self.bindings = MemoryBindingStore()
        self.accepted: dict[str, int] = {}
        self.deliveries: list[tuple[datetime, Task, int]] = []
        self.resume_owed = False
        self.next_poll = self.next_beat = BEGIN
        self.numbers = 0
        self._fill()
        self._wire()

    def now(self) -> datetime:
        """The simulated present."""
        return self.steps.now

    @property
    def integration(self) -> Integration:
        """The integration as stored."""
        return self.integrations.integrations[AGREEMENT]

    def record(self, task_id: str) -> TaskRecord | None:
        """The task record as stored."""
        return self.tasks.records.get((AGREEMENT, task_id))

    def _lag(self) -> timedelta:
        return timedelta(0) if self.steps.is_calm else self.weather.lag * self.chance.random()

    def _fill(self) -> None:
        template = "{number} {title}"
        stored = self.integrations.save(replace(integration(text_template=template), revision=0))
        for stream in (Stream.CUSTOMERS, Stream.PRODUCTS):
            self.cursors.save(Cursor(AGREEMENT, stream, watermark=BEGIN, basis=basis_of(stored, stream)))
        self.bindings.put(AGREEMENT, [Binding(Kind.CUSTOMERS, "10021", 10021)])
        self.bindings.put(AGREEMENT, [Binding(Kind.PRODUCTS, "1042210", PRODUCT_IDS["1042210"])])

    def _wire(self) -> None:
        clock, steps = self.now, self.steps
        tasks, integrations = (
            Stepping("tasks", self.tasks, steps),
            Stepping("integrations", self.integrations, steps),
        )
        cursors, queue = Stepping("cursors", self.cursors, steps), Stepping("queue", self.queue, steps)
        erp, smartday = Stepping("erp", self.erp, steps), Stepping("smartday", self.smartday, steps)
        self.order_ports = OrderPorts(
            clock=clock,
            integrations=integrations,
            tasks=tasks,
            bindings=self.bindings,
            customer_claims=MemoryCustomerClaimStore(),
            cursors=cursors,
            queue=queue,
            erp=lambda _: erp,
            field_service=lambda _: smartday,
            settle=SETTLE,
        )
        self.poll_ports = ReconcilePorts(clock, integrations, tasks, cursors, queue, lambda _: smartday)
        self.probe_ports = ProbePorts(
            clock, integrations, tasks, queue, MemoryStreamQueue(), lambda _: erp, lambda _: smartday
        )
        self.dispatch_ports = DispatchPorts(clock, integrations, tasks, queue, MemoryStreamQueue())
        self.webhook_ports = WebhookPorts(clock, lambda: MASTER_KEY, lambda *_: True, queue)
        self.release_ports = ReleasePorts(clock, tasks, queue)
        self.steering_ports = SteeringPorts(clock, tasks, queue)

    def _name(self, kind: str) -> str:
        self.numbers += 1
        return f"{kind} {self.numbers}"

    # The functions

    def work_on(self, message: Message) -> None:
        """A message reaches `create_order`."""
        name, task_id = self._name("worker"), message.task_id
        deadline = self.now() + ORDER_LIVES
        self.steps.tell(name, f"message v{message.version}", task_id)

        def work() -> None:
            create_order(self.order_ports, AGREEMENT, task_id, message.version, name, deadline)

        self.steps.start(name, work, partial(self._worked, name, message), ORDER_LIVES, task_id)

    def _worked(self, name: str, message: Message, error: BaseException | None) -> None:
        if error is None:
            self.queue.acknowledge(message)
            self.on_acknowledged(name, message)
        elif isinstance(error, Killed):
            message.visible_at = max(message.visible_at, self.now() + VISIBILITY)
        else:
            self.steps.tell(name, f"gives the message back: {error!r}", message.task_id)
            message.visible_at = self.now() + self.chance.choice((timedelta(0), VISIBILITY))

    def on_acknowledged(self, name: str, message: Message) -> None:
        """Replaced by whoever watches."""

    def beat(self) -> None:
        """The minute's `dispatch`."""
        self.next_beat = self.now() + timedelta(minutes=1)
        self.steps.start(
            self._name("dispatch"), lambda: dispatch_due_tasks(self.dispatch_ports), _ignore, SHORT_LIVES
        )

    def poll(self) -> None:
        """The quarter of an hour's `reconcile_tasks`."""
        self.next_poll = self.now() + timedelta(minutes=15)
        name, deadline = self._name("poll"), self.now() + POLL_LIVES

        def work() -> None:
            with suppress(RetryLater, Refused):
                probe_login(self.probe_ports, AGREEMENT, deadline)
            reconcile_tasks(self.poll_ports, AGREEMENT, deadline)

        self.steps.start(name, work, _ignore, POLL_LIVES)

    def hook(self, task: Task) -> None:
        """Smartday tells of the task, unless the webhook gets lost."""
        if self.chance.random() >= self.weather.lost_webhooks:
            self.deliveries.append((self.now(), task, 0))

    def deliver(self) -> bool:
        """A webhook that is due reaches `intake_webhook`; False when there is none."""
        due = [one for one in self.deliveries if one[0] <= self.now()]
        if not due:
            return False
        delivery = self.chance.choice(due)
        self.deliveries.remove(delivery)
        _, task, tries = delivery
        name = self._name("intake")
        body = {
            "type": "task.updated",
            "origin": "user",
            "data": {"task_id": task.id, "version": task.version},
        }
        webhook = Webhook(AGREEMENT, "1", None, None, json.dumps(body).encode())

        def work() -> None:
            if accept_webhook(self.webhook_ports, webhook) is Verdict.QUEUED:
                self.accepted[task.id] = max(task.version, self.accepted.get(task.id, 0))
                self.steps.tell(name, f"accepted v{task.version}", task.id)

        def done(error: BaseException | None) -> None:
            if error is not None and tries < len(SEND_AGAIN):
                self.deliveries.append((self.now() + SEND_AGAIN[tries], task, tries + 1))

        self.steps.start(name, work, done, SHORT_LIVES, task.id)
        return True

    # What people ask for

    def ask(
        self, what: str, work: Callable[[], object], done: Callable[[BaseException | None], None]
    ) -> None:
        """A request of a person, as `activate_integration` answers it."""
        name = self._name("office")
        self.steps.tell(name, what)
        self.steps.start(name, work, done, SHORT_LIVES)

    def resume(self) -> None:
        """Somebody sets the integration active, and asks again until it is answered."""
        self.resume_owed = True

        def work() -> None:
            self.amend(Integration.resumed)
            ports = self.steering_ports
            LookAgain(ports.clock, ports.tasks, ports.queue, AGREEMENT, self.now() + SHORT_LIVES).at_waiting()

        def done(error: BaseException | None) -> None:
            self.resume_owed = error is not None

        self.ask("resume", work, done)

    def amend(self, change: Callable[[Integration], Integration]) -> Integration:
        """Change what is stored, as a request does."""
        for _ in range(5):
            stored = self.order_ports.integrations.get(AGREEMENT)
            assert stored is not None
            try:
                return self.order_ports.integrations.save(change(stored))
            except Stale:
                continue
        raise RetryLater("changed_meanwhile")


def _ignore(_: BaseException | None) -> None:
    """The next one does what this one didn't."""

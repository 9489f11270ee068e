"""What people do meanwhile: in Smartday, in the ERP, and in the connector's own page."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

from connector.domain.integration import IntegrationState
from connector.domain.settings import InvoicedOrderChanged, OpenOrderChanged
from connector.domain.task import Registration, Task
from connector.domain.task_decisions import HOLDABLE
from connector.domain.task_record import TaskState
from connector.usecases import steer_tasks
from connector.usecases.declined import Declined
from connector.usecases.release_waiting import release_for_settings
from connector.usecases.steer_tasks import SteeringPorts
from tests.builders import AGREEMENT, registration, task
from tests.sequences.world import World

IN_WORK = 5
FINISHED = 7
MOST_LINES = 4

RESENT = frozenset({TaskState.HELD, TaskState.IGNORED, TaskState.ORDERED})

CHANGES = (
    *(partial(replace, invoiced_order_changed=one) for one in InvoicedOrderChanged),
    *(partial(replace, open_order_changed=one) for one in OpenOrderChanged),
)

Decide = Callable[[SteeringPorts, str, str], object]


_LINE = registration(unit_price=Decimal(100), day=None)
_TASK = task(
    version=1,
    title="Bad",
    place=None,
    started_at=None,
    planned_start=None,
    minutes_spent=None,
    customer_reference=None,
    status=IN_WORK,
    outcome=None,
)
"""Small, so that many runs fit into a minute."""


class Happenings:
    """Something happens, drawn by chance; what isn't possible at the moment doesn't."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = world.chance
        self.lines = 0
        often, seldom = 6, 1
        self._kinds = (
            *[self.finish] * often,
            *[self.add_line] * 4,
            *[self.change_quantity] * 3,
            *[self.remove_line] * 2,
            *[self.reopen] * 2,
            *[self.invoice] * 2,
            *[self.forget_a_line] * 4,
            *[self.abort] * seldom,
            *[self.pause_or_resume] * 2,
            *[self.choose] * seldom,
            *[self.resend] * seldom,
            *[self.do_not_send] * seldom,
            *[self.send_again] * seldom,
        )
        for place in range(world.weather.tasks):
            self._begin(f"T{place + 1}")
        if self.chance.random() < 0.5:
            stored = world.integration
            wanted = replace(stored.settings, invoiced_order_changed=InvoicedOrderChanged.SUPPLEMENT)
            world.integrations.save(stored.with_settings(wanted, world.now()))

    def happen(self) -> None:
        """One thing."""
        self.chance.choice(self._kinds)()

    def _new_line(self) -> Registration:
        """A registration that can be told apart by its words."""
        self.lines += 1
        return replace(_LINE, id=f"r-{self.lines}", description=f"linje {self.lines}")

    def _begin(self, task_id: str) -> None:
        lines = tuple(self._new_line() for _ in range(self.chance.choice((1, 1, 2))))
        self.world.smartday.put_task(replace(_TASK, id=task_id, number=task_id, registrations=lines))
        if self.chance.random() < 0.7:
            self.finish(task_id)

    def _task(self) -> Task:
        return self.world.smartday.tasks[self.chance.choice(list(self.world.smartday.tasks))]

    def _edit(self, now: Task, what: str, **changes: object) -> None:
        changed = replace(now, version=now.version + 1, **changes)  # type: ignore[arg-type]
        self.world.smartday.put_task(changed)
        self.world.steps.tell("Smartday", f"{now.id} v{changed.version}: {what}", now.id)
        self.world.hook(changed)

    # in Smartday

    def finish(self, task_id: str | None = None) -> None:
        """The work is done."""
        now = self._task() if task_id is None else self.world.smartday.tasks[task_id]
        if not now.is_finished:
            self._edit(now, "finished", status=FINISHED, outcome="completed")

    def reopen(self) -> None:
        """There is more to do."""
        now = self._task()
        if now.status != IN_WORK:
            self._edit(now, "opened again", status=IN_WORK, outcome=None)

    def abort(self) -> None:
        """The work is given up."""
        now = self._task()
        if not now.is_aborted:
            self._edit(now, "aborted", status=FINISHED, outcome="aborted")

    def add_line(self) -> None:
        """Another line."""
        now = self._task()
        if len(now.registrations) < MOST_LINES:
            added = self._new_line()
            self._edit(now, f"{added.id} added", registrations=(*now.registrations, added))

    def remove_line(self) -> None:
        """A line was wrong."""
        now = self._task()
        if len(now.registrations) > 1:
            gone = self.chance.choice(now.registrations)
            left = tuple(one for one in now.registrations if one is not gone)
            self._edit(now, f"{gone.id} removed", registrations=left)

    def change_quantity(self) -> None:
        """A line has another quantity."""
        now = self._task()
        old = self.chance.choice(now.registrations)
        new = replace(old, quantity=old.quantity + 1)
        lines = tuple(new if one is old else one for one in now.registrations)
        self._edit(now, f"{old.id} × {new.quantity}", registrations=lines)

    # in the ERP

    def invoice(self) -> None:
        """The bookkeeper invoices an order."""
        if self.world.erp.orders:
            self._invoice(self.chance.choice(list(self.world.erp.orders)))

    def _invoice(self, order_id: str) -> None:
        self.world.erp.invoice(order_id)
        task_id = self.world.erp.orders[order_id].key.task_id
        self.world.steps.tell("bookkeeper", f"invoices {order_id}", task_id)

    def forget_a_line(self) -> None:
        """The bookkeeper invoices an order, and only then somebody sees that a line is missing."""
        if self.world.erp.orders:
            order_id = self.chance.choice(list(self.world.erp.orders))
            self._invoice(order_id)
            now = self.world.smartday.tasks[self.world.erp.orders[order_id].key.task_id]
            added = self._new_line()
            if len(now.registrations) < MOST_LINES:
                self._edit(now, f"{added.id} added", registrations=(*now.registrations, added))

    # in the connector's page

    def pause_or_resume(self) -> None:
        """The integration rests for a while."""
        world = self.world
        if not world.integration.is_active or world.resume_owed:
            world.resume()
        elif self.chance.random() < 0.3:
            paused = partial(replace, state=IntegrationState.PAUSED)
            world.ask("pause", lambda: world.amend(paused), lambda _: None)

    def choose(self) -> None:
        """Another setting."""
        world = self.world
        change = self.chance.choice(CHANGES)

        def work() -> None:
            saved = world.amend(lambda stored: stored.with_settings(change(stored.settings), world.now()))
            if saved.settings_history:
                former = saved.settings_history[-1].settings
                release_for_settings(world.release_ports, AGREEMENT, former, saved.settings)

        world.ask(f"settings: {change.keywords}", work, lambda _: None)

    def resend(self) -> None:
        """A person wants another try."""
        self._steer("resend", steer_tasks.resend, RESENT)

    def do_not_send(self) -> None:
        """A person decides that the task becomes no order."""
        self._steer("do not send", partial(steer_tasks.do_not_send, who="Kari", why="x"), HOLDABLE)

    def send_again(self) -> None:
        """A person takes that back."""

        again = partial(steer_tasks.send_again, who="Kari", why="likevel")
        self._steer("send again", again, frozenset({TaskState.DO_NOT_SEND}))

    def _steer(self, what: str, decide: Decide, states: frozenset[TaskState]) -> None:
        world, task_id = self.world, self._task().id
        record = world.record(task_id)
        if record is None or record.state not in states:
            return

        def ask() -> None:
            try:
                decide(world.steering_ports, AGREEMENT, task_id)
            except Declined:
                return

        world.ask(f"{what} {task_id}", ask, lambda _: None)

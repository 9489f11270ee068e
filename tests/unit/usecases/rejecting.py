"""An activated integration whose logins a side may refuse, and the workers that meet it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from connector.domain.integration import Integration
from connector.domain.task import Task
from connector.domain.task_record import TaskRecord
from connector.errors import CredentialsRejected, Side
from connector.usecases.activate_integration import activate_integration
from connector.usecases.create_order import create_order
from connector.usecases.probe_login import ProbePorts, probe_login
from connector.usecases.recover_orders import RecoveryPorts
from connector.usecases.task_work import OrderPorts
from tests.builders import task
from tests.fakes import people
from tests.fakes.erp import MemoryErp
from tests.fakes.people import AGREEMENT, wish

SMARTDAY_SAYS_NO = CredentialsRejected(Side.SMARTDAY, "invalid_credentials")
ERP_SAYS_NO = CredentialsRejected(Side.ERP, "identity_blocked")
MINUTE = timedelta(minutes=1)
INVOCATION = timedelta(minutes=2)
METHODS = ("agreement", "task", "finished_tasks", "subscription", "send_receipt")


@dataclass
class World(people.World):
    """An activated integration, its workers, and both sides."""

    erp: MemoryErp = field(default_factory=MemoryErp)

    def __post_init__(self) -> None:
        super().__post_init__()
        activate_integration(self.activation, wish())
        self.stream_queue.take()
        self.change(lambda one: replace(one, is_resuming=False))

    @property
    def integration(self) -> Integration:
        return self.integrations.integrations[AGREEMENT]

    def change(self, change: Callable[[Integration], Integration]) -> None:
        self.integrations.save(change(self.integration))

    def refuse(self, error: CredentialsRejected = SMARTDAY_SAYS_NO) -> None:
        """The side refuses every call from now on, and a worker has met it."""
        self.side_refuses(error)
        self.change(lambda one: one.refused(error.side, error.code, self.clock()))

    def side_refuses(self, error: CredentialsRejected = SMARTDAY_SAYS_NO) -> None:
        side, methods = (self.smartday, METHODS) if error.side is Side.SMARTDAY else (self.erp, ("log_in",))
        for method in methods:
            side.fail(method, error, times=None)

    def side_takes_the_login(self) -> None:
        self.smartday.fail_no_more()
        self.erp.fail_no_more()

    @property
    def upstream(self) -> Counter[str]:
        """Every call that reached a side."""
        return self.smartday.calls + self.erp.calls

    @property
    def probing(self) -> ProbePorts:
        return ProbePorts(
            clock=self.clock,
            integrations=self.integrations,
            tasks=self.tasks,
            task_queue=self.task_queue,
            stream_queue=self.stream_queue,
            erp=lambda _: self.erp,
            field_service=lambda _: self.smartday,
        )

    def probe(self) -> bool:
        return probe_login(self.probing, AGREEMENT, self.clock() + INVOCATION)

    def hear(self, task_id: str = "1", worker: str = "w") -> TaskRecord | None:
        ports = OrderPorts(
            clock=self.clock,
            integrations=self.integrations,
            tasks=self.tasks,
            bindings=self.bindings,
            customer_claims=self.claims,
            cursors=self.cursors,
            queue=self.task_queue,
            erp=lambda _: self.erp,
            field_service=lambda _: self.smartday,
            settle=timedelta(minutes=15),
        )
        return create_order(ports, AGREEMENT, task_id, 1, worker, self.clock() + INVOCATION)

    def put(self, task_id: str = "1") -> Task:
        made = task(id=task_id, version=1)
        self.smartday.put_task(made, self.clock())
        return made

    def queued(self) -> list[str]:
        return [one.task_id for one in self.task_queue.take()]

    def wait(self, number: int) -> None:
        """So many task records wait."""
        for task_id in range(number):
            record = TaskRecord(AGREEMENT, str(task_id), self.clock(), self.clock(), wanted_version=1)
            self.tasks.save(record)


def recovering(world: World) -> RecoveryPorts:
    return RecoveryPorts(
        clock=world.clock,
        integrations=world.integrations,
        tasks=world.tasks,
        task_queue=world.task_queue,
        stream_queue=world.stream_queue,
        erp=lambda _: world.erp,
        field_service=lambda _: world.smartday,
    )

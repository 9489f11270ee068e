"""A fault is put below the adapters, at the call of one step: at a stand-in, on the line, in AWS's client.

Which of the three it is depends on who answers the step's call. The code under test never knows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tests.faults.aws_faults import plant_in_aws
from tests.faults.faults import Fault
from tests.faults.line_faults import ON_THE_LINE, plant_on_the_line
from tests.faults.stand_in_faults import plant_at_stand_in
from tests.faults.steps import CALLS, Side, Step
from tests.faults.world import World

REJECTING = ("SaveInvoices", "batch_customers")
"""Operations whose answer says of each item whether it was taken."""


class Planted(Protocol):
    """A fault that is there until it is ended. `hits` is how many calls met it."""

    def hits(self) -> int:
        """How many calls it met."""

    def end(self) -> None:
        """From now on all is well; what was to come late comes."""


def plant(world: World, step: Step, fault: Fault, *, after: bool, meanwhile: Callable[[], None]) -> Planted:
    """Put the fault there. `after` lets the step take effect first, where the fault leaves that open;
    `meanwhile` is what another process does at the same moment.
    """
    call = CALLS[step]
    if fault is Fault.SECRET_MISSING:
        return _MissingSecret(world, KEY if step in (Step.ENQUEUE, Step.SUBSCRIBE) else LOGINS)
    if call.side is Side.AWS:
        return plant_in_aws(world, call, fault, after=after, meanwhile=meanwhile)
    has_own = fault is Fault.ERROR_IN_SUCCESS and call.operation in REJECTING
    if fault in ON_THE_LINE and not has_own:
        return plant_on_the_line(world, call, fault, meanwhile)
    return plant_at_stand_in(world, call, fault, after=after)


@dataclass
class _MissingSecret:
    """A secret is gone, and who read it before has forgotten it. `hits` are the readings since."""

    world: World
    service: str
    _hits: int = 0

    def __post_init__(self) -> None:
        self._take_away()
        self.world.restart()
        self._events.register(READS[self.service], self._count)

    @property
    def _events(self) -> Any:
        aws = self.world.ground.aws
        return (aws.ssm if self.service == LOGINS else aws.secrets_manager).meta.events

    def _take_away(self) -> None:
        aws = self.world.ground.aws
        (aws.take_logins_away if self.service == LOGINS else aws.take_key_away)()

    def _count(self, **_: Any) -> None:
        self._hits += 1

    def hits(self) -> int:
        return self._hits

    def end(self) -> None:
        self._events.unregister(READS[self.service], self._count)
        self.world.ground.aws.put_secrets(self.world.clock)


LOGINS, KEY = "logins", "key"
READS = {LOGINS: "before-send.ssm.GetParameter", KEY: "before-send.secrets-manager.GetSecretValue"}
"""Which secret is read by which call."""

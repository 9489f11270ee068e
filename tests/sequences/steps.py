"""Processes that take turns at every call of a port, and a clock that moves only between the calls.

A process is a greenlet; each port is wrapped so that a call of it is a step: before it the others may run,
time may pass, the process may be killed, and the call may go wrong in one of the ways of `weather`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, Protocol

from greenlet import greenlet

from connector.errors import ConnectorError
from tests.sequences.story import Story, Violation
from tests.sequences.weather import ERP_WRITES, WRITES, Effect, Fault, Killed

SETTLE = timedelta(minutes=15)
LEASE_AFTER_DEATH = timedelta(seconds=10)
"""Design 4.4; numbers of our own, so that another one in the code under test is seen."""

SOON = timedelta(seconds=4)
"""What AWS still does for a process that is gone."""

SLOW = 0.3
"""So many processes are overtaken by most others."""

NEVER = datetime.max.replace(tzinfo=UTC)

Call = Callable[[], Any]


class Odds(Protocol):
    """What a run's weather says."""

    @property
    def beyond_settling(self) -> bool:
        """Whether the ERP now and then executes a request later than the settle time."""

    def fault(self, call: str, chance: Random) -> Fault | None:
        """What goes wrong with this call, if anything."""


class Process:
    """One invocation: a name (its claim's owner), what it does, and when it will be ended.

    `call` is the step that it is about to do, with `effect` and `arguments`.
    """

    def __init__(self, name: str, deadline: datetime, task_id: str, line: Any) -> None:
        self.name = name
        self.deadline = deadline
        self.task_id = task_id
        self.is_slow = False
        self.wakes_at = datetime.min.replace(tzinfo=UTC)
        self.call = ""
        self.effect: Call | None = None
        self.arguments: tuple[Any, ...] = ()
        self.line = line


@dataclass
class Steps:
    """The processes of one run and their clock. `before` and `after` watch calls by name; `writes` may have
    an effect after their process has died.

    `before` is given process and arguments, `after` process, arguments, result and whether the effect came
    later than the settle time.
    """

    chance: Random
    weather: Odds
    story: Story
    now: datetime
    is_calm: bool = False
    writes: frozenset[str] = WRITES
    processes: list[Process] = field(default_factory=list)
    running: Process | None = None
    before: dict[str, Callable[[Process, tuple[Any, ...]], None]] = field(default_factory=dict)
    after: dict[str, Callable[[Process, tuple[Any, ...], Any, bool], None]] = field(default_factory=dict)
    on_fault: dict[str, Callable[[Process, tuple[Any, ...], Fault], None]] = field(default_factory=dict)
    later: list[tuple[datetime, int, Call]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    def tell(self, who: str, what: str, task_id: str = "") -> None:
        """Add a line to the story."""
        self.story.lines.append((self.now, who, what, task_id))

    def start(
        self,
        name: str,
        work: Callable[[], object],
        done: Callable[[BaseException | None], None],
        lives: timedelta,
        task_id: str = "",
    ) -> None:
        """Begin a process; in the calm it runs to its end at once."""
        process = Process(name, self.now + lives, task_id, greenlet(partial(_live, name, work, done)))
        process.is_slow = not self.is_calm and self.chance.random() < SLOW
        self.processes.append(process)
        self.resume(process)

    def resume(self, process: Process) -> None:
        """Let it go on to its next step."""
        self.running = process
        process.line.switch()
        self.running = None
        if process.line.dead:
            self.processes.remove(process)

    def kill(self, process: Process) -> None:
        """Its time is over: a call that is on its way may or may not have its effect."""
        effect, call = process.effect, process.call
        if effect is not None and call in self.writes and self.chance.random() < 0.5:
            watch = self.before.get(call)
            if watch:
                watch(process, process.arguments)
            fault = Fault("", Killed(), Effect.LATE)
            self._noted(process, process.arguments, fault)
            self._effect_later(process, call, effect, process.arguments)
        self.tell(process.name, f"killed at its deadline, in {call}", process.task_id)
        self.processes.remove(process)
        process.line.throw(Killed)

    def advance(self, to: datetime) -> None:
        """Move the clock, with all that happens until then: late effects, processes that reach their end."""
        while True:
            ends = min((one.deadline for one in self.processes), default=NEVER)
            due = self.later[0][0] if self.later else NEVER
            if min(ends, due) > to:
                break
            self.now = max(self.now, min(ends, due))
            if due <= ends:
                heappop(self.later)[2]()
            else:
                self.kill(next(one for one in self.processes if one.deadline == ends))
        self.now = to

    def at(self, when: datetime, what: Call) -> None:
        """Have something happen then."""
        heappush(self.later, (when, next(self._numbers), what))

    def step(self, call: str, effect: Call, arguments: tuple[Any, ...]) -> Any:
        """A call of a port by the process that runs now."""
        process = self.running
        if process is None:
            return effect()
        fault = None
        if not self.is_calm:
            process.call, process.effect, process.arguments = call, effect, arguments
            self._pause(process)
            process.effect = None
            fault = self._fault(call)
        watch = self.before.get(call)
        if watch:
            watch(process, arguments)
        if fault is None:
            return self._take_effect(process, call, effect, arguments)
        return self._fail(process, call, effect, arguments, fault)

    def _fault(self, call: str) -> Fault | None:
        return None if self.is_calm else self.weather.fault(call, self.chance)

    def _pause(self, process: Process) -> None:
        process.line.parent.switch()
        self.running = process

    def _fail(
        self, process: Process, call: str, effect: Call, arguments: tuple[Any, ...], fault: Fault
    ) -> None:
        self.tell(process.name, f"{call}: {fault.words}", process.task_id)
        self._noted(process, arguments, fault)
        if fault.effect is Effect.DONE:
            self._take_effect(process, call, effect, arguments)
        elif fault.effect is Effect.LATE:
            self._effect_later(process, call, effect, arguments)
        if fault.takes:
            process.wakes_at = self.now + fault.takes
            self._pause(process)
        raise fault.error

    def _noted(self, process: Process, arguments: tuple[Any, ...], fault: Fault) -> None:
        watch = self.on_fault.get(process.call)
        if watch:
            watch(process, arguments, fault)

    def _take_effect(
        self, process: Process, call: str, effect: Call, arguments: tuple[Any, ...], beyond: bool = False
    ) -> Any:
        result = effect()
        watch = self.after.get(call)
        if watch:
            watch(process, arguments, result, beyond)
        return result

    def _effect_later(self, process: Process, call: str, effect: Call, arguments: tuple[Any, ...]) -> None:
        """The ERP executes it until the settle time is over, in some runs later still; AWS within seconds."""
        beyond = False
        span = SOON
        if call in ERP_WRITES:
            settled = process.deadline + LEASE_AFTER_DEATH + SETTLE
            beyond = self.weather.beyond_settling and self.chance.random() < 0.5
            span = settled - self.now
        when = self.now + span * self.chance.random()
        if beyond:
            when = self.now + span + timedelta(hours=3) * self.chance.random()

        def happen() -> None:
            when = " beyond settling" if beyond else ""
            self.tell("late", f"{call} of {process.name} takes effect{when}", process.task_id)
            try:
                self._take_effect(process, call, effect, arguments, beyond)
            except ConnectorError as error:
                self.tell("late", f"… and is refused: {error!r}", process.task_id)

        self.at(when, happen)


def _live(name: str, work: Callable[[], object], done: Callable[[BaseException | None], None]) -> None:
    """One process from its first step to its last; a bug in the code under test is a violation."""
    try:
        work()
    except (Killed, ConnectorError) as error:
        done(error)
    except Exception as error:
        raise Violation(f"{name} ended by {error!r}") from error
    else:
        done(None)


class Stepping:
    """A port whose every call is a step of the process that calls."""

    def __init__(self, name: str, port: object, steps: Steps) -> None:
        self._name = name
        self._port = port
        self._steps = steps

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._port, method)
        call, step = f"{self._name}.{method}", self._steps.step

        def stepping(*arguments: Any, **options: Any) -> Any:
            return step(call, partial(real, *arguments, **options), arguments)

        self.__dict__[method] = stepping
        return stepping

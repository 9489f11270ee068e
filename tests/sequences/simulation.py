"""One seeded run: trouble first, then calm until everything rests, then a look at what became of it."""

from datetime import datetime, timedelta

from connector.domain.task import FINISHED_STATUSES
from connector.domain.task_record import TaskRecord
from connector.usecases.release_waiting import release_overlooked
from tests.sequences.endings import Tally, check_endings
from tests.sequences.happenings import Happenings
from tests.sequences.invariants import Watch
from tests.sequences.steps import NEVER, SOON, Steps
from tests.sequences.story import Violation
from tests.sequences.world import World

MOST_PROCESSES = 4
"""At once; MaximumConcurrency of the order queue is 5."""

ROUNDS = 400
"""Of work after the faults ended; a run comes to rest within some ten."""

HAPPENS, GOES_ON, LEAPS_ANYHOW = 0.06, 0.85, 0.01
"""Odds a turn: people do something, a process does a step, time leaps over running processes."""

MOMENTS = tuple(timedelta(seconds=one) for one in (0, 0, 0, 0.05, 1, 4))
"""What may pass from one step to the next."""

LEAPS = tuple(timedelta(minutes=one) for one in (1, 1, 5, 13, 16, 16, 40, 25 * 60))
"""When nothing happens: beyond a process, a lease, a message's visibility, the settle time, a day."""

QUIET = timedelta(hours=26)
"""So long nothing may be done any more."""


class Simulation:
    """One run."""

    def __init__(self, seed: int, tally: Tally) -> None:
        self.world = World(seed)
        self.watch = Watch(self.world)
        self.happenings = Happenings(self.world)
        self.tally = tally

    @property
    def steps(self) -> Steps:
        """The processes and their clock."""
        return self.world.steps

    def run(self) -> None:
        """All of it. Raises `Violation`."""
        for _ in range(self.world.weather.turns):
            self._turn()
        self._calm_down()
        self._come_to_rest()
        self._stay_quiet()
        check_endings(self.world, self.watch, self.tally)

    def _turn(self) -> None:
        steps, chance = self.world.steps, self.world.chance
        awake = [one for one in steps.processes if one.wakes_at <= steps.now]
        if chance.random() < HAPPENS:
            self.happenings.happen()
        elif awake and chance.random() < GOES_ON:
            quick = [one for one in awake if not one.is_slow]
            steps.resume(chance.choice(quick if quick and chance.random() < 0.8 else awake))
            steps.advance(steps.now + chance.choice(MOMENTS))
        elif not self._begin_something() and not awake:
            wakes_at = min((one.wakes_at for one in steps.processes), default=None)
            steps.advance(steps.now + chance.choice(LEAPS) if wakes_at is None else wakes_at)
        if steps.processes and chance.random() < LEAPS_ANYHOW:
            steps.advance(steps.now + chance.choice(LEAPS))

    def _begin_something(self) -> bool:
        """Start one of the processes for which there is work, if any."""
        world = self.world
        if len(world.steps.processes) >= MOST_PROCESSES:
            return False
        if world.chance.random() < 0.5 and world.deliver():
            return True
        message = world.queue.receive(world.weather.doubles)
        if message is not None:
            world.work_on(message)
        elif world.now() >= world.next_beat and world.chance.random() < 0.3:
            world.beat()
        elif world.now() >= world.next_poll:
            world.poll()
        else:
            return False
        return True

    def _calm_down(self) -> None:
        world, steps = self.world, self.world.steps
        steps.tell("", "the faults end")
        steps.is_calm = True
        while steps.processes:
            steps.resume(steps.processes[0])
        steps.advance(steps.now + SOON)
        if world.resume_owed or not world.integration.is_active:
            world.resume()

    def _come_to_rest(self) -> None:
        """Run everything that is to run, leaping from one due time to the next."""
        world, steps = self.world, self.world.steps
        release_at = world.now() + timedelta(minutes=10)
        steps.at(release_at, lambda: release_overlooked(world.release_ports, world.integration))
        for _ in range(ROUNDS):
            if world.deliver():
                continue
            message = world.queue.receive(0.0)
            if message is not None:
                world.work_on(message)
            elif self._is_due():
                world.beat()
            else:
                if world.now() >= world.next_poll:
                    world.poll()
                if any(one.visible_at <= world.now() for one in world.queue.messages):
                    continue
                coming = self._next_time()
                if coming == NEVER:
                    return
                steps.advance(max(coming, world.now()))
        unheard = self._unheard()
        if unheard:
            raise Violation(f"no poll finds {unheard}, which is finished", unheard)
        raise Violation("the work doesn't come to an end")

    def _is_due(self) -> bool:
        now = self.world.now()
        return any(one.due_at is not None and one.due_at <= now for one in self._records())

    def _records(self) -> list[TaskRecord]:
        return list(self.world.tasks.records.values())

    def _next_time(self) -> datetime:
        world = self.world
        times = [one.visible_at for one in world.queue.messages]
        times += [one.due_at for one in self._records() if one.due_at is not None]
        times += [one[0] for one in world.deliveries]
        times += [one[0] for one in world.steps.later]
        if self._unheard() or world.integration.is_resuming:
            times.append(world.next_poll)
        return min(times, default=NEVER)

    def _unheard(self) -> str:
        """A task with a finished version that nobody heard of."""
        for task in self.world.smartday.tasks.values():
            record = self.world.record(task.id)
            heard = -1 if record is None else record.wanted_version
            if task.status in FINISHED_STATUSES and heard < task.version:
                return task.id
        return ""

    def _stay_quiet(self) -> None:
        world = self.world
        before = self._calls()
        for _ in range(3):
            world.steps.advance(world.now() + QUIET / 3)
            world.beat()
            world.poll()
        if self._calls() != before:
            raise Violation(f"something is done though all is quiet: {before} → {self._calls()}")

    def _calls(self) -> tuple[int, int, int]:
        world = self.world
        smartday = sum(world.smartday.calls.values()) - world.smartday.calls["finished_tasks"]
        return sum(world.erp.calls.values()), smartday, world.queue.sent

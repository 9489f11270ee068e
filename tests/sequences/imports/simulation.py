"""One seeded run: trouble first, then calm until a night has passed, then a look at what became of it."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from connector.domain import full_pass
from connector.domain.full_pass import night_of
from connector.domain.matches import MatchState
from connector.domain.stream import RunState
from connector.usecases import import_master_data, import_slice, import_write, match_registers
from connector.usecases.request_import import IMPORT_STREAMS
from tests.builders import AGREEMENT
from tests.sequences.endings import Tally
from tests.sequences.imports.endings import check_endings
from tests.sequences.imports.happenings import Happenings
from tests.sequences.imports.invariants import Watch
from tests.sequences.imports.world import SCHEDULE, World
from tests.sequences.steps import SOON, Steps
from tests.sequences.story import Violation

MOST_PROCESSES = 3

ROUNDS = 300
"""Of work after the faults ended; a run comes to rest within some twenty."""

GOES_ON, RESUMES, LEAPS_ANYHOW = 0.93, 0.2, 0.005
"""Odds a turn: a process does a step; somebody resumes what is paused; time leaps over running processes."""

MOMENTS = tuple(timedelta(seconds=one) for one in (0, 0, 0, 0.05, 1, 4))
"""What may pass from one step to the next."""

LEAPS = tuple(timedelta(minutes=one) for one in (1, 1, 5, 16, 31, 6 * 60, 14 * 60, 14 * 60))
"""When nothing happens: beyond a process, a lease, the schedule, a message's visibility, into the night."""


def shrink(chance: Random) -> int:
    """Put small numbers in place of the connector's own, so that a register of ten has slices, parts and a
    guard that closes; gives how many records a slice has.
    """
    slice_size, retired_at_once = chance.choice((2, 4, 6)), chance.choice((1, 2))
    for module, name, value in (
        (import_master_data, "SLICE", slice_size),
        (match_registers, "SLICE", slice_size),
        (import_slice, "BATCH", chance.choice((1, 2))),
        (import_master_data, "RETIRED_AT_ONCE", retired_at_once),
        (import_write, "RETIRED_AT_ONCE", retired_at_once),
        (full_pass, "ALWAYS_ALLOWED", 3),
        (full_pass, "ALLOWED_SHARE", 4),
    ):
        if not hasattr(module, name):
            raise AttributeError(f"{module.__name__} has no {name} any more")
        setattr(module, name, value)
    return slice_size


class Simulation:
    """One run."""

    def __init__(self, seed: int, tally: Tally) -> None:
        self.world = World(seed)
        self.watch = Watch(self.world, shrink(self.world.chance))
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
        night = self._let_a_night_pass()
        check_endings(self.world, self.watch, self.tally, night)
        self._stay_quiet()

    def _turn(self) -> None:
        world = self.world
        steps, chance = world.steps, world.chance
        awake = [one for one in steps.processes if one.wakes_at <= steps.now]
        if chance.random() < world.weather.happens:
            self.happenings.happen()
        elif awake and chance.random() < GOES_ON:
            steps.resume(chance.choice(awake))
            steps.advance(steps.now + chance.choice(MOMENTS))
        elif not world.integration.is_active and chance.random() < RESUMES:
            self.happenings.resume()
        elif not self._begin_something() and not awake:
            wakes_at = min((one.wakes_at for one in steps.processes), default=None)
            steps.advance(steps.now + chance.choice(LEAPS) if wakes_at is None else wakes_at)
        if steps.processes and chance.random() < LEAPS_ANYHOW:
            steps.advance(steps.now + chance.choice(LEAPS))

    def _begin_something(self) -> bool:
        """Start a worker for which there is a message, or send the schedule's."""
        world = self.world
        if len(world.steps.processes) >= MOST_PROCESSES:
            return False
        if world.now() >= world.next_schedule:
            world.schedule()
        message = world.queue.receive(world.weather.doubles)
        if message is not None:
            world.work_on(message)
        return message is not None

    def _calm_down(self) -> None:
        world, steps = self.world, self.world.steps
        steps.tell("", "the faults end")
        steps.is_calm = True
        while steps.processes:
            steps.resume(steps.processes[0])
        steps.advance(steps.now + SOON)
        if not world.integration.is_active:
            self.happenings.resume()

    def _come_to_rest(self) -> None:
        """Work on all messages, leaping from one to the next; confirm what waits for it."""
        world = self.world
        for _ in range(ROUNDS):
            message = world.queue.receive(0.0)
            if message is not None:
                world.work_on(message)
            elif any(one.visible_at <= world.now() for one in world.queue.messages):
                continue
            elif world.queue.messages:
                world.steps.advance(min(one.visible_at for one in world.queue.messages))
            elif any(one.state is MatchState.WAITING for one in world.matches.reviews.values()):
                self.happenings.confirm_matches()
            else:
                return
        raise Violation("the work doesn't come to an end")

    def _let_a_night_pass(self) -> datetime:
        """The night's full passes; what was held for a person is held on, or allowed. Gives when it was."""
        world = self.world
        night = night_of(AGREEMENT, world.now() + timedelta(days=1))
        world.steps.advance(max(world.now(), night) + timedelta(minutes=1))
        for _ in range(3):
            # The lease of one that died may not have lapsed, and a pass from before goes on first.
            world.schedule()
            self._come_to_rest()
            if self.watch.is_read_since(night):
                break
            world.steps.advance(world.now() + SCHEDULE)
        if world.chance.random() < 0.5:
            for stream in IMPORT_STREAMS:
                world.confirm_held(stream)
            self._come_to_rest()
            if any(world.cursor(stream).held for stream in IMPORT_STREAMS):
                raise Violation("a run is held though a person allowed it")
        return night

    def _stay_quiet(self) -> None:
        """Nothing is written any more, but a number that two records carry: each is the latest to change."""
        world = self.world
        before = len(world.smartday.upserts)
        for full in (False, True):
            for stream in IMPORT_STREAMS:
                world.queue.send(AGREEMENT, stream, full)
            self._come_to_rest()
        carried = Counter(number for stream in IMPORT_STREAMS for _, number, _ in world.found(stream))
        again = [one.external_number for one in world.smartday.upserts[before:]]
        if any(carried[number] < 2 for number in again):
            raise Violation(f"{again} are written though nothing changed")
        for stream in IMPORT_STREAMS:
            run = world.cursor(stream).run
            if run is None or run.state is RunState.RUNNING:
                raise Violation(f"{stream} don't come to an end: {run}")

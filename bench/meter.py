"""Processor time by part of the work, thread by thread: a part that calls another one isn't charged for it.

Decision: what the parts are is said from outside, by wrapping functions of the connector while a benchmark
runs. A wrapped call costs about a microsecond, which is in the figures.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from time import thread_time
from typing import Any

REST = "rest"
"""Whatever is in no part."""


@dataclass
class _Track:
    """Where one thread is, and what it has spent (seconds)."""

    part: str = REST
    since: float = field(default_factory=thread_time)
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


class Meter:
    """Seconds of processor time of all threads, by part."""

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._lock = threading.Lock()
        self._here = threading.local()

    def take(self) -> dict[str, float]:
        """What was spent since the last time; other threads of the work must have ended."""
        self._switch(REST)
        taken: defaultdict[str, float] = defaultdict(float)
        with self._lock:
            for track in self._tracks:
                for part, seconds in track.spent.items():
                    taken[part] += seconds
                track.spent.clear()
        return taken

    def calls(self, owner: Any, part: str, *names: str) -> None:
        """Charge `part` with these functions of a module or methods of a class."""
        for name in names:
            setattr(owner, name, self._timed_call(getattr(owner, name), part))

    def iterators(self, owner: Any, part: str, *names: str) -> None:
        """Charge `part` with each step of the iterators that these functions or methods give."""
        for name in names:
            setattr(owner, name, self._timed_iterator(getattr(owner, name), part))

    def _timed_call(self, work: Callable[..., Any], part: str) -> Callable[..., Any]:
        @wraps(work)
        def timed(*given: Any, **named: Any) -> Any:
            before = self._switch(part)
            try:
                return work(*given, **named)
            finally:
                self._switch(before)

        return timed

    def _timed_iterator(self, work: Callable[..., Any], part: str) -> Callable[..., Any]:
        @wraps(work)
        def timed(*given: Any, **named: Any) -> Iterator[Any]:
            iterator = work(*given, **named)
            while True:
                before = self._switch(part)
                try:
                    item = next(iterator)
                except StopIteration:
                    return
                finally:
                    self._switch(before)
                yield item

        return timed

    def _switch(self, part: str) -> str:
        """This thread works on `part` from now on; gives what it worked on."""
        track: _Track = getattr(self._here, "track", None) or self._begin()
        now = thread_time()
        track.spent[track.part] += now - track.since
        before, track.part, track.since = track.part, part, now
        return before

    def _begin(self) -> _Track:
        track = self._here.track = _Track()
        with self._lock:
            self._tracks.append(track)
        return track

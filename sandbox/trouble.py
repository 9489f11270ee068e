"""What goes wrong during `make soak`: one call in five fails, and workers of functions are killed.

Decision: only processes that the engine started for a function are killed, told by its process group and by
the function's name in their environment, through a handle that can't come to mean another process (Linux).
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any, Self

from sandbox.figures import StandIns
from sandbox.toolchain import ToolError

FAILING = 0.2
"""The share of all upstream calls that fails."""

LATE_SECONDS = 6
"""An effect that comes so long after the caller gave up; well within the soak's settle time."""

HANG_SECONDS = 3

FAULTS: tuple[dict[str, Any], ...] = (
    {"name": "reset", "when": "before"},
    {"name": "reset", "when": "after"},
    {"name": "status", "status": 500, "when": "before"},
    {"name": "status", "status": 503, "when": "after"},
    {"name": "late_effect", "seconds": LATE_SECONDS},
    {"name": "html", "when": "after"},
    {"name": "cut_body"},
    {"name": "status", "status": 429, "retry_after": 1},
    {"name": "reset_while_reading"},
    {"name": "timeout", "seconds": HANG_SECONDS, "when": "after"},
)
ERP_FAULTS: tuple[dict[str, Any], ...] = (*FAULTS, {"name": "unauthenticated"})

VICTIMS = {
    "CreateOrderFunction": 2,
    "ImportMasterDataFunction": 0,
    "ReconcileTasksFunction": 0,
    "DispatchFunction": 0,
}
"""Logical ids, and how many workers are left at work: on a slow machine a start takes longer than a pause.
What a browser waits for (`activate_integration`) and the intake are left alone."""

PAUSES = (3.0, 7.0)
"""Seconds between two kills."""


def plant(stand_ins: StandIns) -> None:
    """Let `FAILING` of all calls to both stand-ins fail, each way equally often."""
    for ask, faults in ((stand_ins.smartday, FAULTS), (stand_ins.erp, ERP_FAULTS)):
        share = FAILING / len(faults)
        for place, fault in enumerate(faults):
            # The stand-in asks one fault after the other, so a later one sees only what the others left.
            probability = share / (1 - place * share)
            ask("POST", "/faults", operation="*", times=None, probability=probability, **fault)


def clear(stand_ins: StandIns) -> Counter[str]:
    """End all faults; gives how often each hit, and under `calls` how many calls there were."""
    hit: Counter[str] = Counter()
    for ask in (stand_ins.smartday, stand_ins.erp):
        planted = ask("GET", "/faults")["faults"]
        hit.update({one["name"]: 0 for one in planted})
        for one in planted:
            hit[one["name"]] += one["hits"]
        hit["calls"] += max(one["seen"] for one in planted)
        ask("DELETE", "/faults")
    return hit


class Killer:
    """Kills a random worker of the functions every few seconds, as long as the block runs.

    `functions` is function name → how many of its workers are left alone; `engine` the engine's process id.
    `kills` counts by function name.
    """

    def __init__(
        self, engine: int, functions: Mapping[str, int], seed: int, pauses: tuple[float, float] = PAUSES
    ) -> None:
        if not hasattr(os, "pidfd_open") or not Path("/proc/self/environ").exists():
            raise ToolError(f"The soak kills processes by Linux's pidfd; {sys.platform} has none.")
        self._engine = engine
        self._functions = functions
        self._chance = Random(seed)
        self._pauses = pauses
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.kills: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._chance.uniform(*self._pauses)):
            if victims := self._victims():
                self._kill(self._chance.choice(victims))

    def _victims(self) -> list[int]:
        at_work: dict[str, list[int]] = {name: [] for name in self._functions}
        for entry in sorted(Path("/proc").iterdir()):
            function = self._function_of(int(entry.name)) if entry.name.isdecimal() else None
            if function and _has_started(entry):
                at_work[function].append(int(entry.name))
        return [
            one
            for name, workers in at_work.items()
            if len(workers) > self._functions[name]
            for one in workers
        ]

    def _kill(self, process_id: int) -> None:
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(process_id)
            try:
                # Asked again now that the handle holds the process: its number can't be given anew.
                function = self._function_of(process_id)
                if function:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    self.kills[function] += 1
            finally:
                os.close(handle)

    def _function_of(self, process_id: int) -> str | None:
        """The name of the process' function; None for everything that is no worker of one of ours."""
        try:
            if process_id == self._engine or os.getpgid(process_id) != self._engine:
                return None
            environment = (
                Path(f"/proc/{process_id}/environ").read_bytes().decode(errors="replace").split("\0")
            )
        except OSError:
            return None
        names = [one.partition("=")[2] for one in environment if one.startswith("AWS_LAMBDA_FUNCTION_NAME=")]
        return names[0] if names and names[0] in self._functions else None


def _has_started(entry: Path) -> bool:
    """True once the process is connected to something: a worker is from its first event on. When one dies
    before, the engine ends all of that function, and on a slow machine none would ever get to work.
    """
    with suppress(OSError):
        return any(str(one.readlink()).startswith("socket:") for one in (entry / "fd").iterdir())
    return False

"""What an import may cost, and whether it does.

Decision: counts of calls and writes decide how the benchmark ends, since they are the same on every machine;
time and memory are said only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Taken = Mapping[str, Any]
"""One pass, as `import_passes` gives it."""

STREAMS = 2
READS_OF_NOTHING_NEW = 3
"""Calls to the ERP per stream."""

WRITES = re.compile(r"\.(bring|claim|end|forget|put|refuse|release|save|swap)")
"""Methods of stores that write, by how their names begin."""

CALLS_RATIO, READ_RATIO, PROCESSOR_RATIO, WALL_RATIO = 50, 10, 8, 5
"""So many times less than the straightforward way, reading against zeep."""

FIRST_US, UNCHANGED_US = 250, 100
PEAK_MB, PEAK_GROWTH = 256, 1.2
LINEAR = 1.3
"""A record of ten times as many may cost so much more; the clock is not that exact."""


def spent_us(taken: Taken, part: str | None = None) -> float:
    """Microseconds of processor time a record, of one part or altogether."""
    seconds = taken["parts"][part] if part else taken["processor"]
    return float(seconds / taken["seen"] * 1_000_000)


def upstream(taken: Taken) -> int:
    """Calls to both sides."""
    return sum(sum(taken[side].values()) for side in ("erp", "smartday"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target; `is_exact` when no clock decides it."""

    what: str
    target: str
    found: str
    missed: bool
    is_exact: bool

    @property
    def line(self) -> str:
        """For people."""
        return f"{'MISSED' if self.missed else 'met':<6}  {self.what}: {self.found} (target {self.target})"


@dataclass(frozen=True, slots=True)
class Measured:
    """A whole run: customers → what `import_passes` and `import_plainly` say; what `import_reading` says."""

    imports: Mapping[int, Mapping[str, Any]]
    plain: Mapping[int, Mapping[str, Any]]
    reading: Mapping[str, float]

    def compared(self, customers: int) -> dict[str, tuple[float, float]]:
        """What the first import cost: the connector's figure, and the straightforward way's."""
        own, other = self.imports[customers]["passes"][0], self.plain[customers]
        return {
            "calls to both sides": (upstream(own), other["calls"]),
            "processor time, s": (own["processor"], other["processor"]),
            "wall time, s": (own["wall"], other["wall"]),
        }

    @property
    def ratios(self) -> dict[str, float]:
        """How many times less the connector needs; of whole imports at the largest size done both ways."""
        compared = self.compared(max(self.plain))
        calls, processor, wall = (other / own for own, other in compared.values())
        return {
            "read_vs_zeep": self.reading["zeep_us"] / self.reading["stream_us"],
            "cpu_vs_plain": processor,
            "wall_vs_plain": wall,
            "calls_vs_plain": calls,
        }


def judge(found: Measured) -> list[Verdict]:
    """All targets, the exact ones of each size first."""
    exact = [one for customers, taken in found.imports.items() for one in _exact(customers, taken["passes"])]
    return [*exact, *_compared(found), *_clocked(found)]


def _exact(customers: int, passes: list[Taken]) -> Iterator[Verdict]:
    first, unchanged, changed, nothing = passes
    size, records = f"{customers:,}", customers + customers // 2

    def verdict(what: str, target: str, found: object, is_met: bool) -> Verdict:
        return Verdict(f"{size}: {what}", target, str(found), not is_met, is_exact=True)

    yield verdict("records seen at first", str(records), first["seen"], first["seen"] == records)
    calls = sum(unchanged["smartday"].values())
    yield verdict("unchanged, calls to Smartday", "0", calls, calls == 0)
    writes = _writes(unchanged)
    yield verdict("unchanged, table writes but the run's own", "0", writes, writes == 0)
    yield verdict(
        "1 % changed, those records written and no other",
        "yes",
        f"{changed['written']} written",
        changed["written_right"] and changed["written"] > 0,
    )
    reads = sum(nothing["erp"].values())
    allowed = STREAMS * READS_OF_NOTHING_NEW
    yield verdict("nothing new, calls to the ERP", f"≤ {allowed}", reads, reads <= allowed)
    writes = sum(nothing["smartday"].values()) + _writes(nothing)
    yield verdict(
        "nothing new, calls to Smartday and table writes but the run's own", "0", writes, writes == 0
    )


def _writes(taken: Taken) -> int:
    """Items and calls that write, but for the cursors with the run, and what it set aside."""
    written: int = taken["tables"].get("bindings.items", 0)
    for call, count in taken["stores"].items():
        if call != "results.put" and WRITES.search(call):
            written += count
    return written


def _compared(found: Measured) -> Iterator[Verdict]:
    ratios = found.ratios
    wanted = (
        ("calls_vs_plain", CALLS_RATIO),
        ("read_vs_zeep", READ_RATIO),
        ("cpu_vs_plain", PROCESSOR_RATIO),
        ("wall_vs_plain", WALL_RATIO),
    )
    for name, least in wanted:
        ratio = ratios[name]
        yield Verdict(name, f"≥ {least} ×", f"{ratio:.1f} ×", ratio < least, name == "calls_vs_plain")


def _clocked(found: Measured) -> Iterator[Verdict]:
    large = max(found.imports)
    first, unchanged, *_ = found.imports[large]["passes"]
    peak = found.imports[large]["peak_rss_mb"]
    for what, value, most in (
        ("first import, µs a record", spent_us(first), FIRST_US),
        ("unchanged, µs a record", spent_us(unchanged), UNCHANGED_US),
        ("peak memory, MB", peak, PEAK_MB),
    ):
        yield Verdict(f"{large:,}: {what}", f"≤ {most}", f"{value:.0f}", value > most, is_exact=False)
    smaller = [customers for customers in found.imports if customers < large]
    if smaller:
        before = found.imports[max(smaller)]
        for what, ratio, limit in (
            ("peak memory", peak / before["peak_rss_mb"], PEAK_GROWTH),
            ("µs a record", spent_us(first) / spent_us(before["passes"][0]), LINEAR),
        ):
            text = f"{large:,} against {max(smaller):,}: {what}"
            yield Verdict(text, f"< {limit} ×", f"{ratio:.2f} ×", ratio >= limit, is_exact=False)

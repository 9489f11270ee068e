"""The import's benchmark: what it charges to which part, and which target it finds missed."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from time import thread_time
from types import SimpleNamespace
from typing import Any

import pytest

from bench.import_targets import Measured, judge
from bench.meter import Meter
from bench.store_calls import counted


def busy(seconds: float) -> None:
    end = thread_time() + seconds
    while thread_time() < end:
        pass


def test_a_part_is_not_charged_for_another_that_it_calls() -> None:
    def compare() -> None:
        busy(0.03)
        work.write()

    meter, work = Meter(), SimpleNamespace(compare=compare, write=partial(busy, 0.01))
    meter.calls(work, "write", "write")
    meter.calls(work, "compare", "compare")
    work.compare()
    spent = meter.take()
    assert spent["write"] == pytest.approx(0.01, abs=0.009)
    assert spent["compare"] == pytest.approx(0.03, abs=0.009)
    assert meter.take()["compare"] == 0


def test_each_step_of_an_iterator_is_charged_and_what_is_done_between_is_not() -> None:
    def read() -> Iterator[int]:
        for place in range(2):
            busy(0.01)
            yield place

    meter, work = Meter(), SimpleNamespace(read=read)
    meter.iterators(work, "read", "read")
    for _ in work.read():
        busy(0.02)
    spent = meter.take()
    assert spent["read"] == pytest.approx(0.02, abs=0.009)
    assert spent["rest"] == pytest.approx(0.04, abs=0.019)


def test_calls_of_a_store_are_counted_by_name() -> None:
    class Store:
        def get(self) -> int:
            return self._inner()

        def _inner(self) -> int:
            return 7

    calls: Counter[str] = Counter()
    assert counted(Store(), "tasks", calls).get() == 7
    assert calls == {"tasks.get": 1}


def taken(**changed: Any) -> dict[str, Any]:
    plain = {
        "seen": 1500,
        "written": 0,
        "wall": 1.0,
        "processor": 0.1,
        "erp": {"GetProducts": 2},
        "smartday": {},
        "tables": {"cursors.items": 10},
        "stores": {"integrations.get": 9, "results.put": 2},
        "written_right": True,
    }
    return plain | changed


def measured(*passes: dict[str, Any]) -> Measured:
    plain = {"calls": 1600, "processor": 1.0, "wall": 10.0}
    reading = {"stream_us": 20.0, "zeep_us": 260.0}
    return Measured({1000: {"passes": passes, "peak_rss_mb": 90.0}}, {1000: plain}, reading)


FIRST, UNCHANGED, CHANGED, NOTHING_NEW = (
    taken(written=1458),
    taken(),
    taken(seen=17, written=15),
    taken(seen=15),
)


def missed(*passes: dict[str, Any]) -> set[str]:
    return {one.what for one in judge(measured(*passes)) if one.missed and one.is_exact}


def test_targets_that_are_met_are_not_missed() -> None:
    assert [one.line for one in judge(measured(FIRST, UNCHANGED, CHANGED, NOTHING_NEW)) if one.missed] == []


def test_a_call_or_a_write_too_many_is_missed_whatever_the_clock_says() -> None:
    assert missed(FIRST, taken(smartday={"batch_customers": 1}), CHANGED, NOTHING_NEW) == {
        "1,000: unchanged, calls to Smartday"
    }
    assert missed(FIRST, taken(tables={"bindings.items": 1}), CHANGED, NOTHING_NEW) == {
        "1,000: unchanged, table writes but the run's own"
    }
    assert missed(FIRST, UNCHANGED, CHANGED, taken(stores={"tasks.save": 1})) == {
        "1,000: nothing new, calls to Smartday and table writes but the run's own"
    }
    assert missed(FIRST, UNCHANGED, CHANGED | {"written_right": False}, NOTHING_NEW) == {
        "1,000: 1 % changed, those records written and no other"
    }
    assert missed(FIRST, UNCHANGED, CHANGED, taken(erp={"GetProducts": 7})) == {
        "1,000: nothing new, calls to the ERP"
    }


def test_a_slow_machine_misses_a_target_and_does_not_fail_for_it() -> None:
    slow = FIRST | {"processor": 60.0}
    assert missed(slow, UNCHANGED, CHANGED, NOTHING_NEW) == set()
    assert any(one.missed for one in judge(measured(slow, UNCHANGED, CHANGED, NOTHING_NEW)))

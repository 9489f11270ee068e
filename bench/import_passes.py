"""One process: the connector imports both registers four times, and says what each pass took.

`python -m bench.import_passes <places>` prints one line of JSON: `passes` and `peak_rss_mb`.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from bench.import_ports import AGREEMENT, TableCalls, import_ports
from bench.meter import Meter
from bench.surroundings import Arrivals, Places, peak_megabytes, places_given
from connector.adapters.dynamodb.bindings import DynamoBindingStore
from connector.adapters.smartday.client import BridgeFieldService
from connector.adapters.twentyfoursevenoffice.client import TwentyFourSevenOffice
from connector.domain.binding import Binding, Kind
from connector.domain.stream import Run, RunState, Stream
from connector.usecases import import_master_data as use_case
from connector.usecases import import_registers, worklist
from connector.usecases.import_pass import ImportPorts

INVOCATION = timedelta(seconds=300)
"""The function's time-out in the template."""

EACH = 100
"""One record in so many is changed."""

STREAMS = (Stream.CUSTOMERS, Stream.PRODUCTS)
PARTS = ("read", "map", "compare", "write")


@dataclass(frozen=True, slots=True)
class Taken:
    """One pass over both registers. Times in seconds; `processor` is all of this process, `parts` what of it
    is which part; calls by operation, `stores` those of the stores in memory. `written_right` is false when
    other records were written than should.
    """

    name: str
    seen: int
    written: int
    unchanged: int
    wall: float
    processor: float
    parts: dict[str, float]
    erp: dict[str, int]
    smartday: dict[str, int]
    tables: dict[str, int]
    stores: dict[str, int]
    written_right: bool = True


class Passes:
    """Takes passes one after the other."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._arrivals = Arrivals(places)
        tables = places.tables
        self._store_calls: Counter[str] = Counter()
        self._ports: ImportPorts = import_ports(places, tables, self._store_calls)
        self._table_calls = TableCalls(tables)
        self._meter = Meter()
        self.peak_mb = 0.0
        _measure(self._meter)

    def all(self) -> list[Taken]:
        """First, unchanged, 1 % changed, nothing new; `peak_mb` is that of the first two, which read
        everything. What checks the third holds all bindings itself.
        """
        first = self._take("first import", full=False)
        unchanged = self._take("unchanged, full", full=True)
        self.peak_mb = peak_megabytes()
        before = self._bound()
        changed = self._change(before)
        some = self._take("1 % changed", full=False, right=lambda: self._written_since(before) == changed)
        return [first, unchanged, some, self._take("nothing new", full=False)]

    def _take(self, name: str, full: bool, right: Callable[[], bool] = lambda: True) -> Taken:
        self._table_calls.take()
        self._store_calls.clear()
        before = self._arrivals.now()
        self._meter.take()
        processor, wall = time.process_time(), time.perf_counter()
        runs = [_import(self._ports, stream, full) for stream in STREAMS]
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
        parts, tables, after = self._meter.take(), self._table_calls.take(), self._arrivals.now()
        arrived = {side: dict(after[side] - before[side]) for side in after}
        return Taken(
            name,
            sum(run.seen for run in runs),
            sum(run.written for run in runs),
            sum(run.unchanged for run in runs),
            wall,
            processor,
            {part: parts.get(part, 0.0) for part in PARTS},
            arrived["erp"],
            arrived["smartday"],
            dict(tables),
            dict(self._store_calls),
            right(),
        )

    def _bound(self) -> dict[tuple[Kind, str], Binding]:
        bindings = self._ports.bindings
        return {(kind, one.number): one for kind in Kind for one in bindings.all(AGREEMENT, kind)}

    def _change(self, bound: dict[tuple[Kind, str], Binding]) -> set[tuple[Kind, str]]:
        """Give each hundredth record in use another name in the ERP; says which."""
        chosen: set[tuple[Kind, str]] = set()
        for kind, path in ((Kind.CUSTOMERS, "companies"), (Kind.PRODUCTS, "products")):
            in_use = (one for (of, _), one in bound.items() if of is kind and one.active)
            some = sorted(in_use, key=lambda one: one.erp_id)[::EACH]
            self._arrivals.change_in_erp(
                path, [{"Id": one.erp_id, "Name": f"Endret {one.erp_id}"} for one in some]
            )
            chosen |= {(kind, one.number) for one in some}
        return chosen

    def _written_since(self, before: dict[tuple[Kind, str], Binding]) -> set[tuple[Kind, str]]:
        return {key for key, one in self._bound().items() if before.get(key) != one}


def _import(ports: ImportPorts, stream: Stream, full: bool) -> Run:
    """Messages until the run is finished."""
    for message in range(1000):
        deadline = ports.clock() + INVOCATION
        owner = f"bench/{stream}/{message}"
        run = use_case.import_master_data(ports, AGREEMENT, stream, full and message == 0, owner, deadline)
        if run is not None and run.state is RunState.FINISHED:
            return run
        if run is None or run.state is not RunState.RUNNING or run.error is not None:
            raise RuntimeError(f"the import of {stream} ended otherwise: {run}")
    raise RuntimeError(f"the import of {stream} doesn't end")


def _measure(meter: Meter) -> None:
    """Say what belongs to which part. The rest: the run's row, its checks, requests and threads."""
    changes = ("changed_customers", "changed_products")
    meter.iterators(TwentyFourSevenOffice, "read", *changes, "read_customers", "read_products")
    meter.calls(import_registers, "map", "to_customer", "to_product")
    meter.calls(use_case, "compare", "read_slice")  # what is neither read nor mapped in it
    meter.calls(worklist.Worklist, "compare", "add_listed", "add_bound", "count_after", "slice_after")
    meter.calls(worklist.Worklist, "compare", "carried_twice", "count_absent", "count_bound", "take_absent")
    meter.iterators(DynamoBindingStore, "compare", "all")
    meter.calls(use_case, "write", "write_parts", "retire")
    writes = ("upsert_customers", "upsert_products", "retire_customers", "retire_products")
    meter.calls(BridgeFieldService, "write", *writes)  # in threads of their own


def main() -> None:
    """Take the passes and print them."""
    passes = Passes(places_given())
    taken = [asdict(one) for one in passes.all()]
    print(json.dumps({"passes": taken, "peak_rss_mb": passes.peak_mb}))


if __name__ == "__main__":
    main()

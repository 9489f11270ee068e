"""A pass that stops at a bad moment, while the ERP goes on: what was half done is put right by the next."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from connector.domain.binding import Kind
from connector.domain.import_result import Outcome, Result
from connector.domain.integration import ErpCompany
from connector.domain.master_data import ErpCustomer, ErpProduct
from connector.domain.pace import Pace
from connector.domain.stream import RunState, Stream
from connector.errors import RetryLater, Side, Throttled
from connector.ports import Changes
from tests.fakes.erp import MemoryErp, nothing
from tests.fakes.import_stores import MemoryImportResultStore
from tests.fakes.queues import SentStream
from tests.unit.usecases.importing import (
    AGREEMENT,
    CUSTOMERS,
    LONG_AGO,
    PRODUCTS,
    Killed,
    World,
    raising_at,
)

AWAY = timedelta(minutes=8)


@dataclass
class DyingResults(MemoryImportResultStore):
    """The worker dies when the first results are stored."""

    deaths: list[Killed] = field(default_factory=lambda: [Killed()])

    def put(
        self,
        agreement_number: str,
        stream: Stream,
        run_id: str,
        place: int,
        results: Sequence[Result],
        expires_at: datetime,
    ) -> None:
        super().put(agreement_number, stream, run_id, place, results, expires_at)
        if self.deaths:
            raise self.deaths.pop()


@dataclass
class WatchedErp(MemoryErp):
    """Lets something happen before details of customers are read."""

    on_read: Callable[[], None] = nothing

    def read_customers(self, ids: Sequence[int]) -> Iterator[ErpCustomer]:
        self.on_read()
        return super().read_customers(ids)


@dataclass
class SlowErp(MemoryErp):
    """Lists one customer a page; `on_page` is called before each."""

    on_page: Callable[[], None] = nothing

    def changed_customers(self, since: datetime | None) -> Iterator[Changes]:
        for change in self.customer_changes.values():
            self.on_page()
            yield Changes((change,), self.clock())


class MovingWorld(World):
    """The integration goes to another company while an import waits."""

    def move(self) -> None:
        stored = self.integrations.integrations[AGREEMENT]
        self.integrations.save(replace(stored, erp_company=ErpCompany("ny", "Ny AS")))

    def rest_smartday(self) -> None:
        self.smartday.current_pace = Pace(blocked_until=self.now + timedelta(minutes=1))

    def wait(self, span: timedelta) -> None:
        self.move()
        super().wait(span)


@pytest.fixture
def world() -> World:
    return World()


def state_of(world: World, number: int) -> str:
    return world.smartday.customers_by_number[str(number)].state


def test_what_a_worker_sent_before_it_died_goes_out_of_use_when_the_erp_drops_it(world: World) -> None:
    world.put(1, 2, 3)
    world.smartday.fail("upsert_customers", Killed(), after_effect=True)
    with pytest.raises(Killed):
        world.run()
    world.erp.remove_customer(2)
    world.erp.put_customer(world.erp.customers[3], active=False)
    world.run()
    assert world.run(full=True).state is RunState.FINISHED
    assert [state_of(world, one) for one in (1, 2, 3)] == ["active", "inactive", "inactive"]


def test_what_comes_back_after_a_worker_died_making_it_inactive_is_in_use_again(world: World) -> None:
    world.put(1, 2)
    world.run()
    card = world.erp.customers[2]
    world.erp.remove_customer(2)
    world.smartday.fail("retire_customers", Killed(), after_effect=True)
    with pytest.raises(Killed):
        world.run(full=True)
    assert state_of(world, 2) == "inactive"
    world.erp.put_customer(card)
    world.run()
    assert state_of(world, 2) == "active"


def test_a_product_that_smartday_keeps_in_use_goes_out_of_use_after_the_erp_dropped_it(world: World) -> None:
    world.erp.put_product(ErpProduct(501, "T100", "Montør"), LONG_AGO)
    world.run(PRODUCTS)
    world.smartday.rejections["T100"] = "in_use"
    world.erp.put_product(ErpProduct(501, "T100", "Montør", active=False))
    assert world.run(PRODUCTS).rejected == 1
    assert not world.bindings.get(AGREEMENT, Kind.PRODUCTS, ["T100"])["T100"].is_usable
    del world.erp.products[501], world.erp.product_changes[501]
    world.smartday.rejections.clear()
    assert world.run(PRODUCTS, full=True).deactivated == 1
    assert world.smartday.products_by_number["T100"].state == "inactive"


def test_what_smartday_refuses_to_make_inactive_is_counted_once(world: World) -> None:
    world.put(*range(1, 1_501))
    world.run()
    for one in range(101, 126):
        world.erp.remove_customer(one)
    world.smartday.rejections["101"] = "in_use"
    world.smartday.on_retire = raising_at(RetryLater("smartday_unreachable"), 2)
    assert world.run(full=True).error == "smartday_unreachable"
    world.smartday.on_retire = nothing
    run = world.run()
    assert (run.state, run.rejected, run.deactivated) == (RunState.FINISHED, 1, 24)
    assert world.results.page(AGREEMENT, run.run_id, None).results == (
        Result(Outcome.REJECTED, "101", 101, "in_use"),
    )


def test_a_part_that_is_done_again_leaves_no_results_of_the_first_time(world: World) -> None:
    world.results = DyingResults(lambda: world.now)
    world.put(1, 2)
    world.erp.put_customer(ErpCustomer(3, "Grossist", type="Supplier"), LONG_AGO)
    with pytest.raises(Killed):
        world.run()
    world.put(3)
    run = world.run()
    assert (run.state, run.written, run.set_aside) == (RunState.FINISHED, 1, 0)
    assert world.results.page(AGREEMENT, run.run_id, None).results == ()


def test_a_full_pass_that_is_asked_for_waits_as_long_as_the_one_under_way_stays_away(world: World) -> None:
    world.put(1)
    world.run()
    world.erp.fail("changed_customers", Throttled(Side.ERP, world.now + AWAY), times=2)
    for full in (False, True):
        assert world.run(full=full).state is RunState.RUNNING
        assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS, False, AWAY)]
    assert world.run().state is RunState.FINISHED
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS, full=True)]
    assert world.run(full=True).full


def test_nothing_is_written_or_bound_once_the_company_changed_during_a_wait() -> None:
    world = MovingWorld()
    world.erp = WatchedErp(lambda: world.now, on_read=world.rest_smartday)
    world.put(1, 2)
    world.run()
    assert (world.smartday.upserts, world.bindings.bindings) == ([], {})


def test_nothing_is_bound_unwritten_once_the_company_changed_while_a_slice_was_read() -> None:
    world = MovingWorld()
    world.set(import_customers=False)
    world.erp = WatchedErp(lambda: world.now, on_read=world.move)
    world.put(1, 2)
    world.run()
    assert world.bindings.bindings == {}


def test_a_list_that_no_invocation_has_time_for_is_no_endless_work(world: World) -> None:
    world.erp = SlowErp(lambda: world.now, on_page=lambda: world.wait(timedelta(seconds=30)))
    world.put(*range(1, 21))
    assert world.run().error == "erp_list_too_slow"
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS, delay=timedelta(minutes=15))]


def test_a_list_is_read_by_an_invocation_of_its_own_when_this_one_has_little_time(world: World) -> None:
    world.erp = SlowErp(lambda: world.now, on_page=lambda: world.wait(timedelta(seconds=30)))
    world.put(1, 2, 3)
    assert world.run(left=timedelta(seconds=100)).error is None
    assert world.queue.take() == [SentStream(AGREEMENT, CUSTOMERS)]
    assert world.run().state is RunState.FINISHED

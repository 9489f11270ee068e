"""What becomes of each record of a slice: written, equal, set aside, rejected; and which id a number has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from connector.domain.binding import Binding, Kind
from connector.domain.master_data import ErpCustomer, ErpProduct
from connector.domain.settings import Settings
from connector.errors import RetryLater
from connector.ports import Changes
from connector.usecases.import_registers import CUSTOMERS, PRODUCTS, SLICE, R, Register
from connector.usecases.import_slice import Part, Reading, read_slice
from connector.usecases.import_write import Writing, write_parts
from connector.usecases.worklist import Worklist
from tests.builders import heard
from tests.fakes.erp import MemoryErp, nothing
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.import_stores import one_by_one
from tests.fakes.stores import MemoryBindingStore

AGREEMENT = "104477"
NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)


@dataclass
class World:
    """Both sides and the bindings; `changes` replaces what the ERP lists."""

    erp: MemoryErp = field(default_factory=lambda: MemoryErp(clock=lambda: NOW))
    smartday: MemoryFieldService = field(default_factory=MemoryFieldService)
    bindings: MemoryBindingStore = field(default_factory=MemoryBindingStore)
    changes: Changes | None = None

    def read(self, register: Register[R], since: datetime | None = None, after: int = 0) -> list[Part[R]]:
        """One slice of what is listed, from the id after that one on."""
        worklist = Worklist(register.kind)
        worklist.add_listed((self.changes or heard(register.changes(self.erp, since))).entries)
        known = partial(self.bindings.get, AGREEMENT, register.kind)
        twice = worklist.carried_twice()
        reading = Reading(register, self.erp, Settings(), known, worklist.numbers, twice)
        return read_slice(reading, worklist.slice_after(after, SLICE))

    def take(self, register: Register[R], since: datetime | None = None) -> dict[str, int]:
        """Read and write; gives what became of how many."""
        parts = self.read(register, since)
        writing = Writing(register, AGREEMENT, self.smartday, self.bindings, one_by_one, nothing, ignored)
        rejected = sum(len(one.rejected) for part in parts for one in write_parts(writing, [part]))
        fresh = sum(len(one.fresh) for one in parts)
        found = {
            "written": fresh - rejected,
            "unchanged": sum(one.unchanged for one in parts),
            "set_aside": sum(len(one.aside) for one in parts),
            "rejected": rejected,
        }
        assert sum(found.values()) == sum(one.seen for one in parts)
        return {what: count for what, count in found.items() if count}

    def product(self, erp_id: int, number: str, at: datetime = NOW, name: str = "Vare") -> None:
        self.erp.put_product(ErpProduct(erp_id, number, name), at)

    def id_of(self, number: str, kind: Kind = Kind.PRODUCTS) -> int | None:
        found = self.bindings.get(AGREEMENT, kind, [number])
        return found[number].erp_id if found else None

    def fingerprint(self, number: str) -> str:
        return self.bindings.get(AGREEMENT, Kind.PRODUCTS, [number])[number].fingerprint


def ignored(_: object) -> None:
    """Nobody dies here."""


@dataclass
class RenamingErp(MemoryErp):
    """Shows `instead` when details are read: changed since the list was made."""

    instead: dict[int, ErpProduct] = field(default_factory=dict)

    def read_products(self, ids: Sequence[int]) -> Iterator[ErpProduct]:
        return (self.instead.get(one.id, one) for one in super().read_products(ids))


@pytest.fixture
def world() -> World:
    return World()


def test_a_product_is_written_and_bound_to_the_erps_id(world: World) -> None:
    world.product(501, "T100")
    assert world.take(PRODUCTS) == {"written": 1}
    assert world.smartday.products_by_number["T100"].name == "Vare"
    assert world.id_of("T100") == 501


def test_a_customer_is_bound_by_its_id_and_takes_over_whether_it_is_in_use(world: World) -> None:
    world.erp.put_customer(ErpCustomer(10021, "Sørvik Rør AS", type="Business", active=False), NOW)
    assert world.take(CUSTOMERS) == {"written": 1}
    (binding,) = world.bindings.all(AGREEMENT, Kind.CUSTOMERS)
    assert (binding.number, binding.erp_id, binding.active) == ("10021", 10021, False)


def test_what_is_equal_is_not_written_again(world: World) -> None:
    world.product(501, "T100")
    world.take(PRODUCTS)
    world.product(502, "T150")
    assert world.take(PRODUCTS) == {"written": 1, "unchanged": 1}
    assert [one.external_number for one in world.smartday.upserts] == ["T100", "T150"]


def test_records_that_can_not_be_written_are_set_aside(world: World) -> None:
    world.product(501, "")
    world.product(502, "")
    world.product(503, "T100", name=" ")
    world.product(504, "T150")
    assert world.take(PRODUCTS) == {"written": 1, "set_aside": 3}
    world.erp.put_customer(ErpCustomer(1, "Grossist AS", type="Supplier"), NOW)
    assert world.take(CUSTOMERS) == {"set_aside": 1}


def test_numbers_that_are_too_long_are_told_apart_but_told_short(world: World) -> None:
    for erp_id in range(501, 1001):
        world.product(erp_id, "Ø" * 1_100 + str(erp_id))
    (part,) = world.read(PRODUCTS)
    assert {one.code for one in part.aside} == {"number_too_long"}
    assert {len(one.number) for one in part.aside} == {100}


def test_a_number_carried_twice_is_nobodys(world: World) -> None:
    for erp_id, number in ((501, "T100"), (502, "T150"), (503, "T100")):
        world.product(erp_id, number)
    assert world.take(PRODUCTS) == {"written": 1, "set_aside": 2}
    assert world.id_of("T100") is None


def test_a_record_that_the_list_names_twice_is_one_record(world: World) -> None:
    world.product(501, "T100")
    listed = heard(world.erp.changed_products(None))
    world.changes = replace(listed, entries=listed.entries * 2)
    assert world.take(PRODUCTS) == {"written": 1}


def test_a_record_that_vanished_after_the_list_is_set_aside(world: World) -> None:
    world.product(501, "T100")
    world.product(502, "T150")
    world.changes = heard(world.erp.changed_products(None))
    del world.erp.products[502]
    (part,) = world.read(PRODUCTS)
    assert (part.checkpoint, part.seen, len(part.aside)) == (502, 2, 1)


def test_a_record_that_nobody_asked_for_is_not_taken(world: World) -> None:
    world.erp = RenamingErp(instead={501: ErpProduct(999, "T999", "Fremmed")})
    world.product(501, "T100")
    assert world.take(PRODUCTS) == {"set_aside": 1}
    world.erp.put_customer(ErpCustomer(5, "Kunde", type="Business"), NOW)
    world.erp.customers[5] = ErpCustomer(6, "Fremmed", type="Business")
    assert world.take(CUSTOMERS) == {"set_aside": 1}


def test_a_record_that_smartday_rejects_is_written_again_next_time(world: World) -> None:
    world.product(501, "T100")
    world.product(502, "T150")
    world.smartday.rejections["T100"] = "name_invalid"
    assert world.take(PRODUCTS) == {"written": 1, "rejected": 1}
    assert world.fingerprint("T100") == ""
    world.smartday.rejections.clear()
    assert world.take(PRODUCTS) == {"written": 1, "unchanged": 1}


@pytest.mark.parametrize("after_effect", [True, False])
def test_after_an_unclear_answer_the_batch_is_written_again(world: World, after_effect: bool) -> None:
    world.product(501, "T100")
    world.take(PRODUCTS)
    world.product(501, "T100", name="Nytt navn")
    for _ in range(2):
        world.smartday.fail("upsert_products", RetryLater("smartday_unreachable"), after_effect=after_effect)
    with pytest.raises(RetryLater):
        world.take(PRODUCTS)
    assert world.fingerprint("T100") == ""
    world.product(501, "T100", name="Vare")
    assert world.take(PRODUCTS) == {"written": 1}, "the old content isn't taken for what Smartday has"
    assert world.smartday.products_by_number["T100"].name == "Vare"


def test_a_cut_answer_writes_nothing(world: World) -> None:
    world.product(501, "T100")
    world.product(502, "T150")
    world.erp.fail("read_products", RetryLater("erp_unreadable"), after_effect=True)
    with pytest.raises(RetryLater):
        world.take(PRODUCTS)
    assert (world.smartday.calls, world.bindings.bindings) == ({}, {})


def test_a_number_that_another_product_still_carries_stays_its_own(world: World) -> None:
    world.product(501, "T100", at=NOW - timedelta(days=9))
    world.take(PRODUCTS)
    world.product(502, "T100")
    assert world.take(PRODUCTS, since=NOW - timedelta(days=1)) == {"set_aside": 1}
    assert world.id_of("T100") == 501


@pytest.mark.parametrize("since", [None, NOW - timedelta(days=1)])
def test_a_number_that_was_given_up_earlier_may_be_taken(world: World, since: datetime | None) -> None:
    world.product(501, "T100", at=NOW - timedelta(days=9))
    world.take(PRODUCTS)
    world.product(501, "T100-GML", at=NOW - timedelta(days=5))
    world.take(PRODUCTS)
    world.product(502, "T100")
    assert world.take(PRODUCTS, since)["written"] == 1
    assert (world.id_of("T100"), world.id_of("T100-GML")) == (502, 501)


def test_two_products_may_swap_their_numbers(world: World) -> None:
    world.product(501, "A", name="Første")
    world.product(502, "B", name="Andre")
    world.take(PRODUCTS)
    world.product(501, "B", name="Første")
    world.product(502, "A", name="Andre")
    assert world.take(PRODUCTS) == {"written": 2}
    assert (world.id_of("A"), world.id_of("B")) == (502, 501)
    assert world.smartday.products_by_number["A"].name == "Andre"


def test_a_number_moves_between_products_that_are_slices_apart(world: World) -> None:
    world.product(1, "T100")
    world.take(PRODUCTS)
    world.product(1, "T100-GML")
    world.product(5000, "T100")
    parts = world.read(PRODUCTS, after=1)
    assert [one.binding.erp_id for part in parts for one in part.fresh] == [5000]
    assert world.erp.calls["read_products"] == 2, "what the list says of the owner is enough"


def test_the_number_of_a_product_out_of_use_may_be_taken(world: World) -> None:
    world.bindings.put(AGREEMENT, [Binding(Kind.PRODUCTS, "T100", 501, active=False)])
    world.product(502, "T100")
    assert world.take(PRODUCTS) == {"written": 1}
    assert world.id_of("T100") == 502


def test_a_number_that_became_double_after_the_list_is_nobodys(world: World) -> None:
    world.erp = RenamingErp(instead={502: ErpProduct(502, "T100", "Ny")})
    world.product(501, "T100")
    world.product(502, "T150")
    assert world.take(PRODUCTS) == {"set_aside": 2}


def test_parts_are_cut_after_each_hundredth_write_and_end_at_the_last_id(world: World) -> None:
    for erp_id in range(1, 252):
        world.product(erp_id, f"T{erp_id}", at=NOW - timedelta(minutes=erp_id))
    world.product(252, "")
    parts = world.read(PRODUCTS)
    assert [(one.checkpoint, len(one.fresh), len(one.aside)) for one in parts] == [
        (100, 100, 0),
        (200, 100, 0),
        (252, 51, 1),
    ]
    assert [one.newest for one in parts] == [NOW - timedelta(minutes=1), NOW - timedelta(minutes=101), NOW]


def test_a_slice_that_ends_with_its_hundredth_write_has_no_empty_part(world: World) -> None:
    for erp_id in range(1, 201):
        world.product(erp_id, f"T{erp_id}")
    assert [one.checkpoint for one in world.read(PRODUCTS)] == [100, 200]

"""A number that isn't bound is unknown only once the register of the present company was read to its end."""

import pytest

from connector.domain.binding import Kind
from connector.domain.reason import Reason
from connector.domain.stream import Cursor, Run, RunState, Stream
from tests.builders import integration
from tests.unit.usecases.ordering import AGREEMENT, World

COMPANY = integration().erp_company.id


def customers(world: World, basis: str = COMPANY, state: RunState | None = None, read: bool = False) -> None:
    """How far the register of customers was read; the task's customer isn't bound."""
    world.bindings.bindings.pop((AGREEMENT, Kind.CUSTOMERS, "10021"), None)
    run = None if state is None else Run("run-1", state, world.now)
    watermark = world.now if read else None
    world.cursors.cursors.pop((AGREEMENT, Stream.CUSTOMERS))
    world.cursors.save(Cursor(AGREEMENT, Stream.CUSTOMERS, watermark, basis=basis, run=run))


def reason(world: World) -> str | None:
    world.hear()
    return world.record.reason


@pytest.mark.parametrize("state", [None, RunState.RUNNING, RunState.FAILED])
def test_a_customer_may_still_come_until_the_first_pass_has_ended(state: RunState | None) -> None:
    world = World()
    customers(world, state=state)
    assert reason(world) == Reason.REGISTER_NOT_READ


def test_a_customer_is_unknown_when_the_register_was_read_and_found_empty() -> None:
    world = World()
    customers(world, state=RunState.FINISHED)
    assert reason(world) == Reason.CUSTOMER_UNKNOWN


def test_a_customer_is_unknown_while_a_later_pass_goes_on() -> None:
    world = World()
    customers(world, state=RunState.RUNNING, read=True)
    assert reason(world) == Reason.CUSTOMER_UNKNOWN


def test_what_was_read_of_a_former_company_says_nothing_of_the_present_one() -> None:
    world = World()
    customers(world, basis="another company", read=True)
    assert reason(world) == Reason.REGISTER_NOT_READ


@pytest.mark.parametrize(
    ("basis", "expected"),
    [(COMPANY, Reason.REGISTER_NOT_READ), (f"{COMPANY}#not_written", Reason.CUSTOMER_UNKNOWN)],
)
def test_a_register_that_is_only_looked_up_is_read_on_its_own(basis: str, expected: Reason) -> None:
    world = World()
    world.choose(import_customers=False)
    customers(world, basis=basis, read=True)
    assert reason(world) == expected

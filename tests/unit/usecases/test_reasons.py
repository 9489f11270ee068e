"""Every reason that a bookkeeper may read is given by something that really happens."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connector.domain.binding import Kind
from connector.domain.master_data import ErpCustomer, FieldCustomer
from connector.domain.order import ROWS_LIMIT, OrderKey
from connector.domain.reason import Reason
from connector.domain.settings import FieldCustomers, OpenOrderChanged, Release, ZeroValue
from connector.domain.task import Reference, Registration
from connector.domain.task_record import TaskState
from connector.errors import Refused, Side, UnknownOutcome
from tests.builders import example_task, registration
from tests.unit.usecases.ordering import AGREEMENT, SETTLE, TASK, World

LOST = UnknownOutcome(Side.ERP, "erp_timeout")
FIELD_BUYER = Reference("c-felt-1", None)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def finished(*registrations: Registration, **task: object) -> Callable[[World], None]:
    """The task is finished like this."""

    def happen(world: World) -> None:
        world.put(**({"registrations": registrations} if registrations else {}), **task)
        world.hear()

    return happen


def bound(kind: Kind, number: str, **binding: bool) -> Callable[[World], None]:
    """The register says this of a number."""

    def happen(world: World) -> None:
        (known,) = world.bindings.get(AGREEMENT, kind, [number]).values()
        world.bindings.put(AGREEMENT, [replace(known, **binding)])  # type: ignore[arg-type]
        world.hear()

    return happen


def unbound(kind: Kind) -> Callable[[World], None]:
    """The register is not there yet."""

    def happen(world: World) -> None:
        kept = [one for one in world.bindings.bindings.values() if one.kind is not kind]
        world.bindings.bindings.clear()
        world.bindings.put(AGREEMENT, kept)
        world.hear()

    return happen


def chosen(registrations: tuple[Registration, ...] = (), **settings: object) -> Callable[[World], None]:
    """With these settings."""

    def happen(world: World) -> None:
        world.choose(**settings)
        finished(*registrations)(world)

    return happen


def after_order(**task: object) -> Callable[[World], None]:
    """The task has its order, then it is changed."""

    def happen(world: World) -> None:
        world.hear()
        world.put(version=9, **task)
        world.hear(version=9)

    return happen


def field_customer(world: World) -> None:
    world.choose(field_customers=FieldCustomers.CREATE)
    world.smartday.put_field_customer(
        FieldCustomer("c-felt-1", None, "Ny Kunde AS", organisation_number="923609016")
    )
    world.put(customer=FIELD_BUYER, billing_customer=None)
    world.hear()


def ambiguous_customer(world: World) -> None:
    for number in (10050, 10051):
        world.erp.put_customer(ErpCustomer(number, "Tvilling", organisation_number="923609016"))
    field_customer(world)


def refused_customer(world: World) -> None:
    world.erp.fail("create_customer", Refused(Side.ERP, "Validation", "Name is mandatory"))
    field_customer(world)


def gone_task(world: World) -> None:
    world.smartday.remove_task(TASK)
    world.hear_for(timedelta(minutes=30))


def unreadable_task(world: World) -> None:
    world.smartday.fail("task", Refused(Side.SMARTDAY, "unreadable_task", "version"), times=None)
    world.hear_for(timedelta(minutes=30))


def changed_under_hold(world: World) -> None:
    world.choose(open_order_changed=OpenOrderChanged.HOLD)
    after_order(registrations=(registration(),))(world)


def invoiced_order(world: World) -> None:
    world.hear()
    world.erp.invoice("5001")
    world.put(version=9, registrations=(registration(),))
    world.hear(version=9)


def rows_edited_by_a_person(world: World) -> None:
    world.hear()
    row_id = world.erp.rows("5001")[0].row_id
    assert row_id is not None
    world.erp.edit_row("5001", row_id, price=Decimal(1))
    world.put(version=9, registrations=(registration(),))
    world.hear(version=9)


def gone_order(world: World) -> None:
    world.hear()
    world.erp.remove("5001")
    world.put(version=9, title="Noe annet")
    world.hear(version=9)


def total_of_another_kind(world: World) -> None:
    world.hear()
    row_id = world.erp.rows("5001")[0].row_id
    assert row_id is not None
    world.erp.on_save = lambda: world.erp.edit_row("5001", row_id, price=Decimal(1))
    more = registration(id="r-new")
    world.put(version=9, registrations=(*example_task().registrations, more))
    world.hear(version=9)


def refusal(world: World) -> None:
    world.erp.fail("save_order", Refused(Side.ERP, "Validation", "Customer is blocked"))
    world.hear()


def unknown_for_good(world: World) -> None:
    world.erp.fail("save_order", LOST, times=2)
    world.hear()
    world.hear_for(3 * SETTLE)


def twins_in_the_erp(world: World) -> None:
    world.erp.fail("save_order", LOST, after_effect=True)
    world.hear()
    world.erp.save_order(replace(world.erp.orders["5001"], key=OrderKey(AGREEMENT, TASK)))
    world.later(timedelta(hours=25))
    world.hear()


def more_rows_than_an_order_can_have(world: World) -> None:
    world.put(registrations=tuple(registration(id=f"r-{one}") for one in range(ROWS_LIMIT)))
    world.hear()


def before_the_first_import(world: World) -> None:
    world.cursors.cursors.clear()
    unbound(Kind.CUSTOMERS)(world)


def settled_by_hand(world: World) -> None:
    invoiced_order(world)
    world.decide("do_not_send", "Kari", "kreditert")


def kept_by_a_person(world: World) -> None:
    unbound(Kind.CUSTOMERS)(world)
    world.decide("do_not_send", "Kari", "garanti")


HAPPENINGS: dict[Reason, Callable[[World], None]] = {
    Reason.NOT_FINISHED: finished(status=4, outcome=None),
    Reason.ABORTED: finished(registration(billable=False), outcome="aborted"),
    Reason.FINISHED_BEFORE_START: finished(finished_at=LONG_AGO),
    Reason.ZERO_VALUE_LEFT_OUT: chosen((registration(unit_price=Decimal(0)),), zero_value=ZeroValue.IGNORE),
    Reason.TASK_GONE: gone_task,
    Reason.REOPENED: after_order(status=4, outcome=None),
    Reason.TASK_UNREADABLE: unreadable_task,
    Reason.ABORTED_WITH_BILLABLE: finished(outcome="aborted"),
    Reason.FINISH_TIME_MISSING: finished(registration(day=None), finished_at=None),
    Reason.CUSTOMER_WITHOUT_NUMBER: finished(customer=FIELD_BUYER, billing_customer=None),
    Reason.CUSTOMER_AMBIGUOUS: ambiguous_customer,
    Reason.CUSTOMER_REFUSED: refused_customer,
    Reason.CUSTOMER_UNKNOWN: unbound(Kind.CUSTOMERS),
    Reason.CUSTOMER_INACTIVE: bound(Kind.CUSTOMERS, "10021", active=False),
    Reason.CUSTOMER_BLOCKED: bound(Kind.CUSTOMERS, "10021", blocked=True),
    Reason.REGISTER_NOT_READ: before_the_first_import,
    Reason.PRODUCT_MISSING: finished(registration(has_product=False, product_number=None)),
    Reason.PRODUCT_UNKNOWN: unbound(Kind.PRODUCTS),
    Reason.PRODUCT_EXPIRED: bound(Kind.PRODUCTS, "T100", active=False),
    Reason.UNKNOWN_KIND: finished(registration(kind="rental")),
    Reason.INCOMPLETE_LINE: finished(registration(unit_price=None, net_amount=None)),
    Reason.DISCOUNT_INVALID: finished(registration(discount_percent=Decimal(101))),
    Reason.AMOUNTS_DIFFER: finished(registration(net_amount=Decimal("200.02"))),
    Reason.NOTHING_TO_INVOICE: finished(registration(billable=False)),
    Reason.TOO_MANY_ROWS: more_rows_than_an_order_can_have,
    Reason.ZERO_VALUE: finished(registration(unit_price=Decimal(0))),
    Reason.NEGATIVE_TOTAL: finished(registration(quantity=Decimal(-2))),
    Reason.WAITING_FOR_APPROVAL: chosen(release=Release.APPROVAL),
    Reason.TASK_CHANGED: changed_under_hold,
    Reason.ABORTED_AFTER_ORDER: after_order(outcome="aborted"),
    Reason.ORDER_INVOICED: invoiced_order,
    Reason.ROWS_CHANGED_IN_ERP: rows_edited_by_a_person,
    Reason.ORDER_GONE: gone_order,
    Reason.TOTAL_DIFFERS: total_of_another_kind,
    Reason.ERP_REFUSED: refusal,
    Reason.OUTCOME_UNKNOWN: unknown_for_good,
    Reason.DUPLICATE_IN_ERP: twins_in_the_erp,
    Reason.BY_PERSON: kept_by_a_person,
    Reason.ORDER_BY_HAND: settled_by_hand,
}


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_given_by_something_that_happens(reason: Reason) -> None:
    world = World()
    HAPPENINGS[reason](world)
    assert world.record.reason == reason


@pytest.mark.parametrize("reason", list(Reason))
def test_every_finished_task_ends_in_a_visible_way(reason: Reason) -> None:
    world = World()
    HAPPENINGS[reason](world)
    assert world.state() in {
        TaskState.ORDERED,
        TaskState.IGNORED,
        TaskState.HELD,
        TaskState.DO_NOT_SEND,
    }

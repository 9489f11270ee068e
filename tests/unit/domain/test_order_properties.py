"""What holds for any task whatever."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.order import Order, ProductRow
from connector.domain.order_mapping import NoOrder, fingerprint, map_task, numbers_needed
from connector.domain.settings import Lines, Prices, ZeroValue
from connector.domain.task import Place, Reference, Registration, Task
from tests.builders import KEY, bindings, integration, registration, task
from tests.mapped import ordered

money = st.decimals(0, 100_000, places=2)
lines = st.builds(
    registration,
    id=st.uuids().map(str),
    quantity=st.decimals("0.0001", 1000, places=4),
    unit_price=money,
    discount_percent=st.decimals(0, 100, places=2),
)


@given(st.lists(lines, min_size=1, max_size=20))
def test_rows_sum_to_their_registrations_to_the_ore(some: list[Registration]) -> None:
    with_amounts = [replace(one, net_amount=half_up(one)) for one in some]
    order = ordered(task(*with_amounts), zero_value=ZeroValue.SEND)
    assert order.net_total == sum(one.net_amount or 0 for one in with_amounts)
    assert order.registration_ids == tuple(one.id for one in some)


def half_up(one: Registration) -> Decimal:
    """The amount by whole numbers: ten-thousandths of pieces, øre and hundredths of per cent."""
    assert one.unit_price is not None
    factors = one.quantity * 10**4, one.unit_price * 10**2, (100 - one.discount_percent) * 10**2
    pieces, ore, rest = map(int, factors)
    return Decimal((2 * pieces * ore * rest + 10**8) // (2 * 10**8)) / 100


any_text = st.none() | st.text(st.characters(codec=None), max_size=400)
any_number = st.none() | st.decimals()
any_time = st.none() | st.datetimes(timezones=st.just(UTC))
any_party = st.none() | st.builds(Reference, st.text(), st.sampled_from([None, "", "10021", "999"]))
any_line = st.builds(
    Registration,
    id=st.text(),
    kind=st.sampled_from(["hours", "distance", "item", "supplement", "note", "rental"]),
    status=st.sampled_from(["used", "approved", "exported", "suggested", "else"]),
    product_number=st.sampled_from([None, " ", "T100", "KM", "gone"]),
    has_product=st.booleans(),
    description=any_text,
    product_name=any_text,
    employee_name=any_text,
    quantity=st.decimals() | st.decimals(-100, 100, places=2),
    unit_price=any_number | st.decimals(-1000, 1000, places=2),
    discount_percent=st.decimals() | st.just(Decimal(0)),
    net_amount=any_number,
    billable=st.sampled_from([None, True, False]),
    day=st.none() | st.dates(),
    text=any_text,
)
any_task = st.builds(
    Task,
    id=st.text(),
    number=st.text(),
    version=st.integers(),
    title=st.text(),
    status=st.sampled_from([7, 8, 99, 4]),
    outcome=st.sampled_from(["completed", "completed", "aborted", None]),
    customer=any_party,
    billing_customer=any_party,
    customer_reference=any_text,
    status_web=any_text,
    started_at=any_time,
    planned_start=any_time,
    finished_at=any_time,
    minutes_spent=st.none() | st.integers(),
    place=st.none() | st.builds(Place, *[any_text] * 6),
    registrations=st.lists(any_line, max_size=4).map(tuple),
)
any_settings = st.fixed_dictionaries(
    {
        "lines": st.sampled_from(Lines),
        "prices": st.sampled_from(Prices),
        "zero_value": st.sampled_from(ZeroValue),
        "credit_orders": st.booleans(),
        "employee_names": st.booleans(),
        "fallback_products": st.dictionaries(
            st.sampled_from(["hours", "item"]), st.sampled_from(["OPPM", ""])
        ),
    }
)


@given(any_task, any_settings)
def test_any_task_gives_an_order_that_fits_or_a_reason(one: Task, settings: dict[str, Any]) -> None:
    integrated = replace(integration(**settings), start=datetime.min.replace(tzinfo=UTC))
    result = map_task(one, bindings(), integrated, KEY)
    numbers_needed(one, integrated.settings)
    assert len(fingerprint(one)) == 64
    if isinstance(result, Order):
        names = [row.name if isinstance(row, ProductRow) else row.text for row in result.rows]
        assert all(0 < len(name) <= 300 for name in names)
        assert len(result.your_reference) <= 50


@given(any_line, any_settings)
def test_any_line_on_a_sound_task_gives_an_order_that_fits_or_a_reason(
    line: Registration, settings: dict[str, Any]
) -> None:
    result = map_task(task(registration(), line), bindings(), integration(**settings), KEY)
    assert isinstance(result, NoOrder) or result.net_total.is_finite()

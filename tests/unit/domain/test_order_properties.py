"""What holds for any task whatever."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.line_amount import line_amount
from connector.domain.order import Order, ProductRow, TextRow
from connector.domain.order_mapping import fingerprint, map_task, numbers_needed
from connector.domain.settings import (
    DEFAULT_TEXT_TEMPLATE,
    Grouping,
    Lines,
    OrderStatus,
    Prices,
    ReferenceField,
    Settings,
    ZeroValue,
)
from connector.domain.task import Place, Reference, Registration, Task
from connector.domain.text_rows import clean
from tests.builders import KEY, bindings, integration, registration, task
from tests.mapped import ordered

money = st.decimals(0, 100_000, places=2)
few_prices = st.sampled_from([Decimal("10.01"), Decimal("0.33"), Decimal(950)])
few_quantities = st.sampled_from([Decimal("0.5"), Decimal("0.25"), Decimal(3)])
lines = st.builds(
    registration,
    id=st.uuids().map(str),
    product_number=st.sampled_from(["T100", "OPPM"]),
    employee_name=st.sampled_from(["Åse", "Øyvind"]),
    quantity=few_quantities | st.decimals("0.0001", 1000, places=4),
    unit_price=few_prices | money,
    discount_percent=st.just(Decimal(0)) | st.decimals(0, 100, places=2),
)


@given(st.lists(lines, min_size=1, max_size=20))
def test_rows_sum_to_their_registrations_to_the_ore(some: list[Registration]) -> None:
    with_amounts = [replace(one, net_amount=half_up(one)) for one in some]
    order = ordered(task(*with_amounts), zero_value=ZeroValue.SEND)
    assert order.net_total == sum(one.net_amount or 0 for one in with_amounts)
    assert order.registration_ids == tuple(one.id for one in some)


@given(st.lists(lines, min_size=1, max_size=20), st.booleans())
def test_grouped_and_ungrouped_orders_amount_to_the_same(some: list[Registration], names: bool) -> None:
    one = task(*some)
    single = ordered(one, zero_value=ZeroValue.SEND, employee_names=names)
    grouped = ordered(one, zero_value=ZeroValue.SEND, employee_names=names, grouping=Grouping.PRODUCT)
    assert grouped.net_total == single.net_total
    assert sorted(grouped.registration_ids) == sorted(single.registration_ids)
    assert len(grouped.product_rows) <= len(single.product_rows)
    assert all(row.quantity for row in grouped.product_rows)


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
    project=any_party,
    department=any_party,
    responsible=any_party,
    registrations=st.lists(any_line, max_size=4, unique_by=lambda line: line.id).map(tuple),
)
finished_task = st.builds(
    replace,
    any_task,
    status=st.just(7),
    outcome=st.just("completed"),
    billing_customer=st.just(Reference("c-7001", "10021")),
    finished_at=st.datetimes(timezones=st.just(UTC)),
    registrations=st.lists(lines, max_size=6, unique_by=lambda line: line.id).map(tuple),
)
any_settings = st.fixed_dictionaries(
    {
        "order_status": st.sampled_from(OrderStatus),
        "reference_field": st.sampled_from(ReferenceField),
        "grouping": st.sampled_from(Grouping),
        "lines": st.sampled_from(Lines),
        "prices": st.sampled_from(Prices),
        "zero_value": st.sampled_from(ZeroValue),
        "credit_orders": st.booleans(),
        "employee_names": st.booleans(),
        "fallback_products": st.dictionaries(
            st.sampled_from(["hours", "item"]), st.sampled_from(["OPPM", ""])
        ),
        "text_template": st.just(DEFAULT_TEXT_TEMPLATE) | st.text("{}:,\n nots") | st.text(),
        "projects": st.dictionaries(st.text(), st.integers()),
        "our_references": st.just({"10021": 4}),
    }
)


@given(any_task | finished_task, any_settings, st.booleans())
def test_any_task_gives_an_order_that_fits_or_a_reason(
    one: Task, settings: dict[str, Any], is_new_customer: bool
) -> None:
    integrated = replace(integration(**settings), start=datetime.min.replace(tzinfo=UTC))
    result = map_task(one, bindings(), integrated, KEY, customer_id=7 if is_new_customer else None)
    numbers_needed(one, integrated.settings)
    assert len(fingerprint(one)) == 64
    if isinstance(result, Order):
        assert_sound(result, one, integrated.settings)


@given(any_line, any_settings)
def test_any_line_on_a_sound_task_gives_an_order_that_fits_or_a_reason(
    line: Registration, settings: dict[str, Any]
) -> None:
    one = task(registration(), replace(line, id="r-2"))
    result = map_task(one, bindings(), integration(**settings), KEY)
    if isinstance(result, Order):
        assert_sound(result, one, Settings(**settings))


def assert_sound(order: Order, one: Task, settings: Settings) -> None:
    """Everything fits its field, and the rows amount to exactly the registrations that they stand for."""
    names = [row.name if isinstance(row, ProductRow) else row.text for row in order.rows]
    assert all(0 < len(name) <= 300 for name in names)
    assert len(order.your_reference) <= 50
    standing = set(order.registration_ids)
    assert 0 < len(standing) == len(order.registration_ids)
    if settings.lines is Lines.PRICED and settings.prices is Prices.SMARTDAY:
        amounts = [line_amount(line, settings.prices) for line in one.registrations if line.id in standing]
        assert order.net_total == sum(getattr(amount, "net", Decimal("NaN")) for amount in amounts)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.text())
def test_the_words_of_a_task_are_all_on_its_order(description: str, reference: str) -> None:
    """Joined again, the rows give the text back: not a character is lost but folded whitespace."""
    wordy = registration(description=f"x{description * 9}", product_name=None)
    one = task(wordy, customer_reference=f"{reference * 9}", title="", place=None)
    order = ordered(one, text_template="")
    head, *rest = order.rows
    assert isinstance(head, ProductRow)
    said = [head.name, *(row.text for row in rest if isinstance(row, TextRow))]
    together = "".join(said).replace(" ", "")
    assert together.startswith(clean(wordy.description).replace(" ", ""))
    whole = clean(one.customer_reference).replace(" ", "")
    assert whole in (order.your_reference.replace(" ", ""), together[-len(whole) :] if whole else "")

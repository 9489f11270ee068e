"""From a task to its order, or to the reason why there is none."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.integration import Lines, OrderStatus, Prices, ReferenceField, Settings, ZeroValue
from connector.domain.order import Order, OrderKey, ProductRow, TextRow
from connector.domain.order_mapping import Bindings, NoOrder, fingerprint, map_task, numbers_needed
from connector.domain.reason import Reason
from connector.domain.task import Party, Place, Registration, Task
from connector.domain.task_record import TaskState
from tests.builders import KEY, START, bindings, example_task, integration, note, registration, task

HELD, IGNORED = TaskState.HELD, TaskState.IGNORED


def ordered(one: Task, own: frozenset[str] = frozenset(), **settings: Any) -> Order:
    result = map_task(one, bindings(), integration(**settings), KEY, own)
    assert isinstance(result, Order), result
    return result


def refused(one: Task, with_bindings: Bindings | None = None, **settings: Any) -> NoOrder:
    result = map_task(one, with_bindings or bindings(), integration(**settings), KEY)
    assert isinstance(result, NoOrder), result
    return result


def texts(order: Order) -> list[str]:
    return [row.text for row in order.rows if isinstance(row, TextRow)]


# The example of the contract


def test_the_example_becomes_seven_product_rows_and_its_text_rows() -> None:
    order = ordered(example_task())
    assert order.net_total == Decimal("8520.00")
    sent = [(row.product_id, row.quantity, row.price, row.discount_percent) for row in order.product_rows]
    assert sent == [
        (product_id, Decimal(quantity), Decimal(price), Decimal(discount))
        for product_id, quantity, price, discount in (
            (501, "3.5", "950", 0),
            (502, "1", "1425", 0),
            (503, "0.75", "750", 0),
            (504, "42.6", "8", 0),
            (505, "2", "1249", 10),
            (506, "3", "89.5", 0),
            (507, "1", "350", 0),
        )
    ]
    assert [row.name for row in order.product_rows][:2] == [
        "Demontering og montering",
        "Feilsøking på jordfeil",
    ]
    assert order.registration_ids == tuple(f"r-90010{digit}" for digit in range(1, 8))
    assert len(texts(order)) == 6


def test_the_head_of_the_example() -> None:
    order = ordered(example_task())
    noon = datetime(2026, 9, 14, 10, tzinfo=UTC)
    assert (order.key, order.customer_id, order.status) == (KEY, 10021, "ForInvoicing")
    assert (order.date_ordered, order.delivery_date) == (noon, noon)
    assert order.your_reference == "Bestilling 4471 / v/ Kjærsti Øygård"
    assert order.place == Place("Sjøgata", "14 B", "2. etasje", "9405", "Harstad", "NO")
    assert not order.reference_in_title


def test_text_rows_follow_the_product_rows() -> None:
    kinds = [type(row) for row in ordered(example_task()).rows]
    assert kinds == [ProductRow] * 7 + [TextRow] * 6


def test_status_and_place_of_the_reference_follow_the_settings() -> None:
    order = ordered(
        example_task(), order_status=OrderStatus.DRAFT, reference_field=ReferenceField.INVOICE_TITLE
    )
    assert (order.status, order.reference_in_title) == ("Draft", True)


# Which tasks


def test_a_task_that_is_not_finished_is_ignored() -> None:
    assert refused(task(registration(), status=4)) == NoOrder(IGNORED, Reason.NOT_FINISHED)


def test_an_aborted_task_is_ignored_unless_something_on_it_can_be_billed() -> None:
    assert refused(task(note("Ingen hjemme"), outcome="aborted")) == NoOrder(IGNORED, Reason.ABORTED)
    with_line = task(registration(), outcome="aborted")
    assert refused(with_line) == NoOrder(HELD, Reason.ABORTED_WITH_BILLABLE)


def test_the_start_date_counts_to_the_second() -> None:
    at_start = task(registration(), finished_at=START)
    before = task(registration(), finished_at=START.replace(year=2025))
    assert isinstance(map_task(at_start, bindings(), integration(), KEY), Order)
    assert refused(before) == NoOrder(IGNORED, Reason.FINISHED_BEFORE_START)


def test_a_task_without_finish_time_counts_as_finished_on_its_last_day_of_work() -> None:
    lines = registration(day=date(2026, 9, 1)), registration(id="r-2", day=date(2026, 9, 3))
    assert ordered(task(*lines, finished_at=None)).date_ordered == datetime(2026, 9, 3, 10, tzinfo=UTC)
    on_start_day = task(registration(day=date(2026, 9, 1)), finished_at=None)
    assert ordered(on_start_day).delivery_date.day == 1
    old = task(registration(day=date(2026, 8, 31)), finished_at=None)
    assert refused(old) == NoOrder(IGNORED, Reason.FINISHED_BEFORE_START)


def test_a_finished_task_with_no_date_at_all_is_held_not_lost() -> None:
    undated = task(registration(day=None), finished_at=None)
    assert refused(undated) == NoOrder(HELD, Reason.FINISH_TIME_MISSING)


def test_dates_are_the_days_in_oslo() -> None:
    late = task(registration(day=date(2026, 9, 14)), finished_at=datetime(2026, 9, 14, 22, 30, tzinfo=UTC))
    order = ordered(late)
    assert (order.date_ordered.day, order.delivery_date.day) == (15, 14)


def test_delivery_is_the_finish_day_when_no_line_has_a_day() -> None:
    order = ordered(task(registration(day=None)))
    assert order.delivery_date == order.date_ordered


def test_unbillable_work_does_not_move_the_delivery_date() -> None:
    lines = registration(), registration(id="r-2", billable=False, day=date(2026, 9, 20))
    assert ordered(task(*lines)).delivery_date.day == 14


# Which lines


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "suggested"},
        {"status": "exported"},
        {"status": "lost"},
        {"billable": False},
        {"quantity": Decimal("0.00")},
    ],
)
def test_a_line_that_does_not_count_is_left_out(changes: dict[str, Any]) -> None:
    order = ordered(task(registration(), registration(id="r-2", **changes)))
    assert order.registration_ids == ("r-1",)


@pytest.mark.parametrize(
    "changes", [{"status": "used"}, {"status": "approved"}, {"billable": None}, {"quantity": Decimal(-1)}]
)
def test_a_line_that_counts_is_a_row(changes: dict[str, Any]) -> None:
    order = ordered(task(registration(quantity=Decimal(5)), registration(id="r-2", **changes)))
    assert order.registration_ids == ("r-1", "r-2")


def test_a_line_that_our_own_receipt_turned_exported_stays_wanted() -> None:
    line = registration(status="exported")
    assert ordered(task(line), own=frozenset({"r-1"})).registration_ids == ("r-1",)
    assert refused(task(line)).reason is Reason.NOTHING_TO_INVOICE


def test_our_own_receipt_changes_nothing_on_the_order() -> None:
    before = replace(example_task(), minutes_spent=None)
    sent = frozenset(ordered(before).registration_ids)
    lines = tuple(replace(one, status="exported") if one.id in sent else one for one in before.registrations)
    after = replace(before, version=8, registrations=lines)
    assert fingerprint(ordered(after, own=sent)) == fingerprint(ordered(before))


def test_an_unknown_kind_holds_the_task_only_when_the_line_counts() -> None:
    strange = registration(id="r-2", kind="rental")
    assert refused(task(registration(), strange)) == NoOrder(HELD, Reason.UNKNOWN_KIND, "r-2")
    assert ordered(task(registration(), replace(strange, status="suggested"))).registration_ids == ("r-1",)
    assert ordered(task(registration(), replace(strange, billable=False))).registration_ids == ("r-1",)


def test_a_task_without_billable_lines_is_held() -> None:
    assert refused(task(note("Ferdig"))) == NoOrder(HELD, Reason.NOTHING_TO_INVOICE)


# Whom to invoice


def test_the_billing_customer_goes_before_the_customer() -> None:
    one = task(registration(), customer=Party("c-1", "999"), billing_customer=Party("c-2", "10021"))
    assert ordered(one).customer_id == 10021
    assert ordered(replace(one, customer=Party("c-2", "10021"), billing_customer=None)).customer_id == 10021


@pytest.mark.parametrize("number", [None, "", " "])
def test_a_billing_customer_without_number_holds_the_task(number: str | None) -> None:
    one = task(registration(), billing_customer=Party("c-1", number))
    assert refused(one) == NoOrder(HELD, Reason.CUSTOMER_WITHOUT_NUMBER, "c-1")


def test_a_task_without_customer_is_held() -> None:
    one = task(registration(), customer=None, billing_customer=None)
    assert refused(one) == NoOrder(HELD, Reason.CUSTOMER_WITHOUT_NUMBER)


def test_a_customer_must_be_in_the_erp_and_active() -> None:
    one = task(registration())
    unknown, inactive = bindings(without=["10021"]), bindings(inactive=["10021"])
    assert refused(one, unknown) == NoOrder(HELD, Reason.CUSTOMER_UNKNOWN, "10021")
    assert refused(one, inactive) == NoOrder(HELD, Reason.CUSTOMER_INACTIVE, "10021")


# Which product


def test_a_product_must_be_in_the_erp_and_active() -> None:
    unknown, expired = bindings(without=["T150"]), bindings(inactive=["T150"])
    assert refused(example_task(), unknown) == NoOrder(HELD, Reason.PRODUCT_UNKNOWN, "T150")
    assert refused(example_task(), expired) == NoOrder(HELD, Reason.PRODUCT_EXPIRED, "T150")


def test_a_line_without_product_takes_the_fallback_of_its_kind() -> None:
    line = registration(product_number=None, has_product=False, product_name=None, description=None)
    (row,) = ordered(task(line), fallback_products={"item": "OPPM"}).product_rows
    assert (row.product_id, row.name) == (507, "OPPM")
    assert refused(task(line)) == NoOrder(HELD, Reason.PRODUCT_MISSING, "r-1")
    other = refused(task(line), fallback_products={"hours": "OPPM"})
    assert other == NoOrder(HELD, Reason.PRODUCT_MISSING, "r-1")


def test_a_product_made_in_smartday_has_no_fallback() -> None:
    line = registration(product_number=None, has_product=True)
    result = refused(task(line), fallback_products={"item": "OPPM"})
    assert result == NoOrder(HELD, Reason.PRODUCT_UNKNOWN, "r-1")


# Amounts


def test_amounts_that_differ_by_more_than_an_ore_hold_the_task() -> None:
    line = registration(unit_price=Decimal(1249), discount_percent=Decimal(10))
    off = replace(line, net_amount=Decimal("2248.18"))
    assert refused(task(off)) == NoOrder(HELD, Reason.AMOUNTS_DIFFER, "r-1: 2248.20 / 2248.18")
    assert ordered(task(replace(line, net_amount=Decimal("2248.19")))).net_total == Decimal("2248.20")


def test_a_missing_amount_is_computed() -> None:
    assert ordered(task(registration(net_amount=None))).net_total == Decimal("200.00")


def test_a_missing_price_is_worked_out_where_that_is_exact() -> None:
    line = registration(unit_price=None, net_amount=Decimal("2248.20"), discount_percent=Decimal(10))
    (row,) = ordered(task(line)).product_rows
    assert (row.price, row.net_amount) == (Decimal("1249.0000"), Decimal("2248.20"))


@pytest.mark.parametrize(
    "changes",
    [
        {"net_amount": None},
        {"net_amount": Decimal(100), "quantity": Decimal(3)},
        {"net_amount": Decimal(0), "discount_percent": Decimal(100)},
    ],
)
def test_a_price_that_cannot_be_worked_out_holds_the_task(changes: dict[str, Any]) -> None:
    line = registration(unit_price=None, **changes)
    assert refused(task(line)) == NoOrder(HELD, Reason.INCOMPLETE_LINE, "r-1")


@pytest.mark.parametrize(("discount", "detail"), [("120", "r-1: 120 %"), ("-5.50", "r-1: -5.5 %")])
def test_a_discount_outside_0_to_100_holds_the_task(discount: str, detail: str) -> None:
    line = registration(discount_percent=Decimal(discount))
    assert refused(task(line)) == NoOrder(HELD, Reason.AMOUNTS_DIFFER, detail)


@pytest.mark.parametrize("field", ["quantity", "unit_price", "discount_percent", "net_amount"])
@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "1E+400", "1000000000"])
def test_a_number_beyond_belief_holds_the_task(field: str, value: str) -> None:
    line = registration(**{field: Decimal(value)})
    assert refused(task(line)) == NoOrder(HELD, Reason.AMOUNTS_DIFFER, "r-1")


def test_quantity_and_price_go_out_with_four_decimals_rounded_half_up() -> None:
    (row,) = ordered(
        task(registration(quantity=Decimal("1.00005"), unit_price=Decimal("2.00004")))
    ).product_rows
    assert (str(row.quantity), str(row.price)) == ("1.0001", "2.0000")


def test_a_zero_task_is_held_unless_the_setting_sends_it() -> None:
    warranty = task(registration(unit_price=Decimal(0)))
    assert refused(warranty) == NoOrder(HELD, Reason.ZERO_VALUE)
    assert ordered(warranty, zero_value=ZeroValue.SEND).net_total == 0


def test_a_negative_task_is_held_unless_the_setting_allows_credit() -> None:
    returned = task(registration(quantity=Decimal(-2)))
    assert refused(returned) == NoOrder(HELD, Reason.NEGATIVE_TOTAL, "-200.00")
    assert ordered(returned, credit_orders=True).net_total == Decimal("-200.00")


# Prices from the ERP


def test_with_the_erps_prices_rows_carry_none_and_smartdays_amounts_are_still_judged() -> None:
    assert {row.price for row in ordered(example_task(), prices=Prices.ERP).product_rows} == {None}
    assert refused(task(registration(unit_price=Decimal(0))), prices=Prices.ERP).reason is Reason.ZERO_VALUE


def test_with_the_erps_prices_a_line_needs_none_of_its_own() -> None:
    unpriced = registration(unit_price=None)
    assert ordered(task(unpriced), prices=Prices.ERP).product_rows[0].quantity == 2
    worthless = refused(
        task(replace(unpriced, net_amount=Decimal(0), discount_percent=Decimal(100))), prices=Prices.ERP
    )
    assert worthless.reason is Reason.ZERO_VALUE


# Words


def test_a_row_is_named_by_description_else_product_else_number() -> None:
    lines = (
        registration(description="Varmekabel,\n brukt "),
        registration(description=" ", product_name="Varmekabel 10 W/m"),
        registration(description=None, product_name=None),
    )
    names = [row.name for row in ordered(task(*lines)).product_rows]
    assert names == ["Varmekabel, brukt", "Varmekabel 10 W/m", "1042210"]


def test_the_employee_stands_on_the_row_only_by_setting() -> None:
    one = task(registration(), registration(employee_name=None))
    assert [row.name for row in ordered(one).product_rows] == ["Varmekabel", "Varmekabel"]
    named = ordered(one, employee_names=True).product_rows
    assert [row.name for row in named] == ["Varmekabel (Åse Bjørnø)", "Varmekabel"]


def test_a_long_description_goes_on_in_text_rows_right_after_its_row() -> None:
    long = "Feilsøking på jordfeil " * 30
    product_row, second, third, fourth = ordered(task(registration(description=long), registration())).rows[
        :4
    ]
    assert isinstance(product_row, ProductRow)
    assert isinstance(second, TextRow)
    assert isinstance(third, TextRow)
    assert isinstance(fourth, ProductRow)
    assert f"{product_row.name} {second.text} {third.text}" == long.strip()


def test_a_reference_too_long_for_the_head_closes_the_text_rows() -> None:
    order = ordered(task(registration(), customer_reference="Bestilling " * 8))
    assert order.your_reference == "Bestilling Bestilling Bestilling Bestilling"
    assert texts(order)[-1] == "Deres referanse: " + ("Bestilling " * 8).strip()


def test_text_only_orders_tell_their_lines_in_words_and_need_no_products() -> None:
    no_products = Bindings(bindings().customers, {})
    order = map_task(example_task(), no_products, integration(lines=Lines.TEXT_ONLY), KEY)
    assert isinstance(order, Order)
    assert order.product_rows == ()
    assert texts(order)[:5] == [
        "Montørtime, ordinær – Demontering og montering: 3,5 time × 950,00 = 3 325,00",
        "Montørtime, overtid 50 % – Feilsøking på jordfeil: 1 time × 1 425,00 = 1 425,00",
        "Reisetid – Kjøretid tur/retur: 0,75 time × 750,00 = 562,50",
        "Kjøring servicebil – Harstad – Sørvik – Harstad: 42,6 km × 8,00 = 340,80",
        "Varmekabel 10 W/m, 50 m: 2 × 1 249,00, rabatt 10 % = 2 248,20",
    ]
    assert texts(order)[7] == "Smartday-oppgave 48213: Bytte varmekabel på bad"


def test_a_text_only_line_without_any_name_is_called_by_its_number_or_kind() -> None:
    lines = (
        registration(description=None, product_name=None),
        registration(description=None, product_name=None, product_number=None),
    )
    order = ordered(task(*lines), lines=Lines.TEXT_ONLY, prices=Prices.ERP, employee_names=True)
    assert texts(order)[:2] == ["1042210 (Åse Bjørnø): 2", "item (Åse Bjørnø): 2"]


def test_text_only_orders_are_judged_by_their_amounts_too() -> None:
    off = task(registration(net_amount=Decimal(1)))
    assert refused(off, lines=Lines.TEXT_ONLY).reason is Reason.AMOUNTS_DIFFER


# Which bindings


def test_needed_are_the_billed_customer_and_the_products_of_lines_that_may_count() -> None:
    numbers = numbers_needed(example_task(), Settings())
    assert numbers == ("10021", frozenset({"T100", "T150", "T020", "KM", "1042210", "1533870", "OPPM"}))


def test_needed_are_fallback_products_for_lines_without_product() -> None:
    line = registration(product_number=None, has_product=False)
    assert numbers_needed(task(line), Settings(fallback_products={"item": "OPPM"}))[1] == {"OPPM"}
    assert numbers_needed(task(line), Settings())[1] == frozenset()


def test_needed_are_no_products_for_text_only_orders_and_no_customer_where_none_has_a_number() -> None:
    one = replace(example_task(), customer=None, billing_customer=None)
    assert numbers_needed(one, Settings(lines=Lines.TEXT_ONLY)) == (None, frozenset())


# Fingerprint


def test_the_fingerprint_is_of_what_is_sent_not_of_the_key() -> None:
    order = ordered(example_task())
    assert fingerprint(replace(order, key=OrderKey("1", "2", 3))) == fingerprint(order)
    assert fingerprint(replace(order, customer_id=1)) != fingerprint(order)
    assert fingerprint(replace(order, rows=order.rows[::-1])) != fingerprint(order)
    assert fingerprint(replace(order, place=None)) != fingerprint(order)


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    assert (
        fingerprint(ordered(example_task()))
        == "af545a0f0c6eed70e8b5b7cb412f2c6af19f016cea06e7ecca92e583452f50bf"
    )


# Whatever comes


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
any_party = st.none() | st.builds(Party, st.text(), st.sampled_from([None, "", "10021", "999"]))
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
    if isinstance(result, Order):
        names = [row.name if isinstance(row, ProductRow) else row.text for row in result.rows]
        assert all(0 < len(name) <= 300 for name in names)
        assert len(result.your_reference) <= 50
        assert len(fingerprint(result)) == 64


@given(any_line, any_settings)
def test_any_line_on_a_sound_task_gives_an_order_that_fits_or_a_reason(
    line: Registration, settings: dict[str, Any]
) -> None:
    result = map_task(task(registration(), line), bindings(), integration(**settings), KEY)
    assert isinstance(result, NoOrder) or result.net_total.is_finite()

"""What an open order lacks: only that is sent, and a person's work is never overwritten."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.erp_order import ErpOrder, ErpRow, OrderChange
from connector.domain.order import Order, OrderRow, ProductRow, SentRow, TextRow
from connector.domain.order_update import (
    Conflict,
    Plan,
    after_lost_change,
    is_same,
    plan_change,
    recognised,
    with_row_ids,
)
from tests.unit.domain.records import order

TYPED = ErpRow(900, 50, "Avtalt fast tillegg", 507, Decimal(1), Decimal(350), Decimal(0))


def product(registration: str, quantity: int = 1, price: int = 100, name: str = "Vare") -> ProductRow:
    return ProductRow(505, name, Decimal(quantity), Decimal(price), Decimal(0), (registration,))


def wanted(*rows: OrderRow) -> Order:
    return replace(order(), rows=rows)


def in_erp(row_id: int, sequence: int, row: OrderRow) -> ErpRow:
    if isinstance(row, TextRow):
        return ErpRow(row_id, sequence, row.text)
    return ErpRow(row_id, sequence, row.name, row.product_id, row.quantity, row.price, row.discount_percent)


def made(*rows: OrderRow) -> tuple[ErpOrder, tuple[SentRow, ...]]:
    """An order as it stands in the ERP after its create, and what we know of it."""
    present = ErpOrder(
        "5001", "ForInvoicing", tuple(in_erp(100 + place, place, row) for place, row in enumerate(rows, 1))
    )
    return present, with_row_ids(wanted(*rows).sent_rows, present.rows)


def after(present: ErpOrder, change: OrderChange) -> ErpOrder:
    """The order once the ERP has carried out the change."""
    edits = dict(change.edited)
    kept = [
        in_erp(row.row_id or 0, row.sequence or 0, edits[row.row_id]) if row.row_id in edits else row
        for row in present.rows
        if row.row_id not in change.deleted
    ]
    added = [in_erp(1000 + sequence, sequence, row) for sequence, row in change.added]
    return replace(present, rows=(*kept, *added))


def plan(present: ErpOrder, known: tuple[SentRow, ...], goal: Order) -> Plan:
    found = plan_change(present, known, goal, dict(goal.head))
    assert isinstance(found, Plan)
    return found


def contents(present: ErpOrder) -> list[tuple[object, ...]]:
    return sorted((row.name, row.product_id or 0, row.quantity or 0, row.price or 0) for row in present.rows)


def test_nothing_is_sent_when_nothing_changed() -> None:
    present, known = made(product("r-1"), TextRow("Tittel"))
    assert plan(present, known, wanted(product("r-1"), TextRow("Tittel"))).change.is_empty


def test_a_row_in_the_middle_is_added_at_the_end_under_a_number_of_its_own() -> None:
    present, known = made(product("r-1"), TextRow("Tittel"))
    change = plan(present, known, wanted(product("r-1"), product("r-2"), TextRow("Tittel"))).change
    assert [(sequence, row.registration_ids) for sequence, row in change.added] == [(3, ("r-2",))]
    assert not change.edited
    assert not change.deleted


def test_a_number_that_a_person_used_is_not_used_again() -> None:
    present, known = made(product("r-1"))
    typed = replace(present, rows=(*present.rows, TYPED))
    assert plan(typed, known, wanted(product("r-1"), product("r-2"))).change.added[0][0] == 51


def test_a_changed_text_is_edited_where_it_stands() -> None:
    present, known = made(product("r-1"), TextRow("Tidsbruk: 1 t"), TextRow("Status web: Ny"))
    goal = wanted(product("r-1"), TextRow("Tidsbruk: 2 t"), TextRow("Status web: Ny"))
    assert plan(present, known, goal).change.edited == ((102, TextRow("Tidsbruk: 2 t")),)


def test_a_registration_that_joins_a_group_changes_the_groups_row() -> None:
    present, known = made(product("r-1"))
    group = replace(product("r-1", quantity=3), registration_ids=("r-1", "r-2"))
    found = plan(present, known, wanted(group))
    assert found.change.edited == ((101, group),)
    assert found.rows[0].registration_ids == ("r-1", "r-2")


def test_a_row_that_a_person_removed_stays_away_while_its_registration_is_as_it_was() -> None:
    present, known = made(product("r-1"), product("r-2"))
    removed = replace(present, rows=present.rows[1:])
    assert plan(removed, known, wanted(product("r-1"), product("r-2"))).change.is_empty


def test_a_removed_or_edited_row_whose_registration_changes_is_a_conflict() -> None:
    present, known = made(product("r-1"), product("r-2"))
    removed = replace(present, rows=present.rows[1:])
    goal = wanted(product("r-1", quantity=9), product("r-2"))
    assert plan_change(removed, known, goal, {}) == Conflict((1,))
    edited = replace(present, rows=(replace(present.rows[0], price=Decimal(1)), present.rows[1]))
    assert plan_change(edited, known, goal, {}) == Conflict((1,))
    assert plan_change(edited, known, wanted(product("r-2")), {}) == Conflict((1,))


def test_a_person_who_made_the_very_change_leaves_nothing_to_send() -> None:
    present, known = made(product("r-1"))
    edited = replace(present, rows=(replace(present.rows[0], quantity=Decimal(9)),))
    assert plan(edited, known, wanted(product("r-1", quantity=9))).change.is_empty


def test_rows_without_known_ids_are_found_by_place_and_words() -> None:
    present, _ = made(product("r-1"), product("r-2"), TextRow("Tittel"))
    known = wanted(product("r-1"), product("r-2"), TextRow("Tittel")).sent_rows
    goal = wanted(product("r-1"), product("r-2", quantity=7), TextRow("Tittel"))
    assert [row_id for row_id, _ in plan(present, known, goal).change.edited] == [102]


def test_only_changed_fields_of_the_head_are_named_and_none_is_emptied() -> None:
    present, known = made(product("r-1"))
    before = replace(wanted(product("r-1")), your_reference="A", project_id=3)
    goal = replace(before, your_reference="B", project_id=None)
    found = plan_change(present, known, goal, dict(before.head))
    assert isinstance(found, Plan)
    assert found.change.head == ("your_reference",)
    unknown = plan_change(present, known, goal, {})
    assert isinstance(unknown, Plan)
    assert unknown.change.head == ()


def test_the_total_is_ours_only_when_no_other_row_counts() -> None:
    present, known = made(product("r-1"))
    goal = wanted(product("r-1"), product("r-2"))
    assert plan(present, known, goal).is_total_ours
    assert not plan(replace(present, rows=(*present.rows, TYPED)), known, goal).is_total_ours
    edited = replace(present, rows=(replace(present.rows[0], price=Decimal(1)),))
    assert not plan(edited, known, goal).is_total_ours


def test_a_change_of_the_head_only_counts_as_not_done_after_a_lost_answer() -> None:
    present, known = made(product("r-1"))
    assert after_lost_change(present, known, known) == (known, False)


def test_a_price_left_to_the_erp_is_not_compared() -> None:
    row = replace(product("r-1"), price=None)
    (sent,) = wanted(row).sent_rows
    assert is_same(sent, in_erp(1, 1, product("r-1", price=777)))


def test_rows_of_an_order_that_was_found_are_recognised_by_what_they_say() -> None:
    present, _ = made(product("r-1"), TextRow("Tittel"))
    goal = wanted(product("r-1"), product("r-2", quantity=5), TextRow("Tittel"))
    assert [(row.row_id, row.registration_ids) for row in recognised(present, goal)] == [
        (101, ("r-1",)),
        (102, ()),
    ]


ROWS = st.lists(
    st.one_of(
        st.builds(
            product,
            st.sampled_from([f"r-{one}" for one in range(8)]),
            st.integers(1, 3),
            st.sampled_from([100, 250]),
            st.sampled_from(["Vare", "Time"]),
        ),
        st.builds(TextRow, st.sampled_from(["Tittel", "Sted: A", "Sted: B", "Notat"])),
    ),
    min_size=1,
    max_size=9,
    unique_by=lambda row: row.registration_ids or object(),
)


@given(ROWS, ROWS)
def test_any_change_brings_the_order_to_what_the_task_gives_and_leaves_typed_rows(
    before: list[OrderRow], goal: list[OrderRow]
) -> None:
    present, known = made(*before)
    typed = replace(present, rows=(*present.rows, TYPED))
    found = plan(typed, known, wanted(*goal))
    done = after(typed, found.change)
    ideal, _ = made(*goal)
    assert contents(done) == contents(replace(ideal, rows=(*ideal.rows, TYPED)))
    assert TYPED in done.rows


@given(ROWS, ROWS)
def test_after_the_change_nothing_is_left_to_send(before: list[OrderRow], goal: list[OrderRow]) -> None:
    present, known = made(*before)
    found = plan(present, known, wanted(*goal))
    done = after(present, found.change)
    rows = with_row_ids(found.rows, done.rows)
    assert plan(done, rows, wanted(*goal)).change.is_empty


@given(ROWS, ROWS)
def test_a_lost_answer_is_read_from_the_order_itself(before: list[OrderRow], goal: list[OrderRow]) -> None:
    present, known = made(*before)
    found = plan(present, known, wanted(*goal))
    if found.change.is_empty:
        return
    done = after(present, found.change)
    rows, is_done = after_lost_change(done, known, found.rows)
    assert is_done
    assert plan(done, rows, wanted(*goal)).change.is_empty
    rows, is_done = after_lost_change(present, known, found.rows)
    assert not is_done
    again = plan(present, rows, wanted(*goal)).change
    assert contents(after(present, again)) == contents(done)


@pytest.mark.parametrize("missing", range(3))
def test_half_a_change_is_finished_and_nothing_is_sent_twice(missing: int) -> None:
    present, known = made(product("r-1"), product("r-2"), TextRow("Tittel"))
    goal = wanted(product("r-1", quantity=9), product("r-3"), TextRow("Ny tittel"))
    found = plan(present, known, goal)
    parts = [
        ("added", found.change.added),
        ("edited", found.change.edited),
        ("deleted", found.change.deleted),
    ]
    name, _ = parts[missing]
    half = after(present, replace(found.change, **{name: ()}))  # type: ignore[arg-type]
    rows, is_done = after_lost_change(half, known, found.rows)
    assert not is_done
    ideal, _ = made(*goal.rows)
    assert contents(after(half, plan(half, rows, goal).change)) == contents(ideal)

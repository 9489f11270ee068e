"""A task that changes after its order: the open order follows it row by row, or waits for a person."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.domain.order import ProductRow
from connector.domain.reason import Reason
from connector.domain.settings import OpenOrderChanged
from connector.domain.task_record import TaskState
from connector.errors import Refused, RetryLater, Side, UnknownOutcome
from tests.unit.usecases.changing import NEW, ORDER, change, lines, names, ordered_world, with_change
from tests.unit.usecases.ordering import SETTLE, Killed, World


@pytest.fixture
def ordered() -> World:
    return ordered_world()


def test_a_new_registration_is_added_to_the_open_order_and_nothing_else_is_sent(ordered: World) -> None:
    before = ordered.erp.rows(ORDER)
    change(ordered, *lines(ordered), NEW)
    after = ordered.erp.rows(ORDER)
    assert after[: len(before)] == before
    assert [(row.name, row.quantity) for row in after[len(before) :]] == [("Ekstra klemme", Decimal(4))]
    assert ordered.state() is TaskState.ORDERED
    assert ordered.erp.calls == {"save_order": 1, "read_order": 1, "change_order": 1}


def test_smartday_hears_of_the_update_with_every_registration_on_the_order(ordered: World) -> None:
    change(ordered, *lines(ordered), NEW)
    _, receipt = ordered.smartday.receipts[-1]
    assert (receipt.result, receipt.order_id, receipt.task_version) == ("updated", ORDER, 9)
    assert "r-new" in receipt.registration_ids
    assert len(receipt.registration_ids) == 8
    assert receipt.message == "Ordre 5001 oppdatert, nå med 8 varelinjer og 6 tekstlinjer"


def test_a_changed_quantity_changes_its_own_row_only(ordered: World) -> None:
    before = {row.row_id: row for row in ordered.erp.rows(ORDER)}
    change(ordered, *with_change(ordered, "r-900106", quantity=Decimal(5), net_amount=Decimal("447.50")))
    changed = [row for row in ordered.erp.rows(ORDER) if before[row.row_id] != row]
    assert [(row.name, row.quantity) for row in changed] == [("Koblingsboks IP65, grå", Decimal(5))]


@pytest.mark.parametrize("gone", [{"status": "suggested"}, {"billable": False}])
def test_a_registration_that_no_longer_counts_loses_its_row(ordered: World, gone: dict[str, object]) -> None:
    change(ordered, *with_change(ordered, "r-900107", **gone))
    assert "Oppmøte sone 1" not in names(ordered)
    assert len(names(ordered)) == 12


def test_changed_words_change_their_text_rows(ordered: World) -> None:
    change(ordered, title="Bytte varmekabel på bad og gang", minutes_spent=330)
    assert "Smartday-oppgave 48213: Bytte varmekabel på bad og gang" in names(ordered)
    assert "Tidsbruk: 5 t 30 min" in names(ordered)
    assert len(names(ordered)) == 13


def test_rows_that_a_person_typed_in_the_erp_are_left_alone(ordered: World) -> None:
    typed = ordered.erp.type_row(ORDER, "Avtalt fast tillegg", product_id=507, quantity=Decimal(1))
    change(ordered, *lines(ordered), NEW)
    assert typed in {row.row_id for row in ordered.erp.rows(ORDER)}
    assert ordered.state() is TaskState.ORDERED


def test_a_row_of_ours_that_a_person_changed_is_left_alone_while_its_registration_stays(
    ordered: World,
) -> None:
    row = ordered.erp.rows(ORDER)[0]
    assert row.row_id is not None
    ordered.erp.edit_row(ORDER, row.row_id, price=Decimal(900))
    change(ordered, *lines(ordered), NEW)
    assert ordered.erp.rows(ORDER)[0].price == Decimal(900)
    assert ordered.state() is TaskState.ORDERED


def test_a_row_that_both_sides_changed_needs_a_person(ordered: World) -> None:
    row = ordered.erp.rows(ORDER)[0]
    assert row.row_id is not None
    ordered.erp.edit_row(ORDER, row.row_id, price=Decimal(900))
    change(ordered, *with_change(ordered, "r-900101", quantity=Decimal(4), net_amount=Decimal(3800)))
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ROWS_CHANGED_IN_ERP)
    assert ordered.record.detail == "5001 #1"
    assert ordered.erp.calls["change_order"] == 0


def test_the_delivery_date_and_the_reference_follow_the_task(ordered: World) -> None:
    change(ordered, customer_reference="Bestilling 9000")
    assert ordered.erp.orders[ORDER].your_reference == "Bestilling 9000"


def test_order_receipt_poll_costs_no_call_to_the_erp(ordered: World) -> None:
    calls = ordered.erp.calls.copy()
    ordered.hear(version=8)
    assert ordered.smartday.tasks["48213"].version == 8
    assert ordered.erp.calls == calls
    change(ordered, *lines(ordered), NEW)
    calls = ordered.erp.calls.copy()
    ordered.hear(version=ordered.smartday.tasks["48213"].version)
    assert ordered.erp.calls == calls


def test_finished_again_twice_with_messages_in_any_order_gives_one_right_order(ordered: World) -> None:
    change(ordered, version=9, status=4, outcome=None)
    assert (ordered.state(), ordered.record.reason) == (TaskState.ORDERED, Reason.REOPENED)
    change(ordered, *lines(ordered), NEW, version=10, status=7, outcome="completed")
    for version in (7, 9, 8, 10):
        ordered.hear(version=version)
    change(ordered, *lines(ordered)[:-1], version=14, status=7, outcome="completed")
    for version in (14, 9, 13):
        ordered.hear(version=version)
    assert list(ordered.erp.orders) == [ORDER]
    assert "Ekstra klemme" not in names(ordered)
    assert len(names(ordered)) == 13


def test_a_lost_answer_after_the_change_is_found_and_nothing_is_sent_twice(ordered: World) -> None:
    ordered.erp.fail("change_order", UnknownOutcome(Side.ERP, "erp_timeout"), after_effect=True)
    change(ordered, *lines(ordered), NEW)
    assert ordered.state() is TaskState.ORDERED
    assert ordered.smartday.receipts[-1][1].result == "updated"
    assert names(ordered).count("Ekstra klemme") == 1
    assert ordered.erp.calls["change_order"] == 1


def test_a_change_that_was_lost_before_its_effect_is_sent_again_only_after_the_settle_time(
    ordered: World,
) -> None:
    ordered.erp.fail("change_order", UnknownOutcome(Side.ERP, "erp_timeout"))
    change(ordered, *lines(ordered), NEW)
    assert ordered.state() is TaskState.UNKNOWN
    ordered.hear_for(SETTLE)
    assert ordered.erp.calls["change_order"] == 1
    ordered.hear_for(timedelta(minutes=5))
    assert ordered.state() is TaskState.ORDERED
    assert ordered.erp.calls["change_order"] == 2
    assert names(ordered).count("Ekstra klemme") == 1


def test_a_lost_change_that_takes_effect_before_the_settle_time_is_not_sent_again(ordered: World) -> None:
    ordered.erp.fail("change_order", UnknownOutcome(Side.ERP, "erp_timeout"))
    change(ordered, *lines(ordered), NEW)
    ordered.erp.execute_lost()
    ordered.hear_for(timedelta(minutes=40))
    assert (ordered.state(), ordered.erp.calls["change_order"]) == (TaskState.ORDERED, 1)
    assert names(ordered).count("Ekstra klemme") == 1


def test_a_change_that_was_surely_not_done_is_tried_again(ordered: World) -> None:
    ordered.erp.fail("change_order", RetryLater("erp_unreachable"))
    change(ordered, *lines(ordered), NEW)
    assert ordered.state() is TaskState.RECEIVED
    ordered.hear(version=9)
    assert ordered.state() is TaskState.ORDERED
    assert names(ordered).count("Ekstra klemme") == 1


def test_a_change_that_the_erp_refuses_is_held_with_its_words(ordered: World) -> None:
    ordered.erp.fail("change_order", Refused(Side.ERP, "Validation", "Product 505 has expired"))
    change(ordered, *lines(ordered), NEW)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ERP_REFUSED)
    assert ordered.record.detail == "Product 505 has expired"


def test_settings_may_leave_every_order_alone(ordered: World) -> None:
    ordered.choose(open_order_changed=OpenOrderChanged.HOLD)
    calls = ordered.erp.calls.copy()
    change(ordered, *lines(ordered), NEW)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.TASK_CHANGED)
    assert ordered.erp.calls == calls


def test_a_task_that_is_aborted_after_its_order_needs_a_person(ordered: World) -> None:
    change(ordered, outcome="aborted")
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ABORTED_AFTER_ORDER)


@pytest.mark.parametrize("how", ["remove", "call_off"])
def test_an_order_that_is_gone_is_made_anew_only_when_a_person_says_so(ordered: World, how: str) -> None:
    getattr(ordered.erp, how)(ORDER)
    change(ordered, *lines(ordered), NEW)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_GONE)
    assert ordered.erp.calls["save_order"] == 1
    ordered.decide("new_order", "Kari", "slettet ved en feil")
    ordered.hear(version=9)
    assert ordered.state() is TaskState.ORDERED
    remade = ordered.erp.orders["5002"]
    assert (remade.key.ordinal, len(remade.registration_ids)) == (2, 8)


def test_an_order_keeps_the_settings_it_was_made_under(ordered: World) -> None:
    ordered.choose(employee_names=True)
    change(ordered, *lines(ordered), NEW)
    assert "Demontering og montering" in names(ordered)
    assert ordered.erp.calls["change_order"] == 1


def test_a_task_without_lines_left_is_held_and_its_order_stays(ordered: World) -> None:
    change(ordered, *(replace(one, billable=False) for one in lines(ordered)))
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.NOTHING_TO_INVOICE)
    assert any(isinstance(row, ProductRow) for row in ordered.erp.orders[ORDER].rows)


def test_a_person_who_edits_the_order_during_the_change_is_noticed_by_the_total(ordered: World) -> None:
    row_id = ordered.erp.rows(ORDER)[0].row_id
    assert row_id is not None
    ordered.erp.on_save = lambda: ordered.erp.edit_row(ORDER, row_id, price=Decimal(900))
    change(ordered, *lines(ordered), NEW)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.TOTAL_DIFFERS)
    assert ordered.record.detail == "8920.00 / 8745.00"


@pytest.mark.parametrize("step", range(4))
def test_a_process_killed_between_any_two_writes_of_a_change_leaves_one_right_order(
    ordered: World, step: int
) -> None:
    writes = iter(range(100))

    def kill(_: object) -> None:
        if next(writes) == step:
            raise Killed

    ordered.tasks.before_save = kill
    with pytest.raises(Killed):
        change(ordered, *lines(ordered), NEW)
    ordered.tasks.before_save = lambda _: None
    ordered.hear(version=9)
    ordered.hear_for(timedelta(minutes=40))
    assert list(ordered.erp.orders) == [ORDER]
    assert names(ordered).count("Ekstra klemme") == 1
    assert ordered.state() is TaskState.ORDERED
    assert not ordered.owes_receipt()
    assert ordered.smartday.receipts[-1][1].result == "updated"


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_process_killed_during_the_change_itself_leaves_one_right_order(
    ordered: World, after_effect: bool
) -> None:
    ordered.erp.fail("change_order", Killed(), after_effect=after_effect)
    with pytest.raises(Killed):
        change(ordered, *lines(ordered), NEW)
    ordered.hear_for(timedelta(minutes=40))
    assert names(ordered).count("Ekstra klemme") == 1
    assert ordered.state() is TaskState.ORDERED
    assert ordered.erp.calls["change_order"] == (1 if after_effect else 2)

"""A task that changes after its order: the order follows it, is supplemented, or waits for a person."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.domain.order import ProductRow
from connector.domain.reason import Reason
from connector.domain.settings import InvoicedOrderChanged, OpenOrderChanged
from connector.domain.task import Registration
from connector.domain.task_record import TaskState
from connector.errors import Refused, RetryLater, Side, UnknownOutcome
from tests.builders import example_task, registration
from tests.unit.usecases.ordering import SETTLE, Killed, World

ORDER = "5001"
NEW = registration(id="r-new", description="Ekstra klemme", quantity=Decimal(4), net_amount=Decimal(400))
SUPPLEMENT = {"invoiced_order_changed": InvoicedOrderChanged.SUPPLEMENT}


@pytest.fixture
def ordered() -> World:
    """The example task has its order, and Smartday its receipt: version 8, lines exported."""
    world = World()
    world.hear()
    assert world.state() is TaskState.ORDERED
    return world


def lines(world: World) -> tuple[Registration, ...]:
    """The task's registrations as Smartday has them now."""
    return world.smartday.tasks["48213"].registrations


def change(world: World, *registrations: Registration, version: int = 9, **changes: object) -> None:
    """The task changes in Smartday and a message tells of it."""
    now = world.smartday.tasks["48213"]
    changed = replace(now, version=version, registrations=registrations or now.registrations, **changes)  # type: ignore[arg-type]
    world.smartday.put_task(changed)
    world.hear(version=version)


def with_change(world: World, registration_id: str, **changes: object) -> tuple[Registration, ...]:
    return tuple(
        replace(one, **changes) if one.id == registration_id else one  # type: ignore[arg-type]
        for one in lines(world)
    )


def names(world: World, order_id: str = ORDER) -> list[str]:
    return [row.name for row in world.erp.rows(order_id)]


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


def test_a_changed_task_of_an_invoiced_order_is_held(ordered: World) -> None:
    ordered.erp.invoice(ORDER)
    change(ordered, *lines(ordered), NEW)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)
    assert ordered.record.detail == ORDER
    assert ordered.erp.calls["change_order"] == 0


def test_an_order_that_is_invoiced_between_the_look_and_the_change_meets_the_same_rule(
    ordered: World,
) -> None:
    ordered.erp.on_save = lambda: ordered.erp.invoice(ORDER)
    change(ordered, *lines(ordered), NEW)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)


def test_words_that_change_after_the_invoice_need_nobody(ordered: World) -> None:
    ordered.erp.invoice(ORDER)
    change(ordered, title="Noe annet")
    assert (ordered.state(), ordered.record.reason) == (TaskState.ORDERED, None)
    calls = ordered.erp.calls.copy()
    change(ordered, version=10)
    assert ordered.erp.calls == calls


def test_new_registrations_after_the_invoice_become_a_supplementary_order(ordered: World) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    change(ordered, *lines(ordered), NEW)
    assert sorted(ordered.erp.orders) == [ORDER, "5002"]
    supplement = ordered.erp.orders["5002"]
    assert supplement.key.text == "SD-104477-48213-2"
    assert supplement.registration_ids == ("r-new",)
    assert supplement.net_total == Decimal("400.00")
    assert ordered.state() is TaskState.ORDERED
    assert ordered.smartday.receipts[-1][1].registration_ids == ("r-new",)


def test_the_supplementary_order_follows_the_task_while_it_is_open(ordered: World) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    change(ordered, *lines(ordered), NEW)
    more = registration(id="r-more", description="Enda en klemme")
    change(ordered, *lines(ordered), more, version=12)
    assert sorted(ordered.erp.orders) == [ORDER, "5002"]
    assert "Enda en klemme" in names(ordered, "5002")
    ordered.erp.invoice("5002")
    change(ordered, *lines(ordered), registration(id="r-last", description="Siste klemme"), version=16)
    assert ordered.erp.orders["5003"].registration_ids == ("r-last",)


def test_a_supplementary_order_whose_answer_is_lost_is_adopted(ordered: World) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    ordered.erp.fail("save_order", UnknownOutcome(Side.ERP, "erp_timeout"), after_effect=True)
    change(ordered, *lines(ordered), NEW)
    assert sorted(ordered.erp.orders) == [ORDER, "5002"]
    assert ordered.state() is TaskState.ORDERED


def test_an_invoiced_line_that_changes_needs_a_person_besides_the_supplementary_order(
    ordered: World,
) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    changed = with_change(ordered, "r-900106", quantity=Decimal(5), net_amount=Decimal("447.50"))
    change(ordered, *changed, NEW)
    assert ordered.erp.orders["5002"].registration_ids == ("r-new",)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)


def test_an_invoiced_line_that_changes_alone_makes_no_order(ordered: World) -> None:
    ordered.choose(**SUPPLEMENT)
    ordered.erp.invoice(ORDER)
    change(ordered, *with_change(ordered, "r-900106", quantity=Decimal(5), net_amount=Decimal("447.50")))
    assert list(ordered.erp.orders) == [ORDER]
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)


def test_another_customer_after_the_invoice_needs_a_person(ordered: World) -> None:
    ordered.erp.invoice(ORDER)
    ordered.bind_customer("10022")
    change(ordered, billing_customer=replace(example_task().customer, number="10022"))  # type: ignore[type-var]
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)


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

"""A task that changes after its invoice: held, or a supplementary order with what is new."""

from dataclasses import replace
from decimal import Decimal

import pytest

from connector.domain.reason import Reason
from connector.domain.settings import InvoicedOrderChanged
from connector.domain.task_record import TaskState
from connector.errors import Side, UnknownOutcome
from tests.builders import example_task, registration
from tests.unit.usecases.changing import NEW, ORDER, change, lines, names, ordered_world, with_change
from tests.unit.usecases.ordering import World

SUPPLEMENT = {"invoiced_order_changed": InvoicedOrderChanged.SUPPLEMENT}


@pytest.fixture
def ordered() -> World:
    return ordered_world()


def test_a_changed_task_of_an_invoiced_order_is_held(ordered: World) -> None:
    ordered.erp.invoice(ORDER)
    change(ordered, *lines(ordered), NEW)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)
    assert ordered.record.detail == ORDER
    assert ordered.record.waits_for == "settings#invoiced_order_changed"
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
    ordered.decide("resend")
    ordered.hear(version=0)
    assert (ordered.state(), ordered.record.reason) == (TaskState.HELD, Reason.ORDER_INVOICED)
    ordered.decide("do_not_send", "Kari", "kreditert")
    ordered.hear(version=0)
    assert ordered.state() is TaskState.DO_NOT_SEND


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

"""What the rows of an order say."""

from decimal import Decimal

from connector.domain.order import Order, ProductRow, TextRow
from connector.domain.order_mapping import Bindings, map_task
from connector.domain.reason import Reason
from connector.domain.settings import Lines, Prices
from tests.builders import KEY, bindings, example_task, integration, registration, task
from tests.mapped import ordered, refused, texts


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
        "Montørtime, ordinær – Demontering og montering: 3,5 timer × 950,00 = 3 325,00",
        "Montørtime, overtid 50 % – Feilsøking på jordfeil: 1 time × 1 425,00 = 1 425,00",
        "Reisetid – Kjøretid tur/retur: 0,75 timer × 750,00 = 562,50",
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

"""Orders stay right when their tasks change, when answers get lost, and when the ERP can't tell two apart."""

from collections import Counter
from decimal import Decimal
from typing import Any

from tests.end_to_end.world import World, paid_by
from tests.twins import TWIN_TASKS

ADDED = {
    "kind": "item",
    "product": {"id": "p-1533870", "external_number": "1533870", "name": "Koblingsboks IP65"},
    "description": "Ekstra koblingsboks",
    "quantity": 4,
    "unit": "stk",
    "unit_price": 89.5,
}
"""358.00 NOK."""

CHANGES = {"add": [ADDED], "change": [{"id": "r-900101", "quantity": 5}], "remove": ["r-900107"]}
"""What the office puts right after the order: 5 hours instead of 3.5, one item more, no call-out."""

PUT_RIGHT = [
    ("Demontering og montering", Decimal(5)),
    ("Feilsøking på jordfeil", Decimal(1)),
    ("Kjøretid tur/retur", Decimal("0.75")),
    ("Harstad – Sørvik – Harstad", Decimal("42.6")),
    ("Varmekabel 10 W/m, 50 m", Decimal(2)),
    ("Koblingsboks IP65, grå", Decimal(3)),
    ("Ekstra koblingsboks", Decimal(4)),
]
NET_TOTAL = Decimal("8520.00") + Decimal("1425.00") + Decimal("358.00") - Decimal("350.00")


def ordered(world: World) -> tuple[str, dict[str, Any]]:
    """A task like the example, and its order."""
    task_id = world.finish_task()
    world.wait_for_receipt(task_id)
    world.wait_until_quiet()
    (order,) = world.orders_of(task_id)
    return task_id, order


def priced(order: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """Name and quantity of the rows that cost something."""
    return [
        (row["Name"], Decimal(row["Quantity"])) for row in order["InvoiceRows"] if row["Type"] == "Normal"
    ]


def texts(order: dict[str, Any]) -> list[str]:
    """The text rows."""
    return [row["Name"] for row in order["InvoiceRows"] if row["Type"] == "Text"]


def net_total(order: dict[str, Any]) -> Decimal:
    """NOK excluding VAT."""
    return Decimal(order["OrderTotalIncVat"]) - Decimal(order["OrderTotalVat"])


def states(world: World, task_id: str) -> list[str]:
    """What the task's record has been."""
    return [entry["state"] for entry in (world.record(task_id) or {})["history"]]


def test_an_order_follows_its_task_row_by_row_and_keeps_what_a_person_typed(world: World) -> None:
    task_id, order = ordered(world)
    typed = {"ProductId": 507, "Name": "Avtalt tillegg", "Quantity": "1", "Price": "500"}
    before = world.stand_ins.erp("POST", f"/orders/{order['OrderId']}/rows", **typed)
    world.change_lines(task_id, **CHANGES)
    receipt = world.wait_for_receipt(task_id, "updated")

    (after,) = world.orders_of(task_id)
    kept = [row for row in before["InvoiceRows"] if row["Name"] not in (PUT_RIGHT[0][0], "Oppmøte sone 1")]
    assert [row for row in kept if row not in after["InvoiceRows"]] == []
    assert Counter(priced(after)) == Counter([*PUT_RIGHT, ("Avtalt tillegg", Decimal(1))])
    assert net_total(after) == NET_TOTAL + 500
    assert len(receipt["received"]["registration_ids"]) == len(PUT_RIGHT)


def test_a_change_whose_answer_got_lost_is_recognised_and_no_row_is_doubled(world: World) -> None:
    task_id, order = ordered(world)
    before = world.calls()
    with world.erp_fault(name="reset", operation="SaveInvoices", when="after"):
        world.change_lines(task_id, **CHANGES)
        world.wait_for_receipt(task_id, "updated")
    world.wait_until_quiet()
    (after,) = world.orders_of(task_id)
    assert Counter(priced(after)) == Counter(PUT_RIGHT)
    assert (net_total(after), texts(after)) == (NET_TOTAL, texts(order))
    assert (world.calls() - before)["SaveInvoices"] == 1
    assert states(world, task_id)[-3:] == ["updating", "unknown", "ordered"]


def test_what_comes_after_the_invoice_stands_alone_on_a_supplementary_order(world: World) -> None:
    with world.choosing(invoiced_order_changed="supplement"):
        task_id, order = ordered(world)
        invoice = world.stand_ins.erp("POST", f"/orders/{order['OrderId']}", OrderStatus="Invoiced")
        world.change_lines(task_id, add=[ADDED])
        world.wait_until_quiet()
    (supplement,) = world.orders_of(task_id, ordinal=2)
    assert priced(supplement) == [("Ekstra koblingsboks", Decimal(4))]
    assert net_total(supplement) == Decimal("358.00")
    assert world.orders_of(task_id) == [invoice]
    receipt = world.receipts_of(task_id)[-1]
    assert receipt["received"]["order_number"] == str(supplement["OrderId"])
    assert len(receipt["received"]["registration_ids"]) == 1


def test_a_customer_made_in_the_field_becomes_one_company_though_the_answer_got_lost(world: World) -> None:
    made = world.stand_ins.smartday("POST", "/customers", name="Hytteforeningen Fjellro")
    world.wait_until_quiet()
    before = world.calls()
    with (
        world.choosing(field_customers="create"),
        world.erp_fault(name="reset", operation="SaveCompanies", when="after"),
    ):
        task_id = world.finish_task(**paid_by(made))
        world.wait_for_receipt(task_id)
    (company,) = world.stand_ins.erp("GET", f"/companies?external_id={made['id']}")["companies"]
    (order,) = world.orders_of(task_id)
    assert (order["CustomerId"], company["Name"]) == (company["Id"], made["name"])
    assert (world.calls() - before)["SaveCompanies"] == 1

    world.import_anew("customers")
    known = world.stand_ins.smartday("GET", "/customers?limit=1000")["items"]
    linked = [one for one in known if made["id"] == one["id"] or made["name"] == one["name"]]
    assert [(one["id"], one["external_number"]) for one in linked] == [(made["id"], str(company["Id"]))]


def test_two_tasks_of_one_hash_get_an_order_each_though_both_answers_got_lost(world: World) -> None:
    for task_id in TWIN_TASKS:
        with world.erp_fault(name="reset", operation="SaveInvoices", when="after"):
            world.finish_task(task_id, title=f"Tvilling {task_id}")
            world.wait_for_receipt(task_id)
        assert "unknown" in states(world, task_id)
    orders = [order for task_id in TWIN_TASKS for order in world.orders_of(task_id)]
    assert [texts(order)[0] for order in orders] == [
        f"Smartday-oppgave {task_id}: Tvilling {task_id}" for task_id in TWIN_TASKS
    ]
    receipts = [receipt for task_id in TWIN_TASKS for receipt in world.receipts_of(task_id)]
    assert [one["received"]["order_number"] for one in receipts] == [str(one["OrderId"]) for one in orders]
    assert len({order["ExternalStatus"] for order in orders}) == 1

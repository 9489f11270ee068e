"""A finished task becomes one order in the ERP, whatever happens to webhook, answer or session."""

from decimal import Decimal

from tests.end_to_end.world import EXAMPLE_TASK, World

CALLS_OF_AN_ORDER = ("get_task", "SaveInvoices", "export_receipt")

NOTE = (
    "Kunden ønsker ettersyn av varmtvannsbereder før påske. "
    "Nøkkel ligger i nøkkelboks – kode oppgis på forespørsel."
)


def test_the_example_task_is_an_order_with_its_seven_rows_and_its_words(world: World) -> None:
    (order,) = world.orders_of(EXAMPLE_TASK)
    rows = [row for row in order["InvoiceRows"] if row["Type"] == "Normal"]
    assert [(row["ProductNo"], Decimal(row["Quantity"]), Decimal(row["Price"])) for row in rows] == [
        ("T100", Decimal("3.5"), Decimal(950)),
        ("T150", Decimal(1), Decimal(1425)),
        ("T020", Decimal("0.75"), Decimal(750)),
        ("KM", Decimal("42.6"), Decimal(8)),
        ("1042210", Decimal(2), Decimal(1249)),
        ("1533870", Decimal(3), Decimal("89.5")),
        ("OPPM", Decimal(1), Decimal(350)),
    ]
    assert [row["Name"] for row in order["InvoiceRows"] if row["Type"] == "Text"] == [
        "Smartday-oppgave 48213: Bytte varmekabel på bad",
        "Sted: Sjøgata 14 B, 2. etasje, 9405 Harstad",
        "Startdato: 14.09.2026 kl. 07:30",
        "Tidsbruk: 5 t 15 min",
        "Status web: Utført – klar for fakturering",
        NOTE,
    ]
    assert Decimal(order["OrderTotalIncVat"]) - Decimal(order["OrderTotalVat"]) == Decimal("8520.00")
    assert (order["CustomerId"], order["OrderStatus"]) == (10021, "ForInvoicing")


def test_the_receipt_tells_smartday_the_order_and_its_registrations(world: World) -> None:
    (order,) = world.orders_of(EXAMPLE_TASK)
    (receipt,) = world.receipts_of(EXAMPLE_TASK)
    assert receipt["received"]["order_number"] == str(order["OrderId"])
    assert receipt["received"]["registration_ids"] == [f"r-90010{number}" for number in range(1, 8)]


def test_every_webhook_twice_makes_one_order_of_one_call_each(world: World) -> None:
    world.wait_until_quiet()
    before = world.calls()
    with world.deliveries(copies=2):
        task_ids = [world.finish_task() for _ in range(2)]
        for task_id in task_ids:
            world.wait_for_receipt(task_id)
            assert world.answers_to(task_id) == [202, 202]
    world.wait_until_quiet()
    made = world.calls() - before
    assert [len(world.orders_of(task_id)) for task_id in task_ids] == [1, 1]
    assert [made[operation] for operation in CALLS_OF_AN_ORDER] == [2, 2, 2]
    assert made["GetInvoices"] == 0


def test_an_order_whose_answer_got_lost_is_found_again_and_not_made_twice(world: World) -> None:
    world.wait_until_quiet()
    before = world.calls()
    with world.erp_fault(name="reset", operation="SaveInvoices", when="after"):
        task_id = world.finish_task()
        record = world.wait_for_state(task_id, "ordered")
    world.wait_until_quiet()
    assert [entry["state"] for entry in record["history"]] == ["received", "creating", "unknown", "ordered"]
    assert len(world.orders_of(task_id)) == 1
    assert len(world.receipts_of(task_id)) == 1
    assert (world.calls() - before)["SaveInvoices"] == 1


def test_the_poll_finds_a_task_that_no_webhook_told_of(world: World) -> None:
    task_id = world.new_task_id()
    with world.deliveries(skip_task_ids=[task_id]):
        world.finish_task(task_id)
    assert world.answers_to(task_id) == []
    world.poll()
    world.wait_for_receipt(task_id)
    assert len(world.orders_of(task_id)) == 1


def test_a_webhook_with_a_wrong_signature_is_refused_and_leads_to_nothing(world: World) -> None:
    task_id = world.new_task_id()
    with world.deliveries(wrong_signature_task_ids=[task_id]):
        world.finish_task(task_id)
        assert set(world.answers_to(task_id)) == {401}
    world.wait_until_quiet()
    assert world.record(task_id) is None
    assert world.orders_of(task_id) == []


def test_a_task_finished_while_paused_waits_and_becomes_an_order_on_resuming(world: World) -> None:
    world.wait_until_quiet()
    before = world.calls()
    with world.paused():
        task_id = world.finish_task()
        record = world.wait_for_state(task_id, "received")
        world.wait_until_quiet()
        assert record["reason"]["code"] == "integration_not_active"
        assert not world.calls() - before
    world.wait_for_receipt(task_id)
    assert len(world.orders_of(task_id)) == 1


def test_an_expired_session_costs_one_more_login_however_many_orders_meet_it(world: World) -> None:
    world.wait_until_quiet()
    before = world.calls()["Login"]
    world.stand_ins.erp("POST", "/sessions:expire")
    for task_id in [world.finish_task() for _ in range(2)]:
        world.wait_for_receipt(task_id)
        assert len(world.orders_of(task_id)) == 1
    assert world.logins_at_start == 1
    assert world.calls()["Login"] - before == 1

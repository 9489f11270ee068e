"""Tasks that can't become an order yet: what lets them go on by itself, and what a person decides."""

from typing import Any

from tests.end_to_end.world import EXAMPLE_TASK, World, paid_by

DECISION = {"who": "Regnskap", "why": "Faktureres for hånd"}


def of_customer(number: int) -> dict[str, Any]:
    """Fields of a task that is done and paid for by this customer number."""
    return paid_by({"id": f"c-{number}", "external_number": str(number), "name": "Ukjent kunde"})


def planner_reads(world: World, task_id: str) -> list[str]:
    """What the planner is shown on the task."""
    messages = world.stand_ins.smartday("GET", "/planner-messages")["messages"]
    return [one["message"] for one in messages if one["task_id"] == task_id]


def test_a_task_of_an_unknown_customer_is_ordered_by_itself_when_the_import_brings_the_customer(
    world: World,
) -> None:
    task_id = world.finish_task(**of_customer(99_001))
    held = world.wait_for_state(task_id, "held")
    assert held["reason"]["code"] == "customer_unknown"
    world.wait_for_receipt(task_id, "failed")
    (message,) = planner_reads(world, task_id)
    assert held["reason"]["nb"] in message
    assert world.orders_of(task_id) == []

    world.stand_ins.erp("POST", "/companies", Id=99_001, Name="Nyopprettet Kunde AS")
    world.import_anew("customers")
    world.wait_for_receipt(task_id)
    (order,) = world.orders_of(task_id)
    assert order["CustomerId"] == 99_001
    assert len(planner_reads(world, task_id)) == 1


def test_a_fallback_product_lets_a_task_go_on_whose_line_has_no_product(world: World) -> None:
    *_, call_out = (one for one in world.example["registrations"] if one["kind"] == "supplement")
    task_id = world.finish_task(registrations=[call_out | {"product": None}])
    assert world.wait_for_state(task_id, "held")["reason"]["code"] == "product_missing"

    with world.choosing(fallback_products={"supplement": "OPPM"}):
        world.wait_for_receipt(task_id)
    (order,) = world.orders_of(task_id)
    (row,) = (row for row in order["InvoiceRows"] if row["Type"] == "Normal")
    assert (row["ProductNo"], row["Name"]) == ("OPPM", call_out["description"])


def test_a_task_waits_for_approval_and_then_becomes_an_order(world: World) -> None:
    with world.choosing(release="approval"):
        task_id = world.finish_task()
        assert world.wait_for_state(task_id, "held")["reason"]["code"] == "waiting_for_approval"
        world.wait_until_quiet()
        assert (world.orders_of(task_id), planner_reads(world, task_id)) == ([], [])
        assert world.call("POST", f"/tasks/{task_id}/approve").status_code == 202
        world.wait_for_receipt(task_id)
    assert len(world.orders_of(task_id)) == 1


def test_a_task_that_must_not_be_sent_may_be_sent_after_all(world: World) -> None:
    with world.choosing(release="approval"):
        task_id = world.finish_task()
        world.wait_for_state(task_id, "held")
        assert world.call("POST", f"/tasks/{task_id}/do-not-send", json=DECISION).status_code == 202
        world.wait_for_receipt(task_id, "skipped")
        refused = world.call("POST", f"/tasks/{task_id}/approve")
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
        assert world.call("POST", f"/tasks/{task_id}/send-again", json=DECISION).status_code == 202
        world.wait_for_state(task_id, "held")
        assert world.call("POST", f"/tasks/{task_id}/approve").status_code == 202
        world.wait_for_receipt(task_id)
    assert len(world.orders_of(task_id)) == 1


def test_a_task_that_must_not_be_sent_never_becomes_an_order(world: World) -> None:
    task_id = world.finish_task(**of_customer(99_002))
    world.wait_for_state(task_id, "held")
    answer = world.call("POST", f"/tasks/{task_id}/do-not-send", json=DECISION)
    assert (answer.status_code, answer.json()["state"]) == (202, "do_not_send")
    assert answer.json()["detail"] == "Regnskap: Faktureres for hånd"

    refused = world.call("POST", f"/tasks/{task_id}/resend")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    world.stand_ins.smartday("POST", f"/tasks/{task_id}", **of_customer(10_021))
    assert world.answers_to(task_id, version=2) == [202]
    world.wait_until_quiet()
    kept = world.call("GET", "/tasks", params={"state": "do_not_send"}).json()["tasks"]
    assert task_id in {one["task_id"] for one in kept}
    assert world.orders_of(task_id) == []


def test_resending_an_ordered_task_makes_no_second_order(world: World) -> None:
    task_id = world.finish_task()
    world.wait_for_receipt(task_id)
    world.wait_until_quiet()
    before = world.calls()
    answer = world.call("POST", "/tasks/resend", json={"task_ids": [task_id, "finnes-ikke"]})
    assert answer.status_code == 202
    assert answer.json()["resent"] == [task_id]
    assert [(one["task_id"], one["code"]) for one in answer.json()["refused"]] == [
        ("finnes-ikke", "task_not_found")
    ]
    world.wait_for_state(task_id, "ordered")
    world.wait_until_quiet()
    assert len(world.orders_of(task_id)) == 1
    assert (world.calls() - before)["SaveInvoices"] == 0


def test_an_ordered_task_can_no_longer_be_kept_from_being_sent(world: World) -> None:
    decision = {"who": "Regnskap", "why": "For sent"}
    refused = world.call("POST", f"/tasks/{EXAMPLE_TASK}/do-not-send", json=decision)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert world.record(EXAMPLE_TASK) is not None

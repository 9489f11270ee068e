"""What a person decides about a task that couldn't become an order, or already did."""

from typing import Any

from tests.end_to_end.world import EXAMPLE_TASK, World


def of_customer(number: int) -> dict[str, Any]:
    """Fields of a task that is done and paid for by this customer number."""
    customer = {"id": f"c-{number}", "external_number": str(number), "name": "Ukjent kunde"}
    return {"customer": customer, "billing_customer": customer}


def test_a_held_task_becomes_an_order_once_its_customer_is_there_and_it_is_resent(world: World) -> None:
    task_id = world.finish_task(**of_customer(99_001))
    held = world.wait_for_state(task_id, "held")
    assert held["reason"]["code"] == "customer_unknown"
    assert world.orders_of(task_id) == []

    world.stand_ins.erp("POST", "/companies", Id=99_001, Name="Nyopprettet Kunde AS")
    world.import_anew("customers")
    assert world.call("POST", f"/tasks/{task_id}/resend").status_code == 202
    world.wait_for_receipt(task_id)
    (order,) = world.orders_of(task_id)
    assert order["CustomerId"] == 99_001


def test_a_task_that_must_not_be_sent_never_becomes_an_order(world: World) -> None:
    task_id = world.finish_task(**of_customer(99_002))
    world.wait_for_state(task_id, "held")
    decision = {"who": "Regnskap", "why": "Faktureres for hånd"}
    answer = world.call("POST", f"/tasks/{task_id}/do-not-send", json=decision)
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

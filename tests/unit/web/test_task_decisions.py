"""What people decide about tasks, through the router; `Browser` checks answers against docs/openapi.yaml."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.domain.task_record import Attempt, Contents, TaskRecord, TaskState
from connector.errors import RetryLater
from tests.builders import task
from tests.fakes.browser import HERE, Browser
from tests.fakes.people import AGREEMENT, World

DECISION = {"who": "Kari Nordmann", "why": "Sett etter i 24SevenOffice"}


def put_task(
    world: World, task_id: str = "48213", state: TaskState = TaskState.HELD, reason: str | None = None
) -> TaskRecord:
    now = world.clock()
    contents = Contents(7, "f", Decimal(100))
    return world.tasks.save(
        TaskRecord(
            AGREEMENT,
            task_id,
            created_at=now,
            changed_at=now,
            state=state,
            reason=reason,
            wanted_version=7,
            handled_version=7,
            attempts=(Attempt(1, now, contents, order_id="5001", is_open=False),),
        )
    )


def queued(browser: Browser) -> list[str]:
    return [one.task_id for one in browser.world.task_queue.take()]


def test_a_task_is_approved(customer: Browser) -> None:
    put_task(customer.world, reason="waiting_for_approval")
    reply = customer.call("POST", f"{HERE}/tasks/48213/approve")
    assert (reply.status, reply.body["state"]) == (202, "received")
    assert reply.body["history"][-1]["reason"]["nb"] == "Noen godkjente oppgaven."
    assert queued(customer) == ["48213"]


def test_what_does_not_wait_for_approval_is_not_approved(customer: Browser) -> None:
    put_task(customer.world, reason="customer_unknown")
    reply = customer.call("POST", f"{HERE}/tasks/48213/approve")
    assert (reply.status, reply.code) == (409, "wrong_state")
    assert queued(customer) == []


def test_many_tasks_are_approved_and_the_others_named(customer: Browser) -> None:
    put_task(customer.world, "1", reason="waiting_for_approval")
    put_task(customer.world, "2", state=TaskState.ORDERED)
    reply = customer.call("POST", f"{HERE}/tasks/approve", {"task_ids": ["1", "2", "3"]})
    assert (reply.status, reply.body["approved"]) == (202, ["1"])
    refused = {one["task_id"]: one["code"] for one in reply.body["refused"]}
    assert refused == {"2": "wrong_state", "3": "task_not_found"}
    assert queued(customer) == ["1"]


@pytest.mark.parametrize(("count", "code"), [(0, "too_short"), (501, "too_long")])
def test_none_and_too_many_are_not_approved(customer: Browser, count: int, code: str) -> None:
    task_ids = [str(number) for number in range(count)]
    reply = customer.call("POST", f"{HERE}/tasks/approve", {"task_ids": task_ids})
    assert (reply.status, reply.fields) == (422, {"task_ids": code})


def test_a_task_that_was_not_to_be_sent_is_sent_after_all(customer: Browser) -> None:
    put_task(customer.world, state=TaskState.DO_NOT_SEND, reason="by_person")
    reply = customer.call("POST", f"{HERE}/tasks/48213/send-again", DECISION)
    assert (reply.status, reply.body["state"]) == (202, "received")
    assert reply.body["history"][-1]["detail"] == "Kari Nordmann: Sett etter i 24SevenOffice"
    assert queued(customer) == ["48213"]


@pytest.mark.parametrize("state", [one for one in TaskState if one is not TaskState.DO_NOT_SEND])
def test_only_what_was_not_to_be_sent_is_sent_after_all(customer: Browser, state: TaskState) -> None:
    put_task(customer.world, state=state)
    reply = customer.call("POST", f"{HERE}/tasks/48213/send-again", DECISION)
    assert (reply.status, reply.code) == (409, "wrong_state")


@pytest.mark.parametrize("reason", ["order_gone", "outcome_unknown"])
def test_a_new_order_is_asked_for(customer: Browser, reason: str) -> None:
    put_task(customer.world, reason=reason)
    reply = customer.call("POST", f"{HERE}/tasks/48213/new-order", DECISION)
    assert (reply.status, reply.body["state"]) == (202, "received")
    assert reply.body["orders"][0]["gone"] is True
    assert queued(customer) == ["48213"]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (TaskState.HELD, "customer_unknown"),
        (TaskState.HELD, "duplicate_in_erp"),
        (TaskState.ORDERED, None),
        (TaskState.UNKNOWN, "outcome_unknown"),
    ],
)
def test_no_new_order_while_the_old_one_may_be_there(
    customer: Browser, state: TaskState, reason: str | None
) -> None:
    put_task(customer.world, state=state, reason=reason)
    reply = customer.call("POST", f"{HERE}/tasks/48213/new-order", DECISION)
    assert (reply.status, reply.code) == (409, "wrong_state")
    assert queued(customer) == []


@pytest.mark.parametrize("call", ["do-not-send", "send-again", "new-order"])
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"who": "Kari"}, {"why": "missing"}),
        ({"who": "Kari", "why": ""}, {"why": "too_short"}),
        ({"who": " ", "why": "nei"}, {"who": "invalid"}),
        ({"who": "Kari", "why": "x" * 301}, {"why": "too_long"}),
    ],
)
def test_a_decision_needs_who_and_why(
    customer: Browser, call: str, body: dict[str, str], fields: dict[str, str]
) -> None:
    put_task(customer.world)
    reply = customer.call("POST", f"{HERE}/tasks/48213/{call}", body)
    assert (reply.status, reply.fields) == (422, fields)


@pytest.mark.parametrize("call", ["do-not-send", "send-again", "new-order", "approve"])
def test_nothing_is_decided_about_an_unknown_task(customer: Browser, call: str) -> None:
    reply = customer.call("POST", f"{HERE}/tasks/9/{call}", DECISION)
    assert (reply.status, reply.code) == (404, "task_not_found")


def test_what_was_finished_since_a_day_is_counted_then_resent(customer: Browser) -> None:
    world = customer.world
    customer.call("PUT", HERE, {"active": True, "start_date": "2026-09-01"})
    world.task_queue.take()
    world.smartday.put_task(task(id="48213"), world.clock())
    world.smartday.put_task(task(id="48214"), world.clock())
    put_task(world, reason="customer_unknown")
    since = {"finished_since": "2026-09-14"}
    counted = customer.call("POST", f"{HERE}/tasks/resend-finished?check=true", since)
    assert (counted.status, counted.body, queued(customer)) == (200, {"count": 2}, [])
    resent = customer.call("POST", f"{HERE}/tasks/resend-finished", since)
    assert (resent.status, resent.body) == (202, {"resent": 2})
    assert sorted(queued(customer)) == ["48213", "48214"]


def test_a_day_that_is_none_is_refused(customer: Browser) -> None:
    for day in ("14.09.2026", "1999-12-31", "", None, 20260914):
        reply = customer.call("POST", f"{HERE}/tasks/resend-finished", {"finished_since": day})
        assert (reply.status, reply.fields) == (422, {"finished_since": "invalid"})


def test_too_many_finished_tasks_are_a_clear_refusal(customer: Browser) -> None:
    world = customer.world
    customer.call("PUT", HERE, {"active": True, "start_date": "2026-09-01"})
    world.task_queue.take()

    def slowly(_: TaskRecord) -> None:
        world.clock.now += timedelta(seconds=1)

    for number in range(150):
        put_task(world, str(number), reason="customer_unknown")
        world.smartday.put_task(task(id=str(number)), world.clock())
    world.tasks.before_save = slowly
    reply = customer.call("POST", f"{HERE}/tasks/resend-finished", {"finished_since": "2026-09-14"})
    assert (reply.status, reply.code) == (422, "too_many_tasks")
    assert reply.fields == {"finished_since": "rejected"}


def test_nothing_is_resent_while_paused(customer: Browser) -> None:
    customer.call("PUT", HERE, {"active": False})
    reply = customer.call("POST", f"{HERE}/tasks/resend-finished", {"finished_since": "2026-09-14"})
    assert (reply.status, reply.code) == (409, "not_active")


def test_smartday_down_is_said(customer: Browser) -> None:
    customer.world.smartday.fail("finished_tasks", RetryLater("smartday_unreachable"))
    reply = customer.call("POST", f"{HERE}/tasks/resend-finished", {"finished_since": "2026-09-14"})
    assert (reply.status, reply.code) == (502, "smartday_unreachable")

"""The calls of people through the router; `Browser` checks every answer against docs/openapi.yaml."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.domain.order import SentRow
from connector.domain.pace import Pace
from connector.domain.stream import Cursor, Run, RunState, Stream
from connector.domain.task_record import Attempt, Contents, Entry, TaskRecord, TaskState
from connector.errors import Side
from tests.fakes.browser import HERE, Browser
from tests.fakes.people import AGREEMENT, LOGIN, World
from tests.fakes.queues import SentStream


def put_task(world: World, task_id: str = "48213", state: TaskState = TaskState.HELD) -> TaskRecord:
    now = world.clock()
    rows = tuple(SentRow(place, "d", (line,)) for place, line in enumerate("ab"))
    attempt = Attempt(1, now, Contents(7, "f", Decimal("1234.5"), rows), order_id="5001")
    entry = Entry(now, state, 7, "customer_unknown", "10021")
    record = TaskRecord(AGREEMENT, task_id, now, now, state, "customer_unknown", "10021", 7, 7)
    return world.tasks.save(replace(record, attempts=(attempt,), history=(entry,)))


def test_status_shows_imports_tasks_and_troubles(customer: Browser) -> None:
    world = customer.world
    run = Run("r-1", RunState.FAILED, world.clock(), total=10, seen=4, written=3, error="erp_timeout")
    world.cursors.save(Cursor(AGREEMENT, Stream.CUSTOMERS, run=run))
    until = world.clock() + timedelta(minutes=10)
    world.sessions.swap_pace(AGREEMENT, Side.ERP, Pace(), Pace(blocked_until=until))
    put_task(world)
    body = customer.call("GET", HERE).body
    assert body["imports"]["customers"]["state"] == "failed"
    assert body["imports"]["products"] is None
    assert body["tasks"]["held"] == 1
    failed, blocked = body["errors"]
    assert failed["message"] == (
        "Importen av kunder stoppet. 24SevenOffice svarer ikke nå. Den prøves igjen av seg selv."
    )
    assert blocked["message"] == "24SevenOffice tar ikke imot flere kall før 14.09.2026 kl. 13:12."


@pytest.mark.parametrize(
    ("side", "code", "words"),
    [
        ("smartday", "invalid_credentials", "Innloggingen til Smartday ble avvist."),
        ("smartday", "credentials_expired", "Passordet til Smartday Bridge er utløpt."),
        ("smartday", "agreement_mismatch", "Innloggingen til Smartday gjelder ikke denne avtalen."),
        ("smartday", "a_new_code", "Innloggingen til Smartday ble avvist."),
        ("twentyfoursevenoffice", "invalid_credentials", "Innloggingen til 24SevenOffice ble avvist."),
        ("twentyfoursevenoffice", "identity_blocked", "24SevenOffice gir ikke tilgang til firmaet."),
    ],
)
def test_status_says_whose_login_is_refused_why_and_since_when(
    customer: Browser, side: str, code: str, words: str
) -> None:
    world = customer.world
    stored = world.integrations.integrations[AGREEMENT]
    world.integrations.save(stored.refused(side, code, world.clock()))
    body = customer.call("GET", HERE).body
    (error,) = body["errors"]
    assert body["state"] == error["code"] == "credentials_rejected"
    assert (error["about"], error["detail"], error["at"]) == (side, code, "2026-09-14T11:02:00Z")
    assert error["message"].startswith(f"{words} Alt venter siden 14.09.2026 kl. 13:02.")


def test_status_counts_to_a_thousand(customer: Browser) -> None:
    for number in range(1001):
        put_task(customer.world, str(number), TaskState.ORDERED)
    assert customer.call("GET", HERE).body["tasks"]["ordered"] == "1000+"


def test_status_of_what_is_not_activated(browser: Browser) -> None:
    browser.log_in(AGREEMENT, LOGIN.bridge_user, LOGIN.bridge_password)
    body = browser.call("GET", HERE).body
    assert (body["state"], body["erp_company"], body["start"]) == ("not_activated", None, None)


def test_an_import_is_requested(customer: Browser) -> None:
    reply = customer.call("POST", f"{HERE}/imports", {"stream": "products", "full": True})
    assert (reply.status, reply.body) == (202, {"stream": "products", "full": True})
    assert customer.world.stream_queue.sent == [SentStream(AGREEMENT, Stream.PRODUCTS, True)]


def test_no_import_while_paused(customer: Browser) -> None:
    customer.call("PUT", HERE, {"active": False})
    reply = customer.call("POST", f"{HERE}/imports", {"stream": "products"})
    assert (reply.status, reply.code) == (409, "not_active")


def test_the_stream_of_tasks_is_no_import(customer: Browser) -> None:
    reply = customer.call("POST", f"{HERE}/imports", {"stream": "tasks"})
    assert (reply.status, reply.fields) == (422, {"stream": "not_a_choice"})


def test_a_task_shows_its_reason_in_words_and_its_orders(customer: Browser) -> None:
    put_task(customer.world)
    body = customer.call("GET", f"{HERE}/tasks/48213").body
    assert body["reason"]["code"] == "customer_unknown"
    assert body["reason"]["nb"].startswith("Kundenummeret finnes ikke")
    assert body["reason"]["todo_nb"].startswith("Opprett kunden der")
    order = {"ordinal": 1, "order_id": "5001", "net_total": "1234.50", "registration_ids": ["a", "b"]}
    assert body["orders"] == [{**order, "gone": False}]
    assert body["history"][0]["at"] == "2026-09-14T11:02:00Z"


@pytest.mark.parametrize("code", ["erp_timeout", "erp_http_404"])
def test_a_passing_reason_says_that_it_passes(customer: Browser, code: str) -> None:
    record = put_task(customer.world)
    customer.world.tasks.save(replace(record, reason=code))
    reason = customer.call("GET", f"{HERE}/tasks/48213").body["reason"]
    assert reason["code"] == code
    assert reason["nb"]
    assert reason["todo_nb"] == "Ingenting: det prøves igjen av seg selv."


def test_tasks_are_listed_page_by_page(customer: Browser) -> None:
    for number in range(51):
        put_task(customer.world, f"{number}")
    first = customer.call("GET", f"{HERE}/tasks?state=held").body
    rest = customer.call("GET", f"{HERE}/tasks?state=held&cursor={first['next_cursor']}").body
    assert (len(first["tasks"]), len(rest["tasks"]), rest["next_cursor"]) == (50, 1, None)


def test_a_state_or_cursor_that_is_none_is_refused(customer: Browser) -> None:
    assert customer.call("GET", f"{HERE}/tasks?state=lost").fields == {"state": "not_a_choice"}
    reply = customer.call("GET", f"{HERE}/tasks?cursor=lost")
    assert (reply.status, reply.code) == (400, "cursor_invalid")


def test_a_task_is_resent(customer: Browser) -> None:
    put_task(customer.world)
    reply = customer.call("POST", f"{HERE}/tasks/48213/resend")
    assert (reply.status, reply.body["handled_version"]) == (202, 0)
    assert [one.task_id for one in customer.world.task_queue.sent] == ["48213"]


def test_a_task_id_is_read_as_it_was_written(customer: Browser) -> None:
    put_task(customer.world, "50%25")
    assert customer.call("GET", f"{HERE}/tasks/50%2525").body["task_id"] == "50%25"


def test_many_tasks_are_resent(customer: Browser) -> None:
    put_task(customer.world)
    reply = customer.call("POST", f"{HERE}/tasks/resend", {"task_ids": ["48213", "9"]})
    assert (reply.status, reply.body["resent"]) == (202, ["48213"])
    assert reply.body["refused"][0]["code"] == "task_not_found"


@pytest.mark.parametrize(("count", "code"), [(0, "too_short"), (501, "too_long")])
def test_none_and_too_many_tasks_are_refused(customer: Browser, count: int, code: str) -> None:
    task_ids = [str(number) for number in range(count)]
    reply = customer.call("POST", f"{HERE}/tasks/resend", {"task_ids": task_ids})
    assert (reply.status, reply.fields) == (422, {"task_ids": code})


def test_do_not_send_keeps_who_and_why(customer: Browser) -> None:
    record = put_task(customer.world)
    customer.world.tasks.save(replace(record, attempts=()))
    who = {"who": "Kari Nordmann", "why": "Fakturert for hånd"}
    reply = customer.call("POST", f"{HERE}/tasks/48213/do-not-send", who)
    assert (reply.status, reply.body["state"]) == (202, "do_not_send")
    again = customer.call("POST", f"{HERE}/tasks/48213/do-not-send", who)
    assert (again.status, again.code) == (409, "wrong_state")


@pytest.mark.parametrize("body", [{"who": "Kari"}, {"who": "Kari", "why": ""}, {"who": " ", "why": "nei"}])
def test_do_not_send_needs_who_and_why(customer: Browser, body: dict[str, str]) -> None:
    put_task(customer.world)
    assert customer.call("POST", f"{HERE}/tasks/48213/do-not-send", body).status == 422


def test_an_unknown_task_is_not_found(customer: Browser) -> None:
    for method, address in (("GET", "9"), ("POST", "9/resend")):
        reply = customer.call(method, f"{HERE}/tasks/{address}")
        assert (reply.status, reply.code) == (404, "task_not_found")

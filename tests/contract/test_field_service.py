"""The promises of `FieldService` about tasks and receipts: one suite, in memory and over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.domain.task import Reference, Task
from connector.domain.task_record import Receipt
from connector.errors import CredentialsRejected, NotFound, Refused, RetryLater, Side, Throttled
from connector.ports import Subscription
from sandbox.smartday import demo
from tests.contract.smartday_worlds import Memory, Wire, World, connected, standing
from tests.fakes.stores import utc_now

EXAMPLE = Path(__file__).parents[2] / "sandbox" / "smartday" / "example_task.json"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
EXPORTED_AT = datetime(2026, 9, 14, 11, 2, 31, tzinfo=UTC)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    """Bridge's stand-in, served once for all tests of this module."""
    with standing() as url:
        yield url


@pytest.fixture(params=["memory", "bridge"])
def smartday(request: pytest.FixtureRequest) -> Iterator[World]:
    """Smartday without tasks, customers and products."""
    if request.param == "memory":
        yield Memory()
        return
    with connected(request.getfixturevalue("stand_in")) as stood:
        yield stood


def example(task_id: str = "50001", **changes: Any) -> Wire:
    """The contract's example under another id, with these changes."""
    task: Wire = json.loads(EXAMPLE.read_text("utf-8"), parse_float=Decimal)
    return task | {"id": task_id, "number": task_id} | changes


def in_state(code: str, number: int, task_id: str) -> Wire:
    return example(task_id, status={"code": code, "number": number, "label": code})


def receipt(task: Task, **changes: Any) -> Receipt:
    made = Receipt("created", task.version, "5589102", ("r-900101",), EXPORTED_AT, "Ordre 5589102 opprettet")
    return replace(made, **changes)


def hold(task: Task, **changes: Any) -> Receipt:
    held = Receipt("failed", task.version, None, (), EXPORTED_AT, "Kunden mangler kundenummer.")
    return replace(held, **changes)


def test_the_login_opens_its_agreement(smartday: World) -> None:
    assert smartday.service.agreement().number == demo.AGREEMENT_NUMBER


def test_a_wrong_login_is_told_apart(smartday: World) -> None:
    smartday.refuse_login()
    for call in (smartday.service.agreement, lambda: smartday.service.task("50001")):
        with pytest.raises(CredentialsRejected) as rejected:
            call()
        assert (rejected.value.side, rejected.value.code) == (Side.SMARTDAY, "invalid_credentials")


def test_a_task_comes_with_all_its_registrations(smartday: World) -> None:
    smartday.add([example()])
    task = smartday.service.task("50001")
    assert task.is_finished
    assert task.customer is not None
    assert task.customer.number == "10021"
    assert (task.project, task.department, task.responsible) == (
        Reference("pr-551", "2026-118"),
        Reference("1", None),
        Reference("u-4", "4"),
    )
    assert task.started_at == datetime(2026, 9, 14, 5, 30, tzinfo=UTC)
    assert len(task.registrations) == 9
    assert sum((line.net_amount or Decimal(0)) for line in task.registrations) == Decimal("8520.00")


def test_a_task_with_more_lines_than_a_page_comes_whole_and_in_order(smartday: World) -> None:
    line = example()["registrations"][4]
    numbered = [line | {"id": f"r-{n}"} for n in range(1201)]
    smartday.add([example(registrations=numbered)])
    assert [one.id for one in smartday.service.task("50001").registrations] == [f"r-{n}" for n in range(1201)]


def test_a_task_that_is_not_there_is_not_found(smartday: World) -> None:
    with pytest.raises(NotFound):
        smartday.service.task("99999")


def test_the_poll_sees_finished_approved_and_balanced_tasks_only(smartday: World) -> None:
    smartday.add(
        [
            in_state("finished", 7, "50001"),
            in_state("approved", 8, "50002"),
            in_state("balanced", 99, "50003"),
            in_state("in_progress", 4, "50004"),
        ]
    )
    page = smartday.service.finished_tasks(LONG_AGO, None)
    assert [task.task_id for task in page.tasks] == ["50001", "50002", "50003"]
    assert page.next_cursor is None


def test_the_poll_is_inclusive_and_oldest_first(smartday: World) -> None:
    smartday.add(
        [
            example("50003", changed_at="2026-09-14T11:02:20Z"),
            example("50002", changed_at="2026-09-14T11:02:19Z"),
            example("50001", changed_at="2026-09-14T11:02:18Z"),
        ]
    )
    page = smartday.service.finished_tasks(datetime(2026, 9, 14, 11, 2, 19, tzinfo=UTC), None)
    assert [(task.task_id, task.version) for task in page.tasks] == [("50002", 7), ("50003", 7)]
    assert page.tasks[0].changed_at == datetime(2026, 9, 14, 11, 2, 19, tzinfo=UTC)
    assert page.tasks[0].finished_at == datetime(2026, 9, 14, 10, 45, tzinfo=UTC)


def test_a_long_poll_comes_page_by_page_with_nothing_twice_and_nothing_lost(smartday: World) -> None:
    smartday.add([example(f"{50000 + n}", registrations=[]) for n in range(1100)])
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = smartday.service.finished_tasks(LONG_AGO, cursor)
        seen += [task.task_id for task in page.tasks]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"{50000 + n}" for n in range(1100)]


@pytest.mark.parametrize("cursor", ["old", "eyJvbGQiOiB0cnVlfQ"])
def test_a_cursor_that_is_not_valid_says_so(smartday: World, cursor: str) -> None:
    with pytest.raises(Refused) as refused:
        smartday.service.finished_tasks(LONG_AGO, cursor)
    assert refused.value.code == "cursor_invalid"


def test_a_receipt_exports_its_lines_and_raises_the_version(smartday: World) -> None:
    smartday.add([example()])
    before = smartday.service.task("50001")
    smartday.service.send_receipt("50001", receipt(before))
    after = smartday.service.task("50001")
    assert after.version == before.version + 1
    assert [line.id for line in after.registrations if line.status == "exported"] == ["r-900101"]


@pytest.mark.parametrize("result", ["failed", "skipped"])
def test_a_receipt_of_a_hold_exports_nothing_and_raises_the_version(smartday: World, result: str) -> None:
    smartday.add([example()])
    before = smartday.service.task("50001")
    smartday.service.send_receipt("50001", hold(before, result=result))
    after = smartday.service.task("50001")
    assert after == replace(before, version=before.version + 1)
    assert smartday.receipts() == [("50001", None)]


def test_a_receipt_of_a_hold_exports_nothing_even_when_it_names_lines(smartday: World) -> None:
    smartday.add([example()])
    before = smartday.service.task("50001")
    smartday.service.send_receipt("50001", hold(before, registration_ids=("r-900101",)))
    assert smartday.service.task("50001").registrations == before.registrations


def test_an_orders_receipt_never_collides_with_the_hold_before_it(smartday: World) -> None:
    smartday.add([example()])
    task = smartday.service.task("50001")
    for sent in (hold(task), receipt(task), hold(task, result="skipped"), receipt(task, ordinal=2)):
        for _ in range(2):
            smartday.service.send_receipt("50001", sent)
    assert smartday.receipts() == [
        ("50001", None),
        ("50001", "5589102"),
        ("50001", None),
        ("50001", "5589102"),
    ]
    assert smartday.service.task("50001").version == task.version + 4


def test_an_update_at_a_later_version_is_a_receipt_of_its_own(smartday: World) -> None:
    smartday.add([example()])
    task = smartday.service.task("50001")
    smartday.service.send_receipt("50001", receipt(task))
    changed = receipt(smartday.service.task("50001"), result="updated", registration_ids=("r-900102",))
    smartday.service.send_receipt("50001", changed)
    lines = smartday.service.task("50001").registrations
    assert [line.id for line in lines if line.status == "exported"] == ["r-900101", "r-900102"]


def test_an_orders_receipt_needs_the_orders_id(smartday: World) -> None:
    smartday.add([example()])
    with pytest.raises(Refused) as refused:
        smartday.service.send_receipt("50001", receipt(smartday.service.task("50001"), order_id=None))
    assert refused.value.code == "validation_failed"


def test_a_repeated_receipt_is_harmless(smartday: World) -> None:
    smartday.add([example()])
    sent = receipt(smartday.service.task("50001"))
    smartday.service.send_receipt("50001", sent)
    smartday.service.send_receipt("50001", replace(sent))
    assert smartday.receipts() == [("50001", "5589102")]


def test_a_receipt_whose_answer_was_lost_is_repeated_and_stands_once(smartday: World) -> None:
    smartday.add([example()])
    sent = receipt(smartday.service.task("50001"))
    smartday.lose_answer_of("send_receipt")
    with pytest.raises(RetryLater):
        smartday.service.send_receipt("50001", sent)
    smartday.service.send_receipt("50001", sent)
    assert smartday.receipts() == [("50001", "5589102")]


def test_another_receipt_for_the_same_version_is_refused(smartday: World) -> None:
    smartday.add([example()])
    sent = receipt(smartday.service.task("50001"))
    smartday.service.send_receipt("50001", sent)
    with pytest.raises(Refused) as refused:
        smartday.service.send_receipt("50001", replace(sent, order_id="5589103"))
    assert refused.value.code == "idempotency_key_reused"


def test_a_receipt_with_lines_that_are_gone_is_refused(smartday: World) -> None:
    smartday.add([example()])
    with pytest.raises(Refused) as refused:
        smartday.service.send_receipt(
            "50001", receipt(smartday.service.task("50001"), registration_ids=("x",))
        )
    assert refused.value.code == "validation_failed"


def test_a_receipt_for_a_task_that_is_gone_is_not_found(smartday: World) -> None:
    smartday.add([example()])
    task = smartday.service.task("50001")
    with pytest.raises(NotFound):
        smartday.service.send_receipt("99999", receipt(task))


def test_subscribing_again_replaces_our_one_subscription(smartday: World) -> None:
    for generation in (1, 2):
        smartday.service.subscribe(f"http://127.0.0.1:9/webhooks/smartday/104477?k={generation}", "hemmelig")
    assert smartday.subscriptions() == ["http://127.0.0.1:9/webhooks/smartday/104477?k=2"]


def test_our_subscription_is_shown_as_it_stands(smartday: World) -> None:
    address = "http://127.0.0.1:9/webhooks/smartday/104477?k=1"
    assert smartday.service.subscription() is None
    smartday.service.subscribe(address, "hemmelig")
    assert smartday.service.subscription() == Subscription(address, is_active=True)


def test_subscribing_again_takes_a_pause_away(smartday: World) -> None:
    address = "http://127.0.0.1:9/webhooks/smartday/104477?k=1"
    smartday.service.subscribe(address, "hemmelig")
    smartday.pause_subscription()
    assert smartday.service.subscription() == Subscription(address, is_active=False)
    assert smartday.subscriptions() == []
    smartday.service.subscribe(address, "hemmelig")
    assert smartday.service.subscription() == Subscription(address, is_active=True)
    assert smartday.subscriptions() == [address]


def test_a_limit_that_is_met_says_how_long_to_stay_away(smartday: World) -> None:
    smartday.throttle()
    with pytest.raises(Throttled) as throttled:
        smartday.service.task("50001")
    assert timedelta(seconds=20) < throttled.value.until - utc_now() <= timedelta(seconds=30)
    assert smartday.service.pace().is_blocked(utc_now())

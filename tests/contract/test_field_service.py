"""The promises of `FieldService`: one suite, kept in memory and by the real adapter over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.client import BridgeFieldService
from connector.domain.master_data import Customer, Product
from connector.domain.task import Place, Task
from connector.domain.task_record import Receipt
from connector.errors import CredentialsRejected, NotFound, Refused, RetryLater, Side, Throttled
from sandbox.serving import serve
from sandbox.smartday import demo
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options
from tests.contract.smartday_worlds import Memory, Stood, Wire, World
from tests.fakes.stores import MemorySessionStore, utc_now

EXAMPLE = Path(__file__).parents[2] / "sandbox" / "smartday" / "example_task.json"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
EXPORTED_AT = datetime(2026, 9, 14, 11, 2, 31, tzinfo=UTC)
CUSTOMER = Customer(
    external_number="10021",
    name="Brønnøysund Rør & Varme AS",
    is_company=True,
    organisation_number=None,
    state="active",
    email="post@eksempel.invalid",
    invoice_email=None,
    phone="+4777000000",
    mobile=None,
    billing_address=Place("Havnegata 2", None, None, "8900", "Brønnøysund", "NO"),
)
PRODUCT = Product(
    external_number="1042210",
    type="goods",
    name="Varmekabel 10 W/m, 50 m",
    description=None,
    unit=None,
    price=Decimal("1249.10"),
    cost_price=None,
    currency="NOK",
    price_includes_vat=False,
    vat_rate=Decimal(25),
    gtin=None,
    state="active",
)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    """Bridge's stand-in, served once for all tests of this module."""
    with serve(create_app(Options(tasks=0, requests_per_minute=100_000))) as url:
        yield url


@pytest.fixture(params=["memory", "bridge"])
def smartday(request: pytest.FixtureRequest) -> Iterator[World]:
    """Smartday without tasks, customers and products."""
    if request.param == "memory":
        yield Memory()
        return
    url = request.getfixturevalue("stand_in")
    pace = PaceKeeper(MemorySessionStore(), demo.AGREEMENT_NUMBER, Side.SMARTDAY, utc_now)
    service = BridgeFieldService(
        demo.AGREEMENT_NUMBER,
        f"{url}/v1",
        lambda _: (demo.BRIDGE_USER, demo.BRIDGE_PASSWORD),
        pace,
        utc_now,
        timeout=httpx.Timeout(10),
    )
    with httpx.Client(base_url=f"{url}/_control", trust_env=False) as control:
        control.post("/reset").raise_for_status()
        yield Stood(service, control)
    service.close()


def example(task_id: str = "50001", **changes: Any) -> Wire:
    """The contract's example under another id, with these changes."""
    task: Wire = json.loads(EXAMPLE.read_text("utf-8"), parse_float=Decimal)
    return task | {"id": task_id, "number": task_id} | changes


def in_state(code: str, number: int, task_id: str) -> Wire:
    return example(task_id, status={"code": code, "number": number, "label": code})


def receipt(task: Task, **changes: Any) -> Receipt:
    made = Receipt("created", task.version, "5589102", ("r-900101",), EXPORTED_AT, "Ordre 5589102 opprettet")
    return replace(made, **changes)


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


def test_a_failed_receipt_exports_nothing(smartday: World) -> None:
    smartday.add([example()])
    smartday.service.send_receipt("50001", receipt(smartday.service.task("50001"), result="failed"))
    assert all(line.status != "exported" for line in smartday.service.task("50001").registrations)


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


def test_customers_are_created_then_unchanged_then_updated(smartday: World) -> None:
    upsert = smartday.service.upsert_customers
    assert [one.outcome for one in upsert([CUSTOMER])] == ["created"]
    assert [one.outcome for one in upsert([CUSTOMER])] == ["unchanged"]
    assert [one.outcome for one in upsert([replace(CUSTOMER, name="Nytt navn AS")])] == ["updated"]
    assert smartday.customer_names() == {"10021": "Nytt navn AS"}


def test_products_keep_their_price_to_the_last_digit(smartday: World) -> None:
    upsert = smartday.service.upsert_products
    assert [one.outcome for one in upsert([PRODUCT, replace(PRODUCT, external_number="Ø-77")])] == [
        "created",
        "created",
    ]
    assert [one.outcome for one in upsert([PRODUCT])] == ["unchanged"]
    assert smartday.prices() == {"1042210": Decimal("1249.10"), "Ø-77": Decimal("1249.10")}


def test_a_full_batch_gives_a_result_each_in_the_order_sent(smartday: World) -> None:
    numbers = [str(10100 - n) for n in range(100)]
    given = smartday.service.upsert_customers([replace(CUSTOMER, external_number=n) for n in numbers])
    assert [one.external_number for one in given] == numbers


def test_more_than_a_hundred_records_are_a_mistake_of_ours(smartday: World) -> None:
    with pytest.raises(ValueError, match="100"):
        smartday.service.upsert_products([PRODUCT] * 101)


def test_a_batch_whose_answer_was_lost_may_be_sent_again(smartday: World) -> None:
    smartday.lose_answer_of("upsert_customers")
    with pytest.raises(RetryLater):
        smartday.service.upsert_customers([CUSTOMER])
    assert [one.outcome for one in smartday.service.upsert_customers([CUSTOMER])] == ["unchanged"]


def test_subscribing_again_replaces_our_one_subscription(smartday: World) -> None:
    for generation in (1, 2):
        smartday.service.subscribe(f"http://127.0.0.1:9/webhooks/smartday/104477?k={generation}", "hemmelig")
    assert smartday.subscriptions() == ["http://127.0.0.1:9/webhooks/smartday/104477?k=2"]


def test_a_limit_that_is_met_says_how_long_to_stay_away(smartday: World) -> None:
    smartday.throttle()
    with pytest.raises(Throttled) as throttled:
        smartday.service.task("50001")
    assert timedelta(seconds=20) < throttled.value.until - utc_now() <= timedelta(seconds=30)
    assert smartday.service.pace().is_blocked(utc_now())

"""The adapter in front of answers that are made up: what is sent, how often, and what the pace learns."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connector.adapters.twentyfoursevenoffice.calls import SAVE
from connector.domain.lease import SAVE_TIMEOUT
from connector.domain.pace import Pace
from connector.errors import Refused, RetryLater, Side, Throttled, UnknownOutcome
from tests.builders import heard
from tests.fakes.session_stores import MemorySessionStore
from tests.unit.adapters.office import AGREEMENT, NOW, ORDER, Answer, answer, fault, office, saved, sent

ENDED = "Client is not authenticated on this identity"
SINCE = NOW - timedelta(minutes=15)


def page(number: int, pages: int, total: int, *ids: int, **headers: str) -> httpx.Response:
    items = "".join(
        f"<SyncCompany><CompanyId>{one}</CompanyId><DateChanged>2026-09-14T10:00:00Z</DateChanged>"
        "<Active>true</Active></SyncCompany>"
        for one in ids
    )
    return answer(
        "GetCompanySyncList",
        f"<CurrentPage>{number}</CurrentPage><TotalPages>{pages}</TotalPages><TotalItems>{total}</TotalItems>"
        f"<ItemsPerPage>2</ItemsPerPage><Items>{items}</Items>",
        **headers,
    )


def companies(*ids: int) -> httpx.Response:
    return answer("GetCompanies", "".join(f"<Company><Id>{one}</Id></Company>" for one in ids))


def products(*ids: int) -> httpx.Response:
    return answer("GetProducts", "".join(f"<Product><Id>{one}</Id></Product>" for one in ids))


def test_every_call_carries_the_session_and_a_connection_of_its_own() -> None:
    erp, asked = office(saved())
    assert erp.save_order(ORDER).order_id == "5001"
    (request,) = asked.asked
    assert request.headers["Cookie"] == "ASP.NET_SessionId=session-0"
    assert request.headers["Connection"] == "close"
    assert request.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert asked.logins == 0


def test_an_ended_session_is_renewed_and_the_save_sent_again() -> None:
    erp, asked = office(fault(ENDED), saved())
    assert erp.save_order(ORDER).order_id == "5001"
    assert asked.cookies == ["session-0", "session-1"]
    assert asked.asked[0].content == asked.asked[1].content


def test_a_session_that_ends_twice_is_not_done_and_not_tried_a_third_time() -> None:
    erp, asked = office(fault(ENDED))
    with pytest.raises(RetryLater, match="erp_not_authenticated"):
        erp.save_order(ORDER)
    assert (len(asked.asked), asked.logins) == (2, 1)


def test_sessions_that_are_never_taken_cost_a_login_a_minute_however_many_tasks_there_are() -> None:
    now = [NOW]
    store = MemorySessionStore(clock=lambda: now[0])
    store.put_erp_session(AGREEMENT, "session-0")
    erp, asked = office(fault(ENDED), store=store, clock=store.clock)
    for seconds in range(120):
        now[0] = NOW + timedelta(seconds=seconds)
        with pytest.raises(RetryLater, match="erp_not_authenticated"):
            erp.save_order(ORDER)
    assert asked.logins == 2


def test_a_session_that_ends_in_the_middle_of_a_read_is_renewed() -> None:
    erp, asked = office(companies(1), fault(ENDED), companies(1001))
    read = [one.id for one in erp.read_customers(list(range(1, 1002)))]
    assert read == [1, 1001]
    assert asked.cookies == ["session-0", "session-0", "session-1"]


def test_a_save_that_is_refused_as_http_401_once_is_sent_again() -> None:
    erp, asked = office(httpx.Response(401), saved())
    assert erp.save_order(ORDER).order_id == "5001"
    assert asked.logins == 1


@pytest.mark.parametrize("given", [httpx.ReadTimeout("slow"), httpx.ReadError("reset"), httpx.Response(503)])
def test_a_save_of_unknown_outcome_is_sent_once(given: Answer) -> None:
    erp, asked = office(given)
    with pytest.raises(UnknownOutcome):
        erp.save_order(ORDER)
    assert len(asked.asked) == 1


def test_a_save_that_never_left_is_not_done() -> None:
    erp, _ = office(httpx.ConnectError("refused"))
    with pytest.raises(RetryLater, match="erp_unreachable"):
        erp.save_order(ORDER)


def test_a_save_waits_no_longer_than_it_says() -> None:
    phases = (SAVE.connect, SAVE.write, SAVE.pool, SAVE.read)
    assert sum(phase or 0 for phase in phases) == SAVE_TIMEOUT.total_seconds()


class Unwritable(MemorySessionStore):
    """A store that can be read, but not told anything about a pace."""

    def swap_pace(self, agreement_number: str, side: Side, known: Pace, pace: Pace) -> bool:
        raise RetryLater("aws_throttled")


@pytest.mark.parametrize(
    "given", [httpx.ReadError("reset"), httpx.Response(502), httpx.Response(500), fault("Feil")]
)
def test_a_pace_that_cannot_be_stored_never_makes_an_unknown_outcome_look_not_done(given: Answer) -> None:
    store = Unwritable(clock=lambda: NOW)
    store.put_erp_session(AGREEMENT, "session-0")
    erp, _ = office(given, store=store)
    with pytest.raises(UnknownOutcome):
        erp.save_order(ORDER)


def test_a_pace_that_cannot_be_stored_hides_no_order() -> None:
    store = Unwritable(clock=lambda: NOW)
    store.put_erp_session(AGREEMENT, "session-0")
    erp, _ = office(saved(), store=store)
    assert erp.save_order(ORDER).order_id == "5001"


def test_a_blocked_side_is_not_called() -> None:
    erp, asked = office(saved())
    asked.store.swap_pace(AGREEMENT, Side.ERP, Pace(), Pace(blocked_until=NOW + timedelta(minutes=5)))
    with pytest.raises(Throttled) as throttled:
        erp.save_order(ORDER)
    assert throttled.value.until == NOW + timedelta(minutes=5)
    assert asked.asked == []


def test_a_quarantine_in_a_fault_blocks_everybody_until_its_end() -> None:
    erp, asked = office(
        fault("Limit exceeded by 1. Request is blocked. Quarantine ends at 2026-09-14T12:00:00Z")
    )
    with pytest.raises(Throttled):
        erp.save_order(ORDER)
    until = datetime(2026, 9, 14, 12, tzinfo=UTC)
    assert asked.store.pace(AGREEMENT, Side.ERP).blocked_until == until


@pytest.mark.parametrize("text", ["Limit exceeded by 1. Request is blocked.", "<p>Limit exceeded by 1.</p>"])
def test_a_quarantine_as_plain_text_is_understood_whatever_the_status(text: str) -> None:
    for status in (200, 403, 503):
        erp, _ = office(httpx.Response(status, text=text))
        with pytest.raises(Throttled) as throttled:
            heard(erp.changed_products(None))
        assert throttled.value.until == NOW + timedelta(hours=1)


def test_the_announced_allowance_is_learnt() -> None:
    erp, _ = office(
        answer("GetProducts", None, APILimitRemaining="5100", APILimitReset="2026-09-14T12:00:00Z")
    )
    heard(erp.changed_products(None))
    assert erp.pace() == Pace(limit=5100, remaining=5100, reset_at=datetime(2026, 9, 14, 12, tzinfo=UTC))


@pytest.mark.parametrize("words", ["", "many", "-1", "9" * 5000])
def test_an_unreadable_announcement_is_no_announcement(words: str) -> None:
    erp, _ = office(answer("GetProducts", None, APILimitRemaining=words, APILimitReset=words))
    heard(erp.changed_products(None))
    assert (erp.pace().remaining, erp.pace().reset_at) == (None, None)


@pytest.mark.parametrize(
    "given",
    [
        fault("Feil"),
        httpx.Response(502),
        httpx.Response(200, text="<html/>"),
        httpx.ConnectError("refused"),
        httpx.DecodingError("gzip"),
    ],
)
def test_five_failures_in_a_row_leave_the_side_alone(given: Answer) -> None:
    erp, asked = office(given)
    for _ in range(5):
        with pytest.raises(RetryLater):
            heard(erp.changed_products(None))
    assert erp.pace().failures == 5
    with pytest.raises(Throttled):
        heard(erp.changed_products(None))
    assert len(asked.asked) == 5


def test_a_refusal_is_no_failure_of_the_side() -> None:
    erp, _ = office(saved("<APIException><Type>Validation</Type></APIException>"))
    for _ in range(6):
        with pytest.raises(Refused):
            erp.save_order(ORDER)
    assert erp.pace().failures == 0


def test_all_pages_of_the_list_are_read() -> None:
    date = {"Date": "Mon, 14 Sep 2026 10:59:00 GMT"}
    erp, asked = office(page(1, 2, 3, 1, 2, **date), page(2, 2, 3, 3))
    told = heard(erp.changed_customers(SINCE))
    assert [change.id for change in told.entries] == [1, 2, 3]
    assert told.source_clock == datetime(2026, 9, 14, 10, 59, tzinfo=UTC)
    searches = [sent(one.content)["syncSearchParameters"] for one in asked.asked]
    assert [(one["Page"], one["ChangedAfter"]) for one in searches] == [
        ("1", "2026-09-14T10:45:00Z"),
        ("2", "2026-09-14T10:45:00Z"),
    ]


def test_an_empty_list_is_an_answer() -> None:
    erp, asked = office(page(1, 0, 0))
    assert heard(erp.changed_customers(None)).entries == ()
    assert "ChangedAfter" not in sent(asked.asked[0].content)["syncSearchParameters"]


@pytest.mark.parametrize(
    "pages",
    [
        [page(1, 2, 4, 1, 2), page(2, 2, 4, 1, 2)],
        [page(1, 2, 4, 1, 2), page(1, 2, 4, 1, 2)],
        [page(1, 2, 4, 1, 2), page(2, 2, 4)],
        [page(1, 2, 4, 1, 2), page(2, 2, 4, 2, 3)],
        [page(1, 3, 6, 1, 2), page(2, 3, 6), page(3, 3, 6, 5, 6)],
        [page(1, 1, 3, 1, 2)],
        [answer("GetCompanySyncList")],
        [answer("GetCompanySyncList", "<Items/>")],
    ],
)
def test_a_list_with_a_page_missing_or_repeated_is_no_list(pages: list[httpx.Response]) -> None:
    erp, _ = office(*pages)
    with pytest.raises(RetryLater):
        heard(erp.changed_customers(None))


def test_without_a_date_our_own_time_at_the_start_is_the_lists() -> None:
    erp, _ = office(products(1))
    assert heard(erp.changed_products(None)).source_clock == NOW


@pytest.mark.parametrize(
    ("read", "made", "parameter"),
    [
        (lambda erp, ids: erp.read_customers(ids), companies, "CompanyIds"),
        (lambda erp, ids: erp.read_products(ids), products, "ProductIds"),
    ],
)
def test_no_call_asks_for_more_than_a_thousand_ids(
    read: Callable[..., Any], made: Callable[..., httpx.Response], parameter: str
) -> None:
    erp, asked = office(made(1), made(1001))
    assert [one.id for one in read(erp, range(1, 1501))] == [1, 1001]
    asked_for = [sent(one.content)["searchParams"][parameter]["int"] for one in asked.asked]
    assert [len(ids) for ids in asked_for] == [1000, 500]


@pytest.mark.parametrize("read", [lambda erp: erp.read_customers([]), lambda erp: erp.read_products([])])
def test_no_ids_make_no_call_since_that_would_ask_for_all(read: Callable[..., Any]) -> None:
    erp, asked = office(companies(1))
    assert list(read(erp)) == []
    assert asked.asked == []

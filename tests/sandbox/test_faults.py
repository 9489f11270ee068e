"""Faults planted in a stand-in, seen from a client of the ERP's."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
from lxml import etree

from sandbox.serving import serve
from sandbox.twentyfoursevenoffice.app import create_app
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.sandbox.erp_caller import PATHS, Erp, credential, envelope, fault_of, ints, result_of, strings

FAR = 1_000_000
ORDER = (
    "<invoices><InvoiceOrder><CustomerId>10021</CustomerId><InvoiceRows>"
    "<InvoiceRow><ProductId>501</ProductId></InvoiceRow></InvoiceRows></InvoiceOrder></invoices>"
)


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    with serve(create_app(2_100, 20, limits=Limits(FAR, FAR, FAR))) as url:
        yield url


@pytest.fixture
def erp(running: str) -> Iterator[Erp]:
    with httpx.Client(base_url=running) as http:
        http.post("/_control/reset").raise_for_status()
        caller = Erp(http)
        caller.login()
        yield caller


def save(erp: Erp) -> httpx.Response:
    return erp.post("Invoice", "SaveInvoices", ORDER)


def wait_for_orders(erp: Erp, count: int) -> None:
    deadline = time.monotonic() + 10
    while len(erp.orders()) < count:
        assert time.monotonic() < deadline, "the order never came"


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_reset_breaks_the_connection_without_or_with_the_effect(erp: Erp, when: str, orders: int) -> None:
    erp.plant("reset", operation="SaveInvoices", when=when)
    with pytest.raises(httpx.ReadError):
        save(erp)
    assert len(erp.orders()) == orders
    assert save(erp).status_code == 200


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_timeout_leaves_the_client_waiting(erp: Erp, when: str, orders: int) -> None:
    erp.plant("timeout", operation="SaveInvoices", when=when)
    with pytest.raises(httpx.ReadTimeout):
        erp.http.post(PATHS["Invoice"], content=envelope("SaveInvoices", ORDER), timeout=0.3)
    assert len(erp.orders()) == orders


def test_timeout_ends_by_itself(erp: Erp) -> None:
    erp.plant("timeout", seconds=0.05)
    with pytest.raises(httpx.ReadError):
        save(erp)


def test_late_effect_comes_after_the_client_gave_up(erp: Erp) -> None:
    erp.plant("late_effect", operation="SaveInvoices", seconds=0.3)
    with pytest.raises(httpx.ReadError):
        save(erp)
    assert erp.orders() == []
    wait_for_orders(erp, 1)


def test_reset_while_reading_cuts_the_body_after_the_effect(erp: Erp) -> None:
    erp.plant("reset_while_reading")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        save(erp)
    assert len(erp.orders()) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 423, 500, 502, 503, 504])
def test_any_status_can_be_answered(erp: Erp, status: int) -> None:
    erp.plant("status", status=status)
    assert save(erp).status_code == status
    assert erp.orders() == []


@pytest.mark.parametrize("retry_after", [7, "Tue, 24 Nov 2026 17:00:00 GMT"])
def test_429_says_when_to_come_back_in_seconds_or_as_a_date(erp: Erp, retry_after: int | str) -> None:
    erp.plant("status", status=429, retry_after=retry_after)
    assert save(erp).headers["Retry-After"] == str(retry_after)


def test_html_and_cut_xml_cannot_be_read(erp: Erp) -> None:
    erp.plant("html")
    erp.plant("cut_xml")
    assert save(erp).headers["content-type"].startswith("text/html")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(save(erp).content)
    assert len(erp.orders()) == 1


def test_unknown_and_missing_elements_are_the_only_thing_wrong(erp: Erp) -> None:
    erp.plant("unknown_element")
    erp.plant("missing_element")
    (with_more,) = result_of(save(erp))
    (with_less,) = result_of(save(erp))
    assert list(with_more)[:2] == ["OrderId", "IntroducedLater"]
    assert set(with_more) - set(with_less) == {"IntroducedLater", "IncludeVAT"}


def test_a_named_element_goes_missing(erp: Erp) -> None:
    erp.plant("missing_element", element="OrderId")
    assert "OrderId" not in result_of(save(erp))[0]


def test_unauthenticated_strikes_in_the_middle_of_a_run(erp: Erp) -> None:
    erp.plant("unauthenticated", operation="SaveInvoices", nth=2)
    assert save(erp).status_code == 200
    assert fault_of(save(erp)) == "Client is not authenticated on this identity"
    assert save(erp).status_code == 200
    assert len(erp.orders()) == 2


def test_empty_login_hits_logins_only(erp: Erp) -> None:
    erp.plant("empty_login")
    assert save(erp).status_code == 200
    assert erp.call("Authenticate", "Login", credential()) is None
    assert erp.login()


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_a_success_can_hold_an_error(erp: Erp, when: str, orders: int) -> None:
    erp.plant("fault_in_success", operation="SaveInvoices", when=when)
    (item,) = result_of(save(erp))
    assert "Message" in item["APIException"]
    assert len(erp.orders()) == orders


def test_quarantine_comes_as_a_fault_or_as_a_status(erp: Erp) -> None:
    erp.plant("quarantine")
    erp.plant("quarantine", status=403)
    as_fault, as_status = save(erp), save(erp)
    assert "Quarantine ends at" in fault_of(as_fault)
    assert as_fault.headers["APILimitRemaining"] == "0"
    assert (as_status.status_code, "Limit exceeded by" in as_status.text) == (403, True)


def test_a_page_is_repeated_or_goes_missing(erp: Erp) -> None:
    def first_of(page: int) -> tuple[str, str]:
        inner = f"<syncSearchParameters><Page>{page}</Page></syncSearchParameters>"
        answer = erp.call("Company", "GetCompanySyncList", inner)
        return answer["CurrentPage"], answer["Items"][0]["CompanyId"]

    erp.plant("repeated_page", nth=2)
    erp.plant("missing_page", nth=3)
    assert [first_of(1), first_of(2)] == [("1", "10001"), ("2", "10001")]
    assert [first_of(1), first_of(2)] == [("1", "11001"), ("2", "11001")]


def test_clock_skew_moves_the_date_header(erp: Erp) -> None:
    erp.plant("clock_skew", seconds=-7200)
    skewed = parsedate_to_datetime(save(erp).headers["date"])
    true = parsedate_to_datetime(save(erp).headers["date"])
    assert timedelta(hours=1, minutes=59) < true - skewed < timedelta(hours=2, minutes=1)
    assert abs(datetime.now(UTC) - true) < timedelta(minutes=1)


def test_delay_keeps_calls_under_way_at_the_same_time(erp: Erp) -> None:
    erp.plant("delay", operation="SaveInvoices", seconds=0.3, times=None)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: save(erp), range(3)))
    assert all(answer.status_code == 200 for answer in answers)
    assert erp.control("GET", "/calls")["max_in_flight"] == 3


def test_times_and_nth_bound_the_hits_and_are_shown(erp: Erp) -> None:
    erp.plant("status", status=500, operation="SaveInvoices", nth=2, times=2)
    assert [save(erp).status_code for _ in range(4)] == [200, 500, 500, 200]
    (shown,) = erp.control("GET", "/faults")["faults"]
    assert (shown["seen"], shown["hits"]) == (4, 2)


def test_probability_hits_some_and_the_same_ones_again(erp: Erp) -> None:
    def run() -> list[int]:
        erp.control("DELETE", "/faults")
        erp.plant("status", status=503, probability=0.5, times=None)
        return [erp.post("Authenticate", "HasSession").status_code for _ in range(20)]

    first = run()
    assert set(first) == {200, 503}
    assert run() == first


def test_a_fault_can_be_taken_away(erp: Erp) -> None:
    planted = erp.control("POST", "/faults", {"name": "status", "status": 500, "times": None})
    erp.control("DELETE", f"/faults/{planted['id']}")
    assert erp.control("GET", "/faults") == {"faults": []}
    assert erp.http.delete("/_control/faults/99").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"name": "no_such_fault"},
        {"name": "reset", "operation": "NoSuchOperation"},
        {"name": "empty_login", "operation": "SaveInvoices"},
        {"name": "status"},
        {"name": "late_effect"},
        {"name": "reset", "nth": 0},
        {"name": "reset", "often": True},
        {"operation": "*"},
        ["reset"],
    ],
)
def test_control_refuses_a_fault_that_makes_no_sense(erp: Erp, given: object) -> None:
    answer = erp.http.post("/_control/faults", json=given)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_control_refuses_what_is_no_json(erp: Erp) -> None:
    assert erp.http.post("/_control/faults", content=b"{").status_code == 422


def test_faults_are_about_calls_and_not_about_control(erp: Erp) -> None:
    erp.plant("status", status=500, times=None)
    assert erp.control("GET", "/health") == {"status": "ok"}
    inner = f"<searchParams>{ints('CompanyIds', 10021)}</searchParams>" + strings("returnProperties", "Id")
    assert erp.post("Company", "GetCompanies", inner).status_code == 500

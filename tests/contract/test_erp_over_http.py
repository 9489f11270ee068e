"""What only the real adapter shows: what arrives, pages, sessions, logins (faults: `test_erp_faults`).

The stand-in is served over HTTP and told which fault to show.
"""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connector.adapters.twentyfoursevenoffice.client import connect, prove_login
from connector.domain.erp_order import OrderChange
from connector.domain.integration import ErpCompany
from connector.domain.order import TextRow
from connector.errors import (
    CredentialsRejected,
    IdentityNeeded,
    Refused,
    RetryLater,
    Side,
)
from connector.ports import ErpLogin
from sandbox.twentyfoursevenoffice import demo
from tests.builders import heard
from tests.contract.erp_stand_in import Stood, standing
from tests.contract.erp_worlds import AGREEMENT, CREDENTIALS, CUSTOMER, KEY, ORDER, PRODUCT
from tests.fakes.session_stores import MemorySecretStore, MemorySessionStore
from tests.fakes.stores import utc_now

SEEDED = replace(ORDER, customer_id=10021, rows=(TextRow("hei"),))


@pytest.fixture(scope="module")
def control() -> Iterator[httpx.Client]:
    """The control side of the stand-in, served once for this module."""
    with standing() as control:
        yield control


@pytest.fixture
def stood(control: httpx.Client) -> Stood:
    """The real adapter in front of the stand-in."""
    return Stood(control)


def test_an_erp_that_cannot_be_reached_is_not_done() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        nobody = f"http://127.0.0.1:{listening.getsockname()[1]}"
    sessions, secrets = MemorySessionStore(), MemorySecretStore({AGREEMENT: CREDENTIALS})
    sessions.put_erp_session(AGREEMENT, "session-0")
    erp = connect(nobody, demo.APPLICATION_ID, AGREEMENT, sessions, secrets, utc_now, lambda span: None)
    with pytest.raises(RetryLater, match="erp_unreachable"):
        erp.save_order(SEEDED)


@pytest.mark.parametrize("name", ["unknown_element", "missing_element"])
def test_a_new_or_missing_element_in_the_answer_hides_no_order(stood: Stood, name: str) -> None:
    stood.fault(name, "SaveInvoices")
    order_id = stood.erp.save_order(SEEDED).order_id
    assert stood.order_ids() == [order_id]


def test_an_order_arrives_with_all_that_was_sent(stood: Stood) -> None:
    stood.put_customer(CUSTOMER)
    stood.put_product(PRODUCT)
    stood.erp.save_order(ORDER)
    (order,) = stood.get("/orders")["orders"]
    assert order["ReferenceNumber"] == "SD-104477-48213"
    assert order["ExternalStatus"] == KEY.external_status
    assert (order["OrderStatus"], order["IncludeVAT"]) == ("ForInvoicing", False)
    assert order["DateOrdered"] == order["DeliveryDate"] == "2026-09-14T10:00:00Z"
    assert order["YourReference"] == "Åse"
    assert order["Addresses"]["Delivery"] == {
        "Street": "Sjøgata 14 B",
        "PostalCode": "9405",
        "PostalArea": "Harstad",
        "Country": "NO",
    }
    product, text = order["InvoiceRows"]
    assert (product["ProductId"], product["Quantity"], product["Price"]) == (2501, "2.5000", "1249.1000")
    assert (product["DiscountRate"], product["SequenceNumber"]) == ("10.0000", 1)
    assert (text["Type"], text["SequenceNumber"]) == ("Text", 2)


def test_a_change_arrives_with_what_changed_and_nothing_else(stood: Stood) -> None:
    order_id = stood.erp.save_order(SEEDED).order_id
    stood.post(f"/orders/{order_id}", {"OrderStatus": "Web", "IncludeVAT": True, "ReferenceNumber": "PO 7"})
    (before,) = stood.get("/orders")["orders"]
    wanted = replace(SEEDED, project_id=118, department_id=1, our_reference=4, your_reference="Kari")
    head = ("project_id", "department_id", "our_reference", "your_reference")
    stood.erp.change_order(OrderChange(order_id, wanted, head))
    (after,) = stood.get("/orders")["orders"]
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    del changed["DateChanged"]
    assert changed == {"ProjectId": 118, "DepartmentId": 1, "OurReference": 4, "YourReference": "Kari"}


@pytest.mark.parametrize("name", ["repeated_page", "missing_page"])
def test_a_wrong_page_of_the_list_is_noticed(stood: Stood, name: str) -> None:
    stood.post("/companies", [{"Id": 30000 + n, "Name": f"Kunde {n}"} for n in range(2100)])
    stood.fault(name, "GetCompanySyncList", nth=2)
    with pytest.raises(RetryLater):
        heard(stood.erp.changed_customers(None))
    assert len(heard(stood.erp.changed_customers(None)).entries) == 2125


def test_a_skewed_clock_of_the_erp_is_the_lists_own_time(stood: Stood) -> None:
    stood.fault("clock_skew", "GetProducts", seconds=-600)
    told = heard(stood.erp.changed_products(None))
    assert abs(utc_now() - timedelta(minutes=10) - told.source_clock) < timedelta(seconds=10)


def test_a_session_that_ends_is_renewed_once_for_all_workers(stood: Stood) -> None:
    workers = [stood.erp, stood.another_worker(), stood.another_worker()]
    for worker in workers:
        heard(worker.changed_products(None))
    stood.post("/sessions:expire")
    for worker in workers:
        assert list(worker.read_products([501]))
    assert stood.calls()["Login"] == 2
    assert "HasSession" not in stood.calls()


def test_the_announced_allowance_becomes_the_pace(stood: Stood) -> None:
    heard(stood.erp.changed_products(None))
    pace = stood.erp.pace()
    assert pace.remaining == 1_000_000 - 2
    assert pace.reset_at is not None
    assert timedelta(0) < pace.reset_at - utc_now() <= timedelta(hours=1)


def test_a_wrong_password_is_tried_once_and_rejected(stood: Stood) -> None:
    stood.secrets.logins[AGREEMENT] = replace(CREDENTIALS, erp_password="feil")
    with pytest.raises(CredentialsRejected):
        stood.erp.save_order(SEEDED)
    assert stood.calls() == {"Login": 1}


def test_a_login_that_is_tried_costs_one_login_whatever_session_there_is(stood: Stood) -> None:
    heard(stood.erp.changed_products(None))
    stood.erp.log_in()
    assert list(stood.another_worker().read_products([501]))
    assert stood.calls()["Login"] == 2


@pytest.mark.parametrize("identity", [demo.IDENTITY_ID, demo.BLOCKED_IDENTITY_ID])
def test_five_workers_with_a_login_that_is_refused_try_it_once_together(
    stood: Stood, identity: str, at_once: Callable[..., list[Any]]
) -> None:
    password = "feil" if identity == demo.IDENTITY_ID else demo.SECOND_PASSWORD
    stood.secrets.logins[AGREEMENT] = replace(
        CREDENTIALS, erp_username=demo.SECOND_USERNAME, erp_password=password, erp_identity_id=identity
    )
    workers = [stood.another_worker() for _ in range(5)]
    outcomes = at_once([lambda worker=worker: heard(worker.changed_products(None)) for worker in workers])
    assert all(isinstance(one, CredentialsRejected | RetryLater) for one in outcomes)
    with pytest.raises(CredentialsRejected):
        stood.erp.save_order(SEEDED)
    assert stood.calls() == {"Login": 1}


def test_an_identity_that_was_blocked_rejects_the_login(stood: Stood) -> None:
    blocked = replace(
        CREDENTIALS,
        erp_username=demo.SECOND_USERNAME,
        erp_password=demo.SECOND_PASSWORD,
        erp_identity_id=demo.BLOCKED_IDENTITY_ID,
    )
    stood.secrets.logins[AGREEMENT] = blocked
    with pytest.raises(CredentialsRejected) as rejected:
        heard(stood.erp.changed_products(None))
    assert rejected.value.code == "identity_blocked"


def prove(stood: Stood, username: str, password: str, identity: str | None, **other: str) -> ErpLogin:
    application = other.get("application", demo.APPLICATION_ID)
    return prove_login(stood.url, application, username, password, identity, utc_now)


def test_a_proven_login_tells_the_company_and_a_session_that_works(stood: Stood) -> None:
    proven = prove(stood, demo.USERNAME, demo.PASSWORD, None)
    assert proven.company == ErpCompany(str(demo.CLIENT_ID), demo.CLIENT_NAME)
    assert proven.identity_id == demo.IDENTITY_ID
    stood.sessions.put_erp_session(AGREEMENT, proven.session_id)
    assert heard(stood.erp.changed_products(None)).entries
    assert stood.calls()["Login"] == 1


def test_a_login_that_reaches_several_companies_needs_a_choice(stood: Stood) -> None:
    with pytest.raises(IdentityNeeded) as needed:
        prove(stood, demo.SECOND_USERNAME, demo.SECOND_PASSWORD, None)
    assert needed.value.choices == [
        (demo.SECOND_IDENTITY_ID, str(demo.SECOND_CLIENT_ID), "Fjordbyrå Elektro AS"),
        (demo.THIRD_IDENTITY_ID, str(demo.THIRD_CLIENT_ID), "Fjordbyrå Rør AS"),
    ]


def test_the_chosen_identity_is_the_company_that_the_session_works_in(stood: Stood) -> None:
    proven = prove(stood, demo.SECOND_USERNAME, demo.SECOND_PASSWORD, demo.THIRD_IDENTITY_ID.upper())
    assert proven.company == ErpCompany(str(demo.THIRD_CLIENT_ID), "Fjordbyrå Rør AS")


@pytest.mark.parametrize("identity", [demo.BLOCKED_IDENTITY_ID, demo.IDENTITY_ID])
def test_a_blocked_or_foreign_identity_is_refused(stood: Stood, identity: str) -> None:
    with pytest.raises(Refused) as refused:
        prove(stood, demo.SECOND_USERNAME, demo.SECOND_PASSWORD, identity)
    assert refused.value.code == "identity_blocked"


def test_an_unknown_application_id_is_refused(stood: Stood) -> None:
    with pytest.raises(Refused) as refused:
        prove(stood, demo.USERNAME, demo.PASSWORD, None, application=demo.IDENTITY_ID)
    assert (refused.value.side, refused.value.code) == (Side.ERP, "unknown_application")


def test_a_wrong_password_is_rejected_at_the_proof(stood: Stood) -> None:
    with pytest.raises(CredentialsRejected):
        prove(stood, demo.USERNAME, "feil", None)


@pytest.mark.parametrize("name", ["reset", "html", "cut_xml", "reset_while_reading"])
def test_a_proof_that_goes_wrong_may_be_tried_again(stood: Stood, name: str) -> None:
    stood.fault(name, "Login")
    with pytest.raises(RetryLater):
        prove(stood, demo.USERNAME, demo.PASSWORD, None)

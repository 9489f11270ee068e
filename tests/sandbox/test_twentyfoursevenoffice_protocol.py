"""The ERP stand-in's SOAP manners and sessions: any client that follows the contract is understood."""

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from lxml import etree

from sandbox.serving import serve
from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.app import create_app
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.sandbox.erp_caller import (
    NAMESPACE,
    PATHS,
    SOAP_11,
    SOAP_12,
    Erp,
    credential,
    envelope,
    fault_of,
    result_of,
    strings,
)

FAR = 1_000_000
NOT_AUTHENTICATED = "Client is not authenticated on this identity"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(create_app(30, 20, limits=Limits(FAR, FAR, FAR))) as base:
        yield base


@pytest.fixture
def erp(url: str) -> Iterator[Erp]:
    with httpx.Client(base_url=url) as http:
        http.post("/_control/reset").raise_for_status()
        yield Erp(http)


def test_login_gives_the_session_and_its_cookie(erp: Erp) -> None:
    session = erp.login()
    assert erp.http.cookies["ASP.NET_SessionId"] == session
    assert erp.call("Authenticate", "HasSession") == "true"


def test_has_session_without_a_cookie_is_false_and_no_fault(erp: Erp) -> None:
    assert erp.call("Authenticate", "HasSession") == "false"


@pytest.mark.parametrize("wrong", [{"password": "feil"}, {"username": "ingen@nordlys-service.example"}])
def test_wrong_user_or_password_gives_no_session_and_no_fault(erp: Erp, wrong: dict[str, str]) -> None:
    assert erp.login(**wrong) is None
    assert "ASP.NET_SessionId" not in erp.http.cookies


def test_unregistered_application_id_is_a_fault(erp: Erp) -> None:
    unknown = "11111111-2222-3333-4444-555555555555"
    text = fault_of(erp.post("Authenticate", "Login", credential(application=unknown)))
    assert text.startswith("Server was unable to process request. --->")
    assert "not registered" in text


def test_identity_chooses_the_company(erp: Erp) -> None:
    erp.login(username=demo.SECOND_USERNAME, password=demo.SECOND_PASSWORD, identity=demo.THIRD_IDENTITY_ID)
    assert erp.call("Authenticate", "GetIdentity")["Client"]["Id"] == str(demo.THIRD_CLIENT_ID)
    assert erp.call("Client", "GetClientInformation")["Name"] == "Fjordbyrå Rør AS"


def test_without_an_identity_the_default_company_is_used_and_can_be_changed(erp: Erp) -> None:
    erp.login(username=demo.SECOND_USERNAME, password=demo.SECOND_PASSWORD)
    assert erp.call("Authenticate", "GetIdentity")["Client"]["Id"] == str(demo.SECOND_CLIENT_ID)
    chosen = f"<identityId>{demo.THIRD_IDENTITY_ID}</identityId>"
    assert erp.call("Authenticate", "SetIdentityById", chosen) == "true"
    assert erp.call("Authenticate", "GetIdentity")["Client"]["Id"] == str(demo.THIRD_CLIENT_ID)


def test_blocked_identity_is_a_fault_and_not_listed(erp: Erp) -> None:
    second = {"username": demo.SECOND_USERNAME, "password": demo.SECOND_PASSWORD}
    blocked = credential(**second, identity=demo.BLOCKED_IDENTITY_ID)
    assert "IdentityId is blocked" in fault_of(erp.post("Authenticate", "Login", blocked))
    listed = erp.call("Authenticate", "GetIdentitiesWithCredential", credential(**second))
    assert [each["Id"] for each in listed] == [demo.SECOND_IDENTITY_ID, demo.THIRD_IDENTITY_ID]


def test_companies_have_separate_books(erp: Erp) -> None:
    erp.login(username=demo.SECOND_USERNAME, password=demo.SECOND_PASSWORD)
    erp.save(
        "<CustomerId>10021</CustomerId><InvoiceRows><InvoiceRow><ProductId>501</ProductId></InvoiceRow></InvoiceRows>"
    )
    assert erp.orders() == []
    assert len(erp.control("GET", f"/orders?client={demo.SECOND_CLIENT_ID}")["orders"]) == 1


def test_other_services_need_a_session_that_is_alive(erp: Erp) -> None:
    assert fault_of(erp.post("Company", "GetCategories")) == NOT_AUTHENTICATED
    erp.login()
    assert erp.post("Company", "GetCategories").status_code == 200
    assert erp.control("POST", "/sessions:expire") == {"expired": 1}
    assert fault_of(erp.post("Company", "GetCategories")) == NOT_AUTHENTICATED
    assert erp.call("Authenticate", "HasSession") == "false"


@pytest.mark.parametrize(
    "path", [PATHS["Authenticate"], PATHS["Authenticate"].upper().replace("V001", "v001")]
)
@pytest.mark.parametrize("action", [None, f'"{NAMESPACE}/HasSession"', f"{NAMESPACE}/HasSession", '""'])
def test_path_case_and_soap_action_do_not_matter(erp: Erp, path: str, action: str | None) -> None:
    headers = {"SOAPAction": action} if action is not None else {}
    answer = erp.http.post(path, content=envelope("HasSession"), headers=headers)
    assert result_of(answer) == "false"


def test_get_categories_depends_on_the_path(erp: Erp) -> None:
    erp.login()
    assert erp.call("Company", "GetCategories")[0]["Name"] == "Servicekunde"
    assert erp.call("Product", "GetCategories", strings("returnProperties", "Name"))[0] == {"Name": "Arbeid"}


@pytest.mark.parametrize(
    ("soap", "media"),
    [(SOAP_11, "text/xml; charset=utf-8"), (SOAP_12, "application/soap+xml; charset=utf-8")],
)
def test_answers_and_faults_come_in_the_version_asked(erp: Erp, soap: str, media: str) -> None:
    for operation in ("GetIdentity", "HasSession"):
        answer = erp.http.post(PATHS["Authenticate"], content=envelope(operation, soap=soap))
        assert etree.QName(etree.fromstring(answer.content)).namespace == soap
        assert answer.headers["content-type"] == media


def test_any_prefix_order_header_and_unknown_element_is_understood(erp: Erp) -> None:
    text = f"""<?xml version="1.0" encoding="utf-8"?>
    <SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_11}" xmlns:ns9="{NAMESPACE}" xmlns:i="{XSI}">
      <SOAP-ENV:Header/>
      <SOAP-ENV:Body><!-- a remark -->
        <ns9:Login><ns9:credential>
          <ns9:Username>{demo.USERNAME}</ns9:Username>
          <ns9:Language>no</ns9:Language>
          <ns9:Password>{demo.PASSWORD}</ns9:Password>
          <ns9:IdentityId i:nil="true"/>
          <ns9:ApplicationId>{demo.APPLICATION_ID.upper()}</ns9:ApplicationId>
        </ns9:credential></ns9:Login>
      </SOAP-ENV:Body>
    </SOAP-ENV:Envelope>"""
    assert result_of(erp.http.post(PATHS["Authenticate"], content=text.encode()))


def test_elements_outside_the_vendors_namespace_are_not_the_vendors(erp: Erp) -> None:
    inner = credential().replace("<Password>", '<Password xmlns="urn:other">')
    assert erp.call("Authenticate", "Login", inner) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY e "x">]>' + envelope("HasSession"),
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">' + envelope("HasSession"),
        f'<s:Envelope xmlns:s="{SOAP_11}"><s:Body/></s:Envelope>'.encode(),
        envelope("HasSession").replace(NAMESPACE.encode(), b"urn:other"),
        envelope("DropEverything"),
        envelope("Login", "<credential><ApplicationId>no guid</ApplicationId></credential>"),
    ],
    ids=[
        "empty",
        "text",
        "no envelope",
        "entity",
        "external",
        "empty body",
        "namespace",
        "operation",
        "guid",
    ],
)
def test_what_is_no_request_is_a_fault(erp: Erp, body: bytes) -> None:
    assert fault_of(erp.http.post(PATHS["Authenticate"], content=body))


def test_values_that_mean_not_set_are_absent(erp: Erp) -> None:
    zeros = "00000000-0000-0000-0000-000000000000"
    erp.login(identity=zeros)
    unset = (
        "<searchParams><Id>-2147483648</Id><No></No><Price>-79228162514264337593543950335</Price>"
        "<DateChanged>0001-01-01T00:00:00</DateChanged></searchParams>"
    )
    assert len(erp.call("Product", "GetProducts", unset + strings("returnProperties", "Id"))) == 20


def test_unknown_paths_and_plain_gets_are_not_found(erp: Erp) -> None:
    assert erp.http.post("/Economy/Account/V001/AccountService.asmx", content=b"").status_code == 404
    assert erp.http.get(PATHS["Company"]).status_code == 404


@pytest.mark.parametrize("query", ["wsdl", "WSDL"])
def test_wsdl_names_the_address_that_was_asked(erp: Erp, url: str, query: str) -> None:
    answer = erp.http.get(f"{PATHS['Company']}?{query}")
    if answer.status_code == 404:
        pytest.skip("the connector's WSDL files are not there")
    assert f'location="{url}{PATHS["Company"]}"' in answer.text
    assert "24sevenoffice.com/CRM" not in answer.text


def test_the_process_says_where_it_listens() -> None:
    command = [sys.executable, "-m", "sandbox.twentyfoursevenoffice", "--customers", "5", "--products", "8"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            assert httpx.get(f"{url}/_control/health").json() == {"status": "ok"}
        finally:
            process.terminate()

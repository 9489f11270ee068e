"""The ERP stand-in through zeep in strict mode, with the vendor's own WSDL files where they are at hand."""

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import zeep

from sandbox.serving import serve
from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.app import create_app
from tests.sandbox.erp_caller import PATHS

VENDOR_WSDL = Path(
    os.environ.get("TWENTYFOURSEVENOFFICE_WSDL", Path(__file__).parents[3] / "shared/contracts/wsdl")
)
FILES = {
    "Authenticate": "Authenticate",
    "Company": "CompanyService",
    "Product": "ProductService",
    "Invoice": "InvoiceService",
    "Client": "ClientService",
}
Service = Callable[..., Any]

pytestmark = pytest.mark.skipif(
    not VENDOR_WSDL.is_dir(), reason="the vendor's WSDL files are not at hand (TWENTYFOURSEVENOFFICE_WSDL)"
)


@pytest.fixture(scope="module", params=["Soap", "Soap12"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """Gives a logged-in service by name, for each SOAP version."""
    with serve(create_app(60, 40)) as url, requests.Session() as session:
        httpx.post(f"{url}/_control/reset").raise_for_status()
        transport = zeep.Transport(session=session)  # type: ignore[no-untyped-call]

        def bound(name: str) -> Any:
            wsdl = str(VENDOR_WSDL / f"{FILES[name]}.wsdl")
            client = zeep.Client(wsdl, transport=transport)  # type: ignore[no-untyped-call]
            binding = f"{{http://24sevenOffice.com/webservices}}{FILES[name]}{request.param}"
            return client.create_service(binding, url + PATHS[name])  # type: ignore[no-untyped-call]

        credential = {
            "ApplicationId": demo.APPLICATION_ID,
            "Username": demo.USERNAME,
            "Password": demo.PASSWORD,
            "IdentityId": demo.IDENTITY_ID,
        }
        assert bound("Authenticate").Login({**credential, "Password": "feil"}) is None
        assert bound("Authenticate").Login(credential)
        yield bound


def test_identities_and_client_information_are_readable(service: Service) -> None:
    identity = service("Authenticate").GetIdentity()
    assert (identity.Id, identity.Client.Id, identity.IsCurrent) == (demo.IDENTITY_ID, demo.CLIENT_ID, True)
    assert len(service("Authenticate").GetIdentities()) == 1
    assert service("Client").GetClientInformation().Name == demo.CLIENT_NAME
    assert service("Client").GetVatTypeList()[0].Rate == 25


def test_companies_are_readable_and_writable(service: Service) -> None:
    page = service("Company").GetCompanySyncList({"Page": 1})
    assert page.TotalItems >= 60
    assert page.Items.SyncCompany[20].CompanyId == 10021
    properties = {"string": ["Id", "Name", "Addresses", "PhoneNumbers", "EmailAddresses", "DateChanged"]}
    (company,) = service("Company").GetCompanies({"CompanyIds": {"int": [10021]}}, properties)
    assert company.Addresses.Post.PostalArea == "Brønnøysund"
    saved = service("Company").SaveCompanies({"Company": [{"Name": "Øvre Bygg AS", "Type": "Business"}, {}]})
    assert saved[0].Id > 10021
    assert saved[1].APIException.Message == "Name is mandatory"


def test_products_are_readable(service: Service) -> None:
    (product,) = service("Product").GetProducts({"No": "T100"}, {"string": ["Id", "No", "Price", "TaxRate"]})
    assert (product.Id, product.Price, product.TaxRate) == (501, Decimal(950), Decimal(25))
    assert service("Product").GetProducts({"No": "no such"}, {"string": ["Id"]}) is None
    assert service("Product").GetCategories({"string": ["Id", "Name"]})[0].Name == "Arbeid"


def test_orders_are_writable_readable_and_changeable(service: Service) -> None:
    rows = [{"ProductId": 501, "Quantity": Decimal("3.5")}, {"Type": "Text", "Name": "Ferdig"}]
    order = {"CustomerId": 10021, "ExternalStatus": 4711, "InvoiceRows": {"InvoiceRow": rows}}
    (saved,) = service("Invoice").SaveInvoices({"InvoiceOrder": [order]})
    assert (saved.OrderTotalIncVat, saved.IncludeVAT) == (Decimal("4156.25"), None)
    change = {"RowId": saved.InvoiceRows.InvoiceRow[0].RowId, "Quantity": 1, "ChangeState": "Edit"}
    edited = {"OrderId": saved.OrderId, "InvoiceRows": {"InvoiceRow": [change]}}
    service("Invoice").SaveInvoices({"InvoiceOrder": [edited]})
    (found,) = service("Invoice").GetInvoices(
        {"ExternalStatus": {"int": [4711]}},
        {"string": ["OrderId", "OrderTotalIncVat", "InvoiceRows", "Currency", "Addresses"]},
        {"string": ["RowId", "Quantity"]},
    )
    assert (found.OrderId, found.OrderTotalIncVat) == (saved.OrderId, Decimal("1187.5"))
    assert found.InvoiceRows.InvoiceRow[0].Quantity == 1
    assert saved.OrderId in service("Invoice").GetOrderSyncList({"RegisteredAfter": "2020-01-01T00:00:00"})
    assert service("Invoice").GetInvoices({"ExternalStatus": {"int": [1]}}, {"string": ["OrderId"]}) is None


def test_a_fault_is_a_fault_to_the_client(service: Service) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="1000 CompanyIds"):
        service("Company").GetCompanies({"CompanyIds": {"int": list(range(1001))}}, {"string": ["Id"]})

"""One process: the straightforward way to import both registers, as a baseline.

Decision: as in `straightforward`, what doesn't matter here is given for nothing: the same list, the same
mapping, our shortened WSDL, a thousand details a call, connections that are kept, one login. What differs is
that zeep's objects read the answers, and that each record is one call to Smartday and one write to the table.

`python -m bench.import_plainly <places>` prints one line of JSON.
"""

import json
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import httpx

from bench.import_ports import AGREEMENT, LOGINS
from bench.straightforward import HttpxTransport, service
from bench.surroundings import Arrivals, Places, peak_megabytes, places_given
from connector.adapters.smartday.wire import fields_of, to_json
from connector.adapters.twentyfoursevenoffice.records import COMPANY_PROPERTIES, PRODUCT_PROPERTIES
from connector.domain.binding import Kind
from connector.domain.master_data import Customer, ErpAddress, ErpCustomer, ErpProduct, Product
from connector.domain.master_data_mapping import Mapped, SetAside, to_customer, to_product
from sandbox.twentyfoursevenoffice import demo as erp_demo

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

CHUNK = 1000
"""Ids a call, as many as the ERP takes."""


class PlainImport:
    """Imports from the ERP into Smartday and the table `bindings`."""

    def __init__(self, places: Places, table: "Table") -> None:
        transport = HttpxTransport()
        login = {
            "ApplicationId": erp_demo.APPLICATION_ID,
            "IdentityId": erp_demo.IDENTITY_ID,
            "Username": erp_demo.USERNAME,
            "Password": erp_demo.PASSWORD,
        }
        transport.session_id = service("Authenticate", places.erp_url, transport).Login(login)
        self._companies = service("CompanyService", places.erp_url, transport)
        self._products = service("ProductService", places.erp_url, transport)
        self._table = table
        self._smartday = httpx.Client(
            base_url=f"{places.smartday_url}/v1",
            auth=httpx.BasicAuth(LOGINS.bridge_user.encode(), LOGINS.bridge_password.encode()),
            headers={"Smartday-Agreement": AGREEMENT, "Content-Type": "application/json"},
            trust_env=False,
        )

    def run(self) -> int:
        """Both registers; gives how many records the ERP listed."""
        listed = 0
        for page in self._listed_companies():
            listed += len(page)
            asked = {"CompanyIds": {"int": list(page)}}
            for one in self._companies.GetCompanies(asked, {"string": COMPANY_PROPERTIES}) or ():
                self._write(Kind.CUSTOMERS, one.Id, to_customer(customer_of(one), page[one.Id]))
        ids = [one.Id for one in self._products.GetProducts({}, {"string": ["Id"]}) or ()]
        for some in (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)):
            asked = {"ProductIds": {"int": some}}
            for one in self._products.GetProducts(asked, {"string": PRODUCT_PROPERTIES}) or ():
                self._write(Kind.PRODUCTS, one.Id, to_product(_product(one)))
        return listed + len(ids)

    def _listed_companies(self) -> Iterator[dict[int, bool]]:
        page, pages = 0, 1
        while page < pages:
            page += 1
            result = self._companies.GetCompanySyncList({"Page": page})
            pages = result.TotalPages
            yield {one.CompanyId: one.Active is not False for one in result.Items.SyncCompany}

    def _write(self, kind: Kind, erp_id: int, mapped: Mapped[Customer] | Mapped[Product] | SetAside) -> None:
        if isinstance(mapped, SetAside):
            return
        number = mapped.record.external_number
        body = {name: value for name, value in fields_of(mapped.record).items() if name != "external_number"}
        self._smartday.put(f"/{kind}/{number}", content=to_json(body)).raise_for_status()
        self._table.put_item(
            Item={"agreement_number": AGREEMENT, "binding_key": f"{kind}#{number}", "erp_id": erp_id}
        )


def customer_of(one: Any) -> ErpCustomer:
    """The domain's record of zeep's object."""
    addresses, emails, phones = one.Addresses, one.EmailAddresses, one.PhoneNumbers
    return ErpCustomer(
        id=one.Id,
        name=one.Name or "",
        first_name=one.FirstName or "",
        type=one.Type or "None",
        organisation_number=one.OrganizationNumber or "",
        invoice_address=_address(addresses and addresses.Invoice, one.Country),
        post_address=_address(addresses and addresses.Post, one.Country),
        visit_address=_address(addresses and addresses.Visit, one.Country),
        email=_value(emails and (emails.Primary or emails.Work or emails.Home)),
        invoice_email=_value(emails and emails.Invoice),
        phone=_value(phones and (phones.Primary or phones.Work or phones.Home)),
        mobile=_value(phones and phones.Mobile),
        blocked=one.BlockInvoice is True,
    )


def _product(one: Any) -> ErpProduct:
    return ErpProduct(
        id=one.Id,
        number=one.No or "",
        name=one.Name or "",
        description=one.Description or "",
        price=one.Price,
        cost_price=one.InPrice,
        vat_rate=one.TaxRate,
        gtin=one.EAN1 or "",
        active=one.StatusId != 0,
    )


def _address(one: Any, country: str | None) -> ErpAddress | None:
    if one is None:
        return None
    area = one.PostalArea or one.City or ""
    return ErpAddress(one.Street or "", one.PostalCode or "", area, one.Country or country or "")


def _value(one: Any) -> str:
    return (one.Value if one is not None else None) or ""


def main() -> None:
    """Import and print what it took."""
    places = places_given()
    arrivals = Arrivals(places)
    way = PlainImport(places, places.tables.Table("bindings"))
    before: Sequence[int] = [calls.total() for calls in arrivals.now().values()]
    processor, wall = time.process_time(), time.perf_counter()
    seen = way.run()
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    calls = sum(calls.total() for calls in arrivals.now().values()) - sum(before)
    print(
        json.dumps(
            {
                "seen": seen,
                "wall": wall,
                "processor": processor,
                "calls": calls,
                "peak_rss_mb": peak_megabytes(),
            }
        )
    )


if __name__ == "__main__":
    main()

"""The real adapter in front of the stand-in over HTTP, as a world of the contract suite."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from connector.adapters.twentyfoursevenoffice.client import connect
from connector.domain.master_data import ErpAddress, ErpCustomer, ErpProduct
from connector.ports import Erp
from sandbox.serving import serve
from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.app import create_app
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.contract.erp_worlds import AGREEMENT, CREDENTIALS
from tests.fakes.session_stores import MemorySecretStore, MemorySessionStore
from tests.fakes.stores import utc_now

NOT_SET = -(2**31)
"""How the vendor writes a whole number that isn't there (contract 24sevenoffice 2.5)."""

OPERATIONS = {
    "save_order": "SaveInvoices",
    "change_order": "SaveInvoices",
    "read_order": "GetInvoices",
    "find_orders": "GetInvoices",
    "find_orders_of": "GetInvoices",
    "find_customers": "GetCompanies",
    "create_customer": "SaveCompanies",
    "changed_customers": "GetCompanySyncList",
    "read_customers": "GetCompanies",
    "changed_products": "GetProducts",
    "read_products": "GetProducts",
}


@dataclass
class Stood:
    """The real adapter, and the control side of the stand-in that it calls; back at its seed."""

    control: httpx.Client
    sessions: MemorySessionStore = field(default_factory=MemorySessionStore)
    secrets: MemorySecretStore = field(default_factory=lambda: MemorySecretStore({AGREEMENT: CREDENTIALS}))
    waits: list[timedelta] = field(default_factory=list)
    erp: Erp = field(init=False)

    def __post_init__(self) -> None:
        self.post("/reset")
        self.erp = self.another_worker()

    @property
    def url(self) -> str:
        """Where the stand-in listens."""
        return str(self.control.base_url.join("/"))

    def another_worker(self) -> Erp:
        """The adapter as one more process has it: only the stores are shared."""
        return connect(
            self.url,
            demo.APPLICATION_ID,
            AGREEMENT,
            self.sessions,
            self.secrets,
            utc_now,
            self.waits.append,
        )

    def put_customer(self, customer: ErpCustomer, *, active: bool = True) -> None:
        groups: dict[str, dict[str, Any]] = {
            "Addresses": {
                "Invoice": _address(customer.invoice_address),
                "Post": _address(customer.post_address),
                "Visit": _address(customer.visit_address),
            },
            "EmailAddresses": {
                "Primary": {"Value": customer.email},
                "Invoice": {"Value": customer.invoice_email},
            },
            "PhoneNumbers": {"Primary": {"Value": customer.phone}, "Mobile": {"Value": customer.mobile}},
        }
        given: dict[str, Any] = {
            "Id": customer.id,
            "Name": customer.name,
            "FirstName": customer.first_name,
            "Type": customer.type,
            "OrganizationNumber": customer.organisation_number,
            "ExternalId": customer.external_id,
            "BlockInvoice": customer.blocked,
            "Active": active,
        }
        shown = {name: {k: v for k, v in group.items() if v} for name, group in groups.items()}
        self.post("/companies", given | shown)

    def put_product(self, product: ErpProduct) -> None:
        given = {
            "Id": product.id,
            "No": product.number,
            "Name": product.name,
            "Description": product.description,
            "Price": _text(product.price),
            "InPrice": _text(product.cost_price),
            "TaxRate": _text(product.vat_rate),
            "EAN1": product.gtin,
            "StatusId": 1 if product.active else 0,
            "CategoryId": NOT_SET if product.category_id is None else product.category_id,
        }
        self.post("/products", {name: value for name, value in given.items() if value is not None})

    def order_ids(self) -> list[str]:
        return [str(order["OrderId"]) for order in self.get("/orders")["orders"]]

    def lose_answer(self, method: str) -> None:
        self.fault("reset", OPERATIONS[method], when="after")

    def lose_request(self, method: str) -> None:
        self.fault("reset", OPERATIONS[method])

    def throttle(self, method: str) -> None:
        self.fault("status", OPERATIONS[method], status=429, retry_after=30)

    def break_answer(self, method: str) -> None:
        self.fault("reset_while_reading", OPERATIONS[method])

    def refuse_login(self) -> None:
        self.fault("empty_login", "Login", times=None)

    def invoice(self, order_id: str) -> None:
        self.post(f"/orders/{order_id}", {"OrderStatus": "Invoiced"})

    def call_off(self, order_id: str) -> None:
        self.post(f"/orders/{order_id}", {"OrderStatus": "Inactive"})

    def remove(self, order_id: str) -> None:
        self.control.delete(f"/orders/{order_id}").raise_for_status()

    def type_row(self, order_id: str, name: str) -> None:
        self.post(f"/orders/{order_id}/rows", {"Type": "Text", "Name": name})

    def edit_row(self, order_id: str, row_id: int, name: str) -> None:
        self.post(f"/orders/{order_id}/rows", {"RowId": row_id, "Name": name})

    def fault(self, name: str, operation: str, **details: Any) -> None:
        """Plant a fault in the stand-in."""
        self.post("/faults", {"name": name, "operation": operation, **details})

    def calls(self) -> dict[str, int]:
        """How often each operation arrived."""
        total: dict[str, int] = self.get("/calls")["total"]
        return total

    def post(self, path: str, body: Any = None) -> None:
        self.control.post(path, json=body).raise_for_status()

    def get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.control.get(path).raise_for_status().json()
        return answer


@contextmanager
def standing() -> Iterator[httpx.Client]:
    """Serve the stand-in; gives its control side. Only planted limits are met."""
    limits = Limits(calls_per_hour=1_000_000, calls_per_second=1_000_000, logins_per_hour=1_000_000)
    with (
        serve(create_app(customers=25, products=20, limits=limits)) as url,
        httpx.Client(base_url=f"{url}/_control", trust_env=False) as control,
    ):
        yield control


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _address(address: ErpAddress | None) -> dict[str, str] | None:
    if address is None:
        return None
    given = {
        "Street": address.street,
        "PostalCode": address.postal_code,
        "PostalArea": address.postal_area,
        "Country": address.country,
    }
    return {name: value for name, value in given.items() if value}

"""24SevenOffice as the contract suite arranges and inspects it: in memory, and the stand-in over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import httpx

from connector.adapters.twentyfoursevenoffice.client import connect
from connector.domain.integration import Credentials
from connector.domain.master_data import ErpAddress, ErpCustomer, ErpProduct
from connector.domain.order import Order, OrderKey, ProductRow, TextRow
from connector.domain.task import Place
from connector.errors import CredentialsRejected, RetryLater, Side, Throttled, UnknownOutcome
from connector.ports import Erp
from sandbox.serving import serve
from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.app import create_app
from sandbox.twentyfoursevenoffice.limits import Limits
from tests.fakes.erp import MemoryErp
from tests.fakes.stores import MemorySecretStore, MemorySessionStore, utc_now

AGREEMENT = "104477"
CREDENTIALS = Credentials("bruker", "passord", demo.USERNAME, demo.PASSWORD, demo.IDENTITY_ID)

NOON = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)
KEY = OrderKey(AGREEMENT, "48213")
CUSTOMER = ErpCustomer(
    id=20021,
    name="Ånensen",
    first_name="Åse",
    type="Consumer",
    organisation_number="310000213",
    invoice_address=ErpAddress("Havnegata 2", "8900", "Brønnøysund", "NO"),
    visit_address=ErpAddress("Sjøgata 14 B", "9405", "Harstad", "NO"),
    email="post@eksempel.invalid",
    invoice_email="faktura@eksempel.invalid",
    phone="+4777000000",
    mobile="+4790000000",
)
PRODUCT = ErpProduct(
    id=2501,
    number="0042",
    name="Varmekabel",
    description="10 W/m",
    price=Decimal("1249.10"),
    cost_price=Decimal("811.00"),
    vat_rate=Decimal(25),
    gtin="7012345678900",
)
ORDER = Order(
    key=KEY,
    customer_id=CUSTOMER.id,
    status="ForInvoicing",
    date_ordered=NOON,
    delivery_date=NOON,
    rows=(
        ProductRow(PRODUCT.id, "Varmekabel", Decimal("2.5"), Decimal("1249.10"), Decimal(10), ("r-1",)),
        TextRow("Oppgave 48213: Bytte varmekabel på bad"),
    ),
    your_reference="Åse",
    place=Place("Sjøgata", "14 B", None, "9405", "Harstad", "NO"),
)


class World(Protocol):
    """The ERP as a test arranges and inspects it."""

    @property
    def erp(self) -> Erp:
        """What is tested."""

    def put_customer(self, customer: ErpCustomer, *, active: bool = True) -> None:
        """Add a company or change it."""

    def put_product(self, product: ErpProduct) -> None:
        """Add a product or change it."""

    def order_ids(self) -> list[str]:
        """Ids of all orders that exist."""

    def lose_answer_of_save(self) -> None:
        """The next save takes effect, but its caller never hears of it."""

    def lose_request_of_save(self) -> None:
        """The next save takes no effect, and its caller can't tell."""

    def throttle(self, method: str) -> None:
        """The next call of a method meets a limit."""

    def break_answer(self, method: str) -> None:
        """The next answer to a method ends in the middle."""

    def refuse_login(self) -> None:
        """The login is wrong from now on."""


@dataclass
class Memory:
    """The fake itself."""

    erp: MemoryErp = field(default_factory=MemoryErp)

    def put_customer(self, customer: ErpCustomer, *, active: bool = True) -> None:
        self.erp.put_customer(customer, active=active)

    def put_product(self, product: ErpProduct) -> None:
        self.erp.put_product(product)

    def order_ids(self) -> list[str]:
        return list(self.erp.orders)

    def lose_answer_of_save(self) -> None:
        self.erp.fail("save_order", UnknownOutcome(Side.ERP, "erp_connection_lost"), after_effect=True)

    def lose_request_of_save(self) -> None:
        self.erp.fail("save_order", UnknownOutcome(Side.ERP, "erp_connection_lost"))

    def throttle(self, method: str) -> None:
        until = utc_now() + timedelta(seconds=30)
        self.erp.current_pace = self.erp.current_pace.throttled(until)
        self.erp.fail(method, Throttled(Side.ERP, until))

    def break_answer(self, method: str) -> None:
        self.erp.fail(method, RetryLater("erp_unreadable"), after_effect=True)

    def refuse_login(self) -> None:
        self.erp.fail("changed_customers", CredentialsRejected(Side.ERP), times=None)


OPERATIONS = {
    "save_order": "SaveInvoices",
    "find_orders": "GetInvoices",
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
        }
        self.post("/products", {name: value for name, value in given.items() if value is not None})

    def order_ids(self) -> list[str]:
        return [str(order["OrderId"]) for order in self.get("/orders")["orders"]]

    def lose_answer_of_save(self) -> None:
        self.fault("reset", "SaveInvoices", when="after")

    def lose_request_of_save(self) -> None:
        self.fault("reset", "SaveInvoices")

    def throttle(self, method: str) -> None:
        self.fault("status", OPERATIONS[method], status=429, retry_after=30)

    def break_answer(self, method: str) -> None:
        self.fault("reset_while_reading", OPERATIONS[method])

    def refuse_login(self) -> None:
        self.fault("empty_login", "Login", times=None)

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

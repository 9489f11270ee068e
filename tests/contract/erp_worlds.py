"""24SevenOffice as the contract suite arranges and inspects it, and in memory (`erp_stand_in`: over HTTP)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from connector.domain.integration import Credentials
from connector.domain.master_data import ErpAddress, ErpCustomer, ErpProduct
from connector.domain.order import Order, OrderKey, ProductRow, TextRow
from connector.domain.task import Place
from connector.errors import CredentialsRejected, RetryLater, Side, Throttled, UnknownOutcome
from connector.ports import Erp
from sandbox.twentyfoursevenoffice import demo
from tests.fakes.erp import MemoryErp
from tests.fakes.stores import utc_now

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
    category_id=3,
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

    def lose_answer(self, method: str) -> None:
        """The next call of a write takes effect, but its caller never hears of it."""

    def lose_request(self, method: str) -> None:
        """The next call of a write takes no effect, and its caller can't tell."""

    def throttle(self, method: str) -> None:
        """The next call of a method meets a limit."""

    def break_answer(self, method: str) -> None:
        """The next answer to a method ends in the middle."""

    def refuse_login(self) -> None:
        """The login is wrong from now on."""

    def invoice(self, order_id: str) -> None:
        """The bookkeeper invoices an order."""

    def call_off(self, order_id: str) -> None:
        """The bookkeeper makes an order inactive."""

    def remove(self, order_id: str) -> None:
        """An order is gone."""

    def type_row(self, order_id: str, name: str) -> None:
        """Somebody types a text row at the end of an order."""

    def edit_row(self, order_id: str, row_id: int, name: str) -> None:
        """Somebody changes the words of a row."""


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

    def lose_answer(self, method: str) -> None:
        self.erp.fail(method, UnknownOutcome(Side.ERP, "erp_connection_lost"), after_effect=True)

    def lose_request(self, method: str) -> None:
        self.erp.fail(method, UnknownOutcome(Side.ERP, "erp_connection_lost"))

    def throttle(self, method: str) -> None:
        until = utc_now() + timedelta(seconds=30)
        self.erp.current_pace = self.erp.current_pace.throttled(until)
        self.erp.fail(method, Throttled(Side.ERP, until))

    def break_answer(self, method: str) -> None:
        self.erp.fail(method, RetryLater("erp_unreadable"), after_effect=True)

    def refuse_login(self) -> None:
        for method in ("log_in", "changed_customers"):
            self.erp.fail(method, CredentialsRejected(Side.ERP), times=None)

    def invoice(self, order_id: str) -> None:
        self.erp.invoice(order_id)

    def call_off(self, order_id: str) -> None:
        self.erp.call_off(order_id)

    def remove(self, order_id: str) -> None:
        self.erp.remove(order_id)

    def type_row(self, order_id: str, name: str) -> None:
        self.erp.type_row(order_id, name)

    def edit_row(self, order_id: str, row_id: int, name: str) -> None:
        self.erp.edit_row(order_id, row_id, name=name)

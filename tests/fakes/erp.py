"""24SevenOffice in memory: the promises of `Erp`, with errors on demand and a count of every call.

`tests/contract/test_erp.py` runs one suite against this and against the real adapter.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import RLock
from typing import Any, TypeVar

from connector.domain.erp_order import INACTIVE_STATUS, ErpOrder, ErpRow, OrderChange, SavedOrder
from connector.domain.master_data import Change, ErpCustomer, ErpProduct, FieldCustomer
from connector.domain.order import Order, OrderKey
from connector.domain.pace import Pace
from connector.errors import Refused, Side
from connector.ports import Changes, Clock
from tests.fakes.erp_customers import card, has_number
from tests.fakes.erp_orders import KeptOrders
from tests.fakes.stores import utc_now

FIRST_CUSTOMER_ID = 20001

T = TypeVar("T")
Record = TypeVar("Record", ErpCustomer, ErpProduct)


def nothing() -> None:
    """What happens unless a test wants more."""


@dataclass
class _Planned:
    error: BaseException
    after_effect: bool
    times: int | None


@dataclass
class MemoryErp:
    """`Erp` in memory.

    `orders` are those that exist, by id: rows as created, head as it stands (`rows` gives the present
    ones); `calls` counts per method; `on_save` runs before an order is saved or changed;
    `created_customers` are the numbers of those that were made here. With customers put into it, it
    refuses orders for others; without any it knows no register and takes all.
    """

    clock: Clock = utc_now
    current_pace: Pace = field(default_factory=Pace)
    customers: dict[int, ErpCustomer] = field(default_factory=dict)
    products: dict[int, ErpProduct] = field(default_factory=dict)
    customer_changes: dict[int, Change] = field(default_factory=dict)
    product_changes: dict[int, Change] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    on_save: Callable[[], None] = nothing
    created_customers: list[int] = field(default_factory=list)
    _kept: KeptOrders = field(init=False, repr=False)
    _lost: list[Callable[[], object]] = field(default_factory=list, repr=False)
    _planned: dict[str, list[_Planned]] = field(default_factory=dict, repr=False)
    _lock: RLock = field(default_factory=RLock, repr=False)

    def __post_init__(self) -> None:
        self._kept = KeptOrders(self.products)

    @property
    def orders(self) -> dict[str, Order]:
        """Orders that exist, by id."""
        return self._kept.heads

    def rows(self, order_id: str) -> tuple[ErpRow, ...]:
        """The order's rows as they stand now."""
        return self._kept.rows[order_id]

    def put_customer(
        self, customer: ErpCustomer, changed_at: datetime | None = None, *, active: bool = True
    ) -> None:
        """Add a customer or replace it; changed now unless a time is given. One not `active` is in the
        list of changes only.
        """
        at = changed_at or self.clock()
        self.customers[customer.id] = customer
        self.customer_changes[customer.id] = Change(customer.id, str(customer.id), at, active)

    def remove_customer(self, customer_id: int) -> None:
        """It is gone without a trace: no list names it."""
        del self.customers[customer_id], self.customer_changes[customer_id]

    def put_product(self, product: ErpProduct, changed_at: datetime | None = None) -> None:
        """Add a product or replace it; changed now unless a time is given."""
        at = changed_at or self.clock()
        self.products[product.id] = product
        self.product_changes[product.id] = Change(product.id, product.number, at, product.active)

    def fail(
        self, method: str, error: BaseException, *, after_effect: bool = False, times: int | None = 1
    ) -> None:
        """Have the next calls of a method raise (None = all of them), before or after the effect.

        After the effect a read has given half of its records.
        """
        self._planned.setdefault(method, []).append(_Planned(error, after_effect, times))

    def fail_no_more(self) -> None:
        """Forget every failure that is planned."""
        self._planned.clear()

    def execute_lost(self, number: int | None = None) -> None:
        """Let writes that failed before their effect take effect now, the first `number` or all of them."""
        for effect in self._lost[:number]:
            with suppress(Refused):
                effect()
        del self._lost[:number]

    def invoice(self, order_id: str) -> None:
        """The bookkeeper invoices the order."""
        self._kept.statuses[order_id] = "Invoiced"

    def call_off(self, order_id: str) -> None:
        """The bookkeeper makes the order inactive."""
        self._kept.statuses[order_id] = INACTIVE_STATUS

    def remove(self, order_id: str) -> None:
        """The order is gone."""
        self._kept.remove(order_id)

    def type_row(self, order_id: str, name: str, **fields: Any) -> int:
        """Somebody types a row at the end, a text unless it has a product; gives its id."""
        rows = self.rows(order_id)
        row_id = self._kept.next_row_id()
        sequence = max((row.sequence or 0 for row in rows), default=0) + 1
        self._kept.put_rows(order_id, [*rows, ErpRow(row_id, sequence, name, **fields)])
        return row_id

    def edit_row(self, order_id: str, row_id: int, **changes: Any) -> None:
        """Somebody changes fields of a row."""
        edited = [replace(row, **changes) if row.row_id == row_id else row for row in self.rows(order_id)]
        self._kept.put_rows(order_id, edited)

    def log_in(self) -> None:
        """See `Erp.log_in`."""
        with self._lock:
            if planned := self._called("log_in"):
                raise planned.error

    def save_order(self, order: Order) -> SavedOrder:
        """See `Erp.save_order`."""
        with self._lock:
            self.on_save()
            return self._write("save_order", partial(self._save, order))

    def change_order(self, change: OrderChange) -> SavedOrder:
        """See `Erp.change_order`."""
        with self._lock:
            self.on_save()
            return self._write("change_order", partial(self._change, change))

    def read_order(self, order_id: str, key: OrderKey) -> ErpOrder | None:
        """See `Erp.read_order`."""
        with self._call("read_order"):
            is_ours = order_id in self.orders and self.orders[order_id].key.text == key.text
            return self._kept.read(order_id) if is_ours else None

    def find_orders(self, key: OrderKey, customer_id: int, since: datetime) -> list[str]:
        """See `Erp.find_orders`; `customer_id` and `since` only widen what the key's hash finds."""
        with self._call("find_orders"):
            return self._carrying(key)

    def find_orders_of(self, keys: Sequence[OrderKey]) -> dict[str, list[str]]:
        """See `Erp.find_orders_of`."""
        with self._call("find_orders_of"):
            found = {key.text: self._carrying(key) for key in keys}
            return {text: order_ids for text, order_ids in found.items() if order_ids}

    def find_customers(self, *, external_id: str = "", organisation_number: str = "") -> list[ErpCustomer]:
        """See `Erp.find_customers`."""
        with self._call("find_customers"):
            return [
                customer
                for customer in self._customers_in_use().values()
                if (external_id and customer.external_id == external_id)
                or has_number(customer, organisation_number)
            ]

    def create_customer(self, customer: FieldCustomer) -> int:
        """See `Erp.create_customer`."""
        with self._lock:
            return self._write("create_customer", partial(self._create_customer, customer))

    def changed_customers(self, since: datetime | None) -> Iterator[Changes]:
        """See `Erp.changed_customers`; all on one page."""
        with self._call("changed_customers"):
            page = self._changes(self.customer_changes, since)
        yield page

    def read_customers(self, ids: Sequence[int]) -> Iterator[ErpCustomer]:
        """See `Erp.read_customers`; those out of use aren't given, as in the ERP."""
        return self._read("read_customers", self._customers_in_use(), ids)

    def changed_products(self, since: datetime | None) -> Iterator[Changes]:
        """See `Erp.changed_products`; all on one page."""
        with self._call("changed_products"):
            page = self._changes(self.product_changes, since)
        yield page

    def read_products(self, ids: Sequence[int]) -> Iterator[ErpProduct]:
        """See `Erp.read_products`."""
        return self._read("read_products", self.products, ids)

    def pace(self) -> Pace:
        """See `Erp.pace`."""
        return self.current_pace

    def _read(self, method: str, kept: dict[int, Record], ids: Iterable[int]) -> Iterator[Record]:
        planned = self._called(method)
        found = [kept[one] for one in ids if one in kept]
        if planned:
            yield from found[: len(found) // 2 if planned.after_effect else 0]
            raise planned.error
        yield from found

    @contextmanager
    def _call(self, method: str) -> Iterator[None]:
        with self._lock:
            planned = self._called(method)
            if planned and not planned.after_effect:
                raise planned.error
            yield
            if planned:
                raise planned.error

    def _called(self, method: str) -> _Planned | None:
        self.calls[method] += 1
        for planned in self._planned.get(method, ()):
            if planned.times is None:
                return planned
            if planned.times > 0:
                planned.times -= 1
                return planned
        return None

    def _write(self, method: str, effect: Callable[[], T]) -> T:
        planned = self._called(method)
        if planned and not planned.after_effect:
            self._lost.append(effect)
            raise planned.error
        done = effect()
        if planned:
            raise planned.error
        return done

    def _save(self, order: Order) -> SavedOrder:
        self._check_customer(order.customer_id)
        return self._kept.create(order)

    def _change(self, change: OrderChange) -> SavedOrder:
        head = self._kept.changed_head(change)
        self._check_customer(head.customer_id)
        return self._kept.change(change, head)

    def _check_customer(self, customer_id: int) -> None:
        known = self.customers.get(customer_id)
        if known is None and len(self.customers) > len(self.created_customers):
            raise Refused(Side.ERP, "Validation", f"Customer {customer_id} does not exist")
        if known and known.blocked:
            raise Refused(Side.ERP, "Validation", f"Customer {customer_id} is blocked for invoicing")

    def _carrying(self, key: OrderKey) -> list[str]:
        """Orders that carry the key; called off ones count only when there is no other."""
        carrying = [order_id for order_id, order in self.orders.items() if order.key.text == key.text]
        wanted = [one for one in carrying if self._kept.statuses[one] != INACTIVE_STATUS]
        return wanted or carrying

    def _customers_in_use(self) -> dict[int, ErpCustomer]:
        out_of_use = {change.id for change in self.customer_changes.values() if not change.active}
        return {one: customer for one, customer in self.customers.items() if one not in out_of_use}

    def _create_customer(self, customer: FieldCustomer) -> int:
        number = max(self.customers, default=FIRST_CUSTOMER_ID - 1) + 1
        self.put_customer(card(number, customer))
        self.created_customers.append(number)
        return number

    def _changes(self, changes: dict[int, Change], since: datetime | None) -> Changes:
        heard = (change for change in changes.values() if since is None or change.changed_at > since)
        return Changes(tuple(heard), self.clock())

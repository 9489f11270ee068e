"""24SevenOffice in memory: the promises of `Erp`, with errors on demand and a count of every call.

`tests/contract/test_erp.py` runs one suite against this and against the real adapter.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from threading import RLock
from typing import TypeVar

from connector.domain.master_data import Change, ErpCustomer, ErpProduct
from connector.domain.order import Order, OrderKey
from connector.domain.pace import Pace
from connector.errors import Refused, Side
from connector.ports import Changes, Clock
from tests.fakes.stores import utc_now

FIRST_ORDER_ID = 5001

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

    `orders` are those that exist, by id; `calls` counts per method; `on_save` runs before each save. With
    customers put into it, it refuses orders for others; without any it knows no register and takes all.
    """

    clock: Clock = utc_now
    current_pace: Pace = field(default_factory=Pace)
    orders: dict[str, Order] = field(default_factory=dict)
    customers: dict[int, ErpCustomer] = field(default_factory=dict)
    products: dict[int, ErpProduct] = field(default_factory=dict)
    customer_changes: dict[int, Change] = field(default_factory=dict)
    product_changes: dict[int, Change] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    on_save: Callable[[], None] = nothing
    _order_ids: Iterator[int] = field(default_factory=lambda: count(FIRST_ORDER_ID), repr=False)
    _lost: list[Order] = field(default_factory=list, repr=False)
    _planned: dict[str, list[_Planned]] = field(default_factory=dict, repr=False)
    _lock: RLock = field(default_factory=RLock, repr=False)

    def put_customer(
        self, customer: ErpCustomer, changed_at: datetime | None = None, *, active: bool = True
    ) -> None:
        """Add a customer or replace it; changed now unless a time is given. One not `active` is in the
        list of changes only.
        """
        at = changed_at or self.clock()
        self.customers[customer.id] = customer
        self.customer_changes[customer.id] = Change(customer.id, str(customer.id), at, active)

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

    def execute_lost(self, number: int | None = None) -> None:
        """Let saves that failed before their effect take effect now, the first `number` or all of them."""
        for order in self._lost[:number]:
            self._create(order)
        del self._lost[:number]

    def save_order(self, order: Order) -> str:
        """See `Erp.save_order`."""
        with self._lock:
            self.on_save()
            planned = self._called("save_order")
            if planned and not planned.after_effect:
                self._lost.append(order)
                raise planned.error
            if self.customers and order.customer_id not in self.customers:
                raise Refused(Side.ERP, "Validation", f"Customer {order.customer_id} does not exist")
            order_id = self._create(order)
            if planned:
                raise planned.error
            return order_id

    def find_orders(self, key: OrderKey, customer_id: int, since: datetime) -> list[str]:
        """See `Erp.find_orders`; `customer_id` and `since` only widen what the key's hash finds."""
        with self._call("find_orders"):
            return [order_id for order_id, order in self.orders.items() if order.key.text == key.text]

    def changed_customers(self, since: datetime | None) -> Changes:
        """See `Erp.changed_customers`."""
        with self._call("changed_customers"):
            return self._changes(self.customer_changes, since)

    def read_customers(self, ids: Sequence[int]) -> Iterator[ErpCustomer]:
        """See `Erp.read_customers`; those out of use aren't given, as in the ERP."""
        out_of_use = {change.id for change in self.customer_changes.values() if not change.active}
        kept = {one: customer for one, customer in self.customers.items() if one not in out_of_use}
        return self._read("read_customers", kept, ids)

    def changed_products(self, since: datetime | None) -> Changes:
        """See `Erp.changed_products`."""
        with self._call("changed_products"):
            return self._changes(self.product_changes, since)

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

    def _create(self, order: Order) -> str:
        order_id = str(next(self._order_ids))
        self.orders[order_id] = order
        return order_id

    def _changes(self, changes: dict[int, Change], since: datetime | None) -> Changes:
        heard = (change for change in changes.values() if since is None or change.changed_at > since)
        return Changes(tuple(heard), self.clock())

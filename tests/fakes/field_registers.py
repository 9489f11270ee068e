"""Smartday's customers and products in memory, and what every call of the fake Smartday has in common.

The half of `MemoryFieldService` that `tests/contract/test_field_master_data.py` runs its suite against.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TypeVar

from connector.domain.master_data import Customer, FieldCustomer, FieldProduct, Product, Upserted
from connector.domain.task import FINISHED_STATUSES, Reference, Task
from connector.errors import NotFound, Refused, Side
from connector.ports import CustomerPage, ProductPage

LARGEST_BATCH = 100
RETIRED_AT_ONCE = 20
INACTIVE = "inactive"

Listed = TypeVar("Listed", FieldCustomer, FieldProduct)


@dataclass
class _Planned:
    error: BaseException
    after_effect: bool
    times: int | None


@dataclass(kw_only=True)
class MemoryFieldRegisters:
    """`calls` counts per method; `upserts` lists every record written or unchanged, in order.

    `rejections` gives a number the code it shall be rejected with, `rejected_fields` the field that is
    complained about. `field_customers` and `field_products` are everything Smartday has, by Smartday's id;
    `products_by_number` what was written; open `tasks` keep what they name in use.
    """

    page_size: int = 500
    tasks: dict[str, Task] = field(default_factory=dict)
    field_customers: dict[str, FieldCustomer] = field(default_factory=dict)
    field_products: dict[str, FieldProduct] = field(default_factory=dict)
    products_by_number: dict[str, Product] = field(default_factory=dict)
    upserts: list[Customer | Product] = field(default_factory=list)
    rejections: dict[str, str] = field(default_factory=dict)
    rejected_fields: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    _planned: dict[str, list[_Planned]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def put_field_customer(self, customer: FieldCustomer) -> None:
        """Add a customer, or replace it; without number it was made in the field."""
        self.field_customers[customer.id] = customer

    def put_field_product(self, product: FieldProduct) -> None:
        """Add a product, or replace it."""
        self.field_products[product.id] = product

    @property
    def customers_by_number(self) -> dict[str, FieldCustomer]:
        """The customers that have a number."""
        return {one.number: one for one in self.field_customers.values() if one.number is not None}

    def fail(
        self, method: str, error: BaseException, *, after_effect: bool = False, times: int | None = 1
    ) -> None:
        """Have the next calls of a method raise (None = all of them), before or after the effect."""
        self._planned.setdefault(method, []).append(_Planned(error, after_effect, times))

    def fail_no_more(self) -> None:
        """Forget every failure that is planned."""
        self._planned.clear()

    def customers(self, cursor: str | None) -> CustomerPage:
        """See `FieldService.customers`."""
        with self._call("customers"):
            return CustomerPage(*self._page(self.field_customers, cursor))

    def products(self, cursor: str | None) -> ProductPage:
        """See `FieldService.products`."""
        with self._call("products"):
            return ProductPage(*self._page(self.field_products, cursor))

    def link_customer(self, smartday_id: str, customer: Customer) -> None:
        """See `FieldService.link_customer`; tasks name the number from then on, at their old version."""
        with self._call("link_customer"):
            known = self.field_customers.get(smartday_id)
            if known is None:
                raise NotFound(Side.SMARTDAY, f"customer {smartday_id}")
            number = customer.external_number
            holder = self.customers_by_number.get(number)
            if known.number not in (None, number) or (holder and holder.id != smartday_id):
                raise Refused(Side.SMARTDAY, "duplicate_number")
            self.field_customers[smartday_id] = _held(smartday_id, customer)
            for task in self.tasks.values():
                self.tasks[task.id] = replace(
                    task,
                    customer=_numbered(task.customer, smartday_id, number),
                    billing_customer=_numbered(task.billing_customer, smartday_id, number),
                )

    def upsert_customers(self, customers: Sequence[Customer]) -> list[Upserted]:
        """See `FieldService.upsert_customers`."""
        _check_size(customers, LARGEST_BATCH)
        with self._call("upsert_customers"):
            return [self._upsert_customer(customer) for customer in customers]

    def upsert_products(self, products: Sequence[Product]) -> list[Upserted]:
        """See `FieldService.upsert_products`."""
        _check_size(products, LARGEST_BATCH)
        with self._call("upsert_products"):
            return [self._upsert_product(product) for product in products]

    def retire_customers(self, numbers: Sequence[str]) -> list[Upserted]:
        """See `FieldService.retire_customers`."""
        _check_size(numbers, RETIRED_AT_ONCE)
        with self._call("retire_customers"):
            return [self._retire_customer(number) for number in numbers]

    def retire_products(self, numbers: Sequence[str]) -> list[Upserted]:
        """See `FieldService.retire_products`."""
        _check_size(numbers, RETIRED_AT_ONCE)
        with self._call("retire_products"):
            return [self._retire_product(number) for number in numbers]

    @contextmanager
    def _call(self, method: str) -> Iterator[None]:
        with self._lock:
            self.calls[method] += 1
            planned = self._take(method)
            if planned and not planned.after_effect:
                raise planned.error
            yield
            if planned:
                raise planned.error

    def _take(self, method: str) -> _Planned | None:
        for planned in self._planned.get(method, ()):
            if planned.times is None:
                return planned
            if planned.times > 0:
                planned.times -= 1
                return planned
        return None

    def _upsert_customer(self, customer: Customer) -> Upserted:
        number = customer.external_number
        before = self.customers_by_number.get(number)
        after = _held(before.id if before else f"c-{number}", customer)
        retires = before is not None and (before.state, after.state) == ("active", INACTIVE)
        if complaint := self._complaint(number, retires and number in self._customers_in_use()):
            return complaint
        self.field_customers[after.id] = after
        return self._upserted(customer, None if before is None else before == after)

    def _upsert_product(self, product: Product) -> Upserted:
        number = product.external_number
        before = self.products_by_number.get(number)
        retires = before is not None and (before.state, product.state) == ("active", INACTIVE)
        if complaint := self._complaint(number, retires and number in self._products_in_use()):
            return complaint
        self.products_by_number[number] = product
        known = self._field_product(number)
        smartday_id = known.id if known else f"p-{number}"
        self.put_field_product(FieldProduct(smartday_id, number, product.name, product.state))
        return self._upserted(product, None if before is None else before == product)

    def _upserted(self, record: Customer | Product, same: bool | None) -> Upserted:
        """`same` is None for a new record."""
        self.upserts.append(record)
        outcome = "created" if same is None else "unchanged" if same else "updated"
        return Upserted(record.external_number, outcome)

    def _retire_customer(self, number: str) -> Upserted:
        known = self.customers_by_number.get(number)
        if known is None or known.state == INACTIVE:
            return Upserted(number, "unchanged")
        if complaint := self._complaint(number, number in self._customers_in_use()):
            return complaint
        self.put_field_customer(replace(known, state=INACTIVE))
        return Upserted(number, "updated")

    def _retire_product(self, number: str) -> Upserted:
        known = self._field_product(number)
        if known is None or known.state == INACTIVE:
            return Upserted(number, "unchanged")
        if complaint := self._complaint(number, number in self._products_in_use()):
            return complaint
        self.put_field_product(replace(known, state=INACTIVE))
        if written := self.products_by_number.get(number):
            self.products_by_number[number] = replace(written, state=INACTIVE)
        return Upserted(number, "updated")

    def _complaint(self, number: str, is_in_use: bool) -> Upserted | None:
        if number in self.rejections:
            return Upserted(number, "rejected", self.rejections[number], self.rejected_fields.get(number))
        return Upserted(number, "rejected", "in_use") if is_in_use else None

    def _customers_in_use(self) -> set[str | None]:
        people = [person for task in self._open_tasks() for person in (task.customer, task.billing_customer)]
        return {person.number for person in people if person}

    def _products_in_use(self) -> set[str | None]:
        return {line.product_number for task in self._open_tasks() for line in task.registrations}

    def _open_tasks(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.status not in FINISHED_STATUSES]

    def _field_product(self, number: str) -> FieldProduct | None:
        return next((one for one in self.field_products.values() if one.number == number), None)

    def _page(self, held: dict[str, Listed], cursor: str | None) -> tuple[tuple[Listed, ...], str | None]:
        if cursor is not None and cursor.removeprefix("after|") not in held:
            raise Refused(Side.SMARTDAY, "cursor_invalid")
        after = (cursor or "").removeprefix("after|")
        rest = [held[one] for one in sorted(held) if one > after]
        page = tuple(rest[: self.page_size])
        return page, f"after|{page[-1].id}" if len(rest) > len(page) else None


def _held(smartday_id: str, customer: Customer) -> FieldCustomer:
    return FieldCustomer(
        id=smartday_id,
        number=customer.external_number,
        name=customer.name,
        is_company=customer.is_company,
        organisation_number=customer.organisation_number,
        state=customer.state,
        email=customer.email,
        invoice_email=customer.invoice_email,
        phone=customer.phone,
        mobile=customer.mobile,
        billing_address=customer.billing_address,
    )


def _numbered(reference: Reference | None, smartday_id: str, number: str) -> Reference | None:
    return replace(reference, number=number) if reference and reference.id == smartday_id else reference


def _check_size(records: Sequence[object], at_most: int) -> None:
    if len(records) > at_most:
        raise ValueError(f"at most {at_most} records at once")

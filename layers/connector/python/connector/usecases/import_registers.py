"""The two registers that are imported: both go the same way, and a `Register` names what differs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from connector.domain.binding import Kind
from connector.domain.master_data import Customer, Product, Upserted
from connector.domain.master_data_mapping import Mapped, SetAside, to_customer, to_product
from connector.domain.settings import Settings
from connector.ports import Changes, Erp, FieldService

R = TypeVar("R", Customer, Product)

Read = Iterator[tuple[int, Mapped[R] | SetAside]]

SLICE = 1000
"""Details of so many records are read by one ERP call (contract 24sevenoffice 2.3)."""

BATCH = 100
"""So many records are written by one Bridge call (contract smartday 4.2)."""


@dataclass(frozen=True, slots=True)
class Register(Generic[R]):
    """One register: how its changes are listed, its details read (id → whether the list says it is in
    use) and mapped by the settings, and its records written and, by number, made inactive.
    """

    kind: Kind
    changes: Callable[[Erp, datetime | None], Iterator[Changes]]
    read: Callable[[Erp, Mapping[int, bool], Settings], Read[R]]
    upsert: Callable[[FieldService, Sequence[R]], list[Upserted]]
    retire: Callable[[FieldService, Sequence[str]], list[Upserted]]


def _read_customers(erp: Erp, in_use: Mapping[int, bool], settings: Settings) -> Read[Customer]:
    for card in erp.read_customers(list(in_use)):
        if card.id in in_use:
            yield card.id, to_customer(card, in_use[card.id], settings)


def _read_products(erp: Erp, in_use: Mapping[int, bool], settings: Settings) -> Read[Product]:
    for product in erp.read_products(list(in_use)):
        if product.id in in_use:
            yield product.id, to_product(product, settings)


CUSTOMERS: Register[Customer] = Register(
    kind=Kind.CUSTOMERS,
    changes=lambda erp, since: erp.changed_customers(since),
    read=_read_customers,
    upsert=lambda service, records: service.upsert_customers(records),
    retire=lambda service, numbers: service.retire_customers(numbers),
)

PRODUCTS: Register[Product] = Register(
    kind=Kind.PRODUCTS,
    changes=lambda erp, since: erp.changed_products(since),
    read=_read_products,
    upsert=lambda service, records: service.upsert_products(records),
    retire=lambda service, numbers: service.retire_products(numbers),
)

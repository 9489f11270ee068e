"""The sides, stores and queue as the simulation of imports has them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TypeVar

from connector.domain.binding import Binding, Kind
from connector.domain.master_data import Change, Customer, ErpCustomer, ErpProduct, Product, Upserted
from connector.domain.stream import Stream
from connector.errors import RetryLater
from connector.ports import Changes, Clock
from tests.fakes.erp import MemoryErp, nothing
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.stores import MemoryBindingStore
from tests.sequences.imports.weather import ImportWeather
from tests.sequences.sides import RECEIVED_AT_MOST
from tests.sequences.steps import Steps

LISTED_AT_ONCE = 5
"""Records on a page of the ERP's list."""

VISIBILITY = timedelta(minutes=30)
"""As in template.yaml."""

Record = TypeVar("Record", ErpCustomer, ErpProduct)
Written = Customer | Product


@dataclass
class SimulatedErp(MemoryErp):
    """The ERP, each page of whose lists, and each half of whose answers with details, is a step."""

    steps: Steps = field(kw_only=True)

    def changed_customers(self, since: datetime | None) -> Iterator[Changes]:
        """See `Erp.changed_customers`."""
        return self._pages("erp.changed_customers", self.customer_changes, since)

    def changed_products(self, since: datetime | None) -> Iterator[Changes]:
        """See `Erp.changed_products`."""
        return self._pages("erp.changed_products", self.product_changes, since)

    def read_customers(self, ids: Sequence[int]) -> Iterator[ErpCustomer]:
        """See `Erp.read_customers`."""
        return self._details("erp.read_customers", self._customers_in_use, ids)

    def read_products(self, ids: Sequence[int]) -> Iterator[ErpProduct]:
        """See `Erp.read_products`."""
        return self._details("erp.read_products", lambda: self.products, ids)

    def _pages(self, call: str, kept: Mapping[int, Change], since: datetime | None) -> Iterator[Changes]:
        page: Changes = self.steps.step(call, partial(self._page, kept, since, 0), (since,))
        source_clock = page.source_clock
        while True:
            yield Changes(page.entries, source_clock)
            if len(page.entries) < LISTED_AT_ONCE:
                return
            page = self.steps.step(call, partial(self._page, kept, since, page.entries[-1].id), (since,))

    def _page(self, kept: Mapping[int, Change], since: datetime | None, after: int) -> Changes:
        listed = (kept[one] for one in sorted(kept) if one > after)
        changed = [one for one in listed if since is None or one.changed_at > since]
        return Changes(tuple(changed[:LISTED_AT_ONCE]), self.clock())

    def _details(
        self, call: str, kept: Callable[[], Mapping[int, Record]], ids: Sequence[int]
    ) -> Iterator[Record]:
        def read() -> list[Record]:
            known = kept()
            return [known[one] for one in ids if one in known]

        found: list[Record] = self.steps.step(call, read, (ids,))
        yield from found[: len(found) // 2]
        self.steps.step("erp.rest_of_answer", nothing, ())
        yield from found[len(found) // 2 :]


@dataclass
class SimulatedSmartday(MemoryFieldService):
    """Smartday, which now and then finds a record locked, or does half of a batch.

    `holds` is what was written last, by kind and number; None what was only made inactive since.
    """

    steps: Steps = field(kw_only=True)
    weather: ImportWeather = field(kw_only=True)
    holds: dict[tuple[Kind, str], Written | None] = field(default_factory=dict)

    def has_in_use(self, kind: Kind, number: str) -> bool:
        """True when craftsmen can choose it."""
        held = self.holds.get((kind, number))
        return held is not None and held.state == "active"

    def is_resting(self, stream: Stream, number: str) -> bool:
        """True when it was in use once, and was made inactive."""
        return self.holds.get((Kind(stream.value), number), ...) is None

    def upsert_customers(self, customers: Sequence[Customer]) -> list[Upserted]:
        """See `FieldService.upsert_customers`."""
        if self._breaks_off():
            super().upsert_customers(customers[: len(customers) // 2])
            raise RetryLater("smartday_unavailable")
        return super().upsert_customers(customers)

    def upsert_products(self, products: Sequence[Product]) -> list[Upserted]:
        """See `FieldService.upsert_products`."""
        if self._breaks_off():
            super().upsert_products(products[: len(products) // 2])
            raise RetryLater("smartday_unavailable")
        return super().upsert_products(products)

    def retire_customers(self, numbers: Sequence[str]) -> list[Upserted]:
        """See `FieldService.retire_customers`."""
        if self._breaks_off():
            super().retire_customers(numbers[: len(numbers) // 2])
            raise RetryLater("smartday_unavailable")
        return super().retire_customers(numbers)

    def retire_products(self, numbers: Sequence[str]) -> list[Upserted]:
        """See `FieldService.retire_products`."""
        if self._breaks_off():
            super().retire_products(numbers[: len(numbers) // 2])
            raise RetryLater("smartday_unavailable")
        return super().retire_products(numbers)

    def _upsert_customer(self, customer: Customer) -> Upserted:
        return self._noted(Kind.CUSTOMERS, customer, super()._upsert_customer(customer))

    def _upsert_product(self, product: Product) -> Upserted:
        return self._noted(Kind.PRODUCTS, product, super()._upsert_product(product))

    def _noted(self, kind: Kind, record: Written, said: Upserted) -> Upserted:
        if said.outcome != "rejected":
            self.holds[kind, record.external_number] = record
        return said

    def _retire_customer(self, number: str) -> Upserted:
        return self._retired(Kind.CUSTOMERS, super()._retire_customer(number))

    def _retire_product(self, number: str) -> Upserted:
        return self._retired(Kind.PRODUCTS, super()._retire_product(number))

    def _retired(self, kind: Kind, said: Upserted) -> Upserted:
        if said.outcome == "updated":
            self.holds[kind, said.external_number] = None
        return said

    def _complaint(self, number: str, is_in_use: bool) -> Upserted | None:
        if self._drawn("locked", self.weather.locked):
            return Upserted(number, "rejected", "locked")
        return super()._complaint(number, is_in_use)

    def _breaks_off(self) -> bool:
        return self._drawn("halves", self.weather.halves)

    def _drawn(self, what: str, odds: float) -> bool:
        is_so = not self.steps.is_calm and self.steps.chance.random() < odds
        self.weather.met[what] += is_so
        return is_so


@dataclass
class SimulatedBindings(MemoryBindingStore):
    """Bindings, of which a put now and then stores only the first half; `on_put` sees what is stored."""

    steps: Steps = field(kw_only=True)
    weather: ImportWeather = field(kw_only=True)
    on_put: Callable[[Sequence[Binding]], None] = lambda _: None

    def put(self, agreement_number: str, bindings: Sequence[Binding]) -> None:
        """See `BindingStore.put`."""
        is_half = not self.steps.is_calm and self.steps.chance.random() < self.weather.halves
        stored = bindings[: len(bindings) // 2] if is_half else bindings
        super().put(agreement_number, stored)
        self.on_put(stored)
        if is_half:
            self.weather.met["halves"] += 1
            raise RetryLater("aws_throttled")


@dataclass(slots=True, eq=False)
class Message:
    """One message of the import queue."""

    stream: Stream
    full: bool
    visible_at: datetime
    received: int = 0


@dataclass
class ImportQueue:
    """`StreamQueue` that delivers twice and in any order, and gives back what nobody acknowledged."""

    clock: Clock
    chance: Random
    messages: list[Message] = field(default_factory=list)

    def send(
        self,
        agreement_number: str,
        stream: Stream,
        full: bool = False,
        delay: timedelta = timedelta(0),
        since: datetime | None = None,
    ) -> None:
        """See `StreamQueue.send`."""
        self.messages.append(Message(stream, full, self.clock() + delay))

    def receive(self, doubles: float) -> Message | None:
        """One of the visible messages; a copy of it may stay to be received at the same moment."""
        now = self.clock()
        visible = [one for one in self.messages if one.visible_at <= now]
        if not visible:
            return None
        message = self.chance.choice(visible)
        message.received += 1
        if message.received > RECEIVED_AT_MOST:
            self.messages.remove(message)
            return None
        if not (doubles and self.chance.random() < doubles):
            message.visible_at = now + VISIBILITY
        return message

    def acknowledge(self, message: Message) -> None:
        """Its work is done."""
        if message in self.messages:
            self.messages.remove(message)

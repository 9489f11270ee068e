"""The import in memory, all its ports stepping, with registers that change while they are read."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from random import Random

from connector.domain.binding import Kind
from connector.domain.integration import Integration
from connector.domain.master_data import Customer, ErpCustomer, ErpProduct, FieldCustomer, Product
from connector.domain.master_data_mapping import Mapped, SetAside, to_customer, to_product
from connector.domain.settings import ConfirmMatches
from connector.domain.stream import Cursor, Stream
from connector.usecases.import_master_data import import_master_data
from connector.usecases.import_pass import ImportPorts
from connector.usecases.import_turn import amend
from connector.usecases.request_import import IMPORT_STREAMS
from tests.builders import AGREEMENT, integration
from tests.fakes.erp import nothing
from tests.fakes.import_stores import MemoryCursorStore, MemoryImportResultStore, MemoryMatchStore, one_by_one
from tests.fakes.queues import MemoryTaskQueue
from tests.fakes.stores import MemoryIntegrationStore, MemoryTaskStore
from tests.sequences.imports.sides import (
    VISIBILITY,
    ImportQueue,
    Message,
    SimulatedBindings,
    SimulatedErp,
    SimulatedSmartday,
)
from tests.sequences.imports.weather import WRITES, weather_of
from tests.sequences.steps import Stepping, Steps
from tests.sequences.story import Story
from tests.sequences.weather import Killed

BEGIN = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
LONG_AGO = timedelta(days=30)
LIVES = timedelta(seconds=300)
SCHEDULE = timedelta(minutes=15)
"""As in template.yaml."""

COMPANY_NUMBER = "923609016"
FIRST_PRODUCT = 501

Found = Mapped[Customer] | Mapped[Product] | SetAside


class World:
    """One integration with both registers, its stores, its queue and its function.

    `seen_since`: when each record became what it is now, for all to see; `in_use_since`: when each number
    came into use. `fallen` is told of each worker that died.
    """

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.weather = weather_of(self.chance, self.now)
        self.steps = Steps(self.chance, self.weather, Story(), BEGIN, writes=WRITES)
        skew = self.weather.skew
        self.erp = SimulatedErp(clock=lambda: self.now() + skew, steps=self.steps)
        self.smartday = SimulatedSmartday(steps=self.steps, weather=self.weather)
        self.bindings = SimulatedBindings(steps=self.steps, weather=self.weather)
        self.integrations = MemoryIntegrationStore()
        self.cursors = MemoryCursorStore()
        self.results = MemoryImportResultStore(self.now)
        self.matches = MemoryMatchStore()
        self.queue = ImportQueue(self.now, self.chance)
        self.seen_since: dict[tuple[Stream, int], datetime] = {}
        self.in_use_since: dict[tuple[Stream, str], datetime] = {}
        self.fallen: Callable[[str], None] = lambda _: None
        self.next_schedule = BEGIN
        self.numbers = 0
        self._fill()
        self.ports = self._ports()

    def now(self) -> datetime:
        """The simulated present."""
        return self.steps.now

    @property
    def integration(self) -> Integration:
        """The integration as stored."""
        return self.integrations.integrations[AGREEMENT]

    def cursor(self, stream: Stream) -> Cursor:
        """The cursor as stored."""
        return self.cursors.get(AGREEMENT, stream) or Cursor(AGREEMENT, stream)

    def found(self, stream: Stream) -> Iterator[tuple[int, str, Found | None]]:
        """What the ERP has: id, number, and what is to become of it; None is out of use."""
        if stream is Stream.CUSTOMERS:
            for change in self.erp.customer_changes.values():
                card = self.erp.customers[change.id]
                yield change.id, change.number, _customer(card) if change.active else None
        else:
            for product in self.erp.products.values():
                yield product.id, product.number, _product(product)

    def touched(self, stream: Stream, erp_id: int) -> None:
        """The record is another one from now on."""
        now = self.now()
        self.seen_since[stream, erp_id] = now
        carried = {number for _, number, found in self.found(stream) if found is not None}
        known = {number for one, number in self.in_use_since if one is stream}
        for number in known - carried:
            del self.in_use_since[stream, number]
        for number in carried - known:
            self.in_use_since[stream, number] = now

    def _fill(self) -> None:
        chance = self.chance
        confirm = chance.choice((*[ConfirmMatches.CONFLICTS] * 3, ConfirmMatches.ALWAYS))
        settings = replace(integration().settings, confirm_matches=confirm)
        self.integrations.save(replace(integration(), settings=settings, revision=0))
        many, few = self.weather.records, chance.choice((0, 0, 2))
        customers, products = chance.choice(((many, few), (few, many)))
        then = self.erp.clock() - LONG_AGO
        for one in range(1, customers + 1):
            company = COMPANY_NUMBER if one == 1 else ""
            card = ErpCustomer(one, f"Kunde {one}", type="Business", organisation_number=company)
            self.erp.put_customer(card, then)
            self.touched(Stream.CUSTOMERS, one)
        for one in range(FIRST_PRODUCT, FIRST_PRODUCT + products):
            self.erp.put_product(ErpProduct(one, f"T{one}", f"Vare {one}"), then)
            self.touched(Stream.PRODUCTS, one)
        if chance.random() < 0.3:
            number = chance.choice((None, "90001"))
            self.smartday.put_field_customer(
                FieldCustomer("c-old", number, "Kunde fra felt", organisation_number=COMPANY_NUMBER)
            )

    def _ports(self) -> ImportPorts:
        steps = self.steps
        erp, smartday = self.erp, Stepping("smartday", self.smartday, steps)
        return ImportPorts(
            clock=self.now,
            wait=self._wait,
            together=one_by_one,
            integrations=Stepping("integrations", self.integrations, steps),
            bindings=Stepping("bindings", self.bindings, steps),
            cursors=Stepping("cursors", self.cursors, steps),
            results=Stepping("results", self.results, steps),
            queue=Stepping("queue", self.queue, steps),
            erp=lambda _: erp,
            field_service=lambda _: smartday,
            tasks=MemoryTaskStore(),
            task_queue=MemoryTaskQueue(),
            matches=Stepping("matches", self.matches, steps),
        )

    def _wait(self, span: timedelta) -> None:
        if self.steps.running is None or self.steps.is_calm:
            self.steps.now += span
        else:
            self.steps.running.wakes_at = self.now() + span
            self.steps.step("clock.wait", nothing, ())

    # The function and what calls it

    def work_on(self, message: Message) -> None:
        """A message reaches `import_master_data`."""
        self.numbers += 1
        name = f"worker {self.numbers}"
        deadline = self.now() + LIVES
        self.steps.tell(name, f"message: {message.stream}{', full' if message.full else ''}")

        def work() -> None:
            run = import_master_data(self.ports, AGREEMENT, message.stream, message.full, name, deadline)
            told = f"{run.run_id[:4]} {run.state} {run.error or ''} at {run.checkpoint}" if run else "not run"
            self.steps.tell(name, f"done: {told}")

        self.steps.start(name, work, partial(self._worked, name, message), LIVES)

    def _worked(self, name: str, message: Message, error: BaseException | None) -> None:
        if error is None:
            self.queue.acknowledge(message)
            return
        self.fallen(name)
        if isinstance(error, Killed):
            message.visible_at = max(message.visible_at, self.now() + VISIBILITY)
        else:
            self.steps.tell(name, f"gives the message back: {error!r}")
            message.visible_at = self.now() + self.chance.choice((timedelta(0), VISIBILITY))

    def schedule(self) -> None:
        """The quarter of an hour's messages."""
        self.next_schedule = self.now() + SCHEDULE
        if self.integration.is_active:
            for stream in IMPORT_STREAMS:
                self.queue.send(AGREEMENT, stream)

    # What people ask for

    def change_integration(self, change: Callable[[Integration], Integration]) -> None:
        """Somebody changes it, at once."""
        self.integrations.save(change(self.integration))

    def confirm_held(self, stream: Stream) -> None:
        """Somebody has seen how many would become inactive, and allows it."""
        held = self.cursor(stream).held
        if held is not None:
            self.steps.tell("office", f"allows {held.absent} {stream} to become inactive")
            amend(self.cursors, AGREEMENT, stream, lambda one: replace(one, confirmed=held.absent))
            self.queue.send(AGREEMENT, stream, full=True)


@cache
def _customer(card: ErpCustomer) -> Found:
    return to_customer(card, active=True)


@cache
def _product(product: ErpProduct) -> Found:
    return to_product(product)


def kind_of(stream: Stream) -> Kind:
    """The kind of what is read on the stream."""
    return Kind(stream.value)

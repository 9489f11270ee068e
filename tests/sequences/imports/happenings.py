"""What people do meanwhile: in the ERP, in Smartday, and in the connector's own page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from connector.domain.integration import Integration, IntegrationState
from connector.domain.master_data import ErpCustomer, ErpProduct
from connector.domain.matches import MatchState
from connector.domain.pace import Pace
from connector.domain.stream import Stream
from connector.usecases.declined import Declined
from connector.usecases.match_report import MatchPorts, confirm_matches
from connector.usecases.request_import import IMPORT_STREAMS
from tests.builders import AGREEMENT
from tests.sequences.imports.world import FIRST_PRODUCT, World

MOST_RECORDS = 16

LAGS = tuple(timedelta(minutes=one) for one in (0, 0, 0, 1, 4))
"""How much later than its change time a change may be seen; the next pass looks five minutes back."""


class Happenings:
    """Something happens, drawn by chance; what isn't possible at the moment doesn't."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = world.chance
        self.changes = 0
        self._kinds: tuple[Callable[[], None], ...] = (
            *[self.change] * 8,
            *[self.delete] * 7,
            *[self.take_out_of_use] * 4,
            *[self.bring_back] * 8,
            *[self.add] * 2,
            *[self.renumber] * 4,
            *[self.spoil] * 2,
            self.delete_many,
            *[self.refuse_or_take] * 3,
            *[self.pause_or_resume] * 2,
            *[self.ask_for_all] * 5,
            *[self.confirm] * 3,
            self.press,
        )
        self._gone: list[ErpCustomer | ErpProduct] = []

    def happen(self) -> None:
        """One thing."""
        self.chance.choice(self._kinds)()

    # in the ERP

    def change(self) -> None:
        """Somebody corrects a name."""
        if record := self._record():
            self.changes += 1
            self._put(replace(record, name=f"{record.name.split(',')[0]}, endret {self.changes}"))

    def add(self) -> None:
        """A new record."""
        erp = self.world.erp
        if len(erp.customers) + len(erp.products) >= MOST_RECORDS:
            return
        self.changes += 1
        if erp.customers:
            one = max(erp.customers) + 1
            self._put(ErpCustomer(one, f"Kunde {one}", type="Business"))
        else:
            one = max([*erp.products, FIRST_PRODUCT]) + 1
            self._put(ErpProduct(one, f"N{self.changes}", f"Vare {one}"))

    def delete(self) -> None:
        """A record is gone without a trace."""
        if record := self._record():
            self._delete(record)

    def delete_many(self) -> None:
        """Somebody tidies up, or the list isn't what it should be."""
        for _ in range(4):
            self.delete()

    def _delete(self, record: ErpCustomer | ErpProduct) -> None:
        erp, stream = self.world.erp, _stream(record)
        if isinstance(record, ErpCustomer):
            erp.remove_customer(record.id)
        else:
            del erp.products[record.id], erp.product_changes[record.id]
        self._gone.append(record)
        self.world.touched(stream, record.id)
        self.world.steps.tell("ERP", f"{stream} {record.id} deleted")

    def take_out_of_use(self) -> None:
        """A record is kept, and not in use."""
        if record := self._record():
            if isinstance(record, ErpCustomer):
                self._put(record, active=False)
            else:
                self._put(replace(record, active=False))

    def bring_back(self) -> None:
        """One that was deleted, or out of use, is as it was; most often one that is missed in Smartday."""
        erp = self.world.erp
        if self._gone and self.chance.random() < 0.7:
            missed = [one for one in self._gone if self.world.smartday.is_resting(_stream(one), _number(one))]
            record = self.chance.choice(missed or self._gone)
            self._gone.remove(record)
            if record.id not in erp.customers and record.id not in erp.products:
                self._put(record)
            return
        resting = [erp.customers[one.id] for one in erp.customer_changes.values() if not one.active]
        asleep = [replace(one, active=True) for one in erp.products.values() if not one.active]
        known: list[ErpCustomer | ErpProduct] = [*resting, *asleep]
        if known:
            self._put(self.chance.choice(known))

    def renumber(self) -> None:
        """A product gets another number: its own, another's, or none."""
        products = list(self.world.erp.products.values())
        if products:
            taken = self.chance.choice(products).number
            number = self.chance.choice((f"T{self.chance.randint(500, 520)}", taken, ""))
            self._put(replace(self.chance.choice(products), number=number))

    def spoil(self) -> None:
        """A record that can't be brought: it has no name, or is a supplier."""
        if record := self._record():
            if isinstance(record, ErpCustomer) and self.chance.random() < 0.5:
                self._put(replace(record, type="Supplier" if record.type == "Business" else "Business"))
            else:
                self._put(replace(record, name="" if record.name else f"Navn {record.id}"))

    def _record(self) -> ErpCustomer | ErpProduct | None:
        """One that is in use."""
        erp = self.world.erp
        customers = [erp.customers[one.id] for one in erp.customer_changes.values() if one.active]
        known: list[ErpCustomer | ErpProduct] = [*customers, *erp.products.values()]
        return self.chance.choice(known) if known else None

    def _put(self, record: ErpCustomer | ErpProduct, active: bool = True) -> None:
        world = self.world
        changed_at = world.erp.clock() - self.chance.choice(LAGS)
        if isinstance(record, ErpCustomer):
            world.erp.put_customer(record, changed_at, active=active)
            told = f"{record.type}, {'in use' if active else 'out of use'}"
        else:
            world.erp.put_product(record, changed_at)
            told = f"{record.number!r}, {'in use' if record.active else 'out of use'}"
        world.touched(_stream(record), record.id)
        world.steps.tell("ERP", f"{_stream(record)} {record.id}: {record.name!r} {told}")

    # in Smartday

    def refuse_or_take(self) -> None:
        """Smartday refuses a record for good, or takes it after all."""
        rejections = self.world.smartday.rejections
        if rejections and self.chance.random() < 0.5:
            del rejections[self.chance.choice(sorted(rejections))]
        elif record := self._record() if self.chance.random() < 0.5 or not self._gone else self._gone[-1]:
            number = _number(record)
            rejections[number] = "name_invalid"
            self.world.steps.tell("Smartday", f"refuses {number} from now on")

    def press(self) -> None:
        """A side wants less to be asked of it."""
        side = self.chance.choice((self.world.erp, self.world.smartday))
        now = self.world.now()
        low = Pace(limit=120, remaining=9, reset_at=now + timedelta(seconds=self.chance.choice((5, 30, 280))))
        side.current_pace = self.chance.choice((low, Pace(blocked_until=now + timedelta(minutes=9))))

    # in the connector's page

    def pause_or_resume(self) -> None:
        """The integration rests for a while."""
        if not self.world.integration.is_active:
            self.resume()
        elif self.chance.random() < 0.5:
            self.world.steps.tell("office", "pauses")
            self.world.change_integration(lambda one: replace(one, state=IntegrationState.PAUSED))

    def resume(self) -> None:
        """It goes on."""
        self.world.steps.tell("office", "resumes")
        self.world.change_integration(Integration.resumed)

    def ask_for_all(self) -> None:
        """Somebody wants a register read, most often whole."""
        stream = self.chance.choice(IMPORT_STREAMS)
        if self.world.integration.is_active:
            self.world.steps.tell("office", f"asks for {stream}")
            self.world.queue.send(AGREEMENT, stream, full=self.chance.random() < 0.7)

    def confirm(self) -> None:
        """Somebody confirms what waits for it."""
        world = self.world
        if any(one.state is MatchState.WAITING for one in world.matches.reviews.values()):
            self.confirm_matches()
        for stream in IMPORT_STREAMS:
            world.confirm_held(stream)

    def confirm_matches(self) -> None:
        """Somebody has seen the match report."""
        world = self.world
        try:
            confirm_matches(
                MatchPorts(world.now, world.integrations, world.matches, world.queue), AGREEMENT, "office"
            )
        except Declined:
            return
        world.steps.tell("office", "confirms the match report")


def _stream(record: ErpCustomer | ErpProduct) -> Stream:
    return Stream.CUSTOMERS if isinstance(record, ErpCustomer) else Stream.PRODUCTS


def _number(record: ErpCustomer | ErpProduct) -> str:
    return str(record.id) if isinstance(record, ErpCustomer) else record.number

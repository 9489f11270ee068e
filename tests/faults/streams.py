"""The paths that begin with a schedule or a person: poll, import, activation."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.integration import IntegrationState
from connector.domain.stream import RunState, Stream
from connector.usecases.activate_integration import Wish, activate_integration
from connector.usecases.declined import Declined
from tests.faults.backing import AGREEMENT, CREDENTIALS
from tests.faults.processes import API_URL, Process
from tests.faults.scenarios import Ordering, activated, finish_task, record_of
from tests.faults.world import World

CHANGED = (10022, 10023, 10024)
"""Three customers that change in the ERP are two pages of the sync list."""


@dataclass
class Polling(Ordering):
    """A finished task that no webhook told of is found by the poll."""

    def begin(self, world: World) -> None:
        self.task_id = world.task_id
        activated(world)

    def go(self, world: World) -> None:
        finish_task(world, self.task_id)
        self.drive(world)

    def drive(self, world: World) -> None:
        world.dispatch()
        world.queue_stream(Stream.TASKS)
        world.work_off_polls()
        self.check(world)
        world.work_off_orders()

    def again(self, world: World) -> None:
        world.stream(Stream.TASKS)

    def check(self, world: World) -> None:
        cursor = world.stores.cursors.get(AGREEMENT, Stream.TASKS)
        task = world.smartday("GET", f"/tasks/{self.task_id}")
        if cursor and cursor.watermark and cursor.watermark > datetime.fromisoformat(task["changed_at"]):
            is_kept = record_of(world, self.task_id) is not None or world.backing.orders.holds_any()
            assert is_kept, "the cursor passed a task that nobody knows of"


@dataclass
class Enqueuing(Polling):
    """The webhook of a finished task, which Smartday sends once only: the poll has to find what is lost."""

    def go(self, world: World) -> None:
        finish_task(world, self.task_id)
        world.webhook(self.task_id, self.version)
        self.drive(world)

    def again(self, world: World) -> None:
        world.webhook(self.task_id, self.version)


@dataclass
class Importing:
    """Three customers that changed in the ERP come to Smartday."""

    word: str = "imported"
    has_session: bool = True
    names: dict[str, str] = field(default_factory=dict)
    changed_at: datetime | None = None

    def begin(self, world: World) -> None:
        activated(world, has_session=self.has_session)
        self.names = {str(one): f"Kunde {one} AS" for one in CHANGED}
        changes = [{"Id": int(number), "Name": name} for number, name in self.names.items()]
        told = world.erp("POST", "/companies", changes)["companies"]
        self.changed_at = max(datetime.fromisoformat(one["DateChanged"]) for one in told)

    def go(self, world: World) -> None:
        self.drive(world)

    def drive(self, world: World) -> None:
        world.queue_stream(Stream.CUSTOMERS)
        world.work_off_imports()

    def again(self, world: World) -> None:
        world.stream(Stream.CUSTOMERS)

    def is_settled(self, world: World) -> bool:
        cursor = world.stores.cursors.get(AGREEMENT, Stream.CUSTOMERS)
        run = cursor.run if cursor else None
        return run is not None and run.state is RunState.FINISHED and not self._missing(world)

    def check(self, world: World) -> None:
        cursor = world.stores.cursors.get(AGREEMENT, Stream.CUSTOMERS)
        if cursor and cursor.watermark and self.changed_at and cursor.watermark >= self.changed_at:
            assert not self._missing(world), "the cursor passed a customer that Smartday doesn't have"

    def _missing(self, world: World) -> set[str]:
        held = {one["external_number"]: one["name"] for one in world.smartday("GET", "/customers")["items"]}
        return {number for number, name in self.names.items() if not held.get(number, "").endswith(name)}


@dataclass
class Reading:
    """The poll and an import at once: two cursors move."""

    word: str = "ordered, imported"
    parts: tuple[Importing, Polling] = field(default_factory=lambda: (Importing(), Polling()))

    @property
    def task_id(self) -> str:
        return self.parts[1].task_id

    def begin(self, world: World) -> None:
        importing, polling = self.parts
        importing.begin(world)
        polling.task_id = world.task_id

    def go(self, world: World) -> None:
        finish_task(world, self.task_id)
        self.drive(world)

    def drive(self, world: World) -> None:
        world.dispatch()
        self._queue_streams(world)
        world.work_off_polls()
        self.check(world)
        world.work_off_imports()
        world.work_off_orders()

    def _queue_streams(self, world: World) -> None:
        """Both; a message of an import that wasn't done comes again and is as good as one more."""
        world.queue_stream(Stream.TASKS)
        if not world.backing.imports.holds_any():
            world.queue_stream(Stream.CUSTOMERS)

    def again(self, world: World) -> None:
        for part in self.parts:
            part.again(world)

    def is_settled(self, world: World) -> bool:
        return all(part.is_settled(world) for part in self.parts)

    def check(self, world: World) -> None:
        for part in self.parts:
            part.check(world)


@dataclass
class Subscribing:
    """A person activates, and does it again as long as it isn't answered well."""

    word: str = "active"

    def begin(self, world: World) -> None:
        """Nothing is there yet."""
        world.backing.begin_with("nothing", lambda: None)

    def go(self, world: World) -> None:
        with world.attempt():
            self._activate(world, world.process)

    def drive(self, world: World) -> None:
        if world.state is not IntegrationState.ACTIVE:
            self.go(world)

    def again(self, world: World) -> None:
        self._activate(world, world.new_process())

    def is_settled(self, world: World) -> bool:
        return world.state is IntegrationState.ACTIVE

    def check(self, world: World) -> None:
        """Active is said last: then Smartday has our address."""
        if self.is_settled(world):
            told = world.smartday("GET", "/webhooks")["subscriptions"]
            wanted = f"{API_URL}/webhooks/smartday/{AGREEMENT}?k=1"
            assert [one["url"] for one in told if one["active"]] == [wanted], json.dumps(told)

    def _activate(self, world: World, process: Process) -> None:
        try:
            enter_logins(process)
        except Declined:
            return


def enter_logins(process: Process) -> None:
    """A person enters both logins and activates. Raises `Declined`."""
    wish = Wish(
        AGREEMENT,
        active=True,
        bridge_user=CREDENTIALS.bridge_user,
        bridge_password=CREDENTIALS.bridge_password,
        erp_username=CREDENTIALS.erp_username,
        erp_password=CREDENTIALS.erp_password,
    )
    activate_integration(process.activation, wish)

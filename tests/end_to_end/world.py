"""What an activated customer meets: our API from outside, and both vendors' sides at the stand-ins.

Decision: what is asserted is read from the stand-ins or the API, never from our own tables.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import httpx

from sandbox.figures import AGREEMENT, StandIns
from sandbox.local import CREDENTIALS, Local
from tests.end_to_end.waiting import wait_for

EXAMPLE_TASK = "48213"

QUEUES = ("OrderQueue", "ImportQueue", "ReconcileQueue")
UNDER_WAY = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)

LOGINS = {
    name: CREDENTIALS[name] for name in ("bridge_user", "bridge_password", "erp_username", "erp_password")
}

NOT_COPIED = frozenset({"changed_at", "created_at", "export", "finished_at", "outcome", "status", "version"})
"""What a new task gets of its own when it is like the example."""


@dataclass(frozen=True)
class World:
    """The deployed bundle and both stand-ins.

    `example` is the example task as it was in progress; `logins_at_start` counts the ERP's logins until the
    integration was activated, its imports done and the example task an order.
    """

    local: Local
    stand_ins: StandIns
    example: Mapping[str, Any]
    api: httpx.Client
    logins_at_start: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: count(70_001))

    def log_in(self) -> None:
        """Open a session that later calls of `call` carry."""
        names = ("agreement_number", "bridge_user", "bridge_password")
        answer = self.api.post("/sessions", json={name: CREDENTIALS[name] for name in names})
        answer.raise_for_status()
        self.api.cookies.clear()
        self.api.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    def call(self, method: str, path: str = "", **arguments: Any) -> httpx.Response:
        """Call our API about the demo agreement, with its session."""
        return self.api.request(method, f"/integrations/{AGREEMENT}{path}", **arguments)

    def change(self, **body: Any) -> None:
        """PUT the integration; fails unless it is answered 200."""
        answer = self.call("PUT", json=body)
        assert answer.status_code == 200, answer.text

    def new_task_id(self) -> str:
        """An id that no other task has."""
        return str(next(self._numbers))

    def finish_task(self, task_id: str | None = None, **changes: Any) -> str:
        """Let a new task be finished, like the example but for `changes`; gives its id."""
        own = task_id or self.new_task_id()
        like = {name: value for name, value in self.example.items() if name not in NOT_COPIED}
        self.stand_ins.smartday(
            "POST", "/tasks", **like | {"id": own, "number": own, "status": "finished"} | changes
        )
        return own

    def change_lines(self, task_id: str, **changes: Any) -> None:
        """Add, change or remove registrations of a task."""
        self.stand_ins.smartday("POST", f"/tasks/{task_id}/registrations", **changes)

    @contextmanager
    def choosing(self, **settings: Any) -> Iterator[None]:
        """Have these settings as long as the block runs."""
        kept = self.call("GET", "/settings").json()["settings"]
        self.change(active=True, settings=settings)
        try:
            yield
        finally:
            self.change(active=True, settings={name: kept[name] for name in settings})

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause the integration as long as the block runs."""
        self.change(active=False)
        try:
            yield
        finally:
            self.change(active=True)

    @contextmanager
    def deliveries(self, **plan: Any) -> Iterator[None]:
        """Deliver webhooks by this plan as long as the block runs."""
        self.stand_ins.smartday("POST", "/deliveries", **plan)
        try:
            yield
        finally:
            self.stand_ins.smartday("POST", "/deliveries", copies=1)

    @contextmanager
    def erp_fault(self, **fault: Any) -> Iterator[None]:
        """Plant a fault at the ERP as long as the block runs."""
        self.stand_ins.erp("POST", "/faults", **fault)
        try:
            yield
        finally:
            self.stand_ins.erp("DELETE", "/faults")

    def orders_of(self, task_id: str, ordinal: int = 1) -> list[dict[str, Any]]:
        """The orders that carry the task's key of that ordinal, as the ERP has them."""
        reference = f"SD-{AGREEMENT}-{task_id}" + (f"-{ordinal}" if ordinal > 1 else "")
        return [one for one in self.stand_ins.orders() if one.get("ReferenceNumber") == reference]

    def record(self, task_id: str) -> dict[str, Any] | None:
        """Our task record; None when the API knows no such task."""
        answer = self.call("GET", f"/tasks/{task_id}")
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return dict(answer.json())

    def wait_for_state(self, task_id: str, state: str) -> dict[str, Any]:
        """The task record as soon as it is in that state."""

        def look() -> dict[str, Any] | None:
            record = self.record(task_id)
            return record if record and record["state"] == state else None

        return wait_for(look, f"task {task_id} to be {state}")

    def wait_for_receipt(self, task_id: str, result: str = "created") -> dict[str, Any]:
        """The latest receipt of this result that Smartday got about the task."""

        def look() -> dict[str, Any] | None:
            receipts = [one for one in self.receipts_of(task_id) if one["result"] == result]
            return receipts[-1] if receipts else None

        return wait_for(look, f"a receipt {result} for task {task_id}")

    def receipts_of(self, task_id: str) -> list[dict[str, Any]]:
        """The receipts that Smartday got about the task."""
        receipts = self.stand_ins.smartday("GET", "/receipts")["receipts"]
        return [one for one in receipts if one["task_id"] == task_id]

    def answers_to(self, task_id: str, version: int = 1) -> list[int]:
        """What our API answered to all webhooks about this version of the task, once they are done.

        A cold start on a busy machine may take longer than Smartday waits; that attempt has no answer.
        """

        def deliveries() -> list[dict[str, Any]]:
            told = self.stand_ins.smartday("GET", f"/webhooks?task_id={task_id}")["deliveries"]
            return [one for one in told if one["version"] == version]

        wait_for(
            lambda: all(one["state"] != "pending" for one in deliveries()), f"the webhooks of task {task_id}"
        )
        attempts = [attempt for one in deliveries() for attempt in one["attempts"]]
        return [attempt["status"] for attempt in attempts if attempt["status"]]

    def wait_until_quiet(self) -> None:
        """Wait until no webhook waits and nothing is queued or worked on."""
        wait_for(self._is_quiet, "the queues to be empty")

    def import_anew(self, stream: str) -> dict[str, Any]:
        """Ask for a pass over the stream ("synk nå") and wait for its end; gives its run."""
        before = self.imports()[stream]["run_id"]
        answer = self.call("POST", "/imports", json={"stream": stream})
        assert answer.status_code == 202, answer.text

        def look() -> dict[str, Any] | None:
            run = self.imports()[stream]
            return run if run["run_id"] != before else None

        return wait_for(look, f"a new pass over {stream}")

    def _is_quiet(self) -> bool:
        if self.stand_ins.smartday("GET", "/webhooks")["states"]["pending"]:
            return False
        return all(self.is_empty(queue) for queue in QUEUES)

    def is_empty(self, queue: str) -> bool:
        """True when nothing waits in the queue of that logical id, and nothing of it is worked on."""
        told = self.local.engine.client("sqs").get_queue_attributes(
            QueueUrl=self.local.deployment.resources[queue], AttributeNames=list(UNDER_WAY)
        )
        return not any(int(number) for number in told["Attributes"].values())

    def calls(self) -> Counter[str]:
        """How often each operation was called, at both stand-ins."""
        return Counter(self.stand_ins.erp("GET", "/calls")["total"]) + Counter(
            self.stand_ins.smartday("GET", "/calls")["total"]
        )

    def poll(self) -> None:
        """What the schedule sends every quarter of an hour."""
        function = self.local.deployment.resources["DispatchFunction"]
        answer = self.local.engine.client("lambda").invoke(FunctionName=function, Payload=b'{"poll": true}')
        assert "FunctionError" not in answer, answer["Payload"].read()

    def imports(self) -> dict[str, dict[str, Any]]:
        """The latest run of each stream, once none runs."""

        def look() -> dict[str, Any] | None:
            runs: dict[str, Any] = self.call("GET").json()["imports"]
            return runs if all(run and run["state"] == "finished" for run in runs.values()) else None

        return wait_for(look, "the imports")


def paid_by(customer: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a task that is done for this customer of Smartday, who also pays."""
    reference = {name: customer[name] for name in ("id", "external_number", "name")}
    return {"customer": reference, "billing_customer": reference}


@contextmanager
def activated(local: Local) -> Iterator[World]:
    """Activate the demo customer, import, and let the example task become its order."""
    stand_ins = StandIns(local)
    with httpx.Client(base_url=local.api_url, timeout=60, trust_env=False) as api:
        world = World(local, stand_ins, stand_ins.smartday("GET", f"/tasks/{EXAMPLE_TASK}"), api)
        world.change(active=True, **LOGINS)
        world.log_in()
        world.imports()
        stand_ins.smartday("POST", "/tasks:finish", task_ids=[EXAMPLE_TASK])
        world.wait_for_receipt(EXAMPLE_TASK)
        world.wait_until_quiet()
        yield replace(world, logins_at_start=world.calls()["Login"])
    for client in (stand_ins._smartday, stand_ins._erp):
        client.close()

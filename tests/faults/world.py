"""One cell's world: an integration on stores and queues of its own, and both stand-ins back at their seed.

Messages are received from the queues and given to the use cases as the functions' handlers do. What
goes wrong in a message makes it come again, as after its visibility time-out.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import count
from threading import Thread
from typing import Any

from connector.adapters.sqs import read_stream_message, read_task_message
from connector.domain.derived_keys import webhook_secret
from connector.domain.integration import IntegrationState
from connector.domain.stream import Stream
from connector.errors import ConnectorError, Refused, RetryLater
from connector.usecases.accept_webhook import Verdict, Webhook, accept_webhook
from connector.usecases.create_order import create_order
from connector.usecases.dispatch import dispatch_due_tasks
from connector.usecases.import_master_data import import_master_data
from connector.usecases.probe_login import probe_login
from connector.usecases.reconcile_tasks import reconcile_tasks
from sandbox.smartday.webhooks import signature
from tests.faults.backing import (
    AGREEMENT,
    AT_A_TIME,
    CREDENTIALS,
    MASTER_KEY,
    Backing,
    Message,
    Queue,
    Stores,
)
from tests.faults.faults import Killed
from tests.faults.ground import Ground
from tests.faults.in_memory import InMemory
from tests.faults.processes import Clock, Process
from tests.faults.steps import Side

ORDER_TIME, STREAM_TIME = timedelta(seconds=120), timedelta(seconds=300)
"""The functions' time-outs in the template."""

ENDLESS = 50
"""No cell has so many messages at a time: then each one makes the next."""

Work = Callable[[Process, str, str, datetime], None]


class World:
    """What a scenario acts on. `bugs` are exceptions that no handler expects."""

    def __init__(self, ground: Ground, *, on_aws: bool) -> None:
        self.ground = ground
        self.clock = Clock()
        self.backing = self._backing(on_aws=on_aws)
        self.bugs: list[BaseException] = []
        self.task_id = str(next(ground.task_ids))
        self._owners = count(1)
        ground.clean()
        self.restart()

    def _backing(self, *, on_aws: bool) -> Backing:
        """The worker's AWS, cleaned, or memory of its own."""
        if not on_aws:
            return InMemory(self.clock)
        self.ground.aws.clean(self.clock)
        return self.ground.aws

    def restart(self) -> None:
        """Our process begins anew: nothing is remembered but what is stored."""
        self.process = self.new_process()

    def new_process(self) -> Process:
        """One more of ours."""
        return Process(self.ground, self.backing.stores(self.clock), self.clock)

    @property
    def stores(self) -> Stores:
        """Those of our process."""
        return self.process.stores

    def erp(self, method: str, path: str, body: Any = None) -> Any:
        return self.ground.stand_ins[Side.ERP].ask(method, path, body)

    def smartday(self, method: str, path: str, body: Any = None) -> Any:
        return self.ground.stand_ins[Side.SMARTDAY].ask(method, path, body)

    def log_in(self) -> None:
        """Have a session at the ERP, as an earlier message left it."""
        if self.ground.session is None:
            login = CREDENTIALS.erp_username, CREDENTIALS.erp_password, CREDENTIALS.erp_identity_id
            self.ground.session = self.process.erp_login(*login).session_id
        self.stores.sessions.put_erp_session(AGREEMENT, self.ground.session)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Do what a handler does; what a handler survives is survived, what kills it restarts it."""
        try:
            yield
        except ConnectorError:
            pass
        except Exception as bug:  # noqa: BLE001 - a message whose handling raised comes again
            self.bugs.append(bug)
        except Killed:
            self.restart()

    def webhook(self, task_id: str, version: int) -> bool:
        """Smartday tells of the task; True when that was answered 2xx."""
        return self.post_webhook(json.dumps(_event(task_id, version)).encode())

    def post_webhook(self, body: bytes) -> bool:
        """The request, rightly signed."""
        timestamp = str(int(self.clock().timestamp()))
        secret = webhook_secret(MASTER_KEY.encode(), AGREEMENT, 1)
        webhook = Webhook(AGREEMENT, "1", timestamp, signature([secret], timestamp, body), body)
        verdicts: list[Verdict] = []
        with self.attempt():
            verdicts.append(accept_webhook(self.process.webhooks, webhook))
        return verdicts == [Verdict.QUEUED]

    def dispatch(self) -> None:
        """What the schedule does: queue what is due."""
        with self.attempt():
            dispatch_due_tasks(self.process.dispatch)

    def queue_stream(self, stream: Stream) -> None:
        """One stream's message of those that the schedule queues."""
        with self.attempt():
            self.stores.stream_queue.send(AGREEMENT, stream)

    def work_off_orders(self) -> None:
        self._work_off(self.backing.orders, _order, ORDER_TIME)

    def work_off_imports(self) -> None:
        self._work_off(self.backing.imports, _import, STREAM_TIME)

    def work_off_polls(self) -> None:
        self._work_off(self.backing.reconcile, _poll, STREAM_TIME)

    def _work_off(self, queue: Queue, work: Work, time: timedelta) -> None:
        """Take the visible messages once; what isn't done becomes visible again afterwards."""
        returned: list[Message] = []
        taken = 0
        messages = queue.receive()
        while messages:
            taken += len(messages)
            assert taken < ENDLESS, f"messages without end: {messages[0].body}"
            for message in messages:
                if self._is_done(work, message.body, time):
                    queue.delete(message)
                else:
                    returned.append(message)
            messages = queue.receive() if len(messages) == AT_A_TIME else []
        for message in returned:
            queue.make_visible(message)

    def _is_done(self, work: Work, body: str, time: timedelta) -> bool:
        done: list[bool] = []
        with self.attempt():
            work(self.process, body, f"process-{next(self._owners)}", self.clock() + time)
            done.append(True)
        return bool(done)

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Another process does this at the same moment: in a thread, while this one waits at its step."""

        def run() -> None:
            with self.attempt():
                work()

        other = Thread(target=run)
        other.start()
        other.join()

    def order(self, task_id: str, version: int) -> None:
        """Handle one order message that wasn't queued, in a process of its own."""
        body = json.dumps({"agreement_number": AGREEMENT, "task_id": task_id, "version": version})
        other = self.new_process()
        _order(other, body, f"process-{next(self._owners)}", self.clock() + ORDER_TIME)

    def stream(self, stream: Stream) -> None:
        """Handle one message of this stream that wasn't queued, in a process of its own."""
        body = json.dumps({"agreement_number": AGREEMENT, "stream": stream, "full": False})
        other = self.new_process()
        work = _poll if stream is Stream.TASKS else _import
        work(other, body, f"process-{next(self._owners)}", self.clock() + STREAM_TIME)

    @property
    def state(self) -> IntegrationState | None:
        """The integration's state; None without one."""
        integration = self.stores.integrations.get(AGREEMENT)
        return integration.state if integration else None


def _order(process: Process, body: str, owner: str, deadline: datetime) -> None:
    message = read_task_message(body)
    create_order(process.orders, message.agreement_number, message.task_id, message.version, owner, deadline)


def _import(process: Process, body: str, owner: str, deadline: datetime) -> None:
    message = read_stream_message(body)
    import_master_data(
        process.imports, message.agreement_number, message.stream, message.full, owner, deadline
    )


def _poll(process: Process, body: str, owner: str, deadline: datetime) -> None:
    message = read_stream_message(body)
    with suppress(RetryLater, Refused):
        probe_login(process.probe, message.agreement_number, deadline)
    with suppress(RetryLater, Refused):
        reconcile_tasks(process.reconcile, message.agreement_number, deadline)


def _event(task_id: str, version: int) -> dict[str, Any]:
    return {
        "type": "task.status_changed",
        "agreement_number": AGREEMENT,
        "origin": "touch",
        "data": {"task_id": task_id, "version": version},
    }

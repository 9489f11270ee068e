"""One cell's world: an integration on tables and queues of its own, and both stand-ins back at their seed.

Messages are received from the real queues and given to the use cases as the functions' handlers do. What
goes wrong in a message makes it come again, as after its visibility time-out.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from threading import Thread
from typing import Any

from connector.adapters.sqs import read_stream_message, read_task_message
from connector.domain.derived_keys import webhook_secret
from connector.domain.integration import Credentials, IntegrationState
from connector.domain.stream import Stream
from connector.errors import ConnectorError, Refused, RetryLater
from connector.usecases.accept_webhook import Verdict, Webhook, accept_webhook
from connector.usecases.create_order import create_order
from connector.usecases.dispatch import dispatch_due_tasks, dispatch_streams
from connector.usecases.import_master_data import import_master_data
from connector.usecases.reconcile_tasks import reconcile_tasks
from sandbox.smartday import demo as bridge_demo
from sandbox.smartday.webhooks import signature
from sandbox.twentyfoursevenoffice import demo as erp_demo
from tests.faults.faults import Killed
from tests.faults.ground import AGREEMENT, KEYS, Ground
from tests.faults.processes import MASTER_KEY_ID, SECRETS, Clock, Process
from tests.faults.steps import Side

CREDENTIALS = Credentials(
    bridge_demo.BRIDGE_USER,
    bridge_demo.BRIDGE_PASSWORD,
    erp_demo.USERNAME,
    erp_demo.PASSWORD,
    erp_demo.IDENTITY_ID,
)
MASTER_KEY = "master-key-of-the-matrix"

ORDER_TIME, STREAM_TIME = timedelta(seconds=120), timedelta(seconds=300)
"""The functions' time-outs in the template."""

AT_A_TIME = 10
"""ReceiveMessage gives no more."""

ENDLESS = 50
"""No cell has so many messages at a time: then each one makes the next."""

Work = Callable[[Process, str, str, datetime], None]


class World:
    """What a scenario acts on. `bugs` are exceptions that no handler expects."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.clock = Clock()
        self.bugs: list[BaseException] = []
        self._owners = count(1)
        ground.clean()
        self.restart()
        self.put_secrets()

    def restart(self) -> None:
        """A new process: nothing is remembered but what is stored."""
        self.process = Process(self.ground, self.clock)

    def erp(self, method: str, path: str, body: Any = None) -> Any:
        return self.ground.stand_ins[Side.ERP].ask(method, path, body)

    def smartday(self, method: str, path: str, body: Any = None) -> Any:
        return self.ground.stand_ins[Side.SMARTDAY].ask(method, path, body)

    def put_secrets(self) -> None:
        """Store both logins and the master key, if they aren't."""
        if self.ground.has_secrets:
            return
        self.ground.has_secrets = True
        self.process.secrets.put_credentials(AGREEMENT, CREDENTIALS)
        with suppress(self.ground.secrets_manager.exceptions.ResourceExistsException):
            self.ground.secrets_manager.create_secret(Name=MASTER_KEY_ID, SecretString=MASTER_KEY)

    def take_secret_away(self, which: str) -> None:
        """The logins or the master key are gone, and no process remembers them."""
        self.ground.has_secrets = False
        if which == "logins":
            self.ground.ssm.delete_parameter(Name=f"{SECRETS}/{AGREEMENT}")
        else:
            self.ground.secrets_manager.delete_secret(SecretId=MASTER_KEY_ID, ForceDeleteWithoutRecovery=True)
        self.restart()

    @property
    def task_id(self) -> str:
        """An id that no other task has."""
        return self.ground.task_id

    def lie_ready(self, name: str, arrange: Callable[[], None]) -> None:
        """Begin with what `arrange` stores; the second time its rows are laid as they are."""
        ground = self.ground
        if name not in ground.ready:
            ground.lay([])
            arrange()
            ground.ready[name] = [(table, item) for table in KEYS for item in ground.rows_of(table)]
        ground.lay(ground.ready[name])

    def log_in(self) -> None:
        """Have a session at the ERP, as an earlier message left it."""
        if self.ground.session is None:
            login = CREDENTIALS.erp_username, CREDENTIALS.erp_password, CREDENTIALS.erp_identity_id
            self.ground.session = self.process.erp_login(*login).session_id
        self.process.sessions.put_erp_session(AGREEMENT, self.ground.session)

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

    def dispatch(self, *, streams: bool = False) -> None:
        """What the schedule does: queue what is due, or the streams."""
        self.ground.has_streams |= streams
        with self.attempt():
            (dispatch_streams if streams else dispatch_due_tasks)(self.process.dispatch)

    def queue_stream(self, stream: Stream) -> None:
        """One stream's message of those that the schedule queues."""
        self.ground.has_streams = True
        with self.attempt():
            self.process.stream_queue.send(AGREEMENT, stream)

    def work_off_orders(self) -> None:
        self.work_off(self.ground.queues.orders)

    def work_off_imports(self) -> None:
        self.work_off(self.ground.queues.imports)

    def work_off_polls(self) -> None:
        self.work_off(self.ground.queues.reconcile)

    def work_off(self, queue: str) -> None:
        """Take the visible messages once; what isn't done becomes visible again afterwards."""
        queues = self.ground.queues
        work, time = {
            queues.orders: (_order, ORDER_TIME),
            queues.imports: (_import, STREAM_TIME),
            queues.reconcile: (_poll, STREAM_TIME),
        }[queue]
        returned = []
        taken = 0
        messages = self._receive(queue)
        while messages:
            taken += len(messages)
            assert taken < ENDLESS, f"messages without end: {messages[0]['Body']}"
            for message in messages:
                handle = message["ReceiptHandle"]
                if self._is_done(partial(work, body=message["Body"]), time):
                    self.ground.sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
                else:
                    returned.append(handle)
            messages = self._receive(queue) if len(messages) == AT_A_TIME else []
        for handle in returned:
            self.ground.sqs.change_message_visibility(
                QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0
            )

    def _receive(self, queue: str) -> Any:
        answer = self.ground.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=AT_A_TIME, VisibilityTimeout=60, WaitTimeSeconds=0
        )
        return answer.get("Messages", [])

    def _is_done(self, work: Callable[..., None], time: timedelta) -> bool:
        done: list[bool] = []
        with self.attempt():
            work(self.process, owner=f"process-{next(self._owners)}", deadline=self.clock() + time)
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
        other = Process(self.ground, self.clock)
        _order(other, body, f"process-{next(self._owners)}", self.clock() + ORDER_TIME)

    def stream(self, stream: Stream) -> None:
        """Handle one message of this stream that wasn't queued, in a process of its own."""
        body = json.dumps({"agreement_number": AGREEMENT, "stream": stream, "full": False})
        other = Process(self.ground, self.clock)
        work = _poll if stream is Stream.TASKS else _import
        work(other, body, f"process-{next(self._owners)}", self.clock() + STREAM_TIME)

    def has_order_message(self) -> bool:
        """Whether the order queue holds any message."""
        told = self.ground.sqs.get_queue_attributes(
            QueueUrl=self.ground.queues.orders, AttributeNames=["All"]
        )["Attributes"]
        return any(int(number) for name, number in told.items() if name.startswith("ApproximateNumber"))

    def dead_letters(self) -> list[str]:
        """The bodies of messages that were given up; they are taken away."""
        queue = self.ground.queues.dead
        found = self._receive(queue)
        for message in found:
            self.ground.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    @property
    def state(self) -> IntegrationState | None:
        """The integration's state; None without one."""
        integration = self.process.integrations.get(AGREEMENT)
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
        reconcile_tasks(process.reconcile, message.agreement_number, deadline)


def _event(task_id: str, version: int) -> dict[str, Any]:
    return {
        "type": "task.status_changed",
        "agreement_number": AGREEMENT,
        "origin": "touch",
        "data": {"task_id": task_id, "version": version},
    }

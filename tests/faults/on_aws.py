"""A backing on AWS: the real stores and queues in front of the local engine, shared by a worker's cells."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.adapters.dynamodb.bindings import DynamoBindingStore
from connector.adapters.dynamodb.cursors import DynamoCursorStore
from connector.adapters.dynamodb.customer_claims import DynamoCustomerClaimStore
from connector.adapters.dynamodb.import_results import DynamoImportResultStore
from connector.adapters.dynamodb.integrations import DynamoIntegrationStore
from connector.adapters.dynamodb.matches import DynamoMatchStore
from connector.adapters.dynamodb.sessions import DynamoSessionStore
from connector.adapters.dynamodb.tasks import DynamoTaskStore
from connector.adapters.secrets import AwsSecretStore
from connector.adapters.sqs import SqsStreamQueue, SqsTaskQueue
from connector.ports import Clock
from tests.account import Account
from tests.faults.backing import AGREEMENT, AT_A_TIME, CREDENTIALS, MASTER_KEY, Message, Stores

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_sqs.client import SQSClient

SECRETS = "/matrix"
MASTER_KEY_ID = "master-key"

RECEIVES = 10
"""The template's `maxReceiveCount`."""

BATCH = 25
"""BatchWriteItem takes so many."""

INVISIBLE = 60
"""Seconds; no cell works so long on a message."""

KEYS = {
    "integrations": ("agreement_number",),
    "tasks": ("agreement_number", "task_id"),
    "bindings": ("agreement_number", "binding_key"),
    "cursors": ("agreement_number", "stream"),
    "sessions": ("agreement_number", "session_key"),
}

Item = Mapping[str, Any]
Row = tuple[str, Item]
"""Table and item, or the item's key."""


@dataclass(frozen=True)
class SqsQueue:
    """`Queue` at its address."""

    sqs: "SQSClient"
    url: str

    def send(self, body: str) -> None:
        """A message that isn't of ours."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def receive(self) -> list[Message]:
        """See `Queue.receive`."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=AT_A_TIME, VisibilityTimeout=INVISIBLE, WaitTimeSeconds=0
        )
        return [Message(one["Body"], one["ReceiptHandle"]) for one in answer.get("Messages", [])]

    def delete(self, message: Message) -> None:
        """See `Queue.delete`."""
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message.handle)

    def make_visible(self, message: Message) -> None:
        """See `Queue.make_visible`."""
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message.handle, VisibilityTimeout=0
        )

    def holds_any(self) -> bool:
        """See `Queue.holds_any`."""
        told = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return any(int(number) for name, number in told.items() if name.startswith("ApproximateNumber"))


class OnAws:
    """`Backing`, and the clients below it; `dead` is where messages end that are given up.

    Clients try once: how the SDK repeats is its own matter, and costs time. They tell which rows and queues
    were written to, so that the next cell finds none of it.
    """

    def __init__(self, account: Account) -> None:
        for concept in KEYS:
            account.create_table(concept)
        self.dynamodb = account.dynamodb(tries=1)
        self.sqs = account.client("sqs", tries=1)
        self.ssm = account.client("ssm", tries=1)
        self.secrets_manager = account.client("secretsmanager", tries=1)
        self._tables = {concept: self.dynamodb.Table(concept) for concept in KEYS}
        self.dead = SqsQueue(self.sqs, self.sqs.create_queue(QueueName="dead")["QueueUrl"])
        self.orders, self.imports, self.reconcile = map(self._queue, ("orders", "imports", "reconcile"))
        self._ready: dict[str, list[Row]] = {}
        self._rows: set[tuple[str, tuple[str, ...]]] = set()
        self._filled: set[str] = set()
        self._has_secrets = False
        self.dynamodb.meta.client.meta.events.register("provide-client-params.dynamodb", self._note_rows)
        for operation in ("SendMessage", "SendMessageBatch"):
            self.sqs.meta.events.register(f"provide-client-params.sqs.{operation}", self._note_queue)

    def _queue(self, name: str) -> SqsQueue:
        told = self.sqs.get_queue_attributes(QueueUrl=self.dead.url, AttributeNames=["QueueArn"])
        redrive = {"deadLetterTargetArn": told["Attributes"]["QueueArn"], "maxReceiveCount": RECEIVES}
        attributes = {"RedrivePolicy": json.dumps(redrive)}
        return SqsQueue(self.sqs, self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def stores(self, clock: Clock) -> Stores:
        """See `Backing.stores`."""
        tables = self._tables
        return Stores(
            DynamoIntegrationStore(tables["integrations"]),
            DynamoTaskStore(tables["tasks"]),
            DynamoBindingStore(tables["bindings"]),
            DynamoCustomerClaimStore(tables["bindings"]),
            DynamoCursorStore(tables["cursors"]),
            DynamoMatchStore(tables["cursors"]),
            DynamoImportResultStore(tables["cursors"], clock),
            DynamoSessionStore(tables["sessions"], clock),
            self._secrets(clock),
            SqsTaskQueue(self.sqs, self.orders.url),
            SqsStreamQueue(self.sqs, self.imports.url, self.reconcile.url),
        )

    def _secrets(self, clock: Clock) -> AwsSecretStore:
        return AwsSecretStore(
            lambda: self.ssm, lambda: SECRETS, lambda: self.secrets_manager, lambda: MASTER_KEY_ID, clock
        )

    def begin_with(self, name: str, arrange: Callable[[], None]) -> None:
        """See `Backing.begin_with`; the second time the rows are laid as they are, past every store."""
        if name not in self._ready:
            self._lay([])
            arrange()
            self._ready[name] = [(table, item) for table in KEYS for item in _all(self._tables[table])]
        self._lay(self._ready[name])

    def clean(self, clock: Clock) -> None:
        """Take away what the last cell left, but for its rows: those go when the next cell's come."""
        for url in self._filled:
            self.sqs.purge_queue(QueueUrl=url)
        self._filled.clear()
        self.put_secrets(clock)

    def put_secrets(self, clock: Clock) -> None:
        """Store both logins and the master key, if they aren't."""
        if self._has_secrets:
            return
        self._has_secrets = True
        self._secrets(clock).put_credentials(AGREEMENT, CREDENTIALS)
        with suppress(self.secrets_manager.exceptions.ResourceExistsException):
            self.secrets_manager.create_secret(Name=MASTER_KEY_ID, SecretString=MASTER_KEY)

    def take_logins_away(self) -> None:
        """Who read them before knows them still."""
        self._has_secrets = False
        self.ssm.delete_parameter(Name=f"{SECRETS}/{AGREEMENT}")

    def take_key_away(self) -> None:
        """Who read it before knows it still."""
        self._has_secrets = False
        self.secrets_manager.delete_secret(SecretId=MASTER_KEY_ID, ForceDeleteWithoutRecovery=True)

    def dead_letters(self) -> list[str]:
        """The bodies of messages that were given up; they are taken away."""
        found = self.dead.receive()
        for message in found:
            self.dead.delete(message)
        return [message.body for message in found]

    def _lay(self, rows: Sequence[Row]) -> None:
        """These rows in all tables instead of those that are there."""
        wanted = {(table, _key(table, item)) for table, item in rows}
        requests: list[tuple[str, Any]] = [
            (table, {"DeleteRequest": {"Key": dict(zip(KEYS[table], key, strict=True))}})
            for table, key in self._rows - wanted
        ]
        requests += [(table, {"PutRequest": {"Item": item}}) for table, item in rows]
        for start in range(0, len(requests), BATCH):
            batch: dict[str, Any] = {}
            for table, request in requests[start : start + BATCH]:
                batch.setdefault(table, []).append(request)
            self.dynamodb.meta.client.batch_write_item(RequestItems=batch)
        self._rows = wanted

    def _note_rows(self, params: Any, model: Any, **_: Any) -> None:
        self._rows |= {(table, _key(table, item)) for table, item in WRITTEN[model.name](params)}

    def _note_queue(self, params: Any, **_: Any) -> None:
        self._filled.add(params["QueueUrl"])


def _all(table: "Table") -> list[dict[str, Any]]:
    return table.scan(ConsistentRead=True)["Items"]


def _key(table: str, item: Item) -> tuple[str, ...]:
    return tuple(item[name] for name in KEYS[table])


def _none(params: Any) -> Iterator[Row]:
    return iter(())


def _one(params: Any) -> Iterator[Row]:
    yield params["TableName"], params["Item"] if "Item" in params else params["Key"]


def _several(params: Any) -> Iterator[Row]:
    for table, requests in params["RequestItems"].items():
        for request in requests:
            put = request.get("PutRequest")
            yield table, put["Item"] if put else request["DeleteRequest"]["Key"]


WRITTEN: Mapping[str, Callable[[Any], Iterator[Row]]] = {
    **dict.fromkeys(("GetItem", "BatchGetItem", "Query", "Scan"), _none),
    **dict.fromkeys(("PutItem", "UpdateItem", "DeleteItem"), _one),
    "BatchWriteItem": _several,
}
"""Which rows a call may write; another call than these fails."""

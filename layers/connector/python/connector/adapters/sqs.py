"""The queues: order messages ("look at this task") and stream messages ("read this stream").

Standard queues with the agreement number as message group, so that one busy integration doesn't keep
the others waiting (fair queues, design 4.5). A message is a hint; twice does no harm.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any

from connector.adapters.aws import translated
from connector.domain.stream import Stream
from connector.errors import RetryLater

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef as Entry

BATCH_LIMIT = 10
"""SendMessageBatch takes at most 10 messages."""

LONGEST_DELAY = 900
"""SQS delays a message by at most 15 minutes, in seconds."""


@dataclass(frozen=True, slots=True)
class TaskMessage:
    """One message of the order queue: a task, and the version that was heard of."""

    agreement_number: str
    task_id: str
    version: int


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """One message of the import or the reconcile queue; `full` = everything, not only what changed."""

    agreement_number: str
    stream: Stream
    full: bool
    since: datetime | None = None


class SqsTaskQueue:
    """`TaskQueue` on the order queue."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(
        self, agreement_number: str, versions: Mapping[str, int], delay: timedelta = timedelta(0)
    ) -> None:
        """See `TaskQueue.send`."""
        messages = iter(versions.items())
        while batch := list(islice(messages, BATCH_LIMIT)):
            self._send(
                [
                    {
                        "Id": str(place),
                        "MessageBody": _body(agreement_number, task_id=task_id, version=version),
                        "MessageGroupId": agreement_number,
                        "DelaySeconds": _seconds(delay),
                    }
                    for place, (task_id, version) in enumerate(batch)
                ]
            )

    def _send(self, entries: "Sequence[Entry]") -> None:
        """Send a batch; what the queue didn't take is sent once more."""
        for _ in range(2):
            with translated():
                answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
            failed = {one["Id"] for one in answer.get("Failed", [])}
            entries = [one for one in entries if one["Id"] in failed]
            if not entries:
                return
        raise RetryLater("queue_refused")


class SqsStreamQueue:
    """`StreamQueue` on two queues: customers and products are imported, tasks are reconciled."""

    def __init__(self, client: "SQSClient", import_queue_url: str, reconcile_queue_url: str) -> None:
        self._client = client
        self._queue_urls = {
            Stream.CUSTOMERS: import_queue_url,
            Stream.PRODUCTS: import_queue_url,
            Stream.TASKS: reconcile_queue_url,
        }

    def send(
        self,
        agreement_number: str,
        stream: Stream,
        full: bool = False,
        delay: timedelta = timedelta(0),
        since: datetime | None = None,
    ) -> None:
        """See `StreamQueue.send`."""
        goes_on = {} if since is None else {"since": since.isoformat()}
        with translated():
            self._client.send_message(
                QueueUrl=self._queue_urls[stream],
                MessageBody=_body(agreement_number, stream=stream, full=full, **goes_on),
                MessageGroupId=agreement_number,
                DelaySeconds=_seconds(delay),
            )


def read_task_message(body: str) -> TaskMessage:
    """The message in the body of an order queue record. Raises `ValueError` that says what is wrong."""
    fields = _fields(body, {"agreement_number": str, "task_id": str, "version": int})
    return TaskMessage(**fields)


def read_stream_message(body: str) -> StreamMessage:
    """The message in the body of an import or reconcile record. Raises `ValueError`, as above."""
    fields = _fields(body, {"agreement_number": str, "stream": str, "full": bool})
    if fields["stream"] not in set(Stream):
        raise ValueError("the message's stream is none that is known")
    return StreamMessage(**{**fields, "stream": Stream(fields["stream"]), "since": _since(body)})


def _since(body: str) -> datetime | None:
    """Where a pass goes on; only our own messages say it."""
    text = json.loads(body).get("since")
    try:
        return None if text is None else datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise ValueError("the message's since is no time") from error


def _body(agreement_number: str, **fields: Any) -> str:
    return json.dumps({"agreement_number": agreement_number, **fields})


def _fields(body: str, wanted: Mapping[str, type]) -> dict[str, Any]:
    """The wanted fields of a JSON object; the text of the error repeats nothing of the body."""
    try:
        message = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise ValueError("the message isn't a JSON object")
    for name, kind in wanted.items():
        if type(message.get(name)) is not kind or message[name] == "":
            raise ValueError(f"the message's {name} is missing or not of type {kind.__name__}")
    return {name: message[name] for name in wanted}


def _seconds(delay: timedelta) -> int:
    return min(max(ceil(delay.total_seconds()), 0), LONGEST_DELAY)

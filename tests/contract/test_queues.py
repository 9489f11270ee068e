"""Queues: what is sent arrives whole, in batches, with group and delay; nothing is half sent in silence."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.adapters.sqs import (
    SqsStreamQueue,
    SqsTaskQueue,
    StreamMessage,
    TaskMessage,
    read_stream_message,
    read_task_message,
)
from connector.domain.stream import Stream
from connector.errors import RetryLater
from connector.ports import StreamQueue, TaskQueue
from tests.fakes.queues import MemoryStreamQueue, MemoryTaskQueue, SentStream, SentTask

SINCE = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)


@pytest.fixture
def sqs(account: Any) -> Iterator[Any]:
    client = account.client("sqs")
    yield client
    client.close()


@pytest.fixture
def order_queue(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


def received(sqs: Any, queue_url: str) -> list[dict[str, Any]]:
    """Everything that can be had from a queue now."""
    messages: list[dict[str, Any]] = []
    while batch := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], VisibilityTimeout=600
    ).get("Messages", []):
        messages += batch
    return messages


def sent_entries(sqs: Any, operation: str) -> list[dict[str, Any]]:
    """The parameters of each call from now on, as they left us."""
    seen: list[dict[str, Any]] = []
    sqs.meta.events.register(
        f"provide-client-params.sqs.{operation}", lambda params, **_: seen.append(dict(params))
    )
    return seen


def failing(sqs: Any, times: int) -> list[int]:
    """Have the queue refuse one message of a batch, so many times; gives the sizes of the batches."""
    sizes: list[int] = []

    def refuse_one(parsed: dict[str, Any], **_: Any) -> None:
        sizes.append(len(parsed["Successful"]))
        if len(sizes) <= times:
            refused = parsed["Successful"].pop()
            parsed["Failed"] = [{"Id": refused["Id"], "SenderFault": False, "Code": "InternalError"}]

    sqs.meta.events.register("after-call.sqs.SendMessageBatch", refuse_one)
    return sizes


@pytest.mark.engine
def test_each_task_becomes_one_message_in_batches_of_ten(sqs: Any, order_queue: str) -> None:
    calls = sent_entries(sqs, "SendMessageBatch")
    versions = {f"oppgave-ø{place}": place for place in range(25)}
    SqsTaskQueue(sqs, order_queue).send("104477", versions)
    messages = received(sqs, order_queue)
    read = [read_task_message(one["Body"]) for one in messages]
    assert {one.task_id: one.version for one in read} == versions
    assert {one.agreement_number for one in read} == {"104477"}
    assert [len(call["Entries"]) for call in calls] == [10, 10, 5]
    assert {entry["MessageGroupId"] for call in calls for entry in call["Entries"]} == {"104477"}
    assert set(json.loads(messages[0]["Body"])) == {"agreement_number", "task_id", "version"}


@pytest.mark.engine
@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=-5), 0),
        (timedelta(seconds=1.2), 2),
        (timedelta(minutes=15), 900),
        (timedelta(days=1), 900),
    ],
)
def test_a_delay_is_whole_seconds_and_at_most_fifteen_minutes(
    sqs: Any, order_queue: str, delay: timedelta, seconds: int
) -> None:
    batches, single = sent_entries(sqs, "SendMessageBatch"), sent_entries(sqs, "SendMessage")
    SqsTaskQueue(sqs, order_queue).send("104477", {"1": 1}, delay)
    SqsStreamQueue(sqs, order_queue, order_queue).send("104477", Stream.TASKS, delay=delay)
    assert batches[0]["Entries"][0]["DelaySeconds"] == seconds
    assert single[0]["DelaySeconds"] == seconds
    assert (len(received(sqs, order_queue)) == 0) is (seconds > 0)


@pytest.mark.engine
def test_a_message_that_was_refused_once_is_sent_again(sqs: Any, order_queue: str) -> None:
    sizes = failing(sqs, times=1)
    SqsTaskQueue(sqs, order_queue).send("104477", {str(place): place for place in range(12)})
    assert sizes == [10, 1, 2]


@pytest.mark.engine
def test_a_message_that_was_refused_twice_is_tried_later(sqs: Any, order_queue: str) -> None:
    sizes = failing(sqs, times=2)
    with pytest.raises(RetryLater, match="queue_refused"):
        SqsTaskQueue(sqs, order_queue).send("104477", {str(place): place for place in range(12)})
    assert sizes == [10, 1]


@pytest.mark.engine
def test_streams_go_to_the_queue_of_their_worker(sqs: Any) -> None:
    imports, reconcile = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("import", "reconcile"))
    calls = sent_entries(sqs, "SendMessage")
    queue = SqsStreamQueue(sqs, imports, reconcile)
    queue.send("104477", Stream.CUSTOMERS, full=True)
    queue.send("104477", Stream.PRODUCTS)
    queue.send("104477", Stream.TASKS, full=True, since=SINCE)
    imported = [read_stream_message(one["Body"]) for one in received(sqs, imports)]
    assert sorted(imported, key=lambda one: one.stream) == [
        StreamMessage("104477", Stream.CUSTOMERS, full=True),
        StreamMessage("104477", Stream.PRODUCTS, full=False),
    ]
    assert [read_stream_message(one["Body"]) for one in received(sqs, reconcile)] == [
        StreamMessage("104477", Stream.TASKS, full=True, since=SINCE)
    ]
    assert {call["MessageGroupId"] for call in calls} == {"104477"}


def test_the_queues_in_memory_remember_what_was_sent() -> None:
    tasks, streams = MemoryTaskQueue(), MemoryStreamQueue()
    as_port: TaskQueue = tasks
    as_port.send("104477", {"1": 3, "2": 4}, timedelta(hours=1))
    stream_port: StreamQueue = streams
    stream_port.send("104477", Stream.TASKS, full=True)
    longest = timedelta(minutes=15)
    assert tasks.take() == [SentTask("104477", "1", 3, longest), SentTask("104477", "2", 4, longest)]
    assert tasks.take() == []
    assert streams.take() == [SentStream("104477", Stream.TASKS, full=True)]


def test_a_refusing_queue_in_memory_takes_nothing() -> None:
    tasks, streams = MemoryTaskQueue(refusing=True), MemoryStreamQueue(refusing=True)
    with pytest.raises(RetryLater):
        tasks.send("104477", {"1": 3})
    with pytest.raises(RetryLater):
        streams.send("104477", Stream.TASKS)
    assert tasks.sent == []
    assert streams.sent == []


def test_a_task_message_is_read() -> None:
    body = '{"agreement_number": "104477", "task_id": "48213", "version": 3, "new_field": 1}'
    assert read_task_message(body) == TaskMessage("104477", "48213", 3)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "null",
        "{}",
        '{"agreement_number": "104477", "task_id": "1"}',
        '{"agreement_number": 104477, "task_id": "1", "version": 1}',
        '{"agreement_number": "104477", "task_id": "", "version": 1}',
        '{"agreement_number": "104477", "task_id": "1", "version": true}',
        '{"agreement_number": "104477", "task_id": "1", "version": "1"}',
    ],
)
def test_a_malformed_task_message_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="the message"):
        read_task_message(body)


@pytest.mark.parametrize(
    "body",
    [
        '{"agreement_number": "104477", "stream": "tasks"}',
        '{"agreement_number": "104477", "stream": "orders", "full": false}',
        '{"agreement_number": "104477", "stream": "tasks", "full": 0}',
        '{"stream": "tasks", "full": false}',
        '{"agreement_number": "104477", "stream": "tasks", "full": true, "since": "i går"}',
        '{"agreement_number": "104477", "stream": "tasks", "full": true, "since": 7}',
    ],
)
def test_a_malformed_stream_message_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="the message"):
        read_stream_message(body)

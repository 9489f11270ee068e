"""Taking dead letters into the hand without taking them away, and putting them back where they came from."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sandbox.dead_letters.letters import Letter, Queue, read

BATCH = 10
"""SQS takes and gives at most 10 messages a call."""

HIDDEN_SECONDS = 300
"""While we look, nobody else gets a letter. Killed, we leave them hidden for as long as this."""

WAIT_SECONDS = 1
"""A receive that waits asks all servers of SQS, so an empty answer means that nothing is there."""


@contextmanager
def taken(sqs: Any, queue: Queue, wait: int = WAIT_SECONDS) -> Iterator[dict[str, Letter]]:
    """All dead letters of the queue by message id, hidden from others while the block runs.

    Those that are still in the dictionary at the end are visible again at once.
    """
    letters: dict[str, Letter] = {}
    try:
        while True:
            known = len(letters)
            letters |= {one.message_id: one for one in _receive(sqs, queue, wait)}
            if len(letters) == known:
                break
        yield letters
    finally:
        _show(sqs, queue, letters.values())


def put_back(sqs: Any, queue: Queue, letters: dict[str, Letter], chosen: Sequence[Letter]) -> int:
    """Send the chosen to where they came from, delete what was taken there, and remove it from `letters`.

    Gives how many were moved. Ended in between, a letter is in both queues and is sent again by the next try,
    which does no harm: any number of messages for a task give one order.
    """
    count = 0
    for batch in _batches(chosen):
        sent = sqs.send_message_batch(QueueUrl=queue.url, Entries=[_entry(one) for one in batch])
        handles = [
            {"Id": one["Id"], "ReceiptHandle": letters[one["Id"]].receipt_handle}
            for one in sent.get("Successful", [])
        ]
        if not handles:
            continue
        deleted = sqs.delete_message_batch(QueueUrl=queue.dead_letters_url, Entries=handles)
        for one in deleted.get("Successful", []):
            del letters[one["Id"]]
            count += 1
    return count


def hidden(sqs: Any, queue: Queue) -> int:
    """About how many dead letters somebody else has in the hand, or left hidden when killed."""
    name = "ApproximateNumberOfMessagesNotVisible"
    told = sqs.get_queue_attributes(QueueUrl=queue.dead_letters_url, AttributeNames=[name])
    return int(told["Attributes"][name])


def _receive(sqs: Any, queue: Queue, wait: int) -> list[Letter]:
    answer = sqs.receive_message(
        QueueUrl=queue.dead_letters_url,
        MaxNumberOfMessages=BATCH,
        MessageSystemAttributeNames=["All"],
        VisibilityTimeout=HIDDEN_SECONDS,
        WaitTimeSeconds=wait,
    )
    return [read(queue, message) for message in answer.get("Messages", [])]


def _show(sqs: Any, queue: Queue, letters: Iterable[Letter]) -> None:
    """Make them visible again; one that somebody deleted meanwhile is only named in the answer."""
    for batch in _batches(letters):
        entries = [
            {"Id": one.message_id, "ReceiptHandle": one.receipt_handle, "VisibilityTimeout": 0}
            for one in batch
        ]
        sqs.change_message_visibility_batch(QueueUrl=queue.dead_letters_url, Entries=entries)


def _entry(letter: Letter) -> dict[str, str]:
    entry = {"Id": letter.message_id, "MessageBody": letter.body}
    if letter.group:
        entry["MessageGroupId"] = letter.group
    return entry


def _batches(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    rest = iter(letters)
    while batch := list(islice(rest, BATCH)):
        yield batch

"""Queues, logs and a table with dead letters in them, as tests of `sandbox.dead_letters` need them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3

from sandbox.dead_letters.commands import Found, listed
from sandbox.dead_letters.letters import Queue
from sandbox.dead_letters.reasons import FAILED
from sandbox.dead_letters.stack import QUEUES, Stack
from sandbox.toolchain import REGION

AGREEMENT, OTHER = "104477", "200001"

SESSION: Any = boto3.Session(region_name=REGION)
"""One for all tests: it reads the models of the services once."""


@contextmanager
def empty_stack(engine_url: str, account: str) -> Iterator[Stack]:
    """Empty queues, log groups and a table, in an account on the engine."""
    place = {"endpoint_url": engine_url, "aws_access_key_id": account, "aws_secret_access_key": "local"}
    sqs, logs = (SESSION.client(name, **place) for name in ("sqs", "logs"))
    table = SESSION.resource("dynamodb", **place).create_table(
        TableName="tasks",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("agreement_number", "task_id")
        ],
        KeySchema=[
            {"AttributeName": "agreement_number", "KeyType": "HASH"},
            {"AttributeName": "task_id", "KeyType": "RANGE"},
        ],
    )
    queues = []
    for name in QUEUES:
        url, dead_letters_url = (
            sqs.create_queue(QueueName=one)["QueueUrl"] for one in (name, f"{name}-dead")
        )
        logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
        logs.create_log_stream(logGroupName=f"/aws/lambda/{name}", logStreamName="worker")
        queues.append(Queue(name, url, dead_letters_url, f"/aws/lambda/{name}"))
    yield Stack(sqs, logs, table, tuple(queues))
    for client in (sqs, logs, table.meta.client):
        client.close()


def task(task_id: str, agreement_number: str = AGREEMENT) -> str:
    """A message of the order queue."""
    return json.dumps({"agreement_number": agreement_number, "task_id": task_id, "version": 3})


def stream(name: str, full: bool = False) -> str:
    """A message of the import or the reconcile queue."""
    return json.dumps({"agreement_number": AGREEMENT, "stream": name, "full": full})


def give_up(stack: Stack, bodies: Sequence[str], queue: str = "orders", group: str = AGREEMENT) -> list[str]:
    """Have these as dead letters; gives their message ids."""
    url = named(stack, queue).dead_letters_url
    sent = (stack.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group) for body in bodies)
    return [one["MessageId"] for one in sent]


def named(stack: Stack, name: str) -> Queue:
    return next(one for one in stack.queues if one.name == name)


def listing(stack: Stack) -> list[Found]:
    return listed(stack, wait=0).found


def dead(stack: Stack) -> list[str]:
    """The ids of all dead letters."""
    return sorted(one.letter.message_id for one in listing(stack))


def arrived(stack: Stack, queue: str = "orders") -> list[tuple[str, str | None]]:
    """Body and message group of what has come to a queue since the last look."""
    url, found = named(stack, queue).url, []
    while messages := stack.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], VisibilityTimeout=600
    ).get("Messages"):
        found += [(one["Body"], one["Attributes"].get("MessageGroupId")) for one in messages]
    return sorted(found)


def log(stack: Stack, *lines: dict[str, Any], queue: str = "orders") -> None:
    """What the queue's worker wrote, a millisecond apart from now on."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    events = [{"timestamp": now + place, "message": json.dumps(line)} for place, line in enumerate(lines)]
    stack.logs.put_log_events(
        logGroupName=named(stack, queue).log_group, logStreamName="worker", logEvents=events
    )


def failure(message_id: str, **fields: Any) -> dict[str, Any]:
    return {"message": FAILED, "message_id": message_id, "error": "KeyError", "places": []} | fields

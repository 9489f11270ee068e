"""What a queue gives up is listed with its reason, and put back: `make dead-letters` and `make redrive`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from sandbox.dead_letters.commands import listed, redrive
from sandbox.dead_letters.stack import Choice, Stack, find
from sandbox.engine import ACCOUNT
from sandbox.figures import AGREEMENT
from sandbox.toolchain import REGION, ROOT
from tests.end_to_end.waiting import wait_for
from tests.end_to_end.world import World

RECEIVES = 2
"""Tries until a message is given up, here."""

POISON = {
    "OrderQueue": f'{{"agreement_number": "{AGREEMENT}", "task_id": "blåbær", "version": "én"}}',
    "ImportQueue": "blåbær",
    "ReconcileQueue": f'{{"agreement_number": "{AGREEMENT}", "full": true}}',
}
"""A message for each queue that its worker can't read."""


@contextmanager
def giving_up_soon(world: World, queue: str) -> Iterator[None]:
    """The queue gives up after two tries a second apart, not ten with minutes between."""
    sqs, url = world.local.engine.client("sqs"), world.local.deployment.resources[queue]
    names = ["VisibilityTimeout", "RedrivePolicy"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    policy = json.loads(before["RedrivePolicy"]) | {"maxReceiveCount": RECEIVES}
    soon = {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=soon)
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


@contextmanager
def without_task_records(world: World) -> Iterator[None]:
    """`create_order` can't reach the table of task records while the block runs."""
    functions = world.local.engine.client("lambda")
    name = world.local.deployment.resources["CreateOrderFunction"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]
    gone = {"Variables": before["Variables"] | {"TASKS_TABLE": "gone"}}
    functions.update_function_configuration(FunctionName=name, Environment=gone)
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment=before)


def run(world: World, command: str, **given: str) -> subprocess.CompletedProcess[str]:
    """The program behind the make target, as an operator runs it."""
    environment = given | {
        "PATH": os.environ["PATH"],
        "STAGE": "test",
        "AWS_ENDPOINT_URL": world.local.engine.url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
    }
    program = [sys.executable, "-m", "sandbox.dead_letters", command]
    return subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def wait_for_dead_letters(world: World, *queues: str) -> None:
    """Wait until each of the queues, or every one, has given a message up."""
    sqs, name = world.local.engine.client("sqs"), "ApproximateNumberOfMessages"

    def holds_one(queue: str) -> bool:
        told = sqs.get_queue_attributes(QueueUrl=dead_letters_url(world, queue), AttributeNames=[name])
        return bool(told["Attributes"][name] == "1")

    wait_for(lambda: all(holds_one(queue) for queue in queues or POISON), "dead letters")


def dead_letters_url(world: World, queue: str) -> str:
    return world.local.deployment.resources[queue.replace("Queue", "DeadLetterQueue")]


def send(world: World, queue: str, body: str) -> str:
    """Send a message; gives its id."""
    url = world.local.deployment.resources[queue]
    sent = world.local.engine.client("sqs").send_message(
        QueueUrl=url, MessageBody=body, MessageGroupId=AGREEMENT
    )
    return str(sent["MessageId"])


def delete_dead_letters(world: World, queue: str) -> None:
    """What an operator does who has looked at them."""
    world.local.engine.client("sqs").purge_queue(QueueUrl=dead_letters_url(world, queue))


@pytest.fixture
def stack(world: World, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The deployed stack as the tool finds it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", world.local.engine.url)
    return find(world.local.engine.session(), "test", None)


def test_poison_ends_as_a_dead_letter_with_its_reason_and_comes_back_when_it_is_put_back(
    world: World, stack: Stack
) -> None:
    with ExitStack() as queues:
        for queue in POISON:
            queues.enter_context(giving_up_soon(world, queue))
        sent = {send(world, queue, body) for queue, body in POISON.items()}
        wait_for_dead_letters(world)
        letters = [one.as_json() for one in listed(stack, wait=0).found]
        assert {one["message_id"] for one in letters} == sent
        assert {one["agreement_number"] for one in letters} == {AGREEMENT}
        assert all(one["receives"] > RECEIVES for one in letters)
        assert all(one["reason"].startswith("its body can't be read") for one in letters)

        assert redrive(stack, Choice(everything=True), wait=0).words.count("it stays") == len(POISON)
        assert redrive(stack, Choice(tuple(sent)), wait=0).words.count("1 put back") == len(POISON)
        wait_for_dead_letters(world)
        back = listed(stack, wait=0).found
        assert len(back) == len(POISON)
        assert sent.isdisjoint(one.letter.message_id for one in back)
    for queue in POISON:
        delete_dead_letters(world, queue)
    assert listed(stack, wait=0).found == []


def test_a_task_that_met_no_task_records_is_a_dead_letter_and_put_back_one_order(world: World) -> None:
    with giving_up_soon(world, "OrderQueue"), without_task_records(world):
        task_id = world.finish_task()
        wait_for_dead_letters(world, "OrderQueue")
        (letter,) = json.loads(run(world, "list", JSON="yes").stdout)
        assert world.orders_of(task_id) == []
    assert (letter["task_id"], letter["version"], letter["task_record"]) == (task_id, 1, "no task record")
    assert letter["reason"].startswith(f"failed {RECEIVES} times")
    assert "ResourceNotFoundException, in dynamodb/" in letter["reason"]

    assert run(world, "redrive").returncode == 1
    done, again = (run(world, "redrive", TASK=task_id, QUEUE="orders") for _ in range(2))
    assert (done.returncode, done.stdout.strip()) == (0, "orders: 1 put back")
    assert (again.returncode, again.stderr) == (1, "")
    world.wait_for_receipt(task_id)
    body = {name: letter[name] for name in ("agreement_number", "task_id", "version")}
    send(world, "OrderQueue", json.dumps(body))
    world.wait_until_quiet()
    assert len(world.orders_of(task_id)) == 1
    assert "No dead letters." in run(world, "list", QUEUE="orders").stdout

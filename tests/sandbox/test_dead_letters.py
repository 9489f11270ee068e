"""Dead letters are listed with their reason, and listing disturbs nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from rich.console import Console

from connector.adapters.sqs import read_stream_message, read_task_message
from sandbox.dead_letters.commands import draw, listed
from sandbox.dead_letters.letters import StreamBody, TaskBody
from sandbox.dead_letters.queues import taken
from sandbox.dead_letters.reasons import NO_WORD
from sandbox.dead_letters.stack import Stack
from sandbox.toolchain import ToolError
from tests.sandbox.letter_box import (
    AGREEMENT,
    arrived,
    dead,
    failure,
    give_up,
    listing,
    log,
    named,
    stream,
    task,
)


def test_letters_of_all_queues_are_listed_with_what_they_were_to_do(stack: Stack) -> None:
    (order,) = give_up(stack, [task("oppgave-ø1")])
    (customers,) = give_up(stack, [stream("customers", full=True)], "imports")
    (poll,) = give_up(stack, [stream("tasks")], "reconcile")
    shown = {one.letter.message_id: one.as_json() for one in listing(stack)}
    about = {"agreement_number": AGREEMENT, "receives": 1}
    assert (
        shown[order].items() >= (about | {"queue": "orders", "task_id": "oppgave-ø1", "version": 3}).items()
    )
    assert shown[customers].items() >= {"queue": "imports", "stream": "customers", "full": True}.items()
    assert shown[poll].items() >= {"queue": "reconcile", "stream": "tasks", "full": False}.items()
    sent = datetime.fromisoformat(shown[order]["sent_at"])
    assert timedelta(0) <= datetime.now(UTC) - sent < timedelta(minutes=1)


def test_listing_disturbs_nothing_however_many_letters_there_are(stack: Stack) -> None:
    given = give_up(stack, [task(str(place)) for place in range(123)])
    assert dead(stack) == sorted(given)
    assert dead(stack) == sorted(given)
    assert arrived(stack) == []


def test_letters_are_visible_again_when_the_reading_was_broken_off(stack: Stack) -> None:
    (given,) = give_up(stack, [task("1")])

    def broken_off() -> None:
        with taken(stack.sqs, named(stack, "orders"), wait=0) as letters:
            assert list(letters) == [given]
            raise ToolError("broken off")

    with pytest.raises(ToolError):
        broken_off()
    assert dead(stack) == [given]


def test_letters_in_somebody_elses_hand_are_told_of(stack: Stack) -> None:
    give_up(stack, [task("1"), task("2")])
    with taken(stack.sqs, named(stack, "orders"), wait=0):
        seen = listed(stack, wait=0)
    assert (seen.found, seen.hidden) == ([], {"orders": 2})


def test_a_letter_that_failed_tells_how_often_when_last_and_where(stack: Stack) -> None:
    (given,) = give_up(stack, [task("1")])
    places = ["usecases/claim.py:59 note", "dynamodb/tables.py:26 get", "botocore/client.py:606 _api_call"]
    log(
        stack,
        failure(given),
        failure("somebody-else"),
        {"message": "task", "message_id": given},
        failure(given, error="RetryLater", cause="ClientError", error_text="aws_unavailable", places=places),
    )
    (found,) = listing(stack)
    assert found.why.reason.startswith("failed 2 times, last 2")
    assert found.why.reason.endswith(
        ": RetryLater (ClientError): aws_unavailable, in dynamodb/tables.py:26 get"
    )


def test_each_queue_has_the_log_of_its_own_worker(stack: Stack) -> None:
    give_up(stack, [task("1")])
    (poll,) = give_up(stack, [stream("tasks")], "reconcile")
    log(stack, failure(poll, error="TypeError"), queue="reconcile")
    order, other = listing(stack)
    assert order.why.reason == NO_WORD
    assert other.why.reason.startswith("failed once, last")
    assert other.why.reason.endswith(" UTC: TypeError")


def test_a_letter_whose_process_was_killed_names_the_request_that_had_the_task(stack: Stack) -> None:
    killed, unheard = give_up(stack, [task("1"), task("2")])
    key = {"agreement_number": AGREEMENT, "task_id": "1"}
    stack.tasks.put_item(
        Item=key | {"state": "creating", "lease_owner": f"request-7/{killed}", "failures": 2}
    )
    why = {one.letter.message_id: one.why for one in listing(stack)}
    assert why[killed].reason == f"{NO_WORD}, while it worked on the task (request request-7)"
    assert why[killed].record == "task record: creating at version 0 after 2 failed tries"
    assert (why[unheard].reason, why[unheard].record) == (NO_WORD, "no task record")


def test_the_task_record_is_shown_beside_the_reason(stack: Stack) -> None:
    (given,) = give_up(stack, [task("1")])
    key = {"agreement_number": AGREEMENT, "task_id": "1"}
    stack.tasks.put_item(Item=key | {"state": "held", "reason": "customer_unknown", "handled_version": 3})
    log(stack, failure(given))
    (found,) = listing(stack)
    assert found.why.record == "task record: held (customer_unknown) at version 3"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("blåbær", "Invalid JSON"),
        ('{"agreement_number": "104477", "version": 1}', "task_id: Field required"),
        ('{"agreement_number": "104477", "task_id": "1", "version": "Kari"}', "version: Input should be"),
    ],
)
def test_a_body_that_cannot_be_read_says_so_and_is_not_quoted(stack: Stack, body: str, words: str) -> None:
    give_up(stack, [body])
    (found,) = listing(stack)
    assert found.why.reason.startswith(f"its body can't be read: {words}")
    assert "Kari" not in json.dumps(found.as_json())
    assert (found.letter.agreement_number, found.letter.task_id) == (AGREEMENT, None)


TASK_BODIES = [
    task("1"),
    "[]",
    "nonsense",
    *(
        json.dumps({"agreement_number": "1", "task_id": "1", "version": 1} | change)
        for change in (
            {"agreement_number": 1},
            {"task_id": ""},
            {"version": True},
            {"version": "1"},
            {"x": 1},
        )
    ),
]
STREAM_BODIES = [
    stream("products"),
    stream("invoices"),
    *(
        json.dumps({"agreement_number": "1", "stream": "tasks", "full": True} | change)
        for change in ({"full": 1}, {"full": None}, {"since": "soon"}, {"since": "2026-09-14T11:00:00+00:00"})
    ),
]


@pytest.mark.parametrize("body", TASK_BODIES)
def test_the_tool_reads_a_task_exactly_when_the_worker_does(body: str) -> None:
    assert can_be_read(TaskBody.model_validate_json, body) == can_be_read(read_task_message, body)


@pytest.mark.parametrize("body", STREAM_BODIES)
def test_the_tool_reads_a_stream_exactly_when_the_worker_does(body: str) -> None:
    assert can_be_read(StreamBody.model_validate_json, body) == can_be_read(read_stream_message, body)


def can_be_read(reader: Any, body: str) -> bool:
    try:
        reader(body)
    except (ValidationError, ValueError):
        return False
    return True


def test_a_person_sees_every_letter_in_a_table(stack: Stack) -> None:
    order, unread = give_up(stack, [task("[oppgave] ø1"), "nonsense"])
    (poll,) = give_up(stack, [stream("tasks", full=True)], "reconcile")
    console = Console(record=True, width=160, markup=False)
    draw(console, listed(stack, wait=0))
    drawn = console.export_text()
    for words in (order, unread, poll, "[oppgave] ø1 version 3", "tasks, full", "can't be read", NO_WORD):
        assert words in drawn


def test_no_dead_letters_is_said_in_words(stack: Stack) -> None:
    console = Console(record=True)
    draw(console, listed(stack, wait=0))
    assert console.export_text().strip() == "No dead letters."

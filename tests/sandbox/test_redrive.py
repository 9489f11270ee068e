"""Dead letters are put back, once or often, and nobody else's are touched."""

from collections.abc import Sequence
from typing import Any

import boto3
import pytest

from sandbox.dead_letters.commands import Redrive, redrive
from sandbox.dead_letters.queues import taken
from sandbox.dead_letters.stack import Choice, Stack, choice_of, find
from sandbox.toolchain import REGION, ToolError
from tests.sandbox.letter_box import AGREEMENT, OTHER, arrived, dead, give_up, named, stream, task

ALL = Choice(everything=True)


class Killed(BaseException):
    """The end of the process."""


class DyingClient:
    """SQS for a process that is killed before the call named; `handles` is what it had in the hand."""

    def __init__(self, client: Any, before: str) -> None:
        self._client = client
        self._before = before
        self._is_dead = False
        self.handles: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self._is_dead = self._is_dead or name == self._before
            if self._is_dead:
                raise Killed
            answer = getattr(self._client, name)(**arguments)
            if name == "receive_message":
                self.handles += [one["ReceiptHandle"] for one in answer.get("Messages", [])]
            return answer

        return call


def put_back(stack: Stack, choice: Choice) -> Redrive:
    return redrive(stack, choice, wait=0)


def test_one_letter_goes_back_whole_and_the_others_stay(stack: Stack) -> None:
    first, second = give_up(stack, [task("blåbær-1"), task("2")])
    done = put_back(stack, Choice((first,)))
    assert (done.is_complete, "orders: 1 put back" in done.words) == (True, True)
    assert arrived(stack) == [(task("blåbær-1"), AGREEMENT)]
    assert dead(stack) == [second]


def test_several_letters_of_several_queues_are_named_at_once(stack: Stack) -> None:
    first, _, third = give_up(stack, [task("1"), task("2"), task("3")])
    (poll,) = give_up(stack, [stream("tasks")], "reconcile")
    put_back(
        stack,
        Choice(
            (
                first,
                third,
                poll,
            )
        ),
    )
    assert arrived(stack) == [(task("1"), AGREEMENT), (task("3"), AGREEMENT)]
    assert arrived(stack, "reconcile") == [(stream("tasks"), AGREEMENT)]


def test_a_task_is_put_back_with_all_its_letters(stack: Stack) -> None:
    give_up(stack, [task("1"), task("2"), task("1")])
    assert put_back(stack, Choice(task_id="1")).is_complete
    assert arrived(stack) == [(task("1"), AGREEMENT)] * 2
    assert len(dead(stack)) == 1


def test_a_task_id_of_two_customers_is_put_back_for_the_one_that_is_named(stack: Stack) -> None:
    give_up(stack, [task("1")])
    (others,) = give_up(stack, [task("1", OTHER)], group=OTHER)
    with pytest.raises(ToolError, match=f"agreements {AGREEMENT}, {OTHER}: say which"):
        put_back(stack, Choice(task_id="1"))
    assert arrived(stack) == []
    put_back(stack, Choice(task_id="1", agreement_number=AGREEMENT))
    assert arrived(stack) == [(task("1"), AGREEMENT)]
    assert dead(stack) == [others]


def test_all_go_back_in_batches_of_ten_but_what_cannot_be_read(stack: Stack) -> None:
    give_up(stack, [task(str(place)) for place in range(105)])
    (unread,) = give_up(stack, ["nonsense"])
    (customers,) = give_up(stack, [stream("customers")], "imports")
    sizes: list[int] = []
    stack.sqs.meta.events.register(
        "provide-client-params.sqs.SendMessageBatch", lambda params, **_: sizes.append(len(params["Entries"]))
    )
    done = put_back(stack, ALL)
    assert sizes == [10] * 10 + [5, 1]
    assert [body for body, _ in arrived(stack)] == sorted(task(str(place)) for place in range(105))
    assert arrived(stack, "imports") == [(stream("customers"), AGREEMENT)]
    assert dead(stack) == [unread]
    assert f"{unread} can't be read and would come straight back" in done.words
    assert customers not in dead(stack)


def test_what_cannot_be_read_goes_back_when_it_is_named(stack: Stack) -> None:
    (unread,) = give_up(stack, ["nonsense"])
    assert put_back(stack, Choice((unread,))).is_complete
    assert arrived(stack) == [("nonsense", AGREEMENT)]


def test_a_letter_without_message_group_gets_its_agreements(stack: Stack) -> None:
    url = named(stack, "orders").dead_letters_url
    stack.sqs.send_message(QueueUrl=url, MessageBody=task("1"))
    put_back(stack, ALL)
    assert arrived(stack) == [(task("1"), AGREEMENT)]


def test_all_of_one_agreement_leaves_the_others_alone(stack: Stack) -> None:
    give_up(stack, [task("1"), task("2")])
    (others,) = give_up(stack, [task("1", OTHER)], group=OTHER)
    put_back(stack, Choice(everything=True, agreement_number=AGREEMENT))
    assert len(arrived(stack)) == 2
    assert dead(stack) == [others]


def test_putting_back_again_moves_nothing_more_and_says_so(stack: Stack) -> None:
    (given,) = give_up(stack, [task("1")])
    put_back(stack, Choice((given,)))
    again, by_task, rest = (put_back(stack, one) for one in (Choice((given,)), Choice(task_id="1"), ALL))
    assert arrived(stack) == [(task("1"), AGREEMENT)]
    assert (again.is_complete, by_task.is_complete, rest.is_complete) == (False, False, True)
    assert f"There is no dead letter {given} now" in again.words
    assert "No dead letter is about task 1." in by_task.words


def test_two_operators_at_once_put_each_letter_back_once(stack: Stack) -> None:
    given = give_up(stack, [task("1"), task("2")])
    with taken(stack.sqs, named(stack, "orders"), wait=0):
        assert "orders: 0 put back" in put_back(stack, ALL).words
    put_back(stack, ALL)
    assert len(arrived(stack)) == len(given)
    assert dead(stack) == []


@pytest.mark.parametrize(
    ("before", "messages"),
    [("send_message_batch", 2), ("delete_message_batch", 4), ("change_message_visibility_batch", 2)],
)
def test_a_killed_redrive_loses_nothing_and_may_be_repeated(stack: Stack, before: str, messages: int) -> None:
    give_up(stack, [task("1"), task("2")])
    give_up(stack, ["nonsense"])
    dying = DyingClient(stack.sqs, before)
    with pytest.raises(Killed):
        put_back(Stack(dying, stack.logs, stack.tasks, stack.queues), ALL)
    _hidden_time_passes(stack, dying.handles)
    put_back(stack, ALL)
    came = arrived(stack)
    assert {body for body, _ in came} == {task("1"), task("2")}
    assert len(came) == messages
    assert len(dead(stack)) == 1


def _hidden_time_passes(stack: Stack, handles: Sequence[str]) -> None:
    """What a killed process had in the hand is visible again, as it is after `HIDDEN_SECONDS`."""
    entries = [
        {"Id": str(place), "ReceiptHandle": handle, "VisibilityTimeout": 0}
        for place, handle in enumerate(handles)
    ]
    url = named(stack, "orders").dead_letters_url
    stack.sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)


def test_what_the_queue_refuses_stays_a_dead_letter(stack: Stack) -> None:
    given = give_up(stack, [task("1"), task("2")])

    def refuse_one(parsed: dict[str, Any], **_: Any) -> None:
        refused = parsed["Successful"].pop()
        parsed["Failed"] = [{"Id": refused["Id"], "SenderFault": False, "Code": "InternalError"}]

    stack.sqs.meta.events.register("after-call.sqs.SendMessageBatch", refuse_one)
    done = put_back(stack, ALL)
    assert (done.is_complete, "1 couldn't be moved" in done.words) == (False, True)
    assert len(dead(stack)) == 1
    assert set(dead(stack)) < set(given)


def test_a_choice_is_by_message_by_task_or_all() -> None:
    assert choice_of({"MESSAGE": "a, b,"}) == Choice(("a", "b"))
    assert choice_of({"TASK": "48213", "AGREEMENT": AGREEMENT}) == Choice(
        task_id="48213", agreement_number=AGREEMENT
    )
    assert choice_of({"ALL": "yes"}) == ALL


@pytest.mark.parametrize(
    "given", [{}, {"ALL": "no"}, {"MESSAGE": " , "}, {"TASK": "1", "ALL": "yes"}, {"AGREEMENT": AGREEMENT}]
)
def test_without_one_choice_it_is_said_what_to_choose(given: dict[str, str]) -> None:
    with pytest.raises(ToolError, match=r"Nothing was put back\. Say which: MESSAGE="):
        choice_of(given)


def test_a_queue_that_is_none_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(ToolError, match="There is no queue order; there are orders, imports, reconcile"):
        find(boto3.Session(region_name=REGION), "test", "order")

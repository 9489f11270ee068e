"""The calls about tasks: each reads the request, asks one use case, shapes the answer."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from connector.domain.task_record import TaskRecord, TaskState
from connector.usecases import steer_tasks
from connector.usecases.declined import Declined, FieldError
from connector.usecases.resend_finished import resend_finished
from connector.usecases.steer_tasks import SteeringPorts
from connector.web.bodies import DecisionBody, FinishedBody, TasksBody, read_body
from connector.web.calls import Answer, ApiPorts, Call, answer, flag, own
from connector.web.documents import task_document
from connector.web.problems import PROBLEMS
from connector.web.request import Request


def listed(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`GET …/tasks`."""
    agreement_number = own(ports, request, place)
    state, cursor = _state(request), request.query.get("cursor") or None
    records, next_cursor = steer_tasks.list_tasks(ports.steering, agreement_number, state, cursor)
    found = {"tasks": [task_document(one) for one in records], "next_cursor": next_cursor}
    return answer(HTTPStatus.OK, found)


def one(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`GET …/tasks/{task_id}`."""
    record = steer_tasks.one_task(ports.steering, own(ports, request, place), place["task_id"])
    return answer(HTTPStatus.OK, task_document(record))


def asking(change: Callable[[SteeringPorts, str, str], TaskRecord]) -> Call:
    """A call that changes one task: `POST …/tasks/{task_id}/resend` and `…/approve`."""

    def call(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
        record = change(ports.steering, own(ports, request, place), place["task_id"])
        return answer(HTTPStatus.ACCEPTED, task_document(record))

    return call


def deciding(change: Callable[[SteeringPorts, str, str, str, str], TaskRecord]) -> Call:
    """A call that changes one task and keeps who and why: `…/do-not-send`, `…/send-again`, `…/new-order`."""

    def call(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
        agreement_number = own(ports, request, place)
        body = read_body(DecisionBody, request.body)
        record = change(ports.steering, agreement_number, place["task_id"], body.who, body.why)
        return answer(HTTPStatus.ACCEPTED, task_document(record))

    return call


def asking_many(
    name: str,
    change: Callable[[SteeringPorts, str, Sequence[str]], tuple[list[str], dict[str, str]]],
) -> Call:
    """A call that changes many tasks; `name` is what those that were changed are called in the answer."""

    def call(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
        agreement_number = own(ports, request, place)
        body = read_body(TasksBody, request.body)
        changed, refused = change(ports.steering, agreement_number, body.task_ids)
        return answer(HTTPStatus.ACCEPTED, {name: changed, "refused": _refusals(refused)})

    return call


def finished(ports: ApiPorts, request: Request, place: Mapping[str, str]) -> Answer:
    """`POST …/tasks/resend-finished`; `?check=true` only counts."""
    agreement_number = own(ports, request, place)
    check = flag(request, "check")
    body = read_body(FinishedBody, request.body)
    count = resend_finished(ports.finished, agreement_number, body.finished_since, check)
    if check:
        return answer(HTTPStatus.OK, {"count": count})
    return answer(HTTPStatus.ACCEPTED, {"resent": count})


def _refusals(refused: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"task_id": task_id, "code": code, "message": PROBLEMS[code].detail}
        for task_id, code in refused.items()
    ]


def _state(request: Request) -> TaskState | None:
    value = request.query.get("state")
    if not value:
        return None
    try:
        return TaskState(value)
    except ValueError as error:
        raise Declined("validation", [FieldError("state", "not_a_choice")]) from error

"""The agreement itself, reference data taken from the tasks, and the integration's log lines in Smartday."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from sandbox.smartday.state import agreement_of
from sandbox.smartday.wire import ProblemError, Record, answer, body_object, page, utc_text

_LEVELS = ("info", "warning", "error")


async def get_agreement(request: Request) -> Response:
    """`GET /agreement`: the check of login and settings (contract smartday 4.1)."""
    agreement = agreement_of(request)
    return answer(
        {
            "number": agreement.number,
            "name": agreement.name,
            "time_zone": "Europe/Oslo",
            "currency": "NOK",
            "features": ["bridge", "webhooks", "messages"],
        }
    )


async def list_employees(request: Request) -> Response:
    """`GET /employees`."""
    tasks = agreement_of(request).tasks.values()
    return _reference(
        request, (p for t in tasks for p in [t.get("responsible"), *(t.get("participants") or [])])
    )


async def list_hour_types(request: Request) -> Response:
    """`GET /hour-types`."""
    tasks = agreement_of(request).tasks.values()
    return _reference(request, (r.get("hour_type") for t in tasks for r in t["registrations"]))


async def list_projects(request: Request) -> Response:
    """`GET /projects`."""
    return _reference(request, (t.get("project") for t in agreement_of(request).tasks.values()))


async def post_message(request: Request) -> Response:
    """`POST /messages`: `{"level", "text", "task_id"?}`; 201."""
    agreement, body = agreement_of(request), await body_object(request)
    if body.get("level") not in _LEVELS or not isinstance(body.get("text"), str) or not body["text"]:
        wrong = {
            "field": "text",
            "code": "required",
            "message": f"text og level ({', '.join(_LEVELS)}) må være med.",
        }
        raise ProblemError(422, "validation_failed", "1 felt ble avvist.", errors=[wrong])
    message: Record = {"id": f"m-{len(agreement.messages) + 1}", "created_at": utc_text()}
    message |= {name: body.get(name) for name in ("level", "text", "task_id")}
    agreement.messages.append(message)
    return answer(message, 201)


def _reference(request: Request, found: Iterator[Record | None]) -> Response:
    held: dict[str, Record] = {record["id"]: record for record in found if record}
    return answer(page(request, sorted(held.values(), key=lambda r: str(r["id"])), lambda r: [r["id"]]))

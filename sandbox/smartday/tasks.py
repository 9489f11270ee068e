"""Tasks, their registrations, and the receipts that report an order back (contract smartday 4.2-4.5, 4.13).

Decision: a receipt is an ordinary change of a task: version up, `changed_at` now, event with origin `bridge`.
"""

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.smartday.state import STATUSES, Agreement, agreement_of
from sandbox.smartday.webhooks import publish
from sandbox.smartday.wire import ProblemError, Record, answer, body_object, page, query_time, versioned

SHOWN_REGISTRATIONS = 500
KEY_SECONDS = 7 * 24 * 3600
_EXPORTING = ("created", "updated")
RESULTS = (*_EXPORTING, "skipped", "failed")
_LISTED = ("id", "number", "version", "status", "outcome", "finished_at", "changed_at")


async def list_tasks(request: Request) -> Response:
    """`GET /tasks`: only what tells whether a task is worth fetching."""
    agreement, since = agreement_of(request), query_time(request, "changed_since")
    wanted = set(request.query_params.getlist("status"))
    if unknown := sorted(wanted - STATUSES.keys()):
        raise ProblemError(400, "malformed", f"Ukjent status {unknown[0]}.")
    tasks = (t for t in agreement.tasks.values() if not wanted or t["status"]["code"] in wanted)
    chosen = sorted((t for t in tasks if t["changed_at"] >= since), key=_position)
    listed = page(request, chosen, _position)
    listed["items"] = [{name: task.get(name) for name in _LISTED} for task in listed["items"]]
    return answer(listed)


async def get_task(request: Request) -> Response:
    """`GET /tasks/{task_id}?include=registrations,documents`."""
    task = agreement_of(request).task(request.path_params["task_id"])
    include = request.query_params.get("include", "").split(",")
    left_out = {"registrations", "documents"} - set(include)
    shown = {name: value for name, value in task.items() if name not in left_out and name != "locked"}
    if "registrations" in include and len(task["registrations"]) > SHOWN_REGISTRATIONS:
        shown["registrations"] = task["registrations"][:SHOWN_REGISTRATIONS]
        shown["registrations_has_more"] = True
    return versioned(shown)


async def list_registrations(request: Request) -> Response:
    """`GET /tasks/{task_id}/registrations`: all of them from the first, by page."""
    task = agreement_of(request).task(request.path_params["task_id"])
    places = {r["id"]: n for n, r in enumerate(task["registrations"])}
    return answer(page(request, task["registrations"], lambda r: [places[r["id"]]]))


async def export_receipt(request: Request) -> Response:
    """`POST /tasks/{task_id}/export-receipts`: 201, or 200 and the first answer for a key seen before."""
    agreement, task_id = agreement_of(request), request.path_params["task_id"]
    task, body = agreement.task(task_id), await body_object(request)
    key = request.headers.get("idempotency-key")
    if not key:
        raise ProblemError(400, "malformed", "Idempotency-Key mangler.")
    sent = {"task_id": task_id, "body": body}
    if (earlier := agreement.receipt_answers.get(key)) and time.time() - earlier[2] < KEY_SECONDS:
        if earlier[0] != sent:
            detail = "Samme Idempotency-Key er brukt med et annet innhold."
            raise ProblemError(409, "idempotency_key_reused", detail)
        return answer(earlier[1])
    if task.get("locked"):
        raise ProblemError(423, "locked", f"Oppgave {task_id} er åpen for redigering i Planner.")
    if errors := _receipt_errors(task, body):
        raise ProblemError(422, "validation_failed", f"{len(errors)} felt ble avvist.", errors=errors)
    shown = _accept_receipt(agreement, task, body)
    agreement.receipts.append(shown | {"idempotency_key": key, "received": body})
    agreement.receipt_answers[key] = (sent, shown, time.time())
    publish(request, agreement, [agreement.task_event(task, "bridge", task["status"])])
    return answer(shown, 201)


def _accept_receipt(agreement: Agreement, task: Record, body: Record) -> Record:
    if body["result"] in _EXPORTING:
        exported = set(body.get("registration_ids") or [])
        for registration in task["registrations"]:
            if registration["id"] in exported:
                registration["status"] = "exported"
        task["export"] = {
            "state": "exported",
            "order_number": body["order_number"],
            "exported_at": body["exported_at"],
        }
    agreement.touch_task(task)
    return {
        "id": f"x-{len(agreement.receipts) + 1}",
        "task_id": task["id"],
        "task_version": task["version"],
        "result": body["result"],
        "order_number": body.get("order_number"),
        "export": dict(task["export"]),
    }


def _receipt_errors(task: Record, body: Record) -> list[Record]:
    def wrong(field: str, code: str, message: str) -> Record:
        return {"field": field, "code": code, "message": message}

    errors: list[Record] = []
    if body.get("result") not in RESULTS:
        errors.append(wrong("result", "invalid_value", f"Verdien må være en av {', '.join(RESULTS)}."))
    if not isinstance(body.get("task_version"), int) or isinstance(body.get("task_version"), bool):
        errors.append(wrong("task_version", "required", "Oppgavens versjon mangler."))
    of_order = ("exported_at", "order_id", "order_number") if body.get("result") in _EXPORTING else ()
    missing = [n for n in ("system", *of_order) if not isinstance(body.get(n), str) or not body[n]]
    errors += [wrong(name, "required", "Feltet mangler.") for name in missing]
    ids = body.get("registration_ids") or []
    if not isinstance(ids, list) or set(map(str, ids)) - {r["id"] for r in task["registrations"]}:
        errors.append(wrong("registration_ids", "not_found", "En eller flere registreringer finnes ikke."))
    return errors


def _position(task: Record) -> list[Any]:
    return [task["changed_at"], task["id"]]

"""Customers and products: read by page, written one or a hundred at a time (contract smartday 4.2-4.7).

Decision: both kinds go through the same code; what differs stands in a `Kind`. Writing is keyed by the ERP's
number, so every write can be repeated, and one that changes nothing leaves version and `changed_at` alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import seed_tasks
from sandbox.smartday import validation
from sandbox.smartday.state import FINISHED, Agreement, agreement_of
from sandbox.smartday.wire import (
    ProblemError,
    Record,
    answer,
    body_object,
    page,
    query_time,
    utc_text,
    versioned,
)

MAX_BATCH = 100
_KEPT_REJECTIONS = 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """What tells customers from products: `checked` gives fields and errors, `used_by` asks a task."""

    name: str
    label: str
    checked: Callable[[Record], tuple[Record, list[Record]]]
    used_by: Callable[[Record, str], bool]


def _task_has_customer(task: Record, number: str) -> bool:
    people = (task.get("customer"), task.get("billing_customer"))
    return any(person and person["external_number"] == number for person in people)


def _task_has_product(task: Record, number: str) -> bool:
    products = (r.get("product") for r in task["registrations"])
    return any(product and product["external_number"] == number for product in products)


CUSTOMERS = Kind("customers", "Kunde", validation.checked_customer, _task_has_customer)
PRODUCTS = Kind("products", "Vare", validation.checked_product, _task_has_product)


def find(agreement: Agreement, kind: Kind, number: str) -> Record | None:
    """The record with that external number."""
    if kind is PRODUCTS:
        return agreement.products.get(number)
    return agreement.customers.get(agreement.customer_ids.get(number, ""))


def upsert(
    agreement: Agreement, kind: Kind, number: str, given: Record, link: str | None = None
) -> tuple[str, Record]:
    """Create or replace: outcome `created`, `updated` or `unchanged`, and the record.

    `link` is the id of a customer made in the field: it gets the number, on tasks too. ProblemError 422
    `validation_failed` with field errors, 409 `in_use` or `duplicate_number`, 404; nothing is done then.
    """
    kept = _accepted(kind, given, number)
    current = _to_link(agreement, link, number) if link else find(agreement, kind, number)
    if current is None:
        record: Record = {"id": _new_id(agreement, kind, number), "external_number": number, "version": 0}
        if kind is CUSTOMERS:
            record["sites"] = []
        _store(agreement, kind, record, kept)
        return "created", record
    if kind is CUSTOMERS:
        _keep_contact_ids(current["contacts"], kept["contacts"])
    if current["external_number"] == number and all(current[name] == value for name, value in kept.items()):
        return "unchanged", current
    if current["state"] == "active" and kept["state"] == "inactive":
        _refuse_while_in_use(agreement, kind, number)
    if link:
        _give_number(agreement, current, number)
    _store(agreement, kind, current, kept)
    return "updated", current


def _accepted(kind: Kind, given: Record, number: str | None) -> Record:
    kept, errors = kind.checked(given)
    if number is not None and (wrong := validation.NUMBER(number)):
        errors.append({"field": "external_number", "code": wrong[0], "message": wrong[1]})
    if errors:
        raise ProblemError(422, "validation_failed", f"{len(errors)} felt ble avvist.", errors=errors)
    return kept


def _to_link(agreement: Agreement, customer_id: str, number: str) -> Record:
    """404 when unknown, 409 when the number is another's or the customer has another."""
    customer = agreement.customers.get(customer_id)
    if customer is None:
        raise ProblemError(404, "not_found", f"Kunde {customer_id} finnes ikke.")
    if customer["external_number"] not in (None, number):
        detail = f"Kunden har alt nummer {customer['external_number']}."
        raise ProblemError(409, "duplicate_number", detail)
    if agreement.customer_ids.get(number, customer_id) != customer_id:
        raise ProblemError(409, "duplicate_number", f"Kundenummer {number} er opptatt.")
    return customer


def _give_number(agreement: Agreement, customer: Record, number: str) -> None:
    customer["external_number"] = number
    for task in agreement.tasks.values():
        for person in (task.get("customer"), task.get("billing_customer")):
            if person and person["id"] == customer["id"]:
                person["external_number"] = number


def add_field_customer(agreement: Agreement, given: Record) -> Record:
    """A customer made in the field: no external number yet. ProblemError 422; 409 for an id that is there."""
    kept = _accepted(CUSTOMERS, given, None)
    customer_id = str(given.get("id") or f"c-felt-{len(agreement.customers) + 1}")
    if customer_id in agreement.customers:
        raise ProblemError(409, "in_use", f"Kunde {customer_id} finnes alt.")
    record: Record = {"id": customer_id, "external_number": None, "version": 0, "sites": []}
    _store(agreement, CUSTOMERS, record, kept)
    return record


async def list_records(request: Request, kind: Kind) -> Response:
    """`GET /customers` and `GET /products`."""
    agreement, since = agreement_of(request), query_time(request, "changed_since")
    state = request.query_params.get("state")
    if state not in (None, *validation.STATES):
        raise ProblemError(400, "malformed", "state må være active eller inactive.")
    held = agreement.products if kind is PRODUCTS else agreement.customers
    chosen = [r for r in held.values() if r["changed_at"] >= since and state in (None, r["state"])]
    chosen.sort(key=_position)
    return answer(page(request, chosen, _position))


async def get_record(request: Request, kind: Kind) -> Response:
    """`GET /customers/{external_number}` and the same of products."""
    return versioned(_existing(agreement_of(request), kind, request.path_params["external_number"]))


async def put_record(request: Request, kind: Kind) -> Response:
    """`PUT /customers/{external_number}?link=` and `PUT /products/{external_number}`."""
    agreement, number = agreement_of(request), request.path_params["external_number"]
    given = await body_object(request)
    link = request.query_params.get("link") if kind is CUSTOMERS else None
    target = agreement.customers.get(link) if link else find(agreement, kind, number)
    _check_version(kind, target, request.headers.get("if-match"))
    try:
        outcome, record = upsert(agreement, kind, number, given, link)
    except ProblemError as problem:
        _count_rejection(agreement, kind, number, problem.code, problem.more.get("errors"))
        raise
    agreement.written[kind.name][outcome] += 1
    return versioned(record, 201 if outcome == "created" else 200)


async def batch(request: Request, kind: Kind) -> Response:
    """`POST /customers:batch` and `POST /products:batch`: one result per item, in the order sent."""
    agreement, body = agreement_of(request), await body_object(request)
    items = body.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ProblemError(400, "malformed", "items må være en liste med objekter.")
    if len(items) > MAX_BATCH:
        raise ProblemError(413, "too_large", f"Høyst {MAX_BATCH} poster om gangen.")
    met: set[Any] = set()
    return answer({"results": [_batch_result(agreement, kind, item, met) for item in items]})


def _batch_result(agreement: Agreement, kind: Kind, item: Record, met: set[Any]) -> Record:
    number = item.get("external_number")
    try:
        if not isinstance(number, str):
            wrong = {"field": "external_number", "code": "required", "message": "Nummeret må være tekst."}
            raise ProblemError(422, "validation_failed", "Nummer mangler.", errors=[wrong])
        if number in met:
            raise ProblemError(409, "duplicate_number", f"Nummer {number} står flere ganger i samme kall.")
        met.add(number)
        outcome, record = upsert(agreement, kind, number, item)
    except ProblemError as problem:
        error = {"code": problem.code, "field": None, "message": problem.detail}
        error = problem.more.get("errors", [error])[0]
        _count_rejection(agreement, kind, number, error["code"], problem.more.get("errors"))
        return {"external_number": number, "outcome": "rejected", "entity": None, "error": error}
    agreement.written[kind.name][outcome] += 1
    entity = {"id": record["id"], "external_number": number, "version": record["version"]}
    return {"external_number": number, "outcome": outcome, "entity": entity, "error": None}


def _position(record: Record) -> list[Any]:
    return [record["changed_at"], record["id"]]


def _existing(agreement: Agreement, kind: Kind, number: str) -> Record:
    record = find(agreement, kind, number)
    if record is None:
        raise ProblemError(404, "not_found", f"{kind.label} {number} finnes ikke.")
    return record


def _new_id(agreement: Agreement, kind: Kind, number: str) -> str:
    if kind is PRODUCTS:
        return f"p-{number}"
    # Seeded tasks name their customers before the customers are imported; both must give the same id.
    return (
        seed_tasks.bridge_customer_id(number) if number.isdigit() else f"c-ny-{len(agreement.customers) + 1}"
    )


def _store(agreement: Agreement, kind: Kind, record: Record, kept: Record) -> None:
    record |= kept | {"version": record["version"] + 1, "changed_at": utc_text()}
    if kind is PRODUCTS:
        agreement.products.pop(record["external_number"], None)
        agreement.products[record["external_number"]] = record
        return
    for n, contact in enumerate(record["contacts"], 1):
        contact["id"] = contact["id"] or f"k-{record['id']}-{n}"
    agreement.customers.pop(record["id"], None)
    agreement.customers[record["id"]] = record
    if record["external_number"] is not None:
        agreement.customer_ids[record["external_number"]] = record["id"]


def _keep_contact_ids(current: list[Record], given: list[Record]) -> None:
    for contact in given:
        same = (c["id"] for c in current if c | {"id": None} == contact)
        contact["id"] = contact["id"] or next(same, None)


def _refuse_while_in_use(agreement: Agreement, kind: Kind, number: str) -> None:
    open_tasks = (t for t in agreement.tasks.values() if t["status"]["code"] not in FINISHED)
    if task := next((t for t in open_tasks if kind.used_by(t, number)), None):
        raise ProblemError(
            409, "in_use", f"{kind.label} {number} er i bruk på åpen oppgave {task['number']}."
        )


def _check_version(kind: Kind, current: Record | None, if_match: str | None) -> None:
    if if_match is None or (if_match == "*" and current):
        return
    version = current["version"] if current else None
    if if_match != f'"{version}"':
        detail = f"{kind.label}n er endret etter versjon {if_match.strip(chr(34))}."
        raise ProblemError(412, "version_conflict", detail, current_version=version)


def _count_rejection(
    agreement: Agreement, kind: Kind, number: Any, code: str, errors: list[Record] | None
) -> None:
    agreement.written[kind.name]["rejected"] += 1
    agreement.rejections.append(
        {"kind": kind.name, "external_number": number, "code": code, "errors": errors}
    )
    del agreement.rejections[:-_KEPT_REJECTIONS]

"""Faults only Bridge can make: its own error bodies, rejected items, odd JSON and odd pages (design 5).

Decision: they are made from the true answer, so everything a fault doesn't touch stays right.
"""

from collections.abc import Callable, Mapping
from functools import partial

from starlette.responses import Response

from sandbox.faults import Answer, Effect, Fault, effect_if_after
from sandbox.smartday.wire import Record, answer, dumps, loads

BATCHES = ("batch_customers", "batch_products")
PAGED = ("list_customers", "list_products", "list_tasks", "list_registrations", "list_events")
SPECIAL: Mapping[str, tuple[str, ...]] = {
    "status": (),
    "unauthenticated": (),
    "unknown_element": (),
    "missing_element": (),
    "empty_login": ("get_agreement",),
    "fault_in_success": BATCHES,
    "repeated_page": PAGED,
    "missing_page": PAGED,
}
_CODES = {
    400: ("malformed", "Forespørselen er ikke gyldig."),
    401: ("invalid_credentials", "Bridge-bruker eller Bridge-passord er feil."),
    403: ("agreement_mismatch", "Brukeren har ikke tilgang til avtalen."),
    404: ("not_found", "Finnes ikke."),
    409: ("in_use", "I bruk."),
    412: ("version_conflict", "Endret siden sist."),
    413: ("too_large", "For stort innhold."),
    422: ("validation_failed", "Feltene ble avvist."),
    423: ("locked", "Oppgaven er åpen for redigering i Planner."),
    429: ("rate_limited", "For mange forespørsler."),
    500: ("internal", "Intern feil."),
}
Problem = Callable[[int, str, str, Mapping[str, str]], Response]


def specials(operation: str, problem: Problem, pages: dict[str, Response]) -> dict[str, Answer]:
    """Bridge's own faults for a call; `problem` renders an error, `pages` the last page by operation."""
    return {
        "status": partial(_status, problem),
        "unauthenticated": partial(_unauthenticated, problem),
        "unknown_element": _unknown_element,
        "missing_element": _missing_element,
        "empty_login": _empty,
        "fault_in_success": _rejected_item,
        "repeated_page": partial(_repeated_page, operation, pages),
        "missing_page": _missing_page,
    }


async def _status(problem: Problem, fault: Fault, effect: Effect) -> Response:
    await effect_if_after(fault, effect)
    status = fault.status or 500
    code, detail = _CODES.get(status, ("maintenance", "Vi er straks tilbake."))
    headers = {}
    if fault.retry_after is not None:
        exact = fault.retry_after
        headers["Retry-After"] = exact if isinstance(exact, str) else f"{exact:g}"
    return problem(status, code, detail, headers)


async def _unauthenticated(problem: Problem, fault: Fault, effect: Effect) -> Response:
    await effect_if_after(fault, effect)
    return problem(401, *_CODES[401], {})


async def _unknown_element(_fault: Fault, effect: Effect) -> Response:
    return _changed(await effect(), lambda body: body | {"nytt_felt": {"ukjent": [1, None, "æøå"]}})


async def _missing_element(fault: Fault, effect: Effect) -> Response:
    def without(body: Record) -> Record:
        missing = fault.element or next(iter(body))
        return {name: value for name, value in body.items() if name != missing}

    return _changed(await effect(), without)


async def _empty(_fault: Fault, effect: Effect) -> Response:
    await effect()
    return answer({})


async def _rejected_item(fault: Fault, effect: Effect) -> Response:
    """The first item is said to be rejected, whether or not it was written."""
    error = {"code": "internal", "field": fault.element, "message": "Posten kunne ikke lagres."}

    def reject_first(body: Record) -> Record:
        first, *rest = body["results"]
        return {"results": [first | {"outcome": "rejected", "entity": None, "error": error}, *rest]}

    return _changed(await effect(), reject_first)


async def _repeated_page(
    operation: str, pages: dict[str, Response], _fault: Fault, effect: Effect
) -> Response:
    """The page before comes again, with its own cursor; the first page can't be repeated and is itself."""
    before = pages.get(operation)
    return before or await effect()


async def _missing_page(_fault: Fault, effect: Effect) -> Response:
    return _changed(await effect(), lambda body: body | {"items": []})


def _changed(response: Response, change: Callable[[Record], Record]) -> Response:
    if response.status_code >= 300 or not response.body:
        return response
    kept = {k: v for k, v in response.headers.items() if k not in ("content-length", "content-type")}
    return Response(
        dumps(change(loads(bytes(response.body)))), response.status_code, kept, media_type="application/json"
    )

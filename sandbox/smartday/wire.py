"""What goes over the wire: exact decimals, RFC 3339 times, problem details and page cursors.

Decision: numbers are `Decimal` from request to answer, so no amount is ever touched by binary floating point.
"""

import base64
import binascii
import json
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

Record = dict[str, Any]
MAX_BODY_BYTES = 5 * 1024 * 1024
CURSOR_SECONDS = 24 * 3600
_scalar = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_PROBLEMS = "https://bridge.smartday.example/problems/"
_TITLES = {
    "malformed": ("malformed", "Ugyldig forespørsel"),
    "cursor_invalid": ("cursor", "Ugyldig markør"),
    "invalid_credentials": ("unauthorized", "Ugyldig innlogging"),
    "credentials_expired": ("unauthorized", "Innloggingen er utløpt"),
    "agreement_mismatch": ("forbidden", "Ingen tilgang"),
    "feature_missing": ("forbidden", "Bridge er ikke aktivert"),
    "not_found": ("not-found", "Finnes ikke"),
    "method_not_allowed": ("method", "Metoden er ikke tillatt"),
    "idempotency_key_reused": ("idempotency", "Nøkkel brukt med annet innhold"),
    "in_use": ("conflict", "I bruk"),
    "duplicate_number": ("conflict", "Nummeret er opptatt"),
    "version_conflict": ("version", "Endret siden sist"),
    "too_large": ("too-large", "For stort innhold"),
    "validation_failed": ("validation", "Ugyldige data"),
    "locked": ("locked", "Låst for redigering"),
    "rate_limited": ("rate-limit", "For mange forespørsler"),
    "internal": ("internal", "Intern feil"),
    "maintenance": ("maintenance", "Vedlikehold"),
}


class ProblemError(Exception):
    """An answer that is an error of contract smartday 4.9; `more` are extra members of the body."""

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers, self.more = status, code, detail, headers, more


def problem_body(status: int, code: str, detail: str, instance: str, request_id: str, **more: Any) -> Record:
    """Problem details (RFC 9457) as contract smartday 4.9 shows them."""
    kind, title = _TITLES.get(code, ("problem", "Feil"))
    return {
        "type": _PROBLEMS + kind,
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": instance,
        "request_id": request_id,
        **more,
    }


def dumps(value: Any) -> str:
    """Compact JSON in which a `Decimal` is a number with all its digits and no exponent."""
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            return "{" + ",".join(f"{_scalar(str(k))}:{dumps(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(dumps, value)) + "]"
        case _:
            return _scalar(value)


def loads(raw: bytes) -> Any:
    """JSON with decimals kept exact; ValueError for anything that isn't UTF-8 JSON of RFC 8259."""
    return json.loads(raw.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def body_object(request: Request) -> Record:
    """The request's JSON object; ProblemError 413 over 5 MB, 400 `malformed` for anything else."""
    raw = await request.body()
    if len(raw) > MAX_BODY_BYTES:
        raise ProblemError(413, "too_large", "Innholdet er over 5 MB.")
    try:
        body = loads(raw)
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, "malformed", "Innholdet er ikke gyldig JSON.") from error
    if not isinstance(body, dict):
        raise ProblemError(400, "malformed", "Innholdet må være et JSON-objekt.")
    return body


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(dumps(body), status, headers, media_type="application/json")


def versioned(record: Record, status: int = 200) -> Response:
    """A JSON answer with the record's version as ETag."""
    return answer(record, status, {"ETag": f'"{record["version"]}"'})


def utc_text(moment: datetime | None = None) -> str:
    """`2026-09-14T11:02:19Z`, whole seconds as the contract shows them; now when no moment is given."""
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def precise_text(epoch_seconds: float) -> str:
    """RFC 3339 with milliseconds, for measurements on the control side."""
    return (
        datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def query_time(request: Request, name: str) -> str:
    """A time of the query as comparable text, "" when absent; 400 when it is none or has no offset."""
    text = request.query_params.get(name, "")
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ProblemError(400, "malformed", f"{name} er ikke et tidspunkt.") from error
    if moment.tzinfo is None:
        raise ProblemError(400, "malformed", f"{name} mangler tidssone.")
    return utc_text(moment)


def query_int(request: Request, name: str, default: int, low: int, high: int) -> int:
    """A whole number of the query within its limits, both inclusive; ProblemError 400 otherwise."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ProblemError(400, "malformed", f"{name} må være et heltall fra {low} til {high}.")
    return int(text)


def page(request: Request, records: list[Record], position: Callable[[Record], list[Any]]) -> Record:
    """One page of `records`, which are sorted by `position`, as contract smartday 4.3 shapes it.

    The cursor holds the position of the last record sent, the filters it was made with and its age.
    """
    limit = query_int(request, "limit", 100, 1, 500)
    after = _opened(request.query_params.get("cursor"), _filters(request))
    rest = records if after is None else records[bisect_right(records, after, key=position) :]
    items = rest[:limit]
    more = len(rest) > limit
    cursor = _sealed(position(items[-1]), _filters(request)) if more else None
    return {"items": items, "next_cursor": cursor, "has_more": more}


def _filters(request: Request) -> list[list[str]]:
    kept = [[k, v] for k, v in request.query_params.multi_items() if k not in ("cursor", "limit")]
    return [[request.url.path], *sorted(kept)]


def _sealed(position: list[Any], filters: list[list[str]]) -> str:
    text = dumps({"p": position, "f": filters, "t": int(time.time())})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(cursor: str | None, filters: list[list[str]]) -> list[Any] | None:
    if cursor is None:
        return None
    try:
        content = loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        position, made_with, made_at = content["p"], content["f"], content["t"]
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise ProblemError(400, "cursor_invalid", "Markøren er ikke gyldig.") from error
    if made_with != filters or time.time() - made_at > CURSOR_SECONDS or not isinstance(position, list):
        raise ProblemError(400, "cursor_invalid", "Markøren er utløpt eller laget med andre filtre.")
    return position

"""Faults that a test plants in a stand-in: which call they hit, and what the caller then sees (design 5).

Decision: a stand-in hands over the call as an *effect* that gives the true answer; a fault decides
whether, when and how much of it the caller gets. What only one vendor can say (a SOAP fault, a rejected
item) the stand-in supplies itself as *special* faults with the same signature.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from random import Random
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.serving import HalfBody, Refused, Reset, control_input

_HANG_SECONDS = 60.0
_HTML = "<!DOCTYPE html><html><title>Vedlikehold</title><body><h1>Vi er straks tilbake</h1></body></html>"


class Fault(BaseModel):
    """A planted fault.

    `operation` "*" is any; `nth` counts matching calls from 1, `times` how many calls are hit from there
    on (None: until removed); `probability` hits each matching call with that chance. `when` "after" lets
    the effect take place first. `seconds` is the fault's own time (hang, late effect, skew, delay),
    `delay` a wait before the fault acts. `status` and `retry_after` (seconds, or a header value to send
    as it is) belong to HTTP answers, `element` to `missing_element`.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    operation: str = "*"
    when: Literal["before", "after"] = "before"
    nth: int | None = Field(None, ge=1)
    probability: float | None = Field(None, ge=0, le=1)
    times: int | None = Field(1, ge=1)
    seconds: float | None = None
    status: int | None = Field(None, ge=400, le=599)
    retry_after: float | str | None = None
    delay: float | None = Field(None, ge=0)
    element: str | None = None


Effect = Callable[[], Awaitable[Response]]
Answer = Callable[[Fault, Effect], Awaitable[Response]]


@dataclass(slots=True)
class _Planted:
    fault: Fault
    seen: int = 0
    hits: int = 0

    def strikes(self, chance: Random) -> bool:
        """Whether the matching call just seen is hit; counts the hit."""
        fault = self.fault
        due = self.seen >= (fault.nth or 1) and (fault.times is None or self.hits < fault.times)
        if not due or (fault.probability is not None and chance.random() >= fault.probability):
            return False
        self.hits += 1
        return True


@dataclass(slots=True)
class Faults:
    """The faults planted in one stand-in.

    `operations` are the names it knows; `special` maps its own fault names to the operations they can hit
    (empty: all). The seed makes probabilities repeatable.
    """

    operations: Collection[str]
    special: Mapping[str, Collection[str]] = field(default_factory=dict)
    seed: int = 1
    _planted: dict[str, _Planted] = field(default_factory=dict)
    _ids: "count[int]" = field(default_factory=lambda: count(1))
    _chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)

    def add(self, given: Any) -> str:
        """Plant the fault that `given` (decoded JSON) describes; gives its id. Raises `Refused` with
        the reason.
        """
        try:
            fault = Fault.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            raise Refused(f"Fault field {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        self._check(fault)
        fault_id = str(next(self._ids))
        self._planted[fault_id] = _Planted(fault)
        return fault_id

    def _check(self, fault: Fault) -> None:
        known = sorted({*_COMMON, *self.special})
        if fault.name not in known:
            raise Refused(f"Unknown fault {fault.name!r}; known: {', '.join(known)}")
        if fault.operation != "*" and fault.operation not in self.operations:
            raise Refused(
                f"Unknown operation {fault.operation!r}; known: *, {', '.join(sorted(self.operations))}"
            )
        if fault.operation not in {"*", *(self.special.get(fault.name) or self.operations)}:
            raise Refused(f"Fault {fault.name!r} can't hit operation {fault.operation!r}")
        if fault.name == "status" and fault.status is None:
            raise Refused("Fault 'status' needs a status")
        if fault.name in ("late_effect", "clock_skew", "delay") and fault.seconds is None:
            raise Refused(f"Fault {fault.name!r} needs seconds")

    def remove(self, fault_id: str) -> bool:
        """Take one fault away; false when there is none with that id."""
        return self._planted.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Take all faults away and start the chances again."""
        self._planted.clear()
        self._chance = Random(self.seed)

    def as_json(self) -> list[dict[str, Any]]:
        """Every fault with `id`, how many matching calls it saw (`seen`) and how many it hit (`hits`)."""
        return [
            {"id": fault_id, **planted.fault.model_dump(), "seen": planted.seen, "hits": planted.hits}
            for fault_id, planted in self._planted.items()
        ]

    def take(self, operation: str) -> Fault | None:
        """The fault that hits this call, the earliest planted first; only that one counts a hit."""
        hit = None
        for planted in self._planted.values():
            fault = planted.fault
            reach = self.special.get(fault.name) or self.operations
            if fault.operation not in ("*", operation) or operation not in reach:
                continue
            planted.seen += 1
            if hit is None and planted.strikes(self._chance):
                hit = fault
        return hit


async def answer(fault: Fault | None, effect: Effect, special: Mapping[str, Answer]) -> Response:
    """The answer to one call: the true one, or what `fault` makes of it."""
    if fault is None:
        return await effect()
    if fault.delay:
        await asyncio.sleep(fault.delay)
    make = special.get(fault.name) or _COMMON[fault.name]
    return await make(fault, effect)


def http_answer(fault: Fault, status: int, text: str = "") -> Response:
    """An HTTP error as plain text, with `Retry-After` when the fault has one."""
    headers = {}
    if fault.retry_after is not None:
        exact = fault.retry_after
        headers["Retry-After"] = exact if isinstance(exact, str) else f"{exact:g}"
    return PlainTextResponse(text or f"HTTP {status}", status, headers)


async def effect_if_after(fault: Fault, effect: Effect) -> None:
    """Let the effect take place when the fault comes after it."""
    if fault.when == "after":
        await effect()


async def _reset(fault: Fault, effect: Effect) -> Response:
    await effect_if_after(fault, effect)
    return Reset()


async def _timeout(fault: Fault, effect: Effect) -> Response:
    await effect_if_after(fault, effect)
    return Reset(_HANG_SECONDS if fault.seconds is None else fault.seconds)


_late: set[asyncio.Task[None]] = set()  # the event loop keeps no strong reference of its own


async def _late_effect(fault: Fault, effect: Effect) -> Response:
    async def later() -> None:
        await asyncio.sleep(fault.seconds or 0)
        await effect()

    task = asyncio.create_task(later())
    _late.add(task)
    task.add_done_callback(_late.discard)
    return Reset()


async def _reset_while_reading(_fault: Fault, effect: Effect) -> Response:
    return HalfBody(await effect())


async def _status(fault: Fault, effect: Effect) -> Response:
    await effect_if_after(fault, effect)
    return http_answer(fault, fault.status or 500)


async def _html(fault: Fault, effect: Effect) -> Response:
    await effect_if_after(fault, effect)
    return HTMLResponse(_HTML)


async def _cut(_fault: Fault, effect: Effect) -> Response:
    whole = await effect()
    return Response(
        bytes(whole.body)[: len(whole.body) * 2 // 3], whole.status_code, media_type=_media(whole)
    )


def _media(response: Response) -> str | None:
    return response.headers.get("content-type")


async def _clock_skew(fault: Fault, effect: Effect) -> Response:
    response = await effect()
    moment = datetime.now(UTC) + timedelta(seconds=fault.seconds or 0)
    response.headers["date"] = format_datetime(moment, usegmt=True)
    return response


async def _delay(fault: Fault, effect: Effect) -> Response:
    await asyncio.sleep(fault.seconds or 0)
    return await effect()


_COMMON: dict[str, Answer] = {
    "reset": _reset,
    "timeout": _timeout,
    "late_effect": _late_effect,
    "reset_while_reading": _reset_while_reading,
    "status": _status,
    "html": _html,
    "cut_body": _cut,
    "cut_xml": _cut,
    "clock_skew": _clock_skew,
    "delay": _delay,
}


def fault_routes(faults: Faults) -> list[Route]:
    """Routes to mount under /_control: POST, GET and DELETE /faults, DELETE /faults/{id}."""

    async def plant(request: Request) -> Response:
        return JSONResponse({"id": faults.add(await control_input(request))}, 201)

    async def show(_request: Request) -> Response:
        return JSONResponse({"faults": faults.as_json()})

    async def clear(_request: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    async def remove(request: Request) -> Response:
        return Response(status_code=204 if faults.remove(request.path_params["fault_id"]) else 404)

    return [
        Route("/faults", plant, methods=["POST"]),
        Route("/faults", show, methods=["GET"]),
        Route("/faults", clear, methods=["DELETE"]),
        Route("/faults/{fault_id}", remove, methods=["DELETE"]),
    ]

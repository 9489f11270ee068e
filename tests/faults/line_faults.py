"""Faults of the line between us and a side: refused, given up, too late; and the end of our own process."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.faults.faults import Fault, Killed
from tests.faults.ground import Network
from tests.faults.steps import Call, Side
from tests.faults.world import World

NOBODY = 1
"""A port on which nobody listens."""

IMPATIENCE = {"connect": 5.0, "write": 5.0, "pool": 5.0, "read": 0.25}
"""Seconds; long enough for the effect, which takes some milliseconds."""

SOAP_FAULT = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soap:Body><soap:Fault><faultcode>soap:Server</faultcode>"
    "<faultstring>Server was unable to process request.</faultstring></soap:Fault>"
    "</soap:Body></soap:Envelope>"
)

HANGING = {"name": "timeout", "seconds": 30, "times": None}
"""The stand-in doesn't answer for longer than anybody here waits."""


def plant_on_the_line(world: World, call: Call, fault: Fault, meanwhile: Callable[[], None]) -> "LineFault":
    """Put the fault on the line to the side that answers this call."""
    network = world.ground.network
    planted = LineFault(world, call, fault, network, meanwhile)
    network.operation = call.operation
    network.disturb = planted.meet
    if fault in HANGS:
        side = world.ground.stand_ins[call.side]
        side.ask("POST", "/faults", HANGING | {"operation": call.operation, "when": HANGS[fault]})
    return planted


@dataclass
class LineFault:
    """What the line does with the calls of one operation. `late` are requests that are still on their way."""

    world: World
    call: Call
    fault: Fault
    network: Network
    meanwhile: Callable[[], None]
    late: list[httpx.Request] = field(default_factory=list)
    _hits: int = 0

    def hits(self) -> int:
        return self._hits

    def end(self) -> None:
        self.network.rest()
        self.world.ground.stand_ins[self.call.side].ask("DELETE", "/faults")
        for request in self.late:
            self.network.line.handle_request(request).read()

    def meet(self, request: httpx.Request) -> httpx.Response:
        self._hits += 1
        return ON_THE_LINE[self.fault](self, request)

    def pass_on(self, request: httpx.Request) -> httpx.Response:
        return self.network.line.handle_request(request)


def _refuse(planted: LineFault, request: httpx.Request) -> httpx.Response:
    request.url = request.url.copy_with(port=NOBODY)
    return planted.pass_on(request)


def _be_impatient(planted: LineFault, request: httpx.Request) -> httpx.Response:
    request.extensions = {**request.extensions, "timeout": IMPATIENCE}
    return planted.pass_on(request)


def _keep_for_later(planted: LineFault, request: httpx.Request) -> httpx.Response:
    request.read()
    planted.late.append(request)
    raise httpx.ReadTimeout("timed out", request=request)


def _end_process_before(planted: LineFault, request: httpx.Request) -> httpx.Response:
    raise Killed


def _end_process_after(planted: LineFault, request: httpx.Request) -> httpx.Response:
    planted.pass_on(request).read()
    raise Killed


def _let_another_go_first(planted: LineFault, request: httpx.Request) -> httpx.Response:
    planted.network.rest()
    planted.meanwhile()
    return planted.pass_on(request)


def _error_inside(planted: LineFault, request: httpx.Request) -> httpx.Response:
    """A success whose body says that it is none, where the stand-in has no such answer of its own."""
    if planted.call.side is Side.ERP:
        return httpx.Response(200, content=SOAP_FAULT, headers={"Content-Type": "text/xml; charset=utf-8"})
    return httpx.Response(200, json={"status": 500, "code": "internal", "detail": "Intern feil."})


HANGS = {Fault.TIMEOUT_BEFORE_EFFECT: "before", Fault.TIMEOUT_AFTER_EFFECT: "after"}

ON_THE_LINE: dict[Fault, Callable[[LineFault, httpx.Request], httpx.Response]] = {
    Fault.REFUSED_CONNECTION: _refuse,
    Fault.TIMEOUT_BEFORE_EFFECT: _be_impatient,
    Fault.TIMEOUT_AFTER_EFFECT: _be_impatient,
    Fault.LATE_EFFECT: _keep_for_later,
    Fault.KILLED_BEFORE_EFFECT: _end_process_before,
    Fault.KILLED_AFTER_EFFECT: _end_process_after,
    Fault.TWICE_AT_ONCE: _let_another_go_first,
    Fault.ERROR_IN_SUCCESS: _error_inside,
}
"""What each of these does with a request."""

"""Running a stand-in: in a thread for tests, as a process for the demo, and answers that break the
connection.

Decision: uvicorn's own HTTP protocol is used, with one addition: the connection is put into the request's
state, because no ASGI message can reset or cut a connection and the fault list (design 5) needs both.
"""

import asyncio
import ipaddress
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_LINGER_ZERO = struct.pack("ii", 1, 0)  # close() sends RST instead of FIN
_START_LIMIT = 30.0
_SHUTDOWN_LIMIT = 1


class Refused(ValueError):
    """Control input that makes no sense; its text becomes the 422 answer."""


class Calls:
    """How often each operation arrived, and how many were under way at the same time at most."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self.max_in_flight = 0
        self._in_flight = 0

    @contextmanager
    def running(self, operation: str) -> Iterator[None]:
        """Count one arrival of `operation`, and it as under way until the block ends."""
        self.total[operation] += 1
        self._in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self._in_flight)
        try:
            yield
        finally:
            self._in_flight -= 1

    def as_json(self) -> dict[str, Any]:
        """`{"total": {operation: count}, "max_in_flight": n}`."""
        return {"total": dict(self.total), "max_in_flight": self.max_in_flight}


class Reset(Response):
    """No answer: the connection is reset after `seconds`, or closed quietly when the caller left first."""

    def __init__(self, seconds: float = 0) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await _disconnected(receive)
        transport: asyncio.Transport = scope["state"]["transport"]
        connection = transport.get_extra_info("socket")
        if connection is not None and not transport.is_closing():
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        transport.abort()
        await _disconnected(receive)


class HalfBody(Response):
    """Announces all of `whole`, sends half of it and closes the connection."""

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code, dict(whole.headers), whole.media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["state"]["transport"].close()
        await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Protocol(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        # asyncio sets it only on sockets made with an explicit protocol; without it each answer waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    def __init__(self, app: ASGIApp, started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                _dated(app),
                http=_Protocol,
                ws="none",
                lifespan="off",
                access_log=False,
                log_level="critical",
                date_header=False,
                server_header=False,
                timeout_graceful_shutdown=_SHUTDOWN_LIMIT,
            )
        )
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell()


def _dated(app: ASGIApp) -> ASGIApp:
    """Add the `Date` header where the answer has none; uvicorn's own could not be skewed."""

    async def dated(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if all(name.lower() != b"date" for name, _ in headers):
                    headers.append((b"date", format_datetime(datetime.now(UTC), usegmt=True).encode()))
                message["headers"] = headers
            await send(message)

        await app(scope, receive, sending)

    return dated


def _listen(host: str, port: int) -> tuple[socket.socket, str]:
    listening = socket.create_server((host, port), backlog=256)
    return listening, f"http://{host}:{listening.getsockname()[1]}"


@contextmanager
def serve(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve `app` from a thread as long as the block runs; gives the base address without a trailing slash.

    Port 0 takes a free one. Raises `OSError` when the port is taken, `RuntimeError` when the server
    doesn't start.
    """
    listening, url = _listen(host, port)
    started = threading.Event()
    server = _Server(app, started.set)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    if not started.wait(_START_LIMIT):
        raise RuntimeError(f"the stand-in at {url} did not start")
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def run(app: ASGIApp, host: str, port: int) -> None:
    """Serve `app` until interrupted; prints one line `{"url": ...}` on stdout when it listens."""
    listening, url = _listen(host, port)
    with suppress(KeyboardInterrupt):
        _Server(app, lambda: print(json.dumps({"url": url}), flush=True)).run([listening])


async def control_input(request: Request) -> Any:
    """The JSON body of a control call. Raises `Refused` when it isn't JSON."""
    try:
        return await request.json()
    except ValueError as error:
        raise Refused(f"The body isn't JSON: {error}") from error


def control(routes: Sequence[BaseRoute], base: str = "") -> Mount:
    """Mount `routes` under `base`/_control: loopback callers only (others get 403), `Refused` answered as
    422.
    """

    async def refused(_request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, 422)

    inner = Starlette(routes=routes, exception_handlers={Refused: refused})

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        allowed = client is not None and ipaddress.ip_address(client[0]).is_loopback
        app: ASGIApp = inner if allowed else PlainTextResponse("Control is for this machine only.\n", 403)
        await app(scope, receive, send)

    return Mount(f"{base}/_control", app=guarded)

"""A Lambda runtime on this machine: awslambdaric drives a built function through the Runtime API.

Unlike the engine's own workers this is the client that AWS runs: its context, its serialisation, its error
types, and exactly the return value that Lambda would see.
"""

import asyncio
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.serving import serve

ARN = "arn:aws:lambda:eu-north-1:123456789012:function:local"

PATIENCE = 60
"""Seconds for one invocation, the first one's start included."""


class FunctionFailed(AssertionError):
    """The handler raised, or the runtime couldn't start; the text is what Lambda would report."""


@dataclass(frozen=True)
class Function:
    """One started function; `invoke` gives what its handler returned, `printed` is complete once it ended."""

    waiting: "queue.Queue[tuple[str, str]]"
    answers: "queue.Queue[tuple[str, Any]]"
    seconds: float
    printed: list[str] = field(default_factory=list)

    def invoke(self, event: Mapping[str, Any]) -> Any:
        self.waiting.put((str(uuid4()), json.dumps(event)))
        kind, answer = self.answers.get(timeout=PATIENCE)
        if kind != "response":
            raise FunctionFailed(json.dumps(answer))
        return answer


@contextmanager
def running(
    function: Path, handler: str, layers: list[Path], environment: Mapping[str, str], seconds: float = 60
) -> Iterator[Function]:
    """Start the function in `function` with its built layers, as Lambda lays them out on `sys.path`."""
    started = Function(queue.Queue(), queue.Queue(), seconds)
    with serve(_runtime_api(started)) as url:
        paths = [function, *(layer / "python" for layer in layers)]
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", handler],
            cwd=function,
            env={
                **environment,
                "AWS_LAMBDA_RUNTIME_API": url.removeprefix("http://"),
                "AWS_LAMBDA_FUNCTION_NAME": function.name,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "PYTHONPATH": ":".join(map(str, paths)),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        log = threading.Thread(target=_keep, args=(process, started.printed), daemon=True)
        log.start()
        try:
            yield started
        finally:
            process.kill()
            log.join()


def _keep(process: "subprocess.Popen[str]", printed: list[str]) -> None:
    with process:
        printed.extend(process.stdout or ())


def _runtime_api(function: Function) -> Starlette:
    async def next_invocation(request: Request) -> Response:
        while True:
            try:
                request_id, event = function.waiting.get_nowait()
            except queue.Empty:
                await asyncio.sleep(0.002)
                continue
            deadline = int((time.time() + function.seconds) * 1000)
            headers = {
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
            }
            return Response(event, headers=headers, media_type="application/json")

    async def response(request: Request) -> Response:
        function.answers.put(("response", json.loads(await request.body())))
        return JSONResponse({"status": "OK"}, status_code=202)

    async def error(request: Request) -> Response:
        function.answers.put(("error", json.loads(await request.body())))
        return JSONResponse({"status": "OK"}, status_code=202)

    base = "/2018-06-01/runtime"
    return Starlette(
        routes=[
            Route(f"{base}/invocation/next", next_invocation),
            Route(f"{base}/invocation/{{id}}/response", response, methods=["POST"]),
            Route(f"{base}/invocation/{{id}}/error", error, methods=["POST"]),
            Route(f"{base}/init/error", error, methods=["POST"]),
        ]
    )

"""The local engine: ministack in a process of its own, the bundle deployed to it by the real SAM CLI.

    with Engine() as engine:
        deployment = engine.deploy({"Stage": "demo", …})

It is an emulator of AWS (no IAM, no throttling). Decision: the template isn't bent for it; its one gap that
matters, an HTTP API without routes, is closed after the deploy from what the template says.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

import boto3
import httpx

from sandbox import toolchain
from sandbox.toolchain import REGION, Progress, ToolError

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2.client import ApiGatewayV2Client

START_SECONDS = 30
STOP_SECONDS = 10

LAST_LOG = toolchain.BUILDS / "engine.log"
"""What the latest engine and its functions said, kept when its state goes."""

MEMORY_NEEDED = 2 * 1024**3
"""Bytes: some twenty workers' layers, with room to spare."""

ACCOUNT = "000000000000"
"""The engine takes a 12-digit access key for the account's number."""

FUNCTION_ARN = re.compile(r"\$\{(\w+)\.Arn\}")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed bundle; `resources` is logical id → physical id (name, URL or ARN, as `!Ref` gives it)."""

    stack: str
    api_url: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]


class Engine:
    """One engine with state of its own, which is gone when it stops. Port 0 takes a free one."""

    def __init__(self, port: int = 0) -> None:
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._state: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until it answers. Raises `ToolError`."""
        if self._is_answering():
            raise ToolError(f"Port {self.port} is taken.")
        self._state = Path(tempfile.mkdtemp(prefix="engine-", dir=_memory()))
        log = self._state / "engine.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                cwd=self._state,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches us alone: the engine is stopped in order, its workers with it.
                start_new_session=True,
            )
        give_up = time.monotonic() + START_SECONDS
        while not self._is_answering():
            if self._process.poll() is not None or time.monotonic() > give_up:
                said = toolchain.tail(log)
                self.stop()
                raise ToolError(f"The engine didn't start on port {self.port}:\n{said}")
            time.sleep(0.05)  # between two looks whether it answers

    def stop(self) -> None:
        """Stop it with its workers and forget its state; may be called twice."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
            _end_group(self._process.pid)
            self._process.wait()
            self._process = None
        if self._state is not None:
            with suppress(OSError):
                shutil.copy(self._state / "engine.log", LAST_LOG)
            shutil.rmtree(self._state, ignore_errors=True)
            self._state = None

    @property
    def process_id(self) -> int:
        """Of the running engine, and of the process group that its workers are in."""
        if self._process is None:
            raise ToolError("The engine isn't running.")
        return self._process.pid

    @property
    def log(self) -> str:
        """The end of what the engine and the functions said, for a failure's message."""
        return toolchain.tail(self._state / "engine.log", 200) if self._state else ""

    def session(self) -> boto3.Session:
        """A boto3 session of the engine's account; its clients still need `endpoint_url=engine.url`."""
        return boto3.Session(ACCOUNT, "local", region_name=REGION)

    def client(self, name: str) -> Any:
        """A boto3 client of the engine, by service name."""
        session: Any = self.session()  # boto3's types want the name as a literal
        return session.client(name, endpoint_url=self.url)

    def resource(self, name: str) -> Any:
        """A boto3 resource of the engine, by service name."""
        session: Any = self.session()  # boto3's types want the name as a literal
        return session.resource(name, endpoint_url=self.url)

    def deploy(self, parameters: Mapping[str, str], progress: Progress = print) -> Deployment:
        """Build, deploy, and make the API reachable; repeatable. Raises `ToolError`.

        `parameters` are the template's by name, without runtime and architecture: those are this machine's.
        """
        target = toolchain.local_target()
        stack = f"smartday-24sevenoffice-{parameters['Stage']}"
        with toolchain.turn(target.folder):
            toolchain.build_in_turn(target, progress)
            progress("Deploying …")
            toolchain.deploy(target, stack, parameters, self._deploy_environment())
        return self._finish(stack)

    def _finish(self, stack: str) -> Deployment:
        cloudformation = self.client("cloudformation")
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        resources = {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
        }
        template = cloudformation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
        body = template["Resources"]["HttpApi"]["Properties"]["Body"]
        api_url = f"{self.url}/_aws/execute-api/{resources['HttpApi']}/$default"
        _make_routes(self.client("apigatewayv2"), resources, body)
        self.client("ssm").put_parameter(
            Name=resources["ApiUrlParameter"], Value=api_url, Type="String", Overwrite=True
        )
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
        return Deployment(stack, api_url, outputs, resources)

    def _environment(self) -> dict[str, str]:
        """Only this: what the engine has in its environment, every function has too."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._state),
            "TMPDIR": str(self._state),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
        }

    def _deploy_environment(self) -> dict[str, str]:
        """Nothing of a real AWS account may be in reach."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # Seconds; the engine has no rate limit to spare.
            "SAM_CLI_POLL_DELAY": "0.2",
        }

    def _is_answering(self) -> bool:
        try:
            return httpx.get(f"{self.url}/_ministack/health", timeout=1, trust_env=False).is_success
        except httpx.HTTPError:
            return False


def unwind_on_sigterm() -> None:
    """Let SIGTERM end the program like `sys.exit`, so that engines and stand-ins are stopped on the way."""

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)


def _make_routes(api: "ApiGatewayV2Client", resources: Mapping[str, str], body: Mapping[str, Any]) -> None:
    """Make the routes that the engine doesn't read from the API's OpenAPI body; those there are stay."""
    api_id = resources["HttpApi"]
    present = {route["RouteKey"] for route in api.get_routes(ApiId=api_id)["Items"]}
    integrations: dict[str, str] = {}
    for route_key, function in _routes(body):
        if route_key in present:
            continue
        if function not in integrations:
            made = api.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{resources[function]}",
                PayloadFormatVersion="2.0",
            )
            integrations[function] = made["IntegrationId"]
        api.create_route(ApiId=api_id, RouteKey=route_key, Target=f"integrations/{integrations[function]}")


def _routes(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Route key and the function's logical id, of every operation."""
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            uri = str(operation["x-amazon-apigateway-integration"]["uri"])
            named = FUNCTION_ARN.search(uri)
            if named is None:
                raise ToolError(f"{method} {path} names no function: {uri}")
            yield f"{method.upper()} {path}", named[1]


def _memory() -> str | None:
    """A file system in memory, where there is a roomy one: each worker unpacks the layers anew."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_NEEDED
    return str(memory) if roomy else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end_group(group: int) -> None:
    """End workers that outlived the engine."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return

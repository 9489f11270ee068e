"""The whole set-up on one machine, for the demo, `serve` and tests: engine, stand-ins and the bundle."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from sandbox.engine import Deployment, Engine
from sandbox.smartday import demo as smartday_demo
from sandbox.toolchain import ROOT, Progress, ToolError
from sandbox.twentyfoursevenoffice import demo as erp_demo

START_SECONDS = 60

CREDENTIALS = {
    "agreement_number": smartday_demo.AGREEMENT_NUMBER,
    "bridge_user": smartday_demo.BRIDGE_USER,
    "bridge_password": smartday_demo.BRIDGE_PASSWORD,
    "erp_username": erp_demo.USERNAME,
    "erp_password": erp_demo.PASSWORD,
    "erp_identity_id": erp_demo.IDENTITY_ID,
    "application_id": erp_demo.APPLICATION_ID,
}
"""Logins of the stand-ins' demo customer."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a set-up may vary; a URL replaces the stand-in of that side.

    `smartday_arguments` and `erp_arguments` go to the stand-ins' command lines.
    """

    stage: str = "local"
    engine_port: int = 0
    smartday_url: str | None = None
    erp_url: str | None = None
    application_id: str = erp_demo.APPLICATION_ID
    settle_seconds: int = 900
    poll_minutes: int = 15
    smartday_arguments: Sequence[str] = field(default=())
    erp_arguments: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Local:
    """What runs: `smartday_url` includes `/v1`, as Smartday's base address does."""

    engine: Engine
    deployment: Deployment
    smartday_url: str
    erp_url: str

    @property
    def api_url(self) -> str:
        """The address of our own API."""
        return self.deployment.api_url


@contextmanager
def running(options: Options, progress: Progress) -> Iterator[Local]:
    """Start everything and deploy; all of it is gone afterwards. Raises `ToolError`."""
    with ExitStack() as stack, ThreadPoolExecutor() as threads:
        smartday = threads.submit(_smartday, stack, options)
        erp = threads.submit(_erp, stack, options)
        progress("Starting the engine and the stand-ins …")
        engine = stack.enter_context(Engine(options.engine_port))
        smartday_url, erp_url = smartday.result(), erp.result()
        parameters = {
            "Stage": options.stage,
            "SmartdayBaseUrl": smartday_url,
            "TwentyFourSevenOfficeBaseUrl": erp_url,
            "TwentyFourSevenOfficeApplicationId": options.application_id,
            "SettleSeconds": str(options.settle_seconds),
            "PollMinutes": str(options.poll_minutes),
        }
        yield Local(engine, engine.deploy(parameters, progress), smartday_url, erp_url)


def _smartday(stack: ExitStack, options: Options) -> str:
    if options.smartday_url:
        return options.smartday_url.rstrip("/")
    return stand_in(stack, "sandbox.smartday", options.smartday_arguments) + "/v1"


def _erp(stack: ExitStack, options: Options) -> str:
    if options.erp_url:
        return options.erp_url.rstrip("/")
    return stand_in(stack, "sandbox.twentyfoursevenoffice", options.erp_arguments)


def stand_in(stack: ExitStack, module: str, arguments: Sequence[str]) -> str:
    """Start a stand-in as a process, which ends with the stack; gives its address when it listens."""
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-m", module, "--port", "0", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # Ctrl-C reaches us alone: the stand-ins are stopped after what uses them.
            start_new_session=True,
        )
    )
    stack.callback(process.terminate)
    line = process.stdout.readline() if process.stdout else b""
    if not line:
        raise ToolError(f"{module} didn't start.")
    return str(json.loads(line)["url"])

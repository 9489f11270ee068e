"""What a cold start costs: imports of the built functions, with the layers' bytecode and without it.

Decision: the baseline is a copy of the same build whose bytecode is gone, which costs what an ordinary SAM
archive costs: its bytecode is rejected, since packaging zeroes file times (design 4.2). Both are measured in
turns, each in a fresh process, and by processor time: the wall clock mostly tells who else uses the machine.
"""

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sandbox.toolchain import LAYERS, REGION, ToolError, build, local_target

ROUNDS = 7
"""Processes of each kind; the median of fewer jumps about."""

FIRST_MESSAGE = {
    "intake_webhook": "from connector import bootstrap; bootstrap.webhook_ports()",
    "create_order": """
from connector import bootstrap
from connector.adapters.twentyfoursevenoffice.messages import build
ports = bootstrap.order_ports()
ports.field_service("104477")
ports.erp("104477")
build("Authenticate", "GetIdentity")
""",
    "activate_integration": "",
}
"""What each function loads besides, before its first call to anybody; the last loads all of it at import."""

PROGRAM = """
from time import process_time
begun = process_time()
import handler
imported = process_time()
{first_message}
print((imported - begun) * 1000, (process_time() - begun) * 1000)
"""

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_SECRET_ACCESS_KEY": "none",
    "POWERTOOLS_METRICS_NAMESPACE": "Bench",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "PYTHONDONTWRITEBYTECODE": "1",
    "SETTLE_SECONDS": "900",
    "SMARTDAY_BASE_URL": "http://127.0.0.1",
    "TWENTYFOURSEVENOFFICE_BASE_URL": "http://127.0.0.1",
}
NAMES = (
    "API_URL_PARAMETER", "BINDINGS_TABLE", "CURSORS_TABLE", "IMPORT_QUEUE_URL", "INTEGRATIONS_TABLE",
    "MASTER_KEY_SECRET_ID", "ORDER_QUEUE_URL", "RECONCILE_QUEUE_URL", "SECRETS_PREFIX", "SESSIONS_TABLE",
    "STAGE", "TASKS_TABLE", "TWENTYFOURSEVENOFFICE_APPLICATION_ID",
)  # fmt: skip
"""Settings that only have to be there: nothing is called."""


def main() -> None:
    """Measure and print the table."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    try:
        built = build(local_target(), console.print).parent
    except ToolError as error:
        sys.exit(str(error))
    _compile_runtime()
    with tempfile.TemporaryDirectory() as folder:
        # Both are copies, so that another build meanwhile changes neither.
        with_bytecode, bare = Path(folder, "with"), Path(folder, "bare")
        shutil.copytree(built, with_bytecode)
        shutil.copytree(built, bare, ignore=shutil.ignore_patterns("__pycache__"))
        measured = _measure(console, {"bytecode": with_bytecode, "bare": bare})
    _draw(console, measured)


def _compile_runtime() -> None:
    """Lambda's runtime brings boto3 with its bytecode; this environment may not have made it yet."""
    for package in ("boto3", "botocore", "dateutil", "s3transfer"):
        spec = find_spec(package)
        if spec and spec.origin:
            compileall.compile_dir(Path(spec.origin).parent, quiet=2)


Times = dict[tuple[str, str], list[tuple[float, float]]]
"""Function and build → milliseconds for the handler's import, and until ready for the first message."""


def _measure(console: Console, builds: Mapping[str, Path]) -> Times:
    times: Times = {(function, kind): [] for function in FIRST_MESSAGE for kind in builds}
    with console.status("Starting functions …"):
        for round_ in range(ROUNDS + 1):
            for function, kind in times:
                one = _start(builds[kind], function)
                if round_:  # the first round only brings the files into memory
                    times[function, kind].append(one)
    return times


def _start(build: Path, function: str) -> tuple[float, float]:
    """One fresh process; the layers lie before everything else on the path, as in Lambda's /opt/python."""
    folder = build / f"{function.title().replace('_', '')}Function"
    path = os.pathsep.join(str(place) for place in (folder, *(build / layer / "python" for layer in LAYERS)))
    environment = {**ENVIRONMENT, **dict.fromkeys(NAMES, "bench"), "PYTHONPATH": path}
    program = PROGRAM.format(first_message=FIRST_MESSAGE[function])
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True)
    imported, ready = map(float, done.stdout.split())
    return imported, ready


def _draw(console: Console, times: Times) -> None:
    table = Table(title=f"Cold start, median of {ROUNDS} processes, ms of processor time", show_edge=False)
    table.add_column("function")
    for heading in ("import", "without bytecode", "ratio", "ready", "without bytecode", "ratio"):
        table.add_column(heading, justify="right")
    for function in FIRST_MESSAGE:
        cells = []
        for place in (0, 1):
            ours, bare = (_median(times[function, kind], place) for kind in ("bytecode", "bare"))
            cells += [f"{ours:.0f}", f"{bare:.0f}", f"{bare / ours:.1f} ×"]
        table.add_row(function, *cells)
    console.print(table)
    console.print(
        "import: the handler's module. ready: also AWS clients, and for create_order both sides' clients and "
        "the SOAP builder. boto3 always has bytecode, as in Lambda's runtime.",
        style="dim",
    )


def _median(times: list[tuple[float, float]], place: int) -> float:
    return statistics.median(one[place] for one in times)


if __name__ == "__main__":
    main()

"""`make serve`: the whole set-up, left running until interrupted; one line of JSON when it is ready."""

import json
import os
import signal
import sys
from typing import NoReturn

from rich.console import Console

from sandbox.engine import unwind_on_sigterm
from sandbox.local import CREDENTIALS, Options, running
from sandbox.toolchain import ToolError
from sandbox.twentyfoursevenoffice import demo as erp_demo


def options_from_environment() -> Options:
    """What `make serve NAME=value` sets. Raises `ToolError` for a number that isn't one."""
    return Options(
        engine_port=_number("ENGINE_PORT", 0),
        smartday_url=os.environ.get("SMARTDAY_BASE_URL"),
        erp_url=os.environ.get("TWENTYFOURSEVENOFFICE_BASE_URL"),
        application_id=os.environ.get("TWENTYFOURSEVENOFFICE_APPLICATION_ID", erp_demo.APPLICATION_ID),
        settle_seconds=_number("SETTLE_SECONDS", 900),
        poll_minutes=_number("POLL_MINUTES", 15),
        smartday_arguments=("--customers", "60", "--products", "40", "--tasks", "20"),
        erp_arguments=("--customers", "60", "--products", "40"),
    )


def main() -> NoReturn:
    """Serve until interrupted."""
    unwind_on_sigterm()
    console = Console(stderr=True)
    try:
        options = options_from_environment()
        with running(options, lambda sentence: console.print(sentence, highlight=False)) as local:
            ready = {
                "api_url": local.api_url,
                "engine_url": local.engine.url,
                "smartday_url": local.smartday_url,
                "twentyfoursevenoffice_url": local.erp_url,
                "credentials": {**CREDENTIALS, "application_id": options.application_id},
            }
            print(json.dumps(ready, ensure_ascii=False), flush=True)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        sys.exit(0)
    except ToolError as error:
        sys.exit(str(error))


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdecimal():
        raise ToolError(f"{name} must be a whole number.")
    return int(text)


if __name__ == "__main__":
    main()

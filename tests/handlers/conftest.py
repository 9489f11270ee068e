"""Each function as `sam build` made it, in the environment of the deployed one."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import cache, partial
from typing import Any

import pytest

from sandbox.engine import ACCOUNT
from sandbox.local import Local
from sandbox.toolchain import LAYERS, REGION, ROOT, local_target
from tests.end_to_end.world import World
from tests.handlers.runtime import Function, running

Start = Callable[..., AbstractContextManager[Function]]


def read_event(name: str) -> dict[str, Any]:
    """A sample event of `events/`."""
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return event


@pytest.fixture(scope="session")
def start(world: World) -> Start:
    """Starts a function by its logical id; keyword arguments replace variables of its environment."""
    pytest.importorskip("awslambdaric", reason="AWS's runtime client has wheels for Linux only")
    return partial(_start, world.local)


@pytest.fixture(scope="session")
def function(start: Start) -> Iterator[Callable[[str], Function]]:
    """The function of that logical id, started when it is first asked for."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(start(name)))


def _start(local: Local, name: str, **changes: str) -> AbstractContextManager[Function]:
    deployed = local.engine.client("lambda").get_function_configuration(
        FunctionName=local.deployment.resources[name]
    )
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": local.engine.url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        **deployed["Environment"]["Variables"],
        **changes,
    }
    build = local_target().template.parent
    layers = [build / layer for layer in LAYERS]
    return running(build / name, deployed["Handler"], layers, environment, deployed["Timeout"])

"""SAM CLI as this project uses it: for which Python and processor to build, and with which interpreter.

Decision: a build knows its target by environment (the layers' Makefiles read it) and by template parameters
(SAM's cache does); each kind of target has a folder of its own, and a stamp in the layer says what it got.
"""

import argparse
import fcntl
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
BUILDS = ROOT / ".aws-sam"
REGION = "eu-north-1"

AWS_PYTHON = "3.13"
AWS_ARCHITECTURE = "arm64"
"""The template's defaults, which `make build` builds for."""

WHEEL_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}

Progress = Callable[[str], None]
"""Gets a sentence when something that takes time begins."""


class ToolError(Exception):
    """A build or deploy that can't be done or failed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """What archives are built for. `kind` names the folder: `aws` or `local`."""

    kind: str
    python: str
    architecture: str
    system: str = "linux"

    @property
    def stamp(self) -> str:
        """What a layer built for this says of itself."""
        return f"python{self.python} {self.architecture} {self.system}"

    @property
    def folder(self) -> Path:
        """Where build, cache and logs lie."""
        return BUILDS / self.kind

    @property
    def template(self) -> Path:
        """The built template, which `sam deploy` reads."""
        return self.folder / "build" / "template.yaml"

    @property
    def parameters(self) -> dict[str, str]:
        """The template's parameters that must agree with the build."""
        return {"PythonRuntime": f"python{self.python}", "Architecture": self.architecture}

    @property
    def wheels(self) -> str:
        """pip's options for the target's wheels; none for this machine.

        Lambda's python3.11 has glibc 2.26, later ones 2.34 (AWS Lambda runtimes: Amazon Linux 2 and 2023).
        """
        if self.kind == "local":
            return ""
        glibcs = ["2_17", "2_26"] if self.python == "3.11" else ["2_17", "2_26", "2_28", "2_34"]
        names = ["manylinux2014", *(f"manylinux_{glibc}" for glibc in glibcs)]
        platforms = " ".join(f"--platform {name}_{WHEEL_MACHINES[self.architecture]}" for name in names)
        return f"{platforms} --python-version {self.python} --implementation cp"


def local_target() -> Target:
    """This interpreter on this machine: what the local engine runs functions with."""
    machine = platform.machine().lower()
    architecture = "arm64" if machine in {"arm64", "aarch64"} else "x86_64"
    return Target("local", _version(), architecture, platform.system().lower())


def interpreter(python: str) -> Path:
    """An interpreter of that version from PATH, pyenv or uv, for bytecode. Raises `ToolError`."""
    for candidate in _candidates(python):
        if _works(candidate, python):
            return candidate
    raise ToolError(
        f"No Python {python} here, so its bytecode can't be made. Install it (pyenv install {python}, or "
        f"uv python install {python}, or your system's package), or build for another version."
    )


def build(target: Target, progress: Progress) -> Path:
    """Run `sam build`; gives the built template. Raises `ToolError`.

    Repeatable, and quick when nothing changed. Several processes at once take turns.
    """
    with turn(target.folder):
        build_in_turn(target, progress)
    return target.template


def build_in_turn(target: Target, progress: Progress) -> None:
    """`build`, by a process that holds the `turn` and keeps it for what it does with the archives."""
    compiler = Path(sys.executable) if target.kind == "local" else interpreter(target.python)
    progress(f"Building for {target.stamp} …")
    _sam_build(target, compiler)
    if stale(target):
        shutil.rmtree(target.folder / "cache", ignore_errors=True)
        _sam_build(target, compiler)
    if stale(target):
        raise ToolError(f"The layers in {target.folder} weren't built for {target.stamp}.")


LAYERS = ("DependenciesLayer", "ConnectorLayer")


def stale(target: Target) -> bool:
    """True when a built layer's stamp isn't the target's."""
    stamps = [target.template.parent / layer / "python" / "BUILD_TARGET" for layer in LAYERS]
    return any(not stamp.exists() or stamp.read_text().strip() != target.stamp for stamp in stamps)


def deploy(
    target: Target, stack: str, parameters: Mapping[str, str], environment: Mapping[str, str], *options: str
) -> None:
    """Run `sam deploy` of what was built for the target. Raises `ToolError`."""
    wanted = {**parameters, **target.parameters}
    arguments = [
        "deploy", "--config-file", str(ROOT / "samconfig.toml"), "--template-file", str(target.template),
        "--stack-name", stack, *options,
        "--parameter-overrides", *(override(name, value) for name, value in wanted.items()),
    ]  # fmt: skip
    sam(arguments, environment, target.folder / "log" / "deploy.log")


def override(name: str, value: str) -> str:
    """A parameter as SAM reads it: in double quotes, which it takes off again, whatever is inside."""
    escaped = value.replace('"', '\\"')
    return f'{name}="{escaped}"'


def sam(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """Run SAM CLI with its output in `log`, whose end is shown when it fails. Raises `ToolError`."""
    program = ROOT / ".venv-sam" / "bin" / "sam"
    if not program.exists():
        raise ToolError("SAM CLI isn't installed: run this through make, which does that.")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            [str(program), *arguments],
            cwd=ROOT,
            env={**environment, "SAM_CLI_TELEMETRY": "0"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise ToolError(f"sam {arguments[0]} failed; the end of {log}:\n{tail(log)}")


def tail(log: Path, lines: int = 40) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _sam_build(target: Target, compiler: Path) -> None:
    environment = {
        **os.environ,
        # sam itself looks for the runtime's interpreter on PATH.
        "PATH": f"{compiler.parent}{os.pathsep}{os.environ['PATH']}",
        "AWS_DEFAULT_REGION": REGION,
        "BUILD_TARGET": target.stamp,
        "BUILD_WHEELS": target.wheels,
        "BUILD_COMPILER": str(compiler),
        "BUILD_PIP": sys.executable,
    }
    overrides = [override(name, value) for name, value in target.parameters.items()]
    folders = ["--build-dir", str(target.template.parent), "--cache-dir", str(target.folder / "cache")]
    arguments = ["build", "--cached", "--parallel", *folders, "--parameter-overrides", *overrides]
    sam(arguments, environment, target.folder / "log" / "build.log")


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """One process at a time builds in the folder or reads what was built."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _candidates(python: str) -> Iterator[Path]:
    if on_path := shutil.which(f"python{python}"):
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from sorted(pyenv.glob(f"{python}.*/bin/python{python}"), reverse=True)
    if uv := shutil.which("uv"):
        found = subprocess.run([uv, "python", "find", python], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            yield Path(found.stdout.strip())


def _works(candidate: Path, python: str) -> bool:
    """pyenv puts stand-ins on PATH for versions that aren't switched on."""
    asked = [str(candidate), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == python


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _refuse_engine() -> None:
    """A deploy meant for AWS must never go to an engine, nor the other way round."""
    import boto3

    named = [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]
    if named:
        raise ToolError(f"{', '.join(named)} is set: this would deploy to a local engine, not to AWS.")
    endpoint = boto3.client("cloudformation").meta.endpoint_url
    if not (urlsplit(endpoint).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")):
        raise ToolError(f"The AWS profile names the endpoint {endpoint}: that isn't AWS.")


def _deploy_to_aws(target: Target) -> None:
    """The template's parameters come from the environment; the application id is never written to a file."""
    names = {
        "Stage": "STAGE",
        "SmartdayBaseUrl": "SMARTDAY_BASE_URL",
        "TwentyFourSevenOfficeBaseUrl": "TWENTYFOURSEVENOFFICE_BASE_URL",
        "TwentyFourSevenOfficeApplicationId": "TWENTYFOURSEVENOFFICE_APPLICATION_ID",
    }
    if missing := [name for name in names.values() if not os.environ.get(name)]:
        raise ToolError(f"Set {', '.join(missing)} first.")
    _refuse_engine()
    optional = {"SettleSeconds": "SETTLE_SECONDS", "PollMinutes": "POLL_MINUTES"}
    given = {key: os.environ[name] for key, name in {**names, **optional}.items() if os.environ.get(name)}
    build(target, print)
    print(f"Deploying; see {target.folder / 'log' / 'deploy.log'} …")
    deploy(target, f"smartday-24sevenoffice-{given['Stage']}", given, os.environ)


def main() -> None:
    """`python -m sandbox.toolchain build|deploy`: the archives for AWS, and to an AWS account."""
    arguments = argparse.ArgumentParser(description=main.__doc__)
    arguments.add_argument("command", choices=["build", "deploy"])
    arguments.add_argument("--python", default=AWS_PYTHON)
    arguments.add_argument("--architecture", default=AWS_ARCHITECTURE, choices=sorted(WHEEL_MACHINES))
    given = arguments.parse_args()
    target = Target("aws", given.python, given.architecture)
    try:
        if given.command == "deploy":
            _deploy_to_aws(target)
        else:
            print(f"Built: {build(target, print)}")
    except ToolError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

"""What `sam build` makes: layers that say what they are for, with bytecode that a SAM archive keeps."""

from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from sandbox import toolchain
from sandbox.toolchain import AWS_ARCHITECTURE, AWS_PYTHON, LAYERS, Target, ToolError

UNCHECKED_HASH = 0b01
"""The flags in a .pyc's second word (PEP 552)."""


@pytest.fixture(scope="module")
def built() -> Path:
    return toolchain.build(toolchain.local_target(), print).parent


@pytest.mark.engine
@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_says_what_it_was_built_for(built: Path, layer: str) -> None:
    stamp = (built / layer / "python" / "BUILD_TARGET").read_text(encoding="utf-8").strip()
    assert stamp == toolchain.local_target().stamp


@pytest.mark.engine
@pytest.mark.parametrize("layer", LAYERS)
def test_every_module_of_a_layer_has_bytecode_that_is_never_checked(built: Path, layer: str) -> None:
    modules = list((built / layer / "python").rglob("*.py"))
    assert modules
    for module in modules:
        (bytecode,) = (module.parent / "__pycache__").glob(f"{module.stem}.cpython-*.pyc")
        head = bytecode.read_bytes()[:8]
        assert head[:4] == MAGIC_NUMBER
        assert int.from_bytes(head[4:], "little") == UNCHECKED_HASH, bytecode


@pytest.mark.engine
def test_the_layer_has_what_runs_and_nothing_else(built: Path) -> None:
    layer = built / "DependenciesLayer" / "python"
    packages = {path.name for path in layer.iterdir()}
    assert {
        "httpx",
        "zeep",
        "lxml",
        "pydantic",
        "aws_lambda_powertools",
        "itsdangerous",
        "tzdata",
    } <= packages
    assert not packages & {"boto3", "botocore", "bin", "ministack"}
    assert not [path for path in layer.rglob("tests") if path.is_dir()]


@pytest.mark.engine
def test_a_layer_for_another_target_is_stale(built: Path) -> None:
    assert not toolchain.stale(toolchain.local_target())
    assert toolchain.stale(Target("local", "3.99", "x86_64"))


def test_the_archives_for_aws_are_for_the_templates_defaults() -> None:
    target = Target("aws", AWS_PYTHON, AWS_ARCHITECTURE)
    assert target.parameters == {"PythonRuntime": "python3.13", "Architecture": "arm64"}
    assert target.stamp == "python3.13 arm64 linux"
    assert "--platform manylinux2014_aarch64" in target.wheels
    assert "--python-version 3.13" in target.wheels


def test_local_and_aws_builds_never_share_a_folder() -> None:
    local, aws = toolchain.local_target(), Target("aws", AWS_PYTHON, AWS_ARCHITECTURE)
    assert not local.folder.is_relative_to(aws.folder)
    assert not aws.folder.is_relative_to(local.folder)


def test_python_3_11_gets_no_wheels_for_a_younger_glibc() -> None:
    assert "manylinux_2_28" not in Target("aws", "3.11", "arm64").wheels


def test_a_missing_interpreter_is_said() -> None:
    with pytest.raises(ToolError, match=r"No Python 3\.99 here"):
        toolchain.interpreter("3.99")


def test_parameters_keep_spaces_and_quotes() -> None:
    assert toolchain.override("Name", "a 'b' \"c\"") == 'Name="a \'b\' \\"c\\""'

"""The description of the API is valid, and tells what the template routes and the code answers."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from connector import usecases, web
from connector.domain.reason import Reason
from connector.domain.settings import Settings
from connector.web.api import ROUTES
from connector.web.bodies import (
    ActivationBody,
    ConfirmBody,
    DecisionBody,
    FinishedBody,
    ImportBody,
    SessionBody,
    TasksBody,
)
from connector.web.problems import FIELDS, PROBLEMS
from connector.web.settings_body import SettingsBody
from tests.fakes.browser import OPENAPI, openapi

TEMPLATE = OPENAPI.parents[1] / "template.yaml"


class AnyTag(yaml.SafeLoader):
    """Reads CloudFormation's `!Ref` and the like as what stands behind them."""


def _plain(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


AnyTag.add_multi_constructor("!", _plain)


def template_routes() -> Iterator[tuple[str, str]]:
    template = yaml.load(TEMPLATE.read_text(encoding="utf-8"), AnyTag)
    for resource in template["Resources"].values():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            if event["Type"] == "HttpApi":
                yield event["Properties"]["Method"].upper(), event["Properties"]["Path"]


def described_routes() -> set[tuple[str, str]]:
    methods = {"get", "put", "post", "delete", "patch"}
    return {
        (method.upper(), path)
        for path, calls in openapi()["paths"].items()
        for method in calls
        if method in methods
    }


def test_the_description_is_valid() -> None:
    validate(openapi())


def test_every_route_of_the_template_is_described_and_no_other() -> None:
    assert set(template_routes()) == described_routes()


def test_every_route_of_the_router_is_described() -> None:
    routed = {(method, re.sub(r"<(\w+)>", r"{\1}", rule)) for method, rule, _ in ROUTES}
    assert routed <= described_routes()


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("SessionBody", SessionBody),
        ("ActivationBody", ActivationBody),
        ("Settings", SettingsBody),
        ("ImportBody", ImportBody),
        ("TasksBody", TasksBody),
        ("DecisionBody", DecisionBody),
        ("FinishedBody", FinishedBody),
        ("ConfirmBody", ConfirmBody),
    ],
)
def test_bodies_have_the_described_fields(name: str, model: Any) -> None:
    described, read = openapi()["components"]["schemas"][name], model.model_json_schema()
    assert set(described["properties"]) == set(read["properties"])
    assert set(described.get("required", [])) == set(read.get("required", []))


def test_settings_may_be_named_as_the_domain_names_them_with_its_defaults() -> None:
    described = openapi()["components"]["schemas"]["Settings"]["properties"]
    assert SettingsBody().model_dump() == asdict(Settings())
    assert {name: one["default"] for name, one in described.items()} == asdict(Settings())


def test_every_code_has_words() -> None:
    folders = [Path(one) for one in (*usecases.__path__, *web.__path__)]
    source = "".join(file.read_text(encoding="utf-8") for folder in folders for file in folder.glob("*.py"))
    used = set(re.findall(r'Declined\(\s*"(\w+)"', source))
    assert used | {"smartday_unreachable", "erp_unreachable"} == set(PROBLEMS)
    fields = set(re.findall(r'FieldError\([\w"]+, "(\w+)"\)', source))
    assert fields <= set(FIELDS)
    described = openapi()["components"]["schemas"]["Problem"]["properties"]["errors"]["items"]
    assert set(described["properties"]["code"]["enum"]) == set(FIELDS)


def test_every_reason_is_said_in_both_languages() -> None:
    assert all(one.nb and one.en for one in Reason)

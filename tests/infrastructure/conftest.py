"""The template after SAM's transform, once for all checks."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.template import transformed

Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    return transformed()


@pytest.fixture(scope="session")
def of_type(template: dict[str, Any]) -> Callable[[str], Resources]:
    """Properties of all resources of a type, by logical id."""

    def find(kind: str) -> Resources:
        resources: Resources = template["Resources"]
        return {name: one.get("Properties", {}) for name, one in resources.items() if one["Type"] == kind}

    return find

"""The template as CloudFormation gets it: SAM's own transform, in process and without credentials.

Circular references and policies only show here. `python -m sandbox.template` prints it as JSON.
"""

import json
import os
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"

PLACEHOLDERS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}
"""Folders, which `sam package` replaces by archives before the transform sees them."""


def source() -> dict[str, Any]:
    """`template.yaml` as written, with CloudFormation's short forms spelled out."""
    from samtranslator.yaml_helper import yaml_parse

    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return parsed


def transformed() -> dict[str, Any]:
    """The template after the transform; parameters stay references."""
    # The transform asks for the partition of a region, and knows only AWS's.
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-north-1")
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    template = source()
    for resource in template["Resources"].values():
        if folder := PLACEHOLDERS.get(resource["Type"]):
            resource["Properties"][folder] = "s3://archives/archive.zip"
    # No role uses a managed policy of AWS, so the map of their names may be empty.
    result: dict[str, Any] = Translator({}, Parser()).translate(template, {})
    return result


if __name__ == "__main__":
    print(json.dumps(transformed(), indent=2))

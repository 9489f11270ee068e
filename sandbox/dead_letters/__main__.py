"""`make dead-letters` and `make redrive`: what is asked stands in the environment.

STAGE=prod QUEUE=orders python -m sandbox.dead_letters list
STAGE=prod TASK=48213 python -m sandbox.dead_letters redrive
"""

import json
import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from sandbox.dead_letters import commands
from sandbox.dead_letters.stack import choice_of, find
from sandbox.toolchain import ToolError


def main() -> None:
    """Exit status 1 when something was refused, not found, or not put back."""
    given = os.environ
    try:
        choice = choice_of(given) if sys.argv[1:] == ["redrive"] else None
        # boto3 itself reads AWS_DEFAULT_REGION only.
        session = boto3.Session(region_name=given.get("AWS_REGION"))
        stack = find(session, given.get("STAGE", "prod"), given.get("QUEUE"))
        if choice is not None:
            done = commands.redrive(stack, choice)
            print(done.words)
            sys.exit(0 if done.is_complete else 1)
        listing = commands.listed(stack)
        if given.get("JSON") == "yes":
            print(json.dumps([one.as_json() for one in listing.found], ensure_ascii=False, indent=2))
        else:
            commands.draw(Console(markup=False, highlight=False), listing)
    except (ToolError, BotoCoreError, ClientError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

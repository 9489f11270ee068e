"""`make recover`: give lost task records of a deployed stack their orders back from the ERP.

Decision: it only sends the message that asks for it; the work is the stack's own (docs/decisions/0012). boto3
finds the account, so AWS_PROFILE, AWS_REGION and, for a local engine, AWS_ENDPOINT_URL count.
"""

import json
import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.toolchain import ToolError


def recover(session: boto3.Session, stage: str, agreement_number: str) -> str:
    """Queue a full pass over the agreement's finished tasks; gives what was done and where its outcome will
    stand. Raises boto3's errors when nothing was sent.
    """
    stack = f"smartday-24sevenoffice-{stage}"
    described = session.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId="ReconcileQueue"
    )
    queue_url = described["StackResourceDetail"]["PhysicalResourceId"]
    message = json.dumps({"agreement_number": agreement_number, "stream": "tasks", "full": True})
    session.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=message, MessageGroupId=agreement_number
    )
    return (
        f"Sent to {queue_url}: {message}\n"
        f"In the log group /aws/lambda/{stack}-reconcile-tasks, `orders recovered` tells how many tasks got\n"
        "their orders back; `orders not recovered` tells why it failed, and it is tried again."
    )


def main() -> None:
    """`AGREEMENT=104477 STAGE=prod python -m sandbox.recover`; exit status 1 when nothing was sent."""
    try:
        agreement_number = os.environ.get("AGREEMENT", "")
        if not agreement_number.isdecimal():
            raise ToolError("Say which agreement: make recover AGREEMENT=104477 STAGE=prod")
        # boto3 itself reads AWS_DEFAULT_REGION only.
        session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
        print(recover(session, os.environ.get("STAGE", "prod"), agreement_number))
    except (ToolError, BotoCoreError, ClientError) as error:
        sys.exit(f"Nothing was sent. {error}")


if __name__ == "__main__":
    main()

"""AWS clients, built when first needed, and the one translation of AWS errors into ours.

boto3 is imported inside the functions: a Lambda function pays only for the clients that it uses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from connector.errors import RetryLater, Stale

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_ssm.client import SSMClient

THROTTLED = frozenset(
    {
        "KmsThrottled",
        "OverLimit",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TooManyUpdates",
        "TransactionConflictException",
    }
)
"""Error codes that mean "not now" (botocore's list of throttling codes; SQS and SSM API references)."""


def config() -> "Config":
    """Short time-outs and four tries, so that a call ends well before the shortest Lambda time-out. What is
    sent is checked by the services alone: a fifth of what it costs to write a binding.
    """
    from botocore.config import Config

    return Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 4},
        parameter_validation=False,
    )


@cache
def dynamodb() -> "DynamoDBServiceResource":
    """DynamoDB, one per process."""
    import boto3

    return boto3.resource("dynamodb", config=config())


def table(name: str) -> "Table":
    """One table by name; makes no call."""
    return dynamodb().Table(name)


@cache
def sqs() -> "SQSClient":
    """SQS, one per process."""
    import boto3

    return boto3.client("sqs", config=config())


@cache
def ssm() -> "SSMClient":
    """Systems Manager parameters, one per process."""
    import boto3

    return boto3.client("ssm", config=config())


@cache
def secrets_manager() -> "SecretsManagerClient":
    """Secrets Manager, one per process."""
    import boto3

    return boto3.client("secretsmanager", config=config())


@contextmanager
def translated() -> Iterator[None]:
    """Run AWS calls; throttling, failures of the service and of the line become `RetryLater`, a lost
    condition `Stale`. Anything else is a bug and goes up unchanged.
    """
    from botocore import exceptions

    try:
        yield
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise RetryLater("aws_unreachable") from error
    except exceptions.ClientError as error:
        known = _known(error)
        if known is None:
            raise
        raise known from error


def _known(error: "ClientError") -> RetryLater | Stale | None:
    code = error.response["Error"].get("Code", "")
    if code == "ConditionalCheckFailedException":
        return Stale("somebody else wrote first")
    if code in THROTTLED:
        return RetryLater("aws_throttled")
    if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
        return RetryLater("aws_unavailable")
    return None

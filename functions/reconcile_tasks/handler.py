"""Reconcile queue: each message names an integration whose finished tasks are polled."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from connector import bootstrap
from connector.batches import process
from connector.observability import count, log, metrics
from connector.usecases.reconcile_tasks import reconcile_tasks


@metrics().log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS event in, `batchItemFailures` out."""
    return process(event, context, _one)


def _one(body: str, _owner: str, deadline: datetime) -> None:
    message = bootstrap.read_stream_message(body)
    queued = reconcile_tasks(bootstrap.reconcile_ports(), message.agreement_number, deadline)
    log("tasks polled", agreement_number=message.agreement_number, count=queued)
    count("TasksFoundByPoll", queued)

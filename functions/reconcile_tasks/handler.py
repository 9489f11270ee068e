"""Reconcile queue: each message names an integration whose finished tasks are polled.

Before that a refused login is tried once more when it is time, and the webhook subscription is looked at;
neither keeps the poll from its work. A full pass, which only an operator asks for, first gives lost task
records their orders back.
"""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from connector import bootstrap
from connector.batches import process
from connector.errors import ConnectorError, CredentialsRejected, Refused, RetryLater
from connector.observability import count, log, log_failure, metrics
from connector.usecases.mend_subscription import mend_subscription
from connector.usecases.probe_login import probe_login
from connector.usecases.reconcile_tasks import reconcile_tasks
from connector.usecases.recover_orders import recover_orders


@metrics().log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS event in, `batchItemFailures` out."""
    return process(event, context, _one)


def _one(body: str, _owner: str, deadline: datetime) -> None:
    message = bootstrap.read_stream_message(body)
    if message.full:
        _recover(message.agreement_number, deadline, message.since)
        return
    for step in (_probe, _mend, _poll):
        step(message.agreement_number, deadline)


def _probe(agreement_number: str, deadline: datetime) -> None:
    try:
        is_taken = probe_login(bootstrap.probe_ports(), agreement_number, deadline)
    except (RetryLater, Refused) as error:
        log_failure("not resumed", error, agreement_number=agreement_number)
        return
    if is_taken:
        log("login taken again", agreement_number=agreement_number)
        count("LoginTakenAgain")


def _mend(agreement_number: str, _deadline: datetime) -> None:
    try:
        is_mended = mend_subscription(bootstrap.subscription_ports(), agreement_number)
    except (RetryLater, Refused, CredentialsRejected) as error:
        # The poll goes on without webhooks, and the next one looks again.
        log_failure("subscription not checked", error, agreement_number=agreement_number)
        return
    if is_mended:
        log("subscription mended", agreement_number=agreement_number)
        count("SubscriptionMended")


def _poll(agreement_number: str, deadline: datetime) -> None:
    try:
        queued = reconcile_tasks(bootstrap.reconcile_ports(), agreement_number, deadline)
    except (RetryLater, Refused) as error:
        # The next poll starts where this one stopped: a message of its own would only come on top.
        log_failure("tasks not polled", error, agreement_number=agreement_number)
        count("PollPostponed")
        return
    log("tasks polled", agreement_number=agreement_number, count=queued)
    count("TasksFoundByPoll", queued)


def _recover(agreement_number: str, deadline: datetime, since: datetime | None) -> None:
    try:
        count_recovered = recover_orders(bootstrap.recovery_ports(), agreement_number, deadline, since)
    except ConnectorError as error:
        log_failure("orders not recovered", error, agreement_number=agreement_number)
        raise
    log("orders recovered", agreement_number=agreement_number, count=count_recovered)

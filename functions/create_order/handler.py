"""Order queue: each message names a task; the task becomes its order, or the reason why not."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from connector import bootstrap
from connector.batches import process
from connector.observability import camel, count, log, metrics
from connector.usecases.create_order import create_order


@metrics().log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS event in, `batchItemFailures` out."""
    return process(event, context, _one)


def _one(body: str, owner: str, deadline: datetime) -> None:
    message = bootstrap.read_task_message(body)
    record = create_order(
        bootstrap.order_ports(), message.agreement_number, message.task_id, message.version, owner, deadline
    )
    state = record.state.value if record is not None else "taken_by_another"
    log(
        "task",
        agreement_number=message.agreement_number,
        task_id=message.task_id,
        version=message.version,
        state=state,
        reason=record.reason if record is not None else None,
    )
    count(f"Task{camel(state)}")
    if record is not None and record.reason is not None:
        count(f"Reason{camel(record.reason)}")

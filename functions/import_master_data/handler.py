"""Import queue: each message names a register of one integration; one pass over it is made."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from connector import bootstrap
from connector.batches import process
from connector.observability import camel, count, log, metrics
from connector.usecases.import_master_data import import_master_data


@metrics().log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS event in, `batchItemFailures` out."""
    return process(event, context, _one)


def _one(body: str, owner: str, deadline: datetime) -> None:
    message = bootstrap.read_stream_message(body)
    run = import_master_data(
        bootstrap.import_ports(),
        message.agreement_number,
        message.stream,
        message.full,
        owner,
        deadline,
    )
    log(
        "import",
        agreement_number=message.agreement_number,
        stream=message.stream.value,
        state=run.state.value if run is not None else "not_run",
        run_id=run.run_id if run is not None else None,
        count=run.seen if run is not None else None,
        error=run.error if run is not None else None,
    )
    if run is not None:
        count(f"Import{camel(run.state.value)}")

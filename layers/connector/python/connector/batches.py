"""SQS batches: each message is done on its own, and only those that failed come again.

Decision: nothing is raised out of a handler, since the runtime would log an exception's own text.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connector.observability import count, log_failure

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Work = Callable[[str, str, datetime], None]
"""One message's work: body, a name for this process's claim, and when the process will be ended (UTC)."""


def process(event: dict[str, Any], context: "LambdaContext", work: Work) -> dict[str, Any]:
    """Give each message to `work`; answers which failed (`batchItemFailures`)."""
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    deadline = datetime.now(UTC) + timedelta(milliseconds=context.get_remaining_time_in_millis())

    def record_handler(record: SQSRecord) -> None:
        owner = f"{context.aws_request_id}/{record.message_id}"
        try:
            work(record.body, owner, deadline)
        except Exception as error:
            log_failure("message failed", error, message_id=record.message_id)
            count("MessageFailed")
            raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    answer = process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
    return dict(answer)

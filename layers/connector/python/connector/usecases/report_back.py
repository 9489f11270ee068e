"""The receipt: what Smartday is told of an order, or of a task that became none (contract smartday 4.5)."""

from connector.domain import task_changes
from connector.errors import NotFound, Refused
from connector.usecases.task_work import Work


def send_receipt(work: Work) -> None:
    """Send what is owed, if anything is. Raises `RetryLater`: it stays owed, and no order is touched."""
    receipt = work.record.receipt
    if receipt is None:
        return
    try:
        work.service.send_receipt(work.record.task_id, receipt)
    except (Refused, NotFound) as error:
        code = error.code if isinstance(error, Refused) else "not_found"
        work.write(lambda record: task_changes.receipt_refused(record, code, work.ports.clock()))
    else:
        work.write(task_changes.receipt_sent)

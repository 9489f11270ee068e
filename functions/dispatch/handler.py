"""Every minute: queue what is due. Every quarter of an hour (`{"poll": true}`): queue the streams."""

from typing import Any

from connector import bootstrap
from connector.observability import count, log, metrics
from connector.usecases.dispatch import dispatch_due_tasks, dispatch_streams


@metrics().log_metrics
def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Schedule event in, what was queued out."""
    ports = bootstrap.dispatch_ports()
    if event.get("poll"):
        integrations = dispatch_streams(ports)
        log("streams queued", count=integrations)
        return {"integrations": integrations}
    tasks = dispatch_due_tasks(ports)
    log("due tasks queued", count=tasks)
    count("TasksDue", tasks)
    return {"tasks": tasks}

"""Every minute: queue what is due. Every quarter of an hour (`{"poll": true}`): queue the streams."""

from typing import Any

from connector import bootstrap
from connector.observability import count, log, log_failure, metrics
from connector.usecases.dispatch import DispatchPorts, dispatch_due_tasks, dispatch_streams


class DispatchFailed(Exception):
    """What is due wasn't all queued; the next minute tries again."""


@metrics().log_metrics
def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Schedule event in, what was queued out. Raises `DispatchFailed`, which an alarm counts."""
    try:
        return _dispatch(bootstrap.dispatch_ports(), poll=bool(event.get("poll")))
    except Exception as error:  # noqa: BLE001 - whatever it was, its text is not for the log
        log_failure("dispatch failed", error)
        # Lambda logs the text of what is raised: ours, not the cause's.
        raise DispatchFailed("see the line before") from None


def _dispatch(ports: DispatchPorts, *, poll: bool) -> dict[str, int]:
    if poll:
        integrations = dispatch_streams(ports)
        log("streams queued", count=integrations)
        count("IntegrationsPolled", integrations)
        return {"integrations": integrations}
    tasks = dispatch_due_tasks(ports)
    log("due tasks queued", count=tasks)
    count("TasksDue", tasks)
    return {"tasks": tasks}

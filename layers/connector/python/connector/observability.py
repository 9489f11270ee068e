"""What is logged and counted: an allow-list of fields, so that nothing personal or secret ever is.

Decision: an exception's own text is logged only when it is ours; others (pydantic, botocore) may quote
what they choked on, so of those only the type and the places are kept.
"""

import traceback
from functools import cache
from typing import TYPE_CHECKING

from connector.errors import ConnectorError

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

ALLOWED_FIELDS = frozenset(
    {
        "agreement_number",
        "cause",
        "count",
        "error",
        "error_text",
        "message_id",
        "places",
        "reason",
        "route",
        "run_id",
        "state",
        "status",
        "stream",
        "task_id",
        "verdict",
        "version",
    }
)


@cache
def _logger() -> "Logger":
    from aws_lambda_powertools import Logger

    return Logger()


@cache
def metrics() -> "Metrics":
    """The process's metrics; the names of service and namespace come from the environment."""
    from aws_lambda_powertools import Metrics

    return Metrics()


def log(event: str, **fields: object) -> None:
    """Write one line: what happened, and fields of the allow-list. Raises ValueError for any other."""
    strangers = fields.keys() - ALLOWED_FIELDS
    if strangers:
        raise ValueError(f"not on the list of fields that may be logged: {sorted(strangers)}")
    _logger().info(event, extra={key: value for key, value in fields.items() if value is not None})


def log_failure(event: str, error: BaseException, **fields: object) -> None:
    """Write one line about an exception: its type, the places it came through, and our own text only."""
    frames = traceback.extract_tb(error.__traceback__)
    log(
        event,
        error=type(error).__name__,
        cause=type(error.__cause__).__name__ if error.__cause__ is not None else None,
        error_text=str(error) if isinstance(error, ConnectorError) else None,
        places=[_place(frame) for frame in frames[-8:]],
        **fields,
    )


def _place(frame: traceback.FrameSummary) -> str:
    """File with its folder, for several are called `client.py`; line and function."""
    return f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno} {frame.name}"


def count(name: str, value: int = 1) -> None:
    """Add to a metric; it is written when the handler's `metrics().log_metrics` ends."""
    from aws_lambda_powertools.metrics import MetricUnit

    metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)


def camel(code: str) -> str:
    """`customer_unknown` → `CustomerUnknown`: a code as part of a metric's name."""
    return code.title().replace("_", "")

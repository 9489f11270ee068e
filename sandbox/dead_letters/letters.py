"""What a dead letter says; the shapes are those that the workers read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef


class TaskBody(BaseModel):
    """A message of the order queue: look at this task."""

    model_config = ConfigDict(strict=True)

    agreement_number: str = Field(min_length=1)
    task_id: str = Field(min_length=1)
    version: int


class StreamBody(BaseModel):
    """A message of the import or the reconcile queue: read this stream."""

    model_config = ConfigDict(strict=True)

    agreement_number: str = Field(min_length=1)
    stream: Literal["customers", "products", "tasks"]
    full: bool
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of the stack by the operator's word, where it gives up to, and its worker's log group."""

    name: str
    url: str
    dead_letters_url: str
    log_group: str

    @property
    def shape(self) -> type[TaskBody | StreamBody]:
        """What its messages look like."""
        return TaskBody if self.name == "orders" else StreamBody


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `message` is None when its body can't be read; `problem` says why, and quotes nothing.

    `receives` counts all receives, those of this tool among them. `receipt_handle` is of the latest receive.
    """

    queue: Queue
    message_id: str
    receipt_handle: str
    body: str
    message: TaskBody | StreamBody | None
    problem: str | None
    group: str | None
    sent_at: datetime
    receives: int

    @property
    def agreement_number(self) -> str | None:
        """Whose letter it is: by its body, else by its message group."""
        return self.message.agreement_number if self.message else self.group

    @property
    def task_id(self) -> str | None:
        """The task that it is about; None of a stream, or when it can't be read."""
        return self.message.task_id if isinstance(self.message, TaskBody) else None


def read(queue: Queue, received: "MessageTypeDef") -> Letter:
    """The letter in a message as SQS gives it, with all its system attributes."""
    message, problem = None, None
    try:
        message = queue.shape.model_validate_json(received["Body"])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        problem = ": ".join([*map(str, first["loc"]), first["msg"]])
    attributes = received["Attributes"]
    group = attributes.get("MessageGroupId")
    return Letter(
        queue=queue,
        message_id=received["MessageId"],
        receipt_handle=received["ReceiptHandle"],
        body=received["Body"],
        message=message,
        problem=problem,
        group=group or (message.agreement_number if message else None),
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        receives=int(attributes["ApproximateReceiveCount"]),
    )

"""Faults of AWS, in the real SDK client: what it sends, and what comes back, below every adapter.

The answers are those of the services' own error codes (DynamoDB and SQS API references). `OnAws`'s
clients try once, so that what an adapter sees is what the SDK gives after its last try.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session

from tests.faults.faults import Fault, Killed
from tests.faults.steps import Call
from tests.faults.world import World

Answer = AWSResponse | None
"""None lets the client send the request itself."""

DYNAMODB: Mapping[Fault, tuple[int, str]] = {
    Fault.HTTP_400: (400, "ValidationException"),
    Fault.HTTP_403: (400, "AccessDeniedException"),
    Fault.HTTP_404: (400, "ResourceNotFoundException"),
    Fault.HTTP_500: (500, "InternalServerError"),
    Fault.HTTP_502: (502, "BadGateway"),
    Fault.HTTP_503: (503, "ServiceUnavailable"),
    Fault.CLOCK_SKEW: (400, "InvalidSignatureException"),
    Fault.AWS_THROTTLED: (400, "ProvisionedThroughputExceededException"),
    Fault.CONDITIONAL_WRITE_LOST: (400, "ConditionalCheckFailedException"),
}
"""Status and code of DynamoDB's answers; a wrong clock makes every signature invalid."""

SQS: Mapping[Fault, tuple[int, str]] = {
    **DYNAMODB,
    Fault.HTTP_400: (400, "InvalidParameterValue"),
    Fault.HTTP_403: (403, "AccessDeniedException"),
    Fault.HTTP_404: (400, "QueueDoesNotExist"),
    Fault.CLOCK_SKEW: (403, "SignatureDoesNotMatch"),
    Fault.AWS_THROTTLED: (400, "RequestThrottled"),
}


@dataclass
class _InAws:
    """Meets the step's calls in the client, until it is ended."""

    world: World
    call: Call
    fault: Fault
    after: bool
    meanwhile: Callable[[], None]
    late: list[AWSPreparedRequest] = field(default_factory=list)
    _hits: int = 0
    _line: URLLib3Session = field(default_factory=URLLib3Session)

    def __post_init__(self) -> None:
        self._events.register(self._event, self._meet)

    @property
    def _event(self) -> str:
        return f"before-send.{self.call.operation}"

    @property
    def _events(self) -> Any:
        is_queue = self.call.operation.startswith("sqs")
        aws = self.world.ground.aws
        return (aws.sqs if is_queue else aws.dynamodb.meta.client).meta.events

    def hits(self) -> int:
        return self._hits

    def end(self) -> None:
        self._events.unregister(self._event, self._meet)
        for request in self.late:
            self._line.send(request)
        self._line.close()

    def _meet(self, request: AWSPreparedRequest, **_: Any) -> Answer:
        body = _body(request)
        if body.get("TableName", "") != self.call.table or not self.call.is_meant(body):
            return None
        self._hits += 1
        return self._answer(request)

    def _answer(self, request: AWSPreparedRequest) -> Answer:
        match self.fault:
            case Fault.REFUSED_CONNECTION:
                raise EndpointConnectionError(endpoint_url=request.url)
            case Fault.TIMEOUT_BEFORE_EFFECT:
                raise ConnectTimeoutError(endpoint_url=request.url)
            case Fault.TIMEOUT_AFTER_EFFECT:
                self._line.send(request)
                raise ReadTimeoutError(endpoint_url=request.url)
            case Fault.LATE_EFFECT:
                self.late.append(request)
                raise ReadTimeoutError(endpoint_url=request.url)
            case Fault.RESET_WHILE_READING:
                self._line.send(request)
                raise ConnectionClosedError(endpoint_url=request.url)
            case Fault.KILLED_BEFORE_EFFECT:
                raise Killed
            case Fault.KILLED_AFTER_EFFECT:
                self._line.send(request)
                raise Killed
            case Fault.TWICE_AT_ONCE:
                self._events.unregister(self._event, self._meet)
                self.meanwhile()
                return None
            case Fault.QUEUE_REFUSES:
                return _refused_entries(request)
            case _:
                return self._error(request)

    def _error(self, request: AWSPreparedRequest) -> Answer:
        if self.after:
            self._line.send(request)
        status, code = (SQS if self.call.operation.startswith("sqs") else DYNAMODB)[self.fault]
        return _answered(request, status, {"__type": f"com.amazonaws#{code}", "message": "as planted"})


def plant_in_aws(
    world: World, call: Call, fault: Fault, *, after: bool, meanwhile: Callable[[], None]
) -> _InAws:
    """Meet the step's calls in the real client. `after`: an error comes although the effect took place."""
    return _InAws(world, call, fault, after, meanwhile)


def _refused_entries(request: AWSPreparedRequest) -> AWSResponse:
    """SendMessageBatch succeeds as a call, and takes none of its messages."""
    entries = _body(request)["Entries"]
    failed = [{"Id": one["Id"], "SenderFault": False, "Code": "InternalError"} for one in entries]
    return _answered(request, 200, {"Failed": failed})


def _body(request: AWSPreparedRequest) -> dict[str, Any]:
    assert isinstance(request.body, str | bytes)
    body: dict[str, Any] = json.loads(request.body)
    return body


def _answered(request: AWSPreparedRequest, status: int, body: Mapping[str, Any]) -> AWSResponse:
    class Raw:
        def stream(self) -> Iterator[bytes]:
            yield json.dumps(body).encode()

    raw: Any = Raw()  # of a whole response only this is read
    return AWSResponse(request.url, status, HTTPHeaders(), raw)

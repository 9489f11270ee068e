"""What AWS does wrong at times: an answer is lost, a batch is left half read, a call is refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from connector.adapters.dynamodb.tasks import DynamoTaskStore
from connector.domain.task_record import TaskRecord
from connector.errors import RetryLater

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def record(task_id: str = "48213", wanted_version: int = 0) -> TaskRecord:
    return TaskRecord("104477", task_id, NOW, NOW, wanted_version=wanted_version)


@pytest.fixture
def table(account: Any) -> Any:
    account.create_table("tasks")
    return account.table("tasks")


@pytest.mark.engine
def test_a_save_whose_answer_was_lost_does_not_lose_against_itself(table: Any) -> None:
    lost: list[str] = []

    def take_effect_then_lose_the_answer(request: Any, **_: Any) -> None:
        if lost:
            return
        line = URLLib3Session()
        line.send(request)
        line.close()
        lost.append(request.url)
        raise ReadTimeoutError(endpoint_url=request.url)

    table.meta.client.meta.events.register("before-send.dynamodb.PutItem", take_effect_then_lose_the_answer)
    store = DynamoTaskStore(table)
    saved = store.save(record())
    assert lost
    assert saved.revision == 1
    assert store.get("104477", "48213") == saved


@pytest.mark.engine
def test_keys_that_a_batch_read_left_out_are_asked_for_again(table: Any) -> None:
    store = DynamoTaskStore(table)
    for place in range(120):
        store.save(record(f"t{place}", wanted_version=place))
    rounds: list[int] = []

    def leave_one_out(parsed: dict[str, Any], **_: Any) -> None:
        items = parsed["Responses"]["tasks"]
        rounds.append(len(items))
        if len(rounds) == 1:
            left_out = items.pop()["task_id"]
            key = {"agreement_number": {"S": "104477"}, "task_id": left_out}
            parsed["UnprocessedKeys"] = {
                "tasks": {"Keys": [key], "ProjectionExpression": "task_id, wanted_version"}
            }

    table.meta.client.meta.events.register_first("after-call.dynamodb.BatchGetItem", leave_one_out)
    versions = store.handled_versions("104477", [f"t{place}" for place in range(120)])
    assert versions == {f"t{place}": place for place in range(120)}
    assert rounds == [100, 1, 20]


def answering(table: Any, status: int, code: str) -> None:
    """Have every call answered with this error, as the service would send it."""

    class Raw:
        def stream(self) -> Iterator[bytes]:
            yield json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}).encode()

    raw: Any = Raw()  # of a whole response only this is read

    def answer(request: Any, **_: Any) -> Any:
        return AWSResponse(request.url, status, HTTPHeaders(), raw)

    table.meta.client.meta.events.register("before-send.dynamodb", answer)


@pytest.fixture
def unreached(account: Any) -> Any:
    return account.table("tasks", tries=1)


@pytest.mark.engine
@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (400, "ThrottlingException", "aws_throttled"),
        (400, "ProvisionedThroughputExceededException", "aws_throttled"),
        (500, "InternalServerError", "aws_unavailable"),
        (503, "ServiceUnavailable", "aws_unavailable"),
    ],
)
def test_what_passes_is_tried_later(unreached: Any, status: int, code: str, reason: str) -> None:
    answering(unreached, status, code)
    with pytest.raises(RetryLater) as raised:
        DynamoTaskStore(unreached).save(record())
    assert raised.value.reason == reason


@pytest.mark.engine
def test_a_mistake_of_ours_goes_up_unchanged(unreached: Any) -> None:
    answering(unreached, 400, "ValidationException")
    with pytest.raises(ClientError):
        DynamoTaskStore(unreached).get("104477", "48213")


def test_an_unreachable_database_is_tried_later() -> None:
    nobody = boto3.resource(
        "dynamodb",
        endpoint_url="http://127.0.0.1:1",
        region_name="eu-north-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    with pytest.raises(RetryLater, match="aws_unreachable"):
        DynamoTaskStore(nobody.Table("tasks")).get("104477", "48213")

"""A batch of messages: each on its own, and only those that failed come again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from connector import observability
from connector.batches import process
from connector.errors import RetryLater

SECRET = "Kari Nordmann"


class Context(LambdaContext):
    """Half a minute is left."""

    def __init__(self) -> None:
        self._aws_request_id = "request-1"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """A logger of each test's own, writing to what the test captures."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Connector")
    observability._logger.cache_clear()
    yield
    observability._logger.cache_clear()
    observability.metrics().clear_metrics()


def event(*bodies: str) -> dict[str, Any]:
    records = [
        {
            "messageId": f"m-{number}",
            "receiptHandle": "h",
            "body": body,
            "attributes": {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-north-1:123456789012:orders",
            "awsRegion": "eu-north-1",
        }
        for number, body in enumerate(bodies, 1)
    ]
    return {"Records": records}


def run(*bodies: str, poison: Exception | None = None) -> tuple[list[str], list[str]]:
    """Which messages were done, and which shall come again."""
    done = []

    def work(body: str, owner: str, deadline: datetime) -> None:
        if body == "poison" and poison:
            raise poison
        done.append(body)

    answer = process(event(*bodies), Context(), work)
    return done, [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_a_batch_that_is_done_does_not_come_again() -> None:
    assert run("a", "b") == (["a", "b"], [])


def test_a_poison_message_among_nine_good_comes_again_alone() -> None:
    good = list("abcdefghi")
    assert run(*good[:4], "poison", *good[4:], poison=ValueError("bad")) == (good, ["m-5"])


def test_when_every_message_fails_all_come_again_and_nothing_is_raised() -> None:
    assert run("poison", "poison", poison=RetryLater("table_throttled")) == ([], ["m-1", "m-2"])


def test_the_work_learns_who_it_is_and_how_long_it_has() -> None:
    heard = []
    process(event("a", "b"), Context(), lambda *given: heard.append(given))
    (_, first, deadline), (_, second, _) = heard
    assert (first, second) == ("request-1/m-1", "request-1/m-2")
    left = deadline - datetime.now(UTC)
    assert timedelta(seconds=20) < left <= timedelta(seconds=30)


def test_a_failure_is_counted_and_logged_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    run("poison", poison=ValueError(SECRET))
    (line,) = capsys.readouterr().out.splitlines()
    logged = json.loads(line)
    assert (logged["error"], logged["message_id"]) == ("ValueError", "m-1")
    assert SECRET not in line
    counted: Any = observability.metrics().serialize_metric_set()
    assert counted["MessageFailed"] == [1.0]


def test_the_end_of_the_process_is_not_a_failed_message() -> None:
    class Killed(BaseException):
        pass

    def work(body: str, owner: str, deadline: datetime) -> None:
        raise Killed

    with pytest.raises(Killed):
        process(event("a"), Context(), work)

"""What reaches the log: fields of a list, and of exceptions only what is ours to say."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connector import observability
from connector.errors import Refused, Side
from connector.observability import count, log, log_failure, metrics

SECRET = "Kari Nordmann, hemmelig-passord"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """A logger of each test's own: powertools keeps it by name, with the output of that time."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Connector")
    observability._logger.cache_clear()
    yield
    observability._logger.cache_clear()


def only_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = capsys.readouterr().out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def failure(error: Exception) -> BaseException:
    """The error as raised and caught, with the places it came through."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_a_line_is_json_with_its_fields_and_without_empty_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log("task", task_id="48213", version=7, reason=None)
    line = only_line(capsys)
    assert (line["message"], line["task_id"], line["version"]) == ("task", "48213", 7)
    assert "reason" not in line


@pytest.mark.parametrize("field", ["password", "name", "body", "user"])
def test_a_field_that_is_not_on_the_list_is_never_written(
    capsys: pytest.CaptureFixture[str], field: str
) -> None:
    with pytest.raises(ValueError, match=field) as raised:
        log("task", **{field: SECRET})
    assert SECRET not in str(raised.value)
    assert capsys.readouterr().out == ""


def test_our_own_errors_say_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    log_failure("failed", failure(Refused(Side.ERP, "Validation", SECRET)), task_id="48213")
    line = only_line(capsys)
    assert (line["error"], line["error_text"]) == ("Refused", "twentyfoursevenoffice: Validation")
    assert line["task_id"] == "48213"
    assert SECRET not in json.dumps(line, ensure_ascii=False)


def test_of_other_errors_only_the_type_and_the_places_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    log_failure("failed", failure(ValueError(SECRET)))
    line = only_line(capsys)
    assert line["error"] == "ValueError"
    assert "error_text" not in line
    assert line["places"][-1].startswith("unit/test_observability.py:")
    assert line["places"][-1].endswith(" failure")
    assert SECRET not in json.dumps(line, ensure_ascii=False)


def test_counts_are_added_up_and_written_when_the_handler_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @metrics().log_metrics
    def handler(event: dict[str, Any], context: object) -> None:
        count("RecordsWritten", 40)
        count("RecordsWritten")

    handler({}, None)
    assert sum(only_line(capsys)["RecordsWritten"]) == 41

"""Why a letter is dead. SQS keeps no reason: body, worker's log and task record are asked for it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.dead_letters.letters import Letter
from sandbox.toolchain import ROOT

FAILED = "message failed"
"""What a worker logs about a message that raised, with its id."""

PACKAGE = ROOT / "layers" / "connector" / "python" / "connector"
OUR_FOLDERS = frozenset({PACKAGE.name, *(path.name for path in PACKAGE.rglob("*") if path.is_dir())})

NO_WORD = "no worker left a word about it: its process was killed or ran out of time"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a letter is dead, and for a task what its record says now; both in words."""

    reason: str
    record: str | None = None


class Reasons:
    """Finds reasons in a stack: `logs` is a client of CloudWatch Logs, `tasks` the table of task records."""

    def __init__(self, logs: Any, tasks: Any) -> None:
        self._logs = logs
        self._tasks = tasks

    def of(self, letters: Sequence[Letter]) -> dict[str, Diagnosis]:
        """The reason of each letter by message id; all are of one queue, whose log is read once."""
        failures = self._failures(letters)
        return {one.message_id: self._diagnosis(one, failures.get(one.message_id, [])) for one in letters}

    def _failures(self, letters: Sequence[Letter]) -> Mapping[str, list[dict[str, Any]]]:
        """The worker's lines about each of the messages, oldest first."""
        wanted = {one.message_id for one in letters if one.message}
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        if wanted:
            since = min(one.sent_at for one in letters)
            for line in self._lines(letters[0].queue.log_group, since):
                if line.get("message") == FAILED and line.get("message_id") in wanted:
                    found[line["message_id"]].append(line)
        return found

    def _lines(self, log_group: str, since: datetime) -> Iterator[dict[str, Any]]:
        """Lines with those words; not by a pattern for JSON, which the local engine takes for "all"."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=log_group, startTime=int(since.timestamp() * 1000), filterPattern=f'"{FAILED}"'
        )
        for page in pages:
            for event in page["events"]:
                try:
                    line = json.loads(event["message"])
                except ValueError:
                    continue
                if isinstance(line, dict):
                    yield line | {"at": datetime.fromtimestamp(event["timestamp"] / 1000, UTC)}

    def _diagnosis(self, letter: Letter, failures: list[dict[str, Any]]) -> Diagnosis:
        if letter.message is None:
            return Diagnosis(f"its body can't be read: {letter.problem}")
        record = self._record(letter)
        reason = _failed(failures) if failures else _ended(letter, record)
        return Diagnosis(reason, _in_words(record) if letter.task_id is not None else None)

    def _record(self, letter: Letter) -> Mapping[str, Any]:
        """The task record; empty when there is none, and for a stream."""
        if letter.task_id is None:
            return {}
        key = {"agreement_number": letter.agreement_number, "task_id": letter.task_id}
        item: Mapping[str, Any] = self._tasks.get_item(Key=key, ConsistentRead=True).get("Item", {})
        return item


def _failed(failures: list[dict[str, Any]]) -> str:
    last = failures[-1]
    error = str(last["error"]) + (f" ({last['cause']})" if last.get("cause") else "")
    text = f": {last['error_text']}" if last.get("error_text") else ""
    ours = [place for place in last.get("places", []) if place.split("/")[0] in OUR_FOLDERS]
    place = f", in {ours[-1]}" if ours else ""
    times = "once" if len(failures) == 1 else f"{len(failures)} times"
    return f"failed {times}, last {moment(last['at'])}: {error}{text}{place}"


def _ended(letter: Letter, record: Mapping[str, Any]) -> str:
    """A claim that nobody gave back bears the request and the message it was made for."""
    request, _, message_id = str(record.get("lease_owner", "")).rpartition("/")
    if request and message_id == letter.message_id:
        return f"{NO_WORD}, while it worked on the task (request {request})"
    return NO_WORD


def _in_words(record: Mapping[str, Any]) -> str:
    if not record:
        return "no task record"
    words = [str(record["state"])]
    if record.get("reason"):
        words.append(f"({record['reason']})")
    words.append(f"at version {record.get('handled_version', 0)}")
    if record.get("failures"):
        words.append(f"after {record['failures']} failed tries")
    return "task record: " + " ".join(words)


def moment(time: datetime) -> str:
    """To the second and in UTC, as the logs have it."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

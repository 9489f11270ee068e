"""A webhook from Smartday: prove it, then queue its task. Nothing else happens on this path.

No table is read: an unknown agreement's secret is derived like any other, so that the answer, and the
time it takes, tell nothing about who is a customer (design 3).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from connector.domain.derived_keys import webhook_secret
from connector.ports import Clock, Proof, TaskQueue

BODY_LIMIT = 256 * 1024
"""Bytes; Smartday's thin events are about 1 kB (design 3)."""

TASK_EVENTS = frozenset({"task.status_changed", "task.updated"})
OWN_ORIGIN = "bridge"
"""Origin of changes that came through the API, ours among them: following those would make a loop."""

GENERATIONS = range(1, 10_000)


class Verdict(StrEnum):
    """What became of a webhook."""

    QUEUED = "queued"
    IGNORED = "ignored"
    TOO_LARGE = "too_large"
    NOT_GENUINE = "not_genuine"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One request as received: `generation` is the address's `k`, `body` the raw bytes."""

    agreement_number: str
    generation: str | None
    timestamp: str | None
    signature: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookPorts:
    """What accepting webhooks needs."""

    clock: Clock
    master_key: Callable[[], bytes]
    proof: Proof
    queue: TaskQueue


def accept_webhook(ports: WebhookPorts, webhook: Webhook) -> Verdict:
    """Check the proof over the raw body, then queue the task. Raises `RetryLater` when it can't be stored."""
    if len(webhook.body) > BODY_LIMIT:
        return Verdict.TOO_LARGE
    if not _is_genuine(ports, webhook):
        return Verdict.NOT_GENUINE
    try:
        event = _read(webhook)
    except (ValueError, KeyError, TypeError, RecursionError):
        return Verdict.MALFORMED
    if event is None:
        return Verdict.IGNORED
    task_id, version = event
    ports.queue.send(webhook.agreement_number, {task_id: version})
    return Verdict.QUEUED


def _is_genuine(ports: WebhookPorts, webhook: Webhook) -> bool:
    text = webhook.generation or "1"
    known = text.isascii() and text.isdigit() and len(text) < 5 and int(text) in GENERATIONS
    secret = webhook_secret(ports.master_key(), webhook.agreement_number, int(text) if known else 0)
    proven = ports.proof([secret], webhook.timestamp, webhook.signature, webhook.body, ports.clock())
    return proven and known


def _read(webhook: Webhook) -> tuple[str, int] | None:
    """Task id and version, None for what we don't follow. Raises ValueError for what is no event."""
    event = json.loads(webhook.body.decode("utf-8"))
    if not isinstance(event["type"], str) or not isinstance(event["data"], dict):
        raise ValueError("not an event")
    named = event.get("agreement_number")
    if named is not None and str(named) != webhook.agreement_number:
        raise ValueError("the event names another agreement than the address")
    if event["type"] not in TASK_EVENTS or event.get("origin") == OWN_ORIGIN:
        return None
    task_id, version = event["data"]["task_id"], event["data"].get("version", 0)
    if not isinstance(task_id, str) or not task_id.strip() or len(task_id) > 200:
        raise ValueError("no task id")
    task_id.encode()  # half a surrogate pair can't be stored: UnicodeEncodeError is a ValueError
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise ValueError("no version")
    return task_id, version

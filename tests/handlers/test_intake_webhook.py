"""intake_webhook: genuine is queued, everything else is refused in as few words as possible."""

import base64
import json
from collections.abc import Callable
from typing import Any

from sandbox.local import Local
from tests.handlers.conftest import Start, read_event
from tests.handlers.runtime import Function
from tests.handlers.signing import signed

Functions = Callable[[str], Function]

ACCEPTED = {
    "statusCode": 202,
    "headers": {"Content-Type": "application/json"},
    "body": '{"accepted":true}',
}


def problem(status: int, code: str, text: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/problem+json"},
        "body": f'{{"type": "about:blank", "title": "{text}", "status": {status}, "code": "{code}"}}',
    }


def webhook(local: Local, body: bytes | None = None, age_seconds: float = 0) -> dict[str, Any]:
    """The sample event, or one with another body, signed that long ago; bytes come as base64."""
    event = read_event("webhook_task_finished")
    raw = event["body"].encode() if body is None else body
    event["headers"] |= signed(local, raw, age_seconds)
    if body is None:
        return event
    return event | {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def test_a_genuine_webhook_is_queued(local: Local, function: Functions) -> None:
    assert function("IntakeWebhookFunction").invoke(webhook(local)) == ACCEPTED


def test_forged_late_and_unknown_get_the_same_answer_to_the_letter(local: Local, function: Functions) -> None:
    forged = read_event("webhook_task_finished")
    late = webhook(local, age_seconds=3600)
    unknown = webhook(local) | {"pathParameters": {"agreement_number": "999999"}}
    answers = [function("IntakeWebhookFunction").invoke(event) for event in (forged, late, unknown)]
    assert answers[0] == problem(401, "not_genuine", "Meldingen er ikke gyldig signert.")
    assert len({json.dumps(answer) for answer in answers}) == 1


def test_a_signed_webhook_that_is_no_event_is_malformed(local: Local, function: Functions) -> None:
    malformed = problem(400, "malformed", "Meldingen er ikke en hendelse i JSON.")
    intake = function("IntakeWebhookFunction")
    assert intake.invoke(webhook(local, b"ikke json")) == malformed
    assert intake.invoke(webhook(local, '{"type": "blåbær"}'.encode("latin-1"))) == malformed


def test_a_large_webhook_is_refused(local: Local, function: Functions) -> None:
    event = webhook(local) | {"body": "x" * 300_000}
    too_large = problem(413, "too_large", "Meldingen er større enn 256 kB.")
    assert function("IntakeWebhookFunction").invoke(event) == too_large


def test_a_webhook_that_cannot_be_queued_is_asked_for_again(local: Local, start: Start) -> None:
    nowhere = f"{local.engine.url}/000000000000/finnes-ikke"
    with start("IntakeWebhookFunction", ORDER_QUEUE_URL=nowhere) as intake:
        answer = intake.invoke(webhook(local))
    assert answer == problem(503, "not_stored", "Meldingen ble ikke lagret. Send den på nytt.")

"""POST /webhooks/smartday/{agreement_number}: prove, queue, 202. Reads one secret and sends one message.

Kept lean for a quick cold start: no router, no HTTP client, no SOAP.
"""

import base64
import binascii
import json
from typing import Any

from connector import bootstrap
from connector.errors import RetryLater
from connector.observability import camel, count, log, log_failure, metrics
from connector.usecases.accept_webhook import Verdict, Webhook, accept_webhook

ANSWERS: dict[Verdict, tuple[int, str, str]] = {
    Verdict.TOO_LARGE: (413, "too_large", "Meldingen er større enn 256 kB."),
    Verdict.NOT_GENUINE: (401, "not_genuine", "Meldingen er ikke gyldig signert."),
    Verdict.MALFORMED: (400, "malformed", "Meldingen er ikke en hendelse i JSON."),
}
"""Problems per RFC 9457; the 401 is the same to the letter whatever was wrong with the proof (design 3)."""


@metrics().log_metrics
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """API Gateway HTTP API event (payload 2.0) in, HTTP answer out; never raises."""
    try:
        webhook = _webhook(event)
        verdict = accept_webhook(bootstrap.webhook_ports(), webhook)
    except RetryLater as error:
        log_failure("webhook not stored", error, reason=error.reason)
        return _problem(503, "not_stored", "Meldingen ble ikke lagret. Send den på nytt.")
    except Exception as error:  # noqa: BLE001 - Lambda would log its text; Bridge sends again on 503
        log_failure("webhook failed", error)
        return _problem(503, "not_stored", "Meldingen ble ikke lagret. Send den på nytt.")
    log("webhook", verdict=verdict.value)
    count(f"Webhook{camel(verdict.value)}")
    if verdict in ANSWERS:
        return _problem(*ANSWERS[verdict])
    return {"statusCode": 202, "headers": {"Content-Type": "application/json"}, "body": '{"accepted":true}'}


def _webhook(event: dict[str, Any]) -> Webhook:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Webhook(
        agreement_number=event["pathParameters"]["agreement_number"],
        generation=(event.get("queryStringParameters") or {}).get("k"),
        timestamp=headers.get("smartday-timestamp"),
        signature=headers.get("smartday-signature"),
        body=_body(event),
    )


def _body(event: dict[str, Any]) -> bytes:
    """The bytes as sent: what isn't text to API Gateway comes as base64."""
    text: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "surrogatepass")


def _problem(status: int, code: str, detail: str) -> dict[str, Any]:
    problem = {"type": "about:blank", "title": detail, "status": status, "code": code}
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/problem+json"},
        "body": json.dumps(problem, ensure_ascii=False),
    }

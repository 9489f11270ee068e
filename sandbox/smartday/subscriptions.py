"""Webhook subscriptions, the event feed and past deliveries (contract smartday 4.2, 4.8).

Decision: a secret is never shown again, and when it changes the old one signs beside the new one until the
subscription is written once more with the same secret.
"""

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from sandbox.smartday.state import agreement_of
from sandbox.smartday.webhooks import delivery_of, sender_of
from sandbox.smartday.wire import ProblemError, Record, answer, body_object, page, query_int

EVENT_TYPES = ("task.status_changed", "task.updated", "customer.created", "customer.updated")


async def put_subscription(request: Request) -> Response:
    """`PUT /webhook-subscriptions/{subscription_id}`: 201 created, 200 replaced."""
    agreement, key = agreement_of(request), request.path_params["subscription_id"]
    body = await body_object(request)
    if errors := _errors(body):
        raise ProblemError(422, "validation_failed", f"{len(errors)} felt ble avvist.", errors=errors)
    current = agreement.subscriptions.get(key)
    newest = current["secrets"][0] if current else body["secret"]
    subscription = {
        "id": key,
        "url": body["url"],
        "events": list(body["events"]),
        "active": body.get("active", True),
        "secrets": list(dict.fromkeys((body["secret"], newest))),
    }
    if current:
        current.update(subscription)
    else:
        agreement.subscriptions[key] = subscription
    return answer(shown_subscription(subscription), 200 if current else 201)


async def get_subscription(request: Request) -> Response:
    """`GET /webhook-subscriptions/{subscription_id}`, without the secret."""
    return answer(shown_subscription(_subscription(request)))


async def delete_subscription(request: Request) -> Response:
    """`DELETE /webhook-subscriptions/{subscription_id}`: 204."""
    subscription = _subscription(request)
    subscription["active"] = False  # what still waits to be sent to it stops
    del agreement_of(request).subscriptions[subscription["id"]]
    return Response(status_code=204)


async def list_events(request: Request) -> Response:
    """`GET /events?after_sequence&limit`: what has happened, oldest first."""
    agreement = agreement_of(request)
    after, limit = query_int(request, "after_sequence", 0, 0, 2**53), query_int(request, "limit", 100, 1, 500)
    later = [event for event in agreement.events if event["sequence"] > after]
    return answer({"items": later[:limit], "next_cursor": None, "has_more": len(later) > limit})


async def list_deliveries(request: Request) -> Response:
    """`GET /webhook-deliveries?state=`."""
    agreement, state = agreement_of(request), request.query_params.get("state")
    if state not in (None, "pending", "delivered", "failed"):
        raise ProblemError(400, "malformed", "state må være pending, delivered eller failed.")
    mine = [d for d in sender_of(request).deliveries.values() if d["agreement"] is agreement]
    chosen = [d for d in mine if state in (None, d["state"])]
    listed = page(request, chosen, lambda d: [int(d["id"].removeprefix("del_"))])
    listed["items"] = [shown_delivery(d) for d in listed["items"]]
    return answer(listed)


async def redeliver(request: Request) -> Response:
    """`POST /webhook-deliveries/{delivery_id}:redeliver`: 202, same event id, fresh time and signature."""
    delivery = delivery_of(request, agreement_of(request))
    sender_of(request).redeliver(delivery)
    return answer(shown_delivery(delivery), 202)


def shown_delivery(delivery: Record) -> Record:
    """A delivery as JSON: its event by id, type, task and version, and each attempt with times and status."""
    event = delivery["event"]
    return {
        "id": delivery["id"],
        "subscription_id": delivery["subscription"]["id"],
        "event_id": event["id"],
        "type": event["type"],
        "sequence": event["sequence"],
        "origin": event["origin"],
        "task_id": event["data"].get("task_id"),
        "version": event["data"].get("version"),
        "occurred_at": event["occurred_at"],
        "copy": delivery["copy"],
        "state": delivery["state"],
        "attempts": list(delivery["attempts"]),
    }


def _subscription(request: Request) -> Record:
    key = request.path_params["subscription_id"]
    subscription: Record | None = agreement_of(request).subscriptions.get(key)
    if subscription is None:
        raise ProblemError(404, "not_found", f"Abonnement {key} finnes ikke.")
    return subscription


def shown_subscription(subscription: Record) -> Record:
    """A subscription as JSON, without its secrets."""
    return {name: value for name, value in subscription.items() if name != "secrets"}


def _errors(body: Record) -> list[Record]:
    def wrong(field: str, code: str, message: str) -> Record:
        return {"field": field, "code": code, "message": message}

    errors = []
    if not _is_address(body.get("url")):
        errors.append(wrong("url", "invalid_value", "Adressen må begynne med http:// eller https://."))
    if not isinstance(body.get("secret"), str) or not body["secret"]:
        errors.append(wrong("secret", "required", "Hemmeligheten mangler."))
    events = body.get("events")
    if not isinstance(events, list) or not events or not all(e in EVENT_TYPES for e in events):
        errors.append(wrong("events", "invalid_value", f"Hendelser må være av {', '.join(EVENT_TYPES)}."))
    if not isinstance(body.get("active", True), bool):
        errors.append(wrong("active", "invalid_type", "Feltet må være true eller false."))
    return errors


def _is_address(url: Any) -> bool:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False

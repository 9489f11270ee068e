"""Sending signed webhooks (contract smartday 4.8), as well or as badly as the delivery plan of a test says.

Decision: each delivery is one asyncio task that outlives the call that caused it; the plan is read at every
attempt, so a test can change it while deliveries wait.
"""

import asyncio
import hashlib
import hmac
import itertools
import ssl
import time
from collections.abc import Coroutine, Iterable, Sequence
from typing import Annotated, Any

import httpx
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from sandbox.smartday.state import Agreement
from sandbox.smartday.wire import ProblemError, Record, dumps, precise_text

TIMEOUT_SECONDS = 10.0
_AT_A_TIME = 2  # each meets a process of its own on the local engine, and starting one is costly there
_WRONG_SECRET = "feil-hemmelighet"


class Plan(BaseModel):
    """How deliveries go: `copies` at the same moment, a batch in `reverse`, some late, left out or forged.

    While `paused` deliveries wait; they leave, by the plan of that moment, when it is no longer set.
    """

    model_config = ConfigDict(extra="forbid")

    copies: Annotated[int, Field(ge=1, le=20)] = 1
    reverse: bool = False
    delay_seconds: dict[str, Annotated[float, Field(ge=0)]] = {}
    skip_task_ids: list[str] = []
    wrong_signature_task_ids: list[str] = []
    paused: bool = False


def signature(secrets: Iterable[str], timestamp: str, body: bytes) -> str:
    """`v1=<hex>` of HMAC-SHA256 over `timestamp.body` per secret, by comma (contract smartday 4.8)."""
    signed = timestamp.encode() + b"." + body
    return ",".join(f"v1={hmac.new(s.encode(), signed, hashlib.sha256).hexdigest()}" for s in secrets)


class Sender:
    """Sends events to the subscriptions of their agreement and remembers every attempt."""

    def __init__(self, retry_seconds: Sequence[float]) -> None:
        self._retry_seconds = retry_seconds
        self._tls = ssl.create_default_context()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: list[Record] = []
        self._ids = itertools.count(1)
        self._slots = asyncio.Semaphore(_AT_A_TIME)
        self.plan = Plan()
        self.deliveries: dict[str, Record] = {}

    def reset(self) -> None:
        """Stop everything under way and forget it; the plan is the plain one again."""
        for task in self._tasks:
            task.cancel()
        self._waiting.clear()
        self.deliveries.clear()
        self.plan = Plan()

    def set_plan(self, plan: Plan) -> None:
        """Follow `plan` from now on; what waited leaves when it isn't paused."""
        self.plan = plan
        if not plan.paused:
            waiting, self._waiting = self._waiting, []
            self._start(waiting)

    def queue(self, agreement: Agreement, events: Sequence[Record]) -> None:
        """Send these events, in this order unless the plan says otherwise, to whoever subscribed to them."""
        made = [
            self._delivery(agreement, subscription, event, copy)
            for event in events
            if event["data"].get("task_id") not in self.plan.skip_task_ids
            for subscription in agreement.subscriptions.values()
            if subscription["active"] and event["type"] in subscription["events"]
            for copy in range(1, self.plan.copies + 1)
        ]
        if self.plan.paused:
            self._waiting += made
        else:
            self._start(made)

    def redeliver(self, delivery: Record) -> None:
        """Send once more, with the same event id and the whole retry schedule before it."""
        delivery["state"] = "pending"
        self._spawn(self._deliver(delivery, (0.0, *self._retry_seconds)))

    def _delivery(self, agreement: Agreement, subscription: Record, event: Record, copy: int) -> Record:
        delivery_id = f"del_{next(self._ids)}"
        self.deliveries[delivery_id] = {
            "id": delivery_id,
            "agreement": agreement,
            "subscription": subscription,
            "event": event,
            "copy": copy,
            "state": "pending",
            "attempts": [],
        }
        return self.deliveries[delivery_id]

    def _start(self, deliveries: list[Record]) -> None:
        if self.plan.reverse:
            self._spawn(self._one_by_one(deliveries[::-1]))
            return
        for delivery in deliveries:
            self._spawn(self._deliver(delivery, (self._delay(delivery), *self._retry_seconds)))

    def _delay(self, delivery: Record) -> float:
        return self.plan.delay_seconds.get(str(delivery["event"]["data"].get("task_id")), 0.0)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _one_by_one(self, deliveries: list[Record]) -> None:
        """An order is only an order when the next is sent after the one before was answered."""
        for delivery in deliveries:
            await asyncio.sleep(self._delay(delivery))
            if not delivery["subscription"]["active"]:
                delivery["state"] = "failed"
            elif not await self._attempt(delivery):
                self._spawn(self._deliver(delivery, self._retry_seconds))

    async def _deliver(self, delivery: Record, waits: Iterable[float]) -> None:
        for wait in waits:
            await asyncio.sleep(wait)
            if not delivery["subscription"]["active"]:
                break
            if await self._attempt(delivery):
                return
        delivery["state"] = "failed"

    async def _attempt(self, delivery: Record) -> bool:
        async with self._slots:
            sent_at, status, error = time.time(), None, None
            try:
                status = await self._post(delivery, str(int(sent_at)))
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as failure:
                error = type(failure).__name__
        delivery["attempts"].append(
            {
                "sent_at": precise_text(sent_at),
                "answered_at": precise_text(time.time()),
                "status": status,
                "error": error,
            }
        )
        accepted = status is not None and 200 <= status < 300
        delivery["state"] = "delivered" if accepted else "pending"
        return accepted

    async def _post(self, delivery: Record, timestamp: str) -> int:
        event, subscription = delivery["event"], delivery["subscription"]
        body = dumps(event).encode()
        forged = event["data"].get("task_id") in self.plan.wrong_signature_task_ids
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Smartday-Event-Id": event["id"],
            "Smartday-Event-Type": event["type"],
            "Smartday-Timestamp": timestamp,
            "Smartday-Signature": signature(
                [_WRONG_SECRET] if forged else subscription["secrets"], timestamp, body
            ),
        }
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=self._tls, trust_env=False) as client,
        ):
            response = await client.post(subscription["url"], content=body, headers=headers)
        return response.status_code


def sender_of(request: Request) -> Sender:
    """The sender behind a request."""
    sender: Sender = request.scope["smartday.sender"]
    return sender


def publish(request: Request, agreement: Agreement, events: Sequence[Record]) -> None:
    """Hand events to the sender."""
    sender_of(request).queue(agreement, events)


def delivery_of(request: Request, agreement: Agreement) -> Record:
    """The delivery named in the path; ProblemError 404 also for another agreement's."""
    delivery = sender_of(request).deliveries.get(request.path_params["delivery_id"])
    if delivery is None or delivery["agreement"] is not agreement:
        raise ProblemError(404, "not_found", "Leveringen finnes ikke.")
    return delivery

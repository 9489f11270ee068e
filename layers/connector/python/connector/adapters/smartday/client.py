"""Smartday Bridge for one agreement: keeps the promises of the port `FieldService` (contract smartday 4).

Decision: a page that promises more than it gives is asked for again later; half a list is never the whole.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
from pydantic import ValidationError

from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.calls import TIMEOUT, BridgeCalls, Login, read, segment
from connector.adapters.smartday.errors import UNREADABLE
from connector.adapters.smartday.master_data import CustomerList, ProductList, customer_body
from connector.adapters.smartday.models import (
    EXPORTING,
    SYSTEM,
    RegistrationPage,
    TaskList,
    WireAgreement,
    WireRegistration,
    WireSubscription,
    WireTask,
    receipt_body,
)
from connector.adapters.smartday.wire import Item, Page, to_json, zulu
from connector.adapters.smartday.writing import retire, upsert
from connector.domain.master_data import Customer, Product, Upserted
from connector.domain.pace import Pace
from connector.domain.task import Task
from connector.domain.task_record import Receipt
from connector.errors import CredentialsRejected, NotFound, Refused, RetryLater, Side
from connector.ports import Agreement, Clock, CustomerPage, ProductPage, Subscription, TaskPage

PAGE_SIZE = 500
"""Contract smartday 4.3."""

EVENTS = ("task.status_changed", "task.updated")
SUBSCRIPTION = f"/webhook-subscriptions/{SYSTEM}"
UNREADABLE_TASK = "unreadable_task"
"""Code of the `Refused` for a task whose named field can't be read."""


class BridgeFieldService:
    """Smartday for one agreement. `base_url` includes `/v1`; `transport` replaces the network."""

    def __init__(
        self,
        agreement_number: str,
        base_url: str,
        login: Login,
        pace: PaceKeeper,
        clock: Clock,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._agreement_number = agreement_number
        self._calls = BridgeCalls(
            agreement_number, base_url, login, pace, clock, timeout=timeout, transport=transport
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._calls.close()

    def agreement(self) -> Agreement:
        """Prove the login (contract smartday 4.1)."""
        found = read(WireAgreement, self._calls.send("GET", "/agreement"))
        if found.number != self._agreement_number:
            raise CredentialsRejected(Side.SMARTDAY, "agreement_mismatch")
        return Agreement(found.number, found.name or "")

    def task(self, task_id: str) -> Task:
        """The task with all its registrations, also when there are more than 500."""
        path = f"/tasks/{segment(task_id)}"
        body = self._calls.send("GET", path, params={"include": "registrations"}, what=f"task {task_id}")
        try:
            wire = WireTask.model_validate(body)
            if wire.id != task_id:
                raise ValueError("id")
            lines = wire.registrations
            if wire.registrations_has_more or len(lines or ()) >= PAGE_SIZE:
                lines = self._all_lines(path)
            return wire.to_domain(lines)
        except ValidationError as error:
            field = ".".join(str(step) for step in error.errors()[0]["loc"])
            raise Refused(Side.SMARTDAY, UNREADABLE_TASK, field) from None
        except ValueError as error:
            raise Refused(Side.SMARTDAY, UNREADABLE_TASK, str(error)) from None

    def finished_tasks(self, changed_since: datetime, cursor: str | None) -> TaskPage:
        """One page of the poll (contract smartday 4.3)."""
        params = {
            "status": ["finished", "approved", "balanced"],
            "changed_since": zulu(changed_since),
            "limit": PAGE_SIZE,
        }
        page = self._page(TaskList, "/tasks", params, cursor)
        return TaskPage(tuple(item.to_domain() for item in page.items), page.next_cursor or None)

    def send_receipt(self, task_id: str, receipt: Receipt) -> None:
        """Report an order or a hold back (contract smartday 4.5)."""
        self._calls.send(
            "POST",
            f"/tasks/{segment(task_id)}/export-receipts",
            content=receipt_body(receipt),
            headers={"Idempotency-Key": _receipt_key(task_id, receipt)},
            what=f"task {task_id}",
        )

    def customers(self, cursor: str | None) -> CustomerPage:
        """One page of all customers (contract smartday 4.2, 4.3)."""
        page = self._page(CustomerList, "/customers", {"limit": PAGE_SIZE}, cursor)
        return CustomerPage(tuple(item.to_domain() for item in page.items), page.next_cursor or None)

    def products(self, cursor: str | None) -> ProductPage:
        """One page of all products (contract smartday 4.2, 4.3)."""
        page = self._page(ProductList, "/products", {"limit": PAGE_SIZE}, cursor)
        return ProductPage(tuple(item.to_domain() for item in page.items), page.next_cursor or None)

    def link_customer(self, smartday_id: str, customer: Customer) -> None:
        """Give a customer made in the field its number (contract smartday 4.2)."""
        self._calls.send(
            "PUT",
            f"/customers/{segment(customer.external_number)}",
            params={"link": smartday_id},
            content=customer_body(customer),
            what=f"customer {smartday_id}",
        )

    def upsert_customers(self, customers: Sequence[Customer]) -> list[Upserted]:
        """Create or update at most 100 customers (contract smartday 4.6)."""
        return upsert(self._calls, "customers", customers)

    def upsert_products(self, products: Sequence[Product]) -> list[Upserted]:
        """Create or update at most 100 products (contract smartday 4.7)."""
        return upsert(self._calls, "products", products)

    def retire_customers(self, numbers: Sequence[str]) -> list[Upserted]:
        """At most 20 customers set inactive (contract smartday 4.2, 4.6)."""
        return retire(self._calls, "customers", numbers)

    def retire_products(self, numbers: Sequence[str]) -> list[Upserted]:
        """At most 20 products set inactive (contract smartday 4.2, 4.7)."""
        return retire(self._calls, "products", numbers)

    def subscription(self) -> Subscription | None:
        """The webhook subscription of ours (contract smartday 4.2, 4.8)."""
        try:
            found = self._calls.send("GET", SUBSCRIPTION, what="subscription")
        except NotFound:
            return None
        wire = read(WireSubscription, found)
        return Subscription(wire.url, wire.active)

    def subscribe(self, url: str, secret: str) -> None:
        """Keep one webhook subscription of ours, under a fixed id (contract smartday 4.2, 4.8)."""
        body = {"url": url, "events": list(EVENTS), "secret": secret, "active": True}
        self._calls.send("PUT", SUBSCRIPTION, content=to_json(body))

    def pace(self) -> Pace:
        """The pace after the latest answer."""
        return self._calls.pace.current()

    def _page(
        self, model: type[Page[Item]], path: str, params: dict[str, Any], cursor: str | None
    ) -> Page[Item]:
        page = read(model, self._calls.send("GET", path, params=_with_cursor(params, cursor)))
        if not page.is_whole(cursor):
            raise RetryLater(UNREADABLE)
        return page

    def _all_lines(self, path: str) -> list[WireRegistration]:
        lines: list[WireRegistration] = []
        cursor: str | None = None
        while True:
            params = _with_cursor({"limit": PAGE_SIZE}, cursor)
            body = self._calls.send("GET", f"{path}/registrations", params=params)
            page = RegistrationPage.model_validate(body)
            lines += page.items
            if not page.is_whole(cursor) or len({line.id for line in lines}) != len(lines):
                raise RetryLater(UNREADABLE)
            cursor = page.next_cursor
            if not cursor:
                return lines


def _with_cursor(params: dict[str, Any], cursor: str | None) -> dict[str, Any]:
    return {**params, "cursor": cursor} if cursor else params


def _receipt_key(task_id: str, receipt: Receipt) -> str:
    """Purpose, task id and version (contract smartday 4.10); an order's never meets that of a hold.

    A dash in the id is escaped: the parts stay apart.
    """
    about = f"{segment(task_id).replace('-', '%2D')}-{receipt.task_version}"
    if receipt.result not in EXPORTING:
        return f"24so-{receipt.result}-{about}"
    return f"24so-{about}" if receipt.ordinal == 1 else f"24so-{about}-{receipt.ordinal}"

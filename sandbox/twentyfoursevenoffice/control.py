"""Control of the stand-in over HTTP: look at what the ERP holds, change it as its users would, plant faults.

Decision: control input uses the vendor's element names and is checked against the same tables; what it
changes gets `DateChanged` = now, as a change made by hand in the ERP would.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import fault_routes
from sandbox.serving import Refused, control_input
from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.books import Books, Table
from sandbox.twentyfoursevenoffice.order_rows import changed_rows
from sandbox.twentyfoursevenoffice.order_saving import store
from sandbox.twentyfoursevenoffice.rejection import RejectedError
from sandbox.twentyfoursevenoffice.state import State
from sandbox.twentyfoursevenoffice.values import Record, from_json, to_json

_NEW: dict[str, Record] = {
    "Company": {"Type": "Business", "ExternalId": "", "BlockInvoice": False, "Active": True},
    "Product": {"StatusId": 1, "CategoryId": 3, "TaxRate": Decimal(25)},
}

_ASKED = {"id": "Id", "external_id": "ExternalId"}
_NO_ORDER = {"error": "There is no such order"}


class _Control:
    def __init__(self, state: State) -> None:
        self._state = state

    def _books(self, request: Request) -> Books:
        """The books of `?client=`, of the demo customer without."""
        client = request.query_params.get("client", str(demo.CLIENT_ID))
        books = self._state.books.get(int(client)) if client.isdecimal() else None
        if books is None:
            raise Refused(f"There is no client {client}; known: {', '.join(map(str, self._state.books))}")
        return books

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def reset(self, _request: Request) -> Response:
        self._state.reset()
        return Response(status_code=204)

    async def calls(self, _request: Request) -> Response:
        return JSONResponse(self._state.calls.as_json())

    async def expire(self, _request: Request) -> Response:
        expired = len(self._state.sessions)
        self._state.sessions.clear()
        return JSONResponse({"expired": expired})

    async def orders(self, request: Request) -> Response:
        reference = request.query_params.get("reference")
        found = [
            to_json(order)
            for order in self._books(request).orders
            if reference is None or order.get("ReferenceNumber") == reference
        ]
        return JSONResponse({"orders": found})

    async def one_order(self, request: Request) -> Response:
        """Change fields of an order whatever its status, or take it away altogether."""
        books = self._books(request)
        order = books.orders.get(request.path_params["order_id"])
        if order is None:
            return JSONResponse(_NO_ORDER, 404)
        if request.method == "DELETE":
            books.orders.remove(order)
            return Response(status_code=204)
        changes = _fields("InvoiceOrder", await control_input(request), ())
        if "InvoiceRows" in changes or changes.get("OrderId", order["OrderId"]) != order["OrderId"]:
            raise Refused("Rows and the order number can't be changed here")
        return JSONResponse(to_json(store(books, {**order, **changes, "DateChanged": datetime.now(UTC)})))

    async def order_rows(self, request: Request) -> Response:
        """Rows as a person changes them: one with `RowId` is edited, one without is added, or what its
        `ChangeState` says.
        """
        books = self._books(request)
        order = books.orders.get(request.path_params["order_id"])
        if order is None:
            return JSONResponse(_NO_ORDER, 404)
        given = await control_input(request)
        fields = [_fields("InvoiceRow", each, ()) for each in (given if isinstance(given, list) else [given])]
        sent = [{"ChangeState": "Edit" if "RowId" in each else "Add", **each} for each in fields]
        try:
            rows = changed_rows(books, order["InvoiceRows"], sent)
        except RejectedError as error:
            raise Refused(str(error)) from error
        changed = {**order, "InvoiceRows": rows, "DateChanged": datetime.now(UTC)}
        return JSONResponse(to_json(store(books, changed)))

    async def companies(self, request: Request) -> Response:
        return await self._records(request, self._books(request).companies, "Company")

    async def products(self, request: Request) -> Response:
        return await self._records(request, self._books(request).products, "Product")

    async def _records(self, request: Request, table: Table, kind: str) -> Response:
        name = "companies" if kind == "Company" else "products"
        if request.method == "GET":
            asked = {field: request.query_params.get(name) for name, field in _ASKED.items()}
            shown = [record for record in table if _is_asked_for(record, asked)]
            return JSONResponse({name: to_json(shown)})
        given = await control_input(request)
        changed = [_change(table, kind, each) for each in (given if isinstance(given, list) else [given])]
        return JSONResponse({name: to_json(changed)})

    async def plant(self, request: Request) -> Response:
        """A second order with the same reference number, as a careless client makes it."""
        given = await control_input(request)
        reference = given.get("duplicate") if isinstance(given, dict) and len(given) == 1 else None
        orders = self._books(request).orders
        order = next(
            (each for each in orders if reference and each.get("ReferenceNumber") == reference), None
        )
        if order is None:
            raise Refused('Give {"duplicate": <ReferenceNumber of an order>}')
        rows = [{**row, "RowId": orders.next_row_id()} for row in order["InvoiceRows"]]
        now = datetime.now(UTC)
        copy = {**order, "OrderId": orders.next_order_id(), "InvoiceRows": rows}
        copy |= {"DateRegistered": now, "DateChanged": now}
        orders.put(copy)
        return JSONResponse(to_json(copy), 201)


def _is_asked_for(record: Record, asked: Mapping[str, str | None]) -> bool:
    return all(value is None or str(record.get(name)) == value for name, value in asked.items())


def _fields(kind: str, given: Any, more: tuple[str, ...]) -> Record:
    """Checked fields of a record; `more` are names beyond the vendor's type."""
    if not isinstance(given, dict):
        raise Refused(f"{kind} must be a JSON object")
    try:
        own = from_json(kind, {name: value for name, value in given.items() if name not in more}, kind)
    except ValueError as error:
        raise Refused(str(error)) from error
    return {**own, **{name: bool(given[name]) for name in more if name in given}}


def _change(table: Table, kind: str, given: Any) -> Record:
    """Add or change one record; `Active` false deletes it.

    A deleted company stays in the sync list, a deleted product disappears.
    """
    fields = _fields(kind, given, ("Active",))
    now = datetime.now(UTC)
    record_id = fields.setdefault("Id", table.next_id())
    existing = table.get(record_id)
    if existing is None and not fields.get("Name"):
        raise Refused(f"A new {kind} needs a Name")
    base = existing or {"DateCreated": now, **_NEW[kind]}
    record: Record = {**base, **fields, "DateChanged": now}
    if kind == "Company" or record.pop("Active", True):
        table.put(record)
    elif existing is not None:
        table.remove(record_id)
    return record


def control_routes(state: State) -> list[Route]:
    """Routes to mount under /_control; `?client=<id>` picks other books than the demo customer's."""
    control = _Control(state)
    return [
        Route("/health", control.health),
        Route("/reset", control.reset, methods=["POST"]),
        Route("/calls", control.calls),
        Route("/sessions:expire", control.expire, methods=["POST"]),
        Route("/orders", control.orders),
        Route("/orders/{order_id:int}", control.one_order, methods=["POST", "DELETE"]),
        Route("/orders/{order_id:int}/rows", control.order_rows, methods=["POST"]),
        Route("/companies", control.companies, methods=["GET", "POST"]),
        Route("/products", control.products, methods=["GET", "POST"]),
        Route("/plant", control.plant, methods=["POST"]),
        *fault_routes(state.faults),
    ]

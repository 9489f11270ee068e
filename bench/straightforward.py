"""The straightforward way to make an order of a task: what one would write first, as a baseline.

Decision: it is given everything that doesn't matter here for nothing, so that the ratio flatters it: the same
mapping, our shortened WSDL, connections and clients that are kept, one login for all. What differs is that
zeep's objects build the request and read the answer, that the ERP is asked before each create whether the
order is there, and that nothing is remembered: it is exactly once only when nothing fails.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import zeep

from connector.adapters.smartday.models import WireTask
from connector.adapters.twentyfoursevenoffice.messages import NAMESPACE, PATHS, WSDL_FOLDER
from connector.domain.integration import Integration
from connector.domain.order import Order, OrderKey, OrderRow, ProductRow
from connector.domain.order_mapping import Bindings, map_task


class Straightforward:
    """Makes orders at the given addresses; `smartday` carries login and agreement, `erp_url` has no path."""

    def __init__(
        self, smartday: httpx.Client, erp_url: str, integration: Integration, bindings: Bindings
    ) -> None:
        self._smartday = smartday
        self._integration = integration
        self._bindings = bindings
        self._transport = HttpxTransport()
        self._authenticate = service("Authenticate", erp_url, self._transport)
        self._invoices = service("InvoiceService", erp_url, self._transport)

    def log_in(self, **credential: str) -> None:
        """Open the session that all calls share."""
        self._transport.session_id = self._authenticate.Login(credential)

    def create_order(self, task_id: str) -> str:
        """Fetch, map, look, create, tell Smartday; gives the order's id."""
        answer = self._smartday.get(
            f"/tasks/{task_id}", params={"include": "registrations"}
        ).raise_for_status()
        wire = WireTask.model_validate(answer.json())
        key = OrderKey(self._integration.agreement_number, task_id)
        order = map_task(wire.to_domain(wire.registrations), self._bindings, self._integration, key)
        if not isinstance(order, Order):
            raise ValueError(f"task {task_id} is no order: {order.reason}")
        order_id = self._existing(order) or self._create(order)
        receipt = {
            "system": "24sevenoffice",
            "result": "created",
            "task_version": wire.version,
            "order_id": order_id,
            "order_number": order_id,
            "exported_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "registration_ids": list(order.registration_ids),
            "message": f"Ordre {order_id} opprettet",
        }
        path, key_header = f"/tasks/{task_id}/export-receipts", {"Idempotency-Key": f"baseline-{task_id}"}
        self._smartday.post(path, json=receipt, headers=key_header).raise_for_status()
        return order_id

    def _existing(self, order: Order) -> str | None:
        since = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
        found = self._invoices.GetInvoices(
            {"CustomerIds": {"int": [order.customer_id]}, "ChangedAfter": since},
            {"string": ["OrderId", "ReferenceNumber"]},
            {"string": []},
        )
        mine = (one.OrderId for one in found or () if one.ReferenceNumber == order.key.text)
        return next(map(str, mine), None)

    def _create(self, order: Order) -> str:
        head = {
            "CustomerId": order.customer_id,
            "OrderStatus": order.status,
            "DateOrdered": order.date_ordered,
            "DeliveryDate": order.delivery_date,
            "IncludeVAT": False,
            "ReferenceNumber": order.key.text,
            "YourReference": order.your_reference,
            "InvoiceRows": {"InvoiceRow": [_row(row) for row in order.rows]},
        }
        (saved,) = self._invoices.SaveInvoices({"InvoiceOrder": [head]})
        return str(saved.OrderId)


class HttpxTransport(zeep.Transport):
    """zeep over httpx, with the session as a cookie."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # zeep has no types
        self.session_id = ""
        self._http = httpx.Client(trust_env=False)

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send an envelope; zeep reads status, headers and content of the answer."""
        cookie = {"Cookie": f"ASP.NET_SessionId={self.session_id}"}
        return self._http.post(address, content=message, headers={**headers, **cookie})


def _row(row: OrderRow) -> dict[str, Any]:
    if not isinstance(row, ProductRow):
        return {"Type": "Text", "Name": row.text}
    return {
        "ProductId": row.product_id,
        "Name": row.name,
        "Quantity": row.quantity,
        "Price": row.price,
        "DiscountRate": row.discount_percent,
    }


def client_of(name: str, transport: HttpxTransport) -> Any:
    """zeep's client for one of the ERP's services, by the name of its WSDL file."""
    # An answer has elements that the shortened WSDL leaves out: strict, zeep refuses the whole of it.
    settings = zeep.Settings(strict=False)
    make_client: Any = zeep.Client  # zeep has no types
    return make_client(str(WSDL_FOLDER / f"{name}.wsdl"), transport=transport, settings=settings)


def service(name: str, erp_url: str, transport: HttpxTransport) -> Any:
    """The service at that address, whose operations are its methods."""
    return client_of(name, transport).create_service(f"{{{NAMESPACE}}}{name}Soap", erp_url + PATHS[name])

"""A 24SevenOffice that gives made-up answers, and the adapter in front of it, without a network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from lxml import etree

from connector.adapters.twentyfoursevenoffice.client import TwentyFourSevenOffice, connect
from connector.adapters.twentyfoursevenoffice.messages import NAMESPACE
from connector.domain.integration import Credentials
from connector.domain.order import Order, OrderKey, ProductRow, TextRow
from tests.fakes.session_stores import MemorySecretStore, MemorySessionStore

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
NOON = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)
AGREEMENT = "104477"
APPLICATION = "7b1f3c52-9a40-4d7e-8c65-2f0e4b9d1a36"
CREDENTIALS = Credentials("bruker", "passord", "post@eksempel.invalid", "Blåbær", APPLICATION)
KEY = OrderKey(AGREEMENT, "48213")
ORDER = Order(
    key=KEY,
    customer_id=10021,
    status="ForInvoicing",
    date_ordered=NOON,
    delivery_date=NOON,
    rows=(
        ProductRow(501, "Montørtime", Decimal("1.5"), Decimal("950.00"), Decimal(0), ("r-1",)),
        TextRow("Oppgave 48213"),
    ),
)

Answer = httpx.Response | Exception


@dataclass
class Office:
    """Gives its answers in turn, the last one for ever, and keeps what it was asked; a login always works."""

    answers: list[Answer]
    asked: list[httpx.Request] = field(default_factory=list)
    logins: int = 0
    store: MemorySessionStore = field(default_factory=lambda: MemorySessionStore(clock=lambda: NOW))
    secrets: MemorySecretStore = field(default_factory=lambda: MemorySecretStore({AGREEMENT: CREDENTIALS}))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if b":Login " in request.content:
            self.logins += 1
            return answer("Login", f"session-{self.logins}")
        self.asked.append(request)
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    @property
    def cookies(self) -> list[str]:
        """The session that each call was sent with."""
        return [request.headers.get("Cookie", "").partition("=")[2] for request in self.asked]


def office(
    *answers: Answer,
    store: MemorySessionStore | None = None,
    wait: Callable[[timedelta], None] = lambda span: None,
    clock: Callable[[], datetime] = lambda: NOW,
) -> tuple[TwentyFourSevenOffice, Office]:
    """The adapter in front of an ERP that gives these answers; there is a session already."""
    made = Office(list(answers))
    if store:
        made.store = store
    else:
        made.store.put_erp_session(AGREEMENT, "session-0")
    transport = httpx.MockTransport(made)
    host = "https://api.example"
    erp = connect(host, APPLICATION, AGREEMENT, made.store, made.secrets, clock, wait, transport)
    return erp, made


def answer(operation: str, result: str | None = None, **headers: str) -> httpx.Response:
    """The answer to an operation; None leaves the result out."""
    shown = "" if result is None else f"<{operation}Result>{result}</{operation}Result>"
    return envelope(f'<{operation}Response xmlns="{NAMESPACE}">{shown}</{operation}Response>', 200, headers)


def envelope(body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    )
    return httpx.Response(
        status, text=text, headers={"Content-Type": "text/xml; charset=utf-8", **(headers or {})}
    )


def fault(text: str, status: int = 500) -> httpx.Response:
    """A SOAP 1.1 fault."""
    return envelope(
        f"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>{text}</faultstring></soap:Fault>",
        status,
    )


def saved(inside: str = "<OrderId>5001</OrderId>") -> httpx.Response:
    """The answer to a save of one order."""
    return answer("SaveInvoices", f"<InvoiceOrder>{inside}</InvoiceOrder>")


def sent(content: bytes) -> dict[str, Any]:
    """A request's operation element as nested dicts; what comes several times is a list."""
    body = etree.fromstring(content)[0]
    shown = _shown(body[0])
    assert isinstance(shown, dict)
    return shown


def _shown(element: etree._Element) -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        name = etree.QName(child).localname
        value = _shown(child)
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return found

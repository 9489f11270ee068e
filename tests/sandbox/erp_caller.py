"""A bare SOAP caller for tests of the ERP stand-in: envelopes by hand, answers as lxml elements."""

from dataclasses import dataclass
from typing import Any

import httpx
from lxml import etree

from sandbox.twentyfoursevenoffice import demo

NAMESPACE = "http://24sevenOffice.com/webservices"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
PATHS = {
    "Authenticate": "/authenticate/v001/authenticate.asmx",
    "Company": "/CRM/Company/V001/CompanyService.asmx",
    "Product": "/Logistics/Product/V001/ProductService.asmx",
    "Invoice": "/Economy/InvoiceOrder/V001/InvoiceService.asmx",
    "Client": "/Client/V001/ClientService.asmx",
}


def envelope(operation: str, inner: str = "", soap: str = SOAP_11) -> bytes:
    """A plain envelope around `inner`, which stands in the vendor's namespace."""
    return (
        f'<s:Envelope xmlns:s="{soap}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Body>'
        f'<{operation} xmlns="{NAMESPACE}">{inner}</{operation}></s:Body></s:Envelope>'
    ).encode()


def credential(
    username: str = demo.USERNAME,
    password: str = demo.PASSWORD,
    application: str = demo.APPLICATION_ID,
    identity: str = "",
) -> str:
    """The credential of a login; the demo customer's unless told otherwise."""
    chosen = f"<IdentityId>{identity}</IdentityId>" if identity else ""
    return (
        f"<credential><ApplicationId>{application}</ApplicationId>{chosen}"
        f"<Password>{password}</Password><Username>{username}</Username></credential>"
    )


def strings(name: str, text: str) -> str:
    """A list of property names, given with blanks between."""
    return f"<{name}>" + "".join(f"<string>{each}</string>" for each in text.split()) + f"</{name}>"


def ints(name: str, *values: int) -> str:
    """A list of numbers."""
    return f"<{name}>" + "".join(f"<int>{each}</int>" for each in values) + f"</{name}>"


@dataclass(frozen=True, slots=True)
class Erp:
    """The stand-in at the other end of `http`."""

    http: httpx.Client

    def post(self, service: str, operation: str, inner: str = "") -> httpx.Response:
        """Call an operation; gives the raw answer."""
        return self.http.post(PATHS[service], content=envelope(operation, inner))

    def call(self, service: str, operation: str, inner: str = "") -> Any:
        """Call an operation that succeeds; gives its result as plain values (None when absent)."""
        answer = self.post(service, operation, inner)
        assert answer.status_code == 200, answer.text
        return result_of(answer)

    def login(self, **given: str) -> Any:
        """Log in and keep the cookie; gives the session id."""
        return self.call("Authenticate", "Login", credential(**given))

    def control(self, method: str, path: str, json: Any = None) -> Any:
        """A control call that succeeds; gives its JSON."""
        answer = self.http.request(method, f"/_control{path}", json=json)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def plant(self, name: str, **fields: Any) -> None:
        """Plant a fault."""
        self.control("POST", "/faults", {"name": name, **fields})

    def save(self, *orders: str) -> Any:
        """Save orders given as the inner XML of each; gives the items that come back."""
        inner = "".join(f"<InvoiceOrder>{order}</InvoiceOrder>" for order in orders)
        return self.call("Invoice", "SaveInvoices", f"<invoices>{inner}</invoices>")

    def orders(self) -> list[dict[str, Any]]:
        """The orders as control shows them."""
        found: list[dict[str, Any]] = self.control("GET", "/orders")["orders"]
        return found


def result_of(answer: httpx.Response) -> Any:
    """The result element as plain values: text, dict, or list for an array; None when it is absent."""
    body = etree.fromstring(answer.content)[0]
    response = body[0]
    return plain(response[0]) if len(response) else None


def plain(element: etree._Element) -> Any:
    """Text of a leaf, a dict by local name; items of a wrapped array as a list."""
    if len(element) == 0:
        return element.text or ""
    names = [etree.QName(child).localname for child in element]
    own = etree.QName(element).localname
    if len(set(names)) == 1 and (own.endswith("Result") or own in ("Items", "InvoiceRows")):
        return [plain(child) for child in element]
    return dict(zip(names, map(plain, element), strict=True))


def fault_of(answer: httpx.Response) -> str:
    """The text of a SOAP fault, of either version."""
    assert answer.status_code == 500
    root = etree.fromstring(answer.content)
    text = root.xpath("string(//*[local-name()='faultstring' or local-name()='Text'])")
    assert isinstance(text, str)
    return text

"""Requests, built by zeep from our own WSDL files; nothing is sent here.

Decision: zeep is imported when the first request is built, and its answers are not used at all: it loses
or refuses an answer that has one new element (contract 24sevenoffice 8; `reading` is used instead).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WSDL_FOLDER = Path(__file__).with_name("wsdl")

NAMESPACE = "http://24sevenOffice.com/webservices"
"""Of all messages, and with the operation's name the SOAPAction (contract 24sevenoffice 1)."""

PATHS = {
    "Authenticate": "/authenticate/v001/authenticate.asmx",
    "CompanyService": "/CRM/Company/V001/CompanyService.asmx",
    "ProductService": "/Logistics/Product/V001/ProductService.asmx",
    "InvoiceService": "/Economy/InvoiceOrder/V001/InvoiceService.asmx",
}
"""Service, also the name of its WSDL file → path under the base address (contract 24sevenoffice 1)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One SOAP 1.1 call, ready to be sent."""

    operation: str
    path: str
    headers: dict[str, str]
    content: bytes


def build(service: str, operation: str, **arguments: Any) -> Request:
    """The call of an operation; arguments by their WSDL names, arrays as `{"int": [...]}`."""
    from lxml import etree

    client = _client(service)
    envelope = client.create_message(client.service, operation, **arguments)
    content: bytes = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}/{operation}"'}
    return Request(operation, PATHS[service], headers, content)


@cache
def _client(service: str) -> Any:
    from zeep import Client

    make: Callable[..., Any] = Client
    return make(str(WSDL_FOLDER / f"{service}.wsdl"), transport=_Files())


class _Files:
    """Stands in for zeep's own transport, which opens a `requests` session that nobody uses."""

    def load(self, location: str) -> bytes:
        return Path(location).read_bytes()

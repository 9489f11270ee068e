"""SOAP 1.1 and 1.2 envelopes: reading a request tolerantly and safely, writing answers and faults.

Decision: names decide, never positions or prefixes; elements that the schema doesn't know (or that stand
in another namespace) are ignored, as the vendor does (contract 24sevenoffice 1). No DTD and no entity
gets past the reader.
"""

from dataclasses import dataclass
from typing import Any

from lxml import etree
from starlette.responses import Response

from sandbox.twentyfoursevenoffice.schema import ENUMERATIONS, TYPES, Fields
from sandbox.twentyfoursevenoffice.values import Record, item_name, item_of, scalar, text_of

NAMESPACE = "http://24sevenOffice.com/webservices"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f"{{{_XSI}}}nil"
_MEDIA = {SOAP_11: "text/xml; charset=utf-8", SOAP_12: "application/soap+xml; charset=utf-8"}
_FAULT_11 = (
    "<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{text}</faultstring><detail/></soap:Fault>"
)
_FAULT_12 = (
    "<soap:Fault><soap:Code><soap:Value>soap:{code}</soap:Value></soap:Code>"
    '<soap:Reason><soap:Text xml:lang="en">{text}</soap:Text></soap:Reason></soap:Fault>'
)
_CODES_12 = {"Client": "Sender", "Server": "Receiver"}

NOT_AUTHENTICATED = "Client is not authenticated on this identity"


class SoapError(Exception):
    """A fault about the whole call (contract 2.4); `code` is Client or Server."""

    def __init__(self, text: str, code: str = "Server") -> None:
        super().__init__(text)
        self.code = code


def failed(text: str) -> SoapError:
    """The fault of an operation that could not be done, in the vendor's wording."""
    return SoapError(f"Server was unable to process request. ---> {text}")


def _unreadable(text: str) -> SoapError:
    return SoapError(f"Server was unable to read request. ---> {text}", "Client")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request: SOAP version (its namespace), operation name, and the operation's element."""

    version: str
    operation: str
    element: etree._Element


def parse(body: bytes) -> Envelope:
    """Read a request. Raises `SoapError` for anything that is no envelope with one operation."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable(f"There is an error in XML document. ---> {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _unreadable("For security reasons DTD is prohibited in this XML document.")
    name = etree.QName(root)
    version = name.namespace or ""
    if name.localname != "Envelope" or version not in _MEDIA:
        raise _unreadable("Possible SOAP version mismatch: no Envelope of SOAP 1.1 or 1.2.")
    soap_body = root.find(f"{{{version}}}Body")
    if soap_body is None or len(soap_body) == 0:
        raise _unreadable("The Body has no operation.")
    operation = etree.QName(soap_body[0])
    if operation.namespace != NAMESPACE:
        raise _unreadable(f"The operation's namespace is not {NAMESPACE}.")
    return Envelope(version, operation.localname, soap_body[0])


def read(element: etree._Element, fields: Fields) -> Record:
    """The members of a complex element by name; those absent, nil or "not set" are left out.

    Raises `SoapError` on a value of the wrong type.
    """
    record: Record = {}
    for child in element:
        name = etree.QName(child)
        kind = fields.get(name.localname)
        if kind is None or name.namespace != NAMESPACE or child.get(_NIL) in ("true", "1"):
            continue
        value = _value(child, kind)
        if value is not None:
            record[name.localname] = value
    return record


def _value(element: etree._Element, kind: str) -> Any:
    item = item_of(kind)
    if item is not None:
        wanted = f"{{{NAMESPACE}}}{item_name(item)}"
        return [
            _value(child, item)
            for child in element
            if child.tag == wanted and child.get(_NIL) not in ("true", "1")
        ]
    if kind in TYPES:
        return read(element, TYPES[kind])
    try:
        return scalar(kind, element.text or "")
    except ValueError as error:
        raise _unreadable(f"There is an error in XML document. ---> {error}") from error


def check_enumeration(kind: str, value: str) -> None:
    """Refuse a value that a search may not have. Raises `SoapError`."""
    if value not in ENUMERATIONS[kind]:
        raise _unreadable(f"Instance validation error: '{value}' is not a valid value for {kind}.")


def answer(version: str, operation: str, result: str | None) -> Response:
    """The answer of `operation`; `result` is the result element's XML, None leaves it out."""
    inner = f'<{operation}Response xmlns="{NAMESPACE}">{result or ""}</{operation}Response>'
    return _envelope(version, inner, 200)


def fault(version: str, problem: SoapError) -> Response:
    """A fault in the version asked, HTTP 500 (contract 2.4)."""
    template, code = (_FAULT_12, _CODES_12[problem.code]) if version == SOAP_12 else (_FAULT_11, problem.code)
    return _envelope(version, template.format(code=code, text=text_of("string", str(problem))), 500)


def _envelope(version: str, inner: str, status: int) -> Response:
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:soap="{version}" xmlns:xsi="{_XSI}" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f"<soap:Body>{inner}</soap:Body></soap:Envelope>"
    )
    return Response(text, status, {"Content-Type": _MEDIA[version], "Cache-Control": "private, max-age=0"})

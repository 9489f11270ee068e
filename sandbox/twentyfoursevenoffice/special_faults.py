"""Faults that only this vendor's answers can show (design 5), made for one call.

Decision: they change the true answer where there is one to change, so what the client reads stays valid
SOAP except for the one thing that is wrong.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree
from starlette.responses import Response

from sandbox.faults import Answer, Effect, Fault, effect_if_after, http_answer
from sandbox.twentyfoursevenoffice.limits import quarantine_text
from sandbox.twentyfoursevenoffice.rejection import api_exception
from sandbox.twentyfoursevenoffice.soap import (
    NAMESPACE,
    NOT_AUTHENTICATED,
    Envelope,
    SoapError,
    answer,
    failed,
    fault,
)
from sandbox.twentyfoursevenoffice.state import Call
from sandbox.twentyfoursevenoffice.values import Record

_MISSING_BY_DEFAULT = "IncludeVAT"
_REFUSED_ANYWAY = "Object reference not set to an instance of an object."

Respond = Callable[[Any], Response]
"""Writes the answer around a result value."""


def special_faults(call: Call, envelope: Envelope, respond: Respond) -> Mapping[str, Answer]:
    """This vendor's faults for one call, by name."""

    async def unauthenticated(planted: Fault, effect: Effect) -> Response:
        await effect_if_after(planted, effect)
        return fault(envelope.version, SoapError(NOT_AUTHENTICATED))

    async def quarantine(planted: Fault, effect: Effect) -> Response:
        await effect_if_after(planted, effect)
        return _quarantined(call, envelope, planted)

    async def empty_login(planted: Fault, effect: Effect) -> Response:
        await effect_if_after(planted, effect)
        return answer(envelope.version, envelope.operation, None)

    async def fault_in_success(planted: Fault, effect: Effect) -> Response:
        await effect_if_after(planted, effect)
        sent: list[Record] = next(iter(call.args.values()), [])
        return respond([{**item, "APIException": api_exception(_REFUSED_ANYWAY)} for item in sent])

    async def repeated_page(_planted: Fault, effect: Effect) -> Response:
        call.page_shift = -1
        return await effect()

    async def missing_page(_planted: Fault, effect: Effect) -> Response:
        call.page_shift = 1
        return await effect()

    return {
        "unauthenticated": unauthenticated,
        "quarantine": quarantine,
        "empty_login": empty_login,
        "fault_in_success": fault_in_success,
        "repeated_page": repeated_page,
        "missing_page": missing_page,
        "unknown_element": _unknown_element,
        "missing_element": _missing_element,
    }


def _quarantined(call: Call, envelope: Envelope, planted: Fault) -> Response:
    """A SOAP fault, or an HTTP error when the fault has a status: the true shape isn't known."""
    ends = call.state.limits.reset_at()
    text = quarantine_text(1, ends)
    if planted.status:
        response = http_answer(planted, planted.status, text)
    else:
        response = fault(envelope.version, failed(text))
    response.headers.update({"APILimitRemaining": "0", "APILimitReset": ends})
    return response


async def _unknown_element(planted: Fault, effect: Effect) -> Response:
    def add(item: etree._Element) -> None:
        new = etree.Element(f"{{{NAMESPACE}}}{planted.element or 'IntroducedLater'}")
        new.text = "1"
        item.insert(min(1, len(item)), new)

    return _changed(await effect(), add)


async def _missing_element(planted: Fault, effect: Effect) -> Response:
    def drop(item: etree._Element) -> None:
        named = item.find(f"{{{NAMESPACE}}}{planted.element or _MISSING_BY_DEFAULT}")
        gone = item[0] if named is None and planted.element is None and len(item) else named
        if gone is not None:
            item.remove(gone)

    return _changed(await effect(), drop)


def _changed(response: Response, change: Callable[[etree._Element], None]) -> Response:
    """The answer with `change` made to every item of its result, or to the result itself when it has none."""
    root = etree.fromstring(bytes(response.body))
    for result in root.iterfind(f".//{{{NAMESPACE}}}*"):
        if etree.QName(result).localname.endswith("Result"):
            for target in [item for item in result if len(item)] or [result]:
                change(target)
            break
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(
        etree.tostring(root, xml_declaration=True, encoding="utf-8"), response.status_code, headers
    )

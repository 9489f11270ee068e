"""The SOAP endpoints: from an HTTP request to an operation and back.

Decision: path (any case) and the first child of Body choose the operation; SOAPAction is not looked at,
because services share its prefix and clients quote it, send it bare or leave it out (contract
24sevenoffice 1, 8).
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.faults import answer as answer_with_fault
from sandbox.serving import control
from sandbox.twentyfoursevenoffice import authenticate, clients, companies, order_saving, orders, products
from sandbox.twentyfoursevenoffice.control import control_routes
from sandbox.twentyfoursevenoffice.limits import Limits
from sandbox.twentyfoursevenoffice.schema import SERVICES, Operation
from sandbox.twentyfoursevenoffice.soap import (
    NOT_AUTHENTICATED,
    SOAP_11,
    SOAP_12,
    Envelope,
    SoapError,
    answer,
    failed,
    fault,
    parse,
    read,
)
from sandbox.twentyfoursevenoffice.special_faults import special_faults
from sandbox.twentyfoursevenoffice.state import Call, State
from sandbox.twentyfoursevenoffice.values import write

_WSDL_FOLDER = (
    Path(__file__).parents[2] / "layers/connector/python/connector/adapters/twentyfoursevenoffice/wsdl"
)
_ADDRESS = re.compile(r'(<[\w]*:?address\s+location=")[^"]*"')

_HANDLERS: Mapping[str, Mapping[str, Callable[[Call], Any]]] = {
    "Authenticate": {
        "Login": authenticate.login,
        "HasSession": authenticate.has_session,
        "GetIdentity": authenticate.get_identity,
        "GetIdentities": authenticate.get_identities,
        "SetIdentity": authenticate.set_identity,
        "SetIdentityById": authenticate.set_identity_by_id,
        "GetIdentitiesWithCredential": authenticate.get_identities_with_credential,
    },
    "CompanyService": {
        "GetCompanySyncList": companies.get_company_sync_list,
        "GetCompanies": companies.get_companies,
        "SaveCompanies": companies.save_companies,
        "GetCategories": companies.get_categories,
    },
    "ProductService": {
        "GetProducts": products.get_products,
        "GetCategories": products.get_categories,
    },
    "InvoiceService": {
        "GetInvoices": orders.get_invoices,
        "GetOrderSyncList": orders.get_order_sync_list,
        "SaveInvoices": order_saving.save_invoices,
        "UpdateInvoices": order_saving.update_invoices,
        "GetPaymentMethods": orders.get_payment_methods,
    },
    "ClientService": {
        "GetClientInformation": clients.get_client_information,
        "GetDepartmentList": clients.get_department_list,
        "GetUsers": clients.get_users,
        "GetVatTypeList": clients.get_vat_type_list,
    },
}


def create_app(
    customers: int = 60,
    products: int = 40,
    seed: int = 1,
    limits: Limits | None = None,
    page_size: int = companies.PAGE_SIZE,
) -> Starlette:
    """The stand-in with its own fresh state; `limits` and `page_size` are the contract's unless given."""
    state = State(customers, products, seed, limits or Limits(), page_size)

    async def endpoint(request: Request) -> Response:
        path = "/" + request.path_params["path"].strip("/").lower()
        if path not in SERVICES:
            return PlainTextResponse("The resource cannot be found.", 404)
        service, operations = SERVICES[path]
        if request.method == "GET":
            return _wsdl(request, service)
        return await _called(state, request, service, operations)

    return Starlette(
        routes=[control(control_routes(state)), Route("/{path:path}", endpoint, methods=["GET", "POST"])]
    )


async def _called(
    state: State, request: Request, service: str, operations: Mapping[str, Operation]
) -> Response:
    try:
        envelope = parse(await request.body())
        if envelope.operation not in operations:
            raise SoapError(f"Server did not recognize the operation {envelope.operation}.", "Client")
    except SoapError as problem:
        return fault(_version_of(request), problem)
    operation = operations[envelope.operation]
    with state.calls.running(envelope.operation):
        call = Call(state, {}, request.cookies.get(authenticate.COOKIE, ""))

        def respond(value: Any) -> Response:
            return _written(envelope, operation, value)

        async def effect() -> Response:
            return _effect(call, envelope, operation, _HANDLERS[service][envelope.operation])

        try:
            call.args = read(envelope.element, operation.request)
        except SoapError as problem:
            return fault(envelope.version, problem)
        planted = state.faults.take(envelope.operation)
        return await answer_with_fault(planted, effect, special_faults(call, envelope, respond))


def _effect(call: Call, envelope: Envelope, operation: Operation, handler: Callable[[Call], Any]) -> Response:
    """Do the operation under limits and session; every answer carries the limit headers."""
    limits = call.state.limits
    if limits.bursting():
        return PlainTextResponse("Too many requests.", 429, limits.headers())
    try:
        over = limits.quarantine()
        if over:
            raise failed(over)
        if operation.session and call.session is None:
            raise SoapError(NOT_AUTHENTICATED)
        response = _written(envelope, operation, handler(call))
    except SoapError as problem:
        response = fault(envelope.version, problem)
    except authenticate.TooManyLoginsError as problem:
        response = PlainTextResponse(str(problem), 429)
    response.headers.update(limits.headers() | call.headers)
    return response


def _written(envelope: Envelope, operation: Operation, value: Any) -> Response:
    """The answer around a result; None and an empty list leave the result out (contract 6.1)."""
    absent = value is None or value == []
    result = None if absent else write(f"{envelope.operation}Result", operation.result, value)
    return answer(envelope.version, envelope.operation, result)


def _version_of(request: Request) -> str:
    """The SOAP version to answer in when the envelope could not be read."""
    return SOAP_12 if "application/soap+xml" in request.headers.get("content-type", "") else SOAP_11


def _wsdl(request: Request, service: str) -> Response:
    """The WSDL with the address that was asked, 404 when the file isn't there or `?wsdl` is missing."""
    file = _WSDL_FOLDER / f"{service}.wsdl"
    if request.url.query.lower() != "wsdl" or not file.is_file():
        return PlainTextResponse("The resource cannot be found.", 404)
    address = str(request.url.replace(query=""))
    text = _ADDRESS.sub(lambda found: f'{found[1]}{address}"', file.read_text("utf-8"))
    return Response(text, media_type="text/xml; charset=utf-8")

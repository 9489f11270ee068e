"""Our WSDL files say what the vendor's say, wherever they say anything.

Decision: both are read into plain facts and compared fact by fact, so a difference is shown by its name.
The vendor's files lie beside the project, not in it; where they aren't there the comparison is skipped.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lxml import etree
from lxml.etree import QName, _Element

from connector.adapters.twentyfoursevenoffice.messages import NAMESPACE, PATHS, WSDL_FOLDER

VENDOR_FOLDER = Path(__file__).parents[3] / "shared" / "contracts" / "wsdl"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
SOAPS = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")

LEFT_OUT = {
    "Authenticate": {
        "Identity": "User Servers",
    },
    "CompanyService": {
        "SyncSearchParameters": "RegisteredAfter",
        "PageOfSyncCompany": "Context",
        "SyncCompany": "ExternalId",
        "CompanySearchParameters": "CompanyId CompanyName ChangedAfter CompanyEmail CompanyPhone",
        "Company": "NickName Url Note InvoiceLanguage Username Password "
        "IncorporationDate DateCreated Status PriceList Owner BankAccountNo BankAccountType "
        "BankAccountCountry BankAccountBic TermsOfDeliveryId AccountDebit AccountCredit Discount "
        "TypeGroup ShareCapital NumberOfEmployees Turnover Profit IndustryId MemberNo DateChanged "
        "Relations Maps DistributionMethod CurrencyId PaymentTime GlnNumber Factoring "
        "LedgerCustomerAccount LedgerSupplierAccount VatNumber Private "
        "ExplicitlySpecifyNewCompanyId",
    },
    "ProductService": {
        "ProductSearchParameters": "Id CategoryId No EAN1 Name Price",
        "Product": "CashPriceIncTax WebPrice SupplierId Stock PriceGroupID "
        "DescriptionLong Cost Weight MinimumStock OrderProposal StockLocation SupplierProductCode "
        "SupplierProductName Web ProductCode StockControlled NewOffer NewProduct",
    },
    "InvoiceService": {
        "InvoiceSearchParameters": "OrderStates InvoiceIds",
        "InvoiceOrder": "CustomerName CustomerDeliveryName CustomerDeliveryPhone InvoiceId "
        "DateInvoiced DateChanged PaymentTime CustomerReferenceNo "
        "InvoiceText Paid OCR CustomerOrgNo Currency PaymentMethodId "
        "PaymentAmount ProductionManagerId SalesOpportunityId TypeOfSaleId Distributor "
        "DistributionMethod InvoiceEmailAddress ProductionNumber ReferenceInvoiceId "
        "ReferenceOrderId SkipStock AccrualDate AccrualLength RoundFactor InvoiceTemplateId "
        "VippsNumber DeliveryMethod DeliveryAlternative SendToFactoring Commission "
        "UserDefinedDimensions GLNNumber CustomerDeliveryId",
        "InvoiceRow": "VatRate QuantityDelivered QuantityOrdered QuantityRest Cost "
        "TypeGroupId Hidden InPrice AccrualDate AccrualLength AccountProject ProjectId "
        "DepartmentId ProductNo TaxSettings UserDefinedDimensions SerialNumber",
    },
}
"""Service → type → optional elements of the vendor's that the connector neither sends nor asks for."""

Child = tuple[str, str, str, str, str, str | None]
"""Name, type, minOccurs, maxOccurs, nillable, default."""


@dataclass
class Facts:
    """What a WSDL file says. Names of schemas and types are written `{namespace}name`."""

    types: dict[str, list[Child]] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)
    operations: dict[str, list[str]] = field(default_factory=dict)
    ports: dict[str, list[str]] = field(default_factory=dict)


def read(file: Path) -> Facts:
    root = etree.fromstring(file.read_bytes())
    facts = Facts()
    for schema in root.iter(f"{XS}schema"):
        namespace = f"{{{schema.get('targetNamespace')}}}"
        assert schema.get("elementFormDefault") == "qualified"
        for top in schema:
            name = f"{namespace}{top.get('name')}"
            if top.tag in (f"{XS}element", f"{XS}complexType"):
                kind = "element" if top.tag == f"{XS}element" else "type"
                facts.types[f"{kind} {name}"] = [_child(one) for one in top.iterfind(f".//{XS}sequence/*")]
            elif top.tag == f"{XS}simpleType":
                facts.values[name] = [
                    f"{QName(one).localname} {one.get('value')}" for one in top.iterfind(f"{XS}restriction/*")
                ]
    _read_operations(root, facts)
    for port in root.iter(f"{WSDL}port"):
        facts.ports[port.get("name", "")] = [
            _qname(port, port.get("binding")),
            port[0].tag,
            port[0].get("location", ""),
        ]
    return facts


def _read_operations(root: _Element, facts: Facts) -> None:
    sent = {one.get("name"): _qname(one[0], one[0].get("element")) for one in root.iter(f"{WSDL}message")}
    called = {
        one.get("name"): [
            sent[part.get("message", "").partition(":")[2]] for part in one if part.get("message")
        ]
        for one in root.iterfind(f"{WSDL}portType/{WSDL}operation")
    }
    for binding in root.iterfind(f"{WSDL}binding"):
        soap = next(one for one in SOAPS if binding.find(f"{one}binding") is not None)
        transport = binding.find(f"{soap}binding")
        for operation in binding.iterfind(f"{WSDL}operation"):
            spoken = operation.find(f"{soap}operation")
            assert transport is not None
            assert spoken is not None
            facts.operations[f"{binding.get('name')} {operation.get('name')}"] = [
                soap,
                transport.get("transport", ""),
                spoken.get("soapAction", ""),
                spoken.get("style", ""),
                *[body.get("use", "") for body in operation.iter(f"{soap}body")],
                *called[operation.get("name")],
            ]


def _child(element: _Element) -> Child:
    return (
        element.get("name", ""),
        _qname(element, element.get("type")),
        element.get("minOccurs", "1"),
        element.get("maxOccurs", "1"),
        element.get("nillable", "false"),
        element.get("default"),
    )


def _qname(where: _Element, written: str | None) -> str:
    prefix, _, name = (written or "").rpartition(":")
    return f"{{{where.nsmap.get(prefix or None)}}}{name}"


def differences(ours: Facts, vendors: Facts) -> list[str]:
    """Every fact of ours that isn't the vendor's, and every mandatory element of theirs that we lack."""
    found = [
        f"{where}: {mine}, the vendor's: {theirs.get(where)}"
        for own, theirs in (
            (ours.values, vendors.values),
            (ours.operations, vendors.operations),
            (ours.ports, vendors.ports),
        )
        for where, mine in own.items()
        if theirs.get(where) != mine
    ]
    for name, mine in ours.types.items():
        if name not in vendors.types:
            found.append(f"{name} isn't the vendor's")
            continue
        theirs = vendors.types[name]
        found += [f"{name}: {child} isn't the vendor's" for child in mine if child not in theirs]
        found += [f"{name} lacks {child[0]}" for child in theirs if child[2] != "0" and child not in mine]
        if [child for child in theirs if child in mine] != mine:
            found.append(f"{name} has another order")
    return found


def left_out(ours: Facts, vendors: Facts) -> dict[str, str]:
    """Type → optional elements of the vendor's that ours lacks, in the vendor's order."""
    lacking = {
        QName(name.partition(" ")[2]).localname: " ".join(
            child[0] for child in vendors.types[name] if child not in mine
        )
        for name, mine in ours.types.items()
        if name in vendors.types
    }
    return {name: names for name, names in lacking.items() if names}


def vendors_file(service: str) -> Path:
    file = VENDOR_FOLDER / f"{service}.wsdl"
    if not file.is_file():
        pytest.skip(f"the vendor's {service}.wsdl isn't at ../shared/contracts/wsdl")
    return file


@pytest.mark.parametrize("service", PATHS)
def test_what_our_file_says_is_what_the_vendors_says(service: str) -> None:
    vendors = read(vendors_file(service))
    assert differences(read(WSDL_FOLDER / f"{service}.wsdl"), vendors) == []


@pytest.mark.parametrize("service", PATHS)
def test_what_our_file_leaves_out_is_known(service: str) -> None:
    vendors = read(vendors_file(service))
    assert left_out(read(WSDL_FOLDER / f"{service}.wsdl"), vendors) == LEFT_OUT[service]


def test_a_changed_fact_is_named() -> None:
    vendors, ours = (read(WSDL_FOLDER / "InvoiceService.wsdl") for _ in range(2))
    rows = ours.types[f"type {{{NAMESPACE}}}InvoiceRow"]
    rows.reverse()
    head = ours.types[f"type {{{NAMESPACE}}}InvoiceOrder"]
    head[0] = (*head[0][:2], "1", *head[0][3:])
    head[:] = [child for child in head if child[0] != "IncludeVAT"]
    ours.operations["InvoiceServiceSoap SaveInvoices"][2] = f"{NAMESPACE}/SaveInvoice"
    found = "\n".join(differences(ours, vendors))
    for words in ("SaveInvoice'", "InvoiceRow has another order", "lacks IncludeVAT", "'OrderId'"):
        assert words in found


@pytest.mark.parametrize("service", PATHS)
def test_our_file_names_the_path_that_is_called_and_both_soap_versions(service: str) -> None:
    ports = read(WSDL_FOLDER / f"{service}.wsdl").ports
    assert [port[2] for port in ports.values()] == [f"https://api.24sevenoffice.com{PATHS[service]}"] * 2
    assert [port[1] for port in ports.values()] == [f"{soap}address" for soap in SOAPS]


def test_every_wsdl_file_is_called() -> None:
    assert {file.stem for file in WSDL_FOLDER.glob("*.wsdl")} == set(PATHS)

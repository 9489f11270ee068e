"""The vendor's XML types and operations as tables: element names in XSD order with their kinds.

Decision: one line of text per type, written off the vendor's WSDL (contract 24sevenoffice 3-7). Requests
are read and answers written from these tables only, so order and wrapping can't differ between
operations. A kind is a scalar, an enumeration, a complex type, or `[X]` for a wrapped array; no kind
means string.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Fields = Mapping[str, str]


def _fields(text: str) -> Fields:
    return {name: kind or "string" for name, _, kind in (word.partition(":") for word in text.split())}


ENUMERATIONS: dict[str, frozenset[str]] = {
    name: frozenset(values.split())
    for name, values in {
        "CompanyType": "None Lead Consumer Business Supplier",
        "CompanyDistribution": "Unchanged Print EMail ElectronicInvoice Default",
        "DistributionMethod": "Unchanged Print EMail ElectronicInvoice",
        "Distributor": "Default Manual Auto",
        "RowType": "Normal Text TextBold",
        "ChangeState": "None Add Edit Delete",
        "CurrencyType": (
            "LOCAL AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL "
            "BSD BTN BWP BYN BYR BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK "
            "DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR "
            "ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL "
            "LVL LYD MAD MDL MGA MKD MMK MNT MOP MRO MTL MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
            "NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SKK SLL "
            "SOS SRD STD SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VEF VND VUV WST "
            "XAF XAG XAU XBA XBB XBC XBD XCD XDR XFU XOF XPD XPF XPT XTS XXX YER ZAR ZMK ZWL ZWD"
        ),
        "OrderSlipStateType": (
            "None Offer Pack Invoiced Web Repeating CollectingOrder Return Distribution Rest ForInvoicing "
            "OvertimeRent Confirmed OrderState_Sent Production PaymentReminder OnAccount Lending "
            "InvoicedCashAccount InvoicedPack Inactive Hours OrderState_SuperStore Draft"
        ),
    }.items()
}

_ADDRESS = "Street State PostalCode PostalArea Name City Country"

TYPES: dict[str, Fields] = {
    name: _fields(text)
    for name, text in {
        "Credential": "ApplicationId:guid IdentityId:guid Password Username",
        "Identity": (
            "Id:guid User:User Client:IdentityClient IsCurrent:boolean IsDefault:boolean "
            "IsProtected:boolean Servers:[Server] IsDisabled:boolean"
        ),
        "User": "ContactId:int Id:guid Name EmployeeId:int",
        "IdentityClient": "Id:long Name",
        "Server": "Id:int Type:int",
        "Client": (
            "AddressList:Addresses Country EmailAddressList:EmailAddresses FactoringClientNo "
            "FactoringText FaxNumberList:[FaxNumber] IsUsingFactoring:boolean Name "
            "PhoneNumberList:PhoneNumbers ReminderDays:int ReminderDays2:int ReminderDays3:int "
            "UserId:long BankAccount IBAN OrganizationNumber Swift ResellerId:long ResellerName "
            "DefaultCurrency"
        ),
        "FaxNumber": "Type Value",
        "Department": "Id:int Name Addresses:Addresses Phone Fax Email",
        "VatType": "No:int Name Rate:decimal",
        "Addresses": "Post:Address Delivery:Address Visit:Address Invoice:Address",
        "Address": _ADDRESS,
        "PhoneNumbers": (
            "Home:PhoneNumber Fax:PhoneNumber Mobile:PhoneNumber Primary:PhoneNumber Work:PhoneNumber"
        ),
        "PhoneNumber": "Description Value",
        "EmailAddresses": (
            "Home:EmailAddress Invoice:EmailAddress Primary:EmailAddress Work:EmailAddress "
            "Alternative:EmailAddress"
        ),
        "EmailAddress": "Description Name Value",
        "APIException": "Type Message StackTrace",
        "KeyValuePair": "Key Value",
        "Company": (
            "APIException:APIException Id:int ExternalId OrganizationNumber Name FirstName NickName "
            "Addresses:Addresses PhoneNumbers:PhoneNumbers EmailAddresses:EmailAddresses Url Country Note "
            "InvoiceLanguage Type:CompanyType Username Password IncorporationDate:dateTime "
            "DateCreated:dateTime Status:int PriceList:int Owner:int BankAccountNo BankAccountType "
            "BankAccountCountry BankAccountBic TermsOfDeliveryId:int AccountDebit:short "
            "AccountCredit:short Discount:decimal TypeGroup:int ShareCapital:decimal "
            "NumberOfEmployees:int Turnover:decimal Profit:decimal IndustryId:int MemberNo:int "
            "DateChanged:dateTime BlockInvoice:boolean Relations:[Relation] Maps:[CompanyMap] "
            "DistributionMethod:CompanyDistribution CurrencyId:CurrencyType PaymentTime:short GlnNumber "
            "Factoring:boolean LedgerCustomerAccount:short LedgerSupplierAccount:short VatNumber "
            "Private:boolean ExplicitlySpecifyNewCompanyId:boolean"
        ),
        "Relation": (
            "ContactId:int CompanyId:int FirstName LastName Role RoleId:int PhoneNumbers:PhoneNumbers "
            "EmailAddresses:EmailAddresses Fax"
        ),
        "CompanyMap": "MapType:int ExternalId CompanyId:int",
        "SyncSearchParameters": "Page:int Active:boolean ChangedAfter:dateTime RegisteredAfter:dateTime",
        "PageOfSyncCompany": (
            "CurrentPage:long TotalPages:long TotalItems:long ItemsPerPage:long Items:[SyncCompany]"
        ),
        "SyncCompany": (
            "CompanyId:int ExternalId DateChanged:dateTime DateRegistered:dateTime Active:boolean"
        ),
        "CompanySearchParameters": (
            "ExternalId CompanyId:int CompanyIds:[int] CompanyName ChangedAfter:dateTime CompanyEmail "
            "CompanyPhone OrganizationNumber"
        ),
        "CompanyCategory": "Id:int Name ShowContact:boolean ShowCompany:boolean",
        "Product": (
            "CashPriceIncTax:double WebPrice:decimal SupplierId:int Id:int Name TaxRate:decimal "
            "Stock:decimal StatusId:int CategoryId:int PriceGroupID:int InPrice:decimal Description "
            "DescriptionLong Cost:decimal EAN1 Price:decimal No DateChanged:dateTime "
            "APIException:APIException Weight:decimal MinimumStock:decimal OrderProposal:decimal "
            "StockLocation SupplierProductCode SupplierProductName Web:boolean ProductCode "
            "StockControlled:boolean NewOffer:boolean NewProduct:boolean"
        ),
        "ProductSearchParameters": (
            "Id:int CategoryId:int No EAN1 Name Price:decimal DateChanged:dateTime ProductIds:[int]"
        ),
        "ProductCategory": "Id:int Name No ParentId:int APIException:APIException",
        "InvoiceSyncParameters": "ChangedAfter:dateTime RegisteredAfter:dateTime",
        "InvoiceSearchParameters": (
            "CustomerIds:[int] ChangedAfter:dateTime OrderStates:[OrderSlipStateType] InvoiceIds:[int] "
            "OrderIds:[int] ExternalStatus:[int]"
        ),
        "InvoiceOrder": (
            "OrderId:int CustomerId:int CustomerName CustomerDeliveryName CustomerDeliveryPhone "
            "Addresses:Addresses OrderStatus:OrderSlipStateType InvoiceId:int DateOrdered:dateTime "
            "DateInvoiced:dateTime DateChanged:dateTime PaymentTime:int CustomerReferenceNo ProjectId:int "
            "OurReference:int IncludeVAT:boolean YourReference OrderTotalIncVat:decimal "
            "OrderTotalVat:decimal InvoiceTitle InvoiceText Paid:dateTime OCR CustomerOrgNo "
            "Currency:Currency PaymentMethodId:int PaymentAmount:decimal ProductionManagerId:int "
            "SalesOpportunityId:int TypeOfSaleId:int Distributor:Distributor "
            "DistributionMethod:DistributionMethod DepartmentId:int ExternalStatus:int "
            "InvoiceEmailAddress InvoiceRows:[InvoiceRow] APIException:APIException ProductionNumber "
            "DeliveryDate:dateTime ReferenceInvoiceId:int ReferenceOrderId:int ReferenceNumber "
            "SkipStock:boolean AccrualDate:dateTime AccrualLength:int RoundFactor:decimal "
            "InvoiceTemplateId:guid VippsNumber DeliveryMethod:DeliveryMethod DeliveryAlternative "
            "SendToFactoring:boolean Commission:decimal UserDefinedDimensions:[UserDefinedDimension] "
            "GLNNumber CustomerDeliveryId:int"
        ),
        "InvoiceRow": (
            "ProductId:int RowId:int VatRate:decimal Price:decimal Name DiscountRate:decimal "
            "Quantity:decimal QuantityDelivered:decimal QuantityOrdered:decimal QuantityRest:decimal "
            "Cost:decimal ChangeState:ChangeState TypeGroupId:int SequenceNumber:short Hidden:boolean "
            "Type:RowType InPrice:decimal AccrualDate:dateTime AccrualLength:int AccountProject:boolean "
            "ProjectId:int DepartmentId:int ProductNo TaxSettings:TaxSettings "
            "UserDefinedDimensions:[UserDefinedDimension] SerialNumber"
        ),
        "Currency": "Rate:decimal Unit:short Symbol",
        "TaxSettings": "TaxAccount:int TaxCode:int TaxRate:decimal",
        "UserDefinedDimension": "TypeId:int Name Value",
        "DeliveryMethod": "Id:int Description",
        "PaymentMethod": "Id:int Name",
    }.items()
}

ITEM_NAMES = {"CompanyCategory": "Category", "ProductCategory": "Category"}
"""Element names of array items where they differ from the kind."""

ALWAYS_PRESENT = {("InvoiceOrder", "IncludeVAT")}
"""Elements that the schema requires but allows to be nil (contract 24sevenoffice 6.2)."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation takes and gives; `session` tells whether it needs one."""

    request: Fields
    result: str
    session: bool = True


def _operation(request: str, result: str, session: bool = True) -> Operation:
    return Operation(_fields(request), result, session)


_AUTHENTICATE = {
    "Login": _operation("credential:Credential", "string", session=False),
    "HasSession": _operation("", "boolean", session=False),
    "GetIdentity": _operation("", "Identity"),
    "GetIdentities": _operation("", "[Identity]"),
    "SetIdentity": _operation("identity:Identity", "boolean"),
    "SetIdentityById": _operation("identityId:guid", "boolean"),
    "GetIdentitiesWithCredential": _operation("credential:Credential", "[Identity]", session=False),
}
_COMPANY = {
    "GetCompanySyncList": _operation("syncSearchParameters:SyncSearchParameters", "PageOfSyncCompany"),
    "GetCompanies": _operation("searchParams:CompanySearchParameters returnProperties:[string]", "[Company]"),
    "SaveCompanies": _operation("companies:[Company]", "[Company]"),
    "GetCategories": _operation("", "[CompanyCategory]"),
}
_PRODUCT = {
    "GetProducts": _operation("searchParams:ProductSearchParameters returnProperties:[string]", "[Product]"),
    "GetCategories": _operation("returnProperties:[string]", "[ProductCategory]"),
}
_INVOICE = {
    "GetInvoices": _operation(
        "searchParams:InvoiceSearchParameters invoiceReturnProperties:[string] rowReturnProperties:[string]",
        "[InvoiceOrder]",
    ),
    "GetOrderSyncList": _operation("syncParams:InvoiceSyncParameters", "[int]"),
    "SaveInvoices": _operation("invoices:[InvoiceOrder]", "[InvoiceOrder]"),
    "UpdateInvoices": _operation("invoices:[InvoiceOrder]", "[InvoiceOrder]"),
    "GetPaymentMethods": _operation("", "[PaymentMethod]"),
}
_CLIENT = {
    "GetClientInformation": _operation("", "Client"),
    "GetDepartmentList": _operation("", "[Department]"),
    "GetUsers": _operation("", "[User]"),
    "GetVatTypeList": _operation("", "[VatType]"),
}

SERVICES: dict[str, tuple[str, Mapping[str, Operation]]] = {
    "/authenticate/v001/authenticate.asmx": ("Authenticate", _AUTHENTICATE),
    "/crm/company/v001/companyservice.asmx": ("CompanyService", _COMPANY),
    "/logistics/product/v001/productservice.asmx": ("ProductService", _PRODUCT),
    "/economy/invoiceorder/v001/invoiceservice.asmx": ("InvoiceService", _INVOICE),
    "/client/v001/clientservice.asmx": ("ClientService", _CLIENT),
}
"""The vendor's paths in lower case (case does not matter there), with the name of the service's WSDL file."""

OPERATIONS = frozenset(name for _, operations in SERVICES.values() for name in operations)

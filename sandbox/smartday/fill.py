"""Puts the seed into the state: tasks always, customers and products only when asked for.

Decision: Bridge starts without customers and products because the import brings them; tasks name them anyway.
"""

from collections import Counter

from sandbox import seed, seed_tasks
from sandbox.smartday import demo
from sandbox.smartday.master_data import CUSTOMERS, PRODUCTS, upsert
from sandbox.smartday.state import Agreement, Bridge
from sandbox.smartday.wire import Record

_PRODUCT_TYPES = {1: ("hours", "time"), 2: ("distance", "km"), 3: ("goods", "stk"), 4: ("supplement", "stk")}


def reset(bridge: Bridge) -> None:
    """Take the state back to the seed."""
    bridge.clear()
    agreement, options = bridge.agreements[demo.AGREEMENT_NUMBER], bridge.options
    companies = seed.companies(options.customers, options.seed)
    products = seed.products(options.products, options.seed)
    buyers = [c for c in companies if c["active"] and not c["BlockInvoice"] and c["Type"] != "Supplier"]
    tasks = seed_tasks.tasks(options.tasks, [str(c["Id"]) for c in buyers], products, options.seed)
    agreement.tasks = {t["id"]: t for t in sorted(tasks, key=lambda t: (t["changed_at"], t["id"]))}
    if options.prefilled:
        _fill_master_data(agreement, companies, products)


def _fill_master_data(agreement: Agreement, companies: list[Record], products: list[Record]) -> None:
    for company in companies:
        if company["active"] and company["Type"] != "Supplier":
            upsert(agreement, CUSTOMERS, str(company["Id"]), _customer(company))
    uses = Counter(product["No"] for product in products)
    for product in products:
        if product["StatusId"] == 1 and product["No"] and uses[product["No"]] == 1:
            upsert(agreement, PRODUCTS, product["No"], _product(product))


def _customer(company: Record) -> Record:
    address = company["Addresses"].get("Invoice") or company["Addresses"].get("Post")
    emails = {kind: entry["Value"] for kind, entry in company["EmailAddresses"].items()}
    return {
        "name": f"{company['FirstName']} {company['Name']}".strip(),
        "is_company": company["Type"] == "Business",
        "email": emails.get("Primary"),
        "invoice_email": emails.get("Invoice"),
        "phone": company["PhoneNumbers"]["Primary"]["Value"],
        "billing_address": address
        and {
            "address1": address["Street"],
            "postal_code": address["PostalCode"],
            "postal_area": address["PostalArea"],
        },
    }


def _product(product: Record) -> Record:
    kind, unit = _PRODUCT_TYPES[product["CategoryId"]]
    return {
        "type": kind,
        "name": product["Name"],
        "unit": unit,
        "price": product["Price"],
        "cost_price": product["InPrice"],
        "vat_rate": product["TaxRate"],
    }

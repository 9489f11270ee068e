"""Made-up Norwegian customers, products and tasks that both stand-ins start from.

Decision: everything follows from the number of a record and the seed, so two processes given the same counts
agree without talking to each other, and a larger count only adds records after the smaller one's.
Money and quantities are `Decimal`; times are aware UTC datetimes in ERP-shaped records, text in tasks.
"""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

Record = dict[str, Any]

EXAMPLE_COMPANY_ID = 10021
IN_PROGRESS: Record = {"code": "in_progress", "number": 4, "label": "Pågår"}

_WORDS_FILE = Path(__file__).with_name("seed_words.json")
_EXAMPLE_FILE = Path(__file__).parent / "smartday" / "example_task.json"
_WORDS: dict[str, list[Any]] = json.loads(_WORDS_FILE.read_text("utf-8"))
_MASTER_DATA_EPOCH = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
_TASK_EPOCH = datetime(2026, 9, 1, 5, 30, tzinfo=UTC)

_EMPLOYEES = ("Bjørg Ånensen", "Åse Bjørnø", "Øyvind Sæther", "Pål Løvås", "Guri Håland")

_EXAMPLE_PRODUCTS = (  # No, name, price, cost and category, as the example task has them
    ("T100", "Montørtime, ordinær", "950.00", "420.00", 1),
    ("T150", "Montørtime, overtid 50 %", "1425.00", "610.00", 1),
    ("T020", "Reisetid", "750.00", "420.00", 1),
    ("KM", "Kjøring servicebil", "8.00", "3.50", 2),
    ("1042210", "Varmekabel 10 W/m, 50 m", "1249.00", "811.00", 3),
    ("1533870", "Koblingsboks IP65", "89.50", "41.20", 3),
    ("OPPM", "Oppmøte servicebil", "350.00", "0.00", 4),
)
_GOODS = 3
_WITHOUT_NUMBER, _EXPIRED, _SAME_NUMBER, _WRONG_CHECKSUM = (12, 33, 71), (15, 16), (20, 21), (8, 40)

_STATUS_WEB: tuple[Record | None, ...] = (
    {"code": "READY_TO_INVOICE", "label": "Utført – klar for fakturering"},
    {"code": "WARRANTY_CHECK", "label": "Utført – sjekk garanti"},
    None,
)


def companies(count: int, seed: int = 1) -> list[Record]:
    """ERP-shaped customers, `Id` from 10001 up (shape: contract 24sevenoffice 4), at least one.

    Company 10021 "Brønnøysund Rør & Varme AS" is always there; with fewer than 21 it takes the last place.
    `active` is no `Company` field: the ERP shows it in its sync list. Addresses not held are left out.
    """
    ids = list(range(10001, 10001 + max(count, 1)))
    if EXAMPLE_COMPANY_ID not in ids:
        ids[-1] = EXAMPLE_COMPANY_ID
    return [_company(company_id, seed) for company_id in ids]


def products(count: int, seed: int = 1) -> list[Record]:
    """ERP-shaped products, `Id` from 501 up (contract 24sevenoffice 5), never fewer than the example task's.

    Three have an empty `No`, one pair has the same `No`, two are expired (`StatusId` 0). NOK excluding VAT.
    """
    return [_product(n, seed) for n in range(1, max(count, len(_EXAMPLE_PRODUCTS)) + 1)]


def example_task() -> Record:
    """The finished task 48213 exactly as in contract smartday 4.4."""
    task: Record = json.loads(_EXAMPLE_FILE.read_text("utf-8"), parse_float=Decimal)
    return task


def tasks(count: int, company_ids: list[str], products: list[Record], seed: int = 1) -> list[Record]:
    """Tasks in progress (shape: contract smartday 4.4); the first is 48213 just before it was finished.

    Customers come from `company_ids` (not empty), items from active `products` with a number of their own.
    Each has 3-9 registrations (the example nine), at least three of them billable, approved and not zero.
    """
    uses = Counter(product["No"] for product in products)
    usable = {p["No"]: p for p in products if p["No"] and p["StatusId"] == 1 and uses[p["No"]] == 1}
    goods = [p for p in usable.values() if p["CategoryId"] == _GOODS]
    names = {c: _company(int(c), seed)["Name"] for c in company_ids[:count]}
    made = [_example_in_progress()] if count else []
    for n in range(1, count):
        external_number = company_ids[n % len(company_ids)]
        customer = {
            "id": bridge_customer_id(external_number),
            "external_number": external_number,
            "name": names[external_number],
        }
        made.append(_task(n, customer, usable, goods, seed))
    return made


def bridge_customer_id(external_number: str) -> str:
    """Smartday's id of a seeded customer: `c-7001` for 10021, as contract smartday 4.4 pairs them."""
    return f"c-{int(external_number) - 3020}"


def _company(company_id: int, seed: int) -> Record:
    n, pick = company_id - 10000, Random(f"{seed}:company:{company_id}")
    example, kind = company_id == EXAMPLE_COMPANY_ID, "Business"
    if n % 7 == 3:
        kind = "Consumer"
    elif n % 53 == 5:
        kind = "Supplier"
    first, last, trade = (pick.choice(_WORDS[key]) for key in ("first_names", "last_names", "trades"))
    company_name = f"{last} {trade} {pick.choice(('AS', 'AS', 'DA', 'SA'))}"
    name = last if kind == "Consumer" else company_name
    created = _MASTER_DATA_EPOCH + timedelta(minutes=n)
    return {
        "Id": company_id,
        "Name": "Brønnøysund Rør & Varme AS" if example else name,
        "FirstName": first if kind == "Consumer" else "",
        "Type": kind,
        "OrganizationNumber": "" if kind == "Consumer" else _organisation_number(n, n in _WRONG_CHECKSUM),
        "ExternalId": "",
        "Addresses": {} if n % 41 == 13 else _addresses(pick, example),
        "PhoneNumbers": {
            "Primary": {"Value": f"+4777{n % 1_000_000:06d}"},
            **({"Mobile": {"Value": f"+4790{n % 1_000_000:06d}"}} if n % 3 == 0 else {}),
        },
        "EmailAddresses": {
            "Primary": {"Value": f"post{company_id}@eksempel.invalid"},
            **({"Invoice": {"Value": f"faktura{company_id}@eksempel.invalid"}} if n % 2 else {}),
        },
        "BlockInvoice": n % 61 == 17,
        "DateCreated": created,
        "DateChanged": created + timedelta(days=pick.randrange(60), seconds=pick.randrange(60)),
        "active": n % 47 != 11,
    }


def _organisation_number(n: int, wrong: bool) -> str:
    """Nine digits from 3 up: real Norwegian numbers begin with 8 or 9, so no real company is named."""
    base = 31_000_000 + n
    while (check := _check_digit(base)) == 10:
        base += 1_000_000
    return f"{base}{(check + 1) % 10 if wrong else check}"


def _check_digit(base: int) -> int:
    weighted = sum(int(d) * w for d, w in zip(str(base), (3, 2, 7, 6, 5, 4, 3, 2), strict=True))
    return (11 - weighted % 11) % 11


def _addresses(pick: Random, example: bool) -> Record:
    def address() -> Record:
        postal_code, area = pick.choice(_WORDS["places"])
        letter = pick.choice(("", "", " A", " B"))
        street = f"{pick.choice(_WORDS['streets'])} {pick.randrange(1, 120)}{letter}"
        return {"Street": street, "PostalCode": postal_code, "PostalArea": area, "Country": "NO"}

    if example:
        post = {"Street": "Havnegata 2", "PostalCode": "8900", "PostalArea": "Brønnøysund", "Country": "NO"}
        return {"Post": post, "Invoice": dict(post)}
    held: Record = {"Post": address()}
    for kind, share in (("Visit", 0.5), ("Invoice", 0.4), ("Delivery", 0.2)):
        if pick.random() < share:
            held[kind] = address()
    return held


def _product(n: int, seed: int) -> Record:
    pick = Random(f"{seed}:product:{n}")
    if n <= len(_EXAMPLE_PRODUCTS):
        number, name, price, cost, category = _EXAMPLE_PRODUCTS[n - 1]
    else:
        # Steps of 37 from one million meet neither of the example's two item numbers.
        number, category = str(1_000_000 + 37 * (_SAME_NUMBER[0] if n in _SAME_NUMBER else n)), _GOODS
        number = "" if n in _WITHOUT_NUMBER else number
        name = f"{pick.choice(_WORDS['goods'])} {pick.choice(_WORDS['variants'])}, {pick.randrange(1, 50)} pk"
        price = f"{pick.randrange(15, 4900)}.{pick.choice(('00', '50', '90'))}"
        cost = str(_cents(Decimal(price) * Decimal("0.62")))
    return {
        "Id": 500 + n,
        "No": number,
        "Name": name,
        "Description": f"{name} – lagerført" if category == _GOODS else "",
        "Price": Decimal(price),
        "InPrice": Decimal(cost),
        "TaxRate": Decimal(25),
        "CategoryId": category,
        "StatusId": 0 if n in _EXPIRED else 1,
        "Stock": Decimal(pick.randrange(0, 400) if category == _GOODS else 0),
        "DateChanged": _MASTER_DATA_EPOCH + timedelta(days=pick.randrange(60), minutes=n),
    }


def _example_in_progress() -> Record:
    before = {"version": 6, "status": dict(IN_PROGRESS), "outcome": None, "finished_at": None}
    return example_task() | before | {"changed_at": "2026-09-14T10:40:02Z"}


def _task(n: int, customer: Record, usable: Record, goods: list[Record], seed: int) -> Record:
    pick, task_id = Random(f"{seed}:task:{n}"), str(48213 + n)
    start = _TASK_EPOCH + timedelta(days=n % 13, minutes=15 * pick.randrange(16))
    workers = [_employee(number) for number in pick.sample(range(1, len(_EMPLOYEES)), 2)]
    registrations = _registrations(task_id, start, workers, usable, goods, pick)
    minutes = sum(r["quantity"] * 60 for r in registrations if r["kind"] == "hours" and r["billable"])
    location = _location(pick)
    return {
        "id": task_id,
        "number": task_id,
        "version": 3,
        "title": pick.choice(_WORDS["task_titles"]),
        "description": None,
        "status": dict(IN_PROGRESS),
        "outcome": None,
        "status_web": pick.choice(_STATUS_WEB),
        "urgent": n % 9 == 0,
        "category": {"id": "3", "name": "Serviceoppdrag"},
        "source": "planner",
        "created_at": _text(start - timedelta(days=5)),
        "planned_start": _text(start),
        "planned_end": _text(start + timedelta(hours=4)),
        "started_at": _text(start),
        "finished_at": None,
        "changed_at": _text(start + timedelta(hours=5)),
        "time_zone": "Europe/Oslo",
        "minutes_spent": int(minutes),
        "customer": customer,
        "billing_customer": dict(customer),
        "customer_reference": f"Bestilling {4471 + n}" if n % 3 == 0 else None,
        "site": None,
        "location": None if n % 17 == 4 else location,
        "project": None,
        "department": {"id": "1", "name": "Service"},
        "responsible": _employee(0),
        "participants": workers,
        "registrations": registrations,
        "checklists": [],
        "documents": [],
        "export": {"state": "none", "order_number": None, "exported_at": None},
    }


def _location(pick: Random) -> Record:
    postal_code, area = pick.choice(_WORDS["places"])
    return {
        "address1": pick.choice(_WORDS["streets"]),
        "house_number": str(pick.randrange(1, 90)),
        "address2": None,
        "postal_code": postal_code,
        "postal_area": area,
        "country": "NO",
        "latitude": None,
        "longitude": None,
    }


def _registrations(
    task_id: str, start: datetime, workers: list[Record], usable: Record, goods: list[Record], pick: Random
) -> list[Record]:
    tenths, quarters = Decimal("0.1"), Decimal("0.25")
    chosen: list[tuple[str, Record, Decimal, str]] = [
        ("hours", usable["T100"], quarters * pick.randrange(2, 25), "time"),
        ("distance", usable["KM"], tenths * pick.randrange(20, 900), "km"),
        ("supplement", usable["OPPM"], Decimal(1), "stk"),
    ]
    if pick.random() < 0.4:
        chosen.append(("hours", usable["T020"], quarters * pick.randrange(1, 5), "time"))
    items = pick.sample(goods, min(pick.randrange(4), len(goods)))
    chosen.extend(("item", product, Decimal(pick.randrange(1, 6)), "stk") for product in items)
    made = [
        _registration(f"r-{task_id}-{i}", *choice, start, workers[i % 2], Decimal(pick.choice((0, 0, 0, 10))))
        for i, choice in enumerate(chosen, 1)
    ]
    if pick.random() < 0.3:
        unbillable = {"id": f"r-{task_id}-90", "billable": False, "status": "used"}
        made.append(made[0] | unbillable | {"description": "Garantiarbeid"})
    if pick.random() < 0.3:
        text = "Kunden ønsker ettersyn før påske.\nNøkkel hos vaktmester."
        note = {"id": f"r-{task_id}-91", "kind": "note", "status": "approved", "date": made[0]["date"]}
        made.append(note | {"employee": workers[0], "text": text})
    return made


def _registration(
    key: str,
    kind: str,
    product: Record,
    quantity: Decimal,
    unit: str,
    start: datetime,
    employee: Record,
    discount: Decimal,
) -> Record:
    return {
        "id": key,
        "kind": kind,
        "status": "approved",
        "product": {"id": f"p-{product['No']}", "external_number": product["No"], "name": product["Name"]},
        "description": product["Name"],
        "employee": employee,
        "quantity": quantity,
        "unit": unit,
        "unit_price": product["Price"],
        "cost_price": product["InPrice"],
        "discount_percent": discount,
        "vat_rate": product["TaxRate"],
        "net_amount": _cents(quantity * product["Price"] * (1 - discount / 100)),
        "billable": True,
        "date": start.date().isoformat(),
    }


def _employee(index: int) -> Record:
    return {"id": f"u-{10 + index}", "external_number": str(10 + index), "name": _EMPLOYEES[index]}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

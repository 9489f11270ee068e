"""Made-up tasks in progress that the Bridge stand-in starts from (shape: contract smartday 4.4).

Decision: as in `seed`, everything follows from the number of a task and the seed. Times are text, as Bridge
shows them; money and quantities are `Decimal`.
"""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from sandbox.seed import GOODS, WORDS, Record, cents, company_name

IN_PROGRESS: Record = {"code": "in_progress", "number": 4, "label": "Pågår"}

_EXAMPLE_FILE = Path(__file__).parent / "smartday" / "example_task.json"
_TASK_EPOCH = datetime(2026, 9, 1, 5, 30, tzinfo=UTC)

_EMPLOYEES = ("Bjørg Ånensen", "Åse Bjørnø", "Øyvind Sæther", "Pål Løvås", "Guri Håland")

_STATUS_WEB: tuple[Record | None, ...] = (
    {"code": "READY_TO_INVOICE", "label": "Utført – klar for fakturering"},
    {"code": "WARRANTY_CHECK", "label": "Utført – sjekk garanti"},
    None,
)


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
    goods = [p for p in usable.values() if p["CategoryId"] == GOODS]
    names = {c: company_name(int(c), seed) for c in company_ids[:count]}
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
        "title": pick.choice(WORDS["task_titles"]),
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
    postal_code, area = pick.choice(WORDS["places"])
    return {
        "address1": pick.choice(WORDS["streets"]),
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
        "net_amount": cents(quantity * product["Price"] * (1 - discount / 100)),
        "billable": True,
        "date": start.date().isoformat(),
    }


def _employee(index: int) -> Record:
    return {"id": f"u-{10 + index}", "external_number": str(10 + index), "name": _EMPLOYEES[index]}


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

"""Made-up Norwegian customers and products that both stand-ins start from; tasks: `seed_tasks`.

Decision: everything follows from the number of a record and the seed, so two processes given the same counts
agree without talking to each other, and a larger count only adds records after the smaller one's.
Money and quantities are `Decimal`; times are aware UTC datetimes.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

Record = dict[str, Any]

EXAMPLE_COMPANY_ID = 10021
GOODS = 3
"""Category of the items; 1 is hours, 2 distance, 4 supplements."""

WORDS: dict[str, list[Any]] = json.loads(Path(__file__).with_name("seed_words.json").read_text("utf-8"))

_MASTER_DATA_EPOCH = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)

_EXAMPLE_PRODUCTS = (  # No, name, price, cost and category, as the example task has them
    ("T100", "Montørtime, ordinær", "950.00", "420.00", 1),
    ("T150", "Montørtime, overtid 50 %", "1425.00", "610.00", 1),
    ("T020", "Reisetid", "750.00", "420.00", 1),
    ("KM", "Kjøring servicebil", "8.00", "3.50", 2),
    ("1042210", "Varmekabel 10 W/m, 50 m", "1249.00", "811.00", 3),
    ("1533870", "Koblingsboks IP65", "89.50", "41.20", 3),
    ("OPPM", "Oppmøte servicebil", "350.00", "0.00", 4),
)
_WITHOUT_NUMBER, _EXPIRED, _SAME_NUMBER, _WRONG_CHECKSUM = (12, 33, 71), (15, 16), (20, 21), (8, 40)


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


def company_name(company_id: int, seed: int = 1) -> str:
    """The name that `companies` gives this customer."""
    return str(_company(company_id, seed)["Name"])


def cents(amount: Decimal) -> Decimal:
    """Two decimals, half up."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _company(company_id: int, seed: int) -> Record:
    n, pick = company_id - 10000, Random(f"{seed}:company:{company_id}")
    example, kind = company_id == EXAMPLE_COMPANY_ID, "Business"
    if n % 7 == 3:
        kind = "Consumer"
    elif n % 53 == 5:
        kind = "Supplier"
    first, last, trade = (pick.choice(WORDS[key]) for key in ("first_names", "last_names", "trades"))
    business = f"{last} {trade} {pick.choice(('AS', 'AS', 'DA', 'SA'))}"
    name = last if kind == "Consumer" else business
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
        postal_code, area = pick.choice(WORDS["places"])
        letter = pick.choice(("", "", " A", " B"))
        street = f"{pick.choice(WORDS['streets'])} {pick.randrange(1, 120)}{letter}"
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
        number, category = str(1_000_000 + 37 * (_SAME_NUMBER[0] if n in _SAME_NUMBER else n)), GOODS
        number = "" if n in _WITHOUT_NUMBER else number
        name = f"{pick.choice(WORDS['goods'])} {pick.choice(WORDS['variants'])}, {pick.randrange(1, 50)} pk"
        price = f"{pick.randrange(15, 4900)}.{pick.choice(('00', '50', '90'))}"
        cost = str(cents(Decimal(price) * Decimal("0.62")))
    return {
        "Id": 500 + n,
        "No": number,
        "Name": name,
        "Description": f"{name} – lagerført" if category == GOODS else "",
        "Price": Decimal(price),
        "InPrice": Decimal(cost),
        "TaxRate": Decimal(25),
        "CategoryId": category,
        "StatusId": 0 if n in _EXPIRED else 1,
        "Stock": Decimal(pick.randrange(0, 400) if category == GOODS else 0),
        "DateChanged": _MASTER_DATA_EPOCH + timedelta(days=pick.randrange(60), minutes=n),
    }

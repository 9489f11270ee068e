"""Reading the golden set: one JSON file per case (format: README.md of this folder)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import EnumType
from pathlib import Path
from typing import Any, get_type_hints

from connector.domain.binding import Binding, Kind
from connector.domain.order_mapping import Bindings
from connector.domain.settings import Settings

Wire = dict[str, Any]

FOLDER = Path(__file__).parent
START = "2026-09-01T00:00:00Z"
CUSTOMERS: dict[str, Wire | None] = {"10021": {}, "10022": {"person": True}}
PRODUCTS: dict[str, Wire | None] = {
    "T100": {"id": 501},
    "T150": {"id": 502},
    "T020": {"id": 503},
    "KM": {"id": 504},
    "1042210": {"id": 505},
    "1533870": {"id": 506},
    "OPPM": {"id": 507},
    "FRI": {"id": 508, "vat_rate": 0},
    "MAT": {"id": 509, "vat_rate": 15},
}
"""What is in both registers unless a case says otherwise; VAT is 25 % where no rate is given."""

_KEYS = frozenset({"what", "source", "settings", "start", "register", "repeat", "task", "order", "reason"})


@dataclass(frozen=True)
class Case:
    """One task and what must become of it: `order` or `reason`, the other is None.

    `customers` and `products` hold, by number, what the ERP has.
    """

    name: str
    what: str
    source: str
    start: datetime
    settings: Settings
    customers: Mapping[str, Wire]
    products: Mapping[str, Wire]
    task: Wire
    order: Wire | None
    reason: Wire | None

    @property
    def bindings(self) -> Bindings:
        """The pairs that an import of this register would have left."""
        customers = {
            number: Binding(
                Kind.CUSTOMERS,
                number,
                int(number),
                active=one.get("active", True),
                blocked=one.get("blocked", False),
            )
            for number, one in self.customers.items()
        }
        products = {
            number: Binding(Kind.PRODUCTS, number, one["id"], active=one.get("active", True))
            for number, one in self.products.items()
        }
        return Bindings(customers, products)


def cases() -> list[Case]:
    """All cases, by file name."""
    return [read(path) for path in sorted(FOLDER.glob("*.json"))]


def read(path: Path) -> Case:
    """The case of a file; raises `ValueError` for one that isn't in the format."""
    given: Wire = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    if unknown := given.keys() - _KEYS:
        raise ValueError(f"{path.name}: unknown {', '.join(sorted(unknown))}")
    if ("order" in given) == ("reason" in given):
        raise ValueError(f"{path.name}: give an order or a reason")
    order = given.get("order")
    if order:
        order["rows"] = [one for row in order["rows"] for one in _expanded(row)]
    register = given.get("register", {})
    return Case(
        name=path.stem,
        what=given["what"],
        source=given["source"],
        start=datetime.fromisoformat(given.get("start", START)),
        settings=_settings(given.get("settings", {})),
        customers=_merged(CUSTOMERS, register.get("customers", {})),
        products=_merged(PRODUCTS, register.get("products", {})),
        task=_with_repeated(given["task"], given.get("repeat")),
        order=order,
        reason=given.get("reason"),
    )


def _merged(standard: Mapping[str, Wire | None], changes: Mapping[str, Wire | None]) -> dict[str, Wire]:
    changed = {
        number: None if change is None else {**(standard.get(number) or {}), **change}
        for number, change in changes.items()
    }
    return {number: one for number, one in {**standard, **changed}.items() if one is not None}


def _settings(given: Wire) -> Settings:
    hints = get_type_hints(Settings)
    return Settings(
        **{
            name: hints[name](value) if isinstance(hints.get(name), EnumType) else value
            for name, value in given.items()
        }
    )


def _with_repeated(task: Wire, repeat: Wire | None) -> Wire:
    if repeat is None:
        return task
    added = [_numbered(repeat["registration"], n) for n in range(1, repeat["times"] + 1)]
    return {**task, "registrations": [*task["registrations"], *added]}


def _expanded(row: Any) -> list[Any]:
    if not isinstance(row, dict) or "repeat" not in row:
        return [row]
    return [_numbered(row["row"], n) for n in range(1, row["repeat"] + 1)]


def _numbered(value: Any, n: int) -> Any:
    """The value with `{n}` replaced in every text."""
    if isinstance(value, dict):
        return {key: _numbered(part, n) for key, part in value.items()}
    if isinstance(value, list):
        return [_numbered(part, n) for part in value]
    return value.replace("{n}", str(n)) if isinstance(value, str) else value

"""Rows of an order: what a row must have, what the server fills in, and the order's totals (contract 6.4,
6.5).

Decision where the contract leaves it open: an absent quantity counts as 1. Each row is rounded to øre,
half up; VAT is computed per rate on the sum of the rounded amounts.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.books import Books
from sandbox.twentyfoursevenoffice.products import EXPIRED
from sandbox.twentyfoursevenoffice.rejection import RejectedError, check_enumerations, check_lengths
from sandbox.twentyfoursevenoffice.values import Record

NO_PRODUCT = -1
_STANDARD_RATE = Decimal(25)
_LENGTHS = {"Name": 300}
_SERVER_FIELDS = ("RowId", "VatRate", "ProductNo", "ChangeState")
_ORE = Decimal("0.01")


def new_rows(books: Books, sent: list[Record]) -> list[Record]:
    """The rows of a new order. Raises `RejectedError` when there are none or one is wrong."""
    if not sent:
        raise RejectedError("An order needs at least one row")
    rows = [_completed(books, row, position) for position, row in enumerate(sent, 1)]
    return _in_sequence({**row, "RowId": books.orders.next_row_id()} for row in rows)


def changed_rows(books: Books, existing: list[Record], sent: list[Record]) -> list[Record]:
    """The rows of an order after `Add`, `Edit` and `Delete`; rows sent without a change state are ignored."""
    rows = {row["RowId"]: row for row in existing}
    added: list[Record] = []
    for row in sent:
        check_enumerations("InvoiceRow", row)
        change = row.get("ChangeState", "None")
        if change == "Add":
            added.append(_completed(books, row, len(existing) + len(added) + 1))
        elif change in ("Edit", "Delete"):
            old = rows.pop(row.get("RowId", 0), None)
            if old is None:
                raise RejectedError(f"Row {row.get('RowId')} does not exist on this order")
            if change == "Edit":
                rows[old["RowId"]] = {**_edited(books, old, row), "RowId": old["RowId"]}
    return _in_sequence([*rows.values(), *({**row, "RowId": books.orders.next_row_id()} for row in added)])


def _in_sequence(rows: Iterable[Record]) -> list[Record]:
    return sorted(rows, key=lambda row: (row["SequenceNumber"], row["RowId"]))


def _edited(books: Books, old: Record, sent: Record) -> Record:
    """A row with what was sent; another product brings its own price and name."""
    is_another = sent.get("ProductId", old["ProductId"]) != old["ProductId"]
    own = ("Price", "Name") if is_another else ()
    kept = {name: value for name, value in old.items() if name not in own}
    return _completed(books, {**kept, **sent}, old["SequenceNumber"])


def _completed(books: Books, sent: Record, position: int) -> Record:
    check_lengths(sent, _LENGTHS)
    check_enumerations("InvoiceRow", sent)
    for name, known in (("DepartmentId", demo.DEPARTMENTS), ("ProjectId", demo.PROJECTS)):
        if name in sent and sent[name] not in known:
            raise RejectedError(f"{name} {sent[name]} does not exist")
    row = {name: value for name, value in sent.items() if name not in _SERVER_FIELDS}
    row = {"Type": "Normal", "SequenceNumber": position, **row}
    return _product_row(books, row) if row["Type"] == "Normal" else _text_row(row)


def _text_row(row: Record) -> Record:
    if not row.get("Name"):
        raise RejectedError("A text row needs a Name")
    return {name: row[name] for name in ("Type", "SequenceNumber", "Name", "Hidden") if name in row} | {
        "ProductId": NO_PRODUCT
    }


def _product_row(books: Books, row: Record) -> Record:
    if "ProductId" not in row:
        raise RejectedError("ProductId is mandatory on a row of type Normal")
    product = books.products.get(row["ProductId"])
    if product is None:
        raise RejectedError(f"Product {row['ProductId']} does not exist")
    if product.get("StatusId") == EXPIRED:
        raise RejectedError(f"Product {row['ProductId']} has expired")
    filled = {
        "Name": product["Name"],
        "Price": product.get("Price", Decimal(0)),
        "InPrice": product.get("InPrice", Decimal(0)),
        "Quantity": Decimal(1),
        "DiscountRate": Decimal(0),
    }
    rate = row.get("TaxSettings", {}).get("TaxRate", product.get("TaxRate", _STANDARD_RATE))
    return {**filled, **row, "ProductNo": product.get("No", ""), "VatRate": rate}


def totals(rows: list[Record], include_vat: bool) -> Record:
    """`OrderTotalIncVat` and `OrderTotalVat`; with `include_vat` the rows' prices include VAT.

    VAT is computed per rate on the sum of its rows, as in contract smartday 4.4's arithmetic.
    """
    by_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["Type"] == "Normal":
            amount = row["Price"] * row["Quantity"] * (100 - row["DiscountRate"]) / 100
            by_rate[row["VatRate"]] += _rounded(amount)
    vat = sum(
        (_rounded(amount * rate / (100 + rate if include_vat else 100)) for rate, amount in by_rate.items()),
        Decimal(0),
    )
    total = sum(by_rate.values(), Decimal(0))
    return {"OrderTotalIncVat": total if include_vat else total + vat, "OrderTotalVat": vat}


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_ORE, ROUND_HALF_UP)

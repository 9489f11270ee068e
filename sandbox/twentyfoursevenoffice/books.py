"""One client's books in memory: customers, products and orders, found by id and by what is searched often.

Decision: a stored record is never changed in place, only replaced; so a reset is a copy of the first dict
and a record's XML can be kept until the record is replaced.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sandbox.twentyfoursevenoffice.values import Raw, Record, write_members

_FIRST_ORDER = 5001
_FIRST_INVOICE = 100001


class Table:
    """Records of one type by their int key, in ascending order."""

    def __init__(self, kind: str, key: str, records: Iterable[Record]) -> None:
        self._kind, self._key = kind, key
        self._records: dict[int, Record] = {record[key]: record for record in records}
        self._ids = sorted(self._records)
        self._xml: dict[int, tuple[frozenset[str], Raw]] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Record]:
        return (self._records[each] for each in self._ids)

    def get(self, record_id: int) -> Record | None:
        """The record, None when there is none."""
        return self._records.get(record_id)

    def pick(self, ids: Collection[int]) -> list[Record]:
        """The records among `ids` that exist, ascending, each once."""
        return [self._records[each] for each in sorted(set(ids)) if each in self._records]

    def put(self, record: Record) -> None:
        """Add the record or replace the one with its key."""
        record_id = record[self._key]
        if record_id not in self._records:
            insort(self._ids, record_id)
        self._records[record_id] = record
        self._xml.pop(record_id, None)

    def remove(self, record_id: int) -> None:
        """Take a record away."""
        del self._records[record_id]
        self._ids.remove(record_id)
        self._xml.pop(record_id, None)

    def next_id(self, first: int = 1) -> int:
        """A number above all in use."""
        return self._ids[-1] + 1 if self._ids else first

    def xml(self, record: Record, properties: frozenset[str]) -> Raw:
        """The members of a stored record in XSD order; the last asked choice of properties is kept."""
        kept = self._xml.get(record[self._key])
        if kept is None or kept[0] != properties:
            kept = properties, Raw(write_members(self._kind, record, properties))
            self._xml[record[self._key]] = kept
        return kept[1]


class Orders:
    """Orders with their rows, indexed by external status and by customer; gives out order, row and invoice
    numbers.
    """

    def __init__(self) -> None:
        self._table = Table("InvoiceOrder", "OrderId", ())
        self._index: dict[str, defaultdict[int, set[int]]] = {
            "ExternalStatus": defaultdict(set),
            "CustomerId": defaultdict(set),
        }
        self._rows = self._invoices = 0
        self._highest = _FIRST_ORDER - 1

    def __iter__(self) -> Iterator[Record]:
        return iter(self._table)

    def get(self, order_id: int) -> Record | None:
        """The order, None when there is none."""
        return self._table.get(order_id)

    def put(self, order: Record) -> None:
        """Add or replace an order."""
        old = self._table.get(order["OrderId"]) or {}
        for name, index in self._index.items():
            if name in old:
                index[old[name]].discard(order["OrderId"])
            if order.get(name) is not None:
                index[order[name]].add(order["OrderId"])
        self._highest = max(self._highest, order["OrderId"])
        self._table.put(order)

    def remove(self, order: Record) -> None:
        """Take an order away."""
        for name, index in self._index.items():
            index[order.get(name, 0)].discard(order["OrderId"])
        self._table.remove(order["OrderId"])

    def next_order_id(self) -> int:
        """The number of the next order, never one that was used; self-chosen higher ones move the series."""
        return self._highest + 1

    def next_row_id(self) -> int:
        """The number of the next row, unique over all orders."""
        self._rows += 1
        return self._rows

    def next_invoice_id(self) -> int:
        """The number of the next invoice."""
        self._invoices += 1
        return _FIRST_INVOICE + self._invoices - 1

    def candidates(self, criteria: dict[str, Any]) -> Iterable[Record]:
        """A superset of the orders that `InvoiceSearchParameters` can match, by the best index there is."""
        if "OrderIds" in criteria:
            return self._table.pick(criteria["OrderIds"])
        for search, name in (("ExternalStatus", "ExternalStatus"), ("CustomerIds", "CustomerId")):
            if search in criteria:
                index = self._index[name]
                return self._table.pick(
                    {each for wanted in criteria[search] for each in index.get(wanted, ())}
                )
        return self._table


class Books:
    """Everything one client has in the ERP. `first` records are kept, so that a reset needs no seeding."""

    def __init__(self, companies: list[Record], products: list[Record]) -> None:
        self._first = companies, products
        self.reset()

    def reset(self) -> None:
        """Back to the seed: its customers and products, no orders."""
        companies, products = self._first
        self.companies = Table("Company", "Id", companies)
        self.products = Table("Product", "Id", products)
        self.orders = Orders()

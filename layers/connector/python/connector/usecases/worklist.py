"""What one pass works through: what the ERP lists, and what is bound already.

Decision: a temporary SQLite database, on disk once it outgrows two megabytes. So the memory of a pass is the
same for a thousand records and for a hundred thousand, and what is absent is one query.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from connector.domain.binding import Binding, Kind
from connector.domain.master_data import Change

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -2000;
CREATE TABLE listed (id INTEGER PRIMARY KEY, number TEXT, changed_at REAL, active INTEGER);
CREATE TABLE bound (
    number TEXT PRIMARY KEY, erp_id INTEGER, fingerprint TEXT, active INTEGER, blocked INTEGER
) WITHOUT ROWID;
"""
_ABSENT = "FROM bound WHERE active AND number NOT IN (SELECT number FROM listed)"
_ROWS = 1000


class Worklist:
    """One pass over one register; used by one thread."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._db = sqlite3.connect("")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of memory and disk."""
        self._db.close()

    def add_listed(self, changes: Iterable[Change]) -> None:
        """Add entries of the ERP's list; one that comes again is no second record, its later entry counts."""
        rows = ((one.id, one.number, one.changed_at.timestamp(), one.active) for one in changes)
        self._insert("INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?)", rows)

    def add_bound(self, bindings: Iterable[Binding]) -> None:
        """Add what is bound of this register."""
        rows = ((one.number, one.erp_id, one.fingerprint, one.active, one.blocked) for one in bindings)
        self._insert("INSERT OR REPLACE INTO bound VALUES (?, ?, ?, ?, ?)", rows)

    def count_after(self, erp_id: int) -> int:
        """Listed records with a higher id."""
        return self._number("SELECT count(*) FROM listed WHERE id > ?", erp_id)

    def slice_after(self, erp_id: int, size: int) -> list[Change]:
        """The next `size` listed records in ascending id."""
        found = self._db.execute("SELECT * FROM listed WHERE id > ? ORDER BY id LIMIT ?", (erp_id, size))
        return [
            Change(one, number, datetime.fromtimestamp(changed_at, UTC), bool(active))
            for one, number, changed_at, active in found
        ]

    def in_use(self, ids: Collection[int]) -> dict[int, bool]:
        """Which of these are listed, and whether as in use."""
        question = "SELECT id, active FROM listed WHERE id IN (SELECT value FROM json_each(?))"
        return {one: bool(active) for one, active in self._db.execute(question, (_list(ids),))}

    def numbers(self, ids: Collection[int]) -> dict[int, str]:
        """The listed numbers of these, for those that are listed."""
        question = "SELECT id, number FROM listed WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._db.execute(question, (_list(ids),)))

    def carried_twice(self) -> frozenset[str]:
        """Numbers that several listed records carry."""
        question = "SELECT number FROM listed GROUP BY number HAVING count(*) > 1"
        return frozenset(number for (number,) in self._db.execute(question))

    def bound(self, numbers: Iterable[str]) -> dict[str, Binding]:
        """Number → binding, for those that exist."""
        question = "SELECT * FROM bound WHERE number IN (SELECT value FROM json_each(?))"
        found = map(self._binding, self._db.execute(question, (_list(numbers),)))
        return {one.number: one for one in found}

    def count_bound(self) -> int:
        """Bound records in use."""
        return self._number("SELECT count(*) FROM bound WHERE active")

    def count_absent(self) -> int:
        """Bound records in use whose number no listed record carries."""
        return self._number(f"SELECT count(*) {_ABSENT}")

    def absent_after(self, number: str, size: int) -> list[Binding]:
        """The next `size` of those that `count_absent` counts, in ascending number."""
        question = f"SELECT bound.* {_ABSENT} AND number > ? ORDER BY number LIMIT ?"
        return list(map(self._binding, self._db.execute(question, (number, size))))

    def count_kept(self) -> int:
        """Those of `count_absent` that Smartday refused to make inactive before (`Binding.blocked`)."""
        return self._number(f"SELECT count(*) {_ABSENT} AND blocked AND fingerprint = ''")

    def take_absent(self, size: int) -> list[Binding]:
        """At most `size` of those that `count_absent` counts; they don't come again."""
        found = self.absent_after("", size)
        with self._db:
            taken = _list(one.number for one in found)
            self._db.execute(
                "UPDATE bound SET active = 0 WHERE number IN (SELECT value FROM json_each(?))", (taken,)
            )
        return found

    def _binding(self, row: tuple[Any, ...]) -> Binding:
        number, erp_id, fingerprint, active, blocked = row
        return Binding(self._kind, number, erp_id, fingerprint, bool(active), bool(blocked))

    def _insert(self, question: str, rows: Iterator[tuple[Any, ...]]) -> None:
        while block := list(islice(rows, _ROWS)):
            with self._db:
                self._db.executemany(question, block)

    def _number(self, question: str, *given: int) -> int:
        (value,) = self._db.execute(question, given).fetchone()
        return int(value)


def _list(values: Iterable[object]) -> str:
    return json.dumps(list(values))

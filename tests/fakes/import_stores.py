"""In-memory stores of imports; what `tests.fakes.stores` says holds here too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import TypeVar

from connector.domain.import_result import RESULTS_A_PAGE, Result, ResultPage
from connector.domain.matches import MatchReview
from connector.domain.stream import Cursor, Stream
from connector.errors import Stale
from connector.ports import Clock

T = TypeVar("T")


def one_by_one(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """`Together` on one thread."""
    return [job() for job in jobs]


@dataclass
class MemoryMatchStore:
    """`MatchStore` in memory."""

    reviews: dict[tuple[str, Stream], MatchReview] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def get(self, agreement_number: str, stream: Stream) -> MatchReview | None:
        """See `MatchStore.get`."""
        return self.reviews.get((agreement_number, stream))

    def save(self, review: MatchReview) -> MatchReview:
        """See `MatchStore.save`."""
        key = (review.agreement_number, review.stream)
        with self._lock:
            stored = self.reviews.get(key)
            if (stored.revision if stored else 0) != review.revision:
                raise Stale
            self.reviews[key] = saved = replace(review, revision=review.revision + 1)
        return saved


@dataclass
class MemoryCursorStore:
    """`CursorStore` in memory."""

    cursors: dict[tuple[str, Stream], Cursor] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def get(self, agreement_number: str, stream: Stream) -> Cursor | None:
        """See `CursorStore.get`."""
        return self.cursors.get((agreement_number, stream))

    def save(self, cursor: Cursor) -> Cursor:
        """See `CursorStore.save`."""
        key = (cursor.agreement_number, cursor.stream)
        with self._lock:
            stored = self.cursors.get(key)
            if (stored.revision if stored else 0) != cursor.revision:
                raise Stale
            self.cursors[key] = saved = replace(cursor, revision=cursor.revision + 1)
        return saved


@dataclass
class MemoryImportResultStore:
    """`ImportResultStore` in memory; the cursor is the last place shown."""

    clock: Clock
    puts: dict[tuple[str, str, int], tuple[tuple[Result, ...], datetime]] = field(default_factory=dict)

    def put(
        self,
        agreement_number: str,
        stream: Stream,
        run_id: str,
        place: int,
        results: Sequence[Result],
        expires_at: datetime,
    ) -> None:
        """See `ImportResultStore.put`."""
        self.puts[agreement_number, run_id, place] = (tuple(results), expires_at)

    def page(self, agreement_number: str, run_id: str, cursor: str | None) -> ResultPage:
        """See `ImportResultStore.page`."""
        if cursor is not None and not (cursor.isascii() and cursor.isdecimal()):
            raise ValueError("not a cursor of this list")
        after = -1 if cursor is None else int(cursor)
        found: tuple[Result, ...] = ()
        for (number, run, place), (results, expires_at) in sorted(self.puts.items()):
            if (number, run) == (agreement_number, run_id) and place > after and expires_at > self.clock():
                found += results
                if len(found) >= RESULTS_A_PAGE:
                    return ResultPage(found, str(place))
        return ResultPage(found)

"""In-memory stores of imports; what `tests.fakes.stores` says holds here too."""

from dataclasses import dataclass, field, replace
from threading import Lock

from connector.domain.matches import MatchReview
from connector.domain.stream import Cursor, Stream
from connector.errors import Stale


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

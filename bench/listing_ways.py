"""One process: one way to read what has changed of both registers, with nothing, 1 % and everything changed.

`python -m bench.listing_ways <places> <way>` prints one line of JSON. Decision: records are read and let go,
as an import lets them go; nothing is mapped or written, for that is the same whatever the way.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import httpx

from bench.import_ports import LOGINS
from bench.surroundings import Places, peak_megabytes, places_given
from connector.adapters.twentyfoursevenoffice import reading, records
from connector.adapters.twentyfoursevenoffice.calls import BULK, HEADERS, Calls, Unpaced
from connector.adapters.twentyfoursevenoffice.messages import Request, build
from connector.adapters.twentyfoursevenoffice.session import log_in
from connector.adapters.twentyfoursevenoffice.wire import seconds
from sandbox.twentyfoursevenoffice import demo as erp_demo

CHANGED = {"0 %": 0, "1 %": 100, "100 %": 1}
"""One record in so many has changed; 0 means none."""


@dataclass(frozen=True, slots=True)
class Read:
    """What one way took: seconds of processor time, the largest answer (bytes), the longest call (seconds),
    and the peak of memory so far.
    """

    changed: str
    records: int
    calls: int
    processor: float
    largest: int
    longest: float
    peak_rss_mb: float


class Reader:
    """Reads from the ERP, and notes each call."""

    def __init__(self, places: Places) -> None:
        self.took: list[tuple[int, float]] = []
        self._answer: httpx.Response | None = None
        http = httpx.Client(
            base_url=places.erp_url, headers=HEADERS, trust_env=False, event_hooks={"response": [self._note]}
        )
        self._calls = Calls(http, Unpaced(), lambda: datetime.now(UTC))
        user, password, identity = LOGINS.erp_username, LOGINS.erp_password, LOGINS.erp_identity_id
        self._session = log_in(self._calls, erp_demo.APPLICATION_ID, user, password, identity)

    def companies_list(self, since: datetime | None) -> Iterator[tuple[int, datetime]]:
        """Ids and change times, page by page, of companies in use or not."""
        heard: set[int] = set()
        page, pages = 0, 1
        while page < pages:
            page += 1
            begun = time.perf_counter()
            result = self._calls.whole(records.sync_list_request(page, since), self._session, BULK)
            self._count(begun)
            pages, _, entries = records.read_page(result, page, heard)
            yield from ((one.id, one.changed_at) for one in entries)

    def products_list(self, since: datetime | None) -> list[tuple[int, datetime]]:
        """Ids and change times of products."""
        found = map(records.product_change, self._items(records.product_list_request(since), "Product"))
        return [(one.id, one.changed_at) for one in found]

    def companies(self, ask: Request) -> int:
        """How many companies this call gives."""
        return sum(1 for _ in map(records.customer, self._items(ask, "Company")))

    def products(self, ask: Request) -> int:
        """How many products this call gives."""
        return sum(1 for _ in map(records.product, self._items(ask, "Product")))

    def _items(self, ask: Request, item: str) -> Iterator[reading.Element]:
        begun = time.perf_counter()
        yield from self._calls.items(ask, self._session, BULK, item)
        self._count(begun)

    def _count(self, begun: float) -> None:
        size = self._answer.num_bytes_downloaded if self._answer else 0
        self.took.append((size, time.perf_counter() - begun))

    def _note(self, answer: httpx.Response) -> None:
        self._answer = answer


Since = tuple[datetime | None, datetime | None]
"""Of companies and of products."""


def list_and_details(reader: Reader, since: Since) -> int:
    """The connector's way: a list, then the details of at most 1,000 ids a call."""
    ids = [one for one, _ in reader.companies_list(since[0])]
    read = sum(reader.companies(records.companies_request(some)) for some in _chunks(ids))
    ids = [one for one, _ in reader.products_list(since[1])]
    return read + sum(reader.products(records.products_request(some)) for some in _chunks(ids))


def one_answer(reader: Reader, since: Since) -> int:
    """One call per register. What was taken out of use isn't in it."""
    return reader.companies(_all_companies(since[0])) + reader.products(_all_products(since[1]))


def list_and_one_answer(reader: Reader, since: Since) -> int:
    """The same, and the list of companies, which says what is in use."""
    in_use = dict(reader.companies_list(since[0]))
    return one_answer(reader, since) if in_use else reader.products(_all_products(since[1]))


WAYS: Mapping[str, Callable[[Reader, Since], int]] = {
    "list, details": list_and_details,
    "one answer": one_answer,
    "list, one answer": list_and_one_answer,
}


def _all_companies(since: datetime | None) -> Request:
    properties = {"string": records.COMPANY_PROPERTIES}
    ask = build("CompanyService", "GetCompanies", searchParams={}, returnProperties=properties)
    if since is None:
        return ask
    # Our trimmed WSDL doesn't have this search, since the connector doesn't use it.
    search = f"<ns0:searchParams><ns0:ChangedAfter>{seconds(since):%Y-%m-%dT%H:%M:%SZ}</ns0:ChangedAfter>"
    content = ask.content.replace(b"<ns0:searchParams/>", f"{search}</ns0:searchParams>".encode())
    if content == ask.content:
        raise RuntimeError("the search has another form")
    return replace(ask, content=content)


def _all_products(since: datetime | None) -> Request:
    search = {"DateChanged": seconds(since)} if since else {}
    properties = {"string": records.PRODUCT_PROPERTIES}
    return build("ProductService", "GetProducts", searchParams=search, returnProperties=properties)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + records.CHUNK] for start in range(0, len(ids), records.CHUNK))


def _since(times: Sequence[datetime], each: int) -> datetime | None:
    """After this time, one in `each` has changed; none with 0, None = all with 1."""
    if each == 1:
        return None
    return sorted(times)[-1 - (len(times) // each if each else 0)]


def main() -> None:
    """Read and print."""
    reader, way = Reader(places_given()), WAYS[sys.argv[2]]
    companies = [changed_at for _, changed_at in reader.companies_list(None)]
    products = [changed_at for _, changed_at in reader.products_list(None)]
    found: list[Read] = []
    for name, each in CHANGED.items():
        since = _since(companies, each), _since(products, each)
        reader.took.clear()
        processor = time.process_time()
        count = way(reader, since)
        processor = time.process_time() - processor
        sizes, spans = zip(*reader.took, strict=True)
        found.append(Read(name, count, len(reader.took), processor, max(sizes), max(spans), peak_megabytes()))
    print(json.dumps([asdict(one) for one in found]))


if __name__ == "__main__":
    main()

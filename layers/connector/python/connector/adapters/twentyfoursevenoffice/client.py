"""The ERP of one integration: port `Erp` over SOAP.

Decision: a call that meets an ended session is sent once more with a fresh one, since such an answer proves
that nothing was done; nothing else is ever sent twice here. A failed look-up is never "not found".
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx

from connector.adapters.http import PaceKeeper, paced_client
from connector.adapters.twentyfoursevenoffice import orders, reading, records
from connector.adapters.twentyfoursevenoffice.calls import BULK, HEADERS, LOGIN, LOOK, SAVE, Calls, Unpaced
from connector.adapters.twentyfoursevenoffice.errors import Trouble, Verdict, read_failed, save_failed
from connector.adapters.twentyfoursevenoffice.messages import Request
from connector.adapters.twentyfoursevenoffice.session import SharedSession, log_in, prove
from connector.domain.master_data import Change, ErpCustomer, ErpProduct
from connector.domain.order import Order, OrderKey
from connector.domain.pace import Pace
from connector.errors import RetryLater, Side
from connector.ports import Changes, Clock, ErpLogin, Wait
from connector.stores import SecretStore, SessionStore

T = TypeVar("T")


class TwentyFourSevenOffice:
    """Port `Erp`; see there for what each method promises."""

    def __init__(self, calls: Calls, session: SharedSession, pace: PaceKeeper, clock: Clock) -> None:
        self._calls = calls
        self._session = session
        self._pace = pace
        self._clock = clock

    def save_order(self, order: Order) -> str:
        """See `Erp.save_order`; the outcomes are those of design 4.4."""
        request = orders.save_request(order)

        def send(session_id: str) -> str:
            return orders.saved_order_id(self._calls.whole(request, session_id, SAVE), self._clock())

        try:
            return self._with_session(send)
        except Trouble as trouble:
            raise save_failed(trouble) from trouble

    def find_orders(self, key: OrderKey, customer_id: int, since: datetime) -> list[str]:
        """See `Erp.find_orders`; ids in ascending order, each once."""
        found: set[str] = set()
        with _reading():
            for request in orders.search_requests(key, customer_id, since):
                result = self._with_session(partial(self._calls.whole, request, timeout=LOOK))
                mine = (orders.order_id_if_ours(one, key) for one in reading.children(result, "InvoiceOrder"))
                found.update(order_id for order_id in mine if order_id)
        return sorted(found, key=int)

    def changed_customers(self, since: datetime | None) -> Changes:
        """See `Erp.changed_customers`; a list with a page missing or repeated raises `RetryLater`."""
        began = self._clock()
        source_clock: datetime | None = None
        found: dict[int, Change] = {}
        page, pages, total = 0, 1, 0
        with _reading():
            while page < pages:
                page += 1
                request = records.sync_list_request(page, since)
                result = self._with_session(partial(self._calls.whole, request, timeout=BULK))
                source_clock = source_clock or self._calls.server_time
                pages, total = records.take_page(result, page, found)
        if len(found) < total:
            raise RetryLater("erp_pages_incomplete")
        return Changes(tuple(found.values()), source_clock or began)

    def read_customers(self, ids: Sequence[int]) -> Iterator[ErpCustomer]:
        """See `Erp.read_customers`; `active` is always true (`records` says why)."""
        with _reading():
            for request in map(records.companies_request, _chunks(ids)):
                yield from map(records.customer, self._items(request, "Company"))

    def changed_products(self, since: datetime | None) -> Changes:
        """See `Erp.changed_products`; numbers as the ERP has them, empty or equal ones too."""
        began = self._clock()
        with _reading():
            request = records.product_list_request(since)
            entries = tuple(map(records.product_change, self._items(request, "Product")))
        return Changes(entries, self._calls.server_time or began)

    def read_products(self, ids: Sequence[int]) -> Iterator[ErpProduct]:
        """See `Erp.read_products`."""
        with _reading():
            for request in map(records.products_request, _chunks(ids)):
                yield from map(records.product, self._items(request, "Product"))

    def pace(self) -> Pace:
        """See `Erp.pace`."""
        return self._pace.current()

    def _with_session(self, send: Callable[[str], T]) -> T:
        session_id = self._session.current()
        try:
            return send(session_id)
        except Trouble as trouble:
            if trouble.verdict is not Verdict.NOT_AUTHENTICATED:
                raise
        return send(self._session.renew(session_id))

    def _items(self, request: Request, item: str) -> Iterator[reading.Element]:
        session_id = self._session.current()
        try:
            yield from self._calls.items(request, session_id, BULK, item)
            return
        except Trouble as trouble:
            if trouble.verdict is not Verdict.NOT_AUTHENTICATED:
                raise
        yield from self._calls.items(request, self._session.renew(session_id), BULK, item)


def connect(
    base_url: str,
    application_id: str,
    agreement_number: str,
    sessions: SessionStore,
    secrets: SecretStore,
    clock: Clock,
    wait: Wait,
    transport: httpx.BaseTransport | None = None,
) -> TwentyFourSevenOffice:
    """The ERP of an integration; nothing is called before it is used. `transport` replaces the network."""
    pace = PaceKeeper(sessions, agreement_number, Side.ERP, clock)
    http = paced_client(Side.ERP, base_url, pace, timeout=LOOK, headers=HEADERS, transport=transport)
    calls = Calls(http, pace, clock)
    session = SharedSession(
        agreement_number, sessions, secrets, partial(log_in, calls, application_id), clock, wait
    )
    return TwentyFourSevenOffice(calls, session, pace, clock)


def prove_login(
    base_url: str,
    application_id: str,
    username: str,
    password: str,
    identity_id: str | None,
    clock: Clock,
    transport: httpx.BaseTransport | None = None,
) -> ErpLogin:
    """`Prover.erp_login`. No integration exists yet, so there is no pace to keep or to obey."""
    no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
    with httpx.Client(
        base_url=base_url,
        headers=HEADERS,
        cookies=no_cookies,
        timeout=LOGIN,
        trust_env=False,
        transport=transport,
    ) as http:
        return prove(Calls(http, Unpaced(), clock), application_id, username, password, identity_id)


@contextmanager
def _reading() -> Iterator[None]:
    """Whatever goes wrong inside is a failed read."""
    try:
        yield
    except Trouble as trouble:
        raise read_failed(trouble) from trouble
    except reading.Unreadable as error:
        raise RetryLater("erp_unreadable") from error


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + records.CHUNK] for start in range(0, len(ids), records.CHUNK))

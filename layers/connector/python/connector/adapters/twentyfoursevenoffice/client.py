"""The ERP of one integration: port `Erp` over SOAP.

Decision: a call that meets an ended session is sent once more with a fresh one, since such an answer proves
that nothing was done; nothing else is ever sent twice here. A failed look-up is never "not found".
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import islice
from typing import TypeVar

import httpx

from connector.adapters.http import PaceKeeper, paced_client
from connector.adapters.twentyfoursevenoffice import companies, order_answers, orders, reading, records
from connector.adapters.twentyfoursevenoffice.calls import BULK, HEADERS, LOGIN, LOOK, SAVE, Calls, Unpaced
from connector.adapters.twentyfoursevenoffice.errors import Trouble, Verdict, read_failed, save_failed
from connector.adapters.twentyfoursevenoffice.messages import Request
from connector.adapters.twentyfoursevenoffice.saving import saved_item
from connector.adapters.twentyfoursevenoffice.session import SharedSession, log_in, prove
from connector.domain.erp_order import ErpOrder, OrderChange, SavedOrder
from connector.domain.master_data import ErpCustomer, ErpProduct, FieldCustomer
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

    def log_in(self) -> None:
        """See `Erp.log_in`."""
        with _reading():
            self._session.log_in_anew()

    def save_order(self, order: Order) -> SavedOrder:
        """See `Erp.save_order`; the outcomes are those of design 4.4."""
        return self._save(orders.save_request(order), order_answers.saved_order)

    def change_order(self, change: OrderChange) -> SavedOrder:
        """See `Erp.change_order`; an answer about another order is an unknown outcome."""
        read = partial(order_answers.saved_order, sent_id=int(change.order_id))
        return self._save(orders.change_request(change), read)

    def read_order(self, order_id: str, key: OrderKey) -> ErpOrder | None:
        """See `Erp.read_order`; one that is called off is given as such."""
        with _reading():
            return order_answers.read_order(self._look(orders.read_request(order_id)), order_id, key)

    def find_orders(self, key: OrderKey, customer_id: int, since: datetime) -> list[str]:
        """See `Erp.find_orders`; ids in ascending order, each once. One that is called off counts only when
        there is no other.
        """
        found: dict[str, bool] = {}
        with _reading():
            for request in orders.search_requests(key, customer_id, since):
                for one in reading.children(self._look(request), "InvoiceOrder"):
                    order_answers.note_if_ours(one, key, found)
        return order_answers.ids_that_count(found)

    def find_orders_of(self, keys: Sequence[OrderKey]) -> dict[str, list[str]]:
        """See `Erp.find_orders_of`; ids as in `find_orders`. Keys of one hash are told apart by text."""
        by_hash: defaultdict[int, set[OrderKey]] = defaultdict(set)
        for key in keys:
            by_hash[key.external_status].add(key)
        found: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        with _reading():
            for request in map(orders.hash_request, _chunks(list(by_hash))):
                for one in self._items(request, "InvoiceOrder"):
                    for key in by_hash.get(order_answers.external_status(one), ()):
                        order_answers.note_if_ours(one, key, found[key.text])
        return {text: order_answers.ids_that_count(ids) for text, ids in found.items() if ids}

    def find_customers(self, *, external_id: str = "", organisation_number: str = "") -> list[ErpCustomer]:
        """See `Erp.find_customers`; each once. The ERP doesn't give companies that are out of use here."""
        requests = (
            [companies.external_id_request(external_id)]
            if external_id
            else companies.number_requests(organisation_number)
        )
        found: dict[int, ErpCustomer] = {}
        with _reading():
            for request in requests:
                for one in map(records.customer, self._items(request, "Company", LOOK)):
                    if companies.carries(one, external_id, organisation_number):
                        found[one.id] = one
        return list(found.values())

    def create_customer(self, customer: FieldCustomer) -> int:
        """See `Erp.create_customer`."""

        def number(result: reading.Element | None, now: datetime) -> int:
            return saved_item(result, "Company", "Id", now)[0]

        return self._save(companies.create_request(customer), number)

    def changed_customers(self, since: datetime | None) -> Iterator[Changes]:
        """See `Erp.changed_customers`; a list with a page missing or repeated raises `RetryLater`."""
        source_clock = self._clock()
        heard: set[int] = set()
        page, pages, total = 0, 1, 0
        while page < pages:
            page += 1
            with _reading():
                request = records.sync_list_request(page, since)
                result = self._with_session(partial(self._calls.whole, request, timeout=BULK))
                pages, total, entries = records.read_page(result, page, heard)
            if page == 1:
                source_clock = self._calls.server_time or source_clock
            yield Changes(entries, source_clock)
        if len(heard) < total:
            raise RetryLater("erp_pages_incomplete")

    def read_customers(self, ids: Sequence[int]) -> Iterator[ErpCustomer]:
        """See `Erp.read_customers`; `active` is always true (`records` says why)."""
        with _reading():
            for request in map(records.companies_request, _chunks(ids)):
                yield from map(records.customer, self._items(request, "Company"))

    def changed_products(self, since: datetime | None) -> Iterator[Changes]:
        """See `Erp.changed_products`; numbers as the ERP has them, empty or equal ones too."""
        began = self._clock()
        with _reading():
            entries = map(records.product_change, self._items(records.product_list_request(since), "Product"))
            while page := tuple(islice(entries, records.CHUNK)):
                yield Changes(page, self._calls.server_time or began)
        yield Changes((), self._calls.server_time or began)

    def read_products(self, ids: Sequence[int]) -> Iterator[ErpProduct]:
        """See `Erp.read_products`."""
        with _reading():
            for request in map(records.products_request, _chunks(ids)):
                yield from map(records.product, self._items(request, "Product"))

    def pace(self) -> Pace:
        """See `Erp.pace`."""
        return self._pace.current()

    def _save(self, request: Request, read: Callable[[reading.Element | None, datetime], T]) -> T:
        def send(session_id: str) -> T:
            return read(self._calls.whole(request, session_id, SAVE), self._clock())

        try:
            return self._with_session(send)
        except Trouble as trouble:
            raise save_failed(trouble) from trouble

    def _look(self, request: Request) -> reading.Element | None:
        return self._with_session(partial(self._calls.whole, request, timeout=LOOK))

    def _with_session(self, send: Callable[[str], T]) -> T:
        session_id = self._session.current()
        try:
            return send(session_id)
        except Trouble as trouble:
            if trouble.verdict is not Verdict.NOT_AUTHENTICATED:
                raise
        return send(self._session.renew(session_id))

    def _items(self, request: Request, item: str, timeout: httpx.Timeout = BULK) -> Iterator[reading.Element]:
        session_id = self._session.current()
        try:
            yield from self._calls.items(request, session_id, timeout, item)
            return
        except Trouble as trouble:
            if trouble.verdict is not Verdict.NOT_AUTHENTICATED:
                raise
        yield from self._calls.items(request, self._session.renew(session_id), timeout, item)


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

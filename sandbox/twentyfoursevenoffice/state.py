"""All state of the stand-in, and the call that an operation gets to see.

Decision: one object in memory behind one event loop, so an operation is a plain function and needs no
locks.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox import seed
from sandbox.faults import Faults
from sandbox.serving import Calls
from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.books import Books
from sandbox.twentyfoursevenoffice.limits import Limits
from sandbox.twentyfoursevenoffice.schema import OPERATIONS
from sandbox.twentyfoursevenoffice.values import Record

_OTHER_CLIENTS_SIZE = 25
_SAVES = ("SaveInvoices", "UpdateInvoices", "SaveCompanies")

SPECIAL_FAULTS = {
    "unauthenticated": (),
    "quarantine": (),
    "empty_login": ("Login",),
    "fault_in_success": _SAVES,
    "unknown_element": (),
    "missing_element": (),
    "repeated_page": ("GetCompanySyncList",),
    "missing_page": ("GetCompanySyncList",),
}


@dataclass(slots=True)
class Session:
    """A login: whose it is and which identity it works in (server-side state, contract 2.2)."""

    user: demo.User
    identity: demo.Identity


class State:
    """Books per client id, sessions by id, limits, planted faults and call counts.

    `page_size` is the sync list's.
    """

    def __init__(
        self, customers: int, products: int, seed_number: int, limits: Limits, page_size: int
    ) -> None:
        self.books = {
            client.id: _books(
                customers if n == 0 else _OTHER_CLIENTS_SIZE,
                products if n == 0 else _OTHER_CLIENTS_SIZE,
                seed_number + n,
            )
            for n, client in enumerate(demo.CLIENTS)
        }
        self.sessions: dict[str, Session] = {}
        self.limits = limits
        self.page_size = page_size
        self.faults = Faults(OPERATIONS, SPECIAL_FAULTS, seed_number)
        self.calls = Calls()

    def reset(self) -> None:
        """Back to the seed: no orders, sessions, faults, counts or used limits."""
        for books in self.books.values():
            books.reset()
        self.sessions.clear()
        self.limits.clear()
        self.faults.clear()
        self.calls = Calls()

    def open_session(self, session: Session) -> str:
        """Keep a session; gives its id, in the form ASP.NET uses (24 lower-case letters and digits)."""
        session_id = secrets.token_hex(12)
        self.sessions[session_id] = session
        return session_id


def _books(customers: int, products: int, seed_number: int) -> Books:
    companies = [_company(record) for record in seed.companies(customers, seed_number)]
    return Books(companies, seed.products(products, seed_number))


def _company(record: Record) -> Record:
    """A seeded company with `Active` as the sync list shows it; it is no element of `Company` itself."""
    fields = dict(record)
    return {**fields, "Active": fields.pop("active")}


@dataclass(slots=True)
class Call:
    """One operation under way: the parsed request, the session it came with (if any) and headers for the
    answer.

    `page_shift` is a planted fault: a sync list page then holds the items of a neighbouring page.
    """

    state: State
    args: Record
    session_id: str = ""
    page_shift: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def session(self) -> Session | None:
        """The live session, None without one."""
        return self.state.sessions.get(self.session_id)

    @property
    def books(self) -> Books:
        """The books of the client that the session works in; only for operations that need a session."""
        return self.state.books[self.state.sessions[self.session_id].identity.client.id]

    def argument(self, name: str) -> Any:
        """A parameter object, empty when the caller left it out."""
        return self.args.get(name) or {}

    def properties(self, name: str) -> frozenset[str]:
        """A list of property names, empty when the caller left it out."""
        return frozenset(self.args.get(name) or ())

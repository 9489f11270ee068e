"""In-memory `Prover`: two sides that know some logins, count what they are asked, and can be made to fail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from connector.domain.integration import ErpCompany
from connector.errors import CredentialsRejected, IdentityNeeded, Refused, Side
from connector.ports import Agreement, ErpLogin, FieldService


def answers() -> None:
    """A side that is up."""


@dataclass
class MemoryBridge:
    """Smartday's side; `before_call` may raise. `passwords` are those that were asked about."""

    logins: dict[tuple[str, str, str], str] = field(default_factory=dict)
    passwords: list[str] = field(default_factory=list)
    subscriptions: dict[str, tuple[str, str]] = field(default_factory=dict)
    before_call: Callable[[], None] = answers
    before_subscribe: Callable[[], None] = answers


@dataclass(frozen=True)
class BridgeAccount:
    """The two calls of `FieldService` that activation makes, for one login."""

    bridge: MemoryBridge
    agreement_number: str
    user: str
    password: str

    def agreement(self) -> Agreement:
        """See `FieldService.agreement`."""
        self.bridge.passwords.append(self.password)
        self.bridge.before_call()
        return Agreement(self.agreement_number, self._name())

    def subscribe(self, url: str, secret: str) -> None:
        """See `FieldService.subscribe`."""
        self.bridge.before_call()
        self.bridge.before_subscribe()
        self._name()
        self.bridge.subscriptions[self.agreement_number] = (url, secret)

    def _name(self) -> str:
        login = (self.agreement_number, self.user, self.password)
        if login in self.bridge.logins:
            return self.bridge.logins[login]
        known = any(one[1:] == login[1:] for one in self.bridge.logins)
        raise CredentialsRejected(Side.SMARTDAY, "agreement_mismatch" if known else "invalid_credentials")


@dataclass
class MemoryErpLogins:
    """The ERP's side: (user, password) → identity id → company. `logins` counts Login calls."""

    companies: dict[tuple[str, str], dict[str, ErpCompany]] = field(default_factory=dict)
    logins: int = 0
    before_call: Callable[[], None] = answers


@dataclass
class MemoryProver:
    """`Prover` in memory."""

    bridge: MemoryBridge = field(default_factory=MemoryBridge)
    erp: MemoryErpLogins = field(default_factory=MemoryErpLogins)

    def field_service(self, agreement_number: str, user: str, password: str) -> FieldService:
        """See `Prover.field_service`."""
        return cast("FieldService", BridgeAccount(self.bridge, agreement_number, user, password))

    def erp_login(self, username: str, password: str, identity_id: str | None) -> ErpLogin:
        """See `Prover.erp_login`."""
        self.erp.before_call()
        companies = self.erp.companies.get((username, password))
        if companies is None:
            raise CredentialsRejected(Side.ERP)
        if identity_id is None and len(companies) > 1:
            raise IdentityNeeded([(one, company.id, company.name) for one, company in companies.items()])
        chosen = identity_id or next(iter(companies))
        if chosen not in companies:
            raise Refused(Side.ERP, "identity_blocked")
        self.erp.logins += 1
        return ErpLogin(f"session-{self.erp.logins}", chosen, companies[chosen])

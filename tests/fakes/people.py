"""Everything that people's calls need, in memory: an agreement that may be activated, and another's."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connector.adapters.web_session import SignedWebSessions
from connector.domain.integration import Credentials, ErpCompany
from connector.usecases.activate_integration import ActivationPorts, Wish
from connector.usecases.change_company import CompanyPorts
from connector.usecases.confirm_import import ConfirmImportPorts
from connector.usecases.match_report import MatchPorts
from connector.usecases.open_session import SessionPorts
from connector.usecases.prove_login import ProofPorts
from connector.usecases.request_import import ImportRequestPorts
from connector.usecases.resend_finished import ResendFinishedPorts
from connector.usecases.show_rejected import RejectedPorts
from connector.usecases.show_status import StatusPorts
from connector.usecases.steer_tasks import SteeringPorts
from connector.web.calls import ApiPorts
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.import_stores import MemoryCursorStore, MemoryImportResultStore, MemoryMatchStore
from tests.fakes.prover import MemoryProver
from tests.fakes.queues import MemoryStreamQueue, MemoryTaskQueue
from tests.fakes.session_stores import MemorySecretStore, MemorySessionStore
from tests.fakes.stores import (
    MemoryBindingStore,
    MemoryCustomerClaimStore,
    MemoryIntegrationStore,
    MemoryTaskStore,
)

AGREEMENT = "104477"
OTHER = "200200"
COMPANY = ErpCompany("501", "Eksempel Elektro AS")
SECOND_COMPANY = ErpCompany("502", "Eksempel Rør AS")
LOGIN = Credentials(
    "bridge-bruker",
    "bridge-pæssord",
    "post@eksempel.invalid",
    "erp-passord",
    "00000000-0000-4000-8000-000000000501",
)


@dataclass
class FakeClock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 9, 14, 11, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def _prover() -> MemoryProver:
    prover = MemoryProver()
    for number in (AGREEMENT, OTHER):
        user, password = bridge_login(number)
        prover.bridge.logins[number, user, password] = f"Avtale {number}"
    prover.erp.companies[LOGIN.erp_username, LOGIN.erp_password] = {
        "00000000-0000-4000-8000-000000000501": COMPANY
    }
    prover.erp.companies["to@eksempel.invalid", "to-passord"] = {
        "00000000-0000-4000-8000-000000000501": COMPANY,
        "00000000-0000-4000-8000-000000000502": SECOND_COMPANY,
    }
    return prover


def bridge_login(agreement_number: str) -> tuple[str, str]:
    """The right Bridge user and password of the agreement."""
    if agreement_number == AGREEMENT:
        return LOGIN.bridge_user, LOGIN.bridge_password
    return f"bruker-{agreement_number}", f"passord-{agreement_number}"


@dataclass
class World:
    """The stores and sides that a test may look into, and the ports that are made of them."""

    clock: FakeClock = field(default_factory=FakeClock)
    integrations: MemoryIntegrationStore = field(default_factory=MemoryIntegrationStore)
    secrets: MemorySecretStore = field(default_factory=MemorySecretStore)
    tasks: MemoryTaskStore = field(default_factory=MemoryTaskStore)
    bindings: MemoryBindingStore = field(default_factory=MemoryBindingStore)
    claims: MemoryCustomerClaimStore = field(default_factory=MemoryCustomerClaimStore)
    cursors: MemoryCursorStore = field(default_factory=MemoryCursorStore)
    task_queue: MemoryTaskQueue = field(default_factory=MemoryTaskQueue)
    stream_queue: MemoryStreamQueue = field(default_factory=MemoryStreamQueue)
    matches: MemoryMatchStore = field(default_factory=MemoryMatchStore)
    prover: MemoryProver = field(default_factory=_prover)
    smartday: MemoryFieldService = field(default_factory=MemoryFieldService)
    api_url: str = "https://api.eksempel.invalid"

    def __post_init__(self) -> None:
        self.sessions = MemorySessionStore(self.clock)
        self.import_results = MemoryImportResultStore(self.clock)

    @property
    def proof(self) -> ProofPorts:
        return ProofPorts(self.clock, self.sessions, self.prover)

    @property
    def session(self) -> SessionPorts:
        return SessionPorts(self.proof, self.secrets, SignedWebSessions(self.secrets.master_key))

    @property
    def activation(self) -> ActivationPorts:
        company = CompanyPorts(self.clock, self.integrations, self.bindings, self.claims, self.cursors)
        return ActivationPorts(
            self.proof,
            self.integrations,
            self.secrets,
            company,
            self.tasks,
            self.task_queue,
            self.stream_queue,
            lambda: self.api_url,
        )

    @property
    def status(self) -> StatusPorts:
        return StatusPorts(self.clock, self.integrations, self.cursors, self.tasks, self.sessions)

    @property
    def steering(self) -> SteeringPorts:
        return SteeringPorts(self.clock, self.tasks, self.task_queue)

    @property
    def finished(self) -> ResendFinishedPorts:
        return ResendFinishedPorts(self.steering, self.integrations, lambda _: self.smartday)

    @property
    def api(self) -> ApiPorts:
        return ApiPorts(
            session=self.session,
            activation=self.activation,
            status=self.status,
            steering=self.steering,
            finished=self.finished,
            imports=ImportRequestPorts(self.integrations, self.stream_queue, self.matches),
            matches=MatchPorts(self.clock, self.integrations, self.matches, self.stream_queue),
            rejected=RejectedPorts(self.cursors, self.import_results),
            confirming=ConfirmImportPorts(self.clock, self.integrations, self.cursors, self.stream_queue),
        )


def wish(**changes: Any) -> Wish:
    """Activation with the right logins and no session, save for what the test changes."""
    login: dict[str, Any] = {
        "bridge_user": LOGIN.bridge_user,
        "bridge_password": LOGIN.bridge_password,
        "erp_username": LOGIN.erp_username,
        "erp_password": LOGIN.erp_password,
    }
    return Wish(AGREEMENT, **{"active": True, **login, **changes})


def wish_in_session(**changes: Any) -> Wish:
    """The same request from somebody logged in, who gives no logins."""
    return Wish(AGREEMENT, **{"active": True, "has_session": True, **changes})

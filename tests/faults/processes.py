"""One process of ours: every use case with its real adapters, as `bootstrap` joins them.

`bootstrap` itself reads the environment of one deployed bundle and the real clock; here each cell has tables
and queues of its own, and hours pass at once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import httpx

from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.client import BridgeFieldService
from connector.adapters.smartday.webhook_proof import is_genuine
from connector.adapters.twentyfoursevenoffice.client import connect, prove_login
from connector.errors import CredentialsRejected
from connector.errors import Side as PacedSide
from connector.ports import Erp, ErpLogin, FieldService
from connector.usecases.accept_webhook import WebhookPorts
from connector.usecases.activate_integration import ActivationPorts
from connector.usecases.change_company import CompanyPorts
from connector.usecases.dispatch import DispatchPorts
from connector.usecases.import_pass import ImportPorts
from connector.usecases.probe_login import ProbePorts
from connector.usecases.prove_login import ProofPorts
from connector.usecases.reconcile_tasks import ReconcilePorts
from connector.usecases.steer_tasks import SteeringPorts
from connector.usecases.task_work import OrderPorts
from sandbox.twentyfoursevenoffice import demo
from tests.fakes.import_stores import one_by_one
from tests.faults.backing import Stores
from tests.faults.ground import Ground
from tests.faults.steps import Side

SETTLE = timedelta(minutes=15)
"""The template's `SettleSeconds`."""

BRIDGE_TIMEOUT = httpx.Timeout(10)

API_URL = "https://api.example"


@dataclass
class Clock:
    """The real present, and what has passed at once."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def let_pass(self, span: timedelta) -> None:
        self.ahead += max(span, timedelta(0))


class Process:
    """Ports of all use cases, over one set of stores."""

    def __init__(self, ground: Ground, stores: Stores, clock: Clock) -> None:
        self._ground = ground
        self.stores = stores
        self.clock = clock

    @property
    def webhooks(self) -> WebhookPorts:
        return WebhookPorts(self.clock, self.stores.secrets.master_key, is_genuine, self.stores.task_queue)

    @property
    def orders(self) -> OrderPorts:
        return OrderPorts(
            clock=self.clock,
            integrations=self.stores.integrations,
            tasks=self.stores.tasks,
            bindings=self.stores.bindings,
            customer_claims=self.stores.claims,
            cursors=self.stores.cursors,
            queue=self.stores.task_queue,
            erp=self.erp,
            field_service=self.field_service,
            settle=SETTLE,
        )

    @property
    def imports(self) -> ImportPorts:
        return ImportPorts(
            clock=self.clock,
            wait=self.clock.let_pass,
            together=one_by_one,
            integrations=self.stores.integrations,
            bindings=self.stores.bindings,
            cursors=self.stores.cursors,
            results=self.stores.import_results,
            queue=self.stores.stream_queue,
            erp=self.erp,
            field_service=self.field_service,
            tasks=self.stores.tasks,
            task_queue=self.stores.task_queue,
            matches=self.stores.matches,
        )

    @property
    def reconcile(self) -> ReconcilePorts:
        return ReconcilePorts(
            clock=self.clock,
            integrations=self.stores.integrations,
            tasks=self.stores.tasks,
            cursors=self.stores.cursors,
            queue=self.stores.task_queue,
            field_service=self.field_service,
        )

    @property
    def probe(self) -> ProbePorts:
        return ProbePorts(
            clock=self.clock,
            integrations=self.stores.integrations,
            tasks=self.stores.tasks,
            task_queue=self.stores.task_queue,
            stream_queue=self.stores.stream_queue,
            erp=self.erp,
            field_service=self.field_service,
        )

    @property
    def dispatch(self) -> DispatchPorts:
        return DispatchPorts(
            self.clock,
            self.stores.integrations,
            self.stores.tasks,
            self.stores.task_queue,
            self.stores.stream_queue,
        )

    @property
    def steering(self) -> SteeringPorts:
        return SteeringPorts(self.clock, self.stores.tasks, self.stores.task_queue)

    @cached_property
    def activation(self) -> ActivationPorts:
        return ActivationPorts(
            ProofPorts(self.clock, self.stores.sessions, self),
            self.stores.integrations,
            self.stores.secrets,
            CompanyPorts(
                self.clock,
                self.stores.integrations,
                self.stores.bindings,
                self.stores.claims,
                self.stores.cursors,
            ),
            self.stores.tasks,
            self.stores.task_queue,
            self.stores.stream_queue,
            lambda: API_URL,
        )

    def erp(self, agreement_number: str) -> Erp:
        return connect(
            self._ground.stand_ins[Side.ERP].url,
            demo.APPLICATION_ID,
            agreement_number,
            self.stores.sessions,
            self.stores.secrets,
            self.clock,
            self.clock.let_pass,
            self._ground.network,
        )

    def field_service(
        self, agreement_number: str, user: str | None = None, password: str | None = None
    ) -> FieldService:
        """`ConnectFieldService` with the stored login, `Prover.field_service` with a given one."""

        def login(refresh: bool) -> tuple[str, str]:
            if user is not None and password is not None:
                return user, password
            stored = self.stores.secrets.credentials(agreement_number, refresh)
            if stored is None:
                raise CredentialsRejected(PacedSide.SMARTDAY, "credentials_missing")
            return stored.bridge_user, stored.bridge_password

        pace = PaceKeeper(self.stores.sessions, agreement_number, PacedSide.SMARTDAY, self.clock)
        return BridgeFieldService(
            agreement_number,
            f"{self._ground.stand_ins[Side.SMARTDAY].url}/v1",
            login,
            pace,
            self.clock,
            timeout=BRIDGE_TIMEOUT,
            transport=self._ground.network,
        )

    def erp_login(self, username: str, password: str, identity_id: str | None) -> ErpLogin:
        """`Prover.erp_login`."""
        return prove_login(
            self._ground.stand_ins[Side.ERP].url,
            demo.APPLICATION_ID,
            username,
            password,
            identity_id,
            self.clock,
            self._ground.network,
        )

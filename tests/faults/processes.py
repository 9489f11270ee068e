"""One process of ours: every use case with its real adapters, as `bootstrap` joins them.

`bootstrap` itself reads the environment of one deployed bundle and the real clock; here each cell has tables
and queues of its own, and hours pass at once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx

from connector.adapters.dynamodb.bindings import DynamoBindingStore
from connector.adapters.dynamodb.cursors import DynamoCursorStore
from connector.adapters.dynamodb.customer_claims import DynamoCustomerClaimStore
from connector.adapters.dynamodb.integrations import DynamoIntegrationStore
from connector.adapters.dynamodb.matches import DynamoMatchStore
from connector.adapters.dynamodb.sessions import DynamoSessionStore
from connector.adapters.dynamodb.tasks import DynamoTaskStore
from connector.adapters.http import PaceKeeper
from connector.adapters.secrets import AwsSecretStore
from connector.adapters.smartday.client import BridgeFieldService
from connector.adapters.smartday.webhook_proof import is_genuine
from connector.adapters.sqs import SqsStreamQueue, SqsTaskQueue
from connector.adapters.twentyfoursevenoffice.client import connect, prove_login
from connector.errors import CredentialsRejected
from connector.errors import Side as PacedSide
from connector.ports import Erp, ErpLogin, FieldService
from connector.usecases.accept_webhook import WebhookPorts
from connector.usecases.activate_integration import ActivationPorts
from connector.usecases.change_company import CompanyPorts
from connector.usecases.dispatch import DispatchPorts
from connector.usecases.import_master_data import ImportPorts
from connector.usecases.prove_login import ProofPorts
from connector.usecases.reconcile_tasks import ReconcilePorts
from connector.usecases.steer_tasks import SteeringPorts
from connector.usecases.task_work import OrderPorts
from sandbox.twentyfoursevenoffice import demo
from tests.faults.ground import Ground
from tests.faults.steps import Side

SETTLE = timedelta(minutes=15)
"""The template's `SettleSeconds`."""

BRIDGE_TIMEOUT = httpx.Timeout(10)

API_URL = "https://api.example"

SECRETS = "/matrix"
MASTER_KEY_ID = "master-key"


@dataclass
class Clock:
    """The real present, and what has passed at once."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def let_pass(self, span: timedelta) -> None:
        self.ahead += max(span, timedelta(0))


class Process:
    """Ports of all use cases, over one set of stores with caches of their own."""

    def __init__(self, ground: Ground, clock: Clock) -> None:
        self._ground = ground
        self.clock = clock
        self.integrations = DynamoIntegrationStore(self._table("integrations"))
        self.tasks = DynamoTaskStore(self._table("tasks"))
        self.bindings = DynamoBindingStore(self._table("bindings"))
        self.claims = DynamoCustomerClaimStore(self._table("bindings"))
        self.cursors = DynamoCursorStore(self._table("cursors"))
        self.matches = DynamoMatchStore(self._table("cursors"))
        self.sessions = DynamoSessionStore(self._table("sessions"), clock)
        self.task_queue = SqsTaskQueue(ground.sqs, ground.queues.orders)
        self.stream_queue = SqsStreamQueue(ground.sqs, ground.queues.imports, ground.queues.reconcile)
        self.secrets = AwsSecretStore(
            lambda: ground.ssm,
            lambda: SECRETS,
            lambda: ground.secrets_manager,
            lambda: MASTER_KEY_ID,
            clock,
        )

    def _table(self, concept: str) -> Any:
        return self._ground.tables[concept]

    @property
    def webhooks(self) -> WebhookPorts:
        return WebhookPorts(self.clock, self.secrets.master_key, is_genuine, self.task_queue)

    @property
    def orders(self) -> OrderPorts:
        return OrderPorts(
            clock=self.clock,
            integrations=self.integrations,
            tasks=self.tasks,
            bindings=self.bindings,
            customer_claims=self.claims,
            cursors=self.cursors,
            queue=self.task_queue,
            erp=self.erp,
            field_service=self.field_service,
            settle=SETTLE,
        )

    @property
    def imports(self) -> ImportPorts:
        return ImportPorts(
            clock=self.clock,
            wait=self.clock.let_pass,
            integrations=self.integrations,
            bindings=self.bindings,
            cursors=self.cursors,
            queue=self.stream_queue,
            erp=self.erp,
            field_service=self.field_service,
            tasks=self.tasks,
            task_queue=self.task_queue,
            matches=self.matches,
        )

    @property
    def reconcile(self) -> ReconcilePorts:
        return ReconcilePorts(
            clock=self.clock,
            integrations=self.integrations,
            tasks=self.tasks,
            cursors=self.cursors,
            queue=self.task_queue,
            field_service=self.field_service,
        )

    @property
    def dispatch(self) -> DispatchPorts:
        return DispatchPorts(self.clock, self.integrations, self.tasks, self.task_queue, self.stream_queue)

    @property
    def steering(self) -> SteeringPorts:
        return SteeringPorts(self.clock, self.tasks, self.task_queue)

    @cached_property
    def activation(self) -> ActivationPorts:
        return ActivationPorts(
            ProofPorts(self.clock, self.sessions, self),
            self.integrations,
            self.secrets,
            CompanyPorts(self.clock, self.integrations, self.bindings, self.claims, self.cursors),
            self.tasks,
            self.task_queue,
            self.stream_queue,
            lambda: API_URL,
        )

    def erp(self, agreement_number: str) -> Erp:
        return connect(
            self._ground.stand_ins[Side.ERP].url,
            demo.APPLICATION_ID,
            agreement_number,
            self.sessions,
            self.secrets,
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
            stored = self.secrets.credentials(agreement_number, refresh)
            if stored is None:
                raise CredentialsRejected(PacedSide.SMARTDAY, "credentials_missing")
            return stored.bridge_user, stored.bridge_password

        pace = PaceKeeper(self.sessions, agreement_number, PacedSide.SMARTDAY, self.clock)
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

"""The composition root: one builder per use case, and the only module that names adapters.

Adapters are imported inside the builder that needs them: intake never pays for HTTP or SOAP clients.
Builders are cached, so a warm function keeps its AWS clients; sides are connected anew for each message, so
that what another process learnt of their pace is known.
"""

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from connector import settings
from connector.adapters import aws
from connector.adapters.sqs import SqsStreamQueue, SqsTaskQueue, read_stream_message, read_task_message
from connector.errors import Side

if TYPE_CHECKING:
    from connector.adapters.dynamodb.bindings import DynamoBindingStore
    from connector.adapters.dynamodb.cursors import DynamoCursorStore
    from connector.adapters.dynamodb.customer_claims import DynamoCustomerClaimStore
    from connector.adapters.dynamodb.integrations import DynamoIntegrationStore
    from connector.adapters.dynamodb.matches import DynamoMatchStore
    from connector.adapters.dynamodb.sessions import DynamoSessionStore
    from connector.adapters.dynamodb.tasks import DynamoTaskStore
    from connector.adapters.secrets import AwsSecretStore
    from connector.ports import Erp, ErpLogin, FieldService
    from connector.usecases.accept_webhook import WebhookPorts
    from connector.usecases.dispatch import DispatchPorts
    from connector.usecases.import_master_data import ImportPorts
    from connector.usecases.mend_subscription import SubscriptionPorts
    from connector.usecases.probe_login import ProbePorts
    from connector.usecases.reconcile_tasks import ReconcilePorts
    from connector.usecases.recover_orders import RecoveryPorts
    from connector.usecases.task_work import OrderPorts
    from connector.web.calls import ApiPorts

__all__ = [
    "api_ports",
    "dispatch_ports",
    "import_ports",
    "order_ports",
    "probe_ports",
    "read_stream_message",
    "read_task_message",
    "reconcile_ports",
    "recovery_ports",
    "subscription_ports",
    "webhook_ports",
]


def clock() -> datetime:
    """The present, aware, UTC."""
    return datetime.now(UTC)


def wait(span: timedelta) -> None:
    """Let the span pass."""
    time.sleep(max(span.total_seconds(), 0))


@cache
def webhook_ports() -> "WebhookPorts":
    """For `intake_webhook`."""
    from connector.adapters.smartday.webhook_proof import is_genuine
    from connector.usecases.accept_webhook import WebhookPorts

    return WebhookPorts(clock, _secrets().master_key, is_genuine, _task_queue())


@cache
def order_ports() -> "OrderPorts":
    """For `create_order`."""
    from connector.usecases.task_work import OrderPorts

    return OrderPorts(
        clock=clock,
        integrations=_integrations(),
        tasks=_tasks(),
        bindings=_bindings(),
        customer_claims=_customer_claims(),
        cursors=_cursors(),
        queue=_task_queue(),
        erp=_connect_erp,
        field_service=_connect_field_service,
        settle=settings.settle_time(),
    )


@cache
def import_ports() -> "ImportPorts":
    """For `import_master_data`."""
    from connector.usecases.import_master_data import ImportPorts

    return ImportPorts(
        clock=clock,
        wait=wait,
        integrations=_integrations(),
        bindings=_bindings(),
        cursors=_cursors(),
        queue=_stream_queue(),
        erp=_connect_erp,
        field_service=_connect_field_service,
        tasks=_tasks(),
        task_queue=_task_queue(),
        matches=_matches(),
    )


@cache
def reconcile_ports() -> "ReconcilePorts":
    """For `reconcile_tasks`."""
    from connector.usecases.reconcile_tasks import ReconcilePorts

    return ReconcilePorts(
        clock=clock,
        integrations=_integrations(),
        tasks=_tasks(),
        cursors=_cursors(),
        queue=_task_queue(),
        field_service=_connect_field_service,
    )


@cache
def probe_ports() -> "ProbePorts":
    """For `reconcile_tasks`, where a login was refused."""
    from connector.usecases.probe_login import ProbePorts

    return ProbePorts(
        clock=clock,
        integrations=_integrations(),
        tasks=_tasks(),
        task_queue=_task_queue(),
        stream_queue=_stream_queue(),
        erp=_connect_erp,
        field_service=_connect_field_service,
    )


@cache
def subscription_ports() -> "SubscriptionPorts":
    """For `reconcile_tasks`, before the poll."""
    from connector.usecases.mend_subscription import SubscriptionPorts

    return SubscriptionPorts(
        clock=clock,
        integrations=_integrations(),
        field_service=_connect_field_service,
        api_url=_api_url,
        master_key=_secrets().master_key,
    )


@cache
def recovery_ports() -> "RecoveryPorts":
    """For `reconcile_tasks`, when lost task records are to be recovered."""
    from connector.usecases.recover_orders import RecoveryPorts

    return RecoveryPorts(
        clock=clock,
        integrations=_integrations(),
        tasks=_tasks(),
        task_queue=_task_queue(),
        stream_queue=_stream_queue(),
        erp=_connect_erp,
        field_service=_connect_field_service,
    )


@cache
def dispatch_ports() -> "DispatchPorts":
    """For `dispatch`."""
    from connector.usecases.dispatch import DispatchPorts

    return DispatchPorts(clock, _integrations(), _tasks(), _task_queue(), _stream_queue())


@cache
def api_ports() -> "ApiPorts":
    """For `activate_integration`."""
    from connector.adapters.web_session import SignedWebSessions
    from connector.usecases.activate_integration import ActivationPorts
    from connector.usecases.change_company import CompanyPorts
    from connector.usecases.match_report import MatchPorts
    from connector.usecases.open_session import SessionPorts
    from connector.usecases.prove_login import ProofPorts
    from connector.usecases.request_import import ImportRequestPorts
    from connector.usecases.resend_finished import ResendFinishedPorts
    from connector.usecases.show_status import StatusPorts
    from connector.usecases.steer_tasks import SteeringPorts
    from connector.web.calls import ApiPorts

    integrations, secrets, tasks, sessions = _integrations(), _secrets(), _tasks(), _sessions()
    proof = ProofPorts(clock, sessions, _Prover())
    activation = ActivationPorts(
        proof,
        integrations,
        secrets,
        CompanyPorts(clock, integrations, _bindings(), _customer_claims(), _cursors()),
        tasks,
        _task_queue(),
        _stream_queue(),
        _api_url,
    )
    steering = SteeringPorts(clock, tasks, _task_queue())
    return ApiPorts(
        session=SessionPorts(proof, secrets, SignedWebSessions(secrets.master_key)),
        activation=activation,
        status=StatusPorts(clock, integrations, _cursors(), tasks, sessions),
        steering=steering,
        finished=ResendFinishedPorts(steering, integrations, _connect_field_service),
        imports=ImportRequestPorts(integrations, _stream_queue(), _matches()),
        matches=MatchPorts(clock, integrations, _matches(), _stream_queue()),
    )


class _Prover:
    """`Prover`: connections with logins that aren't stored yet."""

    def field_service(self, agreement_number: str, user: str, password: str) -> "FieldService":
        from connector.adapters.http import PaceKeeper
        from connector.adapters.smartday.client import BridgeFieldService

        pace = PaceKeeper(_sessions(), agreement_number, Side.SMARTDAY, clock)
        url = settings.smartday_base_url()
        return BridgeFieldService(agreement_number, url, lambda _: (user, password), pace, clock)

    def erp_login(self, username: str, password: str, identity_id: str | None) -> "ErpLogin":
        from connector.adapters.twentyfoursevenoffice.client import prove_login

        host = settings.erp_host()
        return prove_login(host.base_url, host.application_id, username, password, identity_id, clock)


def _connect_field_service(agreement_number: str) -> "FieldService":
    from connector.adapters.http import PaceKeeper
    from connector.adapters.smartday.client import BridgeFieldService
    from connector.errors import CredentialsRejected

    def login(refresh: bool) -> tuple[str, str]:
        stored = _secrets().credentials(agreement_number, refresh)
        if stored is None:
            raise CredentialsRejected(Side.SMARTDAY, "credentials_missing")
        return stored.bridge_user, stored.bridge_password

    pace = PaceKeeper(_sessions(), agreement_number, Side.SMARTDAY, clock)
    return BridgeFieldService(agreement_number, settings.smartday_base_url(), login, pace, clock)


def _connect_erp(agreement_number: str) -> "Erp":
    from connector.adapters.twentyfoursevenoffice.client import connect

    host = settings.erp_host()
    return connect(host.base_url, host.application_id, agreement_number, _sessions(), _secrets(), clock, wait)


def _api_url() -> str:
    from connector.adapters.parameters import api_url

    return api_url(aws.ssm(), settings.api_url_parameter())


@cache
def _task_queue() -> SqsTaskQueue:
    return SqsTaskQueue(aws.sqs(), settings.order_queue_url())


@cache
def _stream_queue() -> SqsStreamQueue:
    urls = settings.stream_queue_urls()
    return SqsStreamQueue(aws.sqs(), urls.imports, urls.reconcile)


@cache
def _secrets() -> "AwsSecretStore":
    from connector.adapters.secrets import AwsSecretStore

    return AwsSecretStore(
        aws.ssm, settings.secrets_prefix, aws.secrets_manager, settings.master_key_secret_id, clock
    )


@cache
def _integrations() -> "DynamoIntegrationStore":
    from connector.adapters.dynamodb.integrations import DynamoIntegrationStore

    return DynamoIntegrationStore(aws.table(settings.integrations_table()))


@cache
def _tasks() -> "DynamoTaskStore":
    from connector.adapters.dynamodb.tasks import DynamoTaskStore

    return DynamoTaskStore(aws.table(settings.tasks_table()))


@cache
def _bindings() -> "DynamoBindingStore":
    from connector.adapters.dynamodb.bindings import DynamoBindingStore

    return DynamoBindingStore(aws.table(settings.bindings_table()))


@cache
def _customer_claims() -> "DynamoCustomerClaimStore":
    from connector.adapters.dynamodb.customer_claims import DynamoCustomerClaimStore

    return DynamoCustomerClaimStore(aws.table(settings.bindings_table()))


@cache
def _matches() -> "DynamoMatchStore":
    from connector.adapters.dynamodb.matches import DynamoMatchStore

    return DynamoMatchStore(aws.table(settings.cursors_table()))


@cache
def _cursors() -> "DynamoCursorStore":
    from connector.adapters.dynamodb.cursors import DynamoCursorStore

    return DynamoCursorStore(aws.table(settings.cursors_table()))


@cache
def _sessions() -> "DynamoSessionStore":
    from connector.adapters.dynamodb.sessions import DynamoSessionStore

    return DynamoSessionStore(aws.table(settings.sessions_table()), clock)

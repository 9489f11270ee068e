"""The composition root: one builder per use case, and with `parts` the only one that names adapters.

Adapters are imported inside the builder that needs them: intake never pays for HTTP or SOAP clients.
Builders are cached, so a warm function keeps its AWS clients; sides are connected anew for each message, so
that what another process learnt of their pace is known.
"""

from functools import cache
from typing import TYPE_CHECKING

from connector import settings
from connector.adapters.sqs import read_stream_message, read_task_message
from connector.bootstrap import parts

if TYPE_CHECKING:
    from connector.usecases.accept_webhook import WebhookPorts
    from connector.usecases.dispatch import DispatchPorts
    from connector.usecases.import_pass import ImportPorts
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


@cache
def webhook_ports() -> "WebhookPorts":
    """For `intake_webhook`."""
    from connector.adapters.smartday.webhook_proof import is_genuine
    from connector.usecases.accept_webhook import WebhookPorts

    return WebhookPorts(parts.clock, parts.secrets().master_key, is_genuine, parts.task_queue())


@cache
def order_ports() -> "OrderPorts":
    """For `create_order`."""
    from connector.usecases.task_work import OrderPorts

    return OrderPorts(
        clock=parts.clock,
        integrations=parts.integrations(),
        tasks=parts.tasks(),
        bindings=parts.bindings(),
        customer_claims=parts.customer_claims(),
        cursors=parts.cursors(),
        queue=parts.task_queue(),
        erp=parts.connect_erp,
        field_service=parts.connect_field_service,
        settle=settings.settle_time(),
    )


@cache
def import_ports() -> "ImportPorts":
    """For `import_master_data`."""
    from connector.usecases.import_pass import ImportPorts

    return ImportPorts(
        clock=parts.clock,
        wait=parts.wait,
        together=parts.together,
        integrations=parts.integrations(),
        bindings=parts.bindings(),
        cursors=parts.cursors(),
        results=parts.import_results(),
        queue=parts.stream_queue(),
        erp=parts.connect_erp,
        field_service=parts.connect_field_service,
        tasks=parts.tasks(),
        task_queue=parts.task_queue(),
        matches=parts.matches(),
    )


@cache
def reconcile_ports() -> "ReconcilePorts":
    """For `reconcile_tasks`."""
    from connector.usecases.reconcile_tasks import ReconcilePorts

    return ReconcilePorts(
        clock=parts.clock,
        integrations=parts.integrations(),
        tasks=parts.tasks(),
        cursors=parts.cursors(),
        queue=parts.task_queue(),
        field_service=parts.connect_field_service,
    )


@cache
def probe_ports() -> "ProbePorts":
    """For `reconcile_tasks`, where a login was refused."""
    from connector.usecases.probe_login import ProbePorts

    return ProbePorts(
        clock=parts.clock,
        integrations=parts.integrations(),
        tasks=parts.tasks(),
        task_queue=parts.task_queue(),
        stream_queue=parts.stream_queue(),
        erp=parts.connect_erp,
        field_service=parts.connect_field_service,
    )


@cache
def subscription_ports() -> "SubscriptionPorts":
    """For `reconcile_tasks`, before the poll."""
    from connector.usecases.mend_subscription import SubscriptionPorts

    return SubscriptionPorts(
        integrations=parts.integrations(),
        field_service=parts.connect_field_service,
        api_url=parts.api_url,
        master_key=parts.secrets().master_key,
    )


@cache
def recovery_ports() -> "RecoveryPorts":
    """For `reconcile_tasks`, when lost task records are to be recovered."""
    from connector.usecases.recover_orders import RecoveryPorts

    return RecoveryPorts(
        clock=parts.clock,
        integrations=parts.integrations(),
        tasks=parts.tasks(),
        task_queue=parts.task_queue(),
        stream_queue=parts.stream_queue(),
        erp=parts.connect_erp,
        field_service=parts.connect_field_service,
    )


@cache
def dispatch_ports() -> "DispatchPorts":
    """For `dispatch`."""
    from connector.usecases.dispatch import DispatchPorts

    return DispatchPorts(
        parts.clock, parts.integrations(), parts.tasks(), parts.task_queue(), parts.stream_queue()
    )


@cache
def api_ports() -> "ApiPorts":
    """For `activate_integration`."""
    from connector.adapters.web_session import SignedWebSessions
    from connector.usecases.activate_integration import ActivationPorts
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

    integrations, secrets, tasks, sessions = (
        parts.integrations(),
        parts.secrets(),
        parts.tasks(),
        parts.sessions(),
    )
    proof = ProofPorts(parts.clock, sessions, parts.Prover())
    activation = ActivationPorts(
        proof,
        integrations,
        secrets,
        CompanyPorts(parts.clock, integrations, parts.bindings(), parts.customer_claims(), parts.cursors()),
        tasks,
        parts.task_queue(),
        parts.stream_queue(),
        parts.api_url,
    )
    steering = SteeringPorts(parts.clock, tasks, parts.task_queue())
    return ApiPorts(
        session=SessionPorts(proof, secrets, SignedWebSessions(secrets.master_key)),
        activation=activation,
        status=StatusPorts(parts.clock, integrations, parts.cursors(), tasks, sessions),
        steering=steering,
        finished=ResendFinishedPorts(steering, integrations, parts.connect_field_service),
        imports=ImportRequestPorts(integrations, parts.stream_queue(), parts.matches()),
        matches=MatchPorts(parts.clock, integrations, parts.matches(), parts.stream_queue()),
        rejected=RejectedPorts(parts.cursors(), parts.import_results()),
        confirming=ConfirmImportPorts(parts.clock, integrations, parts.cursors(), parts.stream_queue()),
    )

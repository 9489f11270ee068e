"""What the builders put together: stores, queues, secrets, and connections to both sides."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from connector import settings
from connector.adapters import aws
from connector.adapters.sqs import SqsStreamQueue, SqsTaskQueue
from connector.errors import Side

if TYPE_CHECKING:
    from connector.adapters.dynamodb.bindings import DynamoBindingStore
    from connector.adapters.dynamodb.cursors import DynamoCursorStore
    from connector.adapters.dynamodb.customer_claims import DynamoCustomerClaimStore
    from connector.adapters.dynamodb.import_results import DynamoImportResultStore
    from connector.adapters.dynamodb.integrations import DynamoIntegrationStore
    from connector.adapters.dynamodb.matches import DynamoMatchStore
    from connector.adapters.dynamodb.sessions import DynamoSessionStore
    from connector.adapters.dynamodb.tasks import DynamoTaskStore
    from connector.adapters.secrets import AwsSecretStore
    from connector.ports import Erp, ErpLogin, FieldService

T = TypeVar("T")


def clock() -> datetime:
    """The present, aware, UTC."""
    return datetime.now(UTC)


def wait(span: timedelta) -> None:
    """Let the span pass."""
    time.sleep(max(span.total_seconds(), 0))


def together(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Do the jobs, each in a thread of its own."""
    if len(jobs) < 2:
        return [job() for job in jobs]
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(lambda job: job(), jobs))


class Prover:
    """`Prover`: connections with logins that aren't stored yet."""

    def field_service(self, agreement_number: str, user: str, password: str) -> "FieldService":
        """See `Prover.field_service`."""
        from connector.adapters.http import PaceKeeper
        from connector.adapters.smartday.client import BridgeFieldService

        pace = PaceKeeper(sessions(), agreement_number, Side.SMARTDAY, clock)
        url = settings.smartday_base_url()
        return BridgeFieldService(agreement_number, url, lambda _: (user, password), pace, clock)

    def erp_login(self, username: str, password: str, identity_id: str | None) -> "ErpLogin":
        """See `Prover.erp_login`."""
        from connector.adapters.twentyfoursevenoffice.client import prove_login

        host = settings.erp_host()
        return prove_login(host.base_url, host.application_id, username, password, identity_id, clock)


def connect_field_service(agreement_number: str) -> "FieldService":
    """Smartday of this integration, with its stored login."""
    from connector.adapters.http import PaceKeeper
    from connector.adapters.smartday.client import BridgeFieldService
    from connector.errors import CredentialsRejected

    def login(refresh: bool) -> tuple[str, str]:
        stored = secrets().credentials(agreement_number, refresh)
        if stored is None:
            raise CredentialsRejected(Side.SMARTDAY, "credentials_missing")
        return stored.bridge_user, stored.bridge_password

    pace = PaceKeeper(sessions(), agreement_number, Side.SMARTDAY, clock)
    return BridgeFieldService(agreement_number, settings.smartday_base_url(), login, pace, clock)


def connect_erp(agreement_number: str) -> "Erp":
    """The ERP of this integration, with its stored login."""
    from connector.adapters.twentyfoursevenoffice.client import connect

    host = settings.erp_host()
    return connect(host.base_url, host.application_id, agreement_number, sessions(), secrets(), clock, wait)


def api_url() -> str:
    """The address of our own HTTP API, without a slash at the end."""
    from connector.adapters import parameters

    return parameters.api_url(aws.ssm(), settings.api_url_parameter())


@cache
def task_queue() -> SqsTaskQueue:
    """The order queue."""
    return SqsTaskQueue(aws.sqs(), settings.order_queue_url())


@cache
def stream_queue() -> SqsStreamQueue:
    """The import and the reconcile queue."""
    urls = settings.stream_queue_urls()
    return SqsStreamQueue(aws.sqs(), urls.imports, urls.reconcile)


@cache
def secrets() -> "AwsSecretStore":
    """Logins and the master key."""
    from connector.adapters.secrets import AwsSecretStore

    return AwsSecretStore(
        aws.ssm, settings.secrets_prefix, aws.secrets_manager, settings.master_key_secret_id, clock
    )


@cache
def integrations() -> "DynamoIntegrationStore":
    """Integrations."""
    from connector.adapters.dynamodb.integrations import DynamoIntegrationStore

    return DynamoIntegrationStore(aws.table(settings.integrations_table()))


@cache
def tasks() -> "DynamoTaskStore":
    """Task records."""
    from connector.adapters.dynamodb.tasks import DynamoTaskStore

    return DynamoTaskStore(aws.table(settings.tasks_table()))


@cache
def bindings() -> "DynamoBindingStore":
    """Bindings."""
    from connector.adapters.dynamodb.bindings import DynamoBindingStore

    return DynamoBindingStore(aws.table(settings.bindings_table()))


@cache
def customer_claims() -> "DynamoCustomerClaimStore":
    """Who creates which field-made customer; in the table of bindings."""
    from connector.adapters.dynamodb.customer_claims import DynamoCustomerClaimStore

    return DynamoCustomerClaimStore(aws.table(settings.bindings_table()))


@cache
def matches() -> "DynamoMatchStore":
    """Match reports; in the table of cursors."""
    from connector.adapters.dynamodb.matches import DynamoMatchStore

    return DynamoMatchStore(aws.table(settings.cursors_table()))


@cache
def cursors() -> "DynamoCursorStore":
    """Cursors and runs."""
    from connector.adapters.dynamodb.cursors import DynamoCursorStore

    return DynamoCursorStore(aws.table(settings.cursors_table()))


@cache
def import_results() -> "DynamoImportResultStore":
    """What import runs didn't write; in the table of cursors."""
    from connector.adapters.dynamodb.import_results import DynamoImportResultStore

    return DynamoImportResultStore(aws.table(settings.cursors_table()), clock)


@cache
def sessions() -> "DynamoSessionStore":
    """What expires."""
    from connector.adapters.dynamodb.sessions import DynamoSessionStore

    return DynamoSessionStore(aws.table(settings.sessions_table()), clock)

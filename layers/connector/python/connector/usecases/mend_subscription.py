"""Our webhook subscription is as it should be, or is made anew.

Bridge pauses one whose deliveries failed for three days (contract smartday 4.8), and people can take it away.
"""

from collections.abc import Callable
from dataclasses import dataclass

from connector.domain.derived_keys import webhook_secret
from connector.domain.integration import Integration
from connector.errors import CredentialsRejected
from connector.ports import Clock, ConnectFieldService, Subscription
from connector.stores import IntegrationStore
from connector.usecases.reject_credentials import reject_credentials


@dataclass(frozen=True, slots=True)
class SubscriptionPorts:
    """What mending needs. `api_url` and `master_key` are read when they are needed."""

    clock: Clock
    integrations: IntegrationStore
    field_service: ConnectFieldService
    api_url: Callable[[], str]
    master_key: Callable[[], bytes]


def webhook_address(api_url: str, agreement_number: str, generation: int) -> str:
    """Where Bridge sends an agreement's events, signed with that generation of the secret."""
    return f"{api_url.rstrip('/')}/webhooks/smartday/{agreement_number}?k={generation}"


def mend_subscription(ports: SubscriptionPorts, agreement_number: str) -> bool:
    """Look at the subscription of an active integration; True when it had to be made anew.

    That of an integration that isn't active is left as it is. Raises `RetryLater`; `Refused` when Smartday
    says no.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        return False
    try:
        return _mend(ports, integration)
    except CredentialsRejected as error:
        reject_credentials(ports.integrations, integration, error, ports.clock())
        return False


def _mend(ports: SubscriptionPorts, integration: Integration) -> bool:
    number, generation = integration.agreement_number, integration.secret_generation
    url = webhook_address(ports.api_url(), number, generation)
    service = ports.field_service(number)
    if service.subscription() == Subscription(url, is_active=True):
        return False
    service.subscribe(url, webhook_secret(ports.master_key(), number, generation))
    return True

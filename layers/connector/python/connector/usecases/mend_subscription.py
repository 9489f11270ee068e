"""Our webhook subscription is as it should be, or is made anew.

Bridge pauses one whose deliveries failed for three days (contract smartday 4.8), and people can take it away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from connector.domain.derived_keys import webhook_secret
from connector.ports import ConnectFieldService
from connector.stores import IntegrationStore


@dataclass(frozen=True, slots=True)
class SubscriptionPorts:
    """What mending needs. `api_url` and `master_key` are read when they are needed."""

    integrations: IntegrationStore
    field_service: ConnectFieldService
    api_url: Callable[[], str]
    master_key: Callable[[], bytes]


def webhook_address(api_url: str, agreement_number: str, generation: int) -> str:
    """Where Bridge sends an agreement's events, signed with that generation of the secret."""
    return f"{api_url.rstrip('/')}/webhooks/smartday/{agreement_number}?k={generation}"


def mend_subscription(ports: SubscriptionPorts, agreement_number: str) -> bool:
    """Look at the subscription of an active integration; True when it had to be made anew.

    That of an integration that isn't active is left as it is. Raises `RetryLater`; `Refused` and
    `CredentialsRejected` when Smartday says no. Decision: that stops nothing. Orders come by the poll too,
    which meets the refusal itself when it isn't about subscriptions alone; and a login that is good for all
    else would be taken again at its next try, every quarter of an hour.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        return False
    generation = integration.secret_generation
    url = webhook_address(ports.api_url(), agreement_number, generation)
    service = ports.field_service(agreement_number)
    found = service.subscription()
    if found is not None and found.is_active and _same_address(found.url, url):
        return False
    service.subscribe(url, webhook_secret(ports.master_key(), agreement_number, generation))
    return True


def _same_address(one: str, other: str) -> bool:
    """However the address is written; else it would be mended for ever (RFC 3986, 6.2)."""
    return _normal(one) == _normal(other)


def _normal(url: str) -> tuple[str, str, str, str]:
    scheme, host, path, query, _ = urlsplit(url)
    return scheme.lower(), host.lower(), unquote(path).rstrip("/"), unquote(query)

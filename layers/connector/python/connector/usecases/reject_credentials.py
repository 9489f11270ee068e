"""A side refuses the login: the whole integration waits for new credentials instead of hammering."""

from dataclasses import replace

from connector.domain.integration import Integration, IntegrationState
from connector.errors import Stale
from connector.stores import IntegrationStore


def reject_credentials(integrations: IntegrationStore, integration: Integration) -> None:
    """Mark the integration; when somebody else changed it meanwhile, theirs stands."""
    try:
        integrations.save(replace(integration, state=IntegrationState.CREDENTIALS_REJECTED))
    except Stale:
        return

"""A side refuses the login: the whole integration waits for new credentials instead of hammering."""

from datetime import datetime

from connector.domain.integration import Integration
from connector.errors import CredentialsRejected, Stale
from connector.stores import IntegrationStore


def reject_credentials(
    integrations: IntegrationStore, integration: Integration, error: CredentialsRejected, now: datetime
) -> None:
    """Mark the integration with what was refused.

    `integration` is as it was read before the login was used: when somebody changed it since, theirs stands,
    for it may be a new login.
    """
    try:
        integrations.save(integration.refused(error.side, error.code, now))
    except Stale:
        return

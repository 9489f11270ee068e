"""Signs webhooks as Smartday does, with the secret that the deployed master key gives."""

import time

from connector.domain.derived_keys import webhook_secret
from sandbox.figures import AGREEMENT
from sandbox.local import Local
from sandbox.smartday.webhooks import signature


def signed(local: Local, body: bytes, age_seconds: float = 0) -> dict[str, str]:
    """The headers that prove this body, signed so long ago."""
    timestamp = str(int(time.time() - age_seconds))
    secret = webhook_secret(master_key(local).encode(), AGREEMENT, 1)
    return {
        "smartday-timestamp": timestamp,
        "smartday-signature": signature([secret], timestamp, body),
    }


def master_key(local: Local) -> str:
    """The key that the deployment made."""
    secrets = local.engine.client("secretsmanager")
    return str(secrets.get_secret_value(SecretId=local.deployment.resources["MasterKey"])["SecretString"])

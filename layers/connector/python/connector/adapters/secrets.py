"""Logins in SSM Parameter Store, the master key in Secrets Manager; both kept for at most 5 minutes.

A cache of a few lines instead of powertools' `parameters`: that one goes on giving the old login after a
write, and wraps every failure into one error, so that a missing parameter looks like a throttled call.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connector.adapters.aws import translated
from connector.domain.integration import Credentials
from connector.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_ssm.client import SSMClient

KEPT = timedelta(minutes=5)
"""How old a secret may be (design 4.7)."""


class AwsSecretStore:
    """`SecretStore`: one SecureString parameter per integration, one secret with the master key.

    Clients and names come as functions: who only checks signatures needs no parameter name or client.
    """

    def __init__(
        self,
        ssm: "Callable[[], SSMClient]",
        prefix: Callable[[], str],
        secrets_manager: "Callable[[], SecretsManagerClient]",
        master_key_id: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._ssm = ssm
        self._prefix = prefix
        self._secrets_manager = secrets_manager
        self._master_key_id = master_key_id
        self._clock = clock
        self._logins: dict[str, tuple[Credentials, datetime]] = {}
        self._key: tuple[bytes, datetime] | None = None

    def credentials(self, agreement_number: str, refresh: bool = False) -> Credentials | None:
        """See `SecretStore.credentials`; None when the integration has none, which isn't remembered."""
        kept = self._logins.get(agreement_number)
        if kept is not None and self._clock() < kept[1] and not refresh:
            return kept[0]
        credentials = self._read(agreement_number)
        if credentials is not None:
            self._logins[agreement_number] = (credentials, self._clock() + KEPT)
        else:
            self._logins.pop(agreement_number, None)
        return credentials

    def put_credentials(self, agreement_number: str, credentials: Credentials) -> None:
        """See `SecretStore.put_credentials`."""
        with translated():
            self._ssm().put_parameter(
                Name=self._name(agreement_number),
                Value=_written(credentials),
                Type="SecureString",
                Overwrite=True,
            )
        self._logins[agreement_number] = (credentials, self._clock() + KEPT)

    def master_key(self) -> bytes:
        """See `SecretStore.master_key`."""
        if self._key is None or self._clock() >= self._key[1]:
            with translated():
                answer = self._secrets_manager().get_secret_value(SecretId=self._master_key_id())
            self._key = (answer["SecretString"].encode(), self._clock() + KEPT)
        return self._key[0]

    def _read(self, agreement_number: str) -> Credentials | None:
        client = self._ssm()
        with translated():
            try:
                answer = client.get_parameter(Name=self._name(agreement_number), WithDecryption=True)
            except client.exceptions.ParameterNotFound:
                return None
        return Credentials(**json.loads(answer["Parameter"]["Value"]))

    def _name(self, agreement_number: str) -> str:
        return f"{self._prefix().rstrip('/')}/{agreement_number}"


def _written(credentials: Credentials) -> str:
    """JSON without `{{`: Parameter Store reads that as a reference and refuses the value."""
    return json.dumps(asdict(credentials)).replace("{{", "\\u007b\\u007b")

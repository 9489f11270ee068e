"""Logins and the master key: stored encrypted, kept for at most five minutes, read anew on demand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.adapters.parameters import api_url
from connector.adapters.secrets import AwsSecretStore
from connector.domain.integration import Credentials
from connector.stores import SecretStore
from tests.fakes.session_stores import MemorySecretStore

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALMOST = timedelta(minutes=5, microseconds=-1)
BOTH = ["memory", pytest.param("engine", marks=pytest.mark.engine)]
LOGINS = Credentials("bro-bruker", 'pæss {{ord}} "\\', "ola@ødegård.no", "{{ssm:x}} €", "id-1")


class Time:
    """A clock that tests set."""

    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def ssm(account: Any) -> Any:
    return account.client("ssm")


@pytest.fixture
def open_aws(account: Any, ssm: Any, time: Time) -> Callable[[], AwsSecretStore]:
    """Opens the same secrets as another process would, with nothing remembered."""
    manager = account.client("secretsmanager")
    manager.create_secret(Name="master-key", SecretString="first-key")
    return lambda: AwsSecretStore(
        lambda: ssm, lambda: "/smartday/test/", lambda: manager, lambda: "master-key", time
    )


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> SecretStore:
    if request.param == "memory":
        return MemorySecretStore(key=b"first-key")
    aws: SecretStore = request.getfixturevalue("open_aws")()
    return aws


def test_logins_come_back_as_they_were_stored(store: SecretStore) -> None:
    assert store.credentials("104477") is None
    store.put_credentials("104477", LOGINS)
    assert store.credentials("104477") == LOGINS
    assert store.credentials("104477", refresh=True) == LOGINS
    assert store.credentials("200") is None


def test_a_new_login_counts_at_once(store: SecretStore) -> None:
    store.put_credentials("104477", LOGINS)
    changed = replace(LOGINS, erp_password="ny", erp_identity_id=None)
    store.put_credentials("104477", changed)
    assert store.credentials("104477") == changed
    assert store.credentials("104477", refresh=True) == changed


def test_the_master_key_is_given_as_bytes(store: SecretStore) -> None:
    assert store.master_key() == b"first-key"


@pytest.mark.engine
def test_another_process_sees_a_new_login_after_five_minutes_or_by_refresh(
    open_aws: Callable[[], AwsSecretStore], time: Time
) -> None:
    here, there = open_aws(), open_aws()
    here.put_credentials("104477", LOGINS)
    assert there.credentials("104477") == LOGINS
    second, third = replace(LOGINS, bridge_password="2"), replace(LOGINS, bridge_password="3")
    here.put_credentials("104477", second)
    time.now = START + ALMOST
    assert there.credentials("104477") == LOGINS
    time.now = START + timedelta(minutes=5)
    assert there.credentials("104477") == second
    here.put_credentials("104477", third)
    assert there.credentials("104477") == second
    assert there.credentials("104477", refresh=True) == third
    assert there.credentials("104477") == third


@pytest.mark.engine
def test_an_integration_that_gets_logins_is_seen_at_once(open_aws: Callable[[], AwsSecretStore]) -> None:
    here, there = open_aws(), open_aws()
    assert there.credentials("104477") is None
    here.put_credentials("104477", LOGINS)
    assert there.credentials("104477") == LOGINS


@pytest.mark.engine
def test_a_new_master_key_counts_after_five_minutes(
    open_aws: Callable[[], AwsSecretStore], account: Any, time: Time
) -> None:
    store = open_aws()
    assert store.master_key() == b"first-key"
    account.client("secretsmanager").put_secret_value(SecretId="master-key", SecretString="second-key")
    time.now = START + ALMOST
    assert store.master_key() == b"first-key"
    time.now = START + timedelta(minutes=5)
    assert store.master_key() == b"second-key"


@pytest.mark.engine
def test_logins_are_stored_encrypted_and_never_as_a_reference(
    open_aws: Callable[[], AwsSecretStore], ssm: Any
) -> None:
    open_aws().put_credentials("104477", LOGINS)
    stored = ssm.get_parameter(Name="/smartday/test/104477", WithDecryption=True)["Parameter"]
    assert stored["Type"] == "SecureString"
    assert "{{" not in stored["Value"]


@pytest.mark.engine
def test_who_checks_signatures_needs_no_parameter_store(account: Any, time: Time) -> None:
    def unset() -> Any:
        raise AssertionError("not needed")

    manager = account.client("secretsmanager")
    manager.create_secret(Name="master-key", SecretString="first-key")
    assert (
        AwsSecretStore(unset, unset, lambda: manager, lambda: "master-key", time).master_key() == b"first-key"
    )


@pytest.mark.engine
def test_the_address_of_our_api_is_a_parameter(ssm: Any) -> None:
    ssm.put_parameter(Name="/smartday/test/api-url", Value="https://api.example/", Type="String")
    assert api_url(ssm, "/smartday/test/api-url") == "https://api.example"

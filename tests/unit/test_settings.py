"""Settings: read from the environment; what is missing is named, and its value never shown."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from connector import settings
from connector.settings import ErpHost, SettingError, StreamQueueUrls


def test_addresses_lose_the_slash_at_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTDAY_BASE_URL", "https://bridge.example/ ")
    monkeypatch.setenv("TWENTYFOURSEVENOFFICE_BASE_URL", "http://127.0.0.1:9002/")
    monkeypatch.setenv("TWENTYFOURSEVENOFFICE_APPLICATION_ID", "app-id")
    assert settings.smartday_base_url() == "https://bridge.example"
    assert settings.erp_host() == ErpHost("http://127.0.0.1:9002", "app-id")
    assert "app-id" not in repr(settings.erp_host())


def test_the_settle_time_is_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTLE_SECONDS", "900")
    assert settings.settle_time() == timedelta(minutes=15)


def test_the_stream_queues_come_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORT_QUEUE_URL", "https://sqs/import")
    monkeypatch.setenv("RECONCILE_QUEUE_URL", "https://sqs/reconcile")
    assert settings.stream_queue_urls() == StreamQueueUrls("https://sqs/import", "https://sqs/reconcile")


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (settings.integrations_table, "INTEGRATIONS_TABLE"),
        (settings.tasks_table, "TASKS_TABLE"),
        (settings.bindings_table, "BINDINGS_TABLE"),
        (settings.cursors_table, "CURSORS_TABLE"),
        (settings.sessions_table, "SESSIONS_TABLE"),
        (settings.order_queue_url, "ORDER_QUEUE_URL"),
        (settings.master_key_secret_id, "MASTER_KEY_SECRET_ID"),
        (settings.secrets_prefix, "SECRETS_PREFIX"),
        (settings.api_url_parameter, "API_URL_PARAMETER"),
    ],
)
def test_each_name_is_read_and_missed_by_name(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], str], name: str
) -> None:
    monkeypatch.setenv(name, "value")
    assert read() == "value"
    for absent in ("", "  "):
        monkeypatch.setenv(name, absent)
        with pytest.raises(SettingError, match=f"^{name}$"):
            read()
    monkeypatch.delenv(name)
    with pytest.raises(SettingError, match=f"^{name}$"):
        read()


@pytest.mark.parametrize("text", ["soon", "-1", "1.5", "²"])
def test_a_settle_time_that_is_no_number_is_named_not_shown(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SETTLE_SECONDS", text)
    with pytest.raises(SettingError, match=r"^SETTLE_SECONDS$"):
        settings.settle_time()


def test_an_address_without_a_scheme_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTDAY_BASE_URL", "bridge.example")
    with pytest.raises(SettingError, match=r"^SMARTDAY_BASE_URL$"):
        settings.smartday_base_url()

"""Settings of a Lambda function: its environment variables, and nothing else.

One small function each, called when a handler is put together, so that a function needs only what it
uses. A variable that is missing or unreadable raises `SettingError`, which names it.
"""

import os
from dataclasses import dataclass, field
from datetime import timedelta


class SettingError(Exception):
    """An environment variable isn't set, or not to anything usable; the text is its name, not its value."""


@dataclass(frozen=True, slots=True)
class ErpHost:
    """24SevenOffice: the host that all service paths hang under, and our application id there."""

    base_url: str
    application_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StreamQueueUrls:
    """The queue of the streams customers and products, and that of tasks."""

    imports: str
    reconcile: str


def stage() -> str:
    """STAGE: name of the deployment."""
    return _text("STAGE")


def smartday_base_url() -> str:
    """SMARTDAY_BASE_URL, without a slash at the end."""
    return _url("SMARTDAY_BASE_URL")


def erp_host() -> ErpHost:
    """TWENTYFOURSEVENOFFICE_BASE_URL and TWENTYFOURSEVENOFFICE_APPLICATION_ID."""
    return ErpHost(_url("TWENTYFOURSEVENOFFICE_BASE_URL"), _text("TWENTYFOURSEVENOFFICE_APPLICATION_ID"))


def settle_time() -> timedelta:
    """SETTLE_SECONDS: how long a write may take effect after its caller gave up (design 4.4)."""
    text = _text("SETTLE_SECONDS")
    if not (text.isascii() and text.isdigit()):
        raise SettingError("SETTLE_SECONDS")
    return timedelta(seconds=int(text))


def integrations_table() -> str:
    """INTEGRATIONS_TABLE: name of the table."""
    return _text("INTEGRATIONS_TABLE")


def tasks_table() -> str:
    """TASKS_TABLE: name of the table."""
    return _text("TASKS_TABLE")


def bindings_table() -> str:
    """BINDINGS_TABLE: name of the table."""
    return _text("BINDINGS_TABLE")


def cursors_table() -> str:
    """CURSORS_TABLE: name of the table."""
    return _text("CURSORS_TABLE")


def sessions_table() -> str:
    """SESSIONS_TABLE: name of the table."""
    return _text("SESSIONS_TABLE")


def order_queue_url() -> str:
    """ORDER_QUEUE_URL: where "look at this task" is said."""
    return _text("ORDER_QUEUE_URL")


def stream_queue_urls() -> StreamQueueUrls:
    """IMPORT_QUEUE_URL and RECONCILE_QUEUE_URL: where "read this stream" is said."""
    return StreamQueueUrls(_text("IMPORT_QUEUE_URL"), _text("RECONCILE_QUEUE_URL"))


def master_key_secret_id() -> str:
    """MASTER_KEY_SECRET_ID: name or ARN of the secret; never parsed."""
    return _text("MASTER_KEY_SECRET_ID")


def secrets_prefix() -> str:
    """SECRETS_PREFIX: path under which each integration's logins lie."""
    return _text("SECRETS_PREFIX")


def api_url_parameter() -> str:
    """API_URL_PARAMETER: name of the parameter that holds our API's address."""
    return _text("API_URL_PARAMETER")


def _text(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise SettingError(name)
    return value


def _url(name: str) -> str:
    value = _text(name).rstrip("/")
    if not value.startswith(("https://", "http://")):
        raise SettingError(name)
    return value

"""The one error table of Bridge, row by row (contract smartday 4.9)."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.adapters.smartday.errors import FieldProblem, Problem, error_of
from connector.errors import CredentialsRejected, NotFound, Refused, RetryLater, Side, Throttled

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
RETRY_AT = NOW + timedelta(seconds=12)


def error(status: int, code: str | None = None, retry_at: datetime | None = None) -> Exception:
    return error_of(status, Problem(code=code, detail="Forklaring."), retry_at, NOW, "task 48213")


@pytest.mark.parametrize(
    ("status", "code", "meant"),
    [
        (401, "invalid_credentials", "invalid_credentials"),
        (401, "credentials_expired", "credentials_expired"),
        (401, None, "invalid_credentials"),
        (403, "agreement_mismatch", "agreement_mismatch"),
        (403, "feature_missing", "feature_missing"),
        (403, None, "agreement_mismatch"),
    ],
)
def test_a_refused_login_tells_what_was_wrong(status: int, code: str | None, meant: str) -> None:
    found = error(status, code)
    assert isinstance(found, CredentialsRejected)
    assert (found.side, found.code) == (Side.SMARTDAY, meant)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "malformed"),
        (400, "cursor_invalid"),
        (409, "idempotency_key_reused"),
        (409, "in_use"),
        (409, "duplicate_number"),
        (412, "version_conflict"),
        (413, "too_large"),
        (422, "validation_failed"),
        (405, "method_not_allowed"),
    ],
)
def test_a_refusal_keeps_bridges_code_and_words(status: int, code: str) -> None:
    found = error(status, code)
    assert isinstance(found, Refused)
    assert (found.side, found.code, found.words) == (Side.SMARTDAY, code, "Forklaring.")


def test_not_found_names_the_record() -> None:
    found = error(404, "not_found")
    assert isinstance(found, NotFound)
    assert found.what == "task 48213"


def test_what_nobody_asked_for_cannot_be_missing() -> None:
    found = error_of(404, Problem(code="not_found"), None, NOW, None)
    assert type(found) is RetryLater


@pytest.mark.parametrize("status", [301, 400, 404, 409, 412, 422])
def test_a_page_that_is_no_problem_document_is_never_believed(status: int) -> None:
    found = error(status)
    assert type(found) is RetryLater
    assert found.reason == "smartday_unreadable"


def test_a_batch_that_any_gateway_finds_too_large_is_too_large() -> None:
    found = error(413)
    assert isinstance(found, Refused)
    assert found.code == "too_large"


def test_a_task_that_is_open_in_planner_is_tried_in_five_minutes() -> None:
    found = error(423, "locked")
    assert type(found) is RetryLater
    assert (found.reason, found.after) == ("smartday_locked", timedelta(minutes=5))


def test_a_limit_that_is_reached_lasts_as_long_as_bridge_says() -> None:
    found = error(429, "rate_limited", RETRY_AT)
    assert isinstance(found, Throttled)
    assert found.until == RETRY_AT


def test_a_limit_without_a_time_lasts_fifteen_seconds() -> None:
    found = error(429)
    assert isinstance(found, Throttled)
    assert found.until == NOW + timedelta(seconds=15)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
@pytest.mark.parametrize(("retry_at", "after"), [(None, None), (RETRY_AT, timedelta(seconds=12))])
def test_a_server_that_is_out_of_order_is_tried_later(
    status: int, retry_at: datetime | None, after: timedelta | None
) -> None:
    found = error(status, "maintenance", retry_at)
    assert type(found) is RetryLater
    assert (found.reason, found.after) == ("smartday_unavailable", after)


def test_the_words_name_each_rejected_field_and_stay_short() -> None:
    fields = [FieldProblem(field="vat_rate", message="Ukjent sats."), FieldProblem(field="unit")]
    assert Problem(detail="2 felt ble avvist.", errors=fields).words == (
        "2 felt ble avvist. vat_rate: Ukjent sats."
    )
    assert Problem().words == ""
    assert len(Problem(detail="x" * 9000).words) == 500

"""The proof of a webhook (contract smartday 4.8)."""

import hashlib
import hmac
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.smartday.webhook_proof import is_genuine

SECRET = "hemmelig-eksempel"
TIMESTAMP = "1789383739"
BODY = (
    '{"id":"evt_test_1","type":"task.status_changed","data":{"task_id":"48213","status":'
    '{"code":"finished","label":"Avsluttet"},"changed_by":"Åse Bjørnø"}}'
).encode()
DIGEST = "8c9779bcfe4889fff1f4ba4a5528620e9fa49cd509c8ea8096369f7ab1a0d7db"
SIGNATURE = f"v1={DIGEST}"
SENT_AT = datetime(2026, 9, 14, 11, 2, 19, tzinfo=UTC)


def signed(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def test_the_contracts_test_vector_is_genuine() -> None:
    assert is_genuine([SECRET], TIMESTAMP, SIGNATURE, BODY, SENT_AT)


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_a_timestamp_within_five_minutes_is_accepted(seconds: int) -> None:
    assert is_genuine([SECRET], TIMESTAMP, SIGNATURE, BODY, SENT_AT + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-100_000, -301, 301, 100_000])
def test_an_old_or_early_timestamp_is_refused(seconds: int) -> None:
    assert not is_genuine([SECRET], TIMESTAMP, SIGNATURE, BODY, SENT_AT + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "signature",
    [
        f"v1={'0' * 64}, v1={DIGEST}",
        f"v1={DIGEST},v1={'0' * 64}",
        f"v2=abc,v1={DIGEST}",
        f" v1={DIGEST} ",
    ],
)
def test_one_of_several_signatures_is_enough(signature: str) -> None:
    assert is_genuine([SECRET], TIMESTAMP, signature, BODY, SENT_AT)


def test_either_secret_will_do_while_it_is_being_changed() -> None:
    assert is_genuine(["ny", SECRET], TIMESTAMP, SIGNATURE, BODY, SENT_AT)
    assert is_genuine([SECRET, "ny"], TIMESTAMP, SIGNATURE, BODY, SENT_AT)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "v1=",
        DIGEST,
        f"v1={DIGEST.upper()}",
        f"V1={DIGEST}",
        f"v0={DIGEST}",
        f"v1={DIGEST[:-1]}",
        f"v1={DIGEST}0",
        f"v1={'é' * 64}",
        "v1=" + "\ud800",
        "," * 100_000,
        "v1=" + "a" * 100_000,
    ],
)
def test_any_other_signature_is_refused(signature: str | None) -> None:
    assert not is_genuine([SECRET], TIMESTAMP, signature, BODY, SENT_AT)


@pytest.mark.parametrize(
    "timestamp",
    [
        None,
        "",
        "now",
        "-1",
        "+1789383739",
        " 1789383739",
        "1789383739.0",
        "1_789_383_739",
        "²",
        "٣",
        "9" * 5000,
    ],
)
def test_a_timestamp_that_is_not_plain_digits_is_refused(timestamp: str | None) -> None:
    signature = f"v1={signed(SECRET, timestamp or '', BODY)}"
    assert not is_genuine([SECRET], timestamp, signature, BODY, SENT_AT)


def test_nothing_is_genuine_without_a_secret() -> None:
    assert not is_genuine([], TIMESTAMP, SIGNATURE, BODY, SENT_AT)
    assert not is_genuine(["annen"], TIMESTAMP, SIGNATURE, BODY, SENT_AT)


@given(st.binary(), st.text(st.characters(codec="utf-8")), st.integers(-300, 300))
def test_whatever_is_signed_with_the_secret_is_genuine(body: bytes, secret: str, seconds: int) -> None:
    signature = f"v1={signed(secret, TIMESTAMP, body)}"
    assert is_genuine([secret], TIMESTAMP, signature, body, SENT_AT + timedelta(seconds=seconds))
    assert not is_genuine([secret], TIMESTAMP, signature, body + b" ", SENT_AT)


@given(st.none() | st.text(), st.none() | st.text() | st.text().map("v1={}".format), st.binary())
def test_a_forged_call_is_refused_and_never_raises(
    timestamp: str | None, signature: str | None, body: bytes
) -> None:
    assert is_genuine([SECRET], timestamp, signature, body, SENT_AT) is False


def test_the_lean_intake_loads_no_http_client_and_no_models() -> None:
    program = (
        "import sys, connector.adapters.smartday.webhook_proof; "
        "print(sorted({'httpx', 'pydantic', 'zeep'} & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"

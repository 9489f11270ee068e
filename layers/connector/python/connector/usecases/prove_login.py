"""Prove logins while a person waits: within a deadline, and never as a tool for guessing passwords.

A proof at Bridge is counted before it is asked and given back unless the login was wrong, so that proofs
that run at the same moment can't pass the limit together (design 3: 5 failed proofs in 15 minutes).
"""

import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from connector.domain.integration import Credentials
from connector.errors import (
    CredentialsRejected,
    IdentityNeeded,
    NotFound,
    Refused,
    RetryLater,
    Side,
    Throttled,
    UnknownOutcome,
)
from connector.ports import Agreement, Clock, ErpLogin, Prover
from connector.stores import SessionStore
from connector.usecases.declined import Declined, FieldError

TIME_LIMIT = timedelta(seconds=25)
"""For everything that one request asks of the sides; API Gateway gives up after 30 s (design 3)."""

FAILED_PROOFS = 5
WINDOW = timedelta(minutes=15)

UNKNOWN_APPLICATION = "unknown_application"
"""The ERP doesn't know our own application id: the operator's fault, not the customer's."""

WRONG_LOGIN = frozenset({"invalid_bridge_login", "agreement_mismatch"})
"""Codes of a failed proof: guessing shows as one of them."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class ProofPorts:
    """What proving needs."""

    clock: Clock
    sessions: SessionStore
    prover: Prover


def is_same_login(stored: Credentials | None, user: str, password: str) -> bool:
    """True when this is the stored Bridge login; takes as long whichever character differs."""
    if stored is None:
        return False
    same_user = hmac.compare_digest(stored.bridge_user.encode(), user.encode())
    same_password = hmac.compare_digest(stored.bridge_password.encode(), password.encode())
    return same_user and same_password


def prove_bridge_login(
    ports: ProofPorts, agreement_number: str, user: str, password: str, deadline: datetime
) -> Agreement:
    """The agreement that this login opens.

    Raises `Declined`: `invalid_bridge_login`, `agreement_mismatch`, `too_many_attempts`,
    `smartday_feature_missing`, `smartday_unreachable`, `smartday_refused`.
    """
    window_end = _window_end(ports.clock())
    returned = f"{agreement_number}:returned"
    tried = ports.sessions.count_failed_proof(agreement_number, window_end)
    if tried - ports.sessions.failed_proofs(returned, window_end) > FAILED_PROOFS:
        raise Declined("too_many_attempts", retry_at=window_end)
    side = ports.prover.field_service(agreement_number, user, password)
    try:
        agreement = ask(ports.clock, Side.SMARTDAY, side.agreement, deadline)
    except Declined as declined:
        if declined.code not in WRONG_LOGIN:
            ports.sessions.count_failed_proof(returned, window_end)
        raise
    ports.sessions.count_failed_proof(returned, window_end)
    if agreement.number != agreement_number:
        raise Declined("agreement_mismatch", [FieldError("agreement_number", "rejected")])
    return agreement


def prove_erp_login(ports: ProofPorts, credentials: Credentials, deadline: datetime) -> ErpLogin:
    """The ERP session that this login opens, after one Login call.

    Raises `Declined`: `invalid_erp_login`, `choose_identity`, `erp_identity_refused`,
    `erp_application_unknown`, `erp_unreachable`.
    """
    return ask(
        ports.clock,
        Side.ERP,
        lambda: ports.prover.erp_login(
            credentials.erp_username, credentials.erp_password, credentials.erp_identity_id
        ),
        deadline,
    )


def ask(clock: Clock, side: Side, call: Callable[[], Answer], deadline: datetime) -> Answer:
    """What the side answers before the deadline; whatever it raises becomes `Declined`."""
    try:
        return _within((deadline - clock()).total_seconds(), call)
    except (RetryLater, UnknownOutcome, TimeoutError) as error:
        raise Declined(f"{_name(side)}_unreachable", retry_at=_retry_at(error, clock())) from error
    except CredentialsRejected as error:
        raise _rejected(side, error.code) from error
    except IdentityNeeded as error:
        choose = [FieldError("erp_identity_id", "missing")]
        raise Declined("choose_identity", choose, choices=error.choices) from error
    except (Refused, NotFound) as error:
        raise _refused(side, error) from error


def _within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """Call in a thread of its own: the sides' clients allow one call longer than a person may wait."""
    if seconds <= 0:
        raise TimeoutError
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        return pool.submit(call).result(timeout=seconds)
    finally:
        pool.shutdown(wait=False)


def _rejected(side: Side, code: str) -> Declined:
    if side is Side.ERP:
        wrong = [FieldError("erp_username", "rejected"), FieldError("erp_password", "rejected")]
        return Declined("invalid_erp_login", wrong)
    if code == "agreement_mismatch":
        return Declined("agreement_mismatch", [FieldError("agreement_number", "rejected")])
    if code == "feature_missing":
        return Declined("smartday_feature_missing", [FieldError("agreement_number", "rejected")])
    wrong = [FieldError("bridge_user", "rejected"), FieldError("bridge_password", "rejected")]
    return Declined("invalid_bridge_login", wrong)


def _refused(side: Side, error: Refused | NotFound) -> Declined:
    if side is Side.SMARTDAY:
        return Declined("smartday_refused")
    if isinstance(error, Refused) and error.code == UNKNOWN_APPLICATION:
        return Declined("erp_application_unknown")
    return Declined("erp_identity_refused", [FieldError("erp_identity_id", "rejected")])


def _retry_at(error: Exception, now: datetime) -> datetime | None:
    if isinstance(error, Throttled):
        return error.until
    return now + error.after if isinstance(error, RetryLater) and error.after else None


def _name(side: Side) -> str:
    return "smartday" if side is Side.SMARTDAY else "erp"


def _window_end(now: datetime) -> datetime:
    """The end of the quarter of an hour that `now` lies in."""
    start_of_time = datetime(1970, 1, 1, tzinfo=UTC)
    return start_of_time + ((now - start_of_time) // WINDOW + 1) * WINDOW

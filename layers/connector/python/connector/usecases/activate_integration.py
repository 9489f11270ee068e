"""Activate, change and pause an integration: prove both logins, then connect, then be active.

Every step may fail and the whole request be repeated: nothing is stored before both logins are proven, each
step after that may be done twice, and `active` is written last (design 3).
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from connector.domain.derived_keys import webhook_secret
from connector.domain.integration import Credentials, ErpCompany, Integration, IntegrationState
from connector.domain.local_time import OSLO
from connector.domain.settings import Settings
from connector.errors import Side, Stale
from connector.ports import StreamQueue, TaskQueue
from connector.stores import IntegrationStore, SecretStore, TaskStore
from connector.usecases.change_company import CompanyPorts, claim_company
from connector.usecases.declined import Declined, FieldError
from connector.usecases.import_anew import import_anew
from connector.usecases.look_again import LookAgain
from connector.usecases.mend_subscription import webhook_address
from connector.usecases.prove_login import (
    TIME_LIMIT,
    ProofPorts,
    ask,
    is_same_login,
    prove_bridge_login,
    prove_erp_login,
)
from connector.usecases.release_waiting import ReleasePorts, release_for_settings
from connector.usecases.request_import import queue_imports

TRIES = 5

PROVED_ANEW = (IntegrationState.CREDENTIALS_REJECTED, IntegrationState.PAUSED)
"""Paused too: it may have been paused after its login was rejected."""

LOGIN_FIELDS = ("bridge_user", "bridge_password", "erp_username", "erp_password", "erp_identity_id")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for; absent logins and settings stay as they are.

    `settings` are the changed ones by name of `Settings`; `start_date` is a day in Oslo; `check` proves
    and stores nothing; `has_session` says that the agreement's Bridge login was proven before.
    """

    agreement_number: str
    active: bool
    bridge_user: str | None = field(default=None, repr=False)
    bridge_password: str | None = field(default=None, repr=False)
    erp_username: str | None = field(default=None, repr=False)
    erp_password: str | None = field(default=None, repr=False)
    erp_identity_id: str | None = field(default=None, repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    start_date: date | None = None
    check: bool = False
    has_session: bool = False

    @property
    def names_login(self) -> bool:
        """True when any login or the identity is given."""
        return any(getattr(self, name) is not None for name in LOGIN_FIELDS)


@dataclass(frozen=True, slots=True)
class Connection:
    """What was proven, or is stored: the agreement's name and the company in the ERP."""

    agreement_name: str
    erp_company: ErpCompany


@dataclass(frozen=True, slots=True)
class ActivationPorts:
    """What activation needs. `api_url` is read when it is needed (design 3: an SSM parameter)."""

    proof: ProofPorts
    integrations: IntegrationStore
    secrets: SecretStore
    company: CompanyPorts
    tasks: TaskStore
    task_queue: TaskQueue
    stream_queue: StreamQueue
    api_url: Callable[[], str]


@dataclass(frozen=True, slots=True)
class _Proven:
    """Logins that may be stored; `erp_session` is the session that the proof opened, if it was needed."""

    connection: Connection
    credentials: Credentials
    erp_session: str | None


def activate_integration(ports: ActivationPorts, wish: Wish) -> Connection | None:
    """Do what is wished; None when it was to be paused and never was activated.

    Raises `Declined`: `unauthenticated`, `validation` (a login is missing), `bridge_password_needed`,
    `company_tied`, `changed_meanwhile` and what `prove_login` raises; `RetryLater` when AWS fails.
    """
    deadline = ports.proof.clock() + TIME_LIMIT
    before = ports.integrations.get(wish.agreement_number)
    stored = ports.secrets.credentials(wish.agreement_number, refresh=True)
    if not wish.active:
        return _pause(ports, wish, before, stored, deadline)
    proven = _prove(ports, wish, before, stored, deadline)
    if wish.check:
        return proven.connection
    if before is None or not before.is_active or wish.names_login:
        _connect(ports, wish, before, proven, deadline)
    now = ports.proof.clock()
    saved = _save(
        ports, wish.agreement_number, lambda stored: _activated(stored, wish, proven.connection, now)
    )
    look = LookAgain(ports.proof.clock, ports.tasks, ports.task_queue, wish.agreement_number, deadline)
    look.at_waiting()
    _release(ports, wish, saved)
    if before is not None and _start(wish, before) < before.start:
        look.at_those_before_start()
    return proven.connection


def _pause(
    ports: ActivationPorts,
    wish: Wish,
    before: Integration | None,
    stored: Credentials | None,
    deadline: datetime,
) -> Connection | None:
    """Needs no side to be up, unless somebody without session brings another Bridge login than the stored."""
    if not wish.has_session:
        user, password = _own_proof(wish)
        if not is_same_login(stored, user, password):
            prove_bridge_login(ports.proof, wish.agreement_number, user, password, deadline)
    if before is None:
        if wish.settings or wish.start_date:
            raise Declined("not_active")
        return None
    if not wish.check:
        now = ports.proof.clock()
        saved = _save(ports, wish.agreement_number, lambda stored: _paused(stored, wish, now))
        _release(ports, wish, saved)
    return Connection(before.agreement_name, before.erp_company)


def _prove(
    ports: ActivationPorts,
    wish: Wish,
    before: Integration | None,
    stored: Credentials | None,
    deadline: datetime,
) -> _Proven:
    """Bridge's login first, then the ERP's; only what is new or was rejected, unless it is a check."""
    if not wish.has_session:
        _own_proof(wish)
    wanted = _merged(wish, stored)
    _check_bridge_password(wish, stored, wanted)
    anew = before is None or before.state in PROVED_ANEW or wish.check
    agreement_name = before.agreement_name if before else ""
    if anew or not is_same_login(stored, wanted.bridge_user, wanted.bridge_password):
        agreement_name = prove_bridge_login(
            ports.proof, wish.agreement_number, wanted.bridge_user, wanted.bridge_password, deadline
        ).name
    if before and not anew and _erp_login(stored) == _erp_login(wanted):
        return _Proven(Connection(agreement_name, before.erp_company), wanted, None)
    login = prove_erp_login(ports.proof, wanted, deadline)
    if before and before.erp_company.id != login.company.id:
        _need_bridge_password(wish)
    credentials = replace(wanted, erp_identity_id=login.identity_id)
    return _Proven(Connection(agreement_name, login.company), credentials, login.session_id)


def _connect(
    ports: ActivationPorts, wish: Wish, before: Integration | None, proven: _Proven, deadline: datetime
) -> None:
    """Everything that has to stand before the integration may be active."""
    number = wish.agreement_number
    is_new_company = claim_company(
        ports.company, number, before, proven.connection.agreement_name, proven.connection.erp_company
    )
    ports.secrets.put_credentials(number, proven.credentials)
    if proven.erp_session is not None:
        ports.proof.sessions.put_erp_session(number, proven.erp_session)
    generation = before.secret_generation if before else 1
    secret = webhook_secret(ports.secrets.master_key(), number, generation)
    url = webhook_address(ports.api_url(), number, generation)
    side = ports.proof.prover.field_service(
        number, proven.credentials.bridge_user, proven.credentials.bridge_password
    )
    ask(ports.proof.clock, Side.SMARTDAY, lambda: side.subscribe(url, secret), deadline)
    queue_imports(ports.stream_queue, number, full=is_new_company)


def _own_proof(wish: Wish) -> tuple[str, str]:
    """The Bridge login of somebody without session."""
    if wish.bridge_user is None or wish.bridge_password is None:
        raise Declined("unauthenticated")
    return wish.bridge_user, wish.bridge_password


def _merged(wish: Wish, stored: Credentials | None) -> Credentials:
    """The logins to use: given, else stored. A stored identity belongs to the stored ERP user only."""
    known = asdict(stored) if stored else {}
    if known and wish.erp_username not in (None, known["erp_username"]):
        known["erp_identity_id"] = None
    values: dict[str, Any] = {name: getattr(wish, name) or known.get(name) for name in LOGIN_FIELDS}
    missing = [name for name in LOGIN_FIELDS if name != "erp_identity_id" and not values[name]]
    if missing:
        raise Declined("validation", [FieldError(name, "missing") for name in missing])
    return Credentials(**values)


def _check_bridge_password(wish: Wish, stored: Credentials | None, wanted: Credentials) -> None:
    """Another Bridge user, ERP user or company needs more than a session (design 3)."""
    if stored is None:
        return
    before = (stored.bridge_user, stored.erp_username, stored.erp_identity_id)
    if before != (wanted.bridge_user, wanted.erp_username, wanted.erp_identity_id):
        _need_bridge_password(wish)


def _need_bridge_password(wish: Wish) -> None:
    if wish.bridge_password is None:
        raise Declined("bridge_password_needed", [FieldError("bridge_password", "missing")])


def _erp_login(credentials: Credentials | None) -> tuple[str, str, str | None] | None:
    if credentials is None:
        return None
    return credentials.erp_username, credentials.erp_password, credentials.erp_identity_id


def _activated(before: Integration, wish: Wish, connection: Connection, now: datetime) -> Integration:
    is_first = before.state is IntegrationState.INACTIVE
    # Smartday's times have whole seconds: what is finished in this very second counts.
    start = now.replace(microsecond=0) if is_first and wish.start_date is None else _start(wish, before)
    return replace(
        before.with_settings(_settings(wish, before), now).resumed(),
        agreement_name=connection.agreement_name,
        erp_company=connection.erp_company,
        start=start,
        activated_at=now if is_first else before.activated_at,
    )


def _paused(before: Integration, wish: Wish, now: datetime) -> Integration:
    """An integration whose first activation never came to its end stays inactive."""
    is_inactive = before.state is IntegrationState.INACTIVE
    state = IntegrationState.INACTIVE if is_inactive else IntegrationState.PAUSED
    return replace(
        before.with_settings(_settings(wish, before), now),
        state=state,
        start=_start(wish, before),
        rejection=None,
        is_resuming=False,
    )


def _settings(wish: Wish, before: Integration) -> Settings:
    return replace(before.settings, **wish.settings)


def _release(ports: ActivationPorts, wish: Wish, saved: Integration) -> None:
    """What waited for a setting goes on, and what was imported by it is imported anew.

    By the version before, not by what this request found: repeated, it frees what the first didn't get to.
    """
    if wish.settings and saved.settings_history:
        release = ReleasePorts(ports.proof.clock, ports.tasks, ports.task_queue)
        former = saved.settings_history[-1].settings
        release_for_settings(release, wish.agreement_number, former, saved.settings)
        import_anew(ports.company.cursors, ports.stream_queue, saved, wish.settings)


def _start(wish: Wish, before: Integration) -> datetime:
    if wish.start_date is None:
        return before.start
    return datetime.combine(wish.start_date, time.min, OSLO).astimezone(UTC)


def _save(
    ports: ActivationPorts, agreement_number: str, change: Callable[[Integration], Integration]
) -> Integration:
    """Apply the change to what is stored now; a worker may have noted rejected logins meanwhile."""
    for _ in range(TRIES):
        stored = ports.integrations.get(agreement_number)
        if stored is None:
            break
        try:
            return ports.integrations.save(change(stored))
        except Stale:
            continue
    raise Declined("changed_meanwhile")

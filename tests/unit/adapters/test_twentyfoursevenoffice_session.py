"""One session for all workers of an integration, and one login per expiry."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Event

import pytest

from connector.adapters.twentyfoursevenoffice.session import LOOKS, LoginCall, SharedSession
from connector.domain.integration import PROBE_EVERY, Credentials
from connector.errors import CredentialsRejected, Refused, RetryLater, Side
from tests.fakes.session_stores import MemorySecretStore, MemorySessionStore
from tests.unit.adapters.office import AGREEMENT, CREDENTIALS, NOW


class Logins:
    """Logs in, as often as it is asked to."""

    def __init__(self, right: Credentials = CREDENTIALS) -> None:
        self.right = right
        self.tried: list[str] = []

    def __call__(self, username: str, password: str, identity_id: str | None) -> str:
        self.tried.append(password)
        if password != self.right.erp_password:
            raise CredentialsRejected(Side.ERP)
        return f"session-{len(self.tried)}"


def shared(
    store: MemorySessionStore,
    log_in: LoginCall,
    *,
    secrets: MemorySecretStore | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    wait: Callable[[timedelta], None] = lambda span: None,
) -> SharedSession:
    known = secrets or MemorySecretStore({AGREEMENT: CREDENTIALS})
    return SharedSession(AGREEMENT, store, known, log_in, clock, wait)


@pytest.fixture
def store() -> MemorySessionStore:
    return MemorySessionStore(clock=lambda: NOW)


def test_a_stored_session_costs_no_login(store: MemorySessionStore) -> None:
    store.put_erp_session(AGREEMENT, "session-0")
    log_in = Logins()
    assert shared(store, log_in).current() == "session-0"
    assert log_in.tried == []


def test_the_first_to_need_one_logs_in_for_all(store: MemorySessionStore) -> None:
    log_in = Logins()
    assert [shared(store, log_in).current() for _ in range(3)] == ["session-1"] * 3
    assert len(log_in.tried) == 1


def test_a_session_of_another_company_is_used_at_once(store: MemorySessionStore) -> None:
    worker = shared(store, Logins())
    worker.current()
    store.put_erp_session(AGREEMENT, "session-of-the-new-company")
    assert worker.current() == "session-of-the-new-company"


def test_whoever_finds_a_fresh_session_does_not_log_in(store: MemorySessionStore) -> None:
    store.put_erp_session(AGREEMENT, "session-of-another")
    log_in = Logins()
    assert shared(store, log_in).renew("session-0") == "session-of-another"
    assert log_in.tried == []


@pytest.mark.parametrize("workers", [2, 16])
def test_workers_that_meet_the_end_at_once_log_in_once(store: MemorySessionStore, workers: int) -> None:
    store.put_erp_session(AGREEMENT, "session-0")
    together = Barrier(workers)
    log_in = Logins()

    def wait(span: timedelta) -> None:
        for _ in range(1000):
            if store.erp_session(AGREEMENT) is not None:
                return
            Event().wait(0.01)

    def worker() -> str:
        session = shared(store, log_in, wait=wait)
        together.wait()
        return session.renew("session-0")

    with ThreadPoolExecutor(workers) as pool:
        renewed = [one.result() for one in [pool.submit(worker) for _ in range(workers)]]
    assert renewed == ["session-1"] * workers
    assert len(log_in.tried) == 1


def test_those_who_lost_the_claim_wait_for_what_the_winner_brings(store: MemorySessionStore) -> None:
    store.claim_login(AGREEMENT, None, NOW, NOW + timedelta(seconds=30))
    waited: list[timedelta] = []

    def wait(span: timedelta) -> None:
        waited.append(span)
        if len(waited) == 3:
            store.put_erp_session(AGREEMENT, "session-of-the-winner")

    log_in = Logins()
    assert shared(store, log_in, wait=wait).current() == "session-of-the-winner"
    assert (len(waited), log_in.tried) == (3, [])


def test_a_winner_that_never_comes_back_is_not_waited_for_long(store: MemorySessionStore) -> None:
    store.claim_login(AGREEMENT, None, NOW, NOW + timedelta(seconds=30))
    waited: list[timedelta] = []
    log_in = Logins()
    with pytest.raises(RetryLater, match="erp_login_under_way"):
        shared(store, log_in, wait=waited.append).current()
    assert (len(waited), log_in.tried) == (LOOKS, [])
    assert sum(waited, timedelta()) <= timedelta(seconds=10)


def test_a_claim_that_ran_out_lets_another_log_in(store: MemorySessionStore) -> None:
    store.claim_login(AGREEMENT, None, NOW, NOW + timedelta(seconds=30))
    later = NOW + timedelta(seconds=31)
    store.clock = lambda: later
    assert shared(store, Logins(), clock=lambda: later).current() == "session-1"


def test_a_login_that_was_changed_meanwhile_is_never_used(store: MemorySessionStore) -> None:
    log_in = Logins()
    secrets = Changing({AGREEMENT: replace(CREDENTIALS, erp_password="før")})
    assert shared(store, log_in, secrets=secrets).current() == "session-1"
    assert log_in.tried == [CREDENTIALS.erp_password]


def test_a_wrong_password_is_sent_once(store: MemorySessionStore) -> None:
    log_in = Logins()
    secrets = MemorySecretStore({AGREEMENT: replace(CREDENTIALS, erp_password="feil")})
    with pytest.raises(CredentialsRejected):
        shared(store, log_in, secrets=secrets).current()
    assert log_in.tried == ["feil"]


WRONG = replace(CREDENTIALS, erp_password="feil")


@pytest.mark.parametrize("workers", [5, 16])
def test_workers_that_need_a_login_which_is_refused_try_it_once_together(
    store: MemorySessionStore, workers: int
) -> None:
    together = Barrier(workers)
    log_in = Logins()
    secrets = MemorySecretStore({AGREEMENT: WRONG})

    def wait(span: timedelta) -> None:
        Event().wait(0.001)

    def worker() -> str:
        session = shared(store, log_in, secrets=secrets, wait=wait)
        together.wait()
        with pytest.raises((CredentialsRejected, RetryLater)) as refused:
            session.current()
        return str(refused.value)

    with ThreadPoolExecutor(workers) as pool:
        told = [one.result() for one in [pool.submit(worker) for _ in range(workers)]]
    assert log_in.tried == ["feil"]
    assert set(told) <= {"twentyfoursevenoffice: invalid_credentials", "erp_login_under_way"}


@pytest.mark.parametrize("minutes", [0, 1, 9])
def test_a_refused_login_is_not_repeated_by_those_who_come_later(
    store: MemorySessionStore, minutes: int
) -> None:
    log_in = Logins()
    secrets = MemorySecretStore({AGREEMENT: WRONG})
    waited: list[timedelta] = []
    now = [NOW]
    store.clock = lambda: now[0]
    for after in (timedelta(0), timedelta(minutes=minutes)):
        now[0] = NOW + after
        with pytest.raises(CredentialsRejected):
            shared(store, log_in, secrets=secrets, clock=store.clock, wait=waited.append).current()
    assert (log_in.tried, waited) == (["feil"], [])


def test_when_the_integrations_own_try_is_due_it_is_made(store: MemorySessionStore) -> None:
    log_in = Logins()
    with pytest.raises(CredentialsRejected):
        shared(store, log_in, secrets=MemorySecretStore({AGREEMENT: WRONG})).log_in_anew()
    later = NOW + PROBE_EVERY
    store.clock = lambda: later
    shared(store, log_in, clock=store.clock).log_in_anew()
    assert log_in.tried == ["feil", CREDENTIALS.erp_password]
    assert store.erp_session(AGREEMENT) == "session-2"


def test_a_login_that_is_tried_replaces_the_session_that_there_is(store: MemorySessionStore) -> None:
    store.put_erp_session(AGREEMENT, "session-0")
    shared(store, Logins()).log_in_anew()
    assert store.erp_session(AGREEMENT) == "session-1"


def test_a_session_that_a_person_brought_is_not_lost_to_a_refusal_of_the_old_login(
    store: MemorySessionStore,
) -> None:
    def log_in(username: str, password: str, identity_id: str | None) -> str:
        store.put_erp_session(AGREEMENT, "session-of-the-new-login")
        raise CredentialsRejected(Side.ERP)

    with pytest.raises(CredentialsRejected):
        shared(store, log_in).current()
    assert shared(store, log_in).current() == "session-of-the-new-login"


def test_a_session_that_a_person_brought_is_not_lost_to_one_of_the_old_login(
    store: MemorySessionStore,
) -> None:
    def log_in(username: str, password: str, identity_id: str | None) -> str:
        store.put_erp_session(AGREEMENT, "session-of-the-new-company")
        return "session-of-the-old-company"

    assert shared(store, log_in).current() == "session-of-the-new-company"
    assert store.erp_session(AGREEMENT) == "session-of-the-new-company"


def test_missing_credentials_are_waited_for(store: MemorySessionStore) -> None:
    with pytest.raises(RetryLater, match="erp_credentials_missing"):
        shared(store, Logins(), secrets=MemorySecretStore()).current()


@pytest.mark.parametrize(
    ("code", "error"), [("identity_blocked", CredentialsRejected), ("unknown_application", RetryLater)]
)
def test_a_refused_login_is_never_a_refused_order(
    store: MemorySessionStore, code: str, error: type[Exception]
) -> None:
    def log_in(username: str, password: str, identity_id: str | None) -> str:
        raise Refused(Side.ERP, code)

    with pytest.raises(error):
        shared(store, log_in).current()


class Changing(MemorySecretStore):
    """Credentials that were changed since they were last read."""

    def credentials(self, agreement_number: str, refresh: bool = False) -> Credentials | None:
        if refresh:
            self.logins[agreement_number] = CREDENTIALS
        return super().credentials(agreement_number, refresh)

"""What expires: ERP sessions and login claims, paces, failed proofs, ended web sessions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from connector.adapters.dynamodb.sessions import DynamoSessionStore
from connector.domain.pace import Pace
from connector.errors import Side
from connector.stores import SessionStore
from tests.fakes.session_stores import MemorySessionStore

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CLAIMED = START + timedelta(seconds=30)
BOTH = ["memory", pytest.param("engine", marks=pytest.mark.engine)]


class Time:
    """A clock that tests set."""

    now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=BOTH)
def open_store(request: pytest.FixtureRequest, time: Time) -> Callable[[], SessionStore]:
    if request.param == "memory":
        memory = MemorySessionStore(time)
        return lambda: memory
    account = request.getfixturevalue("account")
    account.create_table("sessions")
    return lambda: DynamoSessionStore(account.table("sessions"), time)


@pytest.fixture
def store(open_store: Callable[[], SessionStore]) -> SessionStore:
    return open_store()


def test_a_session_is_shared_until_it_is_replaced(store: SessionStore) -> None:
    assert store.erp_session("104477") is None
    store.put_erp_session("104477", "first")
    assert store.erp_session("104477") == "first"
    store.put_erp_session("104477", "second")
    assert store.erp_session("104477") == "second"
    assert store.erp_session("200") is None


def test_a_session_older_than_a_day_is_none_although_the_row_is_there(
    store: SessionStore, time: Time
) -> None:
    store.put_erp_session("104477", "old")
    time.pass_by(timedelta(hours=24, seconds=-1))
    assert store.erp_session("104477") == "old"
    time.pass_by(timedelta(seconds=1))
    assert store.erp_session("104477") is None
    assert store.claim_login("104477", None, time.now, time.now + timedelta(seconds=30))


def test_without_a_session_the_first_may_log_in(store: SessionStore) -> None:
    assert store.claim_login("104477", None, START, CLAIMED)
    assert not store.claim_login("104477", None, START, CLAIMED)
    assert store.claim_login("200", None, START, CLAIMED)


def test_only_who_met_the_end_of_the_stored_session_may_log_in(store: SessionStore) -> None:
    store.put_erp_session("104477", "fresh")
    assert not store.claim_login("104477", None, START, CLAIMED)
    assert not store.claim_login("104477", "older", START, CLAIMED)
    assert store.claim_login("104477", "fresh", START, CLAIMED)
    assert not store.claim_login("104477", "fresh", START, CLAIMED)


def test_a_dead_session_is_not_given_out_while_somebody_logs_in(store: SessionStore) -> None:
    store.put_erp_session("104477", "dead")
    store.claim_login("104477", "dead", START, CLAIMED)
    assert store.erp_session("104477") is None
    store.put_erp_session("104477", "fresh")
    assert store.erp_session("104477") == "fresh"


def test_a_fresh_session_ends_the_claim(store: SessionStore) -> None:
    store.claim_login("104477", None, START, CLAIMED)
    store.put_erp_session("104477", "fresh")
    assert not store.claim_login("104477", None, START, CLAIMED)
    assert store.claim_login("104477", "fresh", START, CLAIMED)


def test_a_claimed_login_brings_a_session_unless_another_is_there(store: SessionStore) -> None:
    store.put_erp_session("104477", "dead")
    store.claim_login("104477", "dead", START, CLAIMED)
    assert store.bring_erp_session("104477", "fresh")
    assert not store.bring_erp_session("104477", "of a slower one")
    assert store.erp_session("104477") == "fresh"


def test_a_session_that_rests_is_not_renewed(store: SessionStore) -> None:
    store.claim_login("104477", None, START, CLAIMED)
    store.bring_erp_session("104477", "fresh", CLAIMED)
    almost = CLAIMED - timedelta(microseconds=1)
    assert not store.claim_login("104477", "fresh", almost, CLAIMED + timedelta(seconds=30))
    assert store.erp_session("104477") == "fresh"
    assert store.claim_login("104477", "fresh", CLAIMED, CLAIMED + timedelta(seconds=30))


def test_a_claimed_login_that_succeeds_ends_a_refusal_of_another(store: SessionStore) -> None:
    store.claim_login("104477", None, START, CLAIMED)
    store.refuse_login("104477", "invalid_credentials", CLAIMED)
    assert store.bring_erp_session("104477", "fresh")
    assert (store.refused_login("104477"), store.erp_session("104477")) == (None, "fresh")


def test_a_refused_login_keeps_everybody_from_logging_in_until_then(store: SessionStore, time: Time) -> None:
    until = START + timedelta(minutes=10)
    assert store.refused_login("104477") is None
    store.claim_login("104477", None, START, CLAIMED)
    store.refuse_login("104477", "identity_blocked", until)
    assert (store.refused_login("104477"), store.erp_session("104477")) == ("identity_blocked", None)
    assert store.refused_login("200") is None
    assert not store.claim_login("104477", None, until - timedelta(seconds=1), until)
    time.now = until
    assert store.refused_login("104477") is None
    assert store.claim_login("104477", None, until, until + timedelta(seconds=30))
    assert store.refused_login("104477") is None


def test_a_fresh_session_ends_a_refusal_and_none_takes_it_away(store: SessionStore) -> None:
    store.claim_login("104477", None, START, CLAIMED)
    store.refuse_login("104477", "invalid_credentials", CLAIMED)
    store.put_erp_session("104477", "of the new login")
    assert store.refused_login("104477") is None
    store.refuse_login("104477", "invalid_credentials", CLAIMED)
    assert (store.refused_login("104477"), store.erp_session("104477")) == (None, "of the new login")


@pytest.mark.parametrize("expired", ["dead", None])
def test_a_claim_that_lapsed_may_be_taken_over(store: SessionStore, expired: str | None) -> None:
    store.put_erp_session("104477", "dead")
    store.claim_login("104477", "dead", START, CLAIMED)
    almost = CLAIMED - timedelta(microseconds=1)
    assert not store.claim_login("104477", expired, almost, CLAIMED + timedelta(seconds=30))
    assert store.claim_login("104477", expired, CLAIMED, CLAIMED + timedelta(seconds=30))


@pytest.mark.parametrize("expired", ["dead", None])
def test_of_sixteen_racing_processes_one_logs_in(
    open_store: Callable[[], SessionStore], at_once: Callable[..., list[Any]], expired: str | None
) -> None:
    if expired:
        open_store().put_erp_session("104477", expired)
    stores = [open_store() for _ in range(16)]
    outcomes = at_once([lambda one=one: one.claim_login("104477", expired, START, CLAIMED) for one in stores])
    assert sorted(outcomes) == [False] * 15 + [True]


FULL = Pace(START + timedelta(seconds=7, microseconds=5), 600, 3, START + timedelta(minutes=1), 4)


def test_a_pace_is_remembered_per_side(store: SessionStore) -> None:
    assert store.pace("104477", Side.ERP) == Pace()
    assert store.swap_pace("104477", Side.ERP, Pace(), FULL)
    assert store.pace("104477", Side.ERP) == FULL
    assert store.pace("104477", Side.SMARTDAY) == store.pace("200", Side.ERP) == Pace()
    assert store.swap_pace("104477", Side.ERP, FULL, Pace(failures=1))
    assert store.pace("104477", Side.ERP) == Pace(failures=1)


@pytest.mark.parametrize(
    "known",
    [
        Pace(),
        replace(FULL, failures=5),
        replace(FULL, blocked_until=START),
        replace(FULL, blocked_until=None),
        replace(FULL, limit=None),
        replace(FULL, remaining=2),
        replace(FULL, reset_at=None),
    ],
)
def test_a_pace_that_is_not_the_known_one_any_more_is_left_alone(store: SessionStore, known: Pace) -> None:
    store.swap_pace("104477", Side.ERP, Pace(), FULL)
    assert not store.swap_pace("104477", Side.ERP, known, Pace(failures=9))
    assert store.pace("104477", Side.ERP) == FULL


def test_a_known_pace_cannot_be_swapped_when_nothing_is_stored(store: SessionStore) -> None:
    assert not store.swap_pace("104477", Side.ERP, FULL, Pace(failures=9))
    assert store.pace("104477", Side.ERP) == Pace()


def test_an_unknown_pace_may_be_stored_as_such(store: SessionStore) -> None:
    store.swap_pace("104477", Side.ERP, Pace(), FULL)
    assert store.swap_pace("104477", Side.ERP, FULL, Pace())
    assert store.swap_pace("104477", Side.ERP, Pace(), FULL)


def test_a_pace_of_yesterday_says_nothing(store: SessionStore, time: Time) -> None:
    store.swap_pace("104477", Side.ERP, Pace(), Pace(failures=9))
    time.pass_by(timedelta(hours=24))
    assert store.pace("104477", Side.ERP) == Pace()
    assert store.swap_pace("104477", Side.ERP, Pace(), Pace(failures=1))
    assert store.pace("104477", Side.ERP) == Pace(failures=1)


@pytest.mark.parametrize("known", [Pace(), FULL])
def test_of_sixteen_racing_processes_one_swaps_the_pace(
    open_store: Callable[[], SessionStore], at_once: Callable[..., list[Any]], known: Pace
) -> None:
    open_store().swap_pace("104477", Side.ERP, Pace(), known)
    stores = [open_store() for _ in range(16)]
    swaps = [partial(one.swap_pace, "104477", Side.ERP, known, Pace(limit=n)) for n, one in enumerate(stores)]
    won = at_once(swaps)
    assert won.count(True) == 1
    assert open_store().pace("104477", Side.ERP) == Pace(limit=won.index(True))


def test_failed_proofs_are_counted_per_agreement_and_window(store: SessionStore) -> None:
    end = START + timedelta(minutes=15)
    assert store.failed_proofs("104477", end) == 0
    assert [store.count_failed_proof("104477", end) for _ in range(3)] == [1, 2, 3]
    assert store.failed_proofs("104477", end) == 3
    assert store.failed_proofs("200", end) == 0
    assert store.failed_proofs("104477", end + timedelta(minutes=15)) == 0


def test_racing_failures_are_all_counted(
    open_store: Callable[[], SessionStore], at_once: Callable[..., list[Any]]
) -> None:
    stores = [open_store() for _ in range(8)]
    counts = at_once([lambda one=one: one.count_failed_proof("104477", START) for one in stores])
    assert sorted(counts) == list(range(1, 9))


def test_an_ended_web_session_stays_ended_until_it_would_have_expired(store: SessionStore) -> None:
    expires_at = START + timedelta(hours=12)
    store.end_token("104477", "token-1", expires_at)
    assert store.is_token_ended("104477", "token-1", START)
    assert not store.is_token_ended("104477", "token-2", START)
    assert not store.is_token_ended("200", "token-1", START)
    assert not store.is_token_ended("104477", "token-1", expires_at)


@pytest.mark.engine
def test_each_row_has_an_end_in_whole_seconds(account: Any, time: Time) -> None:
    account.create_table("sessions")
    table = account.table("sessions")
    store = DynamoSessionStore(table, time)
    store.put_erp_session("104477", "one")
    store.claim_login("200", None, START, START + timedelta(seconds=1.5))
    store.swap_pace("104477", Side.ERP, Pace(), Pace(failures=1))
    store.count_failed_proof("104477", START)
    store.end_token("104477", "token", START + timedelta(seconds=0.2))
    ends = [item["expires_at"] for item in table.scan()["Items"]]
    assert len(ends) == 5
    assert all(end == int(end) and end > START.timestamp() for end in ends)

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest

from connector.domain.derived_keys import webhook_secret
from connector.domain.integration import Integration, IntegrationState
from connector.domain.settings import OrderStatus
from connector.domain.stream import Stream
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import CredentialsRejected, Refused, RetryLater, Side, Throttled, UnknownOutcome
from connector.usecases.activate_integration import Connection, Wish, activate_integration
from connector.usecases.declined import Declined, FieldError
from connector.usecases.prove_login import ask
from tests.fakes.people import (
    AGREEMENT,
    COMPANY,
    LOGIN,
    OTHER,
    World,
    wish,
    wish_in_session,
)

TWO_COMPANIES = {"erp_username": "to@eksempel.invalid", "erp_password": "to-passord"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def active(world: World) -> World:
    activate_integration(world.activation, wish())
    world.stream_queue.take()
    world.prover.bridge.passwords.clear()
    world.prover.bridge.subscriptions.clear()
    world.clock.now += timedelta(hours=1)
    return world


def integration(world: World) -> Integration:
    return world.integrations.integrations[AGREEMENT]


def declined(world: World, asked: Wish) -> Declined:
    with pytest.raises(Declined) as caught:
        activate_integration(world.activation, asked)
    return caught.value


def raising(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def put_task(world: World, task_id: str, state: TaskState, version: int = 3) -> None:
    record = TaskRecord(AGREEMENT, task_id, world.clock(), world.clock(), state=state, wanted_version=version)
    world.tasks.save(record)


def test_first_activation_stores_both_logins_and_becomes_active(world: World) -> None:
    shown = activate_integration(world.activation, wish())
    assert shown == Connection("Avtale 104477", COMPANY)
    assert world.secrets.logins == {AGREEMENT: LOGIN}
    assert integration(world).state is IntegrationState.ACTIVE
    assert integration(world).erp_company == COMPANY
    assert integration(world).agreement_name == "Avtale 104477"
    assert world.integrations.companies == {COMPANY.id: AGREEMENT}


def test_one_erp_login_is_enough_and_its_session_is_kept_for_everybody(world: World) -> None:
    activate_integration(world.activation, wish())
    assert world.prover.erp.logins == 1
    assert world.sessions.erp_session(AGREEMENT) == "session-1"


def test_task_events_are_subscribed_to_with_the_derived_secret(world: World) -> None:
    world.api_url = "http://127.0.0.1:4566/_aws/execute-api/a1/$default/"
    activate_integration(world.activation, wish())
    url = "http://127.0.0.1:4566/_aws/execute-api/a1/$default/webhooks/smartday/104477?k=1"
    secret = webhook_secret(world.secrets.key, AGREEMENT, 1)
    assert world.prover.bridge.subscriptions == {AGREEMENT: (url, secret)}


def test_both_imports_are_queued_in_full_customers_first(world: World) -> None:
    activate_integration(world.activation, wish())
    assert [(one.stream, one.full) for one in world.stream_queue.sent] == [
        (Stream.CUSTOMERS, True),
        (Stream.PRODUCTS, True),
    ]


def test_start_is_the_moment_of_activation_and_stays(active: World) -> None:
    start = integration(active).start
    assert start == active.clock() - timedelta(hours=1)
    activate_integration(active.activation, wish())
    activate_integration(active.activation, wish_in_session(active=False))
    activate_integration(active.activation, wish_in_session())
    assert integration(active).start == start


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (date(2026, 9, 1), datetime(2026, 8, 31, 22, tzinfo=UTC)),
        (date(2026, 1, 1), datetime(2025, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_start_date_begins_at_midnight_in_oslo(world: World, day: date, start: datetime) -> None:
    activate_integration(world.activation, wish(start_date=day))
    assert integration(world).start == start


def test_settings_not_named_stay_as_they_are(active: World) -> None:
    activate_integration(active.activation, wish_in_session(settings={"order_status": OrderStatus.DRAFT}))
    activate_integration(active.activation, wish_in_session(settings={"credit_orders": True}))
    assert integration(active).settings.order_status is OrderStatus.DRAFT
    assert integration(active).settings.credit_orders


def test_a_change_of_settings_asks_neither_side(active: World) -> None:
    active.prover.bridge.before_call = raising(RetryLater("down"))
    active.prover.erp.before_call = raising(RetryLater("down"))
    activate_integration(active.activation, wish_in_session(settings={"employee_names": True}))
    assert integration(active).settings.employee_names
    assert active.stream_queue.sent == []


def test_check_proves_and_shows_but_stores_nothing(world: World) -> None:
    assert activate_integration(world.activation, wish(check=True)) == Connection("Avtale 104477", COMPANY)
    assert world.integrations.integrations == {}
    assert world.integrations.companies == {}
    assert world.secrets.logins == {}
    assert world.sessions.erp_session(AGREEMENT) is None
    assert world.stream_queue.sent == []
    assert world.prover.bridge.subscriptions == {}


def test_check_of_an_active_integration_proves_what_is_stored(active: World) -> None:
    activate_integration(active.activation, wish_in_session(check=True))
    assert active.prover.bridge.passwords == [LOGIN.bridge_password]
    assert active.prover.erp.logins == 2


def test_bridge_is_proved_before_the_erp_is_asked(world: World) -> None:
    error = declined(world, wish(bridge_password="feil", erp_password="feil"))
    assert error.code == "invalid_bridge_login"
    assert [one.field for one in error.fields] == ["bridge_user", "bridge_password"]
    assert world.prover.erp.logins == 0
    assert world.secrets.logins == {}


def test_wrong_erp_password_is_told_apart(world: World) -> None:
    error = declined(world, wish(erp_password="feil"))
    assert error.code == "invalid_erp_login"
    assert [one.field for one in error.fields] == ["erp_username", "erp_password"]
    assert world.secrets.logins == {}
    assert world.integrations.integrations == {}


def test_somebody_elses_agreement_is_told_apart(world: World) -> None:
    error = declined(world, replace(wish(), agreement_number=OTHER))
    assert error.code == "agreement_mismatch"
    assert error.fields == (FieldError("agreement_number", "rejected"),)


def test_identity_that_is_refused_names_its_field(world: World) -> None:
    error = declined(world, wish(erp_identity_id="id-999"))
    assert error.code == "erp_identity_refused"
    assert error.fields == (FieldError("erp_identity_id", "rejected"),)


def test_our_own_unknown_application_id_is_not_blamed_on_the_customer(world: World) -> None:
    world.prover.erp.before_call = raising(Refused(Side.ERP, "unknown_application"))
    assert declined(world, wish()).code == "erp_application_unknown"


def test_subscription_without_bridge_says_so(world: World) -> None:
    world.prover.bridge.before_call = raising(CredentialsRejected(Side.SMARTDAY, "feature_missing"))
    assert declined(world, wish()).code == "smartday_feature_missing"


@pytest.mark.parametrize("error", [RetryLater("x"), UnknownOutcome(Side.SMARTDAY, "x")])
def test_the_side_that_does_not_answer_is_named(world: World, error: Exception) -> None:
    world.prover.erp.before_call = raising(error)
    assert declined(world, wish()).code == "erp_unreachable"
    world.prover.bridge.before_call = raising(error)
    assert declined(world, wish()).code == "smartday_unreachable"


def test_a_throttled_side_says_when_to_come_back(world: World) -> None:
    until = world.clock() + timedelta(minutes=7)
    world.prover.erp.before_call = raising(Throttled(Side.ERP, until))
    assert declined(world, wish()).retry_at == until


def test_a_side_that_never_answers_is_given_up_at_the_deadline(world: World) -> None:
    release = Event()
    with pytest.raises(Declined, match="smartday_unreachable"):
        ask(world.clock, Side.SMARTDAY, release.wait, world.clock() + timedelta(milliseconds=20))
    release.set()


def test_no_time_left_means_that_the_next_side_is_not_asked(world: World) -> None:
    def slow() -> None:
        world.clock.now += timedelta(seconds=26)

    world.prover.bridge.before_call = slow
    assert declined(world, wish()).code == "erp_unreachable"
    assert world.prover.erp.logins == 0


@pytest.mark.parametrize("missing", ["bridge_user", "bridge_password"])
def test_who_has_neither_session_nor_bridge_login_gets_nowhere(active: World, missing: str) -> None:
    assert declined(active, wish(**{missing: None})).code == "unauthenticated"
    assert declined(active, wish(active=False, **{missing: None})).code == "unauthenticated"


def test_missing_logins_are_named(world: World) -> None:
    error = declined(world, wish_in_session(bridge_user="a", bridge_password="b"))
    assert error.code == "validation"
    assert error.fields == (FieldError("erp_username", "missing"), FieldError("erp_password", "missing"))


def test_the_same_request_again_logs_in_nowhere(active: World) -> None:
    activate_integration(active.activation, wish())
    assert active.prover.erp.logins == 1
    assert active.prover.bridge.passwords == []
    assert [one.full for one in active.stream_queue.sent] == [False, False]


def test_a_new_erp_password_needs_only_the_session(active: World) -> None:
    companies = active.prover.erp.companies
    companies[LOGIN.erp_username, "nytt"] = companies.pop((LOGIN.erp_username, LOGIN.erp_password))
    activate_integration(active.activation, wish_in_session(erp_password="nytt"))
    assert active.secrets.logins[AGREEMENT] == replace(LOGIN, erp_password="nytt")
    assert active.sessions.erp_session(AGREEMENT) == "session-2"
    assert active.prover.bridge.passwords == []


def test_a_queue_that_refuses_keeps_it_from_becoming_active(world: World) -> None:
    world.stream_queue.refusing = True
    with pytest.raises(RetryLater):
        activate_integration(world.activation, wish())
    assert not integration(world).is_active
    world.stream_queue.refusing = False
    activate_integration(world.activation, wish())
    assert integration(world).is_active


def test_imports_start_after_the_integration_is_active(world: World) -> None:
    activate_integration(world.activation, wish())
    assert all(one.delay > timedelta(0) for one in world.stream_queue.sent)


def test_activating_again_never_prints_a_login() -> None:
    assert LOGIN.bridge_password not in repr(wish())
    assert LOGIN.erp_username not in repr(wish())

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from connector.errors import RetryLater
from connector.usecases.activate_integration import activate_integration
from connector.usecases.declined import Declined
from connector.usecases.open_session import end_session, open_session, recognise
from tests.fakes.people import AGREEMENT, LOGIN, OTHER, World, bridge_login, wish

TWELVE_HOURS = timedelta(hours=12)


@pytest.fixture
def world() -> World:
    return World()


def log_in(world: World, password: str = LOGIN.bridge_password, agreement_number: str = AGREEMENT) -> str:
    token, _ = open_session(world.session, agreement_number, LOGIN.bridge_user, password)
    return token


def refusal(world: World, password: str = "feil") -> Declined:
    with pytest.raises(Declined) as caught:
        log_in(world, password)
    return caught.value


def test_a_session_opens_before_activation(world: World) -> None:
    session = recognise(world.session, log_in(world))
    assert session is not None
    assert session.agreement_number == AGREEMENT
    assert session.expires_at == world.clock() + TWELVE_HOURS


def test_the_stored_password_opens_a_session_while_bridge_is_down(world: World) -> None:
    activate_integration(world.activation, wish())
    world.prover.bridge.passwords.clear()
    log_in(world)
    assert world.prover.bridge.passwords == []


def test_a_password_that_was_changed_in_smartday_opens_a_session(world: World) -> None:
    activate_integration(world.activation, wish())
    world.prover.bridge.logins[AGREEMENT, LOGIN.bridge_user, "nytt"] = "Avtale"
    assert log_in(world, "nytt")


def test_a_wrong_password_opens_nothing(world: World) -> None:
    assert refusal(world).code == "invalid_credentials"


def test_a_right_login_of_another_agreement_opens_nothing(world: World) -> None:
    with pytest.raises(Declined, match="invalid_credentials"):
        log_in(world, agreement_number=OTHER)


def test_five_failed_proofs_reach_bridge_and_no_sixth(world: World) -> None:
    for _ in range(5):
        assert refusal(world).code == "invalid_credentials"
    error = refusal(world)
    assert error.code == "too_many_attempts"
    assert error.retry_at == world.clock().replace(minute=15)
    assert len(world.prover.bridge.passwords) == 5


def test_failed_proofs_at_the_same_moment_cannot_pass_the_limit_together(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: refusal(world), range(40)))
    assert len(world.prover.bridge.passwords) == 5


def test_the_stored_password_still_opens_a_session_when_somebody_else_guessed(world: World) -> None:
    activate_integration(world.activation, wish())
    for _ in range(6):
        refusal(world)
    assert log_in(world)


def test_failed_activations_count_as_failed_proofs(world: World) -> None:
    for _ in range(5):
        with pytest.raises(Declined, match="invalid_bridge_login"):
            activate_integration(world.activation, wish(bridge_password="feil"))
    with pytest.raises(Declined, match="too_many_attempts"):
        activate_integration(world.activation, wish(bridge_password="feil"))


def test_proofs_that_succeed_are_never_too_many(world: World) -> None:
    for _ in range(20):
        assert log_in(world)


def test_an_unreachable_bridge_uses_up_no_proof(world: World) -> None:
    def down() -> None:
        raise RetryLater("down")

    world.prover.bridge.before_call = down
    for _ in range(10):
        assert refusal(world).code == "smartday_unreachable"
    world.prover.bridge.before_call = lambda: None
    assert log_in(world)


def test_another_quarter_of_an_hour_allows_proofs_again(world: World) -> None:
    for _ in range(6):
        refusal(world)
    world.clock.now += timedelta(minutes=15)
    assert log_in(world)


def test_failed_proofs_of_one_agreement_do_not_lock_another(world: World) -> None:
    for _ in range(6):
        refusal(world)
    user, password = bridge_login(OTHER)
    assert open_session(world.session, OTHER, user, password)


def test_a_session_ends_after_twelve_hours(world: World) -> None:
    token = log_in(world)
    world.clock.now += TWELVE_HOURS - timedelta(seconds=1)
    assert recognise(world.session, token)
    world.clock.now += timedelta(seconds=1)
    assert recognise(world.session, token) is None


def test_an_ended_session_is_worth_nothing_and_others_live_on(world: World) -> None:
    token, other = log_in(world), log_in(world)
    session = recognise(world.session, token)
    assert session is not None
    end_session(world.session, session)
    assert recognise(world.session, token) is None
    assert recognise(world.session, other)


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: "ø.å"])
def test_a_spoilt_token_is_no_session(world: World, spoil: Callable[[str], str]) -> None:
    assert recognise(world.session, spoil(log_in(world))) is None


def test_a_token_signed_with_another_master_key_is_no_session(world: World) -> None:
    token = log_in(world)
    world.secrets.key = b"another"
    assert recognise(world.session, token) is None

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.binding import Binding, Kind
from connector.domain.field_customer import CustomerClaim
from connector.domain.integration import Integration, IntegrationState
from connector.domain.stream import Cursor, Stream
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import RetryLater
from connector.usecases.activate_integration import Wish, activate_integration
from connector.usecases.declined import Declined, FieldError
from connector.usecases.show_status import show_status
from tests.fakes.people import (
    AGREEMENT,
    COMPANY,
    LOGIN,
    OTHER,
    SECOND_COMPANY,
    World,
    wish,
    wish_in_session,
)
from tests.fakes.queues import SentStream, SentTask

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


def test_several_companies_have_to_be_chosen_from(world: World) -> None:
    error = declined(world, wish(**TWO_COMPANIES))
    assert error.code == "choose_identity"
    assert error.choices == (
        ("00000000-0000-4000-8000-000000000501", COMPANY.id, COMPANY.name),
        ("00000000-0000-4000-8000-000000000502", SECOND_COMPANY.id, SECOND_COMPANY.name),
    )
    activate_integration(
        world.activation, wish(**TWO_COMPANIES, erp_identity_id="00000000-0000-4000-8000-000000000502")
    )
    assert integration(world).erp_company == SECOND_COMPANY
    assert world.secrets.logins[AGREEMENT].erp_identity_id == "00000000-0000-4000-8000-000000000502"
    assert world.prover.erp.logins == 1


def test_a_company_of_another_agreement_is_left_alone(world: World) -> None:
    world.integrations.companies[COMPANY.id] = OTHER
    assert declined(world, wish()).code == "company_tied"
    assert world.secrets.logins == {}
    assert world.sessions.erp_session(AGREEMENT) is None
    assert world.integrations.companies == {COMPANY.id: OTHER}


@pytest.mark.parametrize(
    "change",
    [
        {**TWO_COMPANIES, "erp_identity_id": "00000000-0000-4000-8000-000000000501"},
        {"erp_identity_id": "00000000-0000-4000-8000-000000000502"},
        {"bridge_user": "en-annen"},
    ],
)
def test_another_user_or_company_needs_the_bridge_password_again(
    active: World, change: dict[str, str]
) -> None:
    error = declined(active, wish_in_session(**change))
    assert error.code == "bridge_password_needed"
    assert error.fields == (FieldError("bridge_password", "missing"),)
    assert active.secrets.logins[AGREEMENT] == LOGIN


def test_a_login_that_leads_to_another_company_needs_the_bridge_password_too(active: World) -> None:
    active.prover.erp.companies[LOGIN.erp_username, "nytt"] = {
        "00000000-0000-4000-8000-000000000501": SECOND_COMPANY
    }
    assert declined(active, wish_in_session(erp_password="nytt")).code == "bridge_password_needed"
    assert integration(active).erp_company == COMPANY


def test_another_company_frees_the_former_and_imports_anew(active: World) -> None:
    customer = Binding(Kind.CUSTOMERS, "10021", 10021, "abc")
    product = Binding(Kind.PRODUCTS, "T100", 501, "def")
    active.bindings.put(AGREEMENT, [customer, product])
    active.claims.save(CustomerClaim(AGREEMENT, "c-7", company_id=10021))
    activate_integration(
        active.activation, wish(**TWO_COMPANIES, erp_identity_id="00000000-0000-4000-8000-000000000502")
    )
    assert active.integrations.companies == {SECOND_COMPANY.id: AGREEMENT}
    assert integration(active).erp_company == SECOND_COMPANY
    assert integration(active).is_active
    assert [one.full for one in active.stream_queue.sent] == [True, True]
    assert set(active.bindings.bindings.values()) == {
        replace(customer, active=False, fingerprint=""),
        replace(product, active=False, fingerprint=""),
    }
    assert active.claims.get(AGREEMENT, "c-7") is None


def test_a_change_of_company_that_breaks_off_leaves_it_paused_and_can_be_repeated(active: World) -> None:
    other = wish(**TWO_COMPANIES, erp_identity_id="00000000-0000-4000-8000-000000000502")
    active.prover.bridge.before_subscribe = raising(RetryLater("down"))
    assert declined(active, other).code == "smartday_unreachable"
    assert integration(active).state is IntegrationState.PAUSED
    active.prover.bridge.before_subscribe = lambda: None
    activate_integration(active.activation, other)
    assert integration(active).is_active
    assert integration(active).erp_company == SECOND_COMPANY
    assert active.integrations.companies == {SECOND_COMPANY.id: AGREEMENT}


def test_a_change_of_company_that_is_given_up_reads_the_former_registers_anew(active: World) -> None:
    read_to = Cursor(AGREEMENT, Stream.CUSTOMERS, watermark=active.clock(), basis=COMPANY.id)
    active.cursors.save(read_to)
    other = wish(**TWO_COMPANIES, erp_identity_id="00000000-0000-4000-8000-000000000502")
    active.prover.bridge.before_subscribe = raising(RetryLater("down"))
    declined(active, other)
    cursor = active.cursors.get(AGREEMENT, Stream.CUSTOMERS)
    assert cursor is not None
    assert cursor.resting_on(COMPANY.id).watermark is None


def test_a_login_that_was_rejected_is_proved_again_even_after_a_pause(active: World) -> None:
    stored = integration(active)
    active.integrations.save(replace(stored, state=IntegrationState.CREDENTIALS_REJECTED))
    activate_integration(active.activation, wish_in_session(active=False))
    logins = active.prover.erp.logins
    activate_integration(active.activation, wish_in_session())
    assert active.prover.erp.logins == logins + 1


def test_settings_before_the_activation_are_refused_rather_than_forgotten(world: World) -> None:
    assert declined(world, wish(active=False, settings={"credit_orders": True})).code == "not_active"


def test_a_first_activation_that_breaks_off_is_inactive_and_can_be_repeated(world: World) -> None:
    world.prover.bridge.before_subscribe = raising(RetryLater("down"))
    assert declined(world, wish()).code == "smartday_unreachable"
    assert integration(world).state is IntegrationState.INACTIVE
    assert world.stream_queue.sent == []
    world.prover.bridge.before_subscribe = lambda: None
    world.clock.now += timedelta(days=3)
    activate_integration(world.activation, wish())
    assert integration(world).is_active
    assert integration(world).start == world.clock()
    assert world.prover.erp.logins == 1
    assert [one.full for one in world.stream_queue.sent] == [True, True]


def test_a_first_activation_may_be_repeated_with_another_company(world: World) -> None:
    world.prover.bridge.before_subscribe = raising(RetryLater("down"))
    declined(world, wish())
    world.prover.bridge.before_subscribe = lambda: None
    activate_integration(
        world.activation, wish(**TWO_COMPANIES, erp_identity_id="00000000-0000-4000-8000-000000000502")
    )
    assert world.integrations.companies == {SECOND_COMPANY.id: AGREEMENT}
    assert integration(world).is_active


def test_pausing_needs_only_the_session_and_no_side(active: World) -> None:
    active.prover.bridge.before_call = raising(RetryLater("down"))
    active.prover.erp.before_call = raising(RetryLater("down"))
    activate_integration(active.activation, wish_in_session(active=False))
    assert integration(active).state is IntegrationState.PAUSED


def test_pausing_with_the_stored_bridge_login_works_while_bridge_is_down(active: World) -> None:
    active.prover.bridge.before_call = raising(RetryLater("down"))
    activate_integration(active.activation, wish(active=False))
    assert integration(active).state is IntegrationState.PAUSED


def test_pausing_with_a_wrong_bridge_login_is_refused(active: World) -> None:
    assert declined(active, wish(active=False, bridge_password="feil")).code == "invalid_bridge_login"
    assert integration(active).is_active


def test_pausing_what_never_was_activated_changes_nothing(world: World) -> None:
    assert activate_integration(world.activation, wish(active=False)) is None
    assert world.integrations.integrations == {}
    assert show_status(world.status, AGREEMENT).integration is None


def test_resuming_queues_the_waiting_tasks_at_once(active: World) -> None:
    activate_integration(active.activation, wish_in_session(active=False))
    for number, state in enumerate(TaskState):
        put_task(active, f"t-{number}-{state}", state)
    activate_integration(active.activation, wish_in_session())
    queued = {one.task_id.split("-")[2] for one in active.task_queue.sent}
    assert queued == {"received", "creating", "updating", "unknown"}
    assert active.task_queue.sent[0] == SentTask(AGREEMENT, active.task_queue.sent[0].task_id, 3)


def test_resuming_queues_every_page_of_waiting_tasks(active: World) -> None:
    for number in range(250):
        put_task(active, f"t-{number}", TaskState.RECEIVED)
    activate_integration(active.activation, wish())
    assert len({one.task_id for one in active.task_queue.sent}) == 250


def test_resuming_queues_nothing_of_another_agreement(active: World) -> None:
    record = TaskRecord(OTHER, "1", active.clock(), active.clock(), wanted_version=1)
    active.tasks.save(record)
    activate_integration(active.activation, wish())
    assert active.task_queue.sent == []


def test_rejected_credentials_are_proved_again_even_if_unchanged(active: World) -> None:
    rejected = replace(integration(active), state=IntegrationState.CREDENTIALS_REJECTED)
    active.integrations.save(rejected)
    activate_integration(active.activation, wish_in_session())
    assert active.prover.bridge.passwords == [LOGIN.bridge_password]
    assert active.prover.erp.logins == 2
    assert integration(active).is_active
    assert active.stream_queue.sent[0] == SentStream(
        AGREEMENT, Stream.CUSTOMERS, False, active.stream_queue.sent[0].delay
    )


def test_an_earlier_start_sets_free_what_was_ignored_for_the_later_one(active: World) -> None:
    for task_id, reason in (("early", "finished_before_start"), ("aborted", "aborted")):
        active.tasks.save(
            TaskRecord(
                AGREEMENT,
                task_id,
                created_at=active.clock(),
                changed_at=active.clock(),
                state=TaskState.IGNORED,
                reason=reason,
                wanted_version=7,
                handled_version=7,
            )
        )
    earlier = active.clock().date() - timedelta(days=30)
    activate_integration(active.activation, wish_in_session(start_date=earlier))
    assert active.task_queue.take() == [SentTask(AGREEMENT, "early", 7)]
    freed = active.tasks.get(AGREEMENT, "early")
    assert freed is not None
    assert freed.state is TaskState.RECEIVED
    activate_integration(active.activation, wish_in_session(start_date=earlier))
    assert active.task_queue.take() == [SentTask(AGREEMENT, "early", 7)], (
        "it waits, and nothing more is freed"
    )

"""A refused login stops the integration: tasks wait, one try in 15 minutes, new logins go on at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest

from connector.domain.integration import PROBE_EVERY, Integration, IntegrationState
from connector.domain.stream import Stream
from connector.domain.task import Task
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import CredentialsRejected, Refused, RetryLater, Side
from connector.ports import Agreement
from connector.usecases.activate_integration import activate_integration
from connector.usecases.declined import Declined
from connector.usecases.dispatch import DispatchPorts, dispatch_streams
from connector.usecases.import_master_data import import_master_data
from connector.usecases.import_pass import ImportPorts
from connector.usecases.mend_subscription import SubscriptionPorts, mend_subscription
from connector.usecases.probe_login import ALMOST_DUE
from connector.usecases.reconcile_tasks import ReconcilePorts, reconcile_tasks
from connector.usecases.recover_orders import recover_orders
from connector.usecases.resend_finished import resend_finished
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.import_stores import MemoryImportResultStore, one_by_one
from tests.fakes.people import AGREEMENT, LOGIN, wish, wish_in_session
from tests.fakes.queues import SentStream
from tests.fakes.stores import MemoryIntegrationStore
from tests.unit.usecases.rejecting import ERP_SAYS_NO, INVOCATION, MINUTE, SMARTDAY_SAYS_NO, World, recovering


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("error", [SMARTDAY_SAYS_NO, ERP_SAYS_NO], ids=["smartday", "erp"])
def test_the_integration_keeps_which_side_refused_why_and_since_when(
    world: World, error: CredentialsRejected
) -> None:
    world.put()
    world.smartday.fail("task", error)
    record = world.hear()
    assert record is not None
    assert (record.state, record.reason, record.due_at) == (
        TaskState.RECEIVED,
        f"{error.side}_{error.code}",
        None,
    )
    refused = world.integration.refused_login
    assert refused is not None
    assert (refused.side, refused.code, refused.since) == (error.side, error.code, world.clock())


def test_the_login_is_tried_once_a_quarter_of_an_hour_however_often_the_poll_runs(world: World) -> None:
    since = world.clock()
    world.refuse()
    for minute in range(1, 61):
        world.clock.now = since + minute * MINUTE
        world.probe()
        assert world.upstream == Counter({"agreement": minute // 15} if minute >= 15 else {}), minute
    refused = world.integration.refused_login
    assert refused is not None
    assert (refused.since, refused.probe_at) == (since, since + timedelta(minutes=75))


def test_sixteen_messages_at_the_same_moment_make_one_try(world: World) -> None:
    world.refuse()
    world.clock.now += PROBE_EVERY
    together = Barrier(16)

    class Read(MemoryIntegrationStore):
        """Goes on when all have read the integration, so that nobody knows of another's try."""

        def get(self, agreement_number: str) -> Integration | None:
            found = super().get(agreement_number)
            together.wait()
            return found

    world.integrations = Read(world.integrations.integrations)
    with ThreadPoolExecutor(16) as pool:
        taken = [one.result() for one in [pool.submit(world.probe) for _ in range(16)]]
    assert not any(taken)
    assert world.upstream == {"agreement": 1}


@pytest.mark.parametrize(
    ("error", "call"), [(SMARTDAY_SAYS_NO, "agreement"), (ERP_SAYS_NO, "log_in")], ids=["smartday", "erp"]
)
def test_a_login_that_is_taken_again_sets_everything_going(
    world: World, error: CredentialsRejected, call: str
) -> None:
    world.refuse(error)
    world.wait(1005)
    world.side_takes_the_login()
    world.clock.now += PROBE_EVERY
    assert world.probe()
    assert world.upstream == {call: 1}
    assert world.integration.is_active
    assert world.integration.rejection is None
    assert sorted(world.queued(), key=int) == [str(number) for number in range(1005)]
    assert {one.stream for one in world.stream_queue.take()} == {Stream.CUSTOMERS, Stream.PRODUCTS}


def test_what_waits_is_looked_at_once_more_by_the_next_poll(world: World) -> None:
    world.refuse()
    world.side_takes_the_login()
    world.clock.now += PROBE_EVERY
    world.probe()
    world.wait(3)
    for queued in (["0", "1", "2"], []):
        assert not world.probe()
        assert sorted(world.queued()) == queued


def test_a_look_that_was_cut_off_is_gone_on_with(world: World) -> None:
    world.refuse()
    world.wait(150)
    world.side_takes_the_login()
    world.clock.now += PROBE_EVERY
    world.task_queue.refusing = True
    with pytest.raises(RetryLater):
        world.probe()
    world.task_queue.refusing = False
    assert world.integration.is_active
    world.probe()
    assert len(world.queued()) == 150


@pytest.mark.parametrize(
    "error", [RetryLater("smartday_unreachable"), Refused(Side.SMARTDAY, "malformed")], ids=["down", "odd"]
)
def test_a_side_that_gives_no_plain_answer_changes_nothing(world: World, error: Exception) -> None:
    world.refuse()
    world.side_takes_the_login()
    world.smartday.fail("agreement", error, times=1)
    world.clock.now += PROBE_EVERY
    with pytest.raises(type(error)):
        world.probe()
    world.clock.now += PROBE_EVERY - ALMOST_DUE - MINUTE
    assert not world.probe()
    assert world.integration.refused_login is not None
    assert world.upstream == {"agreement": 1}
    world.clock.now += ALMOST_DUE + MINUTE
    assert world.probe()


def test_a_message_that_comes_a_moment_too_early_comes_again(world: World) -> None:
    world.refuse()
    world.clock.now += PROBE_EVERY - timedelta(seconds=2)
    world.probe()
    assert world.stream_queue.take() == [SentStream(AGREEMENT, Stream.TASKS, delay=timedelta(seconds=2))]
    assert not world.upstream


def test_another_side_that_refuses_has_a_time_of_its_own(world: World) -> None:
    world.refuse()
    world.clock.now += PROBE_EVERY
    world.change(lambda one: one.refused(ERP_SAYS_NO.side, ERP_SAYS_NO.code, world.clock()))
    refused = world.integration.refused_login
    assert refused is not None
    assert (refused.side, refused.since) == (Side.ERP, world.clock())


def test_a_person_who_pauses_while_the_login_is_tried_has_the_last_word(world: World) -> None:
    world.refuse()
    world.side_takes_the_login()
    world.clock.now += PROBE_EVERY

    class Pausing(MemoryFieldService):
        """Somebody pauses while Smartday answers."""

        def agreement(self) -> Agreement:
            activate_integration(world.activation, wish_in_session(active=False))
            return super().agreement()

    world.smartday = Pausing()
    assert not world.probe()
    assert world.integration.state is IntegrationState.PAUSED


def test_the_polls_message_is_the_only_one_that_goes_out(world: World) -> None:
    world.refuse()
    ports = DispatchPorts(world.clock, world.integrations, world.tasks, world.task_queue, world.stream_queue)
    assert dispatch_streams(ports) == 0
    assert world.stream_queue.take() == [SentStream(AGREEMENT, Stream.TASKS)]


def test_nothing_else_reaches_a_side_while_the_login_is_refused(world: World) -> None:
    world.put()
    world.refuse()
    deadline = world.clock() + INVOCATION
    connect = (lambda _: world.erp, lambda _: world.smartday)
    world.hear()
    imports = ImportPorts(
        clock=world.clock,
        wait=lambda span: None,
        together=one_by_one,
        integrations=world.integrations,
        bindings=world.bindings,
        cursors=world.cursors,
        results=MemoryImportResultStore(world.clock),
        queue=world.stream_queue,
        erp=connect[0],
        field_service=connect[1],
        tasks=world.tasks,
        task_queue=world.task_queue,
        matches=world.matches,
    )
    for stream in (Stream.CUSTOMERS, Stream.PRODUCTS):
        assert import_master_data(imports, AGREEMENT, stream, True, "w", deadline) is None
    polling = ReconcilePorts(
        world.clock, world.integrations, world.tasks, world.cursors, world.task_queue, connect[1]
    )
    assert reconcile_tasks(polling, AGREEMENT, deadline) == 0
    subscription = SubscriptionPorts(
        world.integrations, connect[1], lambda: world.api_url, world.secrets.master_key
    )
    assert mend_subscription(subscription, AGREEMENT) is False
    with pytest.raises(RetryLater):
        recover_orders(recovering(world), AGREEMENT, deadline)
    with pytest.raises(Declined, match="not_active"):
        resend_finished(world.finished, AGREEMENT, date(2026, 9, 1), check=True)
    assert not world.probe()
    assert not world.upstream


def test_a_recovery_and_a_person_who_meet_the_refusal_stop_the_integration_too(world: World) -> None:
    world.side_refuses()
    with pytest.raises(CredentialsRejected):
        recover_orders(recovering(world), AGREEMENT, world.clock() + INVOCATION)
    assert world.integration.refused_login is not None
    world.change(Integration.resumed)
    with pytest.raises(Declined, match="invalid_bridge_login"):
        resend_finished(world.finished, AGREEMENT, date(2026, 9, 1), check=True)
    assert world.integration.refused_login is not None


def test_five_workers_that_meet_the_refusal_at_once_call_five_times_and_nobody_after_them(
    world: World,
) -> None:
    together = Barrier(5)

    class Refusing(MemoryFieldService):
        """Refuses the login when five have asked."""

        def task(self, task_id: str) -> Task:
            self.calls["task"] += 1
            together.wait(timeout=60)
            raise SMARTDAY_SAYS_NO

    kept, world.smartday = world.smartday, Refusing()
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda number: world.hear(str(number), worker=f"w{number}"), range(50)))
    assert world.upstream == {"task": 5}
    assert not world.queued()
    world.smartday = kept
    world.side_takes_the_login()
    activate_integration(world.activation, wish())
    assert sorted(world.queued(), key=int) == [str(number) for number in range(50)]


@pytest.mark.parametrize("waiting", [1, 1005])
def test_new_logins_set_everything_going_at_once_and_the_reason_is_gone(world: World, waiting: int) -> None:
    world.refuse()
    world.wait(waiting)
    activate_integration(world.activation, wish())
    assert world.integration.is_active
    assert world.integration.rejection is None
    assert len(world.queued()) == waiting


def test_a_worker_that_met_the_refusal_with_the_old_login_does_not_undo_the_new_one(world: World) -> None:
    world.put()
    login = replace(LOGIN, bridge_password="nytt passord")
    world.prover.bridge.logins[AGREEMENT, login.bridge_user, login.bridge_password] = "Avtale"

    class Overtaken(MemoryFieldService):
        """While the old login is refused, somebody stores a new one."""

        def task(self, task_id: str) -> Task:
            activate_integration(world.activation, wish(bridge_password=login.bridge_password))
            world.task_queue.take()
            raise SMARTDAY_SAYS_NO

    kept, world.smartday = world.smartday, Overtaken()
    world.hear()
    assert world.integration.is_active
    assert world.queued() == ["1"], "it waits since after the look of the new login"
    world.smartday = kept
    world.hear(worker="the next")
    assert world.smartday.calls["task"] == 1


def test_a_task_that_came_while_it_was_refused_and_is_noted_after_it_resumed_does_not_stay_behind(
    world: World,
) -> None:
    world.put()
    world.refuse()

    def resume(record: TaskRecord) -> None:
        world.tasks.before_save = lambda record: None
        activate_integration(world.activation, wish())
        assert world.queued() == []

    world.tasks.before_save = resume
    world.hear()
    assert world.queued() == ["1"]

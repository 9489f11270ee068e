"""Whatever happens to a task and in whatever order: in the end its orders are right, or a person is asked.

Edits in Smartday, messages, faults before and after the effect, killed processes, the bookkeeper's work in
the ERP, decisions and settings are mixed at random; then the faults end, time passes, and what must always
hold is looked at. A lost write takes effect within the settle time or never: later ones are a known residual
(design 4.4).
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from connector.domain.integration import IntegrationState
from connector.domain.settings import InvoicedOrderChanged, OpenOrderChanged, Release
from connector.domain.task import Reference, Registration
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import Refused, RetryLater, Side, UnknownOutcome
from tests.builders import note, registration, task
from tests.unit.usecases.any_history import History
from tests.unit.usecases.ordering import AGREEMENT, TASK, Killed, World
from tests.unit.usecases.test_recover_orders import recover

LOST = UnknownOutcome(Side.ERP, "erp_timeout")
BUSY = RetryLater("erp_busy")
NO = Refused(Side.ERP, "Validation", "no")
PLACES = st.integers(0, 50)


def line(number: int, quantity: int = 2) -> Registration:
    """A registration that can be told apart by its words."""
    return registration(id=f"r-{number}", description=f"linje {number}", quantity=Decimal(quantity))


class AnyHistory(History):
    """One task and everything that may happen around it."""

    @initialize(ordered=st.booleans(), supplements=st.booleans())
    def begin(self, ordered: bool, supplements: bool) -> None:
        self.world = World()
        self.erp, self.smartday = self.world.erp, self.world.smartday
        self.numbers = 2
        self.typed: dict[int, str] = {}
        self.edited: dict[int, Decimal] = {}
        self.disturbed = self.receipt_refused = False
        self.lost_until = self.world.now
        self.erp.on_save = self.must_be_approved
        self.smartday.put_task(
            task(line(1), line(2), note("Husk nøkkel"), version=1, customer_reference="Ref 1")
        )
        if supplements:
            self.world.choose(invoiced_order_changed=InvoicedOrderChanged.SUPPLEMENT)
        if ordered:
            self.run(1)

    # What happens in Smartday

    def edit(self, **changes: object) -> None:
        now = self.task
        self.smartday.put_task(replace(now, version=now.version + 1, **changes))  # type: ignore[arg-type]
        if self.task.version % 4:  # the other webhooks get lost
            self.run(self.task.version)

    def edit_line(self, place: int, **changes: object) -> None:
        lines = list(self.task.registrations)
        lines[place % len(lines)] = replace(lines[place % len(lines)], **changes)  # type: ignore[arg-type]
        self.edit(registrations=tuple(lines))

    @rule()
    def a_line_is_added(self) -> None:
        self.numbers += 1
        self.edit(registrations=(*self.task.registrations, line(self.numbers)))

    @precondition(lambda self: len(self.task.registrations) > 1)
    @rule(place=PLACES)
    def a_line_is_removed(self, place: int) -> None:
        lines = list(self.task.registrations)
        del lines[place % len(lines)]
        self.edit(registrations=tuple(lines))

    @rule(place=PLACES, quantity=st.integers(1, 4))
    def a_quantity_changes(self, place: int, quantity: int) -> None:
        self.edit_line(place, quantity=Decimal(quantity))

    @rule(place=PLACES, status=st.sampled_from(["suggested", "approved", "used"]))
    def a_line_changes_its_status(self, place: int, status: str) -> None:
        self.edit_line(place, status=status)

    @rule(place=PLACES, billable=st.booleans())
    def a_line_becomes_billable_or_not(self, place: int, billable: bool) -> None:
        self.edit_line(place, billable=billable)

    @rule(place=PLACES, number=st.sampled_from(["1042210", "1533870", "UKJENT"]))
    def a_line_gets_another_product(self, place: int, number: str) -> None:
        self.edit_line(place, product_number=number)

    @rule(number=st.sampled_from(["10021", "10022", "10099", None]))
    def the_customer_changes(self, number: str | None) -> None:
        buyer = Reference(f"c-{number}", number)
        self.edit(customer=buyer, billing_customer=buyer)

    @rule(words=st.sampled_from(["Ny tittel", "En annen", "Bytte varmekabel på bad"]))
    def the_title_changes(self, words: str) -> None:
        self.edit(title=words)

    @rule(status=st.sampled_from([5, 7, 8]), outcome=st.sampled_from(["completed", "completed", "aborted"]))
    def the_status_changes(self, status: int, outcome: str) -> None:
        self.edit(status=status, outcome=outcome if status != 5 else None)

    # What reaches the connector

    @rule(back=st.integers(0, 2))
    def a_message_arrives(self, back: int) -> None:
        self.run(max(self.task.version - back, 1))

    @rule()
    def a_customer_is_imported(self) -> None:
        self.world.bind_customer("10022")

    @rule(minutes=st.sampled_from([1, 7, 20, 60]))
    def time_passes(self, minutes: int) -> None:
        self.world.later(timedelta(minutes=minutes))
        self.forget_late_effects()
        self.dispatch()

    @rule(after=st.integers(0, 6))
    def the_process_is_killed(self, after: int) -> None:
        left = after

        def count(_: TaskRecord) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed

        self.world.tasks.before_save = count
        self.run(self.task.version)
        self.world.tasks.before_save = lambda _: None

    @rule(
        method=st.sampled_from(["save_order", "change_order"]),
        error=st.sampled_from([LOST, LOST, BUSY, NO]),
        effect=st.booleans(),
    )
    def the_next_write_fails(self, method: str, error: Exception, effect: bool) -> None:
        self.erp.fail(method, error, after_effect=effect and error is LOST)

    @rule(method=st.sampled_from(["read_order", "find_orders"]))
    def the_next_look_fails(self, method: str) -> None:
        self.erp.fail(method, BUSY)

    @rule(refused=st.booleans(), effect=st.booleans())
    def the_next_receipt_fails(self, refused: bool, effect: bool) -> None:
        error = Refused(Side.SMARTDAY, "validation_failed") if refused else RetryLater("smartday_busy")
        self.receipt_refused |= refused
        self.smartday.fail("send_receipt", error, after_effect=effect and not refused)

    @rule()
    def what_was_lost_takes_effect(self) -> None:
        self.forget_late_effects()
        self.erp.execute_lost()

    # What the bookkeeper does

    def order_id(self, place: int) -> str | None:
        ids = sorted(self.erp.orders)
        return ids[place % len(ids)] if ids else None

    @rule(place=PLACES)
    def an_order_is_invoiced(self, place: int) -> None:
        order_id = self.order_id(place)
        if order_id and self.is_live(order_id):
            self.erp.invoice(order_id)

    @rule(place=PLACES)
    def an_order_is_called_off(self, place: int) -> None:
        order_id = self.order_id(place)
        if order_id and self.erp._kept.statuses[order_id] == "ForInvoicing":
            self.erp.call_off(order_id)
            self.disturbed = True

    @rule(place=PLACES)
    def somebody_types_a_row(self, place: int) -> None:
        order_id = self.order_id(place)
        if order_id:
            words = f"egen {len(self.typed)}"
            self.typed[self.erp.type_row(order_id, words, product_id=599, quantity=Decimal(1))] = words

    @rule(place=PLACES, row=PLACES)
    def somebody_edits_a_row(self, place: int, row: int) -> None:
        order_id = self.order_id(place)
        rows = [one for one in self.erp.rows(order_id) if one.product_id] if order_id else []
        if order_id and rows:
            row_id = rows[row % len(rows)].row_id or 0
            self.erp.edit_row(order_id, row_id, quantity=Decimal(99))
            self.edited[row_id] = Decimal(99)
            self.disturbed = True

    @rule(what=st.sampled_from(["resend", "approve", "do_not_send", "send_again", "new_order"]))
    def a_person_decides(self, what: str) -> None:
        words = () if what in ("resend", "approve") else ("Kari", "derfor")
        record = self.world.tasks.get(AGREEMENT, TASK)
        if record is None or (what == "resend" and record.state is TaskState.DO_NOT_SEND):
            return
        if what == "new_order":
            self.forget_late_effects(now=True)
        try:
            self.world.decide(what, *words)
        except ValueError:
            return

    @rule(
        release=st.sampled_from(Release),
        open_changed=st.sampled_from([OpenOrderChanged.UPDATE, *OpenOrderChanged]),
        invoiced_changed=st.sampled_from(InvoicedOrderChanged),
    )
    def settings_change(
        self, release: Release, open_changed: OpenOrderChanged, invoiced_changed: InvoicedOrderChanged
    ) -> None:
        self.world.choose(
            release=release, open_order_changed=open_changed, invoiced_order_changed=invoiced_changed
        )

    @rule()
    def the_integration_is_paused_or_resumed(self) -> None:
        stored = self.world.integrations.integrations[AGREEMENT]
        state = IntegrationState.PAUSED if stored.is_active else IntegrationState.ACTIVE
        self.world.integrations.save(replace(stored, state=state))

    @precondition(lambda self: self.task.is_finished and self.erp.orders and not self.disturbed)
    @rule()
    def the_records_are_lost_and_recovered(self) -> None:
        """What people decided is lost too, and so are creates that never took effect."""
        self.erp._lost.clear()
        self.erp._planned.clear()
        self.world.tasks.records.clear()
        recover(self.world)
        self.run(self.task.version)


AnyHistory.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestAnyHistory = AnyHistory.TestCase

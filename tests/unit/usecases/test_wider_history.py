"""Like `test_any_history`, with other looks, field-made buyers, credits, and registers that come and go."""

import os
from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from connector.domain import task_decisions
from connector.domain.binding import Binding, Kind
from connector.domain.master_data import FieldCustomer
from connector.domain.order import digest
from connector.domain.order_mapping import _counts
from connector.domain.settings import FieldCustomers, Grouping, Lines, Prices, Release, ZeroValue
from connector.domain.task import Reference
from connector.domain.task_record import TaskState
from connector.domain.waiting import awaited_binding
from connector.errors import Refused, RetryLater, Side
from connector.usecases.release_waiting import ReleasePorts, release_all_bound, release_for_settings
from tests.builders import PRODUCT_IDS
from tests.unit.usecases.ordering import AGREEMENT
from tests.unit.usecases.test_any_history import LOST, PLACES, AnyHistory, line
from tests.unit.usecases.test_recover_orders import recover

FIELD = Reference("c-felt", None)


class WiderHistory(AnyHistory):
    """`known` are the numbers that the ERP knows; blocked and inactive ones are told apart by the import."""

    @initialize(
        ordered=st.booleans(),
        supplements=st.booleans(),
        looks=st.sampled_from([{}, {"grouping": Grouping.PRODUCT}, {"lines": Lines.TEXT_ONLY}]),
    )
    def begin(self, ordered: bool, supplements: bool, looks: dict[str, object]) -> None:
        AnyHistory.begin(self, False, supplements)
        self.world.choose(**looks)
        self.smartday.put_field_customer(
            FieldCustomer("c-felt", None, "Ny Kunde AS", organisation_number="923609016")
        )
        made = self.erp.create_customer

        def create(customer: FieldCustomer) -> int:
            self.must_be_approved_now()
            return made(customer)

        self.erp.create_customer = create  # type: ignore[method-assign]
        if ordered:
            self.run(1)

    def must_be_approved_now(self) -> None:
        stored, record = self.world.integrations.integrations[AGREEMENT], self.world.record
        if stored.settings.release is Release.APPROVAL:
            assert record.approved_version >= self.task.version or record.approved_version > 0

    def change_settings(self, **changes: object) -> None:
        before = self.world.integrations.integrations[AGREEMENT].settings
        self.world.choose(**changes)
        after = self.world.integrations.integrations[AGREEMENT].settings
        release_for_settings(self.release_ports, AGREEMENT, before, after)

    @property
    def release_ports(self) -> ReleasePorts:
        return ReleasePorts(lambda: self.world.now, self.world.tasks, self.world.queue)

    @rule(
        grouping=st.sampled_from(Grouping),
        lines=st.sampled_from([Lines.PRICED, Lines.PRICED, Lines.TEXT_ONLY]),
        names=st.booleans(),
        prices=st.sampled_from([Prices.SMARTDAY, Prices.SMARTDAY, Prices.ERP]),
    )
    def the_look_changes(self, grouping: Grouping, lines: Lines, names: bool, prices: Prices) -> None:
        self.change_settings(grouping=grouping, lines=lines, employee_names=names, prices=prices)

    @rule(
        credit=st.booleans(),
        zero=st.sampled_from(ZeroValue),
        field=st.sampled_from(FieldCustomers),
        fallback=st.booleans(),
    )
    def what_is_sent_changes(
        self, credit: bool, zero: ZeroValue, field: FieldCustomers, fallback: bool
    ) -> None:
        self.change_settings(
            credit_orders=credit,
            zero_value=zero,
            field_customers=field,
            fallback_products={"item": "1042210"} if fallback else {},
        )

    @rule()
    def the_buyer_becomes_one_of_the_field(self) -> None:
        self.edit(customer=FIELD, billing_customer=FIELD)

    @rule()
    def the_line_has_no_product(self) -> None:
        self.edit_line(0, product_number=None, has_product=False, product_name=None)

    @rule(quantity=st.sampled_from([-1, -3]))
    def a_credit_line_is_added(self, quantity: int) -> None:
        self.numbers += 1
        self.edit(registrations=(*self.task.registrations, line(self.numbers, quantity)))

    @rule(name=st.sampled_from(["Kari", "Ola"]), place=PLACES)
    def somebody_else_did_it(self, name: str, place: int) -> None:
        self.edit_line(place, employee_name=name)

    @rule(
        number=st.sampled_from(["10021", "10022", "1042210"]),
        active=st.sampled_from([True, True, False]),
        blocked=st.sampled_from([False, False, True]),
    )
    def an_import_brings(self, number: str, active: bool, blocked: bool) -> None:
        kind = Kind.PRODUCTS if number in PRODUCT_IDS else Kind.CUSTOMERS
        id_ = PRODUCT_IDS.get(number) or int(number)
        blocked = blocked and kind is Kind.CUSTOMERS
        self.world.bindings.put(AGREEMENT, [Binding(kind, number, id_, active=active, blocked=blocked)])
        release_all_bound(self.release_ports, self.world.bindings, AGREEMENT, kind)

    @rule(
        error=st.sampled_from([LOST, RetryLater("erp_busy"), Refused(Side.ERP, "Validation", "no")]),
        effect=st.booleans(),
    )
    def the_next_customer_fails(self, error: Exception, effect: bool) -> None:
        self.erp.fail("create_customer", error, after_effect=effect and error is LOST)

    @rule(place=PLACES)
    def an_order_is_called_back(self, place: int) -> None:
        order_id = self.order_id(place)
        if order_id and not self.is_live(order_id):
            self.erp._kept.statuses[order_id] = "ForInvoicing"

    @precondition(lambda self: self.task.is_finished and self.erp.orders)
    @rule()
    def the_records_are_lost_after_trouble(self) -> None:
        self.erp._planned.clear()
        # A line that goes while the table is lost can't be told from a row that a person typed.
        self.run(self.task.version)
        self.forget_late_effects(now=True)
        self.world.tasks.records.clear()
        recover(self.world)
        self.run(self.task.version)

    def check_rest(self) -> None:
        for kind in Kind:
            release_all_bound(self.release_ports, self.world.bindings, AGREEMENT, kind)
        for _ in range(3):
            self.dispatch()
        super().check_rest()
        record = self.world.record
        awaited = awaited_binding(record.waits_for)
        if awaited and record.state is TaskState.HELD:
            binding = self.world.bindings.get(AGREEMENT, awaited[0], [awaited[1]]).get(awaited[1])
            assert binding is None or not binding.is_usable, record
        if record.state is TaskState.HELD:
            task_decisions.resend(record, self.world.now)
            outs = [("do_not_send", ("k", "x")), ("new_order", ("k", "x")), ("approve", ())]
            left = 0
            for what, words in outs:
                try:
                    getattr(task_decisions, what)(record, self.world.now, *words)
                    left += 1
                except ValueError:
                    pass
            assert left, record
        assert len(self.erp.created_customers) <= 1, self.erp.created_customers

    def check_orders(self) -> None:
        record = self.world.record
        rows = [row for order_id in self.erp.orders for row in self.erp.rows(order_id)]
        for row_id, words in self.typed.items():
            assert [row.name for row in rows if row.row_id == row_id] == [words]
        for row_id, quantity in self.edited.items():
            assert [row.quantity for row in rows if row.row_id == row_id] == [quantity]
        keys = Counter(order.key.text for one, order in self.erp.orders.items() if self.is_live(one))
        assert max(keys.values(), default=0) < 2 or record.reason == "duplicate_in_erp", (keys, record)
        if record.state is not TaskState.ORDERED or record.reason is not None:
            return
        live = [one for one in record.attempts if one.order_id and self.is_live(one.order_id)]
        known = {one.order_id for one in live}
        stray = [one for one in self.erp.orders if self.is_live(one) and one not in known]
        assert not stray or self.disturbed, (stray, record)
        if self.disturbed:
            return
        own = record.own_registrations
        wanted = {
            one.id: one
            for one in self.task.registrations
            if _counts(one, own) or (one.status == "exported" and one.billable and one.kind != "note")
        }
        placed = Counter(id_ for one in live for id_ in one.registration_ids)
        assert placed == Counter(list(wanted)), (placed, record)
        for one in live:
            present = self.erp.rows(one.order_id or "")
            sent = one.contents.rows
            said = Counter(
                (digest(r.name), r.product_id, r.quantity) for r in present if r.row_id not in self.typed
            )
            assert said == Counter(
                (r.words, r.product_id, r.quantity and r.quantity.quantize(Decimal("0.0001"))) for r in sent
            ), record
            quantity = sum(
                ((r.quantity or Decimal(0)) for r in present if r.product_id and r.product_id != 599),
                Decimal(0),
            )
            if any(r.product_id for r in sent):
                assert quantity == sum((wanted[i].quantity for i in one.registration_ids), Decimal(0)), record
        number = self.task.buyer.number if self.task.buyer else None
        if number:
            assert {self.erp.orders[o or ""].customer_id for o in known} <= {int(number)}, record
        else:
            assert {self.erp.orders[o or ""].customer_id for o in known} <= set(self.erp.created_customers), (
                record
            )


FAST = os.environ.get("EXAMPLES") is None
WiderHistory.TestCase.settings = settings(
    max_examples=int(os.environ.get("EXAMPLES", "100")),
    stateful_step_count=25,
    deadline=None,
    derandomize=FAST,
    phases=[Phase.generate] if FAST else [Phase.generate, Phase.shrink],
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
TestWiderHistory = WiderHistory.TestCase

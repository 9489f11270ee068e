"""What `make soak` counts as wrong, and whom it kills."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from sandbox.figures import task_of
from sandbox.reckoning import rows_of, says_twice, wanted_rows
from sandbox.soak import decide_unknown
from sandbox.trouble import Killer

NUMBERS = {501: "T100", 502: "OPPM"}
HOURS = {
    "kind": "hours",
    "product": {"external_number": "T100"},
    "quantity": 1.5,
    "unit_price": 950,
    "discount_percent": 10,
    "billable": True,
    "status": "exported",
}
ROW = {"ProductId": 501, "Quantity": "1.50", "Price": "950.00", "DiscountRate": "10.0"}
TEXT = {"Type": "Text", "Name": "Oppgave 48213"}


def test_each_billable_registration_wants_one_row() -> None:
    task = {"registrations": [HOURS, HOURS | {"billable": False}, HOURS | {"status": "suggested"}]}
    assert wanted_rows(task) == {("T100", Decimal("1.5"), Decimal(950), Decimal(10)): 1}


@pytest.mark.parametrize(
    ("rows", "is_right"),
    [([TEXT, ROW], True), ([ROW, ROW], False), ([TEXT], False), ([ROW | {"Quantity": "2"}], False)],
)
def test_a_row_that_is_double_missing_or_other_is_wrong(rows: list[Any], is_right: bool) -> None:
    assert (rows_of({"InvoiceRows": rows}, NUMBERS) == wanted_rows({"registrations": [HOURS]})) is is_right


def test_a_text_that_stands_twice_is_seen() -> None:
    assert says_twice({"InvoiceRows": [TEXT, ROW, TEXT]})
    assert not says_twice({"InvoiceRows": [TEXT, ROW, ROW]})


def test_a_second_order_of_a_task_counts_as_one_of_its_orders() -> None:
    assert [task_of(f"SD-104477-{one}") for one in ("48213", "48213-2")] == ["48213", "48213"]


def test_the_soak_asks_for_a_new_order_only_where_a_person_finds_none_in_the_erp() -> None:
    held = {"48213": "outcome_unknown", "48214": "outcome_unknown", "48215": "customer_unknown"}
    api = Mock()
    api.tasks.return_value = [{"task_id": one, "reason": {"code": code}} for one, code in held.items()]
    stand_ins = Mock()
    stand_ins.orders.return_value = [{"ReferenceNumber": "SD-104477-48214"}]
    soak: Any = SimpleNamespace(api=api, stand_ins=stand_ins, decided=set())
    decide_unknown(soak)
    assert [call.args[0] for call in api.order_anew.call_args_list] == ["48213"]
    assert [call.args[0] for call in api.resend.call_args_list] == ["48214"]
    assert soak.decided == {"48213", "48214"}


@contextmanager
def sleeper(function: str, group: int | None = 0) -> Iterator[subprocess.Popen[bytes]]:
    """A process that sleeps, as a worker of that function; group 0 is one of its own, None is ours."""
    environment = {**os.environ, "AWS_LAMBDA_FUNCTION_NAME": function}
    work = "import socket, time; one = socket.socket(); print(flush=True); time.sleep(600)"
    command = [sys.executable, "-c", work]
    with subprocess.Popen(command, env=environment, process_group=group, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="the soak kills by Linux's pidfd")
def test_only_workers_of_the_named_functions_in_the_engines_group_are_killed() -> None:
    with (
        sleeper("stack-create-order") as engine,
        sleeper("stack-create-order", engine.pid) as worker,
        sleeper("stack-activate-integration", engine.pid) as another_function,
        sleeper("stack-create-order") as another_engine,
        sleeper("stack-create-order", None) as ours,
    ):
        killer = Killer(engine.pid, {"stack-create-order": 0}, seed=1, pauses=(0.01, 0.02))
        with killer:
            worker.wait(timeout=30)
        assert killer.kills == {"stack-create-order": 1}
        assert all(one.poll() is None for one in (engine, another_function, another_engine, ours))

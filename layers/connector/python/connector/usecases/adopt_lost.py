"""Orders whose task record was lost are found in the ERP by their keys, and adopted."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from connector.domain import order_attempts
from connector.domain.order import OrderKey
from connector.usecases.task_work import Work

ORDINALS = range(1, 6)
"""So many orders of one task are looked for; a task with more supplementary orders wasn't seen yet."""

LOOK_FIRST = timedelta(days=90)
"""So long after a recovery a first create is preceded by a look: a task that was open again at that moment
isn't among the finished ones, and is finished again by then.
"""


def adopt_lost(work: Work) -> None:
    """Give a task that is first heard of after a recovery the orders that it may have had before."""
    recovered_at = work.integration.recovered_at
    if work.record.attempts or recovered_at is None or work.ports.clock() - recovered_at > LOOK_FIRST:
        return
    agreement_number, task_id = work.record.agreement_number, work.record.task_id
    found = work.erp.find_orders_of(possible_keys(agreement_number, task_id))
    if orders := orders_of(agreement_number, task_id, found):
        now, version = work.ports.clock(), work.integration.settings_version
        work.write(lambda record: order_attempts.adopt(record, orders, version, now))


def possible_keys(agreement_number: str, task_id: str) -> list[OrderKey]:
    """The keys that orders of the task may carry."""
    return [OrderKey(agreement_number, task_id, ordinal) for ordinal in ORDINALS]


def orders_of(
    agreement_number: str, task_id: str, found: Mapping[str, Sequence[str]]
) -> list[tuple[int, Sequence[str]]]:
    """Ordinal and order ids of the task, of all that were found by key text."""
    keys = possible_keys(agreement_number, task_id)
    return [(key.ordinal, found[key.text]) for key in keys if found.get(key.text)]

"""Orders found in the ERP, not made by this record: adopted after a loss, or kept instead of a twin.

Which of their rows are ours is told by what they say; where rows could hide ours, a person decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from connector.domain import order_attempts
from connector.domain.erp_order import ErpOrder
from connector.domain.order import Order, OrderKey, SentRow, digest
from connector.domain.order_update import recognised
from connector.domain.reason import Reason
from connector.domain.task import Task
from connector.domain.task_record import Attempt
from connector.usecases.map_order import map_order
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


def are_twins(work: Work, version: int) -> bool:
    """True while the ERP has orders too many, and the task is held for them; else the one left is ours."""
    keys = {one.ordinal: work.key(one.ordinal) for one in work.record.attempts}
    by_text = work.erp.find_orders_of(list(keys.values()))
    found = {ordinal: by_text.get(key.text, ()) for ordinal, key in keys.items()}
    if extra := order_attempts.too_many(work.record, found):
        work.hold(Reason.DUPLICATE_IN_ERP, " ".join(extra), version)
        return True
    work.write(partial(order_attempts.one_left, found=found))
    return False


def recognise_earlier(work: Work, task: Task) -> str | None:
    """Tell which registrations stand on earlier orders that were found, so that no later one gets them too.

    Gives the first order whose rows can't all be told, for a person to look at.
    """
    for attempt in work.record.attempts[:-1]:
        if attempt.rows_known or attempt.order_id is None or attempt.is_gone:
            continue
        present = work.present_order(attempt)
        if present is None:
            work.write(partial(order_attempts.gone, ordinal=attempt.ordinal))
            continue
        wanted = map_order(work, task, attempt.ordinal, work.own_registrations(task, attempt))
        rows = recognised(present, wanted) if isinstance(wanted, Order) else ()
        if may_hide_ours(present, rows):
            return attempt.order_id
        work.write(partial(order_attempts.recognise, ordinal=attempt.ordinal, rows=rows))
    return None


def recognise(work: Work, task: Task, attempt: Attempt, present: ErpOrder, wanted: Order) -> Attempt:
    """The attempt with the rows that are told to be ours. Of the head only the customer counts: who pays."""
    own = work.own_registrations(task, attempt)
    work.write(partial(order_attempts.exported, registrations=own))
    head = {} if present.customer_id is None else {"customer_id": digest(repr(present.customer_id))}
    contents = replace(attempt.contents, rows=recognised(present, wanted), head=head)
    return replace(attempt, contents=contents)


def may_hide_ours(present: ErpOrder, ours: Sequence[SentRow]) -> bool:
    """True when rows that we can't tell may stand for registrations; an order of text rows has no others."""
    products = sum(row.product_id is not None for row in present.rows)
    told = sum(row.product_id is not None for row in ours)
    return products > told if products else len(present.rows) > len(ours)

"""A whole register from the ERP into Smartday: list → slices in ascending id → what is absent (design 4.10).

A run can stop anywhere: the list is read again and the run goes on after its checkpoint, so at most one
slice is written twice.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from connector.domain.binding import Binding
from connector.domain.full_pass import may_deactivate
from connector.domain.import_result import Result
from connector.domain.master_data import Change
from connector.domain.stream import Run, RunState, Stream
from connector.errors import CredentialsRejected, Refused, RetryLater
from connector.usecases.import_pass import ImportPorts, Pass, Stopped
from connector.usecases.import_registers import CUSTOMERS, PRODUCTS, SLICE, R, Register
from connector.usecases.import_slice import Part, Reading, number_of, read_slice
from connector.usecases.import_turn import HandOver, ask_for_turn, end_turn, take_turn
from connector.usecases.import_write import (
    AT_ONCE,
    RETIRED_AT_ONCE,
    Writing,
    Written,
    bind_retired,
    bind_unwritten,
    retire,
    write_parts,
)
from connector.usecases.match_registers import Matching, is_waiting, may_write, review_of
from connector.usecases.reject_credentials import reject_credentials
from connector.usecases.release_waiting import (
    release_all_bound,
    release_bound,
    release_overlooked,
    release_unread,
)
from connector.usecases.worklist import Worklist

HAND_OVER = timedelta(seconds=60)
"""A slice isn't begun with less time left than this; the run goes on in the next message."""

WRITE_NEEDS = timedelta(seconds=35)
"""Nor is a write: the call itself (contract smartday 4.10), and what came of it to be written down."""

FULL_TIME = timedelta(minutes=4)
"""What has no room in this time, a list or comparing two registers, has none in any invocation."""

SLOW_LIST_AFTER = timedelta(minutes=15)
"""A list that takes too long now is asked for again after this, not at once and for ever."""


def import_master_data(
    ports: ImportPorts, agreement_number: str, stream: Stream, full: bool, owner: str, deadline: datetime
) -> Run | None:
    """Run, or go on with, one pass over a register; gives the run as it was left.

    None when the integration isn't active or another import of it runs: that one queues this stream
    when it ends. `full` reads everything, whatever the cursor says. Raises only for bugs and when our
    own stores can't be reached: then the message comes again.
    """
    integration = ports.integrations.get(agreement_number)
    if integration is None or not integration.is_active:
        return None
    if not take_turn(ports.cursors, agreement_number, owner, ports.clock, deadline):
        ask_for_turn(ports.cursors, ports.queue, agreement_number, stream, full, ports.clock)
        return None
    try:
        one = Pass(ports, integration, stream, deadline)
        one.open(owner, full)
        _go_on(one, full)
        return one.run
    finally:
        end_turn(ports.cursors, ports.queue, agreement_number, owner)


def _go_on(one: Pass, full_asked: bool) -> None:
    """Until the end, the deadline or a fault."""
    try:
        release_overlooked(one.ports.releasing, one.integration)
        if one.stream is Stream.CUSTOMERS:
            _import(one, CUSTOMERS, full_asked)
        else:
            _import(one, PRODUCTS, full_asked)
    except Stopped:
        one.store()
    except HandOver as over:
        one.go_on_later(None, over.delay)
    except RetryLater as error:
        one.go_on_later(error.reason, one.wait_of(error))
    except (CredentialsRejected, Refused) as error:
        one.finish(RunState.FAILED, f"{error.side}_{error.code}")
        if isinstance(error, CredentialsRejected):
            reject_credentials(one.ports.integrations, one.integration, error, one.ports.clock())


def _import(one: Pass, register: Register[R], full_asked: bool) -> None:
    review = review_of(one.ports.matches, one.number, one.stream, one.basis)
    if not full_asked and is_waiting(review, one.integration.settings.confirm_matches):
        return one.hold_for_matches()
    one.go_ahead(HAND_OVER)
    with closing(Worklist(register.kind)) as worklist:
        _list(one, register, worklist)
        if not _may_write(one, register, worklist):
            return one.hold_for_matches()
        _write_slices(one, register, worklist)
        is_held = one.run.full and not _retire_absent(one, register, worklist)
    is_first = one.cursor.watermark is None
    if is_held:
        one.finish_whole(RunState.HELD, "deactivations_unconfirmed")
    else:
        one.finish_whole(RunState.FINISHED)
    release_all_bound(one.ports.releasing, one.ports.bindings, one.number, register.kind)
    if is_first or one.run.full:
        # A full pass too: whoever came first may have died before this.
        release_unread(one.ports.releasing, one.number, register.kind)
    return None


def _list(one: Pass, register: Register[R], worklist: Worklist) -> None:
    """What is bound is read first: what is bound while the list is read isn't absent from it."""
    if one.run.full:
        worklist.add_bound(one.ports.bindings.all(one.number, register.kind))
    for page in register.changes(one.erp, one.run.since):
        worklist.add_listed(page.entries)
        if one.run.source_clock is None:
            one.run = replace(one.run, source_clock=page.source_clock)
        _go_on_listing(one)
    left = worklist.count_after(one.run.checkpoint)
    one.run = replace(one.run, total=one.run.seen + left, error=None)
    one.store()


def _go_on_listing(one: Pass) -> None:
    """Raises `RetryLater` when only another time can be better: what was listed isn't kept."""
    try:
        one.go_ahead(HAND_OVER)
    except HandOver as over:
        if over.delay or not _has_full_time(one):
            raise
        raise RetryLater("erp_list_too_slow", SLOW_LIST_AFTER) from over


def _has_full_time(one: Pass) -> bool:
    return one.deadline - one.begun_at >= FULL_TIME


def _may_write(one: Pass, register: Register[R], worklist: Worklist) -> bool:
    """Only the first pass of a register has to be compared before."""
    if not one.is_written or one.cursor.watermark is not None:
        return True
    settings = one.integration.settings
    matching = Matching(register, one.erp, one.service, settings, worklist, partial(one.go_ahead, HAND_OVER))
    review = review_of(one.ports.matches, one.number, one.stream, one.basis)
    return may_write(
        matching, one.ports.matches, review, settings.confirm_matches, one.ports.clock, _has_full_time(one)
    )


def _write_slices(one: Pass, register: Register[R], worklist: Worklist) -> None:
    bindings = one.ports.bindings
    reading = Reading(
        register,
        one.erp,
        one.integration.settings,
        known=worklist.bound if one.run.full else partial(bindings.get, one.number, register.kind),
        numbers=worklist.numbers,
        twice=worklist.carried_twice(),
        is_written=one.is_written,
        notes_all=one.run.full,
        watch=one.tick,
    )
    writing = _writing(one, register)
    while changes := worklist.slice_after(one.run.checkpoint, SLICE):
        one.go_ahead(HAND_OVER)
        _write(one, writing, read_slice(reading, changes))
        one.tick()


def _writing(one: Pass, register: Register[R]) -> Writing[R]:
    return Writing(
        register,
        one.number,
        one.service,
        one.ports.bindings,
        one.ports.together,
        partial(one.go_ahead, WRITE_NEEDS),
        one.sending,
        one.check_company,
    )


def _write(one: Pass, writing: Writing[R], parts: list[Part[R]]) -> None:
    """Part by part, in their order: a run's checkpoint never passes one that isn't settled."""
    left = list(parts)
    while left:
        if not one.is_written:
            bind_unwritten(writing, left[0])
            done = [Written(left[0].unwritten())]
        elif left[0].fresh:
            done = write_parts(writing, [part for part in left[:AT_ONCE] if part.fresh])
        else:
            done = [Written(left[0])]
        for written in done:
            part = left.pop(0)
            refused = _retire(one, writing, part.gone)
            one.settle(written)
            one.count_refused(refused)
            release_bound(one.ports.releasing, one.number, writing.register.kind, part.freed)


def _retire(one: Pass, writing: Writing[R], gone: Sequence[Binding]) -> tuple[Result, ...]:
    """Take out of use; where the register isn't written, orders alone stop naming it. Counted at once: who
    goes on after a stop doesn't find them in use any more.
    """
    refused: tuple[Result, ...] = ()
    for start in range(0, len(gone), RETIRED_AT_ONCE):
        some = gone[start : start + RETIRED_AT_ONCE]
        not_now = retire(writing, some) if one.is_written else bind_retired(writing, some)
        one.count_deactivated(some, not_now)
        refused += not_now
    return refused


def _retire_absent(one: Pass, register: Register[R], worklist: Worklist) -> bool:
    """Make inactive what is bound and no longer listed; False when that would be too much to believe. What
    Smartday refused before was believed then.
    """
    _ask_for_absent(one, register, worklist)
    absent, in_use = worklist.count_absent(), worklist.count_bound()
    one.run = replace(one.run, absent=one.run.deactivated + absent, in_use=in_use)
    kept = worklist.count_kept() if one.is_written else 0
    is_usual = may_deactivate(absent - kept, in_use, confirmed=0)
    if not is_usual and not may_deactivate(absent, in_use, one.cursor.confirmed):
        return False
    writing = _writing(one, register)
    refused: tuple[Result, ...] = ()
    while gone := worklist.take_absent(RETIRED_AT_ONCE):
        refused += _retire(one, writing, gone)
        one.tick()
    # Whoever goes on after a stop asks for these again: they count at the end, once.
    one.count_refused(refused)
    return True


def _ask_for_absent(one: Pass, register: Register[R], worklist: Worklist) -> None:
    """A list whose pages shift while it is read may leave records out: what is missing is asked for by id."""
    last = ""
    while absent := worklist.absent_after(last, SLICE):
        one.go_ahead(HAND_OVER)
        numbers = {binding.erp_id: binding.number for binding in absent}
        found = register.read(one.erp, dict.fromkeys(numbers, True), one.integration.settings)
        there = [erp_id for erp_id, record in found if number_of(record) == numbers[erp_id]]
        worklist.add_listed(Change(erp_id, numbers[erp_id], one.begun_at) for erp_id in there)
        last = absent[-1].number

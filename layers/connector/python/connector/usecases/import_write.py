"""Write the parts of a slice, at most two at the same time, and bind what was answered.

What Smartday has is unknown from before a batch is sent until it is answered clearly: what is bound loses
its fingerprint first, what is new is remembered with the run. So whatever stops a pass, what it may have half
done is written again, or made inactive when the ERP has it no longer by then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic

from connector.domain.binding import Binding
from connector.domain.import_result import Outcome, Result
from connector.domain.master_data import Upserted
from connector.errors import ConnectorError, RetryLater, Throttled
from connector.ports import FieldService, Together
from connector.stores import BindingStore
from connector.usecases.import_registers import R, Register
from connector.usecases.import_slice import Candidate, Part

AT_ONCE = 2
"""Batches under way at the same time (design 4.9); Bridge takes four calls, of which orders need some."""

RETIRED_AT_ONCE = 20
"""Each record is read before it is written, so these are as many calls and one."""

PASSING = frozenset({"locked", "internal", "maintenance", "rate_limited", "version_conflict"})
"""A record that Bridge rejects with one of these may be taken a moment later (contract smartday 4.9)."""


@dataclass(frozen=True, slots=True)
class Writing(Generic[R]):
    """How one pass writes. `go_ahead` is called before each round of calls, and may raise; `sending` is told
    of new records before they are sent; `check` raises when the ids mean nothing any more, before they are
    bound.
    """

    register: Register[R]
    agreement_number: str
    service: FieldService
    bindings: BindingStore
    together: Together
    go_ahead: Callable[[], None]
    sending: Callable[[Sequence[Binding]], None]
    check: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Written(Generic[R]):
    """A part that was sent, and what Bridge rejected of it."""

    part: Part[R]
    rejected: tuple[Result, ...] = ()


def write_parts(writing: Writing[R], parts: Sequence[Part[R]]) -> list[Written[R]]:
    """Write at most `AT_ONCE` parts that follow each other; gives those that were answered clearly, up to
    the first that wasn't, which is raised on when it is the first of all.
    """
    candidates = [one for part in parts for one in part.fresh]
    writing.go_ahead()
    writing.sending([one.binding for one in candidates if one.stored is None])
    _put(writing, [unknown for one in candidates if (unknown := _unknown(one)) not in (None, one.stored)])
    tries = _send(writing, [[one.record for one in part.fresh] for part in parts])
    writing.check()
    _put(writing, [one for pair in zip(parts, tries, strict=True) for one in _bindings(*pair)])
    done: list[Written[R]] = []
    for part, answer in zip(parts, tries, strict=True):
        if isinstance(answer, ConnectorError):
            if not done:
                raise answer
            break
        done.append(Written(part, _rejected(part, answer)))
    return done


def bind_unwritten(writing: Writing[R], part: Part[R]) -> None:
    """Bind without writing: were the register written one day, all of it would be."""
    writing.check()
    _put(writing, [one.binding.without_fingerprint() for one in part.fresh])


def bind_retired(writing: Writing[R], gone: Sequence[Binding]) -> tuple[Result, ...]:
    """Take out of use for orders alone; gives what `retire` gives, nothing."""
    writing.check()
    _put(writing, [one.retired() for one in gone])
    return ()


def retire(writing: Writing[R], gone: Sequence[Binding]) -> tuple[Result, ...]:
    """Make at most `RETIRED_AT_ONCE` records inactive in Smartday that the ERP has no longer; gives those
    that Bridge rejected, which orders name no more and the next full pass tries again.
    """
    writing.go_ahead()
    _put(writing, [one.without_fingerprint() for one in gone if one.fingerprint])
    answers = writing.register.retire(writing.service, [one.number for one in gone])
    refused = {one.external_number: one for one in answers if one.outcome == "rejected"}
    writing.check()
    _put(writing, [_kept(one) if one.number in refused else one.retired() for one in gone])
    return tuple(_rejection(refused[one.number], one.erp_id) for one in gone if one.number in refused)


def _unknown(one: Candidate[R]) -> Binding | None:
    """The binding while nobody knows what Smartday has: in use if that may be in use. None for a new one."""
    if one.stored is None:
        return None
    return (one.stored if one.stored.active else one.binding).without_fingerprint()


Answer = list[Upserted] | ConnectorError


def _send(writing: Writing[R], batches: Sequence[Sequence[R]]) -> list[Answer]:
    """What Bridge says of each batch, or the error it ended with; what failed is tried once more."""
    answers = writing.together([_job(writing, records) for records in batches])
    again = [_to_repeat(records, answer) for records, answer in zip(batches, answers, strict=True)]
    if not any(again):
        return answers
    writing.go_ahead()
    repeated = writing.together([_job(writing, records) for records in again])
    return [_merged(*one) for one in zip(answers, repeated, strict=True)]


def _job(writing: Writing[R], records: Sequence[R]) -> Callable[[], Answer]:
    def job() -> Answer:
        try:
            return writing.register.upsert(writing.service, records) if records else []
        except ConnectorError as error:
            return error

    return job


def _to_repeat(records: Sequence[R], answer: Answer) -> Sequence[R]:
    if isinstance(answer, list):
        passing = {one.external_number for one in answer if _is_passing(one)}
        return [record for record in records if record.external_number in passing]
    is_worth_it = isinstance(answer, RetryLater) and not isinstance(answer, Throttled)
    return records if is_worth_it else []


def _merged(first: Answer, second: Answer) -> Answer:
    """The second word counts where there is one."""
    if isinstance(first, ConnectorError):
        return second or first
    if isinstance(second, ConnectorError):
        return first
    later = {one.external_number: one for one in second}
    return [later.get(one.external_number, one) for one in first]


def _is_passing(one: Upserted) -> bool:
    return one.outcome == "rejected" and one.code in PASSING


def _bindings(part: Part[R], answer: Answer) -> list[Binding]:
    """What a rejected record is bound with says that it is to be written again."""
    if isinstance(answer, ConnectorError):
        return []
    refused = {one.number for one in _rejected(part, answer)}
    return [_refused(one) if one.binding.number in refused else one.binding for one in part.fresh]


def _refused(one: Candidate[R]) -> Binding:
    """To be written again; or made inactive, when the ERP drops what Smartday keeps in use."""
    binding = one.binding.without_fingerprint()
    is_kept = not binding.active and one.stored is not None and one.stored.active
    return _kept(binding) if is_kept else binding


def _kept(binding: Binding) -> Binding:
    """Out of use in the ERP, while Smartday keeps it in use."""
    return replace(binding, fingerprint="", active=True, blocked=True)


def _put(writing: Writing[R], bindings: Sequence[Binding]) -> None:
    if bindings:
        writing.bindings.put(writing.agreement_number, bindings)


def _rejected(part: Part[R], answer: Answer) -> tuple[Result, ...]:
    said = {one.external_number: one for one in answer} if isinstance(answer, list) else {}
    return tuple(
        _rejection(said[one.binding.number], one.binding.erp_id)
        for one in part.fresh
        if one.binding.number in said and said[one.binding.number].outcome == "rejected"
    )


def _rejection(said: Upserted, erp_id: int) -> Result:
    return Result(Outcome.REJECTED, said.external_number, erp_id, said.code or "rejected", said.field)

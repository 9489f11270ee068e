"""Customers and products written to Bridge, a batch at a time (contract smartday 4.2, 4.9, 4.13).

Decision: results are believed only when they are those of the records sent, in their order; anything else is
an unclear answer, and a batch is safe to send again.
"""

from collections.abc import Sequence
from typing import Literal

from connector.adapters.smartday.calls import BridgeCalls, read, segment
from connector.adapters.smartday.errors import TOO_LARGE, UNREADABLE
from connector.adapters.smartday.master_data import (
    INACTIVE,
    BatchResults,
    Body,
    HeldRecord,
    batch_body,
    retired,
)
from connector.domain.master_data import Customer, Product, Upserted
from connector.errors import NotFound, Refused, RetryLater, Side

LARGEST_BATCH = 100
"""Contract smartday 4.2."""

RETIRED_AT_ONCE = 20
"""One call each to read them and one to write: 21 of the 120 a minute (contract smartday 4.10), less than the
fifth that imports leave to orders.
"""

OUTCOMES = frozenset({"created", "updated", "unchanged", "rejected"})

NO_ADDRESS = frozenset({".", ".."})
"""Numbers that no path can name: clients and servers alike take them for places in it (RFC 3986, 5.2.4)."""

Register = Literal["customers", "products"]


def upsert(
    calls: BridgeCalls, register: Register, records: Sequence[Customer] | Sequence[Product]
) -> list[Upserted]:
    """Create or update at most 100 records; one result each, in the order sent."""
    if len(records) > LARGEST_BATCH:
        raise ValueError(f"at most {LARGEST_BATCH} records in a batch")
    return _write(calls, register, records, [one.external_number for one in records])


def retire(calls: BridgeCalls, register: Register, numbers: Sequence[str]) -> list[Upserted]:
    """Set at most 20 records inactive; one result each, in the order sent.

    All are read before any is written, so what fails on the way has changed nothing. What somebody changes
    in Smartday between the reading and the writing is lost: a batch has no condition on the version.
    """
    if len(numbers) > RETIRED_AT_ONCE:
        raise ValueError(f"at most {RETIRED_AT_ONCE} records are retired at once")
    results: dict[str, Upserted] = {}
    to_write: dict[str, Body] = {}
    for number in dict.fromkeys(numbers):
        try:
            held = _held(calls, register, number)
        except NotFound:
            results[number] = Upserted(number, "unchanged")
        except Refused as refused:
            results[number] = Upserted(number, "rejected", refused.code)
        else:
            if held.get("state") == INACTIVE:
                results[number] = Upserted(number, "unchanged")
            else:
                to_write[number] = retired(held, number)
    written = _write(calls, register, list(to_write.values()), list(to_write))
    results |= {one.external_number: one for one in written}
    return [results[number] for number in numbers]


def _held(calls: BridgeCalls, register: Register, number: str) -> Body:
    """The record as Bridge holds it, with every field; `RetryLater` when the answer isn't this record."""
    if number in NO_ADDRESS:
        raise Refused(Side.SMARTDAY, "number_without_address")
    what = f"{register.removesuffix('s')} {number}"
    held = calls.send("GET", f"/{register}/{segment(number)}", what=what)
    if read(HeldRecord, held).external_number != number:
        raise RetryLater(UNREADABLE)
    return held


def _write(
    calls: BridgeCalls,
    register: Register,
    records: Sequence[Customer] | Sequence[Product] | Sequence[Body],
    numbers: Sequence[str],
) -> list[Upserted]:
    """The records, which have these numbers, as a batch, in halves while Bridge finds it too large."""
    if not records:
        return []
    try:
        answer = read(BatchResults, calls.send("POST", f"/{register}:batch", content=batch_body(records)))
    except Refused as refused:
        if refused.code != TOO_LARGE:
            raise
        if len(records) == 1:
            return [Upserted(numbers[0], "rejected", TOO_LARGE)]
        half = len(records) // 2
        first = _write(calls, register, records[:half], numbers[:half])
        return first + _write(calls, register, records[half:], numbers[half:])
    if [result.external_number for result in answer.results] != list(numbers):
        raise RetryLater(UNREADABLE)
    if any(result.outcome not in OUTCOMES for result in answer.results):
        raise RetryLater(UNREADABLE)
    return [result.to_domain() for result in answer.results]

"""The HTTP client and the keeper of the pace, without a network."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import pytest

from connector.adapters.http import PaceKeeper, paced_client
from connector.domain.pace import Pace
from connector.errors import Side, Throttled
from connector.stores import SessionStore

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
AGREEMENT = "104477"


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class PaceRow:
    """The pace part of a session store, counting reads and writes."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.stored = pace or Pace()
        self.reads = 0
        self.writes = 0

    def pace(self, agreement_number: str, side: Side) -> Pace:
        assert agreement_number == AGREEMENT
        self.reads += 1
        return self.stored

    def swap_pace(self, agreement_number: str, side: Side, known: Pace, pace: Pace) -> bool:
        if self.stored != known:
            return False
        self.stored = pace
        self.writes += 1
        return True


def keeper(row: PaceRow, clock: Clock, side: Side = Side.SMARTDAY) -> PaceKeeper:
    return PaceKeeper(cast(SessionStore, row), AGREEMENT, side, clock)


def client(
    answer: Callable[[httpx.Request], httpx.Response], pace: PaceKeeper, side: Side = Side.SMARTDAY
) -> httpx.Client:
    return paced_client(
        side,
        "https://side.example/v1",
        pace,
        timeout=httpx.Timeout(5),
        headers={"X-Ours": "1"},
        transport=httpx.MockTransport(answer),
    )


def test_the_store_is_read_once_and_a_normal_call_writes_nothing() -> None:
    row = PaceRow(Pace(limit=120, remaining=100))
    pace = keeper(row, Clock())
    for remaining in range(99, 30, -1):
        pace.check()
        pace.answered(120, remaining, NOW + timedelta(seconds=60))
    assert (row.reads, row.writes) == (1, 0)
    assert pace.current().remaining == 31


def test_nothing_is_read_before_the_first_use() -> None:
    row = PaceRow()
    keeper(row, Clock())
    assert row.reads == 0


def test_an_allowance_that_crosses_the_import_reserve_is_told_to_everybody_once() -> None:
    row = PaceRow(Pace(limit=120, remaining=100))
    pace = keeper(row, Clock())
    for remaining in (24, 23, 22, 21):
        pace.answered(120, remaining, NOW + timedelta(seconds=remaining))
    assert row.writes == 1
    assert row.stored.remaining == 23
    pace.answered(120, 119, NOW + timedelta(seconds=60))
    assert row.writes == 2


def test_a_larger_limit_is_remembered_because_the_erp_announces_only_what_remains() -> None:
    row = PaceRow()
    pace = keeper(row, Clock(), Side.ERP)
    pace.answered(None, 900, None)
    pace.answered(None, 899, None)
    assert (row.writes, row.stored.limit) == (1, 900)


def test_a_blocked_side_is_not_called() -> None:
    calls: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(200)

    clock = Clock()
    row = PaceRow(Pace(blocked_until=NOW + timedelta(seconds=12)))
    with client(answer, keeper(row, clock)) as side:
        with pytest.raises(Throttled) as stopped:
            side.get("/agreement")
        assert not calls
        assert stopped.value.until == NOW + timedelta(seconds=12)
        clock.now += timedelta(seconds=12)
        side.get("/agreement")
    assert len(calls) == 1


def test_being_told_to_stay_away_is_stored_at_once_and_holds_against_answers_on_their_way() -> None:
    row, clock = PaceRow(), Clock()
    one, other = keeper(row, clock), keeper(row, clock)
    other.check()
    one.throttled(NOW + timedelta(seconds=30))
    other.failed()
    other.answered()
    assert row.stored == Pace(blocked_until=NOW + timedelta(seconds=30))
    clock.now += timedelta(seconds=30)
    one.check()
    other.check()


def test_processes_that_fail_at_the_same_moment_are_all_counted() -> None:
    row, clock = PaceRow(), Clock()
    workers = [keeper(row, clock) for _ in range(5)]
    for worker in workers:
        worker.check()
    for worker in workers:
        worker.failed()
    assert row.stored == Pace(failures=5, blocked_until=NOW + timedelta(seconds=15))


def test_after_a_rest_one_process_tries_and_its_answer_lets_all_go_on() -> None:
    row, clock = PaceRow(Pace(failures=5, blocked_until=NOW)), Clock()
    prober, other = keeper(row, clock), keeper(row, clock)
    prober.check()
    prober.check()
    with pytest.raises(Throttled) as stopped:
        other.check()
    assert stopped.value.until == NOW + timedelta(seconds=15)
    assert row.stored.is_blocked(NOW + timedelta(seconds=105))
    prober.answered()
    other.check()
    assert row.stored == Pace()


def test_a_process_that_read_the_end_of_a_rest_before_another_tried_stays_away_too() -> None:
    row, clock = PaceRow(Pace(failures=5, blocked_until=NOW)), Clock()
    slow, prober = keeper(row, clock), keeper(row, clock)
    assert slow.current().needs_probe(NOW)
    prober.check()
    with pytest.raises(Throttled):
        slow.check()


def test_a_try_that_fails_doubles_the_rest() -> None:
    row, clock = PaceRow(Pace(failures=5, blocked_until=NOW)), Clock()
    prober = keeper(row, clock)
    prober.check()
    prober.failed()
    assert row.stored == Pace(failures=6, blocked_until=NOW + timedelta(seconds=30))
    with pytest.raises(Throttled):
        prober.check()


def test_a_process_that_died_while_it_tried_is_followed_by_another() -> None:
    row, clock = PaceRow(Pace(failures=5, blocked_until=NOW)), Clock()
    dead, next_one = keeper(row, clock), keeper(row, clock)
    dead.check()
    clock.now += timedelta(minutes=2)
    next_one.check()
    with pytest.raises(Throttled):
        dead.check()


def test_an_old_block_that_somebody_lifted_stops_nobody_and_is_not_written_again() -> None:
    row, clock = PaceRow(Pace(failures=7, blocked_until=NOW + timedelta(minutes=1))), Clock()
    long_import, other = keeper(row, clock), keeper(row, clock)
    with pytest.raises(Throttled):
        long_import.check()
    other.answered()
    long_import.check()
    long_import.failed()
    assert row.stored == Pace(failures=1)


def test_a_success_counts_on_top_of_what_others_wrote_meanwhile() -> None:
    row, clock = PaceRow(Pace(failures=1)), Clock()
    steady, unlucky = keeper(row, clock), keeper(row, clock)
    steady.check()
    for _ in range(3):
        unlucky.failed()
    steady.answered(120, 100, NOW)
    assert row.stored == Pace(limit=120, remaining=100, reset_at=NOW)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_five_failed_answers_in_a_row_give_the_side_a_rest(status: int) -> None:
    row = PaceRow()
    with client(lambda _: httpx.Response(status), keeper(row, Clock())) as side:
        for _ in range(5):
            assert side.get("/agreement").status_code == status
        with pytest.raises(Throttled):
            side.get("/agreement")
    assert row.stored.failures == 5
    assert row.stored.blocked_until == NOW + timedelta(seconds=15)


def test_a_connection_that_fails_counts_and_the_error_stays_what_it_was() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    row = PaceRow()
    with client(refuse, keeper(row, Clock())) as side, pytest.raises(httpx.ConnectError):
        side.get("/agreement")
    assert row.stored.failures == 1


def test_a_body_that_breaks_off_counts_too() -> None:
    class Broken(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"{"
            raise httpx.ReadError("reset")

    row = PaceRow()
    with (
        client(lambda _: httpx.Response(200, stream=Broken()), keeper(row, Clock())) as side,
        pytest.raises(httpx.ReadError),
    ):
        side.get("/agreement")
    assert row.stored.failures == 1


def test_a_soap_fault_is_not_counted_here() -> None:
    row = PaceRow()
    with client(lambda _: httpx.Response(500), keeper(row, Clock(), Side.ERP), Side.ERP) as side:
        side.post("/InvoiceService.asmx")
    assert row.stored.failures == 0


def test_cookies_are_not_kept_and_redirects_not_followed() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"Set-Cookie": "s=1; Path=/", "Location": "https://else.example/"})

    with client(answer, keeper(PaceRow(), Clock())) as side:
        assert side.get("/agreement").status_code == 302
        side.get("/agreement")
        assert len(side.cookies) == 0
    assert [str(request.url) for request in seen] == ["https://side.example/v1/agreement"] * 2
    assert "cookie" not in seen[1].headers
    assert seen[0].headers["X-Ours"] == "1"
    assert seen[0].headers["User-Agent"].startswith("smartday-24sevenoffice-connector/")


def test_the_environments_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    with paced_client(
        Side.SMARTDAY, "https://side.example", keeper(PaceRow(), Clock()), timeout=httpx.Timeout(5)
    ) as side:
        assert not side.trust_env
        assert not side._mounts

"""Cursors, leases and derived secrets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.domain.derived_keys import session_signing_key, webhook_secret
from connector.domain.integration import IntegrationState
from connector.domain.stream import (
    LOOK_BACK,
    NUMBERS_KEPT,
    Cursor,
    Note,
    Run,
    RunState,
    Stream,
    with_notes,
)
from tests.builders import integration

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)


def test_a_cursor_that_never_moved_asks_for_everything() -> None:
    assert Cursor("104477", Stream.CUSTOMERS).since() is None


def test_a_cursor_asks_a_little_before_its_watermark() -> None:
    assert Cursor("104477", Stream.CUSTOMERS, watermark=NOW).since() == NOW - LOOK_BACK


def test_a_lease_ends_at_its_time() -> None:
    cursor = Cursor("104477", Stream.CUSTOMERS, lease_owner="me", lease_until=NOW)
    assert cursor.is_leased(NOW - timedelta(seconds=1))
    assert not cursor.is_leased(NOW)
    assert not Cursor("104477", Stream.CUSTOMERS).is_leased(NOW)


def test_only_an_active_integration_is_worked_for() -> None:
    assert integration().is_active
    assert not replace(integration(), state=IntegrationState.PAUSED).is_active


def test_derived_secrets_differ_by_agreement_generation_and_purpose() -> None:
    secrets = {
        webhook_secret(b"key", "104477", 1),
        webhook_secret(b"key", "104477", 2),
        webhook_secret(b"key", "104478", 1),
        webhook_secret(b"other", "104477", 1),
        session_signing_key(b"key"),
    }
    assert len(secrets) == 5
    assert all(len(secret) == 64 for secret in secrets)


def test_notes_count_on_and_keep_the_first_examples() -> None:
    notes = with_notes((), (), [("name_shortened", "1"), ("email_invalid", "2")])
    notes = with_notes(notes, (), [("name_shortened", str(number)) for number in range(100, 200)])
    assert [(one.code, one.count) for one in notes] == [("name_shortened", 101), ("email_invalid", 1)]
    assert len(notes[0].numbers) == NUMBERS_KEPT
    assert notes[1] == Note("email_invalid", 1, ("2",))


def test_a_note_is_gone_when_its_record_is_written_without_it() -> None:
    notes = with_notes((), (), [("name_shortened", "1"), ("name_shortened", "2"), ("email_invalid", "2")])
    assert with_notes(notes, {"2"}, []) == (Note("name_shortened", 1, ("1",)),)


def test_the_pace_of_a_run_says_how_long_it_still_takes() -> None:
    begun = Run("r-1", RunState.RUNNING, NOW, total=100, updated_at=NOW)
    assert (begun.per_second, begun.time_left) == (None, None)
    half = replace(begun, seen=50, updated_at=NOW + timedelta(seconds=20))
    assert (half.per_second, half.time_left) == (2.5, timedelta(seconds=20))
    ended = replace(half, state=RunState.FINISHED)
    assert (ended.per_second, ended.time_left) == (2.5, None)


def test_people_see_a_full_pass_that_waits_for_them_unless_one_is_under_way() -> None:
    held, later = Run("r-1", RunState.HELD, NOW), Run("r-2", RunState.FINISHED, NOW)
    cursor = Cursor("104477", Stream.CUSTOMERS, run=later, held=held)
    assert cursor.shown_run == held
    running = replace(later, state=RunState.RUNNING)
    assert replace(cursor, run=running).shown_run == running
    assert replace(cursor, held=None).shown_run == later
    assert [cursor.knows(one) for one in ("r-1", "r-2", "r-3")] == [True, True, False]


def test_on_another_basis_nothing_is_held_or_confirmed() -> None:
    cursor = Cursor("104477", Stream.CUSTOMERS, basis="501", held=Run("r-1", RunState.HELD, NOW), confirmed=5)
    anew = cursor.resting_on("502")
    assert (anew.held, anew.confirmed) == (None, 0)

"""What is shown: status, tasks and sessions as plain JSON values; times as RFC 3339 in UTC, money as text."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from connector.domain.integration import ErpCompany, Integration, IntegrationState
from connector.domain.local_time import date_and_time_text
from connector.domain.matches import Match, MatchReview
from connector.domain.settings import Settings
from connector.domain.stream import Run, Stream
from connector.domain.task_record import Attempt, Entry, TaskRecord, TaskState
from connector.domain.web_session import WebSession
from connector.usecases.activate_integration import Connection
from connector.usecases.show_status import COUNTED, Status, Trouble
from connector.web.import_errors import error_words
from connector.web.import_notes import note_document
from connector.web.reasons import reason_document, refusal_words

NAMES: Mapping[str, tuple[str, str]] = {
    "customers": ("kunder", "customers"),
    "products": ("varer", "products"),
    "smartday": ("Smartday", "Smartday"),
    "twentyfoursevenoffice": ("24SevenOffice", "24SevenOffice"),
}

TROUBLES: Mapping[str, tuple[str, str]] = {
    "credentials_rejected": (
        "{why} Alt venter siden {at}. Legg inn riktig innlogging; den lagrede prøves hvert kvarter.",
        "{why_en} All waits since {at}. Enter the right login; the stored one is tried every 15 minutes.",
    ),
    "import_failed": (
        "Importen av {about} stoppet. {stop} Den prøves igjen av seg selv.",
        "The import of {about_en} stopped. {stop_en} It is tried again by itself.",
    ),
    "import_held": (
        "{count} av {in_use} {about} er ikke lenger i 24SevenOffice. Ingen blir inaktive før noen bekrefter.",
        "{count} of {in_use} {about_en} are no longer in 24SevenOffice. None becomes inactive unconfirmed.",
    ),
    "matches_unconfirmed": (
        "Importen av {about} venter på at noen bekrefter hvordan registrene passer sammen.",
        "The import of {about_en} waits for somebody to confirm how the registers match.",
    ),
    "side_blocked": (
        "{about} tar ikke imot flere kall før {until}.",
        "{about_en} takes no more calls until {until}.",
    ),
}


LOOKED_FOR = "outcome_looked_for"
"""What is shown of a state that says it all to a program, and nothing to people."""


def status_document(status: Status, proven: Connection | None = None) -> dict[str, Any]:
    """The status document; `proven` names what a check found but didn't store."""
    integration = status.integration
    name = integration.agreement_name if integration else None
    company = integration.erp_company if integration else None
    return {
        "agreement_number": status.agreement_number,
        "agreement_name": proven.agreement_name if proven else name,
        "state": str(integration.state if integration else IntegrationState.NOT_ACTIVATED),
        "erp_company": _company(proven.erp_company if proven else company),
        "settings": asdict(integration.settings if integration else Settings()),
        "settings_version": integration.settings_version if integration else 1,
        "start": _time(integration.start) if integration else None,
        "imports": {str(stream): _run(run) for stream, run in status.imports.items()},
        "tasks": {
            str(state): count if count <= COUNTED else f"{COUNTED}+" for state, count in status.tasks.items()
        },
        "errors": [_trouble(one) for one in status.troubles],
    }


def settings_document(integration: Integration | None) -> dict[str, Any]:
    """The settings and what they were, oldest first; before activation the defaults."""
    history = integration.settings_history if integration else ()
    return {
        "version": integration.settings_version if integration else 1,
        "settings": asdict(integration.settings if integration else Settings()),
        "history": [
            {"version": one.version, "until": _time(one.until), "settings": asdict(one.settings)}
            for one in history
        ],
    }


def matches_document(reviews: Mapping[Stream, MatchReview]) -> dict[str, Any]:
    """How customers and products of the two sides match, by stream."""
    return {str(stream): _review(review) for stream, review in reviews.items()}


def task_document(record: TaskRecord) -> dict[str, Any]:
    """One task record with its history."""
    return {
        "task_id": record.task_id,
        "state": str(record.state),
        "reason": _reason(record.reason or (LOOKED_FOR if record.state is TaskState.UNKNOWN else None)),
        "detail": record.detail,
        "wanted_version": record.wanted_version,
        "handled_version": record.handled_version,
        "orders": [_order(attempt) for attempt in record.attempts],
        "due_at": _time(record.due_at),
        "created_at": _time(record.created_at),
        "changed_at": _time(record.changed_at),
        "history": [_entry(entry) for entry in record.history],
    }


def session_document(token: str, session: WebSession) -> dict[str, Any]:
    """What a program keeps of its session (contract smartday 4.13)."""
    return {"token": token, "expires_at": _time(session.expires_at)}


def _company(company: ErpCompany | None) -> dict[str, str] | None:
    return {"id": company.id, "name": company.name} if company else None


def _review(review: MatchReview) -> dict[str, Any]:
    report = review.report
    return {
        "state": str(review.state),
        "confirmed_by": review.confirmed_by,
        "confirmed_at": _time(review.confirmed_at),
        "compared_at": _time(report.compared_at) if report else None,
        "counts": {str(kind): count for kind, count in report.counts.items()} if report else None,
        "conflicts": report.conflicts if report else None,
        "matches": [_match(one) for one in report.matches] if report else [],
    }


def _match(match: Match) -> dict[str, str | None]:
    return {name: value and str(value) for name, value in asdict(match).items()}


def _run(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "run_id": run.run_id,
        "state": str(run.state),
        "started_at": _time(run.started_at),
        "updated_at": _time(run.updated_at),
        "finished_at": _time(run.finished_at),
        "full": run.full,
        "total": run.total,
        "seen": run.seen,
        "written": run.written,
        "unchanged": run.unchanged,
        "set_aside": run.set_aside,
        "rejected": run.rejected,
        "absent": run.absent,
        "in_use": run.in_use,
        "deactivated": run.deactivated,
        "records_per_second": round(run.per_second or 0.0, 1),
        "seconds_left": None if run.time_left is None else math.ceil(run.time_left.total_seconds()),
        "error": run.error,
        "notes": [note_document(one) for one in run.notes],
    }


def _trouble(trouble: Trouble) -> dict[str, Any]:
    nb, en = TROUBLES[trouble.code]
    about, about_en = NAMES[trouble.about] if trouble.about else ("", "")
    until = date_and_time_text(trouble.until) if trouble.until else ""
    at = date_and_time_text(trouble.at) if trouble.at else ""
    why, why_en = refusal_words(trouble.about or "", trouble.detail or "")
    stop, stop_en = error_words(trouble.detail or "")
    held = trouble.run
    counts = {"count": held.unconfirmed, "in_use": held.in_use} if held else {}
    return {
        "code": trouble.code,
        "about": trouble.about,
        "message": nb.format(about=about, until=until, at=at, why=why, stop=stop, **counts),
        "message_en": en.format(
            about_en=about_en, until=until, at=at, why_en=why_en, stop_en=stop_en, **counts
        ),
        "detail": trouble.detail,
        "at": _time(trouble.at),
        "run_id": held.run_id if held else None,
    }


def _order(attempt: Attempt) -> dict[str, Any]:
    return {
        "ordinal": attempt.ordinal,
        "order_id": attempt.order_id,
        "net_total": f"{attempt.contents.net_total:.2f}" if attempt.contents.task_version else None,
        "registration_ids": list(attempt.registration_ids),
        "gone": attempt.is_gone,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": _time(entry.at),
        "state": str(entry.state),
        "version": entry.version,
        "reason": _reason(entry.reason),
        "detail": entry.detail,
    }


def _reason(code: str | None) -> dict[str, str] | None:
    return reason_document(code) if code else None


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

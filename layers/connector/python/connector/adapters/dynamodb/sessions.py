"""What expires, in DynamoDB: ERP sessions and login claims, paces, failed proofs, ended web sessions.

DynamoDB deletes an expired row up to days late, so each read looks at `expires_at` itself. The row
`erp_session` is either a session or, without `session_id`, the claim of the process that is logging in; with
`refused`, of one whose login was refused, so that nobody repeats it.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from connector.adapters.aws import translated
from connector.adapters.dynamodb import codec, tables
from connector.adapters.dynamodb.codec import Item
from connector.domain.pace import Pace
from connector.errors import Side, Stale
from connector.ports import Clock

if TYPE_CHECKING:
    from boto3.dynamodb.conditions import ConditionBase
    from mypy_boto3_dynamodb.service_resource import Table

SESSION_KEPT = timedelta(hours=24)
"""No session is known to live longer (contract 24sevenoffice 2.1); a fault ends it sooner."""

PACE_KEPT = timedelta(hours=24)
"""Far longer than any back-off or announced reset."""

PROOFS_KEPT = timedelta(hours=1)
"""How long a window's count stays after the window."""


class DynamoSessionStore:
    """`SessionStore` on the table `sessions`; `clock` tells what has expired."""

    def __init__(self, table: "Table", clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def erp_session(self, agreement_number: str) -> str | None:
        """See `SessionStore.erp_session`."""
        item = self._live(agreement_number, "erp_session", self._clock())
        return item.get("session_id") if item else None

    def put_erp_session(self, agreement_number: str, session_id: str) -> None:
        """See `SessionStore.put_erp_session`; ends a claim."""
        expires_at = self._clock() + SESSION_KEPT
        self._put(agreement_number, "erp_session", expires_at, session_id=session_id)

    def bring_erp_session(
        self, agreement_number: str, session_id: str, rests_until: datetime | None = None
    ) -> bool:
        """See `SessionStore.bring_erp_session`; ends a claim."""
        expires_at = codec.epoch(self._clock() + SESSION_KEPT)
        row = {**_key(agreement_number, "erp_session"), "session_id": session_id, "expires_at": expires_at}
        rest = {"rests_until": codec.epoch(rests_until)} if rests_until else {}
        return self._without_session(row | rest)

    def claim_login(self, agreement_number: str, expired: str | None, now: datetime, until: datetime) -> bool:
        """See `SessionStore.claim_login`; a claim takes the dead session away."""
        from boto3.dynamodb.conditions import Attr

        free: ConditionBase = Attr("session_key").not_exists() | Attr("expires_at").lte(_exact(now))
        if expired is not None:
            rested = Attr("rests_until").not_exists() | Attr("rests_until").lte(_exact(now))
            free = free | (Attr("session_id").eq(expired) & rested)
        claim = {**_key(agreement_number, "erp_session"), "expires_at": codec.epoch(until)}
        try:
            tables.put_if(self._table, claim, free)
        except Stale:
            return False
        return True

    def refuse_login(self, agreement_number: str, code: str, until: datetime) -> None:
        """See `SessionStore.refuse_login`; a session that somebody put there meanwhile stays."""
        row = {**_key(agreement_number, "erp_session"), "refused": code, "expires_at": codec.epoch(until)}
        self._without_session(row)

    def refused_login(self, agreement_number: str) -> str | None:
        """See `SessionStore.refused_login`."""
        item = self._live(agreement_number, "erp_session", self._clock())
        return item.get("refused") if item else None

    def pace(self, agreement_number: str, side: Side) -> Pace:
        """See `SessionStore.pace`."""
        item = self._live(agreement_number, f"pace#{side}", self._clock())
        return codec.load(Pace, item) if item else Pace()

    def swap_pace(self, agreement_number: str, side: Side, known: Pace, pace: Pace) -> bool:
        """See `SessionStore.swap_pace`."""
        now = self._clock()
        key = _key(agreement_number, f"pace#{side}")
        row = {**codec.dump(pace), **key, "expires_at": codec.epoch(now + PACE_KEPT)}
        try:
            tables.put_if(self._table, row, _still(known, now))
        except Stale:
            return False
        return True

    def count_failed_proof(self, agreement_number: str, window_end: datetime) -> int:
        """See `SessionStore.count_failed_proof`."""
        with translated():
            answer = self._table.update_item(
                Key=_key(agreement_number, _proofs(window_end)),
                UpdateExpression="ADD failures :one SET expires_at = :end",
                ExpressionAttributeValues={":one": 1, ":end": codec.epoch(window_end + PROOFS_KEPT)},
                ReturnValues="UPDATED_NEW",
            )
        return _failures(answer["Attributes"])

    def failed_proofs(self, agreement_number: str, window_end: datetime) -> int:
        """See `SessionStore.failed_proofs`; the key names the window, so age doesn't matter."""
        item = tables.get(self._table, _key(agreement_number, _proofs(window_end)))
        return _failures(item) if item else 0

    def end_token(self, agreement_number: str, token_id: str, expires_at: datetime) -> None:
        """See `SessionStore.end_token`."""
        self._put(agreement_number, f"ended#{token_id}", expires_at)

    def is_token_ended(self, agreement_number: str, token_id: str, now: datetime) -> bool:
        """See `SessionStore.is_token_ended`."""
        return self._live(agreement_number, f"ended#{token_id}", now) is not None

    def _live(self, agreement_number: str, session_key: str, now: datetime) -> Item | None:
        item = tables.get(self._table, _key(agreement_number, session_key))
        return item if item and item["expires_at"] > _exact(now) else None

    def _without_session(self, row: Item) -> bool:
        """Put the row unless a session is there."""
        from boto3.dynamodb.conditions import Attr

        try:
            tables.put_if(self._table, row, Attr("session_id").not_exists())
        except Stale:
            return False
        return True

    def _put(self, agreement_number: str, session_key: str, expires_at: datetime, **values: Any) -> None:
        key = _key(agreement_number, session_key)
        with translated():
            self._table.put_item(Item={**values, **key, "expires_at": codec.epoch(expires_at)})


def _still(known: Pace, now: datetime) -> "ConditionBase":
    """The stored pace says what `known` says; nothing, or something expired, says `Pace()`."""
    from boto3.dynamodb.conditions import Attr

    said = codec.dump(known)
    conditions: list[ConditionBase] = [
        Attr(field.name).eq(said[field.name]) if field.name in said else Attr(field.name).not_exists()
        for field in fields(Pace)
    ]
    same = reduce(and_, conditions)
    if known == Pace():
        return same | Attr("session_key").not_exists() | Attr("expires_at").lte(_exact(now))
    return same


def _key(agreement_number: str, session_key: str) -> dict[str, str]:
    return {"agreement_number": agreement_number, "session_key": session_key}


def _proofs(window_end: datetime) -> str:
    return f"failed_proofs#{codec.epoch(window_end)}"


def _failures(item: Mapping[str, Any]) -> int:
    return int(item["failures"])


def _exact(time: datetime) -> Decimal:
    return Decimal(str(time.timestamp()))

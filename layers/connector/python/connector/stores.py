"""What is stored, in the use cases' own words; the DynamoDB adapters and the test fakes keep these promises.

All times are aware and UTC. Every method may raise `RetryLater` when the store can't be reached.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connector.domain.binding import Binding, Kind
from connector.domain.field_customer import CustomerClaim
from connector.domain.import_result import Result, ResultPage
from connector.domain.integration import Credentials, Integration, IntegrationState
from connector.domain.matches import MatchReview
from connector.domain.pace import Pace
from connector.domain.stream import Cursor, Stream
from connector.domain.task_record import TaskRecord, TaskState
from connector.errors import Side


class TaskStore(Protocol):
    """Task records. `save` writes only when the stored revision equals the record's, else `Stale`."""

    def get(self, agreement_number: str, task_id: str) -> TaskRecord | None:
        """The record, strongly consistent."""

    def save(self, record: TaskRecord) -> TaskRecord:
        """Store it under the next revision and give it back so. Raises `Stale`."""

    def handled_versions(self, agreement_number: str, task_ids: Sequence[str]) -> Mapping[str, int]:
        """Task id → the highest version heard of, for those that have a record."""

    def ordered(self, agreement_number: str, task_ids: Sequence[str]) -> frozenset[str]:
        """Those of the tasks whose record has an order."""

    def due(self, now: datetime, limit: int) -> list[TaskRecord]:
        """Records whose `due_at` has passed, oldest first."""

    def page(
        self, agreement_number: str, state: TaskState | None, cursor: str | None, limit: int
    ) -> tuple[list[TaskRecord], str | None]:
        """Records of one state (None = all), newest change first per state; and the next cursor.

        Raises `ValueError` for a cursor that isn't ours.
        """

    def waiting(self, agreement_number: str, keys: Sequence[str]) -> list[TaskRecord]:
        """Records that wait for one of these keys; may lag a moment behind the latest `save`."""

    def waited_for(self, agreement_number: str, prefix: str) -> frozenset[str]:
        """All keys with this prefix that records wait for; may lag in the same way."""

    def by_order(self, agreement_number: str, order_id: str) -> TaskRecord | None:
        """The record whose latest order has that id."""

    def count(self, agreement_number: str, state: TaskState, at_most: int) -> int:
        """How many records have that state; counting stops at `at_most`."""


class IntegrationStore(Protocol):
    """Integrations, and which agreement an ERP company belongs to."""

    def get(self, agreement_number: str) -> Integration | None:
        """The integration, strongly consistent."""

    def save(self, integration: Integration) -> Integration:
        """Store it under the next revision and give it back so. Raises `Stale`."""

    def at_work(self) -> Iterator[tuple[str, IntegrationState]]:
        """Agreement number and state of each integration that is active, or whose login was refused (the only
        scan).
        """

    def claim_company(self, company_id: str, agreement_number: str) -> str:
        """Tie an ERP company to the agreement unless it is tied; gives the agreement it is tied to now."""

    def release_company(self, company_id: str, agreement_number: str) -> None:
        """Untie the company if it is tied to this agreement."""


class BindingStore(Protocol):
    """Bindings, keyed by kind and Smartday number."""

    def get(self, agreement_number: str, kind: Kind, numbers: Iterable[str]) -> dict[str, Binding]:
        """Number → binding, for those that exist; any amount of numbers."""

    def put(self, agreement_number: str, bindings: Sequence[Binding]) -> None:
        """Store or replace them; any amount."""

    def all(self, agreement_number: str, kind: Kind) -> Iterator[Binding]:
        """Every binding of a kind, in no particular order."""


class CustomerClaimStore(Protocol):
    """Who creates which field-made customer. `save` is conditional on the revision, else `Stale`."""

    def get(self, agreement_number: str, smartday_id: str) -> CustomerClaim | None:
        """The claim, strongly consistent."""

    def save(self, claim: CustomerClaim) -> CustomerClaim:
        """Store it under the next revision and give it back so. Raises `Stale`."""

    def forget_all(self, agreement_number: str) -> None:
        """Take all claims of the agreement away; whoever works on one meets `Stale`."""


class MatchStore(Protocol):
    """Match reports with a person's word on them. `save` is conditional on the revision, else `Stale`."""

    def get(self, agreement_number: str, stream: Stream) -> MatchReview | None:
        """The review, strongly consistent."""

    def save(self, review: MatchReview) -> MatchReview:
        """Store it under the next revision and give it back so. Raises `Stale`."""


class CursorStore(Protocol):
    """Cursors with their runs. `save` is conditional on the revision, else `Stale`."""

    def get(self, agreement_number: str, stream: Stream) -> Cursor | None:
        """The cursor, strongly consistent."""

    def save(self, cursor: Cursor) -> Cursor:
        """Store it under the next revision and give it back so. Raises `Stale`."""


class ImportResultStore(Protocol):
    """What became of the records that import runs didn't write, for as long as each put says."""

    def put(
        self,
        agreement_number: str,
        stream: Stream,
        run_id: str,
        place: int,
        results: Sequence[Result],
        expires_at: datetime,
    ) -> None:
        """Keep these as all the results at this place of the run, instead of what was put there before.

        `place` (0 or more) orders the puts of a run: the id that a slice ends with, say. One put takes at
        least 5,000 results; none at all leaves none at that place. They are gone after `expires_at` (UTC).
        """

    def page(self, agreement_number: str, run_id: str, cursor: str | None) -> ResultPage:
        """Whole puts by ascending place, from the cursor on, until `RESULTS_A_PAGE` results are together.

        The last page may be empty. The cursor is URL-safe text. Raises `ValueError` for one that isn't ours.
        """


class SessionStore(Protocol):
    """What expires: the ERP session, the pace of each side, failed login proofs, ended web sessions."""

    def erp_session(self, agreement_number: str) -> str | None:
        """The session id that all calls of the integration share."""

    def put_erp_session(self, agreement_number: str, session_id: str) -> None:
        """Keep a fresh session for everybody."""

    def bring_erp_session(
        self, agreement_number: str, session_id: str, rests_until: datetime | None = None
    ) -> bool:
        """Keep the session that a claimed login gave; False when somebody put another there meanwhile.
        Nobody logs in again before `rests_until` (UTC).
        """

    def claim_login(self, agreement_number: str, expired: str | None, now: datetime, until: datetime) -> bool:
        """True for the one process that may log in after session `expired` ended (or none existed).

        False when another claim is live, the stored session is no longer `expired` or rests, or a login was
        refused.
        """

    def refuse_login(self, agreement_number: str, code: str, until: datetime) -> None:
        """Note that a claimed login was refused: nobody logs in until then, unless a session is put there."""

    def refused_login(self, agreement_number: str) -> str | None:
        """The code that the last login was refused with, as long as nobody may log in for it."""

    def pace(self, agreement_number: str, side: Side) -> Pace:
        """The last known pace; a new Pace when nothing is known."""

    def swap_pace(self, agreement_number: str, side: Side, known: Pace, pace: Pace) -> bool:
        """Remember `pace` for everybody if the last known one still is `known`; False when it isn't."""

    def count_failed_proof(self, agreement_number: str, window_end: datetime) -> int:
        """Add one failed login proof to the window that ends then; gives the new count."""

    def failed_proofs(self, agreement_number: str, window_end: datetime) -> int:
        """Failed login proofs in that window."""

    def end_token(self, agreement_number: str, token_id: str, expires_at: datetime) -> None:
        """Remember that a web session was ended by its user."""

    def is_token_ended(self, agreement_number: str, token_id: str, now: datetime) -> bool:
        """True when that web session was ended."""


class SecretStore(Protocol):
    """Logins of integrations, and the master key that other secrets are derived from."""

    def credentials(self, agreement_number: str, refresh: bool = False) -> Credentials | None:
        """Both logins; at most 5 minutes old, or read anew with `refresh`."""

    def put_credentials(self, agreement_number: str, credentials: Credentials) -> None:
        """Store both logins."""

    def master_key(self) -> bytes:
        """The key that webhook secrets and web sessions are derived from."""

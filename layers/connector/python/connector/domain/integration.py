"""One customer's activated connection: its state, its settings and what they were before, its logins."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from connector.domain.settings import HISTORY_LIMIT, Settings, SettingsVersion


class IntegrationState(StrEnum):
    """`not_activated` is never stored: it is the state of an agreement that has no integration."""

    NOT_ACTIVATED = "not_activated"
    ACTIVE = "active"
    PAUSED = "paused"
    CREDENTIALS_REJECTED = "credentials_rejected"
    INACTIVE = "inactive"


AT_WORK = frozenset({IntegrationState.ACTIVE, IntegrationState.CREDENTIALS_REJECTED})
"""States in which something is done now and then: everything, or a try of the login."""


@dataclass(frozen=True, slots=True)
class ErpCompany:
    """The company in the ERP that orders go to."""

    id: str
    name: str


PROBE_EVERY = timedelta(minutes=15)
"""A refused login is tried this often, whatever else is scheduled: more would help towards a lock-out."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why there is no work: the side that refuses its login, by name, its code, since when (UTC).

    `probe_at` (UTC): when the login may be tried once more.
    """

    side: str
    code: str
    since: datetime
    probe_at: datetime


@dataclass(frozen=True, slots=True)
class Integration:
    """One integration, keyed by the agreement number ("avtalenummer").

    `start` (UTC): only tasks finished at or after it become orders. `secret_generation` is the
    generation of the webhook secret in the subscribed address. `settings_history` holds the versions before
    the present one, oldest first. `recovered_at`: when lost task records were last looked for. `rejection`
    says why the state is `credentials_rejected`. `is_resuming` from the moment it is active again until all
    that waited is queued. `revision` guards against lost writes.
    """

    agreement_number: str
    agreement_name: str
    state: IntegrationState
    erp_company: ErpCompany
    start: datetime
    activated_at: datetime
    settings: Settings = field(default_factory=Settings)
    settings_version: int = 1
    settings_history: tuple[SettingsVersion, ...] = ()
    secret_generation: int = 1
    recovered_at: datetime | None = None
    rejection: Rejection | None = None
    is_resuming: bool = False
    revision: int = 0

    @property
    def is_active(self) -> bool:
        """True when work may be done for it."""
        return self.state is IntegrationState.ACTIVE

    def refused(self, side: str, code: str, now: datetime) -> "Integration":
        """It waits for a login that the side takes; `since` is when the side refused first."""
        before = self.rejection
        since = before.since if before and before.side == side else now
        return replace(
            self,
            state=IntegrationState.CREDENTIALS_REJECTED,
            rejection=Rejection(side, code, since, now + PROBE_EVERY),
            is_resuming=False,
        )

    def resumed(self) -> "Integration":
        """It is active; when it wasn't, what waited is still to be queued."""
        is_resuming = self.is_resuming or not self.is_active
        return replace(self, state=IntegrationState.ACTIVE, rejection=None, is_resuming=is_resuming)

    @property
    def refused_login(self) -> Rejection | None:
        """What keeps it from work, while that is a login which its side doesn't take."""
        return self.rejection if self.state is IntegrationState.CREDENTIALS_REJECTED else None

    def settings_at(self, version: int) -> Settings:
        """The settings of that version, so that what was begun under it is ended under it.

        A version too old to be known gives the oldest known one.
        """
        known = (one.settings for one in self.settings_history if one.version >= version)
        return self.settings if version >= self.settings_version else next(known, self.settings)

    def with_settings(self, settings: Settings, now: datetime) -> "Integration":
        """The integration under these settings from now on; the same one when nothing changes."""
        if settings == self.settings:
            return self
        replaced = SettingsVersion(self.settings_version, now, self.settings)
        return replace(
            self,
            settings=settings,
            settings_version=self.settings_version + 1,
            settings_history=(*self.settings_history, replaced)[-HISTORY_LIMIT:],
        )


@dataclass(frozen=True, slots=True)
class Credentials:
    """Both logins of one integration; never printed."""

    bridge_user: str = field(repr=False)
    bridge_password: str = field(repr=False)
    erp_username: str = field(repr=False)
    erp_password: str = field(repr=False)
    erp_identity_id: str | None = field(default=None, repr=False)

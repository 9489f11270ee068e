"""The session that all workers of an integration share (design 4.8), and the proof of a new login.

Decision: whoever finds no session claims the login in the store; the others wait for what the winner
brings. `HasSession` is never asked, and the company is chosen at login only: a shared session that changes
company would send orders to the wrong one (contract 24sevenoffice 2.2).
"""

from collections.abc import Callable
from datetime import timedelta

from connector.adapters.twentyfoursevenoffice import reading
from connector.adapters.twentyfoursevenoffice.calls import LOGIN, Calls
from connector.adapters.twentyfoursevenoffice.errors import Trouble, Verdict, login_failed
from connector.adapters.twentyfoursevenoffice.messages import build
from connector.domain.integration import Credentials, ErpCompany
from connector.errors import CredentialsRejected, IdentityNeeded, Refused, RetryLater, Side
from connector.ports import Clock, ErpLogin, Wait
from connector.stores import SecretStore, SessionStore

LOGIN_CLAIM = timedelta(seconds=30)
"""Longer than a login's time-outs; afterwards another may try."""

LOOK_AGAIN = timedelta(milliseconds=500)
COME_BACK = timedelta(seconds=5)
LOOKS = 12
"""Those who lost the claim wait 6 s at most, then leave the step to a later message."""

REFUSED_REST = timedelta(minutes=10)
"""So long a refused login isn't repeated: longer than any invocation that may have begun before, and over
when the integration's own try is due (`PROBE_EVERY`)."""

LOGIN_REST = timedelta(minutes=1)
"""A session that was just renewed isn't renewed again sooner, though the ERP doesn't take it: each of a
thousand tasks would log in, and repeated logins are throttled (contract 24sevenoffice 3)."""

LoginCall = Callable[[str, str, str | None], str]
"""User name, password, identity → session id."""


class SharedSession:
    """The session id of one integration, renewed at most once per expiry by all processes together."""

    def __init__(
        self,
        agreement_number: str,
        sessions: SessionStore,
        secrets: SecretStore,
        log_in: LoginCall,
        clock: Clock,
        wait: Wait,
    ) -> None:
        self._agreement_number = agreement_number
        self._sessions = sessions
        self._secrets = secrets
        self._log_in = log_in
        self._clock = clock
        self._wait = wait

    def current(self) -> str:
        """The id to send now; logs in when there is none. Raises as `renew`.

        It is read anew for each call: an id kept in a process would outlive a change of company.
        """
        return self._sessions.erp_session(self._agreement_number) or self.renew(None)

    def log_in_anew(self) -> None:
        """Log in once, whatever session there is; what comes of it is everybody's. Raises as `renew`."""
        self.renew(self._sessions.erp_session(self._agreement_number))

    def renew(self, expired: str | None) -> str:
        """The id that follows `expired`. Raises `CredentialsRejected`, also when another's login was refused
        just now; `RetryLater` when the one who logs in doesn't come back in time, or `expired` is new itself.
        """
        for _ in range(LOOKS):
            stored = self._sessions.erp_session(self._agreement_number)
            if stored is not None and stored != expired:
                return stored
            now = self._clock()
            if self._sessions.claim_login(self._agreement_number, expired, now, now + LOGIN_CLAIM):
                return self._fresh(LOGIN_REST if expired else None)
            if code := self._sessions.refused_login(self._agreement_number):
                raise CredentialsRejected(Side.ERP, code)
            if expired and self._sessions.erp_session(self._agreement_number) == expired:
                raise RetryLater("erp_not_authenticated")
            self._wait(LOOK_AGAIN)
        raise RetryLater("erp_login_under_way", COME_BACK)

    def _fresh(self, rest: timedelta | None) -> str:
        try:
            session_id = self._logged_in()
        except CredentialsRejected as error:
            until = self._clock() + REFUSED_REST
            self._sessions.refuse_login(self._agreement_number, error.code, until)
            raise
        rests_until = self._clock() + rest if rest else None
        if self._sessions.bring_erp_session(self._agreement_number, session_id, rests_until):
            return session_id
        return self.current()

    def _logged_in(self) -> str:
        """The login is read anew: a kept one may be of another company, whose session all would share."""
        credentials = self._secrets.credentials(self._agreement_number, refresh=True)
        if credentials is None:
            raise RetryLater("erp_credentials_missing")
        try:
            return self._log_in(*_erp_part(credentials))
        except Refused as error:
            if error.code == Verdict.IDENTITY_BLOCKED:
                raise CredentialsRejected(Side.ERP, error.code) from error
            raise RetryLater(f"erp_{error.code}") from error


def log_in(calls: Calls, application_id: str, username: str, password: str, identity_id: str | None) -> str:
    """Log in once. Raises `CredentialsRejected`; `Refused` (identity, application id); `RetryLater`."""
    credential = {"ApplicationId": application_id, "Username": username, "Password": password}
    if identity_id:
        credential["IdentityId"] = identity_id
    try:
        result = calls.whole(build("Authenticate", "Login", credential=credential), None, LOGIN)
    except Trouble as trouble:
        raise login_failed(trouble) from trouble
    session_id = ((result.text if result is not None else None) or "").strip()
    if not session_id:
        raise CredentialsRejected(Side.ERP)
    return session_id


def prove(
    calls: Calls, application_id: str, username: str, password: str, identity_id: str | None
) -> ErpLogin:
    """`Prover.erp_login`: log in and tell which company the session works in.

    Without `identity_id` the user must reach one company only, else `IdentityNeeded`; with it, the session
    must work in it, else `Refused` with code `identity_not_theirs`.
    """
    session_id = log_in(calls, application_id, username, password, identity_id)
    try:
        reached = [] if identity_id else _reached(calls, session_id)
        identity, company_id, company_name = _identity(_ask(calls, "GetIdentity", session_id))
    except Trouble as trouble:
        raise login_failed(trouble) from trouble
    except reading.Unreadable as error:
        raise RetryLater("erp_unreadable") from error
    if len({company for _, company, _ in reached}) > 1:
        raise IdentityNeeded(reached)
    if identity_id and identity.lower() != identity_id.lower():
        raise Refused(Side.ERP, "identity_not_theirs")
    return ErpLogin(session_id, identity, ErpCompany(company_id, company_name))


def _ask(calls: Calls, operation: str, session_id: str) -> reading.Element | None:
    return calls.whole(build("Authenticate", operation), session_id, LOGIN)


def _reached(calls: Calls, session_id: str) -> list[tuple[str, str, str]]:
    listed = reading.children(_ask(calls, "GetIdentities", session_id), "Identity")
    return [_identity(one) for one in listed if reading.flag(reading.fields(one), "IsDisabled") is not True]


def _identity(element: reading.Element | None) -> tuple[str, str, str]:
    """Identity id, company id, company name (contract 24sevenoffice 3)."""
    given = reading.fields(element)
    client = reading.fields(given.get("Client"))
    identity_id, company_id = reading.text(given, "Id"), reading.whole(client, "Id")
    if not identity_id or company_id is None:
        raise reading.Unreadable("an identity without id or company")
    return identity_id, str(company_id), reading.text(client, "Name")


def _erp_part(credentials: Credentials) -> tuple[str, str, str | None]:
    return credentials.erp_username, credentials.erp_password, credentials.erp_identity_id

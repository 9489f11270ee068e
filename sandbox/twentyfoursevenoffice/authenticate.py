"""Authenticate: login, session and identities (contract 24sevenoffice 2.1, 2.2, 2.4, 3)."""

from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.soap import NOT_AUTHENTICATED, SoapError, failed
from sandbox.twentyfoursevenoffice.state import Call, Session
from sandbox.twentyfoursevenoffice.values import Record

COOKIE = "ASP.NET_SessionId"


class TooManyLoginsError(Exception):
    """The same credentials logged in too often; its text is the body of the 429."""


def login(call: Call) -> str | None:
    """The session id, or None for a wrong user or password (no fault, contract 2.2).

    Raises `SoapError` for an unknown application id and for a blocked or foreign identity,
    `TooManyLoginsError`.
    """
    credential = call.argument("credential")
    user = _user(credential)
    if user is None:
        return None
    if call.state.limits.too_many_logins(user.username):
        raise TooManyLoginsError("Too many logins. Use HasSession and keep the session.")
    session_id = call.state.open_session(Session(user, _identity(user, credential.get("IdentityId"))))
    call.headers["Set-Cookie"] = f"{COOKIE}={session_id}; path=/; HttpOnly; SameSite=Lax"
    return session_id


def _user(credential: Record) -> demo.User | None:
    application = credential.get("ApplicationId")
    if application != demo.APPLICATION_ID:
        raise failed(f"Application with id {application} is not registered")
    username = str(credential.get("Username", "")).casefold()
    password = credential.get("Password")
    return next((u for u in demo.USERS if u.username == username and u.password == password), None)


def _identity(user: demo.User, wanted: str | None) -> demo.Identity:
    """The identity asked for, the user's default one without."""
    for identity in user.identities:
        if identity.id == wanted or (wanted is None and identity.default):
            if identity.blocked:
                raise failed(
                    "The provided IdentityId is blocked. Use GetIdentitiesWithCredential for usable ones."
                )
            return identity
    raise failed("The provided IdentityId does not belong to this user")


def has_session(call: Call) -> bool:
    """Whether the cookie's session is alive; false without a cookie."""
    return call.session is not None


def get_identity(call: Call) -> Record:
    """The identity that the session works in."""
    session = _session(call)
    return _shown(session.user, session.identity, session.identity)


def get_identities(call: Call) -> list[Record]:
    """All usable identities of the session's user."""
    session = _session(call)
    return [
        _shown(session.user, each, session.identity) for each in session.user.identities if not each.blocked
    ]


def get_identities_with_credential(call: Call) -> list[Record]:
    """The usable identities behind a credential, without a session; none for a wrong user or password."""
    user = _user(call.argument("credential"))
    return [_shown(user, each, None) for each in user.identities if not each.blocked] if user else []


def set_identity_by_id(call: Call) -> bool:
    """Let the session work in another identity; false when the user doesn't have it."""
    return _set(call, call.args.get("identityId"))


def set_identity(call: Call) -> bool:
    """As `set_identity_by_id`, with the whole object."""
    return _set(call, call.argument("identity").get("Id"))


def _set(call: Call, identity_id: str | None) -> bool:
    session = _session(call)
    if all(each.id != identity_id for each in session.user.identities):
        return False
    session.identity = _identity(session.user, identity_id)
    return True


def _session(call: Call) -> Session:
    if call.session is None:
        raise SoapError(NOT_AUTHENTICATED)
    return call.session


def _shown(user: demo.User, identity: demo.Identity, current: demo.Identity | None) -> Record:
    return {
        "Id": identity.id,
        "User": {"ContactId": 1, "Id": user.id, "Name": user.name, "EmployeeId": 1},
        "Client": {"Id": identity.client.id, "Name": identity.client.name},
        "IsCurrent": identity == current,
        "IsDefault": identity.default,
        "IsProtected": False,
    }

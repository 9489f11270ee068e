"""Who asks: the session behind a bearer token or a cookie, and whether a cookie may be trusted for this.

A program names its token itself; a browser sends a cookie by itself, so a cookie counts for a change only
when our own page asked for it (design 3).
"""

from urllib.parse import urlsplit

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from connector.domain.web_session import LIFETIME, WebSession
from connector.usecases.declined import Declined
from connector.usecases.open_session import SessionPorts, recognise
from connector.web.request import SESSION_COOKIE, Request


def session_of(ports: SessionPorts, request: Request) -> WebSession | None:
    """The session that the request carries; None when it carries none or its cookie has expired.

    Raises `Declined`: `unauthenticated` for a bad bearer token, `foreign_origin`, `unsupported_media_type`.
    """
    token = request.bearer
    if token is not None:
        session = recognise(ports, token)
        if session is None:
            raise Declined("unauthenticated")
        return session
    found = (recognise(ports, value) for value in request.session_cookies)
    session = next((one for one in found if one), None)
    if session and not request.is_safe:
        _check_own_page(request)
    return session


def require_session(ports: SessionPorts, request: Request, agreement_number: str | None = None) -> WebSession:
    """The session, of this agreement when one is given.

    Raises `Declined`: `unauthenticated`, `other_agreement`, and as `session_of`.
    """
    session = session_of(ports, request)
    if session is None:
        raise Declined("unauthenticated")
    if agreement_number is not None:
        check_agreement(session, agreement_number)
    return session


def check_agreement(session: WebSession, agreement_number: str) -> None:
    """A session reaches its own agreement only."""
    if session.agreement_number != agreement_number:
        raise Declined("other_agreement")


def session_cookie(token: str, api_url: str) -> Cookie:
    """The cookie that carries the token; an empty token takes the cookie away."""
    address = urlsplit(api_url)
    return Cookie(
        SESSION_COOKIE,
        token,
        path=address.path.rstrip("/") or "/",
        secure=address.scheme == "https",
        http_only=True,
        same_site=SameSite.STRICT_MODE,
        max_age=int(LIFETIME.total_seconds()) if token else 0,
    )


def _check_own_page(request: Request) -> None:
    if not request.is_own:
        raise Declined("foreign_origin")
    if not request.is_json:
        raise Declined("unsupported_media_type")

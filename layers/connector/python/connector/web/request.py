"""One HTTP request, out of API Gateway's event (payload format 2.0).

Cookies are read in both places: AWS has them in `cookies`, the local engine leaves them in the header.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connector.usecases.declined import Declined

BODY_LIMIT = 256 * 1024
"""Bytes; the largest body of ours, 500 task ids, is far smaller (design 3)."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""What the gateway puts in place of bytes that aren't UTF-8; the bytes themselves are gone."""

SESSION_COOKIE = "connector_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request: header names in lower case, `body` as text."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    cookies: tuple[str, ...]
    body: str
    request_id: str

    @property
    def bearer(self) -> str | None:
        """The token of an `Authorization: Bearer` header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    @property
    def session_cookies(self) -> list[str]:
        """Every value sent under our cookie's name; a browser may hold several, by path."""
        pairs = (cookie.strip().partition("=") for cookie in self.cookies)
        return [value.strip('"') for name, _, value in pairs if name == SESSION_COOKIE and value]

    @property
    def is_safe(self) -> bool:
        """True when the request can't change anything."""
        return self.method in SAFE_METHODS

    @property
    def is_foreign(self) -> bool:
        """True when it names another origin than the host it was sent to."""
        origin = self.headers.get("origin")
        return origin is not None and not self._is_own(origin)

    @property
    def is_own(self) -> bool:
        """True when it names the host it was sent to as its origin."""
        origin = self.headers.get("origin")
        return origin is not None and self._is_own(origin)

    @property
    def is_json(self) -> bool:
        """True when what it sends, if anything, is called JSON."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return media_type == "application/json" or not (media_type or self.body)

    def _is_own(self, origin: str) -> bool:
        host = self.headers.get("host", "")
        try:
            return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            return False


def read_request(event: Mapping[str, Any]) -> Request:
    """The request in the event. Raises `Declined`: `too_large`, `malformed` (not UTF-8)."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    context = event.get("requestContext") or {}
    headers.setdefault("host", context.get("domainName", ""))
    return Request(
        method=str(context["http"]["method"]).upper(),
        headers=headers,
        query=event.get("queryStringParameters") or {},
        cookies=(*(event.get("cookies") or ()), *headers.get("cookie", "").split(";")),
        body=_body(event),
        request_id=context.get("requestId", ""),
    )


def _body(event: Mapping[str, Any]) -> str:
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        _check_size(len(text.encode("utf-8", "surrogatepass")))
        if REPLACEMENT in text:
            raise Declined("malformed")
        return str(text)
    try:
        raw = base64.b64decode(text, validate=True)
        _check_size(len(raw))
        return raw.decode("utf-8")
    except ValueError as error:
        raise Declined("malformed") from error


def _check_size(size: int) -> None:
    if size > BODY_LIMIT:
        raise Declined("too_large")

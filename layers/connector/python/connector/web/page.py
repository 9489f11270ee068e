"""The page of design 3: one HTML answer per language, assembled once from the files beside this module.

Decision: style and script stand in the answer itself and are named in the Content-Security-Policy by their
hashes, so that nothing else can run and the page works below any address (the engine's has a path).
"""

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

from connector.web.page_settings import settings_fields
from connector.web.page_words import WORDS

DEFAULT_LANGUAGE = "nb"
LANGUAGES: Mapping[str, int] = {DEFAULT_LANGUAGE: 0, "en": 1}
"""Language → its place in `WORDS`."""

SCRIPTS = (
    "page_base.js",
    "page_settings.js",
    "page_tasks.js",
    "page_matches.js",
    "page_imports.js",
    "page.js",
)
"""One module, in this order; the last starts it."""


@dataclass(frozen=True, slots=True)
class Page:
    """The document, and the headers that belong to it."""

    html: str
    headers: Mapping[str, str]


@cache
def page(language: str) -> Page:
    """The page in a language of `LANGUAGES`."""
    place = LANGUAGES[language]
    words = {name: texts[place] for name, texts in WORDS.items()}
    style, script = _file("page.css"), "".join(map(_file, SCRIPTS))
    document = Template(_file("page.html")).substitute(
        {name: html.escape(text) for name, text in words.items()},
        language=language,
        style=style,
        script=script,
        settings_fields=settings_fields(place),
        # A "<" could end the element that holds them.
        words=json.dumps(words, ensure_ascii=False).replace("<", "\\u003c"),
    )
    headers = {
        "Content-Language": language,
        "Content-Security-Policy": _policy(style, script),
        "Referrer-Policy": "same-origin",
    }
    return Page(document, headers)


def chosen_language(wanted: str | None) -> str:
    """Bokmål, unless another of ours is asked for by name."""
    return next((one for one in LANGUAGES if one == wanted), DEFAULT_LANGUAGE)


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _file(name: str) -> str:
    return (files("connector.web") / name).read_text(encoding="utf-8")

"""Answers read tolerantly: by element name, in any order, with elements nobody knows (design 4.3).

Decision: an answer is believed only when it is complete and carries the operation's own response element;
an HTML page or a cut answer never looks like "nothing found". DTDs are refused, entities never resolved.
Absent, nil and the vendor's "not set" values (contract 24sevenoffice 2.5) all read as None or empty text.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TypeAlias

from lxml import etree
from lxml.etree import _Element

Element: TypeAlias = _Element
Fields: TypeAlias = dict[str, Element]
Texts: TypeAlias = dict[str, str]

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NOT_SET_WHOLE = frozenset({-(2**15), -(2**31), -(2**63)})
_NOT_SET_DECIMAL = Decimal(-79228162514264337593543950335)
_NOT_SET_YEAR = 1
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class Unreadable(Exception):
    """Not a complete answer to the operation."""


class FaultAnswer(Exception):
    """The answer is a SOAP fault; the text is all that it says."""


def result(content: bytes, operation: str) -> Element | None:
    """The `…Result` element of a whole answer, None when it is left out. Raises Unreadable, FaultAnswer."""
    root = _parse(content)
    _refuse_fault(root)
    response = next(root.iter(f"{{*}}{operation}Response"), None)
    if response is None:
        raise Unreadable(f"no {operation}Response")
    return fields(response).get(f"{operation}Result")


def fault_words(content: bytes) -> str | None:
    """What a SOAP fault says (1.1 or 1.2), None when the body isn't one."""
    try:
        _refuse_fault(_parse(content))
    except FaultAnswer as fault:
        return str(fault)
    except Unreadable:
        pass
    return None


def items(chunks: Iterable[bytes], operation: str, item: str) -> Iterator[Element]:
    """The `item` elements of an array result, each gone from memory when the next is asked for.

    Raises Unreadable, also after some items, and FaultAnswer.
    """
    wanted = [f"{{*}}{name}" for name in ("Fault", f"{operation}Response", item)]
    parser = etree.XMLPullParser(("end",), tag=wanted, resolve_entities=False, no_network=True)
    array = f"{operation}Result"
    answered = checked = False
    for element in _ended(parser, chunks):
        checked = checked or _has_no_dtd(element)
        name = _local(element.tag)
        if name == "Fault":
            raise FaultAnswer(_words(element))
        if name == item and (parent := element.getparent()) is not None and _local(parent.tag) == array:
            if not _is_nil(element):
                yield element
            _forget(element, parent)
        answered = answered or name == f"{operation}Response"
    if not answered:
        raise Unreadable(f"no {operation}Response")


def local_name(element: Element) -> str:
    """The element's name without its namespace; empty for comments and the like."""
    return _local(element.tag)


def fields(element: Element | None) -> Fields:
    """The element's children by name, nil ones left out; the first wins when a name comes twice."""
    found: Fields = {}
    for child in element if element is not None else ():
        name = _local(child.tag)
        if name not in found and not _is_nil(child):
            found[name] = child
    return found


def texts(element: Element | None) -> Texts:
    """What `text` says of each of the element's `fields`, for those where anything stands."""
    found: Texts = {}
    for child in element if element is not None else ():
        if words := child.text:
            found.setdefault(_local(child.tag), words.strip())
    return found


def parts(element: Element | None) -> tuple[Texts, Fields]:
    """`texts` of the element, and by name those of its children in which nothing stands but other elements,
    empty ones too.
    """
    found: Texts = {}
    inside: Fields = {}
    for child in element if element is not None else ():
        words = child.text
        if words and (words := words.strip()):
            found.setdefault(_local(child.tag), words)
        else:
            inside.setdefault(_local(child.tag), child)
    return found, inside


def children(element: Element | None, name: str) -> list[Element]:
    """The element's children of that name, nil ones left out."""
    inside = element if element is not None else ()
    return [child for child in inside if local_name(child) == name and not _is_nil(child)]


def text(given: Fields | Texts, name: str) -> str:
    """A text field, trimmed."""
    value = given.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    return (value.text or "").strip()


def whole(given: Fields | Texts, name: str) -> int | None:
    """An int, short or long field. Raises Unreadable when it isn't one."""
    words = text(given, name)
    try:
        if "_" in words:
            raise ValueError("Python's own way to write a number")
        value = int(words) if words else None
    except ValueError as error:
        raise Unreadable(f"{name} isn't a whole number") from error
    return None if value in _NOT_SET_WHOLE else value


def decimal(given: Fields | Texts, name: str) -> Decimal | None:
    """A decimal field. Raises Unreadable when it isn't one."""
    words = text(given, name)
    try:
        value = Decimal(words) if words else None
    except InvalidOperation as error:
        raise Unreadable(f"{name} isn't a decimal") from error
    return None if value is None or not value.is_finite() or value == _NOT_SET_DECIMAL else value


def moment(given: Fields | Texts, name: str) -> datetime | None:
    """A dateTime field as UTC; without a zone it is UTC (contract 24sevenoffice 2.6). Raises Unreadable."""
    words = text(given, name)
    if not words:
        return None
    try:
        value = datetime.fromisoformat(words)
        if value.year == _NOT_SET_YEAR:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{name} isn't a time") from error


def flag(given: Fields | Texts, name: str) -> bool | None:
    """A boolean field, `1` and `0` included; None when absent or anything else."""
    return _FLAGS.get(text(given, name).lower())


def _parse(content: bytes) -> Element:
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("not XML") from error
    _refuse_dtd(root)
    return root


def _ended(parser: etree.XMLPullParser, chunks: Iterable[bytes]) -> Iterator[Element]:
    try:
        for chunk in chunks:
            parser.feed(chunk)
            yield from _read(parser)
        parser.close()
        yield from _read(parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable("not XML, or cut") from error


def _read(parser: etree.XMLPullParser) -> Iterator[Element]:
    return (node for _, node in parser.read_events() if etree.iselement(node))


@lru_cache(maxsize=4096)
def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _refuse_dtd(element: Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("has a document type")


def _has_no_dtd(element: Element) -> bool:
    _refuse_dtd(element)
    return True


def _refuse_fault(root: Element) -> None:
    fault = next(root.iter("{*}Fault"), None)
    if fault is not None:
        raise FaultAnswer(_words(fault))


def _words(fault: Element) -> str:
    return " ".join(part.strip() for part in fault.itertext() if isinstance(part, str) and part.strip())


def _is_nil(element: Element) -> bool:
    """Only an empty element can be nil."""
    return element.text is None and not len(element) and element.get(_NIL) in ("true", "1")


def _forget(element: Element, parent: Element) -> None:
    element.clear()
    while element.getprevious() is not None:
        del parent[0]

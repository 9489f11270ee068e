"""Items of a save that are refused one by one, with `APIException` inside the item (contract 24sevenoffice
2.4).
"""

from collections.abc import Callable, Iterable, Mapping

from sandbox.twentyfoursevenoffice.schema import ENUMERATIONS, TYPES
from sandbox.twentyfoursevenoffice.values import Record


class RejectedError(Exception):
    """Why one item of a save was not saved."""


def api_exception(message: str) -> Record:
    """The error that stands inside an item."""
    return {
        "Type": "24SevenOffice.ValidationException",
        "Message": message,
        "StackTrace": "at SandboxService.Save()",
    }


def save_each(items: Iterable[Record], save: Callable[[Record], Record]) -> list[Record]:
    """Save item by item; a refused one comes back as it was sent with the error, the others are saved."""
    result = []
    for sent in items:
        try:
            result.append(save(sent))
        except RejectedError as error:
            result.append({**sent, "APIException": api_exception(str(error))})
    return result


def check_lengths(item: Record, lengths: Mapping[str, int]) -> None:
    """Raises `RejectedError` for a text longer than the contract allows."""
    for name, limit in lengths.items():
        if len(item.get(name, "")) > limit:
            raise RejectedError(f"{name} can't be longer than {limit} characters, it has {len(item[name])}")


def check_enumerations(kind: str, item: Record) -> None:
    """Raises `RejectedError` for a value outside its enumeration."""
    for name, inner in TYPES[kind].items():
        if inner in ENUMERATIONS and name in item and item[name] not in ENUMERATIONS[inner]:
            raise RejectedError(f"'{item[name]}' is not a valid value for {name}")

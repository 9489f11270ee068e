"""How a register of the ERP and Smartday's fit together, found before the first write (issue part 11).

A number is the same record; an organisation number is the same company; a name is a suggestion only. What
an import could get wrong is a conflict: a person shall see it first.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from unicodedata import normalize

from connector.domain.settings import ConfirmMatches
from connector.domain.stream import Stream
from connector.domain.text_rows import clean

SHOWN_PER_KIND = 50
NAME_SHOWN = 60
"""With `SHOWN_PER_KIND` this keeps a stored report far below DynamoDB's 400 kB, whatever names hold."""


class MatchKind(StrEnum):
    """How a record was matched; every record that is compared is counted under one kind."""

    NUMBER = "number"
    ORGANISATION_NUMBER = "organisation_number"
    NAME = "name"
    ONLY_ERP = "only_erp"
    ONLY_SMARTDAY = "only_smartday"
    TWICE = "twice"


class Conflict(StrEnum):
    """Why a person should look first.

    `organisation_numbers_differ`: one number, two companies. `other_number`, `without_number`: the same
    company stands in Smartday under another number, or none; the latter is linked by the import, the former
    comes a second time. `number_twice`, `organisation_number_twice`: which of several is meant isn't known.
    """

    ORGANISATION_NUMBERS_DIFFER = "organisation_numbers_differ"
    OTHER_NUMBER = "other_number"
    WITHOUT_NUMBER = "without_number"
    NUMBER_TWICE = "number_twice"
    ORGANISATION_NUMBER_TWICE = "organisation_number_twice"


class MatchState(StrEnum):
    """Where the report of a register stands; `none`: not read yet, and never stored."""

    NONE = "none"
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared of one record; `id` is its own side's, `number` the ERP's number on either side,
    `organisation_number` nine digits.
    """

    id: str
    number: str | None
    name: str
    organisation_number: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Pair:
    """A record of each side that belong together, or one that is alone or one of several (then None)."""

    kind: MatchKind
    erp: Compared | None
    smartday: Compared | None
    conflict: Conflict | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A pair as the report shows it. Fields of the side where there is no record are None.

    Names have at most 60 characters, the last being "…" where more was there. Of kind `twice` there is one
    for each of the records that share a number.
    """

    kind: MatchKind
    conflict: Conflict | None = None
    number: str | None = None
    name: str | None = None
    organisation_number: str | None = None
    smartday_id: str | None = None
    smartday_number: str | None = None
    smartday_name: str | None = None
    smartday_organisation_number: str | None = None


@dataclass(frozen=True, slots=True)
class MatchReport:
    """Counts of the whole registers, all kinds named; `matches` is what is shown: at most 50 of a kind,
    those with a conflict first. `compared_at` is UTC.
    """

    compared_at: datetime
    counts: dict[MatchKind, int]
    conflicts: int
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class MatchReview:
    """The report of one register and a person's word on it. `basis` is what the import rests on.

    Waiting without a report: the registers are too large to be compared in one go. `went_on` once the
    import may write: nothing is compared after that.
    """

    agreement_number: str
    stream: Stream
    basis: str = ""
    state: MatchState = MatchState.NONE
    report: MatchReport | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    went_on: bool = False
    revision: int = 0


def must_wait(confirm: ConfirmMatches, report: MatchReport | None) -> bool:
    """True when a person has to confirm before anything is written."""
    if confirm is ConfirmMatches.CONFLICTS:
        return report is None or report.conflicts > 0
    return confirm is ConfirmMatches.ALWAYS


def compare(erp: Sequence[Compared], smartday: Sequence[Compared]) -> list[Pair]:
    """Every record of both sides, in pairs where they match.

    What is out of use on its side is matched by number only. What stands twice is a conflict when the other
    side has it too.
    """
    pairs = _by_number(erp, smartday)
    pairs += _by_organisation_number(*_rest(erp, smartday, pairs), pairs)
    pairs += _by_name(*_rest(erp, smartday, pairs))
    only_erp, only_smartday = _rest(erp, smartday, pairs)
    pairs += [Pair(MatchKind.ONLY_ERP, one, None) for one in only_erp]
    return pairs + [Pair(MatchKind.ONLY_SMARTDAY, None, one) for one in only_smartday]


def report(pairs: Iterable[Pair], now: datetime) -> MatchReport:
    """All pairs counted, some shown."""
    of_kind: dict[MatchKind, list[Pair]] = {kind: [] for kind in MatchKind}
    for pair in pairs:
        of_kind[pair.kind].append(pair)
    shown = (
        sorted(found, key=lambda pair: pair.conflict is None)[:SHOWN_PER_KIND] for found in of_kind.values()
    )
    return MatchReport(
        compared_at=now,
        counts={kind: len(found) for kind, found in of_kind.items()},
        conflicts=sum(pair.conflict is not None for found in of_kind.values() for pair in found),
        matches=tuple(
            _shown(pair)
            for pair in sorted(chain.from_iterable(shown), key=lambda pair: pair.conflict is None)
        ),
    )


def links(pairs: Iterable[Pair]) -> dict[str, str]:
    """The ERP's id → Smartday's id, for companies that stand in Smartday once and without number."""
    return {
        pair.erp.id: pair.smartday.id
        for pair in pairs
        if pair.conflict is Conflict.WITHOUT_NUMBER and pair.erp and pair.smartday
    }


def _by_number(erp: Sequence[Compared], smartday: Sequence[Compared]) -> list[Pair]:
    pairs: list[Pair] = []
    in_erp, in_smartday = _grouped(erp, _number), _grouped(smartday, _number)
    for number in dict.fromkeys([*in_erp, *in_smartday]):
        ours, theirs = in_erp.get(number, []), in_smartday.get(number, [])
        if len(ours) > 1 or len(theirs) > 1:
            pairs += _twice(ours, theirs, Conflict.NUMBER_TWICE if ours and theirs else None)
        elif ours and theirs:
            conflict = _contradiction(ours[0], theirs[0])
            pairs.append(Pair(MatchKind.NUMBER, ours[0], theirs[0], conflict))
    return pairs


def _by_organisation_number(
    erp: Sequence[Compared], smartday: Sequence[Compared], found: Iterable[Pair]
) -> list[Pair]:
    pairs: list[Pair] = []
    in_erp, in_smartday = _grouped(erp, _organisation), _grouped(smartday, _organisation)
    matched = {
        side.organisation_number
        for pair in found
        if pair.kind is MatchKind.NUMBER
        for side in (pair.erp, pair.smartday)
        if side
    }
    for organisation in dict.fromkeys([*in_erp, *in_smartday]):
        ours, theirs = in_erp.get(organisation, []), in_smartday.get(organisation, [])
        is_matched = organisation in matched
        if len(ours) == len(theirs) == 1 and not is_matched:
            conflict = Conflict.OTHER_NUMBER if theirs[0].number else Conflict.WITHOUT_NUMBER
            pairs.append(Pair(MatchKind.ORGANISATION_NUMBER, ours[0], theirs[0], conflict))
        elif theirs and (ours or is_matched):
            pairs += _twice(ours, theirs, Conflict.ORGANISATION_NUMBER_TWICE)
        elif len(ours) > 1 or len(theirs) > 1:
            pairs += _twice(ours, theirs, None)
    return pairs


def _by_name(erp: Sequence[Compared], smartday: Sequence[Compared]) -> list[Pair]:
    """A name that several in the ERP have suggests none of them."""
    in_erp = _grouped(erp, _name)
    suggested = ((in_erp.get(_name(one) or "", []), one) for one in smartday if one.number is None)
    return [Pair(MatchKind.NAME, ours[0], theirs) for ours, theirs in suggested if len(ours) == 1]


def _rest(
    erp: Iterable[Compared], smartday: Iterable[Compared], found: Sequence[Pair]
) -> tuple[list[Compared], list[Compared]]:
    ours = {pair.erp.id for pair in found if pair.erp}
    theirs = {pair.smartday.id for pair in found if pair.smartday}
    return [one for one in erp if one.id not in ours], [one for one in smartday if one.id not in theirs]


def _twice(ours: Iterable[Compared], theirs: Iterable[Compared], conflict: Conflict | None) -> list[Pair]:
    return [
        *(Pair(MatchKind.TWICE, one, None, conflict) for one in ours),
        *(Pair(MatchKind.TWICE, None, one, conflict) for one in theirs),
    ]


def _contradiction(ours: Compared, theirs: Compared) -> Conflict | None:
    known = {ours.organisation_number, theirs.organisation_number} - {None}
    return Conflict.ORGANISATION_NUMBERS_DIFFER if len(known) > 1 else None


def _grouped(
    records: Iterable[Compared], key: Callable[[Compared], str | None]
) -> Mapping[str, list[Compared]]:
    groups: defaultdict[str, list[Compared]] = defaultdict(list)
    for one in records:
        if value := key(one):
            groups[value].append(one)
    return groups


def _number(record: Compared) -> str | None:
    return record.number


def _organisation(record: Compared) -> str | None:
    return record.organisation_number if record.active else None


def _name(record: Compared) -> str | None:
    return normalize("NFC", clean(record.name)).casefold() if record.active else None


def _shown(pair: Pair) -> Match:
    return Match(
        kind=pair.kind,
        conflict=pair.conflict,
        number=pair.erp.number if pair.erp else None,
        name=_short(pair.erp.name) if pair.erp else None,
        organisation_number=pair.erp.organisation_number if pair.erp else None,
        smartday_id=pair.smartday.id if pair.smartday else None,
        smartday_number=pair.smartday.number if pair.smartday else None,
        smartday_name=_short(pair.smartday.name) if pair.smartday else None,
        smartday_organisation_number=pair.smartday.organisation_number if pair.smartday else None,
    )


def _short(name: str) -> str:
    return name if len(name) <= NAME_SHOWN else f"{name[: NAME_SHOWN - 1]}…"

"""How two registers match: every record under one kind, and a conflict where an import could go wrong."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.matches import (
    NAME_SHOWN,
    SHOWN_PER_KIND,
    Compared,
    Conflict,
    MatchKind,
    Pair,
    compare,
    links,
    must_wait,
    report,
)
from connector.domain.settings import ConfirmMatches

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
COMPANY, OTHER = "923609016", "974760673"


def erp(number: int | str, name: str = "Kunde", company: str | None = None, active: bool = True) -> Compared:
    return Compared(f"e{number}", str(number), name, company, active)


def field(
    number: int | None, name: str = "Kunde", company: str | None = None, active: bool = True, id_: str = ""
) -> Compared:
    return Compared(id_ or f"c-{number}", None if number is None else str(number), name, company, active)


def found(
    ours: list[Compared], theirs: list[Compared]
) -> list[tuple[MatchKind, str | None, str | None, Conflict | None]]:
    """Kind, the ERP's id, Smartday's id, conflict."""
    return [
        (one.kind, one.erp.id if one.erp else None, one.smartday.id if one.smartday else None, one.conflict)
        for one in compare(ours, theirs)
    ]


def test_the_same_number_is_the_same_record_whatever_it_is_called() -> None:
    assert found([erp(1, "Sørvik Rør AS")], [field(1, "SØRVIK RØR")]) == [
        (MatchKind.NUMBER, "e1", "c-1", None)
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "conflict"),
    [
        (COMPANY, COMPANY, None),
        (COMPANY, None, None),
        (None, COMPANY, None),
        (COMPANY, OTHER, Conflict.ORGANISATION_NUMBERS_DIFFER),
    ],
)
def test_one_number_for_two_companies_is_a_conflict(
    ours: str | None, theirs: str | None, conflict: Conflict | None
) -> None:
    pairs = [(MatchKind.NUMBER, "e1", "c-1", conflict)]
    assert found([erp(1, company=ours)], [field(1, company=theirs)]) == pairs


@pytest.mark.parametrize(
    ("number", "conflict"), [(None, Conflict.WITHOUT_NUMBER), (77, Conflict.OTHER_NUMBER)]
)
def test_a_company_that_the_import_would_double_is_a_conflict(number: int | None, conflict: Conflict) -> None:
    theirs = field(number, company=COMPANY, id_="c-7")
    pairs = [(MatchKind.ORGANISATION_NUMBER, "e1", "c-7", conflict)]
    assert found([erp(1, company=COMPANY)], [theirs]) == pairs


def test_a_name_is_a_suggestion_for_records_without_number_only() -> None:
    assert found(
        [erp(1, "Sørvik  Rør AS"), erp(2, "Ånensen")],
        [field(None, "sørvik rør as", id_="c-7"), field(9, "Ånensen")],
    ) == [
        (MatchKind.NAME, "e1", "c-7", None),
        (MatchKind.ONLY_ERP, "e2", None, None),
        (MatchKind.ONLY_SMARTDAY, None, "c-9", None),
    ]


def test_a_name_that_several_have_suggests_nobody() -> None:
    kinds = [kind for kind, *_ in found([erp(1, "Hansen"), erp(2, "Hansen")], [field(None, "Hansen")])]
    assert kinds == [MatchKind.ONLY_ERP, MatchKind.ONLY_ERP, MatchKind.ONLY_SMARTDAY]


def test_records_without_a_name_are_not_alike() -> None:
    kinds = [kind for kind, *_ in found([erp(1, " ")], [field(None, "")])]
    assert kinds == [MatchKind.ONLY_ERP, MatchKind.ONLY_SMARTDAY]


def test_a_number_that_stands_twice_is_a_conflict_when_both_sides_have_it() -> None:
    ours = [Compared("501", "T100", "Time"), Compared("502", "T100", "Time")]
    theirs = [Compared("p-1", "T100", "Time")]
    assert found(ours, theirs) == [
        (MatchKind.TWICE, "501", None, Conflict.NUMBER_TWICE),
        (MatchKind.TWICE, "502", None, Conflict.NUMBER_TWICE),
        (MatchKind.TWICE, None, "p-1", Conflict.NUMBER_TWICE),
    ]
    assert found(ours, []) == [(MatchKind.TWICE, "501", None, None), (MatchKind.TWICE, "502", None, None)]


def test_a_company_that_stands_twice_is_a_conflict_when_both_sides_have_it() -> None:
    ours = [erp(1, company=COMPANY), erp(2, company=COMPANY)]
    conflict = Conflict.ORGANISATION_NUMBER_TWICE
    assert found(ours, [field(None, company=COMPANY, id_="c-7")]) == [
        (MatchKind.TWICE, "e1", None, conflict),
        (MatchKind.TWICE, "e2", None, conflict),
        (MatchKind.TWICE, None, "c-7", conflict),
    ]
    assert found(ours, []) == [(MatchKind.TWICE, "e1", None, None), (MatchKind.TWICE, "e2", None, None)]


def test_branches_that_match_by_number_are_no_conflict() -> None:
    branches = (
        [erp(1, company=COMPANY), erp(2, company=COMPANY)],
        [
            field(1, company=COMPANY),
            field(2, company=COMPANY),
        ],
    )
    assert {(kind, conflict) for kind, _, _, conflict in found(*branches)} == {(MatchKind.NUMBER, None)}


def test_a_company_beside_the_one_that_matches_by_number_is_nobodys_to_link() -> None:
    pairs = found(
        [erp(1, company=COMPANY)], [field(1, company=COMPANY), field(None, company=COMPANY, id_="c-7")]
    )
    assert pairs == [
        (MatchKind.NUMBER, "e1", "c-1", None),
        (MatchKind.TWICE, None, "c-7", Conflict.ORGANISATION_NUMBER_TWICE),
    ]


def test_what_is_out_of_use_matches_by_number_only() -> None:
    assert found([erp(1, active=False)], [field(1, active=False)]) == [(MatchKind.NUMBER, "e1", "c-1", None)]
    gone = erp(1, "Hansen", COMPANY, active=False)
    assert [kind for kind, *_ in found([gone], [field(None, "Hansen", COMPANY)])] == [
        MatchKind.ONLY_ERP,
        MatchKind.ONLY_SMARTDAY,
    ]


def test_companies_without_number_in_smartday_are_linked() -> None:
    pairs = compare(
        [erp(1, company=COMPANY), erp(2, company=OTHER), erp(3, "Hansen")],
        [
            field(None, company=COMPANY, id_="c-7"),
            field(77, company=OTHER),
            field(None, "Hansen", id_="c-8"),
        ],
    )
    assert links(pairs) == {"e1": "c-7"}


def test_the_report_counts_all_and_shows_conflicts_first() -> None:
    plain = [Pair(MatchKind.NUMBER, erp(n), field(n)) for n in range(80)]
    conflict = Pair(MatchKind.NUMBER, erp(99), field(99), Conflict.ORGANISATION_NUMBERS_DIFFER)
    made = report([*plain, conflict], NOW)
    assert (made.counts[MatchKind.NUMBER], made.counts[MatchKind.TWICE], made.conflicts) == (81, 0, 1)
    assert (made.matches[0].number, len(made.matches), made.compared_at) == ("99", SHOWN_PER_KIND, NOW)


def test_a_report_of_the_longest_names_fits_in_a_row() -> None:
    long = "😀" * 200
    pairs = [
        Pair(kind, erp("1" * 40, long, COMPANY), field(10**40, long, COMPANY), Conflict.OTHER_NUMBER)
        for kind in MatchKind
        for _ in range(500)
    ]
    made = report(pairs, NOW)
    assert len(json.dumps(asdict(made), default=str, ensure_ascii=False).encode()) < 300_000
    assert made.matches[0].name == "😀" * (NAME_SHOWN - 1) + "…"


@pytest.mark.parametrize(
    ("confirm", "waits"),
    [
        (ConfirmMatches.NEVER, (False, False, False)),
        (ConfirmMatches.CONFLICTS, (False, True, True)),
        (ConfirmMatches.ALWAYS, (True, True, True)),
    ],
)
def test_a_person_is_waited_for_as_the_setting_says(confirm: ConfirmMatches, waits: tuple[bool, ...]) -> None:
    calm = report([Pair(MatchKind.ONLY_ERP, erp(1), None)], NOW)
    troubled = report([Pair(MatchKind.NUMBER, erp(1), field(1), Conflict.OTHER_NUMBER)], NOW)
    assert tuple(must_wait(confirm, one) for one in (calm, troubled, None)) == waits


numbers = st.none() | st.sampled_from("1234")
companies = st.none() | st.sampled_from([COMPANY, OTHER])
sides = st.lists(st.tuples(numbers, st.sampled_from(["A", "B", ""]), companies, st.booleans()), max_size=8)


@given(sides, sides)
def test_every_record_stands_in_the_report_and_no_number_is_linked_twice(
    ours: list[tuple[str | None, str, str | None, bool]],
    theirs: list[tuple[str | None, str, str | None, bool]],
) -> None:
    in_erp = [Compared(f"e{n}", *one) for n, one in enumerate(ours)]
    in_smartday = [Compared(f"c{n}", *one) for n, one in enumerate(theirs)]
    pairs = compare(in_erp, in_smartday)
    smartday_ids = [pair.smartday.id for pair in pairs if pair.smartday]
    assert {pair.erp.id for pair in pairs if pair.erp} == {one.id for one in in_erp}
    assert sorted(smartday_ids) == sorted(one.id for one in in_smartday)
    linked = links(pairs)
    assert len(set(linked.values())) == len(linked)

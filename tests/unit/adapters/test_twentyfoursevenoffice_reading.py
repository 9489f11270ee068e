"""Answers are read by name, in any order, and believed only when they are whole."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connector.adapters.twentyfoursevenoffice import reading, records
from connector.adapters.twentyfoursevenoffice.reading import FaultAnswer, Unreadable
from tests.unit.adapters.office import answer, envelope, fault

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'


def one_field(inside: str) -> reading.Fields:
    result = reading.result(answer("Op", inside).content, "Op")
    assert result is not None
    return reading.fields(result)


def read_companies(content: bytes, size: int = 7) -> list[int]:
    chunks = (content[start : start + size] for start in range(0, len(content), size))
    return [records.customer(one).id for one in reading.items(chunks, "GetCompanies", "Company")]


def companies(*ids: int) -> str:
    return "".join(f"<Company><Id>{one}</Id><Name>Kunde {one}</Name></Company>" for one in ids)


def test_unknown_elements_and_another_order_do_no_harm() -> None:
    given = one_field("<New><Price>1</Price></New><Name>Kabel</Name><Price>8.0000</Price><Id>7</Id>")
    assert (reading.whole(given, "Id"), reading.text(given, "Name")) == (7, "Kabel")
    assert reading.decimal(given, "Price") == Decimal(8)


def test_texts_and_groups_are_told_apart_however_the_answer_is_laid_out() -> None:
    inside = "<Id>\n7 </Id><Post>\n <Street>Vei 1</Street>\n</Post><Visit/>"
    result = reading.result(answer("Op", inside).content, "Op")
    given, groups = reading.parts(result)
    assert given == {"Id": "7"}
    assert list(groups) == ["Post", "Visit"]
    assert reading.texts(groups["Post"]) == {"Street": "Vei 1"}
    assert reading.parts(None) == ({}, {})


@pytest.mark.parametrize("value", ["-2147483648", "-32768", "-9223372036854775808", ""])
def test_a_number_that_is_not_set_is_absent(value: str) -> None:
    assert reading.whole(one_field(f"<Id>{value}</Id>"), "Id") is None


@pytest.mark.parametrize(
    "value", ["-79228162514264337593543950335", "-79228162514264337593543950335.0000", "NaN"]
)
def test_a_decimal_that_is_not_set_is_absent(value: str) -> None:
    assert reading.decimal(one_field(f"<Price>{value}</Price>"), "Price") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-09-14T12:00:00Z", datetime(2026, 9, 14, 12, tzinfo=UTC)),
        ("2026-09-14T14:00:00+02:00", datetime(2026, 9, 14, 12, tzinfo=UTC)),
        ("2026-09-14T12:00:00", datetime(2026, 9, 14, 12, tzinfo=UTC)),
        ("2026-09-14T12:00:00.1234567Z", datetime(2026, 9, 14, 12, 0, 0, 123456, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("", None),
    ],
)
def test_a_time_is_utc_and_the_first_year_means_absent(value: str, expected: datetime | None) -> None:
    assert reading.moment(one_field(f"<At>{value}</At>"), "At") == expected


def test_nil_means_absent() -> None:
    given = one_field('<Id xsi:nil="true"/><Active xsi:nil="1"/>')
    assert (reading.whole(given, "Id"), reading.flag(given, "Active")) == (None, None)


@pytest.mark.parametrize(
    ("inside", "read"),
    [("<A>x</A>", reading.whole), ("<A>x</A>", reading.decimal), ("<A>x</A>", reading.moment)],
)
def test_a_value_of_another_kind_is_unreadable(
    inside: str, read: Callable[[reading.Fields, str], object]
) -> None:
    with pytest.raises(Unreadable):
        read(one_field(inside), "A")


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_stream_gives_the_same_whatever_its_pieces(size: int) -> None:
    assert read_companies(answer("GetCompanies", companies(1, 2, 3)).content, size) == [1, 2, 3]


def test_the_first_records_come_before_the_last_has_arrived() -> None:
    content = answer("GetCompanies", companies(*range(1, 200))).content
    fed: list[int] = []

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(content), 500):
            fed.append(start)
            yield content[start : start + 500]

    first = next(reading.items(chunks(), "GetCompanies", "Company"))
    assert reading.text(reading.fields(first), "Id") == "1"
    assert len(fed) < 10


def test_what_was_read_is_let_go() -> None:
    content = answer("GetCompanies", companies(*range(1, 50))).content
    for element in reading.items([content], "GetCompanies", "Company"):
        parent = element.getparent()
        assert parent is not None
        assert parent.index(element) <= 1, "what was read before is gone, but for one empty element"


def test_an_absent_result_is_an_empty_answer() -> None:
    assert read_companies(answer("GetCompanies").content) == []
    assert reading.result(answer("GetCompanies").content, "GetCompanies") is None


def test_a_record_of_the_same_name_elsewhere_is_not_taken_for_one() -> None:
    inside = "<Company><Id>1</Id><Owner><Company><Id>9</Id></Company></Owner></Company>"
    assert read_companies(answer("GetCompanies", inside).content) == [1]


def test_every_cut_is_noticed() -> None:
    content = answer("GetCompanies", companies(1, 2)).content
    for end in range(len(content)):
        with pytest.raises(Unreadable):
            read_companies(content[:end], size=64)
        with pytest.raises(Unreadable):
            reading.result(content[:end], "GetCompanies")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Service unavailable",
        b"<html><body>Vi er straks tilbake</body></html>",
        b"<!DOCTYPE html><html><body/></html>",
        answer("GetProducts", "<Product><Id>1</Id></Product>").content,
        envelope("").content,
    ],
)
def test_another_answer_never_reads_as_nothing_found(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_companies(content)
    with pytest.raises(Unreadable):
        reading.result(content, "GetCompanies")


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        BOMB,
    ],
)
@pytest.mark.parametrize("inside", ["", "&a;", "&l9;"])
def test_document_types_and_entities_are_refused(doctype: str, inside: str) -> None:
    whole = answer("GetCompanies", f"<Company><Id>1</Id><Name>{inside}</Name></Company>").text
    content = whole.replace("?>", f"?>{doctype}", 1).encode()
    with pytest.raises(Unreadable):
        read_companies(content, size=1_000_000)
    with pytest.raises(Unreadable):
        reading.result(content, "GetCompanies")


def test_a_fault_is_told_in_its_own_words() -> None:
    content = fault("Client is not authenticated on this identity").content
    with pytest.raises(FaultAnswer, match="not authenticated"):
        read_companies(content)
    with pytest.raises(FaultAnswer, match="not authenticated"):
        reading.result(content, "GetCompanies")
    assert "not authenticated" in (reading.fault_words(content) or "")


def test_a_fault_of_soap_12_is_read_too() -> None:
    inside = '<soap:Code/><soap:Reason><soap:Text xml:lang="en">Blocked</soap:Text></soap:Reason>'
    assert reading.fault_words(envelope(f"<soap:Fault>{inside}</soap:Fault>").content) == "Blocked"
    assert reading.fault_words(b"<html/>") is None


def test_a_customer_with_little_on_its_card_reads_as_empty() -> None:
    result = reading.result(answer("Op", '<Id>7</Id><Addresses/><Type xsi:nil="true"/>').content, "Op")
    assert result is not None
    card = records.customer(result)
    assert (card.id, card.name, card.type, card.email, card.invoice_address) == (7, "", "None", "", None)


def test_an_address_without_country_has_the_cards() -> None:
    inside = "<Id>7</Id><Country>SE</Country><Addresses><Post><City>Kiruna</City></Post></Addresses>"
    result = reading.result(answer("Op", inside).content, "Op")
    assert result is not None
    post = records.customer(result).post_address
    assert post is not None
    assert (post.postal_area, post.country) == ("Kiruna", "SE")


@pytest.mark.parametrize(
    "inside", ["<Name>uten id</Name>", "<Id>1</Id><APIException><Message>Feil</Message></APIException>"]
)
def test_a_record_that_failed_is_not_skipped_in_silence(inside: str) -> None:
    with pytest.raises(Unreadable):
        read_companies(answer("GetCompanies", f"<Company>{inside}</Company>").content)

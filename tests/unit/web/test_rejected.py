"""What an import left out, through the router; `Browser` checks every answer against docs/openapi.yaml."""

import csv
import json
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from connector.domain.import_result import RESULTS_A_PAGE, Outcome, Result
from connector.domain.stream import Cursor, Run, RunState, Stream
from connector.web.import_reasons import SET_ASIDE, result_words
from connector.web.import_results import BOM
from tests.fakes.browser import HERE, Browser, Reply
from tests.fakes.people import AGREEMENT, World

REJECTED = f"{HERE}/imports/r-1/rejected"
SUPPLIER = Result(Outcome.SET_ASIDE, "10021", 10021, "supplier")
NUMBERLESS = Result(Outcome.SET_ASIDE, "", 71, "number_missing")
REFUSED = Result(Outcome.REJECTED, "Ø-77", 77, "unit_unknown", "unit")
LAMBDA_LIMIT = 6 * 1024 * 1024


def put(world: World, *results: Result, place: int = 1, run_id: str = "r-1") -> None:
    until = world.clock() + timedelta(days=30)
    world.import_results.put(AGREEMENT, Stream.CUSTOMERS, run_id, place, results, until)


def rows(reply: Reply) -> list[list[str]]:
    return list(csv.reader(reply.text.removeprefix(BOM).splitlines(), delimiter=";"))


def next_file(reply: Reply) -> str | None:
    found = re.fullmatch(r'<(\?.+)>; rel="next"', reply.headers.get("Link", ""))
    return REJECTED + found[1] if found else None


def test_each_record_has_its_reason_in_both_languages(customer: Browser) -> None:
    put(customer.world, SUPPLIER, REFUSED)
    body = customer.call("GET", REJECTED).body
    assert (body["run_id"], body["next_cursor"]) == ("r-1", None)
    assert body["results"] == [
        {
            "outcome": "set_aside",
            "number": "10021",
            "erp_id": 10021,
            "code": "supplier",
            "field": None,
            "message": "Firmaet er bare leverandør i 24SevenOffice, ikke kunde.",
            "message_en": "The company is only a supplier in 24SevenOffice, not a customer.",
        },
        {
            "outcome": "rejected",
            "number": "Ø-77",
            "erp_id": 77,
            "code": "unit_unknown",
            "field": "unit",
            "message": "Smartday avviste feltet «unit» (kode «unit_unknown»).",
            "message_en": "Smartday rejected the field “unit” (code “unit_unknown”).",
        },
    ]


def test_results_are_listed_page_by_page(customer: Browser) -> None:
    put(customer.world, *[SUPPLIER] * RESULTS_A_PAGE)
    put(customer.world, NUMBERLESS, place=2)
    first = customer.call("GET", REJECTED).body
    rest = customer.call("GET", f"{REJECTED}?cursor={first['next_cursor']}").body
    assert (len(first["results"]), len(rest["results"]), rest["next_cursor"]) == (RESULTS_A_PAGE, 1, None)


def test_a_latest_run_that_left_nothing_out_is_empty(customer: Browser) -> None:
    now = customer.world.clock()
    run = Run("r-1", RunState.FINISHED, now, finished_at=now)
    customer.world.cursors.save(Cursor(AGREEMENT, Stream.PRODUCTS, run=run))
    assert customer.call("GET", REJECTED).body == {"run_id": "r-1", "results": [], "next_cursor": None}
    assert len(rows(customer.call("GET", f"{REJECTED}?format=csv"))) == 1


def test_a_file_opens_in_norwegian_excel(customer: Browser) -> None:
    put(customer.world, SUPPLIER, REFUSED)
    reply = customer.call("GET", f"{REJECTED}?format=csv")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="ikke-importert-r-1.csv"'
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.text.startswith("\ufeffUtfall;Nummer;Id i 24SevenOffice;Kode;Felt;Forklaring;")
    assert reply.text.endswith("\r\n")
    assert rows(reply)[1][:5] == ["Satt til side", "10021", "10021", "supplier", ""]
    assert rows(reply)[2][1:5] == ["Ø-77", "77", "unit_unknown", "unit"]
    assert rows(reply)[2][5:] == list(result_words(REFUSED))


@pytest.mark.parametrize("number", ["=1+1", "+47", "-7", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_of_a_file_is_a_formula(customer: Browser, number: str) -> None:
    put(customer.world, Result(Outcome.REJECTED, number, 1, "=code", "=field"))
    text = customer.call("GET", f"{REJECTED}?format=csv").text.removeprefix(BOM)
    ((_, *cells),) = list(csv.reader([text.partition("\r\n")[2]], delimiter=";"))
    assert cells[:4] == [f"'{number}", "1", "'=code", "'=field"]


def test_what_separates_cells_stays_inside_one(customer: Browser) -> None:
    put(customer.world, Result(Outcome.REJECTED, '1;"2"', 1, "x"))
    assert rows(customer.call("GET", f"{REJECTED}?format=csv"))[1][1] == '1;"2"'


def test_a_file_has_all_pages(customer: Browser) -> None:
    for place in range(5):
        put(customer.world, *[SUPPLIER] * RESULTS_A_PAGE, place=place)
    reply = customer.call("GET", f"{REJECTED}?format=csv")
    assert len(rows(reply)) == 1 + 5 * RESULTS_A_PAGE
    assert next_file(reply) is None


def test_a_file_that_would_be_too_large_says_so_and_names_the_next(customer: Browser) -> None:
    many = 40
    for place in range(many):
        put(customer.world, *[REFUSED] * RESULTS_A_PAGE, place=place)
    first = customer.call("GET", f"{REJECTED}?format=csv")
    assert len(json.dumps(first.text)) < LAMBDA_LIMIT
    assert rows(first)[-1][0].startswith("Filen er full, men det er flere poster.")
    more = next_file(first)
    assert more is not None
    assert more.rpartition("cursor=")[2] in rows(first)[-1][0]
    counted, reply = len(rows(first)) - 2, first
    while more := next_file(reply):
        reply = customer.call("GET", more)
        counted += len(rows(reply)) - (2 if next_file(reply) else 1)
    assert counted == many * RESULTS_A_PAGE


def test_a_run_that_is_not_known_is_not_found(customer: Browser) -> None:
    put(customer.world, SUPPLIER)
    for query in ("", "?format=csv"):
        reply = customer.call("GET", f"{HERE}/imports/r-2/rejected{query}")
        assert (reply.status, reply.code) == (404, "run_not_found")


@pytest.mark.parametrize("run_id", ["a_b", "r.1", "x" * 101, "r/1", "r#1", "ø", "r\n"])
def test_what_is_no_id_of_a_run_is_not_looked_up(customer: Browser, run_id: str) -> None:
    put(customer.world, SUPPLIER, run_id=run_id)
    reply = customer.call("GET", f"{HERE}/imports/{quote(run_id, safe='')}/rejected")
    assert (reply.status, reply.code) == (404, "run_not_found")


def test_the_id_of_a_run_may_be_long(customer: Browser) -> None:
    put(customer.world, SUPPLIER, run_id="x" * 100)
    assert customer.call("GET", f"{HERE}/imports/{'x' * 100}/rejected").status == 200


def test_a_format_or_cursor_that_is_none_is_refused(customer: Browser) -> None:
    put(customer.world, SUPPLIER)
    assert customer.call("GET", f"{REJECTED}?format=xlsx").fields == {"format": "not_a_choice"}
    for query in ("cursor=lost", "cursor=lost&format=csv"):
        reply = customer.call("GET", f"{REJECTED}?{query}")
        assert (reply.status, reply.code) == (400, "cursor_invalid")


@pytest.mark.parametrize("code", [*SET_ASIDE, "a_new_code"])
def test_every_code_of_ours_and_any_other_is_said_in_both_languages(code: str) -> None:
    nb, en = result_words(Result(Outcome.SET_ASIDE, "1", 1, code))
    assert nb != en
    assert ("a_new_code" in nb) == ("a_new_code" in en) == (code not in SET_ASIDE)


def test_smartdays_code_is_said_as_it_is() -> None:
    nb, _ = result_words(Result(Outcome.REJECTED, "1", 1, "supplier"))
    assert nb == "Smartday avviste posten (kode «supplier»)."

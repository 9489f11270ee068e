"""What the answers to saves, reads and look-ups of orders may say."""

from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from connector.adapters.twentyfoursevenoffice import reading
from connector.adapters.twentyfoursevenoffice.errors import Trouble, Verdict
from connector.adapters.twentyfoursevenoffice.order_answers import note_if_ours, saved_order
from connector.domain.erp_order import ErpOrder, ErpRow, OrderChange, SavedOrder
from connector.domain.order import OrderKey
from connector.errors import Refused, RetryLater, UnknownOutcome
from tests.unit.adapters.office import AGREEMENT, KEY, NOW, ORDER, answer, office, saved, sent

SINCE = NOW - timedelta(minutes=15)
ROWS = (
    "<InvoiceRows><InvoiceRow><ProductId>501</ProductId><RowId>71</RowId><Price>950.0000</Price><New/>"
    "<Name>Montørtime</Name><DiscountRate>0.0000</DiscountRate><Quantity>1.5000</Quantity>"
    "<SequenceNumber>1</SequenceNumber></InvoiceRow><InvoiceRow><ProductId>-1</ProductId>"
    "<RowId>72</RowId><Name>Oppgave 48213</Name><SequenceNumber>2</SequenceNumber></InvoiceRow>"
    "</InvoiceRows>"
)
TOTALS = "<OrderTotalIncVat>1781.2500</OrderTotalIncVat><OrderTotalVat>356.2500</OrderTotalVat>"
OURS = f"<ExternalStatus>{KEY.external_status}</ExternalStatus>"
READ_ROWS = (
    ErpRow(71, 1, "Montørtime", 501, Decimal("1.5"), Decimal(950), Decimal(0)),
    ErpRow(72, 2, "Oppgave 48213"),
)


def outcome(inside: str) -> SavedOrder:
    return saved_order(reading.result(saved(inside).content, "SaveInvoices"), NOW)


def found(*orders: str) -> httpx.Response:
    return answer("GetInvoices", "".join(f"<InvoiceOrder>{one}</InvoiceOrder>" for one in orders))


def ours(order_id: int, key: OrderKey = KEY, status: str = "Web") -> str:
    return (
        f"<OrderId>{order_id}</OrderId><OrderStatus>{status}</OrderStatus>"
        f"<ExternalStatus>{key.external_status}</ExternalStatus>"
        f"<ReferenceNumber>{key.text}</ReferenceNumber>"
    )


def test_an_order_id_is_done() -> None:
    assert outcome("<New/><OrderId>5001</OrderId><APIException/>") == SavedOrder("5001")


def test_an_exception_on_the_item_is_a_refusal_in_its_words() -> None:
    with pytest.raises(Refused) as refused:
        outcome(
            "<OrderId>-2147483648</OrderId><APIException><Type>Validation</Type>"
            "<Message>Customer 99999 does not exist</Message><StackTrace>at X</StackTrace></APIException>"
        )
    assert (refused.value.code, refused.value.words) == ("Validation", "Customer 99999 does not exist")


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("Client is not authenticated on this identity", Verdict.NOT_AUTHENTICATED),
        ("Limit exceeded by 1. Request is blocked.", Verdict.THROTTLED),
    ],
)
def test_an_exception_about_the_call_is_no_refusal_of_the_order(words: str, verdict: Verdict) -> None:
    with pytest.raises(Trouble) as trouble:
        outcome(f"<APIException><Message>{words}</Message></APIException>")
    assert trouble.value.verdict is verdict


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<CustomerId>10021</CustomerId>",
        "<OrderId>-2147483648</OrderId>",
        "<OrderId>0</OrderId>",
        "<OrderId>femtusen</OrderId>",
        '<OrderId xsi:nil="true"/><APIException xsi:nil="true"/>',
        "<OrderId>5001</OrderId><APIException><Message>Feil</Message></APIException>",
        "<OrderId>5001</OrderId></InvoiceOrder><InvoiceOrder><OrderId>5002</OrderId>",
    ],
)
def test_whatever_says_neither_is_an_unknown_outcome(inside: str) -> None:
    with pytest.raises(UnknownOutcome):
        outcome(inside)


def test_an_empty_result_is_an_unknown_outcome() -> None:
    with pytest.raises(UnknownOutcome):
        saved_order(None, NOW)


@pytest.mark.parametrize(
    ("field", "value", "ours"),
    [
        ("ReferenceNumber", "SD-104477-48213", True),
        ("ReferenceNumber", "SD-104477-48213-2", False),
        ("ReferenceNumber", "SD-104477-482130", False),
        ("ReferenceNumber", "sd-104477-48213", False),
        ("ReferenceNumber", "SD-104477-48213 x", False),
        ("ReferenceNumber", "", False),
        ("InvoiceTitle", "SD-104477-48213", True),
        ("InvoiceTitle", "SD-104477-48213 Bytte varmekabel", True),
        ("InvoiceTitle", "SD-104477-48213\nBytte varmekabel", True),
        ("InvoiceTitle", "SD-104477-48213-2", False),
        ("InvoiceTitle", "Bytte SD-104477-48213", False),
    ],
)
def test_an_order_is_ours_only_by_its_exact_key(field: str, value: str, ours: bool) -> None:
    content = saved(f"<{field}>{value}</{field}><OrderId>5001</OrderId>").content
    (order,) = reading.children(reading.result(content, "SaveInvoices"), "InvoiceOrder")
    found: dict[str, bool] = {}
    note_if_ours(order, KEY, found)
    assert found == ({"5001": False} if ours else {})


def test_rows_and_total_without_vat_are_told_when_the_answer_has_them() -> None:
    assert outcome(f"<OrderId>5001</OrderId>{TOTALS}{ROWS}") == SavedOrder(
        "5001", READ_ROWS, Decimal("1425.00")
    )


@pytest.mark.parametrize(
    "inside",
    [
        ROWS.replace("<RowId>72", "<RowId>syttito"),
        "<InvoiceRows/>",
        TOTALS.replace("356.2500", "mye"),
        "<OrderTotalIncVat>1781.2500</OrderTotalIncVat>",
        "<OrderTotalVat>356.2500</OrderTotalVat>",
        "<InvoiceRows>tull</InvoiceRows><OrderTotalIncVat/>",
    ],
)
def test_rows_or_totals_that_cannot_be_read_hide_no_order(inside: str) -> None:
    assert outcome(f"<OrderId>5001</OrderId>{inside}") == SavedOrder("5001")


def test_a_refused_change_comes_back_as_it_was_sent_with_the_reason() -> None:
    erp, _ = office(saved("<OrderId>5001</OrderId><APIException><Message>Fakturert</Message></APIException>"))
    with pytest.raises(Refused) as refused:
        erp.change_order(OrderChange("5001", ORDER, head=("delivery_date",)))
    assert refused.value.words == "Fakturert"


def test_an_answer_about_another_order_than_was_changed_is_an_unknown_outcome() -> None:
    erp, asked = office(saved("<OrderId>5002</OrderId>"))
    with pytest.raises(UnknownOutcome):
        erp.change_order(OrderChange("5001", ORDER, head=("delivery_date",)))
    assert len(asked.asked) == 1


def test_an_order_reads_with_rows_status_and_total() -> None:
    erp, _ = office(found(f"<OrderId>5001</OrderId><OrderStatus>Invoiced</OrderStatus>{OURS}{TOTALS}{ROWS}"))
    read = erp.read_order("5001", KEY)
    assert read == ErpOrder("5001", "Invoiced", READ_ROWS, Decimal("1425.00"))
    assert read.is_invoiced


def test_an_order_without_a_status_has_the_schemas_default() -> None:
    erp, _ = office(found(f"<OrderId>5001</OrderId>{OURS}"))
    assert erp.read_order("5001", KEY) == ErpOrder("5001", "Web", ())


@pytest.mark.parametrize(
    "proof",
    [f"<ReferenceNumber>{KEY.text}</ReferenceNumber>", f"<InvoiceTitle>{KEY.text} Bad</InvoiceTitle>"],
)
def test_the_keys_text_proves_an_order_too(proof: str) -> None:
    erp, _ = office(found(f"<OrderId>5001</OrderId>{proof}"))
    assert erp.read_order("5001", KEY) is not None


@pytest.mark.parametrize(
    "other", ["", "<ExternalStatus>1</ExternalStatus>", "<ReferenceNumber>4471</ReferenceNumber>"]
)
def test_an_order_of_somebody_elses_with_our_number_is_not_ours(other: str) -> None:
    erp, _ = office(found(f"<OrderId>5001</OrderId>{other}{ROWS}"))
    assert erp.read_order("5001", KEY) is None


def test_totals_that_nobody_can_have_count_as_not_told() -> None:
    huge = TOTALS.replace("356.2500", "-9e999999").replace("1781.2500", "9e999999")
    erp, _ = office(saved(f"<OrderId>5001</OrderId>{huge}"))
    assert erp.save_order(ORDER) == SavedOrder("5001")


def test_an_order_that_the_answer_does_not_hold_is_not_there() -> None:
    erp, _ = office(answer("GetInvoices"))
    assert erp.read_order("5001", KEY) is None


@pytest.mark.parametrize(
    "given",
    [
        httpx.Response(502),
        httpx.Response(200, text="<html/>"),
        found("<OrderId>5002</OrderId>"),
        found("<ReferenceNumber>SD-1-1</ReferenceNumber>"),
        found("<OrderId>5001</OrderId>" + OURS + ROWS.replace("<RowId>72", "<RowId>syttito")),
        found(f"<OrderId>5001</OrderId>{OURS}{TOTALS.replace('356.2500', 'mye')}"),
    ],
)
def test_a_read_that_is_not_whole_is_never_not_there(given: httpx.Response) -> None:
    erp, _ = office(given)
    with pytest.raises(RetryLater):
        erp.read_order("5001", KEY)


def test_both_searches_must_be_answered() -> None:
    erp, asked = office(answer("GetInvoices"), httpx.Response(502))
    with pytest.raises(RetryLater):
        erp.find_orders(KEY, 10021, SINCE)
    assert len(asked.asked) == 2


def test_an_order_found_by_both_searches_counts_once() -> None:
    erp, _ = office(found(ours(10002)), found(ours(9001), ours(10002)))
    assert erp.find_orders(KEY, 10021, SINCE) == ["9001", "10002"]


def test_an_order_with_our_key_but_no_id_is_a_failed_look_up() -> None:
    erp, _ = office(found(f"<ReferenceNumber>{KEY.text}</ReferenceNumber>"))
    with pytest.raises(RetryLater):
        erp.find_orders(KEY, 10021, SINCE)


def test_orders_of_many_keys_are_looked_for_a_thousand_hashes_at_a_time() -> None:
    keys = [OrderKey(AGREEMENT, str(number)) for number in range(1500)]
    erp, asked = office(found(ours(5001, keys[3])), found(ours(5002, keys[1200]), ours(5000, keys[1200])))
    assert erp.find_orders_of([*keys, *keys]) == {keys[3].text: ["5001"], keys[1200].text: ["5000", "5002"]}
    searches = [sent(one.content)["searchParams"]["ExternalStatus"]["int"] for one in asked.asked]
    assert [len(one) for one in searches] == [1000, 500]


def test_no_keys_make_no_call_since_that_would_ask_for_all() -> None:
    erp, asked = office(found(ours(5001)))
    assert erp.find_orders_of([]) == {}
    assert asked.asked == []


@pytest.mark.parametrize(
    "given",
    [
        httpx.Response(502),
        found("<OrderId>5001</OrderId>"),
        found(ours(5001).replace("<OrderId>5001</OrderId>", "")),
    ],
)
def test_a_look_up_of_many_that_is_not_whole_raises(given: httpx.Response) -> None:
    erp, _ = office(given)
    with pytest.raises(RetryLater):
        erp.find_orders_of([KEY])

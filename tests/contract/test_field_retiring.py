"""The promises of `FieldService` about records that leave use: one suite, in memory and over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from connector.domain.master_data import Upserted
from connector.errors import RetryLater
from tests.contract.smartday_worlds import CUSTOMER, PRODUCT, Memory, Wire, World, connected, standing

OPEN_TASK: Wire = {
    "id": "50002",
    "version": 2,
    "status": {"code": "in_progress", "number": 4, "label": "Pågår"},
    "customer": {"id": "c-1", "external_number": "10021", "name": CUSTOMER.name},
    "registrations": [
        {
            "id": "r-1",
            "kind": "item",
            "status": "used",
            "product": {"id": "p-1", "external_number": "1042210", "name": PRODUCT.name},
        }
    ],
    "changed_at": "2026-09-14T11:02:19Z",
}
UPDATED, UNCHANGED = "updated", "unchanged"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    """Bridge's stand-in, served once for all tests of this module."""
    with standing() as url:
        yield url


@pytest.fixture(params=["memory", "bridge"])
def smartday(request: pytest.FixtureRequest) -> Iterator[World]:
    """Smartday without tasks, customers and products."""
    if request.param == "memory":
        yield Memory()
        return
    with connected(request.getfixturevalue("stand_in")) as stood:
        yield stood


def states(smartday: World) -> dict[str | None, str]:
    """Number → state of all customers and products."""
    customers = {one.number: one.state for one in smartday.service.customers(None).customers}
    return customers | {one.number: one.state for one in smartday.service.products(None).products}


def test_a_retired_record_is_inactive_and_otherwise_as_it_was(smartday: World) -> None:
    smartday.service.upsert_customers([CUSTOMER])
    smartday.service.upsert_products([PRODUCT])
    (before,) = smartday.service.customers(None).customers
    assert smartday.service.retire_customers(["10021"]) == [Upserted("10021", UPDATED)]
    assert smartday.service.retire_products(["1042210"]) == [Upserted("1042210", UPDATED)]
    assert states(smartday) == {"10021": "inactive", "1042210": "inactive"}
    (after,) = smartday.service.customers(None).customers
    assert after == replace(before, state="inactive")
    assert smartday.prices() == {"1042210": Decimal("1249.10")}
    inactive = replace(PRODUCT, state="inactive")
    assert smartday.service.upsert_products([inactive]) == [Upserted("1042210", UNCHANGED)]


def test_what_is_not_there_or_inactive_already_is_unchanged_in_the_order_sent(smartday: World) -> None:
    numbers = ["10003", "10001", "10002"]
    smartday.service.upsert_customers([replace(CUSTOMER, external_number=one) for one in numbers])
    smartday.service.upsert_products([PRODUCT])
    smartday.service.retire_customers(["10002"])
    given = smartday.service.retire_customers(["10002", "Ø-77/1", "10003", "10001"])
    assert [(one.external_number, one.outcome) for one in given] == [
        ("10002", UNCHANGED),
        ("Ø-77/1", UNCHANGED),
        ("10003", UPDATED),
        ("10001", UPDATED),
    ]
    assert smartday.service.retire_products(["KM"]) == [Upserted("KM", UNCHANGED)]
    assert states(smartday) == dict.fromkeys(numbers, "inactive") | {"1042210": "active"}


def test_what_an_open_task_names_is_rejected_and_the_others_are_retired(smartday: World) -> None:
    smartday.service.upsert_customers([CUSTOMER, replace(CUSTOMER, external_number="10022")])
    smartday.service.upsert_products([PRODUCT])
    smartday.add([OPEN_TASK])
    assert smartday.service.retire_customers(["10021", "10022"]) == [
        Upserted("10021", "rejected", "in_use"),
        Upserted("10022", UPDATED),
    ]
    assert smartday.service.retire_products(["1042210"]) == [Upserted("1042210", "rejected", "in_use")]
    assert states(smartday) == {"10021": "active", "10022": "inactive", "1042210": "active"}
    inactive = replace(CUSTOMER, state="inactive")
    assert smartday.service.upsert_customers([inactive]) == [Upserted("10021", "rejected", "in_use")]


def test_twenty_are_retired_at_once_and_more_are_a_mistake_of_ours(smartday: World) -> None:
    numbers = [str(10100 - n) for n in range(20)]
    smartday.service.upsert_products([replace(PRODUCT, external_number=one) for one in numbers])
    given = smartday.service.retire_products(numbers)
    assert given == [Upserted(one, UPDATED) for one in numbers]
    for retire in (smartday.service.retire_customers, smartday.service.retire_products):
        assert retire([]) == []
        with pytest.raises(ValueError, match="20"):
            retire([*numbers, "10101"])


def test_retiring_whose_answer_was_lost_is_done_again_and_finds_it_done(smartday: World) -> None:
    smartday.service.upsert_customers([CUSTOMER])
    smartday.lose_answer_of("retire_customers")
    with pytest.raises(RetryLater):
        smartday.service.retire_customers(["10021"])
    assert smartday.service.retire_customers(["10021"]) == [Upserted("10021", UNCHANGED)]
    assert states(smartday) == {"10021": "inactive"}


def test_a_retired_record_comes_back_when_it_is_written_in_use(smartday: World) -> None:
    smartday.service.upsert_customers([CUSTOMER])
    smartday.service.retire_customers(["10021"])
    assert smartday.service.upsert_customers([CUSTOMER]) == [Upserted("10021", UPDATED)]
    assert states(smartday) == {"10021": "active"}


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (
            "/customers/10021",
            {
                "name": CUSTOMER.name,
                "is_company": False,
                "comment": "Ring før oppmøte – hund på stedet.",
                "mobile": "+4790000000",
                "billing_address": {"address1": "Havnegata", "house_number": "2", "postal_code": "8900"},
                "contacts": [{"id": "k-91", "name": "Kjærsti Øygård", "mobile": "+4790000001"}],
            },
        ),
        (
            "/products/1042210",
            {
                "type": "hours",
                "name": PRODUCT.name,
                "unit": "stk",
                "price": 1249.1,
                "cost_price": 811,
                "vat_rate": 25,
                "group": "Varme",
                "supplier_item_number": "EL-1042210",
                "stock_item": True,
            },
        ),
    ],
)
def test_what_only_smartday_knows_of_a_record_outlives_its_use(
    stand_in: str, path: str, fields: Wire
) -> None:
    with connected(stand_in) as smartday:
        smartday.write(path, fields)
        before = smartday.shown(path)
        service = smartday.service
        retire = service.retire_customers if "customers" in path else service.retire_products
        retire([path.rpartition("/")[2]])
        after = smartday.shown(path)
    changed = {"state": "inactive", "version": 2, "changed_at": after["changed_at"]}
    assert after == before | changed
    assert before.keys() >= fields.keys()

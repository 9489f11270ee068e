"""Bindings: any amount in and out, by kind and Smartday number."""

from dataclasses import replace

import pytest

from connector.adapters.dynamodb.bindings import DynamoBindingStore
from connector.domain.binding import Binding, Kind
from connector.stores import BindingStore
from tests.fakes.stores import MemoryBindingStore

BOTH = ["memory", pytest.param("engine", marks=pytest.mark.engine)]


def customer(number: str, erp_id: int = 1) -> Binding:
    return Binding(Kind.CUSTOMERS, number, erp_id, "f00d")


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> BindingStore:
    if request.param == "memory":
        return MemoryBindingStore()
    account = request.getfixturevalue("account")
    account.create_table("bindings")
    return DynamoBindingStore(account.table("bindings"))


def test_hundreds_go_in_and_come_out(store: BindingStore) -> None:
    bindings = {str(number): customer(str(number), number) for number in range(10_000, 10_330)}
    store.put("104477", list(bindings.values()))
    assert store.get("104477", Kind.CUSTOMERS, bindings) == bindings
    assert {one.number: one for one in store.all("104477", Kind.CUSTOMERS)} == bindings


def test_numbers_without_a_binding_are_left_out(store: BindingStore) -> None:
    store.put("104477", [customer("10021")])
    assert store.get("104477", Kind.CUSTOMERS, ["10021", "10022", "", "10021"]) == {
        "10021": customer("10021")
    }
    assert store.get("104477", Kind.CUSTOMERS, []) == {}


def test_a_number_longer_than_any_key_has_no_binding(store: BindingStore) -> None:
    assert store.get("104477", Kind.PRODUCTS, ["ø" * 1000]) == {}


def test_kinds_and_agreements_are_kept_apart(store: BindingStore) -> None:
    product = Binding(Kind.PRODUCTS, "10021", 77, active=False)
    store.put("104477", [customer("10021"), product])
    store.put("200", [customer("10021", 9)])
    assert store.get("104477", Kind.PRODUCTS, ["10021"]) == {"10021": product}
    assert store.get("104477", Kind.CUSTOMERS, ["10021"]) == {"10021": customer("10021")}
    assert list(store.all("200", Kind.CUSTOMERS)) == [customer("10021", 9)]
    assert list(store.all("200", Kind.PRODUCTS)) == []


def test_a_later_binding_replaces_the_earlier(store: BindingStore) -> None:
    store.put("104477", [customer("10021", 1)])
    later = replace(customer("10021", 3), active=False, blocked=True)
    store.put("104477", [customer("10021", 2), later])
    assert store.get("104477", Kind.CUSTOMERS, ["10021"]) == {"10021": later}


@pytest.mark.parametrize("number", ["RØR-Ø22", "æøå ÆØÅ", "00042", "A#B", '½" kobling/vinkel', "customers#1"])
def test_numbers_are_kept_as_they_are(store: BindingStore, number: str) -> None:
    binding = Binding(Kind.PRODUCTS, number, 5)
    store.put("104477", [binding])
    assert store.get("104477", Kind.PRODUCTS, [number]) == {number: binding}
    assert list(store.all("104477", Kind.PRODUCTS)) == [binding]


def test_all_reads_several_megabytes_to_the_end(store: BindingStore) -> None:
    large = [replace(customer(str(number)), fingerprint="f" * 100_000) for number in range(25)]
    store.put("104477", large)
    assert len(list(store.all("104477", Kind.CUSTOMERS))) == 25
    assert len(store.get("104477", Kind.CUSTOMERS, [one.number for one in large])) == 25

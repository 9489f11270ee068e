"""Claims on customers made in the field: one per Smartday id, conditional saves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.adapters.dynamodb.bindings import DynamoBindingStore
from connector.adapters.dynamodb.customer_claims import DynamoCustomerClaimStore
from connector.domain.binding import Kind
from connector.domain.field_customer import CustomerClaim
from connector.errors import Stale
from connector.stores import CustomerClaimStore
from tests.fakes.stores import MemoryCustomerClaimStore

NOW = datetime(2026, 9, 14, 11, 0, tzinfo=UTC)
BOTH = ["memory", pytest.param("engine", marks=pytest.mark.engine)]


@pytest.fixture(params=BOTH)
def open_store(request: pytest.FixtureRequest) -> Callable[[], CustomerClaimStore]:
    """Opens the same claims again and again, for writers that don't share a process."""
    if request.param == "memory":
        memory = MemoryCustomerClaimStore()
        return lambda: memory
    account = request.getfixturevalue("account")
    account.create_table("bindings")
    return lambda: DynamoCustomerClaimStore(account.table("bindings"))


@pytest.fixture
def store(open_store: Callable[[], CustomerClaimStore]) -> CustomerClaimStore:
    return open_store()


def claim(smartday_id: str = "c-7", agreement_number: str = "104477") -> CustomerClaim:
    return CustomerClaim(agreement_number, smartday_id, lease_owner="worker", lease_until=NOW)


def test_a_claim_comes_back_as_it_was_saved(store: CustomerClaimStore) -> None:
    saved = store.save(replace(claim("kunde/ÆØÅ#1"), company_id=10021, settle_at=NOW, is_linked=True))
    assert saved.revision == 1
    assert store.get("104477", "kunde/ÆØÅ#1") == saved


def test_customers_and_agreements_are_kept_apart(store: CustomerClaimStore) -> None:
    store.save(claim())
    assert store.get("104477", "c-8") is None
    assert store.get("200", "c-7") is None


def test_what_was_cleared_is_gone(store: CustomerClaimStore) -> None:
    first = store.save(claim())
    again = store.save(replace(first, lease_owner=None, lease_until=None))
    assert store.get("104477", "c-7") == again


def test_the_later_of_two_writers_is_stale(store: CustomerClaimStore) -> None:
    first = store.save(claim())
    second = store.save(replace(first, company_id=10021))
    for old in (claim(), replace(first, company_id=9), replace(claim("c-9"), revision=1)):
        with pytest.raises(Stale):
            store.save(old)
    assert store.get("104477", "c-7") == second


def test_claims_of_an_agreement_are_forgotten(store: CustomerClaimStore) -> None:
    saved = store.save(claim())
    other = store.save(claim(agreement_number="200"))
    for number in range(30):
        store.save(claim(f"c-1{number}"))
    store.forget_all("104477")
    assert [store.get("104477", one) for one in ("c-7", "c-110", "c-129")] == [None] * 3
    assert store.get("200", "c-7") == other
    with pytest.raises(Stale):
        store.save(saved)


def test_of_many_who_claim_at_once_one_wins(
    open_store: Callable[[], CustomerClaimStore],
    at_once: Callable[..., list[Any]],
) -> None:
    stores = [open_store() for _ in range(8)]
    outcomes = at_once([lambda one=one: one.save(claim()) for one in stores])
    assert [isinstance(one, Stale) for one in outcomes].count(False) == 1


@pytest.mark.engine
def test_a_claim_is_not_taken_for_a_binding(request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue("account")
    account.create_table("bindings")
    DynamoCustomerClaimStore(account.table("bindings")).save(claim("c-7"))
    assert list(DynamoBindingStore(account.table("bindings")).all("104477", Kind.CUSTOMERS)) == []

"""Integrations: conditional saves, who is active, and which agreement an ERP company belongs to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.adapters.dynamodb.integrations import DynamoIntegrationStore
from connector.domain.integration import ErpCompany, Integration, IntegrationState
from connector.domain.settings import OrderStatus, Settings
from connector.errors import Stale
from connector.stores import IntegrationStore
from tests.fakes.stores import MemoryIntegrationStore

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
BOTH = ["memory", pytest.param("engine", marks=pytest.mark.engine)]


def integration(agreement_number: str = "104477", **fields: Any) -> Integration:
    usual: dict[str, Any] = {
        "agreement_name": "Bjørn Ødegård Rør AS",
        "state": IntegrationState.ACTIVE,
        "erp_company": ErpCompany("555", "Ødegård Rør"),
        "start": NOW,
        "activated_at": NOW,
    }
    return Integration(agreement_number, **(usual | fields))


@pytest.fixture(params=BOTH)
def open_store(request: pytest.FixtureRequest) -> Callable[[], IntegrationStore]:
    if request.param == "memory":
        memory = MemoryIntegrationStore()
        return lambda: memory
    account = request.getfixturevalue("account")
    account.create_table("integrations")
    return lambda: DynamoIntegrationStore(account.table("integrations"))


@pytest.fixture
def store(open_store: Callable[[], IntegrationStore]) -> IntegrationStore:
    return open_store()


def test_an_integration_comes_back_as_it_was_saved(store: IntegrationStore) -> None:
    settings = Settings(OrderStatus.WEB, credit_orders=True, fallback_products={"hours": "ÆRLIG-1"})
    saved = store.save(integration(settings=settings, secret_generation=3))
    assert saved.revision == 1
    assert store.get("104477") == saved
    assert store.get("1") is None


def test_why_a_login_is_refused_comes_back(store: IntegrationStore) -> None:
    saved = store.save(integration().refused("smartday", "credentials_expired", NOW))
    assert store.get("104477") == saved
    assert saved.refused_login is not None


def test_twenty_versions_of_the_largest_settings_come_back(store: IntegrationStore) -> None:
    largest = {f"{number:02}" + "ø" * 48: 2**31 - 1 for number in range(100)}
    changed = integration()
    for number in range(25):
        template = "🚿" * 1000 + str(number)
        wanted = Settings(
            text_template=template, projects=largest, departments=largest, our_references=largest
        )
        changed = changed.with_settings(wanted, NOW)
    saved = store.save(changed)
    assert store.get("104477") == saved
    assert (saved.settings_version, len(saved.settings_history)) == (26, 20)


def test_saves_of_old_revisions_are_stale(store: IntegrationStore) -> None:
    first = store.save(integration())
    second = store.save(replace(first, state=IntegrationState.PAUSED))
    for old in (integration(), first, replace(first, revision=7)):
        with pytest.raises(Stale):
            store.save(old)
    assert store.get("104477") == second


def test_of_sixteen_racing_activations_one_wins(
    open_store: Callable[[], IntegrationStore], at_once: Callable[..., list[Any]]
) -> None:
    stores = [open_store() for _ in range(16)]
    outcomes = at_once([lambda one=one: one.save(integration()) for one in stores])
    assert sum(isinstance(one, Integration) for one in outcomes) == 1
    assert sum(isinstance(one, Stale) for one in outcomes) == 15


def test_at_work_are_active_and_refused_integrations_and_no_claims(store: IntegrationStore) -> None:
    for place, state in enumerate(IntegrationState):
        store.save(integration(f"10{place}", state=state))
    store.save(integration("200"))
    store.claim_company("555", "200")
    at_work = {"200": IntegrationState.ACTIVE} | {
        f"10{list(IntegrationState).index(state)}": state
        for state in (IntegrationState.ACTIVE, IntegrationState.CREDENTIALS_REJECTED)
    }
    assert dict(store.at_work()) == at_work


def test_at_work_reads_a_table_of_several_megabytes_to_its_end(store: IntegrationStore) -> None:
    for place in range(12):
        store.save(integration(f"10{place:02}", agreement_name="ø" * 100_000))
    assert sorted(number for number, _ in store.at_work()) == [f"10{place:02}" for place in range(12)]


def test_a_free_company_goes_to_the_first_that_claims_it(store: IntegrationStore) -> None:
    assert store.claim_company("555", "104477") == "104477"
    assert store.claim_company("555", "104477") == "104477"
    assert store.claim_company("555", "200") == "104477"
    assert store.claim_company("556", "200") == "200"


def test_of_sixteen_racing_claims_one_wins(
    open_store: Callable[[], IntegrationStore], at_once: Callable[..., list[Any]]
) -> None:
    stores = [open_store() for _ in range(16)]
    owners = at_once(
        [lambda one=one, n=n: one.claim_company("555", f"10{n}") for n, one in enumerate(stores)]
    )
    assert len(set(owners)) == 1
    assert owners[0] in {f"10{n}" for n in range(16)}


def test_only_the_owner_releases_a_company(store: IntegrationStore) -> None:
    store.claim_company("555", "104477")
    store.release_company("555", "200")
    assert store.claim_company("555", "200") == "104477"
    store.release_company("555", "104477")
    store.release_company("555", "104477")
    assert store.claim_company("555", "200") == "200"


def test_a_claim_is_never_taken_for_an_integration(store: IntegrationStore) -> None:
    store.claim_company("555", "104477")
    assert store.get("company#555") is None
    assert list(store.at_work()) == []

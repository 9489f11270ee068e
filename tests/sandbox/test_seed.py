"""The made-up data both stand-ins start from."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

from sandbox import seed, seed_tasks

BUYERS = ["10021", "10001", "10002"]


def checksum_holds(number: str) -> bool:
    weights = (3, 2, 7, 6, 5, 4, 3, 2, 1)
    return sum(int(d) * w for d, w in zip(number, weights, strict=True)) % 11 == 0


def test_same_counts_and_seed_give_the_same_data() -> None:
    assert seed.companies(60) == seed.companies(60)
    assert seed.products(60) == seed.products(60)
    assert seed_tasks.tasks(9, BUYERS, seed.products(60)) == seed_tasks.tasks(9, BUYERS, seed.products(60))


def test_a_larger_count_only_adds() -> None:
    assert seed.companies(300)[:100] == seed.companies(100)
    assert seed.products(300)[:100] == seed.products(100)


def test_another_seed_gives_other_names() -> None:
    assert seed.companies(60, seed=2) != seed.companies(60, seed=1)


def test_the_example_customer_is_always_there() -> None:
    for count in (1, 20, 21, 500):
        found = seed.companies(count)
        assert len(found) == count
        assert next(c for c in found if c["Id"] == 10021)["Name"] == "Brønnøysund Rør & Varme AS"


def test_two_organisation_numbers_are_wrong_and_the_rest_hold() -> None:
    numbers = [c["OrganizationNumber"] for c in seed.companies(2000) if c["OrganizationNumber"]]
    assert len(set(numbers)) == len(numbers)
    assert [checksum_holds(n) for n in numbers].count(False) == 2


def test_customers_have_the_traits_an_import_must_meet() -> None:
    found = seed.companies(200)
    kinds = Counter(c["Type"] for c in found)
    assert kinds.keys() == {"Business", "Consumer", "Supplier"}
    assert all(c["FirstName"] for c in found if c["Type"] == "Consumer")
    assert any(not c["active"] for c in found)
    assert any(c["BlockInvoice"] for c in found)
    assert any(not c["Addresses"] for c in found)


def test_products_have_the_traits_an_import_must_meet() -> None:
    found = seed.products(100)
    assert {p["No"]: p["Price"] for p in found[:7]} == {
        "T100": Decimal("950.00"),
        "T150": Decimal("1425.00"),
        "T020": Decimal("750.00"),
        "KM": Decimal("8.00"),
        "1042210": Decimal("1249.00"),
        "1533870": Decimal("89.50"),
        "OPPM": Decimal("350.00"),
    }
    uses = Counter(p["No"] for p in found)
    assert uses.pop("") == 3
    assert sorted(uses.values())[-2:] == [1, 2]
    assert sum(p["StatusId"] == 0 for p in found) == 2


def test_the_example_task_is_the_contracts_and_its_sum_is_right() -> None:
    task = seed_tasks.example_task()
    assert (task["id"], task["version"], task["status"]["code"]) == ("48213", 7, "finished")
    assert sum(r["net_amount"] for r in task["registrations"] if r.get("billable")) == Decimal(8520)


def test_the_first_task_is_the_example_just_before_it_was_finished() -> None:
    first = seed_tasks.tasks(1, BUYERS, seed.products(50))[0]
    assert (first["version"], first["status"], first["outcome"]) == (6, seed_tasks.IN_PROGRESS, None)
    assert first["registrations"] == seed_tasks.example_task()["registrations"]


def test_every_task_can_be_invoiced() -> None:
    products = seed.products(100)
    uses = Counter(p["No"] for p in products)
    tasks = seed_tasks.tasks(200, BUYERS, products)[1:]
    assert {len(t["registrations"]) for t in tasks} == set(range(3, 10))
    for task in tasks:
        assert task["customer"]["external_number"] in BUYERS
        billable = [r for r in task["registrations"] if r.get("billable")]
        assert len(billable) >= 3
        for r in billable:
            exact = r["quantity"] * r["unit_price"] * (1 - r["discount_percent"] / 100)
            assert r["net_amount"] == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert uses[r["product"]["external_number"]] == 1


def test_time_spent_is_the_billable_hours() -> None:
    for task in seed_tasks.tasks(30, BUYERS, seed.products(100)):
        hours = [r for r in task["registrations"] if r["kind"] == "hours" and r["billable"]]
        assert task["minutes_spent"] == sum(r["quantity"] for r in hours) * 60

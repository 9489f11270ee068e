"""Customers and products go from the ERP to Smartday: all of them once, afterwards only what changed."""

from typing import Any

from tests.end_to_end.world import World

WRITES = ("created", "updated", "unchanged", "rejected")


def customers(world: World) -> dict[str, Any]:
    """What Smartday has, and what it was told to write so far."""
    return world.stand_ins.smartday("GET", "/customers?limit=1000")


def written(world: World) -> dict[str, int]:
    """How many customers Smartday was told to write so far, by what came of it."""
    return {outcome: customers(world)[outcome] for outcome in WRITES}


def test_activation_brought_every_active_customer_that_is_no_supplier(world: World) -> None:
    companies = world.stand_ins.erp("GET", "/companies")["companies"]
    wanted = {str(one["Id"]) for one in companies if one["Active"] and one["Type"] != "Supplier"}
    brought = {one["external_number"] for one in customers(world)["items"] if one["state"] == "active"}
    assert wanted <= brought


def test_activation_brought_every_product_whose_number_is_its_own(world: World) -> None:
    products = world.stand_ins.erp("GET", "/products")["products"]
    numbers = [one["No"] for one in products]
    wanted = {
        one["No"] for one in products if one["No"] and numbers.count(one["No"]) == 1 and one["StatusId"] == 1
    }
    held = world.stand_ins.smartday("GET", "/products?limit=1000")["items"]
    assert {one["external_number"] for one in held if one["state"] == "active"} == wanted


def test_one_changed_customer_is_the_only_one_written_again(world: World) -> None:
    world.wait_until_quiet()
    before = written(world)
    world.stand_ins.erp("POST", "/companies", Id=10_006, Name="Nytt Navn på Sørøya AS")
    run = world.import_anew("customers")
    assert (run["written"], run["rejected"]) == (1, 0)
    assert written(world) == before | {"updated": before["updated"] + 1}
    (renamed,) = [one for one in customers(world)["items"] if one["external_number"] == "10006"]
    assert renamed["name"] == "Nytt Navn på Sørøya AS"

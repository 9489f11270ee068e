"""Product: searches and categories (contract 24sevenoffice 5).

Decision where the contract leaves it open: `Name` matches anywhere without regard to case, other values
exactly.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.state import Call
from sandbox.twentyfoursevenoffice.values import Raw, Record, write_members

EXPIRED = 0

_TESTS: dict[str, Callable[[Record, Any], bool]] = {
    "Id": lambda product, value: product["Id"] == value,
    "CategoryId": lambda product, value: product.get("CategoryId") == value,
    "No": lambda product, value: product.get("No") == value,
    "EAN1": lambda product, value: product.get("EAN1") == value,
    "Name": lambda product, value: value.casefold() in product["Name"].casefold(),
    "Price": lambda product, value: product.get("Price") == value,
    "DateChanged": lambda product, value: product["DateChanged"] > value,
}


def get_products(call: Call) -> list[Raw]:
    """The products that match all parameters, expired ones too; all of them in one answer without
    parameters.
    """
    wanted = call.argument("searchParams")
    table = call.books.products
    candidates: Iterable[Record] = table.pick(wanted["ProductIds"]) if wanted.get("ProductIds") else table
    properties = call.properties("returnProperties") - {"APIException"}
    tests = [(test, wanted[name]) for name, test in _TESTS.items() if name in wanted]
    return [
        table.xml(each, properties) for each in candidates if all(test(each, value) for test, value in tests)
    ]


def get_categories(call: Call) -> list[Raw]:
    """The product categories, with the properties asked for."""
    properties = call.properties("returnProperties")
    return [
        Raw(write_members("ProductCategory", {"Id": number, "Name": name, "No": str(number)}, properties))
        for number, name in demo.CATEGORIES.items()
    ]

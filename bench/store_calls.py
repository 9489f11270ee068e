"""How often stores in memory are called: on AWS each call is one request to a table, or to where logins are.

An import's bindings and cursors are real tables; the rest is counted here.
"""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

S = TypeVar("S")


def counted(store: S, name: str, calls: Counter[str]) -> S:
    """The same store; each call of a public method adds to `calls` as `name.method`."""
    made_with: set[str] = set(getattr(store, "__dataclass_fields__", ()))
    for method in dir(type(store)):
        work = getattr(store, method)
        if callable(work) and not method.startswith("_") and method not in made_with:
            setattr(store, method, _counting(work, f"{name}.{method}", calls))
    return store


def _counting(work: Callable[..., Any], name: str, calls: Counter[str]) -> Callable[..., Any]:
    @wraps(work)
    def counting(*given: Any, **named: Any) -> Any:
        calls[name] += 1
        return work(*given, **named)

    return counting


def listed(calls: Counter[str], times: int = 1) -> str:
    """The calls by name, divided by `times`."""
    return ", ".join(f"{call} {count / times:g}" for call, count in sorted(calls.items()))

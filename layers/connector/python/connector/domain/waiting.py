"""What a held task waits for, as one key: a customer, a product or a setting that would let it go on.

The key is stored with the record, so that a new binding or setting finds exactly the tasks it frees.
"""

from connector.domain.binding import Kind

SETTING = "settings"


def for_binding(kind: Kind, number: str) -> str:
    """`customers#10021`: the binding of this number, new or changed."""
    return f"{kind}#{number}"


def for_setting(name: str) -> str:
    """`settings#fallback_products`: another value of this setting."""
    return f"{SETTING}#{name}"


def awaited_binding(key: str | None) -> tuple[Kind, str] | None:
    """Kind and number of the binding that a key names, None when it names none."""
    kind, _, number = (key or "").partition("#")
    return (Kind(kind), number) if kind in set(Kind) else None

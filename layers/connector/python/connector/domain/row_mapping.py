"""From lines that are checked and priced to the rows of an order; nothing is refused here, nothing lost.

Grouping never costs an øre: lines become one row only where that row amounts to exactly what they do.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connector.domain.binding import Binding
from connector.domain.line_amount import LineAmount, net_amount
from connector.domain.order import OrderRow, ProductRow, TextRow
from connector.domain.settings import Grouping, Settings
from connector.domain.task import Registration
from connector.domain.text_rows import clean, line_text, split_text


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A registration that stands on the order, and what it costs; `product` None = told in words only."""

    registration: Registration
    amount: LineAmount
    product: Binding | None


def order_rows(lines: Sequence[BilledLine], settings: Settings) -> tuple[OrderRow, ...]:
    """The rows of the lines, by the settings' grouping; what a row's name can't hold follows as text rows.

    A group stands where its first line does. Lines whose common row would lose something (an øre by
    rounding, or everything where quantities cancel out) stay rows of their own, where they are.
    """
    if settings.grouping is Grouping.REGISTRATION:
        groups: Iterable[tuple[Sequence[BilledLine], LineAmount]] = (((one,), one.amount) for one in lines)
    else:
        groups = _grouped(lines, settings)
    return tuple(row for group, amount in groups for row in _rows(group, amount, settings))


def _grouped(
    lines: Sequence[BilledLine], settings: Settings
) -> Iterator[tuple[Sequence[BilledLine], LineAmount]]:
    groups: dict[Hashable, list[BilledLine]] = {}
    for line in lines:
        groups.setdefault(_likeness(line, settings), []).append(line)
    amounts = {likeness: _summed(group) for likeness, group in groups.items()}
    for line in lines:
        likeness = _likeness(line, settings)
        amount, group = amounts[likeness], groups[likeness]
        if amount is None:
            yield (line,), line.amount
        elif group[0] is line:
            yield group, amount


def _likeness(line: BilledLine, settings: Settings) -> Hashable:
    """What lines of one row have in common: product, price, discount, and the employee where it is told.

    What has no name of its own is told apart by its description, which would be lost otherwise.
    """
    one, amount = line.registration, line.amount
    if line.product is not None:
        product: Hashable = line.product.erp_id
    else:
        product = (one.kind, clean(one.product_number), clean(one.product_name))
    return (
        product,
        "" if clean(one.product_name) else clean(one.description),
        amount.price,
        amount.discount,
        clean(one.employee_name) if settings.employee_names else "",
    )


def _summed(lines: Sequence[BilledLine]) -> LineAmount | None:
    """The amount of one row for all the lines; None where it wouldn't be theirs."""
    first = lines[0].amount
    if len(lines) == 1:
        return first
    quantity = sum((line.amount.quantity for line in lines), Decimal(0))
    if quantity.is_zero():
        return None
    if first.price is None:
        return LineAmount(quantity, None, first.discount, None)
    net = sum((line.amount.net or Decimal(0) for line in lines), Decimal(0))
    same = net_amount(quantity, first.price, first.discount) == net
    return LineAmount(quantity, first.price, first.discount, net) if same else None


def _rows(lines: Sequence[BilledLine], amount: LineAmount, settings: Settings) -> Iterator[OrderRow]:
    one, product = lines[0].registration, lines[0].product
    ids = tuple(line.registration.id for line in lines)
    employee = clean(one.employee_name) if settings.employee_names else ""
    by_whom = f" ({employee})" if employee else ""
    quantity, price, discount = amount.quantity, amount.price, amount.discount
    if product is None:
        name = _words(lines) + by_whom
        first, *rest = split_text(line_text(name, one.kind, quantity, price, discount, amount.net))
        yield TextRow(first, ids)
    else:
        first, *rest = split_text(_name(lines, product) + by_whom)
        yield ProductRow(product.erp_id, first, quantity, price, discount, ids)
    yield from map(TextRow, rest)


def _name(lines: Sequence[BilledLine], product: Binding) -> str:
    return _description(lines) or _product_name(lines) or clean(product.number)


def _words(lines: Sequence[BilledLine]) -> str:
    names = filter(None, (_product_name(lines), _description(lines)))
    one = lines[0].registration
    return " – ".join(dict.fromkeys(names)) or clean(one.product_number) or clean(one.kind)


def _description(lines: Sequence[BilledLine]) -> str:
    """The lines' description where it is the same on all."""
    first, *others = {clean(line.registration.description) for line in lines}
    return "" if others else first


def _product_name(lines: Sequence[BilledLine]) -> str:
    names = (clean(line.registration.product_name) for line in lines)
    return next(filter(None, names), "")

"""What one registration costs: the only place where lines are rounded and checked (contract smartday 4.4).

Rounding is half up: quantity, price and discount to 4 decimals, amounts to øre.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from connector.domain.reason import Reason
from connector.domain.settings import Prices
from connector.domain.task import Registration
from connector.domain.text_rows import is_usable

TOLERANCE = Decimal("0.01")
"""A stated amount may differ this much from the computed one, NOK (contract smartday 4.4)."""

_FOUR_DECIMALS = Decimal("0.0001")
_TWO_DECIMALS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class LineAmount:
    """What a registration costs, as sent: 4 decimals, NOK ex VAT. `price` None = the ERP's own;
    `net` None = only the ERP can tell.
    """

    quantity: Decimal
    price: Decimal | None
    discount: Decimal
    net: Decimal | None


@dataclass(frozen=True, slots=True)
class BadLine:
    """Why a line can't be priced; `detail` holds the registration's id and amounts (computed / stated)."""

    reason: Reason
    detail: str


def line_amount(registration: Registration, prices: Prices) -> LineAmount | BadLine:
    """The line's amount, checked against what Smartday states; a missing price is derived when exact."""
    stated = registration.net_amount
    numbers = (registration.quantity, registration.unit_price, registration.discount_percent, stated)
    if not all(is_usable(number) for number in numbers if number is not None):
        return BadLine(Reason.AMOUNTS_DIFFER, registration.id)
    quantity = _rounded(registration.quantity, _FOUR_DECIMALS)
    discount = _rounded(registration.discount_percent, _FOUR_DECIMALS)
    if not 0 <= discount <= 100:
        return BadLine(Reason.DISCOUNT_INVALID, f"{registration.id}: {discount.normalize():f} %")

    factor = quantity * (1 - discount / 100)
    price = _price(registration, factor)
    erp_prices = prices is Prices.ERP
    if price is None:
        incomplete = BadLine(Reason.INCOMPLETE_LINE, registration.id)
        return LineAmount(quantity, None, discount, stated) if erp_prices else incomplete
    net = net_amount(quantity, price, discount)
    if stated is not None and abs(net - stated) > TOLERANCE:
        detail = f"{registration.id}: {net} / {_rounded(stated, _TWO_DECIMALS)}"
        return BadLine(Reason.AMOUNTS_DIFFER, detail)
    return LineAmount(quantity, None if erp_prices else price, discount, net)


def net_amount(quantity: Decimal, price: Decimal, discount: Decimal) -> Decimal:
    """Quantity times price less discount (per cent), rounded half up to øre."""
    return _rounded(quantity * price * (1 - discount / 100), _TWO_DECIMALS)


def _price(registration: Registration, factor: Decimal) -> Decimal | None:
    """The unit price; where none is stated the one that gives exactly the stated amount, if there is one."""
    if registration.unit_price is not None:
        return _rounded(registration.unit_price, _FOUR_DECIMALS)
    if registration.net_amount is None or factor.is_zero():
        return None
    price = _rounded(registration.net_amount / factor, _FOUR_DECIMALS)
    return price if price * factor == registration.net_amount else None


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, ROUND_HALF_UP)

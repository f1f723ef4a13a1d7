"""Amounts as Stripe counts them: converted here on every way in and out, and refused here before Stripe would.

Source: Stripe, "Supported currencies". Most currencies have two decimals at Stripe, whatever they have elsewhere: 500
ISK are 50000 there, a multiple of 100. Those in `_WITHOUT_DECIMALS` have none. Those with three must end in 0. (HUF and
TWD are charged in cents, and only paid out in whole units, which Stripe sees to.)
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from server.core import money
from server.core.errors import Unacceptable

_WITHOUT_DECIMALS = {
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
}  # fmt: skip
_THREE_DECIMALS = {"BHD", "JOD", "KWD", "OMR", "TND"}
# In Stripe's units, as its page lists them; a currency that is not there has no stated minimum.
_SMALLEST = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
_LARGEST = 99_999_999


class AmountTooSmall(Unacceptable):
    """This amount is less than a card can be charged. Take it in cash, or together with another invoice."""

    code = "amount_too_small"


class AmountTooLarge(Unacceptable):
    """This amount is more than a card can be charged at once. Collect it in parts."""

    code = "amount_too_large"


class AmountNotChargeable(Unacceptable):
    """A card cannot be charged exactly this amount: in this currency card amounts end in 0. Charge the part that ends
    in 0, and take the rest in cash, by cheque or by bank transfer."""

    code = "amount_not_chargeable"


def to_stripe(amount_minor: int, currency: str) -> int:
    """Return our minor units as Stripe's: 500 ISK are 50000."""
    return int(Decimal(amount_minor).scaleb(_decimals(currency) - money.exponent(currency)))


def from_stripe(amount: int, currency: str) -> int:
    """Return Stripe's units as our minor units. A part of one, which only a fee can have, is rounded half up."""
    shifted = Decimal(amount).scaleb(money.exponent(currency) - _decimals(currency))
    return int(shifted.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def require_chargeable(amount_minor: int, currency: str) -> None:
    """Raise AmountNotChargeable, AmountTooSmall or AmountTooLarge where Stripe would refuse to charge this amount."""
    require_steps(amount_minor, currency)
    amount = to_stripe(amount_minor, currency)
    step = to_stripe(step_minor(currency), currency)
    least = _SMALLEST.get(currency, step)
    if amount < least:
        raise AmountTooSmall(least_minor=from_stripe(least, currency), currency=currency)
    if amount > _LARGEST:
        raise AmountTooLarge(most_minor=from_stripe(_LARGEST // step * step, currency), currency=currency)


def require_steps(amount_minor: int, currency: str) -> None:
    """Raise AmountNotChargeable unless a card can be charged this amount by its steps, however small or large."""
    whole_minor = chargeable_minor(amount_minor, currency)
    if whole_minor != amount_minor:
        raise AmountNotChargeable(
            step_minor=step_minor(currency),
            currency=currency,
            chargeable_minor=whole_minor,
            rest_minor=amount_minor - whole_minor,
        )


def step_minor(currency: str) -> int:
    """Return the steps a card can be charged in, in our minor units: what has three decimals ends in 0."""
    if currency in _THREE_DECIMALS:
        return 10
    finer: int = 10 ** max(money.exponent(currency) - _decimals(currency), 0)
    return finer


def chargeable_minor(amount_minor: int, currency: str) -> int:
    """Return what of an amount a card can pay by its steps: all of it in most currencies."""
    return amount_minor - amount_minor % step_minor(currency)


def _decimals(currency: str) -> int:
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2

"""What is true of the currencies that histories play, said here once more: what the product takes them for is tried."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Currency:
    """How many decimals it has; what Stripe makes of one minor unit, and of one of its own in cents at home, where it
    exchanges what comes; the steps a card can be charged in."""

    decimals: int
    at_stripe: int = 1
    step_minor: int = 1
    rate: float | None = None


HOME = "CAD"
CURRENCIES = {
    HOME: Currency(decimals=2),
    "USD": Currency(decimals=2, rate=1.37),
    "JPY": Currency(decimals=0, rate=0.93),
    "KWD": Currency(decimals=3, step_minor=10),
    "ISK": Currency(decimals=0, at_stripe=100, rate=0.0101),
}
OTHERS = tuple(each for each in CURRENCIES if each != HOME)


def at_stripe(amount_minor: int, currency: str) -> int:
    """Return an amount as Stripe has it."""
    return amount_minor * CURRENCIES[currency].at_stripe


def written(amount_minor: int, currency: str, *, grouped: bool = False) -> str:
    """Return an amount as people and banks write it, `1234.50` or `1,234.50`."""
    amount = Decimal(amount_minor).scaleb(-CURRENCIES[currency].decimals)
    return f"{amount:,f}" if grouped else f"{amount:f}"

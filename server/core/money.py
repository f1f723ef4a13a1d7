"""Money: whole minor units beside an ISO 4217 currency (law 1).

Exponents come from Babel's CLDR data (JPY 0, CAD 2, KWD 3). `share` is the only division of money, and rounds half
away from zero, as tax offices and customers expect of amounts that are never negative here.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision, is_currency


def exponent(currency: str) -> int:
    """Return how many decimals a currency has: 0, 2 or 3."""
    return get_currency_precision(currency)


def known(currency: str) -> bool:
    """Say whether this is an ISO 4217 code, in capitals."""
    return len(currency) == 3 and currency.isupper() and is_currency(currency)


def share(amount_minor: int, factor: Decimal) -> int:
    """Return amount x factor, in minor units, rounded half up. The amount and the factor are not negative."""
    with localcontext() as exact:
        exact.prec = 60
        return int((Decimal(amount_minor) * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def major(amount_minor: int, currency: str) -> Decimal:
    """Return the amount in the currency's main unit, exactly: 12345 CAD is Decimal('123.45')."""
    return Decimal(amount_minor).scaleb(-exponent(currency))


def minor(amount: Decimal, currency: str) -> int:
    """Return whole minor units of an amount a person typed. Raises ValueError when it has too many decimals."""
    scaled = amount.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{currency} has {exponent(currency)} decimals")
    return int(scaled)


def typed(text: str, currency: str) -> int:
    """Return whole minor units of an amount as a person types it: `85`, `85,5`, `85.50`, `1 234,50`, `1,234.50`.

    Raises ValueError where it cannot be read, or could be read in two ways.
    """
    plain = re.sub(r"(?<=\d)[\s'’](?=\d{3}(?!\d))", "", text.strip())
    is_grouped = re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain) is not None
    # The only comma may be before the decimals where there are three.
    if is_grouped and (exponent(currency) != 3 or "." in plain or plain.count(",") > 1):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"\d{1,15}([.,]\d{1,3})?", plain):
        raise ValueError("not an amount")
    return minor(Decimal(plain.replace(",", ".")), currency)


@lru_cache(maxsize=512)  # a mail says the same amount nine times
def show(amount_minor: int, currency: str, locale: str) -> str:
    """Return the amount as a person of that locale writes it: `1 234,50 $ CA`."""
    return format_currency(major(amount_minor, currency), currency, locale=locale)

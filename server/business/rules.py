"""How taxes are computed, and what a proper invoice needs to know of its seller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError

from server.core import money
from server.core.errors import Unacceptable

NO_TAX = "none"


class SecondPayment(StrEnum):
    """What becomes of money that came by card beyond what was owed: it goes back to the card by itself, or is kept as
    the customer's credit."""

    REFUND = "refund"
    CREDIT = "credit"


class CurrencyUnknown(Unacceptable):
    """This is not a currency of ISO 4217."""

    code = "currency_unknown"


class TimeZoneUnknown(Unacceptable):
    """This is not a time zone of the IANA database."""

    code = "time_zone_unknown"


class IbanInvalid(Unacceptable):
    """This is not a valid IBAN: its check digits or its length are wrong."""

    code = "iban_invalid"


class BicInvalid(Unacceptable):
    """This is not a valid BIC."""

    code = "bic_invalid"


class AccountUnnamed(Unacceptable):
    """Give either an IBAN, or a bank code and an account number."""

    code = "account_unnamed"


class Chargeable(Protocol):
    """A line: what `charge` needs of it."""

    @property
    def quantity(self) -> Decimal:
        """How much, with at most 3 decimals."""

    @property
    def unit_price_minor(self) -> int:
        """The price of one, without tax."""

    @property
    def tax_code(self) -> str:
        """Which taxes it bears."""


class BankAccount(Protocol):
    """A row of `bank_accounts`: what a transfer needs of it."""

    @property
    def currency(self) -> str:
        """Which transfers go there."""

    @property
    def holder(self) -> str:
        """In whose name it is."""

    @property
    def iban(self) -> str | None:
        """Its IBAN, where it has one."""

    @property
    def bic(self) -> str | None:
        """Its bank's BIC."""


class Dated(Protocol):
    """A row of `tax_rates`, as far as its days go."""

    @property
    def valid_from(self) -> date:
        """The first day."""

    @property
    def valid_to(self) -> date | None:
        """The last day; None where no end is known."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """One tax, named in the reader's language; `account` names it in the books, whoever reads."""

    name: str
    percent: Decimal
    account: str


@dataclass(frozen=True, kw_only=True)
class Tax:
    """One tax over everything that bears it. `tax_code` is the first code it came from."""

    tax_code: str
    name: str
    account: str
    rate: str
    base_minor: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What lines come to, in minor units."""

    subtotal_minor: int
    taxes: tuple[Tax, ...]
    total_minor: int
    currency: str


def require_currency(currency: str) -> None:
    """Raise CurrencyUnknown where this is no currency."""
    if not money.known(currency):
        raise CurrencyUnknown(currency=currency)


def require_time_zone(time_zone: str) -> None:
    """Raise TimeZoneUnknown where this is no time zone."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeZoneUnknown(time_zone=time_zone) from None


def iban(typed: str) -> str:
    """Return an IBAN without its spaces. Raises IbanInvalid where its check digits or its shape are wrong."""
    try:
        return stdnum_iban.validate(typed)
    except ValidationError:
        raise IbanInvalid from None


def bic(typed: str) -> str:
    """Return a BIC in capitals. Raises BicInvalid where it has not the shape of one."""
    try:
        return stdnum_bic.validate(typed)
    except ValidationError:
        raise BicInvalid from None


def in_force(rate: Dated, *, on: date) -> bool:
    """Say whether a rate applies on a day, its first and last days included."""
    return rate.valid_from <= on and (rate.valid_to is None or on <= rate.valid_to)


def line_amount(line: Chargeable) -> int:
    """Return quantity x unit price in minor units, rounded half up."""
    return money.share(line.unit_price_minor, line.quantity)


def charge(lines: Iterable[Chargeable], rates_by_code: Mapping[str, Sequence[Rate]], *, currency: str) -> Totals:
    """Return what the lines come to. Prices are without tax; a code without rates bears none.

    Each tax is computed once, on the sum of the rounded line amounts that bear it, and rounded half up: never line by
    line, so ten small lines and one large one owe the same tax. Taxes do not bear taxes (the TVQ is on the price
    without the TPS since 2013). Two codes with the same tax (same name, same rate) share its sum.
    Source: Excise Tax Act (Canada), s. 165.2: the tax on several things may be computed on their total, and half a cent
    or more counts as a cent; Revenu Quebec, IN-203, applies the same to the TVQ.
    """
    bases: dict[Rate, int] = {}
    first_code: dict[Rate, str] = {}
    subtotal_minor = 0
    for line in lines:
        amount_minor = line_amount(line)
        subtotal_minor += amount_minor
        for rate in rates_by_code.get(line.tax_code, ()):
            bases[rate] = bases.get(rate, 0) + amount_minor
            first_code.setdefault(rate, line.tax_code)
    taxes = tuple(
        Tax(
            tax_code=first_code[rate],
            name=rate.name,
            account=rate.account,
            rate=shown(rate.percent),
            base_minor=base_minor,
            amount_minor=money.share(base_minor, rate.percent / 100),
        )
        for rate, base_minor in bases.items()
    )
    total_minor = subtotal_minor + sum(tax.amount_minor for tax in taxes)
    return Totals(subtotal_minor=subtotal_minor, taxes=taxes, total_minor=total_minor, currency=currency)


def shown(percent: Decimal) -> str:
    """Return a rate as a plain decimal string, without idle zeros: `9.975`, `20`."""
    return format(percent.normalize(), "f")


def address_lines(address: Mapping[str, str | None] | None) -> tuple[str, ...]:
    """Return a postal address as lines: street, then city, region and code."""
    if address is None:
        return ()
    town = " ".join(part for part in (address.get("city"), address.get("region"), address.get("postal_code")) if part)
    return tuple(line for line in (address.get("line1"), address.get("line2"), town) if line)


def missing_for_invoices(profile: Any, *, charges_tax: bool = True) -> list[str]:
    """Return the fields of the profile that a proper invoice still needs, by name.

    `tax_ids` count only where tax is charged: a small supplier has none, and may charge none.
    Source: Input Tax Credit Information (GST/HST) Regulations, s. 3; code general des impots, annexe II, art. 242
    nonies A; Directive 2006/112/EC, art. 226.
    """
    needed = ["name", "line1", "city", "postal_code", "country", "time_zone", "currency"]
    missing = [field for field in needed if not getattr(profile, field)]
    if not (profile.email or profile.phone):
        missing.append("email")
    if charges_tax and not profile.tax_ids:
        missing.append("tax_ids")
    return missing

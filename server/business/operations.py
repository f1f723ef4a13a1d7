"""Say who the seller is and which taxes it charges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.business import rules
from server.business.models import BUSINESS_ID, BankAccount, Business, TaxCode, TaxRate
from server.core.errors import Conflict


class TaxCodeTaken(Conflict):
    """There already is such a tax code."""

    code = "tax_code_taken"


@dataclass(frozen=True, kw_only=True)
class NewRate:
    """A tax that a code bears from `valid_from` on, `percent` of the price without tax."""

    name_fr: str
    name_en: str
    percent: Decimal
    valid_from: date = date(2000, 1, 1)
    valid_to: date | None = None


def set_profile(
    session: Session,
    *,
    name: str,
    country: str,
    time_zone: str,
    currency: str,
    legal_name: str | None = None,
    line1: str | None = None,
    line2: str | None = None,
    city: str | None = None,
    region: str | None = None,
    postal_code: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    tax_ids: Sequence[dict[str, str]] = (),
    languages: Sequence[str] = ("fr", "en"),
    payment_days: int = 30,
    invoice_prefix: str = "F",
    stripe_location_id: str | None = None,
) -> Business:
    """Say who the seller is, all of it. `tax_ids` are {"label", "number"}. Raises CurrencyUnknown, TimeZoneUnknown."""
    rules.require_currency(currency)
    rules.require_time_zone(time_zone)
    said = Business(
        id=BUSINESS_ID,
        name=name,
        legal_name=legal_name,
        line1=line1,
        line2=line2,
        city=city,
        region=region,
        postal_code=postal_code,
        country=country,
        email=email,
        phone=phone,
        tax_ids=list(tax_ids),
        time_zone=time_zone,
        currency=currency,
        languages=list(languages),
        payment_days=payment_days,
        invoice_prefix=invoice_prefix,
        stripe_location_id=stripe_location_id,
    )
    business = session.merge(said)
    untaxed = {"code": rules.NO_TAX, "name_fr": "Sans taxe", "name_en": "No tax"}
    session.execute(insert(TaxCode).values(untaxed).on_conflict_do_nothing())
    session.flush()
    return business


def add_tax_code(
    session: Session,
    *,
    code: str,
    name_fr: str,
    name_en: str,
    rates: Sequence[NewRate],
    country: str | None = None,
    region: str | None = None,
) -> TaxCode:
    """Add a code with its rates, in the order invoices show them. Raises TaxCodeTaken."""
    if session.get(TaxCode, code) is not None:
        raise TaxCodeTaken
    added = TaxCode(code=code, name_fr=name_fr, name_en=name_en, country=country, region=region)
    session.add(added)
    session.flush()
    session.add_all(
        TaxRate(
            tax_code=code,
            position=position,
            valid_from=rate.valid_from,
            valid_to=rate.valid_to,
            name_fr=rate.name_fr,
            name_en=rate.name_en,
            rate_percent=rate.percent,
        )
        for position, rate in enumerate(rates, start=1)
    )
    session.flush()
    return added


def set_bank_account(
    session: Session,
    *,
    currency: str,
    holder: str,
    iban: str | None = None,
    bic: str | None = None,
    bank_name: str | None = None,
    routing: str | None = None,
    account_number: str | None = None,
) -> BankAccount:
    """Say where transfers in a currency go, all of it. Raises CurrencyUnknown, IbanInvalid, BicInvalid,
    AccountUnnamed."""
    rules.require_currency(currency)
    if bool(iban) == bool(account_number) or bool(account_number) != bool(routing):
        raise rules.AccountUnnamed
    said = BankAccount(
        currency=currency,
        holder=holder,
        iban=rules.iban(iban) if iban else None,
        bic=rules.bic(bic) if bic else None,
        bank_name=bank_name or None,
        routing=routing or None,
        account_number=account_number or None,
    )
    account = session.merge(said)
    session.flush()
    return account


def remove_bank_account(session: Session, *, currency: str) -> None:
    """Print no account for transfers in a currency any more."""
    session.execute(delete(BankAccount).where(BankAccount.currency == currency))


def set_location(session: Session, *, location_id: str) -> None:
    """Keep the id under which Stripe knows the business's address (tml_...)."""
    session.get_one(Business, BUSINESS_ID).stripe_location_id = location_id


def change_settings(session: Session, changes: Mapping[str, Any]) -> Business:
    """Change how the business works: columns of its row by name, those that `schemas.business.Settings` knows."""
    profile = session.get_one(Business, BUSINESS_ID, with_for_update=True)
    for name, value in changes.items():
        setattr(profile, name, value)
    session.flush()
    return profile

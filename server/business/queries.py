"""The profile, and which taxes apply on a day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access import queries as access
from server.access.rules import Caller
from server.business import rules
from server.business.models import BUSINESS_ID, BankAccount, Business, TaxCode, TaxRate
from server.core import clock
from server.core.errors import Conflict, Unacceptable


class BusinessMissing(Conflict):
    """The business has no profile yet."""

    code = "business_missing"


class TaxCodeUnknown(Unacceptable):
    """There is no such tax code."""

    code = "tax_code_unknown"


@dataclass(frozen=True)
class TaxTable:
    """Every rate that some codes ever had, for asking about several days at once."""

    rows: tuple[TaxRate, ...]

    def on(self, day: date, *, language: str) -> dict[str, list[rules.Rate]]:
        """Return the rates in force on a day by code, in the order invoices show them, named in fr or en."""
        found: dict[str, list[rules.Rate]] = {}
        for row in self.rows:
            if rules.in_force(row, on=day):
                name = row.name_fr if language == "fr" else row.name_en
                rate = rules.Rate(name=name, percent=row.rate_percent, account=row.name_en)
                found.setdefault(row.tax_code, []).append(rate)
        return found


def get_profile(session: Session) -> Business:
    """Return the seller, read once in a transaction however many ask. Raises BusinessMissing."""
    found = session.get(Business, BUSINESS_ID)
    if found is None:
        raise BusinessMissing
    session.info["business"] = found  # a session forgets at once what nobody holds
    return found


def list_bank_accounts(session: Session) -> list[BankAccount]:
    """Return the accounts transfers go to, by currency."""
    return list(session.scalars(select(BankAccount).order_by(BankAccount.currency)))


def get_tax_table(session: Session, codes: Collection[str]) -> TaxTable:
    """Return every rate of these codes, whenever it applied."""
    ordered = select(TaxRate).where(TaxRate.tax_code.in_(set(codes) - {rules.NO_TAX})).order_by(TaxRate.position)
    return TaxTable(tuple(session.scalars(ordered)))


def rates_on(session: Session, *, codes: Collection[str], on: date, language: str) -> dict[str, list[rules.Rate]]:
    """Return the rates in force on a day by code. A code without rates is left out. Raises TaxCodeUnknown."""
    get_tax_codes(session, codes)
    return get_tax_table(session, codes).on(on, language=language)


def get_tax_codes(session: Session, codes: Collection[str]) -> list[TaxCode]:
    """Return these tax codes. Raises TaxCodeUnknown, naming those that do not exist."""
    found = list(session.scalars(select(TaxCode).where(TaxCode.code.in_(codes))))
    if unknown := sorted(set(codes) - {code.code for code in found}):
        raise TaxCodeUnknown(unknown=unknown)
    return found


def get_me(session: Session, caller: Caller) -> dict[str, Any]:
    """Return who is calling, and for which business. Raises BusinessMissing."""
    profile = get_profile(session)
    return {
        "role": caller.role,
        "technician": access.get_staff(session, caller.technician_id) if caller.technician_id else None,
        "device_id": caller.device_id,
        "business_name": profile.name,
        "currency": profile.currency,
        "time_zone": profile.time_zone,
    }


def list_tax_codes(session: Session, *, now: datetime) -> dict[str, Any]:
    """Return every tax code with the rates of the business's today, as one page: there are a handful."""
    today = clock.local_date(now, get_profile(session).time_zone)
    codes = list(session.scalars(select(TaxCode).order_by(TaxCode.code)))
    table = get_tax_table(session, [code.code for code in codes])
    items = [
        {
            "code": code.code,
            "name_fr": code.name_fr,
            "name_en": code.name_en,
            "country": code.country,
            "region": code.region,
            "rates": [
                {"name_fr": row.name_fr, "name_en": row.name_en, "rate": rules.shown(row.rate_percent)}
                for row in table.rows
                if row.tax_code == code.code and rules.in_force(row, on=today)
            ],
        }
        for code in codes
    ]
    return {"items": items, "next_cursor": None}

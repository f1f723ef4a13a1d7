"""What the books say, now or at any past moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from server.ledger.models import Account, Entry, Transfer
from server.ledger.rules import Kind, balance


def balances(
    session: Session, kind: Kind, owners: Collection[str], *, at: datetime | None = None
) -> dict[str, dict[str, int]]:
    """Return balances by owner, then by currency, in minor units; `at` counts what had happened by that moment."""
    if not owners:
        return {}
    found: dict[str, dict[str, int]] = {}
    for owner, currency, debits, credits in session.execute(_sums(kind, Account.owner.in_(owners), at)):
        found.setdefault(owner, {})[currency] = balance(kind, debits_minor=int(debits), credits_minor=int(credits))
    return found


def _sums(kind: Kind, which: ColumnElement[bool], at: datetime | None) -> Select[str, str, int, int]:
    """Sum each account's debits and credits by its own two indexes, never over the whole table."""
    debit, credit = aliased(Transfer), aliased(Transfer)
    debits = select(func.coalesce(func.sum(debit.amount_minor), 0)).where(debit.debit_account_id == Account.id)
    credits = select(func.coalesce(func.sum(credit.amount_minor), 0)).where(credit.credit_account_id == Account.id)
    if at is not None:
        debits = debits.join(Entry, Entry.id == debit.entry_id).where(Entry.happened_at <= at)
        credits = credits.join(Entry, Entry.id == credit.entry_id).where(Entry.happened_at <= at)
    return select(
        Account.owner,
        Account.currency,
        debits.correlate(Account).scalar_subquery(),
        credits.correlate(Account).scalar_subquery(),
    ).where(Account.kind == kind, which)


def balance_of(session: Session, kind: Kind, owner: str, currency: str, *, at: datetime | None = None) -> int:
    """Return one account's balance in minor units; 0 where there is no such account."""
    return balances(session, kind, [owner], at=at).get(owner, {}).get(currency, 0)


def credit_of(session: Session, customer_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the money held for each customer, by currency, in minor units."""
    return balances(session, Kind.CUSTOMER_CREDIT, customer_ids)


def totals(session: Session, kind: Kind) -> dict[str, int]:
    """Return the balance of every account of a kind together, by currency."""
    found: dict[str, int] = {}
    every = Account.owner == Account.owner
    for _, currency, debits, credits in session.execute(_sums(kind, every, None)):
        one = balance(kind, debits_minor=int(debits), credits_minor=int(credits))
        found[currency] = found.get(currency, 0) + one
    return found


def find_entry(session: Session, entry_id: str) -> Entry | None:
    """Return an entry, or None."""
    return session.get(Entry, entry_id)

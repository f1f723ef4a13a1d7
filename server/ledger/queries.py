"""What the books say, now or at any past moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, or_, select, text
from sqlalchemy.orm import Session, selectinload

from server.ledger.models import Account, Entry, Transfer
from server.ledger.rules import GROWS_ON, Kind, Side, balance

_HELD = """
    SELECT owner, currency,
      (SELECT coalesce(sum(amount_minor), 0) FROM ledger_transfers t {until} WHERE debit_account_id = a.id) AS debits,
      (SELECT coalesce(sum(amount_minor), 0) FROM ledger_transfers t {until} WHERE credit_account_id = a.id) AS credits
    FROM ledger_accounts a WHERE kind = :kind {whose}
"""
_UNTIL = "JOIN ledger_entries e ON e.id = t.entry_id AND e.happened_at <= :at"
# Each sums by an index of its own, never over the whole table. Written out because every page asks for balances.
_NOW = text(_HELD.format(until="", whose="AND owner = ANY(:owners)"))
_THEN = text(_HELD.format(until=_UNTIL, whose="AND owner = ANY(:owners)"))
_EVERYBODY = text(_HELD.format(until="", whose=""))

_AT_MOMENTS = text("""
    SELECT coalesce(sum(t.amount_minor) FILTER (WHERE t.debit_account_id = a.id), 0) AS debits,
           coalesce(sum(t.amount_minor) FILTER (WHERE t.credit_account_id = a.id), 0) AS credits
    FROM unnest(CAST(:currencies AS text[]), CAST(:moments AS timestamptz[]))
         WITH ORDINALITY AS wanted(currency, at, place)
    LEFT JOIN ledger_accounts a ON a.kind = :kind AND a.owner = :owner AND a.currency = wanted.currency
    LEFT JOIN (ledger_transfers t JOIN ledger_entries e ON e.id = t.entry_id)
           ON a.id IN (t.debit_account_id, t.credit_account_id) AND e.happened_at <= wanted.at
    GROUP BY wanted.place ORDER BY wanted.place
""")

_MOVED = text("""
    SELECT coalesce(sum(t.amount_minor) FILTER (WHERE t.debit_account_id = a.id), 0) AS debits,
           coalesce(sum(t.amount_minor) FILTER (WHERE t.credit_account_id = a.id), 0) AS credits
    FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.debit_account_id, t.credit_account_id)
    WHERE a.kind = :kind AND a.owner = :owner AND a.currency = :currency AND t.entry_id = ANY(:entry_ids)
""")

_AGAINST = text("""
    SELECT moved.owner, moved.currency, other.kind, sum(moved.minor)::bigint AS minor FROM (
      SELECT a.owner, t.currency, t.credit_account_id AS other_id, t.amount_minor AS minor
      FROM ledger_accounts a JOIN ledger_transfers t ON t.debit_account_id = a.id
      WHERE a.kind = :kind AND a.owner = ANY(:owners)
      UNION ALL
      SELECT a.owner, t.currency, t.debit_account_id, -t.amount_minor
      FROM ledger_accounts a JOIN ledger_transfers t ON t.credit_account_id = a.id
      WHERE a.kind = :kind AND a.owner = ANY(:owners)
    ) moved JOIN ledger_accounts other ON other.id = moved.other_id
    WHERE other.kind = ANY(:others) GROUP BY moved.owner, moved.currency, other.kind
""")

_CHANGES = text("""
    SELECT a.owner, a.currency, e.reason,
           coalesce(sum(t.amount_minor) FILTER (WHERE t.debit_account_id = a.id), 0) AS debits,
           coalesce(sum(t.amount_minor) FILTER (WHERE t.credit_account_id = a.id), 0) AS credits
    FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.debit_account_id, t.credit_account_id)
    JOIN ledger_entries e ON e.id = t.entry_id AND e.happened_at >= :since AND e.happened_at < :until
    WHERE a.kind = :kind GROUP BY a.owner, a.currency, e.reason
""")


def balances(
    session: Session, kind: Kind, owners: Collection[str], *, at: datetime | None = None
) -> dict[str, dict[str, int]]:
    """Return balances by owner, then by currency, in minor units; `at` counts what had happened by that moment."""
    if not owners:
        return {}
    statement, moment = (_NOW, {}) if at is None else (_THEN, {"at": at})
    found: dict[str, dict[str, int]] = {}
    for owner, currency, debits, credits in session.execute(
        statement, {"kind": kind.value, "owners": list(owners), **moment}
    ):
        found.setdefault(owner, {})[currency] = balance(kind, debits_minor=int(debits), credits_minor=int(credits))
    return found


def balances_at(session: Session, kind: Kind, owner: str, wanted: Sequence[tuple[str, datetime]]) -> list[int]:
    """Return what one owner's accounts held, by (currency, moment), in minor units and in this order: one question
    however many moments."""
    asked = {
        "kind": kind.value,
        "owner": owner,
        "currencies": [currency for currency, _ in wanted],
        "moments": [at for _, at in wanted],
    }
    return [
        balance(kind, debits_minor=int(debits), credits_minor=int(credits))
        for debits, credits in session.execute(_AT_MOMENTS, asked)
    ]


def balance_of(session: Session, kind: Kind, owner: str, currency: str, *, at: datetime | None = None) -> int:
    """Return one account's balance in minor units; 0 where there is no such account."""
    return balances(session, kind, [owner], at=at).get(owner, {}).get(currency, 0)


def moved(session: Session, kind: Kind, owner: str, currency: str, *, entry_ids: Sequence[str]) -> int:
    """Return by how much these entries together changed one account, in minor units."""
    asked = {"kind": kind.value, "owner": owner, "currency": currency, "entry_ids": list(entry_ids)}
    debits, credits = session.execute(_MOVED, asked).one()
    return balance(kind, debits_minor=int(debits), credits_minor=int(credits))


def against(
    session: Session, kind: Kind, owners: Collection[str], *, others: Collection[Kind]
) -> dict[tuple[str, str], dict[Kind, int]]:
    """Return by how much the transfers with accounts of other kinds changed each owner's account, by (owner, currency),
    then by that kind, in minor units."""
    found: dict[tuple[str, str], dict[Kind, int]] = {}
    asked = {"kind": kind.value, "owners": list(owners), "others": [each.value for each in others]}
    for owner, currency, other, minor in session.execute(_AGAINST, asked) if owners else ():
        changed = minor if GROWS_ON[kind] is Side.DEBIT else -minor
        found.setdefault((owner, currency), {})[Kind(other)] = int(changed)
    return found


def changes(session: Session, kind: Kind, *, since: datetime, until: datetime) -> dict[tuple[str, str], dict[str, int]]:
    """Return by how much each account of a kind changed from a moment until before another, by (owner, currency), then
    by the reason of the entries, in minor units."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    asked = {"kind": kind.value, "since": since, "until": until}
    for owner, currency, reason, debits, credits in session.execute(_CHANGES, asked):
        changed = balance(kind, debits_minor=int(debits), credits_minor=int(credits))
        found.setdefault((owner, currency), {})[reason] = changed
    return found


def list_about(session: Session, kind: Kind, owner: str) -> list[str]:
    """Return what the entries were about that ever put something into an owner's accounts of a kind."""
    statement = (
        select(Entry.about)
        .join(Transfer, Transfer.entry_id == Entry.id)
        .join(Account, Account.id == Transfer.credit_account_id)
        .where(Account.kind == kind, Account.owner == owner)
    )
    return list(session.scalars(statement.distinct()))


def list_entry_ids(session: Session, kind: Kind, owner: str) -> list[str]:
    """Return the ids of the entries that ever moved an owner's accounts of a kind."""
    touched = select(Account.id).where(Account.kind == kind, Account.owner == owner)
    moved = or_(Transfer.debit_account_id.in_(touched), Transfer.credit_account_id.in_(touched))
    return list(session.scalars(select(Transfer.entry_id).where(moved).distinct()))


def list_entries(session: Session, kind: Kind, owner: str) -> list[dict[str, Any]]:
    """Return the entries that ever moved an owner's accounts of a kind, whole, in the order in which they were
    recorded: with their transfers, of account names as `kind:owner`."""
    touched = select(Account.id).where(Account.kind == kind, Account.owner == owner)
    moved = select(Transfer.entry_id).where(
        or_(Transfer.debit_account_id.in_(touched), Transfer.credit_account_id.in_(touched))
    )
    wanted = select(Entry).where(Entry.id.in_(moved)).order_by(Entry.recorded_at, Entry.id)
    entries = session.scalars(wanted.options(selectinload(Entry.transfers))).all()
    sides = {(each.debit_account_id, each.credit_account_id) for entry in entries for each in entry.transfers}
    accounts = session.scalars(select(Account).where(Account.id.in_({id_ for pair in sides for id_ in pair})))
    names = {account.id: f"{account.kind.value}:{account.owner}" for account in accounts}
    return [
        {
            "id": entry.id,
            "reason": entry.reason,
            "happened_at": entry.happened_at,
            "recorded_at": entry.recorded_at,
            "transfers": [
                {
                    "debit": names[each.debit_account_id],
                    "credit": names[each.credit_account_id],
                    "amount_minor": each.amount_minor,
                    "currency": each.currency,
                }
                for each in entry.transfers
            ],
        }
        for entry in entries
    ]


def credit_of(session: Session, customer_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the money held for each customer, by currency, in minor units."""
    return balances(session, Kind.CUSTOMER_CREDIT, customer_ids)


def everybodys(session: Session, kind: Kind) -> dict[str, dict[str, int]]:
    """Return the balance of every account of a kind by owner, then by currency, in minor units."""
    found: dict[str, dict[str, int]] = {}
    for owner, currency, debits, credits in session.execute(_EVERYBODY, {"kind": kind.value}):
        found.setdefault(owner, {})[currency] = balance(kind, debits_minor=int(debits), credits_minor=int(credits))
    return found


def totals(session: Session, kind: Kind) -> dict[str, int]:
    """Return the balance of every account of a kind together, by currency."""
    found: dict[str, int] = {}
    for held in everybodys(session, kind).values():
        for currency, minor in held.items():
            found[currency] = found.get(currency, 0) + minor
    return found


def list_changes(session: Session, kind: Kind, owner: str, currency: str) -> list[tuple[datetime, str, int]]:
    """Return when, why and by how much each transfer changed one account, in minor units, the earliest first."""
    account = select(Account.id).where(Account.kind == kind, Account.owner == owner, Account.currency == currency)
    account_id = session.scalar(account)
    grows = Transfer.debit_account_id if GROWS_ON[kind] is Side.DEBIT else Transfer.credit_account_id
    moved = (
        select(
            Entry.happened_at,
            Entry.reason,
            case((grows == account_id, Transfer.amount_minor), else_=-Transfer.amount_minor),
        )
        .join(Entry, Entry.id == Transfer.entry_id)
        .where(or_(Transfer.debit_account_id == account_id, Transfer.credit_account_id == account_id))
        .order_by(Entry.happened_at, Transfer.id)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(moved)]

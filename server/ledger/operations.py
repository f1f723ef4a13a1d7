"""Post to the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.contacts import operations as contacts
from server.core.errors import Conflict
from server.ledger.models import Account, Entry, Transfer
from server.ledger.rules import Kind, owed


class AlreadyPosted(Conflict):
    """This is in the books already."""

    code = "already_posted"


@dataclass(frozen=True)
class Move:
    """An amount that leaves `credit` for `debit`, each an account of (kind, owner)."""

    amount_minor: int
    debit: tuple[Kind, str]
    credit: tuple[Kind, str]


def post(
    session: Session,
    *,
    entry_id: str,
    reason: str,
    about: str,
    currency: str,
    moves: Sequence[Move],
    happened_at: datetime,
    now: datetime,
) -> None:
    """Write an entry and its transfers. Moves of 0 are left out.

    `entry_id` follows from what happened (say `ent_<payment id>`), so that telling the books twice is told once:
    raises AlreadyPosted, and the caller's transaction must not go on.
    """
    fresh = session.execute(
        insert(Entry)
        .values(id=entry_id, reason=reason, about=about, happened_at=happened_at, recorded_at=now)
        .on_conflict_do_nothing()
        .returning(Entry.id)
    ).first()
    if fresh is None:
        raise AlreadyPosted(entry_id=entry_id)
    real = [move for move in moves if move.amount_minor]
    accounts = _accounts(session, {side for move in real for side in (move.debit, move.credit)}, currency)
    if real:
        session.execute(
            plain_insert(Transfer),
            [
                {
                    "entry_id": entry_id,
                    "debit_account_id": accounts[move.debit],
                    "credit_account_id": accounts[move.credit],
                    "amount_minor": move.amount_minor,
                    "currency": currency,
                }
                for move in real
            ],
        )
    for (kind, owner), change_minor in owed((move.amount_minor, move.debit, move.credit) for move in real).items():
        contacts.note(
            session,
            kind=reason,
            subject_id=entry_id,
            customer_id=owner if kind is Kind.CUSTOMER_CREDIT else None,
            invoice_id=owner if kind is Kind.RECEIVABLE else None,
            happened_at=happened_at,
            facts={"account": kind.value, "change_minor": change_minor, "currency": currency},
            now=now,
        )


def _accounts(session: Session, wanted: set[tuple[Kind, str]], currency: str) -> dict[tuple[Kind, str], int]:
    """Return account ids, opening those that are missing."""
    found = _find_accounts(session, wanted, currency)
    if missing := sorted(wanted - found.keys()):
        rows = [{"kind": kind, "owner": owner, "currency": currency} for kind, owner in missing]
        session.execute(insert(Account).values(rows).on_conflict_do_nothing())
        found = _find_accounts(session, wanted, currency)
    return found


def _find_accounts(session: Session, wanted: set[tuple[Kind, str]], currency: str) -> dict[tuple[Kind, str], int]:
    if not wanted:
        return {}
    kinds, owners = {kind for kind, _ in wanted}, {owner for _, owner in wanted}
    rows = session.execute(
        select(Account.kind, Account.owner, Account.id).where(
            Account.currency == currency, Account.owner.in_(owners), Account.kind.in_(kinds)
        )
    )
    return {(kind, owner): account_id for kind, owner, account_id in rows}

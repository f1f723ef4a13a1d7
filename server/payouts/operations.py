"""Write down payouts as Stripe has them, and book what they move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.core import ids
from server.gateway.balance import BalanceLine
from server.gateway.payouts import BankPayout
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import operations as payments
from server.payouts import queries, rules
from server.payouts.models import Payout, PayoutLine
from server.payouts.rules import SENT_BACK, LineKind, Status

_HELD = (Kind.STRIPE, "")


def record(session: Session, *, seen: BankPayout, lines: Sequence[BalanceLine], now: datetime) -> None:
    """Write down a payout and its lines. Its money is the bank's once it is paid, and Stripe's again where the bank
    sends it back; each is booked once, however often and in whatever order we are told.

    A line that nothing of ours explains is set aside in the books until something does.
    """
    payout = _lock(session, seen)
    status = Status(seen.status)
    if rules.may_become(payout.status, status):
        payout.status, payout.failure_code = status, seen.failure_code
    payout.arrives_on = seen.arrives_on
    if payout.status is Status.PAID and payout.booked_at is None:
        payout.booked_at = now
        _post(session, payout, returned=False, now=now)
    if payout.status in SENT_BACK and payout.booked_at is not None and payout.returned_at is None:
        payout.returned_at = now
        _post(session, payout, returned=True, now=now)
    _keep_lines(session, payout, lines, now=now)
    session.flush()


def _lock(session: Session, seen: BankPayout) -> Payout:
    row = {
        "id": seen.id,
        "status": Status.PENDING,
        "amount_minor": seen.amount_minor,
        "currency": seen.currency,
        "automatic": seen.automatic,
        "arrives_on": seen.arrives_on,
        "created_at": seen.created_at,
    }
    session.execute(insert(Payout).values(row).on_conflict_do_nothing())
    return session.get_one(Payout, seen.id, with_for_update=True, populate_existing=True)


def _post(session: Session, payout: Payout, *, returned: bool, now: datetime) -> None:
    """Book what went to the bank, or came back; a payout below 0 is what Stripe fetched there."""
    bank = (Kind.BANK, "")
    comes = (payout.amount_minor > 0) is not returned
    ledger.post(
        session,
        entry_id=entry_ids(payout.id)[returned],
        reason="payout_returned" if returned else "payout_paid",
        about=payout.id,
        currency=payout.currency,
        moves=[Move(abs(payout.amount_minor), debit=bank if comes else _HELD, credit=_HELD if comes else bank)],
        happened_at=now,
        now=now,
    )


def entry_ids(payout_id: str) -> tuple[str, str]:
    """Return the ids of a payout's entries: of the money that went to the bank, and of its coming back."""
    return ids.derived("ent", "payout_paid", payout_id), ids.derived("ent", "payout_returned", payout_id)


def _keep_lines(session: Session, payout: Payout, lines: Sequence[BalanceLine], *, now: datetime) -> None:
    known = {line.id: line for line in queries.list_lines(session, [payout.id]).get(payout.id, [])}
    for told in lines:
        if told.id not in known and told.source_id != payout.id:
            known[told.id] = _add(session, payout, told, now=now)
    _explain(session, list(known.values()), now=now)


def explain_again(session: Session, *, payout_id: str, now: datetime) -> None:
    """Take out of what is set aside of a payout, however old, what something of ours explains by now: the office said
    which invoice it pays."""
    session.get_one(Payout, payout_id, with_for_update=True)
    _explain(session, queries.list_lines(session, [payout_id]).get(payout_id, []), now=now)


def _explain(session: Session, lines: Sequence[PayoutLine], *, now: datetime) -> None:
    unexplained = [line for line in lines if not line.explained]
    about = queries.explain(session, unexplained)
    for line in unexplained:
        line.subject_id, line.payment_id = about.get(line.id, (None, None))
        if line.explained == line.set_aside:
            line.set_aside = not line.set_aside
            _set_aside(session, line, back=line.explained, now=now)


def _add(session: Session, payout: Payout, told: BalanceLine, *, now: datetime) -> PayoutLine:
    line = PayoutLine(
        id=told.id,
        payout_id=payout.id,
        kind=rules.kind_of(told.type, told.source_id),
        type=told.type,
        amount_minor=told.amount_minor,
        fee_minor=told.fee_minor,
        currency=told.currency,
        source_id=told.source_id,
        set_aside=False,
        happened_at=told.happened_at,
    )
    session.add(line)
    if line.kind is LineKind.FEE and line.net_minor:
        payments.post_fee(
            session,
            entry_id=ids.derived("ent", "stripe_fee", line.id),
            owner="",
            amount_minor=-line.net_minor,
            currency=line.currency,
            happened_at=line.happened_at,
            now=now,
        )
    return line


def _set_aside(session: Session, line: PayoutLine, *, back: bool, now: datetime) -> None:
    """Book money that Stripe holds, or took, for a reason we do not know; `back` once we do."""
    aside = (Kind.UNEXPLAINED, "")
    came = (line.net_minor > 0) is not back
    ledger.post(
        session,
        entry_id=ids.derived("ent", "explained" if back else "set_aside", line.id),
        reason="line_explained" if back else "line_set_aside",
        about=line.payout_id,
        currency=line.currency,
        moves=[Move(abs(line.net_minor), debit=_HELD if came else aside, credit=aside if came else _HELD)],
        happened_at=now,
        now=now,
    )

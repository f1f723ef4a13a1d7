"""Book what Stripe kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from server.core import ids
from server.gateway.balance import BalanceLine
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import queries, rules
from server.payments.models import Fee, Payment


def book_fees(session: Session, *, payment_id: str, lines: Sequence[BalanceLine], now: datetime) -> None:
    """Book what Stripe kept of a payment, once for each line of its balance; of a fee that changed, the change.

    The cost is the invoice's; of several it is divided as the payment is. A line without a fee is kept too: it says
    that Stripe has told. What Stripe exchanged into another currency is exchanged in the books, once.
    """
    payment, _ = queries.get_locked(session, payment_id)
    known = {fee.id: fee for fee in queries.list_fees(session, payment_id)}
    for line in lines:
        fee = known.get(line.id)
        if fee is None:
            fee = Fee(
                id=line.id,
                payment_id=payment_id,
                source_id=line.source_id,
                type=line.type,
                amount_minor=0,
                currency=line.currency,
                revision=0,
                happened_at=line.happened_at,
                created_at=now,
            )
            session.add(fee)
        if line.charged_minor is not None and fee.charged_minor is None:
            fee.charged_minor = line.charged_minor
            _exchange(session, line, payment, now=now)
        change_minor = line.fee_minor - fee.amount_minor
        if change_minor:
            fee.amount_minor, fee.revision = line.fee_minor, fee.revision + 1
            post_fee(
                session,
                entry_id=ids.derived("ent", "fee", line.id, str(fee.revision)),
                owner=payment.invoice_id,
                parts=payment.parts if len(payment.parts) > 1 else None,
                amount_minor=change_minor,
                currency=line.currency,
                happened_at=line.happened_at,
                now=now,
            )
    session.flush()


def note_asked(session: Session, *, payment_id: str, now: datetime) -> None:
    """Write down that Stripe is asked about a fee that no event told."""
    session.execute(update(Payment).where(Payment.id == payment_id).values(fees_asked_at=now))


def _exchange(session: Session, line: BalanceLine, payment: Payment, *, now: datetime) -> None:
    """Post what Stripe made of money in the currency of the charge: out of the one, into the other (or back, where it
    went). Each currency has an entry of its own; what both come to at the rates of the day is in the exchange account.
    """
    held, exchange = (Kind.STRIPE, ""), (Kind.EXCHANGE, "")
    sides = (
        ("exchanged_from", payment.currency, -(line.charged_minor or 0)),
        ("exchanged_to", line.currency, line.amount_minor),
    )
    for reason, currency, comes_minor in sides:
        ledger.post(
            session,
            entry_id=ids.derived("ent", reason, line.id),
            reason=reason,
            about=payment.invoice_id,
            currency=currency,
            moves=[
                Move(
                    abs(comes_minor),
                    debit=held if comes_minor > 0 else exchange,
                    credit=exchange if comes_minor > 0 else held,
                )
            ],
            happened_at=line.happened_at,
            now=now,
        )


def post_fee(
    session: Session,
    *,
    entry_id: str,
    owner: str,
    parts: Mapping[str, int] | None = None,
    amount_minor: int,
    currency: str,
    happened_at: datetime,
    now: datetime,
) -> None:
    """Post what Stripe kept (below 0: gave back), as a cost of an invoice, or of the business where `owner` is "";
    with `parts` (minor units by id) as a cost of these invoices."""
    held, kept = (Kind.STRIPE, ""), amount_minor > 0
    shares = rules.in_proportion(abs(amount_minor), parts or {owner: 1})
    ledger.post(
        session,
        entry_id=entry_id,
        reason="fee_charged" if kept else "fee_returned",
        about=owner,
        currency=currency,
        moves=[
            Move(minor, debit=(Kind.FEES, each) if kept else held, credit=held if kept else (Kind.FEES, each))
            for each, minor in shares.items()
        ],
        happened_at=happened_at,
        now=now,
    )

"""What Stripe holds, sends to the bank and gives back, against the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.audit.rules import PATIENCE, Check, Finding, amount
from server.chargebacks.models import Chargeback
from server.gateway.balance import BalanceLine
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments.models import Fee, Payment, Refund
from server.payments.operations import entry_id, refund_entry_ids, reversal_entry_id
from server.payments.queries import unsettled, unsettled_refund, unsettled_return
from server.payouts.models import Payout, PayoutLine
from server.payouts.rules import ON_ITS_WAY, SENT_BACK

_PAYOUTS = """
SELECT p.id, p.amount_minor, p.currency, sum(l.amount_minor - l.fee_minor)::bigint AS lines_minor
FROM payouts p JOIN payout_lines l ON l.payout_id = p.id
GROUP BY p.id HAVING sum(l.amount_minor - l.fee_minor) <> p.amount_minor
ORDER BY p.id
"""
_UNEXPLAINED = """
SELECT l.id, l.amount_minor - l.fee_minor AS minor, l.currency
FROM payout_lines l JOIN payouts p ON p.id = l.payout_id
WHERE l.subject_id IS NULL AND l.kind <> 'fee' AND p.created_at < :before
ORDER BY l.id
"""
_CHARGEBACKS = """
WITH held AS (
    SELECT c.payment_id, c.currency, sum(coalesce(m.taken_minor, 0) - c.reopened_minor)::bigint AS held_minor
    FROM chargebacks c
    LEFT JOIN (SELECT chargeback_id, -sum(amount_minor) AS taken_minor FROM chargeback_moves GROUP BY 1) m
    ON m.chargeback_id = c.id
    GROUP BY c.payment_id, c.currency
), booked AS (
    SELECT a.owner, a.currency,
           sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END)::bigint AS booked_minor
    FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.debit_account_id, t.credit_account_id)
    WHERE a.kind = 'chargebacks'
    GROUP BY a.id
)
SELECT coalesce(h.payment_id, b.owner) AS owner, coalesce(h.currency, b.currency) AS currency,
       coalesce(h.held_minor, 0) AS held_minor, coalesce(b.booked_minor, 0) AS booked_minor
FROM held h FULL JOIN booked b ON b.owner = h.payment_id AND b.currency = h.currency
WHERE coalesce(h.held_minor, 0) <> coalesce(b.booked_minor, 0)
ORDER BY 1
"""
_RETURNED = ("payout_failure", "payout_cancel")


def list_wrong_payouts(session: Session, *, now: datetime) -> list[Finding]:
    """Return payouts that are not the sum of their lines, lines that nothing explains, and chargebacks whose money is
    not in the books as they stand."""
    sums = [
        Finding(
            check=Check.PAYOUT_ADDS_UP,
            subject_id=row.id,
            expected=amount(row.amount_minor, row.currency),
            found=amount(row.lines_minor, row.currency),
        )
        for row in session.execute(text(_PAYOUTS))
    ]
    unexplained = [
        Finding(
            check=Check.PAYOUT_LINE_EXPLAINED,
            subject_id=row.id,
            expected="a payment, a refund or a chargeback",
            found=amount(row.minor, row.currency),
        )
        for row in session.execute(text(_UNEXPLAINED), {"before": now - PATIENCE})
    ]
    chargebacks = [
        Finding(
            check=Check.CHARGEBACK_IN_BOOKS,
            subject_id=row.owner,
            expected=amount(row.held_minor, row.currency),
            found=amount(row.booked_minor, row.currency),
        )
        for row in session.execute(text(_CHARGEBACKS))
    ]
    return sums + unexplained + chargebacks


def get_held(session: Session) -> dict[str, int]:
    """Return what the books say Stripe holds, by currency, of what it has told a line of: without payments, returns
    and refunds whose line we do not know, and with payouts that are on their way."""
    held = Counter(ledger.totals(session, Kind.STRIPE))
    unknown = [(each.currency, entry_id(each)) for each in session.scalars(select(Payment).where(unsettled()))]
    returned = session.scalars(select(Payment).where(unsettled_return()))
    unknown += [(each.currency, reversal_entry_id(each)) for each in returned]
    refunds = session.scalars(select(Refund).where(unsettled_refund()))
    unknown += [(each.currency, entry) for each in refunds for entry in refund_entry_ids(each)]
    for currency in {currency for currency, _ in unknown}:
        entries = [entry for each, entry in unknown if each == currency]
        held[currency] -= ledger.moved(session, Kind.STRIPE, "", currency, entry_ids=entries)
    for payout in session.scalars(select(Payout).where(Payout.status.in_(ON_ITS_WAY))):
        held[payout.currency] -= payout.amount_minor
    return dict(held)


def list_apart(session: Session, lines: Sequence[BalanceLine], *, before: datetime) -> list[BalanceLine]:
    """Return the lines of Stripe's balance that need not be in the books: too new, or not about anything of ours."""
    ids, sources = [line.id for line in lines], [line.source_id for line in lines if line.source_id]
    known = session.execute(select(Payout.id, Payout.status).where(Payout.id.in_(sources)))
    statuses = {payout_id: status for payout_id, status in known}  # noqa: C416 -- a row is not a pair to mypy
    booked = set(session.scalars(select(Fee.id).where(Fee.id.in_(ids))))
    booked |= set(session.scalars(select(PayoutLine.id).where(PayoutLine.id.in_(ids), PayoutLine.payment_id.is_(None))))
    booked |= {line.id for line in lines if line.type == "payout" and line.source_id in statuses}
    booked |= {line.id for line in lines if line.type in _RETURNED and statuses.get(line.source_id or "") in SENT_BACK}
    ours = set(session.scalars(select(Payment.stripe_charge_id).where(Payment.stripe_charge_id.in_(sources))))
    ours |= set(session.scalars(select(Payment.reversal_id).where(Payment.reversal_id.in_(sources))))
    ours |= set(session.scalars(select(Refund.stripe_refund_id).where(Refund.stripe_refund_id.in_(sources))))
    ours |= set(session.scalars(select(Chargeback.id).where(Chargeback.id.in_(sources))))
    ours |= {line.source_id for line in lines if line.type in ("payout", *_RETURNED)}
    return [
        line for line in lines if line.id not in booked and (line.happened_at >= before or line.source_id not in ours)
    ]

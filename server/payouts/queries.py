"""Questions about payouts: which, what they consist of, and which of their lines nothing of ours explains."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, null, select
from sqlalchemy.orm import Session

from server.chargebacks.models import Chargeback
from server.core import money, words
from server.core.errors import NotFound
from server.invoices.models import Invoice
from server.payments.models import Fee, Payment, Refund
from server.payments.rules import Status as PaymentStatus
from server.payouts import rules
from server.payouts.models import Payout, PayoutLine
from server.payouts.rules import LineKind

_COLUMNS = (
    "payout_id", "arrives_on", "line_id", "happened_at", "kind", "type", "amount", "fee", "net", "currency",
    "invoice_number", "customer_name", "payment_id", "subject_id", "source_id",
)  # fmt: skip


class NoSuchPayout(NotFound):
    """There is no such payout."""

    code = "payout_not_found"


def payouts_statement() -> Select[Payout]:
    """Return the statement that lists payouts."""
    return select(Payout)


def get_payout(session: Session, payout_id: str) -> Payout:
    """Return a payout. Raises NoSuchPayout."""
    found = session.get(Payout, payout_id)
    if found is None:
        raise NoSuchPayout
    return found


def list_lines(session: Session, payout_ids: Sequence[str]) -> dict[str, list[PayoutLine]]:
    """Return the lines of these payouts, by payout, the oldest first."""
    statement = select(PayoutLine).where(PayoutLine.payout_id.in_(payout_ids))
    found: dict[str, list[PayoutLine]] = {}
    for line in session.scalars(statement.order_by(PayoutLine.happened_at, PayoutLine.id)):
        found.setdefault(line.payout_id, []).append(line)
    return found


def sheets(session: Session, found: Sequence[Payout]) -> list[dict[str, Any]]:
    """Return payouts as the wire has them: gross, refunds, chargebacks, adjustments, fees, net, and how many of their
    lines nothing explains. Sums are None of one whose lines Stripe does not tell."""
    lines = list_lines(session, [payout.id for payout in found])
    return [_sheet(payout, lines.get(payout.id, [])) for payout in found]


def _sheet(payout: Payout, lines: Sequence[PayoutLine]) -> dict[str, Any]:
    sums = asdict(rules.totals(lines)) if lines else dict.fromkeys(rules.Totals.__annotations__)
    return {
        **{column.key: getattr(payout, column.key) for column in Payout.__table__.columns},
        **sums,
        "net_minor": payout.amount_minor,
        "adds_up": sums["net_minor"] == payout.amount_minor if lines else None,
        "unexplained_count": sum(not line.explained for line in lines),
    }


def get_sheet(session: Session, payout_id: str) -> dict[str, Any]:
    """Return a payout as the wire has it, with its lines. Raises NoSuchPayout."""
    payout = get_payout(session, payout_id)
    lines = list_lines(session, [payout_id]).get(payout_id, [])
    concerned = (
        select(Payment.id, Invoice.id, Invoice.number, Invoice.buyer)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.id.in_({line.payment_id for line in lines if line.payment_id}))
    )
    invoices = {row[0]: row[1:] for row in session.execute(concerned)}
    shown = []
    for line in lines:
        invoice_id, number, buyer = invoices.get(line.payment_id or "", (None, None, None))
        shown.append(
            {
                **{column.key: getattr(line, column.key) for column in PayoutLine.__table__.columns},
                "net_minor": line.net_minor,
                "explained": line.explained,
                "invoice_id": invoice_id,
                "invoice_number": number,
                "customer_name": buyer["name"] if buyer else None,
            }
        )
    return {**_sheet(payout, lines), "lines": shown}


def as_csv(sheet: dict[str, Any]) -> str:
    """Return a payout (a sheet of get_sheet) as a bookkeeper's file: one row a line, amounts in the main unit."""
    file = io.StringIO()
    rows = csv.DictWriter(file, _COLUMNS, extrasaction="ignore")
    rows.writeheader()
    for line in sheet["lines"]:
        amounts = {name: money.major(line[f"{name}_minor"], line["currency"]) for name in ("amount", "fee", "net")}
        about = {
            "line_id": line["id"],
            "arrives_on": sheet["arrives_on"],
            "happened_at": line["happened_at"].isoformat(),
        }
        rows.writerow({**line, **amounts, **about, "customer_name": words.cell(line["customer_name"] or "")})
    return file.getvalue()


def explain(session: Session, lines: Sequence[PayoutLine]) -> dict[str, tuple[str, str | None]]:
    """Return what each of these lines is about, (our id, the payment it concerns), as far as we know it."""
    sources = {line.source_id for line in lines if line.source_id}
    charged = select(Payment.stripe_charge_id, Payment.id, Payment.id).where(
        Payment.stripe_charge_id.in_(sources), Payment.status == PaymentStatus.SUCCEEDED
    )
    given_back = select(Refund.stripe_refund_id, Refund.id, Refund.payment_id).where(
        Refund.stripe_refund_id.in_(sources)
    )
    taken_back = select(Payment.reversal_id, Payment.id, Payment.id).where(Payment.reversal_id.in_(sources))
    returned = select(Payout.id, Payout.id, null()).where(Payout.id.in_(sources))
    disputed = select(Chargeback.id, Chargeback.id, Chargeback.payment_id).where(Chargeback.id.in_(sources))
    found = {
        source_id: (subject_id, payment_id)
        for rows in (charged, given_back, taken_back, disputed, returned)
        for source_id, subject_id, payment_id in session.execute(rows)
    }
    return {line.id: found[line.source_id] for line in lines if line.source_id in found}


def list_explicable(session: Session) -> list[str]:
    """Return the payouts that hold a line which was set aside and is explained by now."""
    waiting = list(session.scalars(select(PayoutLine).where(PayoutLine.set_aside)))
    explained = explain(session, waiting)
    return sorted({line.payout_id for line in waiting if line.id in explained})


def list_wrong_fees(session: Session, payout_id: str) -> list[PayoutLine]:
    """Return the lines of a payout whose fee is not booked to their payment, or another than Stripe says."""
    statement = (
        select(PayoutLine)
        .outerjoin(Fee, Fee.id == PayoutLine.id)
        .where(PayoutLine.payout_id == payout_id, PayoutLine.payment_id.is_not(None))
        .where(func.coalesce(Fee.amount_minor, -PayoutLine.fee_minor - 1) != PayoutLine.fee_minor)
        .order_by(PayoutLine.id)
    )
    return list(session.scalars(statement))


def list_unexchanged(session: Session, payout_id: str) -> list[str]:
    """Return the payments whose money is in this payout in another currency than they were charged in, and in the books
    still in their own."""
    statement = (
        select(PayoutLine.payment_id)
        .join(Payment, Payment.id == PayoutLine.payment_id)
        .outerjoin(Fee, Fee.id == PayoutLine.id)
        .where(PayoutLine.payout_id == payout_id, PayoutLine.currency != Payment.currency)
        .where(Fee.charged_minor.is_(None))
        .distinct()
    )
    return [payment_id for payment_id in session.scalars(statement) if payment_id]


def list_known(session: Session, *, since: datetime) -> dict[str, tuple[rules.Status, bool]]:
    """Return the payouts made since a moment: where each stands, and whether every line of it is explained."""
    unexplained = PayoutLine.subject_id.is_(None) & (PayoutLine.kind != LineKind.FEE)
    statement = (
        select(Payout.id, Payout.status, Payout.automatic, func.count(PayoutLine.id), func.count().filter(unexplained))
        .outerjoin(PayoutLine, PayoutLine.payout_id == Payout.id)
        .where(Payout.created_at >= since)
        .group_by(Payout.id)
    )
    return {
        payout_id: (status, not automatic or (lines > 0 and not unknown))
        for payout_id, status, automatic, lines, unknown in session.execute(statement)
    }

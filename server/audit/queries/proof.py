"""What proves an invoice, as far as we wrote it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.audit.rules import ProvenEntry
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.payments import queries as payments
from server.payments.models import Payment, Refund
from server.payments.operations import entry_id, refund_entry_ids
from server.payments.rules import BY_CARD, OPEN

_STRIPE_ENTRIES = """
SELECT e.id, e.reason, e.happened_at,
       coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'stripe'), 0)::bigint AS in_minor,
       coalesce(sum(t.amount_minor) FILTER (WHERE c.kind = 'stripe'), 0)::bigint AS out_minor
FROM ledger_entries e JOIN ledger_transfers t ON t.entry_id = e.id
JOIN ledger_accounts d ON d.id = t.debit_account_id JOIN ledger_accounts c ON c.id = t.credit_account_id
WHERE (e.about = :invoice_id OR e.id = ANY(:ids)) AND 'stripe' IN (d.kind, c.kind)
  AND e.reason IN ('payment_received', 'payment_refunded', 'refund_returned')
GROUP BY e.id ORDER BY e.happened_at, e.id
"""


@dataclass(frozen=True, kw_only=True)
class InvoiceFacts:
    """What we wrote down of an invoice's attempts at Stripe, its refunds there, and the books."""

    invoice: Invoice
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    entries: Sequence[ProvenEntry]

    @property
    def intent_ids(self) -> list[str]:
        """The PaymentIntents that were written down."""
        return list(dict.fromkeys(payment.stripe_intent_id for payment in self.payments if payment.stripe_intent_id))

    @property
    def open_payment_ids(self) -> list[str]:
        """The attempts that are still being asked about."""
        return [payment.id for payment in self.payments if payment.status in OPEN]


def get_invoice_facts(session: Session, invoice_id: str) -> InvoiceFacts:
    """Return what we know of an invoice's money at Stripe. Raises NoSuchInvoice."""
    invoice = invoices.get_invoice(session, invoice_id)
    attempts = [each for each in payments.list_for_invoices(session, [invoice_id]) if each.method in BY_CARD]
    refunds = payments.list_refunds(session, [each.id for each in attempts])
    ids = [entry_id(each) for each in attempts] + [each for refund in refunds for each in refund_entry_ids(refund)]
    rows = session.execute(text(_STRIPE_ENTRIES), {"invoice_id": invoice_id, "ids": ids})
    entries = [
        ProvenEntry(
            entry_id=row.id,
            reason=row.reason,
            happened_at=row.happened_at,
            in_minor=row.in_minor,
            out_minor=row.out_minor,
        )
        for row in rows
    ]
    return InvoiceFacts(invoice=invoice, payments=attempts, refunds=refunds, entries=entries)

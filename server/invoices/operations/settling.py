"""Keep the status of invoices true to the ledger; take deposits into the invoice of the work, and amounts off it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from server.core import ids
from server.core.errors import Conflict
from server.invoices import queries, rules
from server.invoices.models import CreditNote, Invoice
from server.invoices.rules import Kind
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind as LedgerKind


class NotCreditable(Conflict):
    """Nothing can be taken off a request for a deposit: it is settled by the invoice of the work."""

    code = "not_creditable"


def settle_status(session: Session, invoice: Invoice) -> int:
    """Make the status follow the ledger after money moved; return the balance in minor units.

    The caller holds the invoice's lock.
    """
    balance_minor = queries.balance_of(session, invoice)
    invoice.status = rules.status_of(
        total_minor=invoice.total_minor, balance_minor=balance_minor, before=invoice.status
    )
    return balance_minor


def deposits_entry_id(final_id: str) -> str:
    """Return the id of the entry by which an invoice took the deposits of its job."""
    return ids.derived("ent", "deposits_taken", final_id)


def take_deposits(session: Session, invoice: Invoice, requests: Sequence[Invoice], *, now: datetime) -> None:
    """Let the invoice of the work take what was paid before, and withdraw what was asked for and not paid. What was
    paid beyond its total becomes the customer's credit; what a request owes beyond what it asked for, since money went
    back that never came, is owed on the work."""
    if not requests:
        return
    held, moves = (LedgerKind.DEPOSITS, invoice.job_id), []
    beyond = rules.beyond_work(invoice.deposits, total_minor=invoice.total_minor)
    for each in requests:
        balance_minor = queries.balance_of(session, each)
        unpaid_minor = min(balance_minor, each.total_minor)
        paid_minor = each.total_minor - unpaid_minor
        beyond_minor = beyond.get(each.id, 0)
        credit = (LedgerKind.CUSTOMER_CREDIT, invoice.customer_id)
        asked, owed = (LedgerKind.RECEIVABLE, each.id), (LedgerKind.RECEIVABLE, invoice.id)
        moves += [
            Move(paid_minor - beyond_minor, debit=held, credit=owed),
            Move(beyond_minor, debit=held, credit=credit),
            Move(unpaid_minor, debit=held, credit=asked),
            Move(balance_minor - unpaid_minor, debit=owed, credit=asked),
        ]
    ledger.post(
        session,
        entry_id=deposits_entry_id(invoice.id),
        reason="deposits_taken",
        about=invoice.id,
        currency=invoice.currency,
        moves=moves,
        happened_at=now,
        now=now,
    )
    paid = {each["invoice_id"] for each in invoice.deposits}
    for each in (*requests, invoice):
        if each is not invoice and each.id not in paid:
            each.status = rules.Status.VOID
        settle_status(session, each)


def credit(
    session: Session,
    invoice: Invoice,
    *,
    credit_note_id: str,
    amount_minor: int,
    paid_minor: int = 0,
    reason: str | None,
    now: datetime,
) -> None:
    """Take an amount off an invoice, with the taxes in it; `paid_minor` of it was paid and becomes the customer's
    credit. The caller holds the invoice's lock. Raises NotCreditable."""
    if invoice.kind is not Kind.FINAL:
        raise NotCreditable
    earlier = queries.list_credit_notes(session, invoice.id)
    note = CreditNote(
        id=credit_note_id,
        number=f"{invoice.number}-C{len(earlier) + 1}",
        invoice_id=invoice.id,
        amount_minor=amount_minor,
        currency=invoice.currency,
        taxes=rules.taxes_within(
            amount_minor,
            before_minor=sum(each.amount_minor for each in earlier),
            taxes=invoice.taxes,
            total_minor=invoice.total_minor,
        ),
        reason=reason,
        created_at=now,
    )
    session.add(note)
    owed = (LedgerKind.RECEIVABLE, invoice.id)
    moves = [Move(tax["amount_minor"], debit=(LedgerKind.TAX, tax["account"]), credit=owed) for tax in note.taxes]
    untaxed_minor = amount_minor - sum(move.amount_minor for move in moves)
    ledger.post(
        session,
        entry_id=queries.credited_entry_id(credit_note_id),
        reason=rules.CREDITED,
        about=invoice.id,
        currency=invoice.currency,
        # Of an amount of some cents the taxes may round to a cent more than there is.
        moves=[
            Move(max(untaxed_minor, 0), debit=(LedgerKind.SALES, ""), credit=owed),
            Move(max(-untaxed_minor, 0), debit=owed, credit=(LedgerKind.SALES, "")),
            *moves,
            Move(paid_minor, debit=owed, credit=(LedgerKind.CUSTOMER_CREDIT, invoice.customer_id)),
        ],
        happened_at=now,
        now=now,
    )
    settle_status(session, invoice)

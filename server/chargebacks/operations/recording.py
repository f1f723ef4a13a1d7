"""Write down a chargeback as Stripe has it, and book what it moved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.chargebacks import queries, rules
from server.chargebacks.models import Chargeback, ChargebackMove
from server.chargebacks.operations import telling
from server.chargebacks.rules import ANSWERABLE, CLOSED, Status
from server.core import ids, queue
from server.gateway.balance import BalanceLine
from server.gateway.disputes import BankDispute
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import operations as payments
from server.payments import queries as payment_queries
from server.payments.models import Payment
from server.payments.operations import undoing

_HELD_BY_STRIPE = (Kind.STRIPE, "")


def record(session: Session, *, payment_id: str, seen: BankDispute, now: datetime) -> Chargeback:
    """Write down what a bank does about a payment, as Stripe has it now; told again, or late, nothing changes.

    What the bank takes it owes us until it has decided. Lost, the customer owes it again; won, it comes back. Each
    move of money is booked once, with Stripe's fee. What is new is told to the office, an outcome to the customer.
    """
    payment, invoice = payment_queries.get_locked(session, payment_id)
    chargeback = _lock(session, payment, seen)
    status = Status(seen.status)
    news = rules.may_become(chargeback.status, status)
    if news:
        if status is Status.NEEDS_RESPONSE:
            _open_again(chargeback)
        chargeback.status = status
        chargeback.closed_at = now if status in CLOSED else None
    chargeback.evidence_due_at = seen.evidence_due_at
    chargeback.submission_count = max(chargeback.submission_count, seen.submission_count)
    _book_moves(session, chargeback, payment, seen, now=now)
    _settle(session, chargeback, payment, invoice, now=now)
    fresh = chargeback.assembled_at is None and status in ANSWERABLE
    if fresh:
        queue.defer(session, "chargebacks.go_on", chargeback_id=chargeback.id)
    if fresh or news:
        telling.tell_news(session, chargeback, invoices.get_invoice(session, payment.lead_id), now=now)
    session.flush()
    return chargeback


def _open_again(chargeback: Chargeback) -> None:
    """An inquiry became a chargeback: it wants an answer of its own, whatever was answered before."""
    chargeback.submission_asked_by = chargeback.submission_asked_at = None
    chargeback.staged_at = chargeback.alarmed_at = None


def _lock(session: Session, payment: Payment, seen: BankDispute) -> Chargeback:
    row = {
        "id": seen.id,
        "payment_id": payment.id,
        "status": Status(seen.status),
        "reason": seen.reason,
        "amount_minor": seen.amount_minor,
        "currency": seen.currency,
        "submission_count": 0,
        "reopened_minor": 0,
        "revision": 0,
        "created_at": seen.created_at,
    }
    session.execute(insert(Chargeback).values(row).on_conflict_do_nothing())
    return queries.get_chargeback(session, seen.id, lock=True)


def _book_moves(
    session: Session, chargeback: Chargeback, payment: Payment, seen: BankDispute, *, now: datetime
) -> None:
    known = {move.id for move in queries.list_moves(session, chargeback.id)}
    for line in seen.lines:
        if line.id not in known:
            _book_move(session, chargeback, payment, line, now=now)
    payments.book_fees(session, payment_id=payment.id, lines=seen.lines, now=now)


def _book_move(session: Session, chargeback: Chargeback, payment: Payment, line: BalanceLine, *, now: datetime) -> None:
    """Book what the bank took, which it owes us until it has decided, or gave back: as it was charged, whatever Stripe
    exchanged it for."""
    moved_minor = line.amount_minor if line.charged_minor is None else line.charged_minor
    session.add(
        ChargebackMove(id=line.id, chargeback_id=chargeback.id, amount_minor=moved_minor, happened_at=line.happened_at)
    )
    taken, at_the_bank = moved_minor < 0, (Kind.CHARGEBACKS, payment.id)
    ledger.post(
        session,
        entry_id=ids.derived("ent", "chargeback", line.id),
        reason="chargeback_taken" if taken else "chargeback_returned",
        about=payment.invoice_id,
        currency=chargeback.currency,
        moves=[
            Move(
                abs(moved_minor),
                debit=at_the_bank if taken else _HELD_BY_STRIPE,
                credit=_HELD_BY_STRIPE if taken else at_the_bank,
            )
        ],
        happened_at=line.happened_at,
        now=now,
    )


def _settle(session: Session, chargeback: Chargeback, payment: Payment, invoice: Invoice, *, now: datetime) -> None:
    """Let the customer owe what the bank kept, or owe no longer what it gave back after all."""
    held_minor = queries.withdrawn_minor(session, [chargeback.id]).get(chargeback.id, 0)
    change_minor = rules.owed_again(chargeback.status, held_minor) - chargeback.reopened_minor
    if not change_minor:
        return
    chargeback.reopened_minor += change_minor
    chargeback.revision += 1
    lost, at_the_bank = change_minor > 0, (Kind.CHARGEBACKS, payment.id)
    before = [_entry_id(chargeback, revision) for revision in range(1, chargeback.revision)]
    ledger.post(
        session,
        entry_id=_entry_id(chargeback, chargeback.revision),
        reason="chargeback_lost" if lost else "chargeback_won",
        about=invoice.id,
        currency=chargeback.currency,
        moves=undoing.moves(session, payment, change_minor, source=at_the_bank)
        if lost
        else undoing.moves_back(session, payment, -change_minor, undone=before, source=at_the_bank),
        happened_at=now,
        now=now,
    )
    undoing.settle_invoices(session, payment)


def _entry_id(chargeback: Chargeback, revision: int) -> str:
    return ids.derived("ent", "chargeback_settled", chargeback.id, str(revision))

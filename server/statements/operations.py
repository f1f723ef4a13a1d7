"""Take statements in, once, and decide about their lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import ids, words
from server.core.errors import Conflict, Problem, Unacceptable
from server.customers import queries as customers
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import operations as payments
from server.payments.models import Payment
from server.payments.operations import InvoiceSettled
from server.statements import queries, rules
from server.statements.models import BankLine, BankStatement
from server.statements.rules import Candidate, LineStatus, ReadStatement, StatementTooLong

_NOON = time(12)


class LineDecided(Conflict):
    """This line of the statement is decided already."""

    code = "bank_line_decided"


class LineNotIncoming(Conflict):
    """No money came by this line of the statement."""

    code = "bank_line_not_incoming"


class CreditSpent(Unacceptable):
    """The bank took back more than the credit this customer has left. Make what their credit paid credit again, on the
    customer's page; then take this out of it."""

    code = "credit_spent"


class LineOfOtherCurrency(Conflict):
    """This money came in another currency than the invoice asks for. Nothing is converted here."""

    code = "bank_line_of_other_currency"


def take_in(
    session: Session, *, read: ReadStatement, imported_by: str, now: datetime
) -> tuple[BankStatement, list[BankLine]]:
    """Keep a statement and those of its lines that no earlier one showed, and settle what is sure: a transfer whose
    reference names an open invoice is counted, one that is returned is taken back. Returns the new lines.

    Raises StatementWrongSum, StatementTooLong, AccountNotOurs.
    """
    if len(read.lines) > rules.MOST_LINES:
        raise StatementTooLong(most=rules.MOST_LINES)
    rules.require_sum(read)
    account = queries.lock_account(session, currency=read.currency, identifier=read.account)
    days = [line.booked_on for line in read.lines]
    statement = BankStatement(
        id=ids.new("bst", now=now),
        account=account.identifier,
        currency=read.currency,
        reference=read.reference,
        from_on=min(days, default=None),
        to_on=max(days, default=None),
        opening_minor=read.opening_minor,
        closing_minor=read.closing_minor,
        imported_by=imported_by,
        created_at=now,
    )
    keys = rules.line_keys(read.lines)
    line_ids = [ids.derived("bln", account.identifier, read.currency, key) for key in keys]
    known = queries.find_statement_of(session, line_ids)
    if known is not None:
        return known, []
    session.add(statement)
    session.flush()
    fresh = _keep_lines(session, statement, read, line_ids, now=now)
    _settle(session, fresh, now=now)
    return statement, fresh


def _keep_lines(
    session: Session, statement: BankStatement, read: ReadStatement, line_ids: Sequence[str], *, now: datetime
) -> list[BankLine]:
    rows = [
        {
            "id": line_id,
            "statement_id": statement.id,
            "account": statement.account,
            "booked_on": line.booked_on,
            "is_credit": line.is_credit,
            "amount_minor": line.amount_minor,
            "currency": statement.currency,
            "references": list(line.references),
            "text": line.text[:2000],
            "name": line.name[:200],
            "bank_reference": line.bank_reference[:200],
            "same_as": list(line.same_as),
            "is_return": line.is_return,
            "status": LineStatus.WAITING if line.is_credit or line.is_return else LineStatus.OUTGOING,
            "created_at": now,
        }
        for line_id, line in zip(line_ids, read.lines, strict=True)
    ]
    if not rows:
        return []
    kept = insert(BankLine).values(rows).on_conflict_do_nothing().returning(BankLine)
    fresh = {line.id: line for line in session.scalars(kept)}
    return [fresh[row["id"]] for row in rows if row["id"] in fresh]


def _settle(session: Session, lines: Sequence[BankLine], *, now: datetime) -> None:
    """Count what is sure, in the order of the statement. Every invoice it may touch is locked first, in one go, and the
    jobs of deposits before them, as whoever invoices their work does."""
    reads = {line.id: queries.as_read(line) for line in lines}
    candidates = queries.find_candidates(session, [reads[line.id] for line in lines if _may_pay(line)])
    returned = [queries.find_returned(session, line) for line in lines if line.is_return and not line.is_credit]
    wanted = {each.invoice_id for each in candidates if each.is_open}
    wanted |= {invoice_id for payment in returned if payment for invoice_id in payment.parts}
    locked = {invoice.id: invoice for invoice in invoices.lock_for_money(session, wanted)}
    zone = ZoneInfo(business.get_profile(session).time_zone)
    index = rules.Index(candidates)
    for line in lines:
        if _may_pay(line):
            about = [_as_it_is(session, each, locked.get(each.invoice_id)) for each in index.about(reads[line.id])]
            known = queries.find_recorded(session, line, [each.invoice_id for each in about])
            if known is not None:
                _decide(line, LineStatus.MATCHED, decided_by="statement", now=now)
                line.payment_id = known.id
                continue
            verdict = rules.decide(reads[line.id], about, currency=line.currency)
            if verdict.is_sure:
                covered = [locked[each] for each in verdict.invoice_ids]
                _receive(session, line, covered, decided_by="statement", zone=zone, now=now)
        elif line.is_return and not line.is_credit:
            _take_back(session, line, zone=zone, now=now)
    session.flush()


def _may_pay(line: BankLine) -> bool:
    return line.is_credit and not line.is_return


def _as_it_is(session: Session, candidate: Candidate, invoice: Invoice | None) -> Candidate:
    """Return a candidate as its invoice stands now that it is locked, and after the lines before."""
    if invoice is None:
        return candidate
    balance_minor = invoices.balance_of(session, invoice)
    is_open = invoice.status in invoice_rules.UNPAID and balance_minor > 0
    return Candidate(
        invoice_id=candidate.invoice_id,
        number=candidate.number,
        customer_id=candidate.customer_id,
        currency=candidate.currency,
        balance_minor=balance_minor,
        is_open=is_open,
    )


def _receive(
    session: Session, line: BankLine, covered: Sequence[Invoice], *, decided_by: str, zone: ZoneInfo, now: datetime
) -> None:
    said = next(iter(line.references), "") or line.text or line.bank_reference or line.id
    payment = payments.receive_transfer(
        session,
        payment_id=ids.derived("pay", "bank_line", line.id),
        covered=covered,
        amount_minor=line.amount_minor,
        reference=said[:120],
        taken_by=decided_by,
        booked_at=_moment(line.booked_on, zone, *(invoice.created_at for invoice in covered), now=now),
        now=now,
    )
    _decide(line, LineStatus.MATCHED, decided_by=decided_by, now=now)
    line.payment_id = payment.id


def _moment(booked_on: date, zone: ZoneInfo, *after: datetime, now: datetime) -> datetime:
    """Return when money of a day counts as come, or gone: its noon, never before what it pays or takes back (`after`),
    never later than now."""
    return min(max((datetime.combine(booked_on, _NOON, tzinfo=zone), *after)), now)


def _take_back(session: Session, line: BankLine, *, zone: ZoneInfo, now: datetime) -> None:
    """Reverse the payment that a returned line undoes, or take it out of the credit it was held as; where that is not
    sure, or not possible, it waits."""
    payment = queries.find_returned(session, line)
    if payment is None:
        held = queries.find_returned_credit(session, line)
        if held is not None and held.customer_id is not None:
            with suppress(CreditSpent):  # the office decides
                credit(session, line_id=line.id, customer_id=held.customer_id, decided_by="statement", now=now)
        return
    invoice = invoices.get_invoice(session, payment.invoice_id)
    spoken = invoice_rules.locale(invoice.language, invoice.seller)
    try:
        payments.reverse_payment(
            session,
            payment_id=payment.id,
            reversal_id=ids.derived("rev", "bank_line", line.id),
            reason=words.say(spoken, words.msgid("The bank returned the transfer.")),
            reversed_by="statement",
            happened_at=_moment(line.booked_on, zone, payment.settled_at or now, now=now),
            now=now,
        )
    except Problem:
        return  # a part of it waits to be given back: the office decides
    _decide(line, LineStatus.REVERSED, decided_by="statement", now=now)
    line.payment_id = payment.id


def _decide(line: BankLine, status: LineStatus, *, decided_by: str, now: datetime) -> None:
    line.status = status
    line.decided_by, line.decided_at = decided_by, now


def assign(
    session: Session, *, line_id: str, invoice_ids: Collection[str], decided_by: str, now: datetime
) -> tuple[BankLine, Payment]:
    """Count a line that waits for these invoices, the oldest first; what is beyond them is the customer's credit.

    Doing it again changes nothing. Raises NoSuchLine, LineDecided, LineNotIncoming, NoSuchInvoice,
    LineOfOtherCurrency, InvoicesDiffer, InvoiceSettled.
    """
    line = queries.get_line_locked(session, line_id)
    if line.status is LineStatus.MATCHED and line.payment_id is not None:
        payment = session.get_one(Payment, line.payment_id)
        if set(payment.parts) <= set(invoice_ids):
            return line, payment
    _require_open(line)
    covered = invoices.lock_invoices(session, set(invoice_ids))
    if any(invoice.currency != line.currency for invoice in covered):
        raise LineOfOtherCurrency
    open_ones = [each for each in covered if _owes(session, each)]
    if not open_ones:
        raise InvoiceSettled(invoice_ids=sorted(invoice_ids))
    zone = ZoneInfo(business.get_profile(session).time_zone)
    _receive(session, line, covered, decided_by=decided_by, zone=zone, now=now)
    session.flush()
    return line, session.get_one(Payment, line.payment_id)


def _owes(session: Session, invoice: Invoice) -> bool:
    return invoice.status in invoice_rules.UNPAID and invoices.balance_of(session, invoice) > 0


def credit(session: Session, *, line_id: str, customer_id: str, decided_by: str, now: datetime) -> BankLine:
    """Hold a line's money for a customer; what came back of such money is held no longer. Doing it again changes
    nothing.

    Raises NoSuchLine, LineDecided, LineNotIncoming, CustomerNotFound, CreditSpent.
    """
    line = queries.get_line_locked(session, line_id)
    if line.status is LineStatus.CREDITED and line.customer_id == customer_id:
        return line
    _require_open(line, returned=line.is_return)
    customers.get_customer(session, customer_id)
    zone = ZoneInfo(business.get_profile(session).time_zone)
    bank, held = (Kind.BANK, ""), (Kind.CUSTOMER_CREDIT, customer_id)
    if not line.is_credit:
        free_minor = payments.unclaimed_minor(session, customer_id, line.currency)
        if line.amount_minor > free_minor:
            raise CreditSpent(credit_minor=free_minor, currency=line.currency)
    ledger.post(
        session,
        entry_id=ids.derived("ent", "bank_line", line.id),
        reason="transfer_credited",
        about=line.id,
        currency=line.currency,
        moves=[
            Move(line.amount_minor, debit=bank if line.is_credit else held, credit=held if line.is_credit else bank)
        ],
        happened_at=_moment(line.booked_on, zone, now=now),
        now=now,
    )
    line.customer_id = customer_id
    _decide(line, LineStatus.CREDITED, decided_by=decided_by, now=now)
    session.flush()
    return line


def recognize(session: Session, *, line_id: str, payment_id: str, decided_by: str, now: datetime) -> BankLine:
    """Say that a line shows a transfer which a person wrote down before: it is counted already. Doing it again changes
    nothing.

    Raises NoSuchLine, LineDecided, LineNotIncoming, NoSuchPayment, TransferShown.
    """
    line = queries.get_line_locked(session, line_id)
    if line.status is LineStatus.MATCHED and line.payment_id == payment_id:
        return line
    _require_open(line)
    line.payment_id = queries.get_recorded(session, line, payment_id).id
    _decide(line, LineStatus.MATCHED, decided_by=decided_by, now=now)
    session.flush()
    return line


def ignore(session: Session, *, line_id: str, reason: str, decided_by: str, now: datetime) -> BankLine:
    """Leave a line alone: it is in the books already, or none of our invoices'. Doing it again changes nothing.

    Raises NoSuchLine, LineDecided.
    """
    line = queries.get_line_locked(session, line_id)
    if line.status is LineStatus.IGNORED and line.reason == reason:
        return line
    if line.status is not LineStatus.WAITING:
        raise LineDecided(line_status=line.status)
    line.reason = reason
    _decide(line, LineStatus.IGNORED, decided_by=decided_by, now=now)
    session.flush()
    return line


def _require_open(line: BankLine, *, returned: bool = False) -> None:
    if line.status is not LineStatus.WAITING:
        raise LineDecided(line_status=line.status)
    if not line.is_credit and not returned:
        raise LineNotIncoming

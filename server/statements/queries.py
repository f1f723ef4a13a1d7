"""What the bank said, and which invoice each line may be about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Select, String, any_, func, literal, literal_column, or_, select
from sqlalchemy.orm import Session

from server.business.models import BankAccount
from server.cash import queries as cash
from server.cash.models import Banking
from server.core import clock
from server.core.database import among
from server.core.errors import Conflict, NotFound, Unacceptable
from server.invoices.models import DIGITS_OF_NUMBER, PLAIN_NUMBER, Invoice
from server.invoices.rules import UNPAID, Status
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments.models import Payment
from server.payments.queries import NoSuchPayment, covering
from server.payments.rules import Method
from server.payments.rules import Status as PaymentStatus
from server.payouts.models import Payout
from server.statements import rules
from server.statements.models import BankLine, BankStatement
from server.statements.rules import Candidate, LineStatus, ReadLine

MOST_PROPOSALS = 5
_MOST_LOOKED_AT = 500
# How far the bank's day may be from ours for the same money.
_ON_ITS_WAY = timedelta(days=14)
_NOT_RECORDED: dict[str, Any] = {"payment_id": None, "reference": None, "recorded_at": None}
_KNOWN: dict[str, Any] = {"invoice_ids": [], "customer_id": None, "customer_name": None, **_NOT_RECORDED}
_IS_UNSHOWN = ~select(BankLine.id).where(BankLine.payment_id == Payment.id).exists()


class NoSuchLine(NotFound):
    """There is no such line of a bank statement."""

    code = "bank_line_not_found"


class AccountNotOurs(Unacceptable):
    """This statement is of an account that is not one of the business's. Say the account first."""

    code = "account_not_ours"


class TransferShown(Conflict):
    """Another line of a statement shows this transfer already."""

    code = "transfer_shown"


def lock_account(session: Session, *, currency: str, identifier: str | None) -> BankAccount:
    """Return the business's account in a currency, locked: one statement of an account is taken in at a time.

    Raises AccountNotOurs where the file names another.
    """
    found = session.get(BankAccount, currency, with_for_update=True, populate_existing=True)
    if found is None or identifier not in (None, found.identifier):
        raise AccountNotOurs(currency=currency)
    return found


def find_statement_of(session: Session, line_ids: Sequence[str]) -> BankStatement | None:
    """Return the statement that showed the last of these lines, where all of them are known; None otherwise."""
    known = select(func.count()).select_from(BankLine).where(BankLine.id.in_(set(line_ids)))
    if not line_ids or session.scalar(known) != len(line_ids):
        return None
    return session.get_one(BankStatement, session.get_one(BankLine, line_ids[-1]).statement_id)


def get_line_locked(session: Session, line_id: str) -> BankLine:
    """Return a line, locked until the transaction ends. Raises NoSuchLine."""
    found = session.get(BankLine, line_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchLine
    return found


def statements_statement() -> Select[BankStatement]:
    """Return the statement that lists bank statements."""
    return select(BankStatement)


def lines_statement(*, status: str | None = None, statement_id: str | None = None) -> Select[BankLine]:
    """Return the statement that lists lines."""
    statement = select(BankLine)
    if status is not None:
        statement = statement.where(BankLine.status == LineStatus(status))
    if statement_id is not None:
        statement = statement.where(BankLine.statement_id == statement_id)
    return statement


def count_waiting(session: Session) -> int:
    """Return how many lines wait for a decision."""
    waiting = select(func.count()).select_from(BankLine).where(BankLine.status == LineStatus.WAITING)
    return int(session.scalar(waiting) or 0)


def find_candidates(session: Session, lines: Sequence[ReadLine]) -> list[Candidate]:
    """Return every invoice that these lines may name, in one question, with what it still owes."""
    bares = {found for line in lines for found in rules.bare_candidates(line)}
    digits = {found for line in lines for found in rules.digit_candidates(line)}
    if not bares and not digits:
        return []
    named = or_(
        literal_column(PLAIN_NUMBER, String) == any_(literal(sorted(bares), ARRAY(String))),
        literal_column(DIGITS_OF_NUMBER, String) == any_(literal(sorted(digits), ARRAY(String))),
    )
    return _candidates(session, list(session.scalars(select(Invoice).where(named))))


def _candidates(session: Session, found: Sequence[Invoice]) -> list[Candidate]:
    balances = ledger.balances(session, Kind.RECEIVABLE, [invoice.id for invoice in found])
    return [
        Candidate(
            invoice_id=invoice.id,
            number=invoice.number,
            customer_id=invoice.customer_id,
            currency=invoice.currency,
            balance_minor=balances.get(invoice.id, {}).get(invoice.currency, 0),
            is_open=invoice.status in UNPAID,
        )
        for invoice in found
    ]


def find_recorded(session: Session, line: BankLine, invoice_ids: Collection[str]) -> Payment | None:
    """Return the transfer that a person wrote down for one of these invoices and that a line shows, the first of
    several; no other line is taken for it until the transaction ends."""
    if not invoice_ids:
        return None
    may_be = _shown_by(line).where(_IS_UNSHOWN, covering(invoice_ids))
    locked = session.scalars(may_be.with_for_update(key_share=True)).all()
    # Who waited for them sees only now what was decided meanwhile.
    return session.scalars(may_be.where(Payment.id.in_([each.id for each in locked])).limit(1)).one_or_none()


def get_recorded(session: Session, line: BankLine, payment_id: str) -> Payment:
    """Return a transfer that a person wrote down and that a line shows; no other line is taken for it until the
    transaction ends. Raises NoSuchPayment where it is not, TransferShown where another line shows it."""
    wanted = _shown_by(line).where(Payment.id == payment_id)
    found = session.scalars(wanted.with_for_update(key_share=True)).one_or_none()
    if found is None:
        raise NoSuchPayment
    if session.scalars(wanted.where(_IS_UNSHOWN)).one_or_none() is None:
        raise TransferShown
    return found


def _shown_by(line: BankLine) -> Select[Payment]:
    """Return the statement that finds transfers which a person wrote down before the bank showed them as this line: of
    its amount, at about its time."""
    until = datetime.combine(line.booked_on + _ON_ITS_WAY, time.max, tzinfo=UTC)
    same = (Payment.amount_minor == line.amount_minor, Payment.currency == line.currency, Payment.settled_at <= until)
    return _recorded(since=line.booked_on - _ON_ITS_WAY).where(*same)


def _recorded(*, since: date) -> Select[Payment]:
    """Return the statement that finds transfers which a person wrote down since a day."""
    by_hand = (Payment.method == Method.BANK_TRANSFER, Payment.status == PaymentStatus.SUCCEEDED)
    statement = select(Payment).where(*by_hand, Payment.reversed_at.is_(None))
    late_enough = Payment.settled_at >= datetime.combine(since, time.min, tzinfo=UTC)
    return statement.where(late_enough).order_by(Payment.settled_at, Payment.id)


def find_returned(session: Session, line: BankLine) -> Payment | None:
    """Return the payment that a returned line takes back: of the one earlier line of that amount which the bank names;
    None where none is, or several are."""
    same = (BankLine.account == line.account, BankLine.currency == line.currency)
    matched = (BankLine.status == LineStatus.MATCHED, BankLine.amount_minor == line.amount_minor)
    by_transfer = (Payment.reversed_at.is_(None), Payment.method == Method.BANK_TRANSFER)
    pairs = select(BankLine, Payment).join(Payment, Payment.id == BankLine.payment_id)
    earlier = session.execute(pairs.where(*same, *matched, *by_transfer, BankLine.booked_on <= line.booked_on)).all()
    found = [payment for known, payment in earlier if _names(line) & _names(known)]
    return found[0] if len(found) == 1 else None


def find_returned_credit(session: Session, line: BankLine) -> BankLine | None:
    """Return the earlier line that was held for a customer and that a returned line takes back, found as payments are;
    None where none is, several are, or it went back before."""
    same = (BankLine.account == line.account, BankLine.currency == line.currency)
    held = (BankLine.status == LineStatus.CREDITED, BankLine.amount_minor == line.amount_minor)
    earlier = session.scalars(select(BankLine).where(*same, *held, BankLine.booked_on <= line.booked_on))
    found = [known for known in earlier if _names(line) & _names(known)]
    return found[0] if len(found) == 1 and found[0].is_credit else None


def _names(line: BankLine) -> set[str]:
    """Return the ids and references by which a bank may name a line."""
    return {*line.same_as, *line.references, line.bank_reference} - {""}


def line_sheets(session: Session, found: Sequence[BankLine]) -> list[dict[str, Any]]:
    """Return lines as the wire has them, those that wait with what is proposed for them."""
    waiting = [line for line in found if line.status is LineStatus.WAITING and line.is_credit]
    proposed = list_proposals(session, waiting)
    return [
        {
            **{column.key: getattr(line, column.key) for column in BankLine.__table__.columns},
            "proposals": proposed.get(line.id, []),
        }
        for line in found
    ]


def list_proposals(session: Session, lines: Sequence[BankLine]) -> dict[str, list[dict[str, Any]]]:
    """Return what each of these lines may be: money the books have already, the invoices it names, those that owe
    exactly its amount, alone or all of one customer's together; whose customer the line names comes first."""
    if not lines:
        return {}
    named = find_candidates(session, [as_read(line) for line in lines])
    matching = _list_matching(session, lines)
    ids = {each.invoice_id for each in named if each.is_open}.union(each.id for each in matching)
    in_order = select(Invoice).where(Invoice.id.in_(ids)).order_by(Invoice.due_on, Invoice.number)
    invoices = {invoice.id: invoice for invoice in session.scalars(in_order)}
    candidates = _candidates(session, list(invoices.values()))
    index = rules.Index(candidates)
    known = _list_known(session, lines)
    return {
        line.id: (_explained(line, known) + _proposed(line, candidates, index, invoices))[:MOST_PROPOSALS]
        for line in lines
    }


def _list_matching(session: Session, lines: Sequence[BankLine]) -> list[Invoice]:
    """Return the unpaid invoices that may owe the amount of a line, alone or with all others of their customer, the
    earliest due first: by their totals where nothing is paid; of what is paid in part only the books know, so those
    are all looked at. However much is unpaid, only the first some hundreds are."""
    currencies, amounts = {line.currency for line in lines}, {line.amount_minor for line in lines}
    unpaid = (Invoice.status.in_(UNPAID), Invoice.currency.in_(currencies))
    together = select(Invoice.customer_id).where(*unpaid).group_by(Invoice.customer_id, Invoice.currency)
    in_part = select(Invoice.customer_id).where(Invoice.currency.in_(currencies), Invoice.status == Status.PARTLY_PAID)
    may_match = or_(
        Invoice.total_minor.in_(amounts),
        Invoice.customer_id.in_(together.having(func.sum(Invoice.total_minor).in_(amounts))),
        Invoice.customer_id.in_(in_part),
    )
    statement = select(Invoice).where(*unpaid, may_match).order_by(Invoice.due_on, Invoice.number)
    return list(session.scalars(statement.limit(_MOST_LOOKED_AT)))


def _list_known(session: Session, lines: Sequence[BankLine]) -> list[dict[str, Any]]:
    """Return money that the books have on its way to the bank already: what was paid in, transfers that a person wrote
    down, and Stripe's payouts."""
    since = min(line.booked_on for line in lines) - _ON_ITS_WAY
    bankings = cash.bankings_statement().where(Banking.created_at >= datetime.combine(since, time.min, tzinfo=UTC))
    paid_in = [
        {
            **_KNOWN,
            "why": "paid_in",
            "numbers": [it["reference"] or it["id"]],
            "on": it["created_at"].date(),
            **_sum(it),
        }
        for it in cash.banking_sheets(session, list(session.scalars(bankings)))
    ]
    written_down = list(session.scalars(_recorded(since=since).where(_IS_UNSHOWN)))
    invoices = _invoices_of(session, written_down)
    recorded = [_sheet(payment, [invoices[each] for each in payment.parts]) for payment in written_down]
    payouts = select(Payout).where(Payout.arrives_on >= since, Payout.booked_at.is_not(None))
    return [*paid_in, *recorded] + [
        {
            **_KNOWN,
            "why": "payout",
            "numbers": [payout.id],
            "on": payout.arrives_on,
            "balance_minor": payout.amount_minor,
            "currency": payout.currency,
        }
        for payout in session.scalars(payouts)
    ]


def _invoices_of(session: Session, payments: Sequence[Payment]) -> dict[str, Invoice]:
    ids = {invoice_id for payment in payments for invoice_id in payment.parts}
    return {invoice.id: invoice for invoice in session.scalars(select(Invoice).where(among(Invoice.id, ids)))}


def _sheet(payment: Payment, covered: Sequence[Invoice]) -> dict[str, Any]:
    """Return a transfer that a person wrote down, with all by which they tell it from another."""
    return {
        "why": "recorded",
        "payment_id": payment.id,
        "invoice_ids": [invoice.id for invoice in covered],
        "numbers": [invoice.number for invoice in covered],
        "customer_id": covered[0].customer_id,
        "customer_name": covered[0].buyer["name"],
        "reference": payment.reference,
        "recorded_at": payment.created_at,
        "on": (payment.settled_at or payment.created_at).date(),
        "balance_minor": payment.amount_minor,
        "currency": payment.currency,
    }


def _sum(banking: dict[str, Any]) -> dict[str, Any]:
    total_minor = banking["amount_minor"] + banking["cheques_minor"]
    return {"balance_minor": total_minor, "currency": banking["currency"]}


def _explained(line: BankLine, known: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is in the books already and may be this line: the same amount, at about the same time."""
    same = [it for it in known if (it["balance_minor"], it["currency"]) == (line.amount_minor, line.currency)]
    return [it for it in same if abs(line.booked_on - it["on"]) <= _ON_ITS_WAY]


def _proposed(
    line: BankLine, candidates: Sequence[Candidate], index: rules.Index, invoices: dict[str, Invoice]
) -> list[dict[str, Any]]:
    ours = [each for each in candidates if each.currency == line.currency]
    said = as_read(line)
    named = rules.decide(said, index.about(said), currency=line.currency).invoice_ids
    sets = [("named", named)] if named else []
    sets += [("amount", (each.invoice_id,)) for each in ours if each.balance_minor == line.amount_minor]
    of_customer: dict[str, list[Candidate]] = {}
    for each in ours:
        of_customer.setdefault(each.customer_id, []).append(each)
    sets += [
        ("customer", tuple(each.invoice_id for each in some))
        for some in of_customer.values()
        if len(some) > 1 and sum(each.balance_minor for each in some) == line.amount_minor
    ]
    balances = {each.invoice_id: each.balance_minor for each in ours}
    proposals = [
        {
            "why": why,
            "invoice_ids": list(ids),
            "numbers": [invoices[each].number for each in ids],
            "customer_id": invoices[ids[0]].customer_id,
            "customer_name": invoices[ids[0]].buyer["name"],
            **_NOT_RECORDED,
            "balance_minor": sum(balances[each] for each in ids),
            "on": None,
        }
        for why, ids in dict.fromkeys(sets)
    ]
    return sorted(proposals, key=lambda it: (it["why"] != "named", not _is_named(it["customer_name"], line)))


def _is_named(customer_name: str, line: BankLine) -> bool:
    said = f"{line.name} {line.text}".casefold()
    return any(len(word) > 3 and word in said for word in customer_name.casefold().split())


def as_read(line: BankLine) -> ReadLine:
    """Return a kept line as it was read."""
    return ReadLine(
        booked_on=line.booked_on,
        is_credit=line.is_credit,
        amount_minor=line.amount_minor,
        bank_reference=line.bank_reference,
        references=tuple(line.references),
        text=line.text,
        name=line.name,
        same_as=tuple(line.same_as),
        is_return=line.is_return,
    )


def statement_sheets(session: Session, found: Sequence[BankStatement], *, time_zone: str) -> list[dict[str, Any]]:
    """Return statements as the wire has them, with how many lines wait, and what our books had on the bank account at
    the end of the last day."""
    counted = _count_lines(session, [it.id for it in found])
    ends = [(it.currency, _end_of(it, time_zone)) for it in found]
    in_books = ledger.balances_at(session, Kind.BANK, "", ends) if ends else []
    return [
        {
            **{column.key: getattr(it, column.key) for column in BankStatement.__table__.columns},
            "books_minor": books_minor,
            **counted[it.id],
        }
        for it, books_minor in zip(found, in_books, strict=True)
    ]


def _end_of(statement: BankStatement, time_zone: str) -> datetime:
    """Return the end of a statement's last day; of the day it came where it has no line."""
    day = statement.to_on or clock.local_date(statement.created_at, time_zone)
    return datetime.combine(day, time.max, tzinfo=ZoneInfo(time_zone))


def _count_lines(session: Session, statement_ids: Collection[str]) -> dict[str, dict[str, int]]:
    is_waiting = BankLine.status == LineStatus.WAITING
    rows = session.execute(
        select(BankLine.statement_id, func.count(), func.count().filter(is_waiting))
        .where(BankLine.statement_id.in_(statement_ids))
        .group_by(BankLine.statement_id)
    )
    counted = {statement_id: {"lines": lines, "waiting": waiting} for statement_id, lines, waiting in rows}
    return {each: counted.get(each, {"lines": 0, "waiting": 0}) for each in statement_ids}
